// `OutgoingMessage` of node:http: the head and the body of what is sent, before it is known how.
//
// There are no sockets here. What would go over one goes to an outbox, which a subclass empties through its `kSendData`;
// an event tells of the head of a response.

import { EventEmitter } from 'node-internal:events';
import {
  alreadyFinished,
  headersSent,
  kErrored,
  kHighWaterMark,
  kNeedDrain,
  kOutHeaders,
  validateHeaderName,
  validateHeaderValue,
} from 'node-internal:http_common';
import { parseHead, renderHead } from 'node-internal:http_head';
import { Buffer } from 'node-internal:internal_buffer';
import { coded, invalidArgType, methodNotImplemented } from 'node-internal:internal_errors';
import { isUint8Array } from 'node-internal:internal_types';
import { Writable } from 'node-internal:streams_base';
import { getDefaultHighWaterMark } from 'node-internal:streams_state';
import { validateString } from 'node-internal:validators';

export const kSendData = Symbol('kSendData');
const kCorked = Symbol('corked');
const kChunkedBuffer = Symbol('kChunkedBuffer');
const kChunkedLength = Symbol('kChunkedLength');
const kBytesWritten = Symbol('kBytesWritten');
const kRejectNonStandardBodyWrites = Symbol('kRejectNonStandardBodyWrites');

interface Entry {
  data: any;
  encoding: any;
  length: number;
}

/** Keeps what is written while it is corked. */
class Outbox {
  corked = 0;
  #kept: Entry[] = [];
  #deliver: (entry: Entry) => void;

  constructor(deliver: (entry: Entry) => void) {
    this.#deliver = deliver;
  }

  get length(): number {
    return this.#kept.reduce((sum, { length }) => sum + length, 0);
  }

  write(data: any, encoding: any, callback: any, length: number = data?.length ?? 0): void {
    const entry = { data, encoding, length };
    if (this.corked <= 0) this.#deliver(entry);
    else this.#kept.push(entry);
    if (callback) queueMicrotask(() => callback());
  }

  cork(): void {
    this.corked += 1;
  }

  uncork(): void {
    this.corked -= 1;
    if (this.corked > 0) return;
    for (const entry of this.#kept.splice(0)) this.#deliver(entry);
  }
}

function byteLength(chunk: any, encoding: any): number {
  return typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding ?? undefined) : chunk.byteLength;
}

export class OutgoingMessage extends Writable {
  [key: PropertyKey]: any;
  [kOutHeaders]: any = null;
  [kErrored]: any = null;
  [kCorked] = 0;
  [kChunkedBuffer]: any[] = [];
  [kChunkedLength] = 0;
  [kNeedDrain] = false;
  [kBytesWritten] = 0;
  req: any;
  #box = new Outbox((entry) => this[kSendData]?.(entry.data, entry.encoding));
  outputData: any[] = [];
  outputSize = 0;
  writtenHeaderBytes = 0;
  strictContentLength = false;
  chunkedEncoding = false;
  sendDate = false;
  shouldKeepAlive = true;
  writable = true;
  finished = false;
  destroyed = false;
  useChunkedEncodingByDefault = true;
  maxRequestsOnConnectionReached = false;
  _closed = false;
  _headerSent = false;
  _onPendingData: any = () => {};
  _header: any = null;
  _contentLength: any = null;
  _hasBody = true;
  _removedContLen = false;
  _removedConnection = false;
  _removedTE = false;
  _last = false;
  _defaultKeepAlive = true;
  _maxRequestsPerSocket: any;
  _keepAliveTimeout = 0;

  constructor(req: any, options: any) {
    // The end of the exchange destroys a message, rather than that of what is sent.
    super({ autoDestroy: false });
    this.req = req;
    this[kHighWaterMark] = options?.highWaterMark ?? getDefaultHighWaterMark();
    this[kRejectNonStandardBodyWrites] = options?.rejectNonStandardBodyWrites ?? false;
  }

  cork(): void {
    this[kCorked] += 1;
    this.#box.cork();
  }

  uncork(): void {
    this[kCorked] -= 1;
    this.#box.uncork();
    if (this[kCorked] !== 0) return;
    this[kChunkedLength] = 0;
    for (const { chunk, encoding, callback } of this[kChunkedBuffer].splice(0)) this._send(chunk, encoding, callback);
  }

  _storeHeader(firstLine: any, headers: any): void {
    const [text, atOnce] = renderHead(this, firstLine, headers);
    this._header = text;
    this._headerSent = false;
    if (atOnce) this._send('', undefined, undefined, undefined);
  }

  _finish(): void {
    this.emit('prefinish');
  }

  _flushOutput(box: any): any {
    if (this.outputData.length === 0) return undefined;
    box.cork();
    for (const { data, encoding, callback } of this.outputData) box.write(data, encoding, callback);
    box.uncork();
    this.outputData = [];
    this._onPendingData(-this.outputSize);
    this.outputSize = 0;
    return true;
  }

