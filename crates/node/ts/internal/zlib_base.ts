// The streams of `node:zlib`: a Transform around a coder.

import { Buffer } from 'node-internal:internal_buffer';
import { coded, outOfRange } from 'node-internal:internal_errors';
import { Transform, finished } from 'node-internal:streams_base';
import { nextTick } from 'node-internal:streams_state';
import { validateNumber } from 'node-internal:validators';
import { constants } from 'node-internal:zlib_constants';
import type { ZlibStream } from 'node-internal:zlib_natives';

const kFlushFlag = Symbol('kFlushFlag');
const kCallback = Symbol('kCallback');
const kError = Symbol('kError');
export const LARGEST_OUTPUT = 2 ** 31 - 1;

/** How urgent the kinds of flushing are, the least first. */
const URGENCY = ['Z_NO_FLUSH', 'Z_BLOCK', 'Z_PARTIAL_FLUSH', 'Z_SYNC_FLUSH', 'Z_FULL_FLUSH', 'Z_FINISH'].map(
  (name) => constants[name]!
);

function moreUrgent(one: number, other: number): number {
  return URGENCY.indexOf(one) > URGENCY.indexOf(other) ? one : other;
}

export function rangedOption(value: any, name: string, least: number, most: number, fallback?: any): any {
  if (value === undefined || (typeof value === 'number' && Number.isNaN(value))) return fallback;
  validateNumber(value, name);
  if (!Number.isFinite(value)) throw outOfRange(name, 'a finite number', value);
  if (value < least || value > most) {
    throw outOfRange(name, most === Infinity ? `>= ${least}` : `>= ${least} and <= ${most}`, value);
  }
  return value;
}

/** The error of a coder's last step. */
export function coderError(handle: ZlibStream): Error | undefined {
  const { message } = handle;
  if (message === undefined) return undefined;
  const error: any = coded(Error, handle.code!, message);
  error.errno = handle.number;
  return error;
}

export interface FlushFlags {
  flush: number;
  finishFlush: number;
  fullFlush: number;
  most: number;
}

export class ZlibBase extends Transform {
  bytesWritten = 0;
  [key: PropertyKey]: any;

  constructor(options: any, open: () => ZlibStream, flags: FlushFlags) {
    let chunkSize = constants.Z_DEFAULT_CHUNK!;
    let maxOutputLength = LARGEST_OUTPUT;
    let { flush, finishFlush } = flags;
    if (options && typeof options === 'object') {
      chunkSize = rangedOption(options.chunkSize, 'options.chunkSize', constants.Z_MIN_CHUNK!, Infinity, chunkSize);
      flush = rangedOption(options.flush, 'options.flush', 0, flags.most, flush);
      finishFlush = rangedOption(options.finishFlush, 'options.finishFlush', 0, flags.most, finishFlush);
      maxOutputLength = rangedOption(options.maxOutputLength, 'options.maxOutputLength', 1, LARGEST_OUTPUT, maxOutputLength);
      // Only bytes come in and go out.
      if (options.encoding || options.objectMode || options.writableObjectMode) {
        options = { ...options, encoding: null, objectMode: false, writableObjectMode: false };
      }
    } else {
      options = {};
    }
    super({ autoDestroy: true, ...options });
    this._maxOutputLength = maxOutputLength;
    this._outOffset = 0;
    this._chunkSize = chunkSize;
    this._defaultFlushFlag = flush;
    this._finishFlushFlag = finishFlush;
    this._defaultFullFlushFlag = flags.fullFlush;
    this._info = Boolean(options.info);
    this._handle = open();
    this[kCallback] = null;
    this[kError] = undefined;
  }

  get _closed(): boolean {
    return !this._handle;
  }

  get bytesRead(): number {
    return this.bytesWritten;
  }

  reset(): void {
    if (!this._handle) throw coded(Error, 'ERR_INTERNAL_ASSERTION', 'zlib binding closed');
    this._handle.reset();
  }

  override _flush(callback: any): void {
    this._transform(Buffer.alloc(0), 'buffer', callback);
  }

