// Readable: a source of chunks, which waits or flows.

import { EventEmitter } from 'node-internal:events';
import { Buffer } from 'node-internal:internal_buffer';
import { invalidArgType, methodNotImplemented } from 'node-internal:internal_errors';
import { StringDecoder } from 'node-internal:internal_stringdecoder';
import { Stream } from 'node-internal:streams_legacy';
import { construct, destroy, errorOrDestroy, streamError, undestroy } from 'node-internal:streams_destroy';
import {
  defineState,
  getDefaultHighWaterMark,
  highWaterMarkOf,
  kOnConstructed,
  kState,
  nextTick,
} from 'node-internal:streams_state';

const LARGEST_MARK = 0x40000000;

export function ReadableState(this: any, options: any, stream: any, isDuplex?: boolean): void {
  const duplex = isDuplex ?? (stream?.constructor !== undefined && '_writableState' in stream);
  Object.defineProperty(this, kState, { value: START, writable: true, enumerable: false });
  if (options && (options.objectMode || (duplex && options.readableObjectMode))) this.objectMode = true;
  this.highWaterMark = options
    ? highWaterMarkOf(this, options, 'readableHighWaterMark', duplex)
    : getDefaultHighWaterMark(false);
  this.buffer = [];
  this.bufferIndex = 0;
  this.length = 0;
  this.pipes = [];
  this.awaitDrainWriters = null;
  if (options?.emitClose === false) this.emitClose = false;
  if (options?.autoDestroy === false) this.autoDestroy = false;
  const encoding = options?.defaultEncoding;
  if (encoding && encoding !== 'utf8' && encoding !== 'utf-8') {
    if (!Buffer.isEncoding(encoding)) throw unknownEncoding(encoding);
    this.defaultEncoding = encoding;
  }
  if (options?.encoding) {
    this.decoder = new StringDecoder(options.encoding);
    this.encoding = options.encoding;
  }
}

function unknownEncoding(encoding: unknown): Error {
  return streamError('ERR_UNKNOWN_ENCODING', `Unknown encoding: ${encoding}`, TypeError);
}

const BITS = defineState(
  ReadableState.prototype,
  `objectMode ended endEmitted reading constructed sync needReadable emittedReadable readableListening resumeScheduled
   errorEmitted emitClose autoDestroy destroyed closed closeEmitted multiAwaitDrain readingMore dataEmitted`.split(/\s+/),
  { errored: null, defaultEncoding: 'utf8', decoder: null, encoding: null, flowing: null, paused: null }
);
const START = BITS.constructed! | BITS.sync! | BITS.emitClose! | BITS.autoDestroy!;
Object.defineProperty(ReadableState.prototype, 'pipesCount', {
  get(this: any) {
    return this.pipes.length;
  },
});
(ReadableState.prototype as any)[kOnConstructed] = function onConstructed(stream: any) {
  if (this.needReadable) readMoreLater(stream, this);
};

export const Readable: any = function Readable(this: any, options: any): any {
  if (!(this instanceof Readable)) return new Readable(options);
  this._events ??= { close: undefined, error: undefined, data: undefined, end: undefined, readable: undefined };
  this._readableState = new (ReadableState as any)(options, this, false);
  if (options) {
    if (typeof options.read === 'function') this._read = options.read;
    if (typeof options.destroy === 'function') this._destroy = options.destroy;
    if (typeof options.construct === 'function') this._construct = options.construct;
  }
  Stream.call(this, options);
  if (options?.signal) startAborting(options.signal, this);
  if (this._construct) construct(this, () => this._readableState[kOnConstructed](this));
};
Object.setPrototypeOf(Readable.prototype, Stream.prototype);
Object.setPrototypeOf(Readable, Stream);
Readable.ReadableState = ReadableState;

let addAbortSignal: ((signal: AbortSignal, stream: any) => void) | undefined;

