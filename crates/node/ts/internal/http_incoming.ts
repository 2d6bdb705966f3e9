// `IncomingMessage` of node:http: a response as a client gets it, or a request as a server does.

import { addField } from 'node-internal:http_fields';
import { timerDuration } from 'node-internal:net_arguments';
import { Readable } from 'node-internal:streams_base';

const kHeaders = Symbol('kHeaders');
const kHeadersDistinct = Symbol('kHeadersDistinct');
const kHeadersCount = Symbol('kHeadersCount');

/** The timer of the exchange that a response belongs to. */
interface IdleTimer {
  set: (milliseconds: number) => void;
  restart: () => void;
}

export let receiveResponse: (message: IncomingMessage, response: Response, timer: IdleTimer) => void;
export let receiveBody: (message: IncomingMessage, body: ReadableStream | null) => void;
export let setSocket: (message: IncomingMessage, socket: any) => void;

export class IncomingMessage extends Readable {
  [key: PropertyKey]: any;
  #body: any = null;
  #reader: any;
  #reading = false;
  #socket: any;
  #timer: IdleTimer | undefined;
  aborted = false;
  url: any = '';
  method: any = null;
  statusCode: any = null;
  statusMessage: any = null;
  httpVersionMajor = 1;
  httpVersionMinor = 1;
  httpVersion = '1.1';
  complete = false;
  rawHeaders: any[] = [];
  joinDuplicateHeaders = false;
  cloudflare: any = { cf: undefined, env: undefined, ctx: undefined };
  [kHeaders]: any = null;
  [kHeadersDistinct]: any = null;
  [kHeadersCount] = 0;
  _dumped = false;
  _consuming = false;
  _paused = false;

  static {
    receiveResponse = (message, response, timer) => message.#receive(response, timer);
    receiveBody = (message, body) => {
      message.#body = body;
    };
    setSocket = (message, socket) => {
      message.#socket = socket;
    };
  }

  constructor() {
    super({});
    // Nothing is read ahead before there is a body.
    this._readableState.readingMore = true;
  }

  #receive(response: Response, timer: IdleTimer): void {
    this[kHeaders] = {};
    this[kHeadersDistinct] = {};
    for (const name of response.headers.keys()) {
      const value = response.headers.get(name);
      this[kHeaders][name] = value;
      this[kHeadersDistinct][name] = [value];
      this[kHeadersCount] += 1;
    }
    this._readableState.readingMore = true;
    this.url = response.url;
    this.statusCode = response.status;
    this.statusMessage = response.statusText;
    this.on('timeout', () => {
      this._consuming = false;
    });
    this.#timer = timer;
    this.#body = response.body;
  }

  /** Reads until there is enough, or no more. */
  async #pump(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      this.#reader ??= this.#body.getReader();
      let hasRoom = true;
      while (hasRoom && !this.destroyed) {
        const { done, value } = await this.#reader.read();
        if (this.destroyed) break;
        if (done) {
          this.complete = true;
          this.push(null);
          break;
        }
        this.#timer?.restart();
        hasRoom = this.push(value);
      }
    } catch (error) {
      this.destroy(error);
    } finally {
      this.#reading = false;
    }
  }

  _read(_n: any): void {
    if (!this._consuming) {
      this._readableState.readingMore = false;
      this._consuming = true;
    }
    if (this.#body == null) {
      this.complete = true;
      this.push(null);
    } else {
      this.#pump();
    }
  }

  _destroy(error: any, callback: any): void {
    if (!this.readableEnded || !this.complete) {
      this.aborted = true;
      this.emit('aborted');
    }
    // Whoever sends the body learns that nobody reads it.
    if (!this.complete && this.#body != null) {
      (this.#reader ?? this.#body).cancel(error ?? undefined).catch(() => {});
    }
    queueMicrotask(() => {
      // Errors that nobody listens for are none.
      if (this.listenerCount('error') === 0) callback();
      else callback(error);
    });
  }

  _addHeaderLine(field: any, value: any, dest: any): void {
    addField(field, value, dest, this.joinDuplicateHeaders);
  }

  _addHeaderLines(headers: any, n: any): void {
    if (!Array.isArray(headers) || this.complete) return;
    this.rawHeaders = headers;
    this[kHeadersCount] = n;
    if (!this[kHeaders]) return;
    for (let i = 0; i < n; i += 2) this._addHeaderLine(headers[i], headers[i + 1], this[kHeaders]);
  }

  _addHeaderLineDistinct(field: any, value: any, dest: any): void {
    (dest[field.toLowerCase()] ??= []).push(value);
  }

  get headers(): any {
    if (!this[kHeaders]) {
      const headers = (this[kHeaders] = {});
      for (let i = 0; i < this[kHeadersCount]; i += 2) {
        this._addHeaderLine(this.rawHeaders[i], this.rawHeaders[i + 1], headers);
      }
    }
    return this[kHeaders];
  }

  set headers(val: any) {
    this[kHeaders] = val;
  }

  get headersDistinct(): any {
    if (!this[kHeadersDistinct]) {
      const headers = (this[kHeadersDistinct] = {});
      for (let i = 0; i < this[kHeadersCount]; i += 2) {
        this._addHeaderLineDistinct(this.rawHeaders[i], this.rawHeaders[i + 1], headers);
      }
    }
    return this[kHeadersDistinct];
  }

  set headersDistinct(val: any) {
    this[kHeadersDistinct] = val;
  }

  /** The platform has no trailers. */
  get trailers(): any {
    return {};
  }

  set trailers(_val: any) {}

  get trailersDistinct(): any {
    return {};
  }

  set trailersDistinct(_val: any) {}

  /** Lets go of a body that nobody will read. */
  _dump(): void {
    if (this._dumped) return;
    this._dumped = true;
    this.removeAllListeners('data');
    this.resume();
  }

  setTimeout(msecs: any, callback: any): this {
    const duration = timerDuration(msecs, 'msecs');
    if (callback) this.on('timeout', callback);
    this.#timer?.set(duration);
    return this;
  }

  set connection(value: any) {
    this.#socket = value;
  }

  get connection(): any {
    return this.#socket;
  }

  get socket(): any {
    return this.#socket;
  }
}