  override _final(callback: any): void {
    callback();
  }

  flush(kind?: any, callback?: any): void {
    if (typeof kind === 'function' || (kind === undefined && !callback)) {
      callback = kind;
      kind = this._defaultFullFlushFlag;
    }
    if (this.writableFinished) {
      if (callback) nextTick(callback);
    } else if (this.writableEnded) {
      if (callback) this.once('end', callback);
    } else {
      const chunk: any = Buffer.alloc(0);
      chunk[kFlushFlag] = kind;
      this.write(chunk, 'buffer', callback);
    }
  }

  close(callback?: any): void {
    if (callback) finished(this, callback);
    this.destroy();
  }

  #letGo(): void {
    this._handle?.close();
    this._handle = null;
  }

  override _destroy(error: any, callback: any): void {
    this.#letGo();
    callback(error);
  }

  override _transform(chunk: any, _encoding: unknown, callback: any): void {
    let flush = this._defaultFlushFlag;
    if (typeof chunk[kFlushFlag] === 'number') flush = chunk[kFlushFlag];
    else if (this.writableEnded && this.writableLength === chunk.byteLength) {
      flush = this._defaultFlushFlag === 0 ? this._finishFlushFlag : moreUrgent(flush, this._finishFlushFlag);
    }
    this.#start(chunk, flush, callback);
  }

  _processChunk(chunk: any, flush: number, callback?: any): any {
    if (typeof callback === 'function') {
      this.#start(chunk, flush, callback);
      return undefined;
    }
    return this.#processAtOnce(chunk, flush);
  }

  /** One step of the coder. */
  #step(chunk: Uint8Array, at: number, flush: number): { made: Uint8Array; consumed: number; isFull: boolean } {
    const room = this._chunkSize - this._outOffset;
    const made = this._handle.step(at === 0 ? chunk : chunk.subarray(at), flush, room);
    this._outOffset += made.byteLength;
    if (this._outOffset >= this._chunkSize) this._outOffset = 0;
    return { made, consumed: this._handle.consumed, isFull: made.byteLength === room };
  }

  #start(chunk: any, flush: number, callback: any): void {
    this[kCallback] = callback;
    let at = 0;
    const done = (): void => {
      this[kCallback] = null;
      callback();
    };
    const run = (): void => {
      while (this._handle) {
        const { made, consumed, isFull } = this.#step(chunk, at, flush);
        const error = coderError(this._handle);
        if (error) {
          this[kError] = error;
          this.destroy(error);
          return;
        }
        at += consumed;
        this.bytesWritten += consumed;
        const goesOn = made.byteLength === 0 || this.push(Buffer.from(made.buffer, made.byteOffset, made.byteLength));
        if (this.destroyed) break;
        if (isFull && goesOn) continue;
        if (isFull) {
          this.#whenRead(run);
          return;
        }
        // What the coder does not want is not of this stream.
        if (at < chunk.byteLength) this.push(null);
        break;
      }
      done();
    };
    run();
  }

  /** Goes on when what there is has been read. */
  #whenRead(run: () => void): void {
    const read = this._read;
    this._read = (size: number) => {
      this._read = read;
      run();
      // If it waits again, what has been made is read first.
      if (this._read === read) this._read(size);
    };
  }

  #processAtOnce(chunk: any, flush: number): any {
    const parts: Uint8Array[] = [];
    let length = 0;
    for (let at = 0; ; ) {
      const { made, consumed, isFull } = this.#step(chunk, at, flush);
      const error = coderError(this._handle);
      if (error) {
        this.destroy(error);
        throw error;
      }
      at += consumed;
      if (made.byteLength > 0) parts.push(made);
      length += made.byteLength;
      if (length > this._maxOutputLength) {
        this.#letGo();
        const text = `Cannot create a Buffer larger than ${this._maxOutputLength} bytes`;
        throw coded(RangeError, 'ERR_BUFFER_TOO_LARGE', text);
      }
      if (isFull) continue;
      this.bytesWritten = at;
      this.#letGo();
      return Buffer.concat(parts, length);
    }
  }
}
