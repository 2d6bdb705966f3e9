// `ClientRequest` of node:http: the request is sent by `fetch()` once it has ended.

import {
  alreadyFinished,
  headersSent,
  kErrored,
  kOutHeaders,
  kUniqueHeaders,
  parseUniqueHeadersOption,
} from 'node-internal:http_common';
import { IncomingMessage, receiveResponse } from 'node-internal:http_incoming';
import { OutgoingMessage } from 'node-internal:http_outgoing';
import {
  agentsOf,
  checkPath,
  checkUnsupported,
  hostField,
  hostOf,
  methodOf,
  pathError,
  protocolOf,
  requestArguments,
} from 'node-internal:http_request_options';
import { Buffer } from 'node-internal:internal_buffer';
import { AbortError, NodeError, invalidArgValue, methodNotImplemented } from 'node-internal:internal_errors';
import { isUint8Array } from 'node-internal:internal_types';
import { timerDuration } from 'node-internal:net_arguments';
import { Writable, addAbortSignal } from 'node-internal:streams_base';
import { validateBoolean, validateNumber, validateString } from 'node-internal:validators';

class ResetError extends NodeError {
  path: unknown;
  host: unknown;
  port: unknown;
  localAddress: unknown;

  constructor(text: string) {
    super('ECONNRESET', text);
  }
}

export class ClientRequest extends OutgoingMessage {
  #abort = new AbortController();
  #body: any[] = [];
  #response: IncomingMessage | undefined;
  #timer: any = null;
  #sent = false;
  _ended = false;
  timeout: any;
  method = 'GET';
  path = '/';
  host: any;
  protocol: any = 'http:';
  port: any = '80';
  joinDuplicateHeaders: any;
  agent: any;
  aborted = false;
  reusedSocket = false;
  maxHeadersCount = Infinity;
  connection: any = null;
  socket: any = null;
  [kUniqueHeaders]: any = null;

  constructor(input: any, given: any, cb: any) {
    super(undefined, undefined);
    const [options, callback] = requestArguments(input, given, cb);
    checkPath(options.path);
    const [agent, fallback] = agentsOf(options);
    this.agent = agent;
    this.protocol = protocolOf(options, agent, fallback);
    const defaultPort = options.defaultPort || agent?.defaultPort || 80;
    const port = (options.port = options.port || defaultPort);
    this.port = `${port}`;
    const host = (options.host = hostOf(options));
    if (options.timeout !== undefined) this.timeout = timerDuration(options.timeout, 'timeout');
    if (options.signal) addAbortSignal(options.signal, this);
    this.method = methodOf(options.method);
    checkUnsupported(options);
    this.joinDuplicateHeaders = options.joinDuplicateHeaders;
    this.path = options.path || '/';
    if (callback) this.once('response', callback);
    this.host = host;
    if (Array.isArray(options.headers)) this.#setAll(options.headers);
    else this.#setNamed(options, hostField(host, port, defaultPort));
    this.on('finish', () => {
      if (this.destroyed) return;
      try {
        this.#send();
      } catch (error) {
        this.destroy(error);
      }
    });
    this[kUniqueHeaders] = parseUniqueHeadersOption(options.uniqueHeaders);
  }

