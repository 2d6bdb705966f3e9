// `pipeline()`: streams, iterables and functions one after the other, with one end and one error.

import { addAbortListener } from 'node-internal:events';
import { AbortError, invalidArgType, invalidReturnValue, missingArgs } from 'node-internal:internal_errors';
import { aggregate, destroyedError, destroyer } from 'node-internal:streams_destroy';
import { PassThrough, Readable } from 'node-internal:streams_duplex';
import { duplexFrom } from 'node-internal:streams_duplexify';
import { eos, prematureClose } from 'node-internal:streams_finished';
import {
  isIterable,
  isNodeStream,
  isReadable,
  isReadableFinished,
  isReadableNodeStream,
  isReadableStream,
  isTransformStream,
  isWebStream,
  nextTick,
  nop,
} from 'node-internal:streams_state';
import { validateAbortSignal, validateFunction } from 'node-internal:validators';

type Finish = (error?: any) => void;

function closer(stream: any, reading: boolean, writing: boolean): { destroy: (error: any) => void; cleanup: () => void } {
  let isOver = false;
  stream.on('close', () => {
    isOver = true;
  });
  const cleanup = eos(stream, { readable: reading, writable: writing }, (error: any) => {
    isOver = !error;
  });
  return {
    destroy(error) {
      if (isOver) return;
      isOver = true;
      destroyer(stream, error || destroyedError('pipe'));
    },
    cleanup,
  };
}

function asyncIterable(value: any): any {
  if (isIterable(value)) return value;
  if (isReadableNodeStream(value)) return Readable.prototype[Symbol.asyncIterator].call(value);
  throw invalidArgType('val', ['Readable', 'Iterable', 'AsyncIterable'], value);
}

/** Writes what is iterated over to a stream. */
async function pumpToNode(iterable: any, writable: any, finish: Finish, end: boolean): Promise<void> {
  let error: any;
  let wake: (() => void) | undefined;
  const resume = (failure?: any): void => {
    if (failure) error = failure;
    const waiting = wake;
    wake = undefined;
    waiting?.();
  };
  const wait = (): Promise<void> =>
    new Promise((resolve, reject) => {
      if (error) {
        reject(error);
        return;
      }
      wake = () => (error ? reject(error) : resolve());
    });
  writable.on('drain', resume);
  const cleanUp = eos(writable, { readable: false }, resume);
  try {
    if (writable.writableNeedDrain) await wait();
    for await (const chunk of iterable) {
      if (!writable.write(chunk)) await wait();
    }
    if (end) {
      writable.end();
      await wait();
    }
    finish();
  } catch (failure) {
    finish(error !== failure ? aggregate(error, failure) : failure);
  } finally {
    cleanUp();
    writable.off('drain', resume);
  }
}

async function pumpToWeb(iterable: any, writable: any, finish: Finish, end: boolean): Promise<void> {
  if (isTransformStream(writable)) writable = writable.writable;
  const writer = writable.getWriter();
  try {
    for await (const chunk of iterable) {
      await writer.ready;
      writer.write(chunk).catch(nop);
    }
    await writer.ready;
    if (end) await writer.close();
    finish();
  } catch (error) {
    try {
      await writer.abort(error);
      finish(error);
    } catch (failure) {
      finish(failure);
    }
  }
}

function pipe(source: any, dest: any, finish: Finish, fail: Finish, end: boolean): () => void {
  let isEnded = false;
  dest.on('close', () => {
    if (!isEnded) fail(prematureClose());
  });
  source.pipe(dest, { end: false });
  if (end) {
    const endDest = (): void => {
      isEnded = true;
      dest.end();
    };
    if (isReadableFinished(source)) nextTick(endDest);
    else source.once('end', endDest);
  } else {
    finish();
  }
  eos(source, { readable: true, writable: false }, (error: any) => {
    const state = source._readableState;
    const ends = error?.code === 'ERR_STREAM_PREMATURE_CLOSE' && state?.ended && !state.errored && !state.errorEmitted;
    // It was closed before it was read: its end is still to come.
    if (ends) source.once('end', finish).once('error', finish);
    else finish(error);
  });
  return eos(dest, { readable: false, writable: true }, finish);
}

class Pipeline {
  #callback: (error: any, value?: unknown) => void;
  #error: any;
  #value: unknown;
  #open = 0;
  #destroys: ((error: any) => void)[] = [];
  #cleanups: (() => void)[] = [];
  #controller = new AbortController();
  #unlisten: any;

  constructor(callback: (error: any, value?: unknown) => void) {
    this.#callback = callback;
  }

