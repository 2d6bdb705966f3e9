// Writable: a destination of chunks, one at a time.

import { EventEmitter } from 'node-internal:events';
import { flag } from 'node-internal:host';
import { Buffer } from 'node-internal:internal_buffer';
import { invalidArgType, methodNotImplemented } from 'node-internal:internal_errors';
import {
  construct,
  destroy,
  destroyedError,
  errorOrDestroy,
  multipleCallback,
  streamError,
  undestroy,
} from 'node-internal:streams_destroy';
import { Stream } from 'node-internal:streams_legacy';
import { startAborting } from 'node-internal:streams_readable';
import {
  defineState,
  getDefaultHighWaterMark,
  highWaterMarkOf,
  kOnConstructed,
  kState,
  nextTick,
  nop,
} from 'node-internal:streams_state';

const kOnFinished = Symbol('kOnFinished');
/** How much of the buffer may be used up before it is cut. */
const MOST_USED_UP = 256;

export function WritableState(this: any, options: any, stream: any, isDuplex?: boolean): void {
  const duplex = isDuplex ?? (stream?.constructor !== undefined && '_readableState' in stream);
  Object.defineProperty(this, kState, { value: START, writable: true, enumerable: false });
  if (options && (options.objectMode || (duplex && options.writableObjectMode))) this.objectMode = true;
  this.highWaterMark = options
    ? highWaterMarkOf(this, options, 'writableHighWaterMark', duplex)
    : getDefaultHighWaterMark(false);
  if (options?.decodeStrings === false) this.decodeStrings = false;
  if (options?.emitClose === false) this.emitClose = false;
  if (options?.autoDestroy === false) this.autoDestroy = false;
  const encoding = options?.defaultEncoding;
  if (encoding && encoding !== 'utf8' && encoding !== 'utf-8') {
    if (!Buffer.isEncoding(encoding)) throw unknownEncoding(encoding);
    this.defaultEncoding = encoding;
  }
  this.length = 0;
  this.corked = 0;
  this.onwrite = onwrite.bind(undefined, stream);
  this.writelen = 0;
  this.bufferedIndex = 0;
  this.pendingcb = 0;
}

function unknownEncoding(encoding: unknown): Error {
  return streamError('ERR_UNKNOWN_ENCODING', `Unknown encoding: ${encoding}`, TypeError);
}

const BITS = defineState(
  WritableState.prototype,
  `objectMode finalCalled needDrain ending ended finished decodeStrings writing sync bufferProcessing constructed
   prefinished errorEmitted emitClose autoDestroy destroyed closed closeEmitted allBuffers allNoop`.split(/\s+/),
  { errored: null, defaultEncoding: 'utf8', writecb: nop, afterWriteTickInfo: null, writable: undefined },
  { enumerable: !flag('enable_streams_nodejs_v24_compat') }
);
const START =
  BITS.constructed! |
  BITS.sync! |
  BITS.emitClose! |
  BITS.autoDestroy! |
  BITS.decodeStrings! |
  BITS.allBuffers! |
  BITS.allNoop!;

const kBuffered = Symbol('kBuffered');
Object.defineProperties(WritableState.prototype, {
  buffered: {
    get(this: any) {
      return this[kBuffered] ?? [];
    },
    set(this: any, value: unknown[]) {
      Object.defineProperty(this, kBuffered, { value, writable: true, configurable: true });
    },
  },
  bufferedRequestCount: {
    get(this: any) {
      return this.buffered.length - this.bufferedIndex;
    },
  },
});
(WritableState.prototype as any).getBuffer = function getBuffer(this: any): unknown[] {
  return this.buffered.slice(this.bufferedIndex);
};
(WritableState.prototype as any)[kOnConstructed] = function onConstructed(this: any, stream: any): void {
  if (!this.writing) clearBuffer(stream, this);
  if (this.ending) finishMaybe(stream, this);
};

function resetBuffer(state: any): void {
  state.buffered = [];
  state.bufferedIndex = 0;
  state.allBuffers = true;
  state.allNoop = true;
}

export const Writable: any = function Writable(this: any, options: any): any {
  if (!(this instanceof Writable)) return new Writable(options);
  this._events ??= { close: undefined, error: undefined, prefinish: undefined, finish: undefined, drain: undefined };
  this._writableState = new (WritableState as any)(options, this, false);
  if (options) takeMethods(this, options);
  Stream.call(this, options);
  if (options?.signal) startAborting(options.signal, this);
  if (this._construct) construct(this, () => this._writableState[kOnConstructed](this));
};
Object.setPrototypeOf(Writable.prototype, Stream.prototype);
Object.setPrototypeOf(Writable, Stream);
Writable.WritableState = WritableState;

