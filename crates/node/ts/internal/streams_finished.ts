// `finished()`: when a stream is over; and streams that a signal destroys.

import { addAbortListener } from 'node-internal:events';
import { AbortError, invalidArgType } from 'node-internal:internal_errors';
import { streamError } from 'node-internal:streams_destroy';
import { whenSignalled } from 'node-internal:streams_readable';
import {
  isClosed,
  isNodeStream,
  isReadable,
  isReadableFinished,
  isReadableNodeStream,
  isReadableStream,
  isRequest,
  isWritable,
  isWritableFinished,
  isWritableNodeStream,
  isWritableStream,
  nextTick,
  nop,
  willEmitClose,
} from 'node-internal:streams_state';
import { validateAbortSignal, validateBoolean, validateFunction, validateObject } from 'node-internal:validators';

export function prematureClose(): Error {
  return streamError('ERR_STREAM_PREMATURE_CLOSE', 'Premature close');
}

function once(callback: any): any {
  let called = false;
  return function (this: unknown, ...args: unknown[]) {
    if (called) return;
    called = true;
    Reflect.apply(callback, this, args);
  };
}

export function eos(stream: any, options: any, callback?: any): () => void {
  if (arguments.length === 2) {
    callback = options;
    options = {};
  } else if (options === null || options === undefined) {
    options = {};
  } else {
    validateObject(options, 'options');
  }
  validateFunction(callback, 'callback');
  validateAbortSignal(options.signal, 'options.signal');
  callback = once(callback);
  if (isReadableStream(stream) || isWritableStream(stream)) return watchWebStream(stream, options, callback);
  if (!isNodeStream(stream)) throw invalidArgType('stream', ['ReadableStream', 'WritableStream', 'Stream'], stream);
  const cleanUp = watch(stream, options, (...args: unknown[]) => Reflect.apply(callback, stream, args));
  if (options.signal) watchSignal(stream, options.signal, callback, cleanUp);
  return cleanUp.run;
}
Object.defineProperty(eos, 'length', { value: 3 });

interface Watch {
  run: () => void;
  finished: (() => void)[];
}

function watchSignal(stream: any, signal: AbortSignal, callback: any, cleanUp: Watch): void {
  const abort = (): void => {
    cleanUp.run();
    callback.call(stream, new AbortError(undefined, { cause: signal.reason }));
  };
  if (signal.aborted) {
    nextTick(abort);
    return;
  }
  const listening: any = addAbortListener(signal, abort);
  cleanUp.finished.push(() => listening[Symbol.dispose]());
}

/** Follows the events of a stream until it is over. */
function watch(stream: any, options: any, report: (error?: unknown) => void): Watch {
  const cleaning: Watch = { run: nop, finished: [] };
  let isSilent = false;
  const callback = (error?: unknown): void => {
    for (const each of cleaning.finished.splice(0)) each();
    if (isSilent) return;
    if (error === undefined) report();
    else report(error);
  };
  const readable: boolean = options.readable ?? isReadableNodeStream(stream);
  const writable: boolean = options.writable ?? isWritableNodeStream(stream);
  const { _writableState: writableState, _readableState: readableState } = stream;
  // Whether waiting for `close` is enough: only where all of the stream is asked about.
  let closes =
    Boolean(willEmitClose(stream)) &&
    isReadableNodeStream(stream) === readable &&
    isWritableNodeStream(stream) === writable;
  let writableFinished = isWritableFinished(stream, false);
  let readableFinished = isReadableFinished(stream, false);

  function onFinish(): void {
    writableFinished = true;
    if (stream.destroyed) closes = false;
    if (closes && (!stream.writable || stream.readable)) return;
    if (!readable || readableFinished) callback();
  }

  function onEnd(): void {
    readableFinished = true;
    if (stream.destroyed) closes = false;
    if (closes && (!stream.readable || stream.writable)) return;
    if (!writable || writableFinished) callback();
  }

  function errored(): unknown {
    const error = isWritableNodeStream(stream) && (stream.writableErrored ?? writableState?.errored);
    return error || (isReadableNodeStream(stream) && (stream.readableErrored ?? readableState?.errored));
  }

  function onClose(): void {
    const error = errored();
    if (error && typeof error !== 'boolean') {
      callback(error);
    } else if (readable && !readableFinished && isReadableNodeStream(stream, true) && !isReadableFinished(stream, false)) {
      callback(prematureClose());
    } else if (writable && !writableFinished && !isWritableFinished(stream, false)) {
      callback(prematureClose());
    } else {
      callback();
    }
  }

  function onClosed(): void {
    const error = errored();
    if (error && typeof error !== 'boolean') callback(error);
    else callback();
  }

  function onLegacyFinish(): void {
    if (!stream.writable) onFinish();
  }

  function onRequest(): void {
    stream.req.on('finish', onFinish);
  }

  if (isRequest(stream)) {
    stream.on('complete', onFinish);
    if (!closes) stream.on('abort', onClose);
    if (stream.req) onRequest();
    else stream.on('request', onRequest);
  } else if (writable && !writableState) {
    stream.on('end', onLegacyFinish);
    stream.on('close', onLegacyFinish);
  }
  if (!closes && typeof stream.aborted === 'boolean') stream.on('aborted', onClose);
  stream.on('end', onEnd);
  stream.on('finish', onFinish);
  if (options.error !== false) stream.on('error', callback);
  stream.on('close', onClose);

  if (isClosed(stream)) {
    nextTick(onClose);
  } else if (writableState?.errorEmitted || readableState?.errorEmitted) {
    if (!closes) nextTick(onClosed);
  } else if (!readable && (!closes || isReadable(stream)) && (writableFinished || isWritable(stream) === false)) {
    nextTick(onClosed);
  } else if (!writable && (!closes || isWritable(stream)) && (readableFinished || isReadable(stream) === false)) {
    nextTick(onClosed);
  } else if (readableState && stream.req && stream.aborted) {
    nextTick(onClosed);
  }

  cleaning.run = () => {
    isSilent = true;
    stream.removeListener('aborted', onClose);
    stream.removeListener('complete', onFinish);
    stream.removeListener('abort', onClose);
    stream.removeListener('request', onRequest);
    if (stream.req) stream.req.removeListener('finish', onFinish);
    stream.removeListener('end', onLegacyFinish);
    stream.removeListener('close', onLegacyFinish);
    stream.removeListener('finish', onFinish);
    stream.removeListener('end', onEnd);
    stream.removeListener('error', callback);
    stream.removeListener('close', onClose);
    for (const each of cleaning.finished.splice(0)) each();
  };
  return cleaning;
}

