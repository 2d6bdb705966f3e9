// `Duplex.from()`: a Duplex of nearly anything.

import { AbortError, invalidArgType, invalidReturnValue } from 'node-internal:internal_errors';
import { destroyer } from 'node-internal:streams_destroy';
import { Duplex } from 'node-internal:streams_duplex';
import { eos } from 'node-internal:streams_finished';
import { Readable, from as readableFrom } from 'node-internal:streams_iterate';
import {
  isDuplexNodeStream,
  isIterable,
  isNodeStream,
  isReadable,
  isReadableNodeStream,
  isReadableStream,
  isWritable,
  isWritableNodeStream,
  isWritableStream,
  nextTick,
} from 'node-internal:streams_state';
import { pairFromWeb, readableFromWeb, writableFromWeb } from 'node-internal:streams_web';

class Duplexify extends Duplex {
  constructor(options: any) {
    super(options);
    const self: any = this;
    // A side that there is not is over.
    if (options?.readable === false) Object.assign(self._readableState, { readable: false, ended: true, endEmitted: true });
    if (options?.writable === false) {
      Object.assign(self._writableState, { writable: false, ending: true, ended: true, finished: true });
    }
  }
}

const KINDS = [
  'Blob',
  'ReadableStream',
  'WritableStream',
  'Stream',
  'Iterable',
  'AsyncIterable',
  'Function',
  '{ readable, writable } pair',
  'Promise',
];

export function duplexFrom(body: any, name = 'body'): any {
  if (isDuplexNodeStream(body)) return body;
  if (isReadableNodeStream(body)) return joined({ readable: body });
  if (isWritableNodeStream(body)) return joined({ writable: body });
  if (isNodeStream(body)) return joined({});
  if (isReadableStream(body)) return joined({ readable: readableFromWeb(body) });
  if (isWritableStream(body)) return joined({ writable: writableFromWeb(body) });
  if (typeof body === 'function') return fromFunction(body, name);
  if (body instanceof Blob) return duplexFrom(body.arrayBuffer());
  if (isIterable(body)) return readableFrom(Duplexify, body, { objectMode: true, writable: false });
  if (isReadableStream(body?.readable) && isWritableStream(body?.writable)) return pairFromWeb(body);
  if (typeof body?.writable === 'object' || typeof body?.readable === 'object') {
    const { readable, writable } = body;
    return joined({
      readable: readable && (isReadableNodeStream(readable) ? readable : duplexFrom(readable)),
      writable: writable && (isWritableNodeStream(writable) ? writable : duplexFrom(writable)),
    });
  }
  if (typeof body?.then === 'function') {
    const duplex: any = new Duplexify({ objectMode: true, writable: false, read() {} });
    body.then(
      (value: unknown) => {
        if (value !== null && value !== undefined) duplex.push(value);
        duplex.push(null);
      },
      (error: unknown) => destroyer(duplex, error)
    );
    return duplex;
  }
  throw invalidArgType(name, KINDS, body);
}

function fromFunction(body: any, name: string): any {
  const { value, write, final, destroy } = feed(body);
  if (isDuplexNodeStream(value)) return value;
  if (isIterable(value)) return readableFrom(Duplexify, value, { objectMode: true, write, final, destroy });
  if (typeof value?.then !== 'function') {
    throw invalidReturnValue('Iterable, AsyncIterable or AsyncFunction', name, value);
  }
  const settled = value.then(
    (result: unknown) => {
      if (result !== null && result !== undefined) throw invalidReturnValue('nully', 'body', result);
    },
    (error: unknown) => destroyer(duplex, error)
  );
  const duplex: any = new Duplexify({
    objectMode: true,
    readable: false,
    write,
    final(callback: any) {
      final(async () => {
        try {
          await settled;
          nextTick(callback, null);
        } catch (error) {
          nextTick(callback, error);
        }
      });
    },
    destroy,
  });
  return duplex;
}

interface Fed {
  chunk?: unknown;
  done: boolean;
  callback: any;
}

/** Calls `fn` with an iterable of what is going to be written. */
function feed(fn: any): any {
  let next = Promise.withResolvers<Fed>();
  const controller = new AbortController();
  const { signal } = controller;
  const give = (fed: Fed): void => next.resolve(fed);
  const input = (async function* () {
    for (;;) {
      const { chunk, done, callback } = await next.promise;
      next = Promise.withResolvers<Fed>();
      nextTick(callback);
      if (done) return;
      if (signal.aborted) throw new AbortError(undefined, { cause: signal.reason });
      yield chunk;
    }
  })();
  return {
    value: fn(input, { signal }),
    write(chunk: unknown, _encoding: unknown, callback: any) {
      give({ chunk, done: false, callback });
    },
    final(callback: any) {
      give({ done: true, callback });
    },
    destroy(error: unknown, callback: any) {
      controller.abort();
      callback(error);
    },
  };
}

type Callback = ((error?: any) => void) | null | undefined;

/** One stream of a source and a destination that are apart. */
function joined(pair: { readable?: any; writable?: any }): any {
  const source = pair.readable && typeof pair.readable.read !== 'function' ? Readable.wrap(pair.readable) : pair.readable;
  const dest = pair.writable;
  const readable = Boolean(isReadable(source));
  const writable = Boolean(isWritable(dest));
  let whenDrained: Callback;
  let whenFinished: Callback;
  let whenReadable: Callback;
  // Null once a side has ended.
  let whenClosed: Callback;

  function sideOver(error?: any): void {
    const callback = whenClosed;
    whenClosed = null;
    if (callback) callback(error);
    else if (error) duplex.destroy(error);
  }

  const duplex: any = new Duplexify({
    readableObjectMode: Boolean(source?.readableObjectMode),
    writableObjectMode: Boolean(dest?.writableObjectMode),
    readable,
    writable,
  });

  if (writable) {
    eos(dest, (error: any) => {
      if (error) destroyer(source, error);
      sideOver(error);
    });
    duplex._write = (chunk: any, encoding: any, callback: any) => {
      if (dest.write(chunk, encoding)) callback();
      else whenDrained = callback;
    };
    duplex._final = (callback: any) => {
      dest.end();
      whenFinished = callback;
    };
    dest.on('drain', () => {
      const callback = whenDrained;
      whenDrained = null;
      callback?.();
    });
    dest.on('finish', () => {
      const callback = whenFinished;
      whenFinished = null;
      callback?.();
    });
  }

  if (readable) {
    eos(source, (error: any) => {
      if (error) destroyer(source, error);
      sideOver(error);
    });
    source.on('readable', () => {
      const callback = whenReadable;
      whenReadable = null;
      callback?.();
    });
    source.on('end', () => duplex.push(null));
    duplex._read = () => {
      for (;;) {
        const chunk = source.read();
        if (chunk === null) {
          whenReadable = duplex._read;
          return;
        }
        if (!duplex.push(chunk)) return;
      }
    };
  }

  duplex._destroy = (error: any, callback: any) => {
    if (!error && whenClosed !== null) error = new AbortError();
    whenReadable = null;
    whenDrained = null;
    whenFinished = null;
    if (whenClosed === null) {
      callback(error);
    } else {
      whenClosed = callback;
      destroyer(dest, error);
      destroyer(source, error);
    }
  };
  return duplex;
}

export function from(body: any): any {
  return duplexFrom(body, 'body');
}
Duplex.from = from;

export { Duplex };