/** Methods among the options of a stream that can be written to. */
export function takeMethods(stream: any, options: any): void {
  if (typeof options.write === 'function') stream._write = options.write;
  if (typeof options.writev === 'function') stream._writev = options.writev;
  if (typeof options.destroy === 'function') stream._destroy = options.destroy;
  if (typeof options.final === 'function') stream._final = options.final;
  if (typeof options.construct === 'function') stream._construct = options.construct;
}

// A Duplex is one of both, and has only one prototype.
Object.defineProperty(Writable, Symbol.hasInstance, {
  value: function (this: any, object: any): boolean {
    if (Function.prototype[Symbol.hasInstance].call(this, object)) return true;
    if (this !== Writable) return false;
    return Boolean(object && object._writableState instanceof (WritableState as any));
  },
});

Writable.prototype.pipe = function (): void {
  errorOrDestroy(this, streamError('ERR_STREAM_CANNOT_PIPE', 'Cannot pipe, not readable'));
};

/** Takes a chunk; gives whether there is room for more, or what was wrong with it. */
function writeChunk(stream: any, chunk: any, encoding: any, callback: any): boolean | Error {
  const state = stream._writableState;
  if (typeof encoding === 'function') {
    callback = encoding;
    encoding = null;
  }
  if (encoding && encoding !== 'buffer' && !Buffer.isEncoding(encoding)) throw unknownEncoding(encoding);
  if (typeof callback !== 'function') callback = nop;
  if (chunk === null) {
    throw streamError('ERR_STREAM_NULL_VALUES', 'May not write null values to stream', TypeError);
  } else if (!state.objectMode) {
    encoding ||= state.defaultEncoding;
    if (typeof chunk === 'string') {
      if (state.decodeStrings) {
        chunk = Buffer.from(chunk, encoding);
        encoding = 'buffer';
      }
    } else if (chunk instanceof Buffer) {
      encoding = 'buffer';
    } else if (ArrayBuffer.isView(chunk)) {
      chunk = Buffer.from(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength);
      encoding = 'buffer';
    } else {
      throw invalidArgType('chunk', ['string', 'Buffer', 'TypedArray', 'DataView'], chunk);
    }
  }
  let error: Error | undefined;
  if (state.ending) error = streamError('ERR_STREAM_WRITE_AFTER_END', 'write after end');
  else if (state.destroyed) error = destroyedError('write');
  if (error) {
    nextTick(callback, error);
    errorOrDestroy(stream, error, true);
    return error;
  }
  state.pendingcb++;
  return writeOrKeep(stream, state, chunk, encoding, callback);
}

function writeOrKeep(stream: any, state: any, chunk: any, encoding: any, callback: any): boolean {
  const length = state.objectMode ? 1 : chunk.length;
  state.length += length;
  const countsAfter = flag('enable_streams_nodejs_v24_compat');
  let hasRoom = state.length < state.highWaterMark;
  if (!countsAfter && !hasRoom) state.needDrain = true;
  if (state.writing || state.corked || state.errored || !state.constructed) {
    if (!state[kBuffered]) state.buffered = [];
    state.buffered.push({ chunk, encoding, callback });
    if (state.allBuffers && encoding !== 'buffer') state.allBuffers = false;
    if (state.allNoop && callback !== nop) state.allNoop = false;
  } else {
    state.writelen = length;
    state.writecb = callback;
    state.writing = true;
    state.sync = true;
    stream._write(chunk, encoding, state.onwrite);
    state.sync = false;
  }
  if (countsAfter) {
    hasRoom = state.length < state.highWaterMark || state.length === 0;
    if (!hasRoom) state.needDrain = true;
  }
  return hasRoom && !state.errored && !state.destroyed;
}

Writable.prototype.write = function (chunk: any, encoding: any, callback: any): boolean {
  return writeChunk(this, chunk, encoding, callback) === true;
};

Writable.prototype.cork = function (): void {
  this._writableState.corked++;
};

Writable.prototype.uncork = function (): void {
  const state = this._writableState;
  if (!state.corked) return;
  state.corked--;
  if (!state.writing) clearBuffer(this, state);
};