function watchWebStream(stream: any, options: any, callback: any): () => void {
  let isAborted = false;
  const finished: (() => void)[] = [];
  const report = (error?: unknown): void => {
    if (isAborted) return;
    for (const each of finished.splice(0)) each();
    if (error === undefined) callback.call(stream);
    else callback.call(stream, error);
  };
  const { signal } = options;
  if (signal) {
    const abort = (): void => {
      isAborted = true;
      callback.call(stream, new AbortError(undefined, { cause: signal.reason }));
    };
    if (signal.aborted) {
      nextTick(abort);
    } else {
      const listening: any = addAbortListener(signal, abort);
      finished.push(() => listening[Symbol.dispose]());
    }
  }
  watchClosed(stream).then(
    () => nextTick(report),
    (error) => nextTick(report, error)
  );
  return nop;
}

/** When a stream of the standard is closed. Only its reader or writer says so; a locked one is asked in turns. */
async function watchClosed(stream: any): Promise<void> {
  if (stream.locked) return new Promise(nop);
  const handle = isReadableStream(stream) ? stream.getReader() : stream.getWriter();
  const { closed } = handle;
  handle.releaseLock();
  closed.catch(nop);
  await closed;
}

export function finished(stream: any, options?: any): Promise<void> {
  let cleans = false;
  if (options === null || options === undefined) {
    options = {};
  } else if (options.cleanup !== undefined) {
    validateBoolean(options.cleanup, 'cleanup');
    cleans = options.cleanup;
  }
  return new Promise((resolve, reject) => {
    const cleanUp = eos(stream, options, (error: unknown) => {
      if (cleans) cleanUp();
      if (error) reject(error);
      else resolve();
    });
  });
}
Object.defineProperty(finished, 'length', { value: 1 });
Object.defineProperty(eos, 'finished', { value: finished, enumerable: true, configurable: true, writable: true });

export function addAbortSignal(signal: any, stream: any): any {
  if (typeof signal !== 'object' || !('aborted' in signal)) throw invalidArgType('signal', 'AbortSignal', signal);
  if (!isNodeStream(stream) && !isReadableStream(stream) && !isWritableStream(stream)) {
    throw invalidArgType('stream', ['ReadableStream', 'WritableStream', 'Stream'], stream);
  }
  return abortBy(signal, stream);
}

export function abortBy(signal: AbortSignal, stream: any): any {
  if (typeof signal !== 'object' || !('aborted' in signal)) return stream;
  const abort = isNodeStream(stream)
    ? () => stream.destroy(new AbortError(undefined, { cause: signal.reason }))
    : () => (isReadableStream(stream) ? stream.cancel(signal.reason) : stream.abort(signal.reason)).catch?.(nop);
  if (signal.aborted) {
    abort();
  } else {
    const listening: any = addAbortListener(signal, abort);
    eos(stream, () => listening[Symbol.dispose]());
  }
  return stream;
}
whenSignalled(abortBy);
