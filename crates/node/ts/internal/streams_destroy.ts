// How streams are constructed and destroyed, and what they emit then.

import { AbortError, coded } from 'node-internal:internal_errors';
import {
  isDestroyed,
  isFinished,
  isServerRequest,
  kConstruct,
  kDestroy,
  kIsDestroyed,
  nextTick,
} from 'node-internal:streams_state';

/** What can go wrong, by Node's codes. */
export function streamError(code: string, text: string, base: any = Error): Error {
  return coded(base, code, text);
}

export function destroyedError(what: string): Error {
  return streamError('ERR_STREAM_DESTROYED', `Cannot call ${what} after a stream was destroyed`);
}

export function multipleCallback(): Error {
  return streamError('ERR_MULTIPLE_CALLBACK', 'Callback called multiple times');
}

/** Both errors of a failure that another one followed. */
export function aggregate(inner: any, outer: any): any {
  if (!inner || !outer || inner === outer) return inner || outer;
  if (Array.isArray(outer.errors)) {
    outer.errors.push(inner);
    return outer;
  }
  const both: any = new AggregateError([outer, inner], outer.message);
  both.code = outer.code;
  return both;
}

function noteError(stream: any, error: any): void {
  if (!error) return;
  // The stack is made while the failure is at hand.
  void error.stack;
  for (const state of [stream._writableState, stream._readableState]) {
    if (state && !state.errored) state.errored = error;
  }
}

export function destroy(this: any, error?: any, callback?: any): any {
  const readable = this._readableState;
  const writable = this._writableState;
  const state = writable || readable;
  if (writable?.destroyed || readable?.destroyed) {
    if (typeof callback === 'function') callback();
    return this;
  }
  noteError(this, error);
  if (writable) writable.destroyed = true;
  if (readable) readable.destroyed = true;
  if (!state.constructed) {
    this.once(kDestroy, (constructError: any) => runDestroy(this, aggregate(constructError, error), callback));
  } else {
    runDestroy(this, error, callback);
  }
  return this;
}

function runDestroy(stream: any, error: any, callback: any): void {
  let called = false;
  function onDestroy(failure?: any): void {
    if (called) return;
    called = true;
    noteError(stream, failure);
    if (stream._writableState) stream._writableState.closed = true;
    if (stream._readableState) stream._readableState.closed = true;
    if (typeof callback === 'function') callback(failure);
    nextTick(() => {
      if (failure) emitError(stream, failure);
      emitClose(stream);
    });
  }
  try {
    stream._destroy(error || null, onDestroy);
  } catch (failure) {
    onDestroy(failure);
  }
}

function emitClose(stream: any): void {
  const { _readableState: readable, _writableState: writable } = stream;
  if (writable) writable.closeEmitted = true;
  if (readable) readable.closeEmitted = true;
  if (writable?.emitClose || readable?.emitClose) stream.emit('close');
}

function emitError(stream: any, error: unknown): void {
  const { _readableState: readable, _writableState: writable } = stream;
  if (writable?.errorEmitted || readable?.errorEmitted) return;
  if (writable) writable.errorEmitted = true;
  if (readable) readable.errorEmitted = true;
  stream.emit('error', error);
}

const READABLE_START = {
  constructed: true,
  closed: false,
  closeEmitted: false,
  destroyed: false,
  errored: null,
  errorEmitted: false,
  reading: false,
};
const WRITABLE_START = {
  constructed: true,
  destroyed: false,
  closed: false,
  closeEmitted: false,
  errored: null,
  errorEmitted: false,
  finalCalled: false,
  prefinished: false,
};

export function undestroy(this: any): void {
  const { _readableState: readable, _writableState: writable } = this;
  if (readable) {
    const over = readable.readable === false;
    Object.assign(readable, READABLE_START, { ended: over, endEmitted: over });
  }
  if (writable) {
    const over = writable.writable === false;
    Object.assign(writable, WRITABLE_START, { ended: over, ending: over, finished: over });
  }
}

/** Reports a failure: by destroying the stream where it does so by itself, otherwise only by the event. */
export function errorOrDestroy(stream: any, error: any, sync = false): void {
  const { _readableState: readable, _writableState: writable } = stream;
  if (writable?.destroyed || readable?.destroyed) return;
  if (readable?.autoDestroy || writable?.autoDestroy) {
    stream.destroy(error);
  } else if (error) {
    noteError(stream, error);
    if (sync) nextTick(emitError, stream, error);
    else emitError(stream, error);
  }
}

/** Runs the stream's `_construct`, before which nothing else happens. */
export function construct(stream: any, callback: () => void): void {
  if (typeof stream._construct !== 'function') return;
  const { _readableState: readable, _writableState: writable } = stream;
  if (readable) readable.constructed = false;
  if (writable) writable.constructed = false;
  stream.once(kConstruct, callback);
  // The other side of a duplex has seen to it.
  if (stream.listenerCount(kConstruct) > 1) return;
  nextTick(runConstruct, stream);
}

function runConstruct(stream: any): void {
  let called = false;
  function onConstruct(error?: any): void {
    if (called) {
      errorOrDestroy(stream, error ?? multipleCallback());
      return;
    }
    called = true;
    const { _readableState: readable, _writableState: writable } = stream;
    const state = writable || readable;
    if (readable) readable.constructed = true;
    if (writable) writable.constructed = true;
    if (state.destroyed) stream.emit(kDestroy, error);
    else if (error) errorOrDestroy(stream, error, true);
    else stream.emit(kConstruct);
  }
  try {
    stream._construct((error?: any) => nextTick(onConstruct, error));
  } catch (error) {
    nextTick(onConstruct, error);
  }
}

/** Destroys whatever kind of stream this is. */
export function destroyer(stream: any, error?: any): void {
  if (!stream || isDestroyed(stream)) return;
  if (!error && !isFinished(stream)) error = new AbortError();
  if (isServerRequest(stream)) {
    stream.socket = null;
    stream.destroy(error);
  } else if (stream.setHeader && typeof stream.abort === 'function') {
    stream.abort();
  } else if (stream.req?.setHeader && typeof stream.req.abort === 'function') {
    stream.req.abort();
  } else if (typeof stream.destroy === 'function') {
    stream.destroy(error);
  } else if (typeof stream.close === 'function') {
    stream.close();
  }
  if (!stream.destroyed) stream[kIsDestroyed] = true;
}
