// `Server` of node:http, for requests that `cloudflare:node` passes on by the port that they are for.

import { EventEmitter } from 'node-internal:events';
import {
  firstValue,
  kConnectionsCheckingInterval,
  kIncomingMessage,
  kServerResponse,
  kUniqueHeaders,
  parseUniqueHeadersOption,
} from 'node-internal:http_common';
import { IncomingMessage, receiveBody, setSocket } from 'node-internal:http_incoming';
import { ServerResponse, checkServerEnabled, responseOf } from 'node-internal:http_response';
import { storeHTTPOptions } from 'node-internal:http_server_options';
import { requestSocket } from 'node-internal:http_server_socket';
import { coded, methodNotImplemented } from 'node-internal:internal_errors';
import { _normalizeArgs } from 'node-internal:net_arguments';
import { bindPort } from 'node-internal:net_state';
import { addHandler, releasePort } from 'node-internal:port_table';
import { getDefaultHighWaterMark } from 'node-internal:streams_state';
import { validateFunction, validateNumber, validateObject, validatePort } from 'node-internal:validators';

export { ServerResponse, kConnectionsCheckingInterval, storeHTTPOptions };

/** Fields of which Node.js takes the first, where the platform has joined them all. */
const SINGLE = `host content-type user-agent referer authorization proxy-authorization if-modified-since
  if-unmodified-since from location max-forwards`.split(/\s+/);

export class Server extends (EventEmitter as any) {
  [key: PropertyKey]: any;
  [kIncomingMessage]: any = IncomingMessage;
  [kServerResponse]: any = ServerResponse;
  [kConnectionsCheckingInterval]: any;
  [kUniqueHeaders]: any = null;
  httpAllowHalfOpen = false;
  timeout = 0;
  maxHeadersCount: any = null;
  maxRequestsPerSocket = 0;
  connectionsCheckingInterval = 30_000;
  requestTimeout = 300_000;
  headersTimeout = 60_000;
  requireHostHeader = false;
  joinDuplicateHeaders = false;
  rejectNonStandardBodyWrites = false;
  keepAliveTimeout = 5_000;
  keepAliveTimeoutBuffer = 1_000;
  highWaterMark = getDefaultHighWaterMark();
  #port: number | null = null;

  constructor(options: any, requestListener: any) {
    checkServerEnabled('Server');
    super({ captureRejections: true });
    if (options != null) storeHTTPOptions.call(this, options);
    if (options?.highWaterMark !== undefined) {
      validateNumber(options.highWaterMark, 'options.highWaterMark');
      if (options.highWaterMark > 0) this.highWaterMark = options.highWaterMark;
    }
    if (typeof options === 'function') [options, requestListener] = [{}, options];
    else if (options != null) validateObject(options, 'options');
    if (requestListener) this.on('request', requestListener);
    this[kUniqueHeaders] = parseUniqueHeadersOption(options?.uniqueHeaders);
  }

  close(callback: any): this {
    httpServerPreClose(this);
    if (this.#port !== null) releasePort(this.#port);
    this.#port = null;
    if (typeof callback === 'function') this.once('close', callback);
    queueMicrotask(() => this.emit('close'));
    return this;
  }

  /** The platform has the connections. */
  closeAllConnections(): void {}

  closeIdleConnections(): void {}

  setTimeout(msecs: any, callback: any): this {
    if (typeof msecs === 'function') callback = msecs;
    else if (typeof msecs === 'number') this.timeout = msecs;
    if (typeof callback === 'function') this.once('timeout', callback);
    return this;
  }

  /** A listener's promise was rejected: a request has no other answer then than the failure. */
  [(EventEmitter as any).captureRejectionSymbol](error: any, event: any, ...args: any[]): void {
    if (event === 'request') {
      args[1].destroy(error);
    } else if (event === 'error') {
      queueMicrotask(() => {
        throw error;
      });
    } else {
      this.emit('error', error);
    }
  }

  async #handle(request: Request, env: unknown, ctx: unknown): Promise<Response> {
    const incoming = this.#incoming(request, env, ctx);
    const response = new this[kServerResponse](incoming, {
      highWaterMark: this.highWaterMark,
      rejectNonStandardBodyWrites: this.rejectNonStandardBodyWrites,
    });
    if (request.method === 'HEAD') response._hasBody = false;
    try {
      this.emit('connection', this, incoming);
      this.emit('request', incoming, response);
      return await responseOf(response);
    } catch (error) {
      response.destroy(error);
      throw error;
    }
  }

  #incoming(request: Request, env: unknown, ctx: unknown): any {
    const incoming = new this[kIncomingMessage]();
    setSocket(incoming, requestSocket(incoming, request.headers, this.#port));
    const { pathname, search } = new URL(request.url);
    incoming.url = pathname + search;
    const headers: string[] = [];
    for (const [name, value] of request.headers) headers.push(name, SINGLE.includes(name) ? firstValue(value) : value);
    incoming._addHeaderLines(headers, headers.length);
    incoming.method = request.method;
    receiveBody(incoming, request.body);
    incoming.cloudflare = { env, ctx };
    if ('cf' in request) incoming.cloudflare.cf = request.cf;
    return incoming;
  }

  listen(...args: any[]): this {
    const [options, callback] = _normalizeArgs(args);
    const { port } = options;
    const wanted = typeof port === 'number' || typeof port === 'string' ? validatePort(port, 'options.port') : 0;
    if (this.#port !== null) {
      const text = 'Listen method has been called more than once without closing.';
      throw coded(Error, 'ERR_SERVER_ALREADY_LISTEN', text);
    }
    if (callback !== null) this.once('listening', callback);
    this.#port = bindPort(typeof options.host === 'string' ? options.host : '127.0.0.1', wanted);
    addHandler(this.#port, { fetch: (request, env, ctx) => this.#handle(request, env, ctx) });
    queueMicrotask(() => this.emit('listening'));
    return this;
  }

  getConnections(callback: any): this {
    if (callback) {
      validateFunction(callback, 'callback');
      queueMicrotask(() => callback(null, 0));
    }
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  get listening(): boolean {
    return this.#port !== null;
  }

  address(): any {
    return this.#port === null ? null : { port: this.#port, family: 'IPv4', address: '127.0.0.1' };
  }

  get maxConnections(): number {
    return Infinity;
  }

  get connections(): number {
    return 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.close(resolve));
  }
}

export function setupConnectionsTracking(): void {
  throw methodNotImplemented('setupConnectionsTracking');
}

export function _connectionListener(): void {
  throw methodNotImplemented('_connectionListener');
}

export function httpServerPreClose(server: any): void {
  server.closeIdleConnections();
  clearInterval(server[kConnectionsCheckingInterval]);
}