Writable.prototype.setDefaultEncoding = function setDefaultEncoding(encoding: any): any {
  if (typeof encoding === 'string') encoding = encoding.toLowerCase();
  if (!Buffer.isEncoding(encoding)) throw unknownEncoding(encoding);
  this._writableState.defaultEncoding = encoding;
  return this;
};

/** Hands chunks to the stream's own methods. */
function handOver(stream: any, state: any, isMany: boolean, length: number, chunk: any, encoding: any, callback: any): void {
  state.writelen = length;
  state.writecb = callback;
  state.writing = true;
  state.sync = true;
  if (state.destroyed) state.onwrite(destroyedError('write'));
  else if (isMany) stream._writev(chunk, state.onwrite);
  else stream._write(chunk, encoding, state.onwrite);
  state.sync = false;
}

function failWrite(stream: any, state: any, error: any, callback: any): void {
  state.pendingcb--;
  callback(error);
  failBuffered(state);
  errorOrDestroy(stream, error);
}

/** What `_write` calls when it is done. */
function onwrite(stream: any, error?: any): void {
  const state = stream._writableState;
  const { sync, writecb: callback } = state;
  if (typeof callback !== 'function') {
    errorOrDestroy(stream, multipleCallback());
    return;
  }
  state.writing = false;
  state.writecb = null;
  state.length -= state.writelen;
  state.writelen = 0;
  if (error) {
    void error.stack;
    if (!state.errored) state.errored = error;
    if (stream._readableState && !stream._readableState.errored) stream._readableState.errored = error;
    if (sync) nextTick(failWrite, stream, state, error, callback);
    else failWrite(stream, state, error, callback);
    return;
  }
  if (state.buffered.length > state.bufferedIndex) clearBuffer(stream, state);
  if (!sync) {
    afterWrite(stream, state, 1, callback);
    return;
  }
  // Many writes in a row are reported together.
  const waiting = state.afterWriteTickInfo;
  if (waiting !== null && waiting.cb === callback) {
    waiting.count++;
    return;
  }
  const info = { count: 1, cb: callback, stream, state };
  state.afterWriteTickInfo = info;
  nextTick(() => {
    state.afterWriteTickInfo = null;
    afterWrite(stream, state, info.count, callback);
  });
}

function afterWrite(stream: any, state: any, count: number, callback: any): void {
  if (!state.ending && !stream.destroyed && state.length === 0 && state.needDrain) {
    state.needDrain = false;
    stream.emit('drain');
  }
  while (count-- > 0) {
    state.pendingcb--;
    callback(null);
  }
  if (state.destroyed) failBuffered(state);
  finishMaybe(stream, state);
}

/** Fails what has not been written. */
function failBuffered(state: any): void {
  if (state.writing) return;
  for (let i = state.bufferedIndex; i < state.buffered.length; i++) {
    const { chunk, callback } = state.buffered[i];
    state.length -= state.objectMode ? 1 : chunk.length;
    callback(state.errored ?? destroyedError('write'));
  }
  callFinished(state, state.errored ?? destroyedError('end'));
  resetBuffer(state);
}

function callFinished(state: any, error: any): void {
  const callbacks = state[kOnFinished];
  if (!callbacks) return;
  state[kOnFinished] = undefined;
  for (const callback of callbacks) callback(error);
}

function clearBuffer(stream: any, state: any): void {
  if (state.corked || state.bufferProcessing || state.destroyed || !state.constructed) return;
  const { buffered, bufferedIndex, objectMode } = state;
  const count = buffered.length - bufferedIndex;
  if (count === 0) return;
  let i = bufferedIndex;
  state.bufferProcessing = true;
  if (count > 1 && stream._writev) {
    state.pendingcb -= count - 1;
    const callback = state.allNoop
      ? nop
      : (error: any) => {
          for (let n = i; n < buffered.length; n++) buffered[n].callback(error);
        };
    const chunks = state.allNoop && i === 0 ? buffered : buffered.slice(i);
    chunks.allBuffers = state.allBuffers;
    handOver(stream, state, true, state.length, chunks, '', callback);
    resetBuffer(state);
  } else {
    do {
      const { chunk, encoding, callback } = buffered[i];
      buffered[i++] = null;
      handOver(stream, state, false, objectMode ? 1 : chunk.length, chunk, encoding, callback);
    } while (i < buffered.length && !state.writing);
    if (i === buffered.length) {
      resetBuffer(state);
    } else if (i > MOST_USED_UP) {
      buffered.splice(0, i);
      state.bufferedIndex = 0;
    } else {
      state.bufferedIndex = i;
    }
  }
  state.bufferProcessing = false;
}