  _flush(): void {
    const flushed = this._flushOutput(this.#box);
    if (this.finished) {
      this._finish();
    } else if (flushed && this[kNeedDrain]) {
      this[kNeedDrain] = false;
      this.emit('drain');
    }
  }

  get #hasHead(): boolean {
    return this._header !== null || this._headerSent;
  }

  get writableLength(): number {
    return this.outputSize + this[kChunkedLength] + (this.#hasHead ? this.#box.length : 0);
  }

  get writableCorked(): number {
    return this[kCorked];
  }

  get writableNeedDrain(): boolean {
    return !this.destroyed && !this.finished && this[kNeedDrain];
  }

  setHeader(name: any, value: any): this {
    if (this._header) throw headersSent('set');
    validateHeaderName(name);
    validateHeaderValue(name, value);
    this[kOutHeaders] ??= {};
    this[kOutHeaders][name.toLowerCase()] = [name, value];
    return this;
  }

  setHeaders(headers: any): this {
    if (this.headersSent) throw headersSent('set');
    const isMap = typeof headers === 'object' && !Array.isArray(headers) && headers !== null;
    if (!isMap || typeof headers.keys !== 'function' || typeof headers.get !== 'function') {
      throw invalidArgType('headers', ['Headers', 'Map'], headers);
    }
    // Cookies come one by one, and are set together.
    const cookies: any[] = [];
    for (const [name, value] of headers) {
      if (name === 'set-cookie') cookies.push(...[value].flat());
      else this.setHeader(name, value);
    }
    if (cookies.length > 0) this.setHeader('set-cookie', cookies);
    return this;
  }

  appendHeader(name: any, value: any): this {
    if (this._header) throw headersSent('append');
    validateHeaderName(name);
    validateHeaderValue(name, value);
    const field = this[kOutHeaders]?.[name.toLowerCase()];
    if (!field) return this.setHeader(name, value);
    field[1] = [field[1], value].flat();
    return this;
  }

  getHeader(name: any): any {
    validateString(name, 'name');
    return this[kOutHeaders]?.[name.toLowerCase()]?.[1];
  }

  hasHeader(name: any): boolean {
    validateString(name, 'name');
    return Boolean(this[kOutHeaders]?.[name.toLowerCase()]);
  }

  removeHeader(name: any): void {
    validateString(name, 'name');
    if (this._header) throw headersSent('remove');
    const key = name.toLowerCase();
    if (key === 'connection') this._removedConnection = true;
    else if (key === 'content-length') this._removedContLen = true;
    else if (key === 'transfer-encoding') this._removedTE = true;
    else if (key === 'date') this.sendDate = false;
    if (this[kOutHeaders] !== null) delete this[kOutHeaders][key];
  }

  getHeaderNames(): string[] {
    return Object.keys(this[kOutHeaders] ?? {});
  }

  getRawHeaderNames(): string[] {
    return Object.values<any>(this[kOutHeaders] ?? {}).map(([name]) => name);
  }

  flushHeaders(): void {
    if (!this._header) this._implicitHeader();
    this._send('', undefined, undefined, undefined);
  }

  getHeaders(): any {
    const headers: any = {};
    for (const name of this.getHeaderNames()) headers[name] = this[kOutHeaders][name][1];
    return headers;
  }

  get headersSent(): boolean {
    return !!this._header;
  }

  pipe(destination: any): any {
    this.emit('error', coded(Error, 'ERR_STREAM_CANNOT_PIPE', 'Cannot pipe, not readable'));
    return destination;
  }

  [EventEmitter.captureRejectionSymbol](error: any): void {
    this.destroy(error);
  }

  _implicitHeader(): void {
    throw methodNotImplemented('_implicitHeader()');
  }

  _renderHeaders(): any {
    if (this._header) throw headersSent('render');
    const headers: any = {};
    for (const [name, value] of Object.values<any>(this[kOutHeaders] ?? {})) headers[name] = value;
    return headers;
  }

  _send(data: any, encoding: any, callback: any, byteLength?: any): boolean {
    if (!this._headerSent && this._header !== null) {
      this._headerSent = true;
      const { length } = this._header;
      this.writtenHeaderBytes = length;
      const head = parseHead(this._header);
      if (head !== undefined) this.emit('_headersSent', head);
      // It takes room like all that is written, and is sent with it.
      if (!this.destroyed) this.#box.write('', 'latin1', undefined, length);
    }
    return this._writeRaw(data, encoding, callback, byteLength);
  }

  write(chunk: any, encoding: any, callback: any): any {
    if (typeof encoding === 'function') {
      callback = encoding;
      encoding = null;
    }
    const hasRoom = this.#write(chunk, encoding, callback, false);
    if (!hasRoom) this[kNeedDrain] = true;
    return hasRoom;
  }

  end(chunk: any, encoding: any, callback: any): any {
    if (typeof chunk === 'function') [chunk, encoding, callback] = [null, null, chunk];
    else if (typeof encoding === 'function') [encoding, callback] = [null, encoding];
    if (this.finished) {
      this.#endAgain(chunk, callback);
      return this;
    }
    if (chunk) {
      this.#box.cork();
      this.#write(chunk, encoding, null, true);
    } else if (!this._header) {
      this.#box.cork();
      this._contentLength = 0;
      this._implicitHeader();
    }
    if (typeof callback === 'function') this.once('finish', callback);
    const finish = (): void => {
      this.emit('finish');
    };
    if (this.#isLengthStrict && this[kBytesWritten] !== this._contentLength) throw this.#mismatch(0);
    const isChunked = this._hasBody && this.chunkedEncoding;
    if (isChunked || !this._headerSent || this.writableLength || chunk) this._send('', 'latin1', finish);
    else queueMicrotask(finish);
    this.#box.uncork();
    this[kCorked] = 1;
    this.uncork();
    this.finished = true;
    this._writableState.finished = true;
    this._writableState.corked = 1;
    if (this.outputData.length === 0) this._finish();
    return this;
  }

  #endAgain(chunk: any, callback: any): void {
    if (chunk) {
      this.#fail(coded(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end'), callback);
    } else if (typeof callback === 'function') {
      if (this.writableFinished) callback(alreadyFinished());
      else this.on('finish', callback);
    }
  }

  _writeRaw(data: any, encoding: any, callback: any, _size?: any): boolean {
    if (this.destroyed) return false;
    if (typeof encoding === 'function') [encoding, callback] = [null, encoding];
    if (!this.#hasHead) {
      this.outputData.push({ data, encoding, callback });
      this.outputSize += data.length;
      this._onPendingData(data.length);
      return this.outputSize < this[kHighWaterMark];
    }
    this._flushOutput(this.#box);
    this.#box.write(data, encoding, callback);
    return this.#box.corked > 0 || this.#box.length < this[kHighWaterMark];
  }

  destroy(err: any, _cb: any): any {
    if (this.destroyed) return this;
    if (err != null) this.emit('error', err);
    this.destroyed = true;
    this[kErrored] = err;
    return this;
  }

  get errored(): any {
    return this[kErrored];
  }

  get closed(): boolean {
    return this._closed;
  }

  get writableEnded(): boolean {
    return this.finished;
  }

  get writableHighWaterMark(): number {
    return this[kHighWaterMark];
  }

  get writableObjectMode(): boolean {
    return false;
  }

  /** Whether the body must have the length that its head says. */
  get #isLengthStrict(): boolean {
    const isKnown = this._contentLength != null && this._hasBody && !this._removedContLen;
    return this.strictContentLength && isKnown && !this.chunkedEncoding && !this.hasHeader('transfer-encoding');
  }

  #mismatch(more: number): Error {
    const text =
      'Request body length does not match content-length header. ' +
      `Expected: ${this._contentLength ?? 0}, Actual: ${this[kBytesWritten] + more}`;
    return coded(Error, 'ERR_HTTP_CONTENT_LENGTH_MISMATCH', text);
  }