/** Tells streams what `signal` among their options does, which depends on them in turn. */
export function whenSignalled(add: (signal: AbortSignal, stream: any) => void): void {
  addAbortSignal = add;
}

export function startAborting(signal: AbortSignal, stream: any): void {
  addAbortSignal?.(signal, stream);
}

Readable.prototype.destroy = destroy;
Readable.prototype._undestroy = undestroy;
Readable.prototype._destroy = function (error: unknown, callback: (error?: unknown) => void) {
  callback(error);
};
Readable.prototype[EventEmitter.captureRejectionSymbol] = function (error: unknown) {
  this.destroy(error);
};

Readable.prototype.push = function (chunk: any, encoding: any): boolean {
  return add(this, chunk, encoding, false);
};

Readable.prototype.unshift = function (chunk: any, encoding: any): boolean {
  return add(this, chunk, encoding, true);
};

/** A chunk of bytes as it is kept, and the encoding that it is still in. */
function bytesOf(state: any, chunk: any, encoding: any, toFront: boolean): { chunk: any; encoding: any } | Error {
  if (typeof chunk === 'string') {
    encoding = encoding || state.defaultEncoding;
    if (state.encoding === encoding) return { chunk, encoding };
    const bytes = Buffer.from(chunk, encoding);
    // Where text is read, the decoder is for what comes in order.
    if (toFront && state.encoding) return { chunk: bytes.toString(state.encoding), encoding };
    return { chunk: bytes, encoding: '' };
  }
  if (chunk instanceof Buffer) return { chunk, encoding: '' };
  if (ArrayBuffer.isView(chunk)) {
    return { chunk: Buffer.from(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength), encoding: '' };
  }
  if (chunk === undefined || chunk === null) return { chunk, encoding };
  return invalidArgType('chunk', ['string', 'Buffer', 'TypedArray', 'DataView'], chunk);
}

function add(stream: any, given: any, givenEncoding: any, toFront: boolean): boolean {
  const state = stream._readableState;
  let chunk = given;
  let encoding = givenEncoding;
  if (!state.objectMode) {
    const bytes = bytesOf(state, chunk, encoding, toFront);
    if (bytes instanceof Error) {
      errorOrDestroy(stream, bytes);
      return false;
    }
    ({ chunk, encoding } = bytes);
  }
  if (chunk === null) {
    state.reading = false;
    endOfSource(stream, state);
    return false;
  }
  const isEmpty = !state.objectMode && !(chunk && chunk.length > 0);
  if (isEmpty) {
    if (!toFront) {
      state.reading = false;
      readMoreLater(stream, state);
    }
    return wantsMore(state);
  }
  if (toFront) {
    if (state.endEmitted) {
      errorOrDestroy(stream, streamError('ERR_STREAM_UNSHIFT_AFTER_END_EVENT', 'stream.unshift() after end event'));
    } else if (state.destroyed || state.errored) {
      return false;
    } else {
      addChunk(stream, state, chunk, true);
    }
  } else if (state.ended) {
    errorOrDestroy(stream, streamError('ERR_STREAM_PUSH_AFTER_EOF', 'stream.push() after EOF'));
    return false;
  } else if (state.destroyed || state.errored) {
    return false;
  } else {
    state.reading = false;
    if (state.decoder && !encoding) chunk = state.decoder.write(chunk);
    if (state.objectMode || chunk.length > 0) addChunk(stream, state, chunk, false);
    else readMoreLater(stream, state);
  }
  return wantsMore(state);
}

function wantsMore(state: any): boolean {
  return !state.ended && (state.length < state.highWaterMark || state.length === 0);
}