  run(streams: any[], options: any): any {
    const outer: AbortSignal | undefined = options?.signal;
    const abort = (): void => this.#finish(new AbortError(undefined, outer ? { cause: outer.reason } : undefined), false);
    if (outer) this.#unlisten = addAbortListener(outer, abort);
    let current: any;
    for (let i = 0; i < streams.length; i++) {
      const stream = streams[i];
      const reading = i < streams.length - 1;
      const end = reading || options?.end !== false;
      const isLast = i === streams.length - 1;
      if (isNodeStream(stream)) this.#watch(stream, reading, i > 0, end, isLast);
      if (i === 0) current = this.#first(stream);
      else if (typeof stream === 'function') current = this.#call(stream, current, i, reading, end, isLast);
      else if (isNodeStream(stream)) current = this.#intoNode(stream, current, end, isLast);
      else if (isWebStream(stream)) current = this.#intoWeb(stream, current, end);
      else current = duplexFrom(stream);
    }
    if (this.#controller.signal.aborted || outer?.aborted) nextTick(abort);
    return current;
  }

  #watch(stream: any, reading: boolean, writing: boolean, end: boolean, isLast: boolean): void {
    if (end) {
      const { destroy, cleanup } = closer(stream, reading, writing);
      this.#destroys.push(destroy);
      if (isReadable(stream) && isLast) this.#cleanups.push(cleanup);
    }
    // The errors of streams that are destroyed for another's sake say nothing new.
    const onError = (error: any): void => {
      if (error && error.name !== 'AbortError' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') this.#finish(error, false);
    };
    stream.on('error', onError);
    if (isReadable(stream) && isLast) this.#cleanups.push(() => stream.removeListener('error', onError));
  }

  #first(stream: any): any {
    if (typeof stream === 'function') {
      const source = stream({ signal: this.#controller.signal });
      if (!isIterable(source)) throw invalidReturnValue('Iterable, AsyncIterable or Stream', 'source', source);
      return source;
    }
    if (isIterable(stream) || isReadableNodeStream(stream) || isTransformStream(stream)) return stream;
    return duplexFrom(stream);
  }

  #call(stream: any, current: any, index: number, reading: boolean, end: boolean, isLast: boolean): any {
    const input = asyncIterable(isTransformStream(current) ? current.readable : current);
    const result = stream(input, { signal: this.#controller.signal });
    if (reading) {
      if (!isIterable(result, true)) throw invalidReturnValue('AsyncIterable', `transform[${index - 1}]`, result);
      return result;
    }
    // What the last function gives is the pipeline's.
    const output = new PassThrough({ objectMode: true });
    const then = result?.then;
    if (typeof then === 'function') {
      this.#open++;
      then.call(
        result,
        (value: unknown) => {
          this.#value = value;
          if (value !== null && value !== undefined) output.write(value);
          if (end) output.end();
          nextTick(() => this.#done());
        },
        (error: unknown) => {
          output.destroy(error);
          nextTick(() => this.#done(error));
        }
      );
    } else if (isIterable(result, true)) {
      this.#open++;
      void pumpToNode(result, output, this.#done, end);
    } else if (isReadableStream(result) || isTransformStream(result)) {
      this.#open++;
      void pumpToNode(result.readable || result, output, this.#done, end);
    } else {
      throw invalidReturnValue('AsyncIterable or Promise', 'destination', result);
    }
    const { destroy, cleanup } = closer(output, false, true);
    this.#destroys.push(destroy);
    if (isLast) this.#cleanups.push(cleanup);
    return output;
  }

  #intoNode(stream: any, current: any, end: boolean, isLast: boolean): any {
    if (isReadableNodeStream(current)) {
      this.#open += 2;
      const fail = (error: any): void => this.#finish(error, false);
      const cleanup = pipe(current, stream, this.#done, fail, end);
      if (isReadable(stream) && isLast) this.#cleanups.push(cleanup);
    } else if (isTransformStream(current) || isReadableStream(current)) {
      this.#open++;
      void pumpToNode(current.readable || current, stream, this.#done, end);
    } else if (isIterable(current)) {
      this.#open++;
      void pumpToNode(current, stream, this.#done, end);
    } else {
      throw invalidArgType('val', ['Readable', 'Iterable', 'AsyncIterable', 'ReadableStream', 'TransformStream'], current);
    }
    return stream;
  }

  #intoWeb(stream: any, current: any, end: boolean): any {
    let source = current;
    if (isReadableNodeStream(current)) source = asyncIterable(current);
    else if (isTransformStream(current)) source = current.readable;
    else if (!isReadableStream(current) && !isIterable(current)) {
      throw invalidArgType('val', ['Readable', 'Iterable', 'AsyncIterable', 'ReadableStream', 'TransformStream'], current);
    }
    this.#open++;
    void pumpToWeb(source, stream, this.#done, end);
    return stream;
  }

  #done = (error?: any): void => {
    this.#finish(error, --this.#open === 0);
  };

  #finish(error: any, isFinal: boolean): void {
    if (error && (!this.#error || this.#error.code === 'ERR_STREAM_PREMATURE_CLOSE')) this.#error = error;
    if (!this.#error && !isFinal) return;
    for (const destroy of this.#destroys.splice(0)) destroy(this.#error);
    this.#unlisten?.[Symbol.dispose]();
    this.#controller.abort();
    if (!isFinal) return;
    if (!this.#error) for (const cleanup of this.#cleanups) cleanup();
    nextTick(this.#callback, this.#error, this.#value);
  }
}

export function pipelineImpl(streams: any[], callback: any, options?: any): any {
  if (streams.length === 1 && Array.isArray(streams[0])) streams = streams[0];
  if (streams.length < 2) throw missingArgs('streams');
  validateAbortSignal(options?.signal, 'options.signal');
  let called = false;
  const once = (...args: unknown[]): void => {
    if (called) return;
    called = true;
    callback(...args);
  };
  return new Pipeline(once).run(streams, options);
}

export function pipeline(...streams: any[]): any {
  const callback = streams.pop();
  validateFunction(callback, 'streams[stream.length - 1]');
  return pipelineImpl(streams, callback);
}

/** The last argument, where it can only be options. */
function optionsOf(streams: any[]): any {
  const last = streams[streams.length - 1];
  if (last && typeof last === 'object' && !isNodeStream(last) && !isIterable(last) && !isWebStream(last)) return streams.pop();
  return undefined;
}

export function pipelinePromise(...streams: any[]): Promise<any> {
  return new Promise((resolve, reject) => {
    const options = optionsOf(streams);
    pipelineImpl(streams, (error: any, value: unknown) => (error ? reject(error) : resolve(value)), {
      signal: options?.signal,
      end: options?.end,
    });
  });
}
Object.defineProperty(pipelinePromise, 'name', { value: 'pipeline' });