  #fail(error: Error, callback: any): void {
    if (this.destroyed) return;
    queueMicrotask(() => {
      callback?.(error);
      if (!this.destroyed) this.emit('error', error);
    });
  }

  #write(chunk: any, encoding: any, callback: any, fromEnd: boolean): boolean {
    if (typeof callback !== 'function') callback = () => {};
    if (chunk === null) throw coded(TypeError, 'ERR_STREAM_NULL_VALUES', 'May not write null values to stream');
    if (typeof chunk !== 'string' && !isUint8Array(chunk)) {
      throw invalidArgType('chunk', ['string', 'Buffer', 'Uint8Array'], chunk);
    }
    if (this.destroyed) {
      const after = this.finished
        ? coded(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end')
        : coded(Error, 'ERR_STREAM_DESTROYED', 'Cannot call write after a stream was destroyed');
      queueMicrotask(() => callback(after));
      return false;
    }
    if (this.finished) {
      this.#fail(coded(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end'), callback);
      return false;
    }
    if (this.strictContentLength) {
      const length = byteLength(chunk, encoding);
      const written = this[kBytesWritten] + length;
      const tooLong = fromEnd ? written !== this._contentLength : written > (this._contentLength ?? 0);
      if (this.#isLengthStrict && tooLong) throw this.#mismatch(length);
      this[kBytesWritten] = written;
    }
    if (!this._header) {
      if (fromEnd) this._contentLength = byteLength(chunk, encoding);
      this._implicitHeader();
    }
    if (!this._hasBody) {
      if (this[kRejectNonStandardBodyWrites]) {
        const text = 'Request with GET/HEAD method cannot have body';
        throw coded(Error, 'ERR_HTTP_BODY_NOT_ALLOWED', text);
      }
      queueMicrotask(callback);
      return true;
    }
    if (!fromEnd && this.#box.corked === 0) {
      // The writes of one turn go together.
      this.#box.cork();
      queueMicrotask(() => this.#box.uncork());
    }
    if (this.chunkedEncoding && chunk.length !== 0 && this[kCorked] && this._headerSent) {
      this[kChunkedBuffer].push({ chunk, encoding, callback });
      this[kChunkedLength] += byteLength(chunk, encoding);
      return this[kChunkedLength] < this[kHighWaterMark];
    }
    return this._send(chunk, encoding, callback);
  }
}