Writable.prototype._write = function (chunk: any, encoding: any, callback: any): void {
  if (!this._writev) throw methodNotImplemented('_write()');
  this._writev([{ chunk, encoding }], callback);
};
Writable.prototype._writev = null;

Writable.prototype.end = function (chunk: any, encoding: any, callback: any): any {
  const state = this._writableState;
  if (typeof chunk === 'function') {
    callback = chunk;
    chunk = null;
    encoding = null;
  } else if (typeof encoding === 'function') {
    callback = encoding;
    encoding = null;
  }
  let error: any;
  if (chunk !== null && chunk !== undefined) {
    const result = writeChunk(this, chunk, encoding, undefined);
    if (result instanceof Error) error = result;
  }
  if (state.corked) {
    state.corked = 1;
    this.uncork();
  }
  if (error) {
    // The caller is told below.
  } else if (!state.errored && !state.ending) {
    state.ending = true;
    finishMaybe(this, state, true);
    state.ended = true;
  } else if (state.finished) {
    error = streamError('ERR_STREAM_ALREADY_FINISHED', 'Cannot call end after a stream was finished');
  } else if (state.destroyed) {
    error = destroyedError('end');
  }
  if (typeof callback === 'function') {
    if (error) nextTick(callback, error);
    else if (state.errored) nextTick(callback, state.errored);
    else if (state.finished) nextTick(callback);
    else (state[kOnFinished] ??= []).push(callback);
  }
  return this;
};

function canFinish(state: any): boolean {
  return (
    state.ending &&
    !state.destroyed &&
    state.constructed &&
    state.length === 0 &&
    !state.errored &&
    state.buffered.length === 0 &&
    !state.finished &&
    !state.writing &&
    !state.errorEmitted &&
    !state.closeEmitted
  );
}

function runFinal(stream: any, state: any): void {
  let called = false;
  function onFinal(error?: any): void {
    if (called) {
      errorOrDestroy(stream, error ?? multipleCallback());
      return;
    }
    called = true;
    state.pendingcb--;
    if (error) {
      callFinished(state, error);
      errorOrDestroy(stream, error, state.sync);
    } else if (canFinish(state)) {
      state.prefinished = true;
      stream.emit('prefinish');
      // Finishing may not come before whoever called `end()` has gone on.
      state.pendingcb++;
      nextTick(finish, stream, state);
    }
  }
  state.sync = true;
  state.pendingcb++;
  try {
    stream._final(onFinal);
  } catch (error) {
    onFinal(error);
  }
  state.sync = false;
}

function finishMaybe(stream: any, state: any, sync = false): void {
  if (!canFinish(state)) return;
  if (!state.prefinished && !state.finalCalled) {
    if (typeof stream._final === 'function' && !state.destroyed) {
      state.finalCalled = true;
      runFinal(stream, state);
    } else {
      state.prefinished = true;
      stream.emit('prefinish');
    }
  }
  if (state.pendingcb !== 0) return;
  if (sync) {
    state.pendingcb++;
    nextTick(() => {
      if (canFinish(state)) finish(stream, state);
      else state.pendingcb--;
    });
  } else if (canFinish(state)) {
    state.pendingcb++;
    finish(stream, state);
  }
}

function finish(stream: any, state: any): void {
  state.pendingcb--;
  state.finished = true;
  callFinished(state, null);
  stream.emit('finish');
  if (!state.autoDestroy) return;
  const readable = stream._readableState;
  if (!readable || (readable.autoDestroy && (readable.endEmitted || readable.readable === false))) stream.destroy();
}

Writable.prototype.destroy = function (error: any, callback: any): any {
  const state = this._writableState;
  if (!state.destroyed && (state.bufferedIndex < state.buffered.length || state[kOnFinished])) nextTick(failBuffered, state);
  destroy.call(this, error, callback);
  return this;
};
Writable.prototype._undestroy = undestroy;
Writable.prototype._destroy = function (error: unknown, callback: (error?: unknown) => void) {
  callback(error);
};
Writable.prototype[EventEmitter.captureRejectionSymbol] = function (error: unknown) {
  this.destroy(error);
};
