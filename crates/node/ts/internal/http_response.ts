// `ServerResponse` of node:http: becomes a `Response` once its head is known, whose body is what is written from then on.

import * as host from 'node-internal:host';
import {
  _checkInvalidHeaderChar,
  chunkExpression,
  headersSent,
  invalidCharacter,
  kErrored,
  kOutHeaders,
} from 'node-internal:http_common';
import { STATUS_CODES } from 'node-internal:http_constants';
import { OutgoingMessage, kSendData } from 'node-internal:http_outgoing';
import { Buffer } from 'node-internal:internal_buffer';
import { coded, invalidArgValue, methodNotImplemented } from 'node-internal:internal_errors';

/** The response to the event. Fails if there will be none. */
export let responseOf: (response: ServerResponse) => Promise<Response>;

export function checkServerEnabled(name: string): void {
  if (!host.flag('enable_nodejs_http_server_modules')) throw methodNotImplemented(name);
}

function prematureClose(): Error {
  return coded(TypeError, 'ERR_STREAM_PREMATURE_CLOSE', 'Premature close');
}

export class ServerResponse extends OutgoingMessage {
  statusCode: any = 200;
  statusMessage: any = 'unknown';
  #answer = Promise.withResolvers<Response>();
  #controller: ReadableByteStreamController | null = null;
  #early: Uint8Array[] = [];
  /** How much of the body may still be sent; null if its length was not given. */
  #left: number | null = null;

  static {
    responseOf = (response) => response.#answer.promise;
  }

  constructor(req: any, options: any = {}) {
    checkServerEnabled('ServerResponse');
    super(req, options);
    if (req.httpVersionMajor < 1 || req.httpVersionMinor < 1) {
      this.useChunkedEncodingByDefault = chunkExpression.test(req.headers.te ?? '');
      this.shouldKeepAlive = false;
    }
    this[kSendData] = (data: unknown, encoding: unknown) => this.#take(data, encoding);
    this.once('_headersSent', (head: unknown) => this.#start(head));
    this.once('error', this.#answer.reject);
    this.once('close', () => this.#answer.reject(prematureClose()));
    this.once('finish', () => queueMicrotask(() => this.#close()));
  }

  #start({ statusCode, statusMessage, headers }: any): void {
    const length = headers.get('content-length');
    if (length !== null) this.#left = Number.parseInt(length, 10);
    const body = this._hasBody ? this.#bodyStream() : null;
    this.#answer.resolve(new Response(body, { status: statusCode, statusText: statusMessage, headers }));
  }

  #take(data: any, encoding: any): void {
    if (this.destroyed) return;
    let bytes = typeof data === 'string' ? Buffer.from(data, encoding ?? undefined) : (data ?? Buffer.alloc(0));
    if (this.#left !== null) {
      bytes = bytes.subarray(0, this.#left);
      this.#left -= bytes.length;
    }
    if (bytes.length === 0) return;
    // The stream takes the memory, which is the program's.
    const copy = new Uint8Array(bytes);
    if (this.#controller === null) this.#early.push(copy);
    else this.#controller.enqueue(copy);
  }

  #bodyStream(): ReadableStream {
    let isSettled = false;
    const settle = (how: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      how();
    };
    return new ReadableStream({
      type: 'bytes',
      start: (controller: any) => {
        this.#controller = controller;
        for (const chunk of this.#early.splice(0)) controller.enqueue(chunk);
        this.once('finish', () => settle(() => controller.close()));
        this.on('error', (error: unknown) => settle(() => controller.error(error)));
        this.once('close', () => settle(() => controller.error(this.errored ?? prematureClose())));
      },
      cancel: (reason: unknown) => {
        this.destroy(reason);
      },
    } as any);
  }

  #close(): void {
    if (this._closed) return;
    this.destroyed = true;
    this._closed = true;
    this.emit('close');
  }

  override destroy(err: any): any {
    if (this.destroyed) return this;
    if (this.writableEnded) {
      // All is on its way, and goes it.
      this.destroyed = true;
      this[kErrored] = err;
      return this;
    }
    super.destroy(err, undefined);
    queueMicrotask(() => this.#close());
    return this;
  }

  assignSocket(_socket: any): void {
    throw methodNotImplemented('assignSocket');
  }

  detachSocket(_socket: any): void {
    throw methodNotImplemented('detachSocket');
  }

  writeContinue(_cb: any): void {
    throw methodNotImplemented('writeContinue');
  }

  writeProcessing(_cb: any): void {
    throw methodNotImplemented('writeProcessing');
  }

  writeEarlyHints(_hints: any, _cb: any): void {
    throw methodNotImplemented('writeEarlyHints');
  }

  override _implicitHeader(): void {
    this.writeHead(this.statusCode);
  }

  /** `(status[, message][, headers])` */
  writeHead(statusCode: any, reason?: any, obj?: any): any {
    if (this._header) throw headersSent('write');
    const status = statusCode | 0;
    if (status < 200 || status > 999) {
      throw coded(RangeError, 'ERR_HTTP_INVALID_STATUS_CODE', `Invalid status code: ${statusCode}`);
    }
    if (typeof reason === 'string') {
      this.statusMessage = reason;
    } else {
      this.statusMessage ||= STATUS_CODES[status] || 'unknown';
      obj ??= reason;
    }
    this.statusCode = status;
    if (this[kOutHeaders]) this.#merge(obj);
    if (_checkInvalidHeaderChar(this.statusMessage)) throw invalidCharacter('statusMessage');
    if (status === 204 || status === 304) this._hasBody = false;
    this._storeHeader(`HTTP/1.1 ${status} ${this.statusMessage}\r\n`, this[kOutHeaders] ?? obj ?? null);
    return this;
  }

  writeHeader = this.writeHead.bind(this);

  /** Fields of the head go before those that were set. */
  #merge(headers: any): void {
    if (Array.isArray(headers)) {
      if (headers.length % 2 !== 0) throw invalidArgValue('headers', headers);
      for (let i = 0; i < headers.length; i += 2) this.removeHeader(`${headers[i]}`);
      for (let i = 0; i < headers.length; i += 2) this.appendHeader(`${headers[i]}`, headers[i + 1]);
    } else if (headers) {
      for (const name of Object.keys(headers)) if (headers[name]) this.setHeader(name, headers[name]);
    }
  }
}