function addChunk(stream: any, state: any, chunk: any, toFront: boolean): void {
  if (state.flowing && state.length === 0 && !state.sync && stream.listenerCount('data') > 0) {
    // Whoever waits for room gets this chunk, too.
    if (state.multiAwaitDrain) state.awaitDrainWriters.clear();
    else state.awaitDrainWriters = null;
    state.dataEmitted = true;
    stream.emit('data', chunk);
  } else {
    state.length += state.objectMode ? 1 : chunk.length;
    if (!toFront) {
      state.buffer.push(chunk);
    } else if (state.bufferIndex > 0) {
      state.buffer[--state.bufferIndex] = chunk;
    } else {
      state.buffer.unshift(chunk);
    }
    if (state.needReadable) readableLater(stream);
  }
  readMoreLater(stream, state);
}

Readable.prototype.isPaused = function (): boolean {
  const state = this._readableState;
  return state.paused === true || state.flowing === false;
};

Readable.prototype.setEncoding = function (encoding: any): any {
  const decoder = new StringDecoder(encoding);
  const state = this._readableState;
  state.decoder = decoder;
  state.encoding = decoder.encoding;
  let text = '';
  for (let i = state.bufferIndex; i < state.buffer.length; i++) text += decoder.write(state.buffer[i]);
  state.buffer = text === '' ? [] : [text];
  state.bufferIndex = 0;
  state.length = text.length;
  return this;
};

function largerMark(count: number): number {
  if (count > LARGEST_MARK) {
    throw streamError('ERR_OUT_OF_RANGE', `The value of "size" is out of range. It must be <= 1GiB. Received ${count}`, RangeError);
  }
  return 2 ** Math.ceil(Math.log2(count));
}

function readableCount(count: number, state: any): number {
  if (count <= 0 || (state.length === 0 && state.ended)) return 0;
  if (state.objectMode) return 1;
  if (Number.isNaN(count)) {
    return state.flowing && state.length > 0 ? state.buffer[state.bufferIndex].length : state.length;
  }
  if (count <= state.length) return count;
  return state.ended ? state.length : 0;
}

Readable.prototype.read = function (size: any): any {
  let count = size === undefined ? NaN : Number.isInteger(size) ? size : Number.parseInt(size, 10);
  const state = this._readableState;
  const asked = count;
  if (count > state.highWaterMark) state.highWaterMark = largerMark(count);
  if (count !== 0) state.emittedReadable = false;
  const isFull = state.highWaterMark === 0 ? state.length > 0 : state.length >= state.highWaterMark;
  if (count === 0 && state.needReadable && (isFull || state.ended)) {
    if (state.length === 0 && state.ended) endReadable(this);
    else readableLater(this);
    return null;
  }
  count = readableCount(count, state);
  if (count === 0 && state.ended) {
    if (state.length === 0) endReadable(this);
    return null;
  }
  let wanted = state.needReadable;
  if (state.length === 0 || state.length - count < state.highWaterMark) wanted = true;
  if (state.ended || state.reading || state.destroyed || state.errored || !state.constructed) wanted = false;
  if (wanted) {
    state.reading = true;
    state.sync = true;
    if (state.length === 0) state.needReadable = true;
    try {
      this._read(state.highWaterMark);
    } catch (error) {
      errorOrDestroy(this, error);
    }
    state.sync = false;
    // What came at once may be given at once.
    if (!state.reading) count = readableCount(asked, state);
  }
  const result = count > 0 ? fromList(count, state) : null;
  if (result === null) {
    state.needReadable = state.length <= state.highWaterMark;
    count = 0;
  } else {
    state.length -= count;
    if (state.multiAwaitDrain) state.awaitDrainWriters.clear();
    else state.awaitDrainWriters = null;
  }
  if (state.length === 0) {
    if (!state.ended) state.needReadable = true;
    if (asked !== count && state.ended) endReadable(this);
  }
  if (result !== null && !state.errorEmitted && !state.closeEmitted) {
    state.dataEmitted = true;
    this.emit('data', result);
  }
  return result;
};

Readable.prototype._read = function (_size: number): void {
  throw methodNotImplemented('_read()');
};