  #setAll(headers: any[]): void {
    if (headers.length % 2 !== 0) throw invalidArgValue('headers', headers);
    for (let i = 0; i < headers.length; i += 2) this.setHeader(headers[i], headers[i + 1]);
  }

  /** Fields by name, and those that a request has unless it is to have none. */
  #setNamed({ headers, setHost, setDefaultHeaders, auth }: any, host: string): void {
    if (headers != null) {
      if ('host' in headers) validateString(headers.host, 'host');
      for (const [name, value] of Object.entries(headers)) this.setHeader(name, value);
    }
    const wantsHost = setHost === undefined ? setDefaultHeaders !== false : Boolean(setHost);
    if (wantsHost && !this.getHeader('host')) this.setHeader('Host', host);
    if (auth && !this.getHeader('Authorization')) {
      this.setHeader('Authorization', `Basic ${Buffer.from(auth).toString('base64')}`);
    }
  }

  get #hasBody(): boolean {
    return this.method !== 'GET' && this.method !== 'HEAD';
  }

  #fields(): [string, any][] {
    const fields: [string, any][] = [];
    for (const [name, value] of Object.values<any>(this[kOutHeaders] ?? {})) {
      if (!Array.isArray(value)) fields.push([name, value]);
      else if (this.joinDuplicateHeaders) fields.push([name, value.join(', ')]);
      else for (const each of value) fields.push([name, each]);
    }
    return fields;
  }

  #send(): void {
    const headers = this.#fields();
    let body: Blob | null = null;
    if (this.#hasBody && this.#body.length > 0) {
      body = new Blob(this.#body, { type: `${[this.getHeader('content-type') ?? ''].flat().join(', ')}` });
    }
    this.#sent = true;
    this.#startTimer();
    if (this.host && this.getHeaderNames().length === 0) {
      // A server refuses a request that does not name its host (RFC 7230 §5.4).
      const headers = { connection: 'close' };
      queueMicrotask(() => this.#receive(new Response(null, { status: 400, statusText: 'Bad Request', headers })));
      return;
    }
    let url = new URL(`http://${this.host}`);
    url.protocol = this.protocol;
    url.port = this.port;
    if (this.path.length > 0 && this.path !== '/') {
      // The program may have changed it.
      const error = pathError(this.path);
      if (error) {
        this.destroy(error);
        return;
      }
      url = new URL(this.path, url);
    }
    const request: any = { method: this.method, headers, body, signal: this.#abort.signal };
    // As the server sends it: redirects and codings are the program's to follow.
    Object.assign(request, { redirect: 'manual', encodeResponseBody: 'manual' });
    fetch(url, request)
      .then((response) => this.#receive(response))
      .catch((error) => {
        if (!this.destroyed) this.destroy(error);
      });
  }

  #receive(response: Response): void {
    if (this.destroyed) {
      response.body?.cancel().catch(() => {});
      return;
    }
    // For `headersSent`.
    this._header = [...response.headers].map(([name, value]) => `${name}=${value}`).join('\r\n');
    const message = new IncomingMessage();
    receiveResponse(message, response, {
      set: (milliseconds) => this.#setIdleTimeout(milliseconds),
      restart: () => this.#startTimer(),
    });
    this.#startTimer();
    message.on('error', (error: unknown) => {
      if (!this.destroyed) this.emit('error', error);
    });
    message.once('close', () => this.#close());
    this.#response = message;
    this['res'] = message;
    if (!this.emit('response', message)) message._dump();
  }

  /** The end of every exchange. */
  #close(): void {
    if (this._closed) return;
    this._closed = true;
    this.destroyed = true;
    this.#stopTimer();
    this.emit('close');
  }

  override destroy(err: any, _cb?: any): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this[kErrored] = err ?? null;
    this.#stopTimer();
    const response = this.#response;
    let error = err;
    if (!response && error == null && !this.aborted) error = new ResetError('socket hang up');
    if (error != null) queueMicrotask(() => this.emit('error', error));
    if (!response) this.#abort.abort();
    else if (!response.complete) response.destroy(new ResetError('aborted'));
    queueMicrotask(() => this.#close());
    return this;
  }

  onSocket(_socket: any): void {}

  addTrailers(_headers: any): void {
    throw methodNotImplemented('addTrailers');
  }

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    queueMicrotask(() => this.emit('abort'));
    this.destroy(undefined);
  }

  _write(chunk: any, _encoding: any, callback: any): boolean {
    this.#body.push(chunk);
    callback();
    return true;
  }

  setNoDelay(noDelay: any): void {
    validateBoolean(noDelay, 'noDelay');
  }

  setSocketKeepAlive(enable: any, initialDelay: any): void {
    validateBoolean(enable, 'enable');
    validateNumber(initialDelay, 'initialDelay');
  }

  clearTimeout(cb: any): void {
    this.setTimeout(0, cb);
  }

  setTimeout(msecs: any, callback: any): this {
    this.#setIdleTimeout(timerDuration(msecs, 'msecs'));
    if (callback) this.once('timeout', callback);
    return this;
  }

  #setIdleTimeout(milliseconds: number): void {
    this.timeout = milliseconds;
    this.#startTimer();
  }

  override write(chunk: any, encoding: any, callback: any): any {
    if (this.#hasBody && chunk && !this.writableEnded) {
      // The bytes of now, whatever the caller does to them later.
      if (typeof chunk === 'string') {
        this.#body.push(Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8'));
      } else if (isUint8Array(chunk) && (chunk as Uint8Array).byteLength > 0) {
        this.#body.push(new Uint8Array(chunk as Uint8Array));
      }
    }
    return super.write(chunk, encoding, callback);
  }

  override end(data: any, encoding: any, callback: any): this {
    if (typeof data === 'function') [data, encoding, callback] = [undefined, encoding, data];
    else if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding];
    if (this.writableEnded) {
      if (data) this.write(data, encoding, callback);
      else if (typeof callback !== 'function') return this;
      else if (this.writableFinished) callback(alreadyFinished());
      else this.once('finish', () => callback());
      return this;
    }
    if (this.destroyed) return this;
    this._ended = true;
    Writable.prototype.end.call(this, data, encoding, callback);
    this.finished = true;
    return this;
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Time runs from when the request is sent, and anew with whatever comes back. */
  #startTimer(): void {
    this.#stopTimer();
    if (!this.timeout || !this.#sent || this.destroyed) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.emit('timeout');
      this.#response?.emit('timeout');
      this.destroy(new AbortError());
    }, this.timeout);
  }

  override _implicitHeader(): void {
    if (this._header) throw headersSent('render');
    this._storeHeader(`${this.method} ${this.path} HTTP/1.1\r\n`, this[kOutHeaders]);
  }
}