/** Takes the first `count` bytes, characters or objects out of the buffer; everything where that is NaN. */
function fromList(count: number, state: any): any {
  if (state.length === 0) return null;
  const { buffer } = state;
  if (state.objectMode) return shift(state);
  if (!count || count >= state.length) {
    const all = state.bufferIndex === 0 ? buffer : buffer.slice(state.bufferIndex);
    state.buffer = [];
    state.bufferIndex = 0;
    if (state.decoder) return all.join('');
    return all.length === 1 ? all[0] : Buffer.concat(all, state.length);
  }
  const first = buffer[state.bufferIndex];
  if (count < first.length) {
    buffer[state.bufferIndex] = first.slice(count);
    return first.slice(0, count);
  }
  if (count === first.length) return shift(state);
  const parts: any[] = [];
  for (let left = count; left > 0; ) {
    const next = buffer[state.bufferIndex];
    if (left < next.length) {
      parts.push(next.slice(0, left));
      buffer[state.bufferIndex] = next.slice(left);
      break;
    }
    left -= next.length;
    parts.push(shift(state));
  }
  return state.decoder ? parts.join('') : Buffer.concat(parts, count);
}

function shift(state: any): any {
  const chunk = state.buffer[state.bufferIndex];
  state.buffer[state.bufferIndex++] = null;
  if (state.bufferIndex === state.buffer.length) {
    state.buffer = [];
    state.bufferIndex = 0;
  } else if (state.bufferIndex > 1024) {
    state.buffer = state.buffer.slice(state.bufferIndex);
    state.bufferIndex = 0;
  }
  return chunk;
}

Readable._fromList = fromList;

function endOfSource(stream: any, state: any): void {
  if (state.ended) return;
  const rest = state.decoder?.end();
  if (rest) {
    state.buffer.push(rest);
    state.length += state.objectMode ? 1 : rest.length;
  }
  state.ended = true;
  if (state.sync) {
    readableLater(stream);
  } else {
    state.needReadable = false;
    state.emittedReadable = true;
    emitReadable(stream);
  }
}

/** Emits `readable` soon, once. */
export function readableLater(stream: any): void {
  const state = stream._readableState;
  state.needReadable = false;
  if (state.emittedReadable) return;
  state.emittedReadable = true;
  nextTick(emitReadable, stream);
}

function emitReadable(stream: any): void {
  const state = stream._readableState;
  if (!state.destroyed && !state.errored && (state.length > 0 || state.ended)) {
    stream.emit('readable');
    state.emittedReadable = false;
  }
  state.needReadable = !state.flowing && !state.ended && state.length <= state.highWaterMark;
  flow(stream);
}

/** Fills the buffer up to its mark, soon. */
function readMoreLater(stream: any, state: any): void {
  if (state.readingMore || !state.constructed) return;
  state.readingMore = true;
  nextTick(() => {
    while (!state.reading && !state.ended && (state.length < state.highWaterMark || (state.flowing && state.length === 0))) {
      const before = state.length;
      stream.read(0);
      if (before === state.length) break;
    }
    state.readingMore = false;
  });
}

export function flow(stream: any): void {
  const state = stream._readableState;
  while (state.flowing && stream.read() !== null);
}

function endReadable(stream: any): void {
  const state = stream._readableState;
  if (state.endEmitted) return;
  state.ended = true;
  nextTick(emitEnd, state, stream);
}

function emitEnd(state: any, stream: any): void {
  if (state.errored || state.closeEmitted || state.endEmitted || state.length > 0) return;
  state.endEmitted = true;
  stream.emit('end');
  if (stream.writable && stream.allowHalfOpen === false) {
    nextTick(() => {
      if (stream.writable && !stream.writableEnded && !stream.destroyed) stream.end();
    });
  } else if (state.autoDestroy) {
    const writable = stream._writableState;
    if (!writable || (writable.autoDestroy && (writable.finished || writable.writable === false))) stream.destroy();
  }
}
