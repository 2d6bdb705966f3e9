// The head of a message as text, and what follows from its fields for the body and the connection.

import { Buffer } from 'node-internal:internal_buffer';
import { chunkExpression, kOutHeaders, kUniqueHeaders, validateHeaderName, validateHeaderValue } from 'node-internal:http_common';
import { invalidArgValue } from 'node-internal:internal_errors';

const CLOSE = /(?:^|\W)close(?:$|\W)/i;

class Head {
  text: string;
  /** Fields that were seen, of those that matter here. */
  seen = new Set<string>();
  #message: any;

  constructor(message: any, firstLine: string) {
    this.#message = message;
    this.text = firstLine;
  }

  line(name: string, value: string): void {
    this.text += `${name}: ${value}\r\n`;
  }

  /** A field with one or more values. */
  field(name: string, value: any, validate: boolean): void {
    if (validate) validateHeaderName(name);
    const lower = name.toLowerCase();
    if (lower === 'content-disposition' && this.#message._contentLength) {
      // File names in it may be no ASCII (RFC 6266 §4.3).
      const latin1 = (text: any): string => `${Buffer.from(`${text}`, 'latin1')}`;
      value = Array.isArray(value) ? value.map(latin1) : latin1(value);
    }
    if (!Array.isArray(value)) {
      this.#one(name, lower, `${value}`, validate);
    } else if ((lower === 'cookie' && value.length > 1) || this.#message[kUniqueHeaders]?.has(lower)) {
      this.#one(name, lower, value.join('; '), validate);
    } else {
      for (const each of value) this.#one(name, lower, each, validate);
    }
  }

  #one(name: string, lower: string, value: string, validate: boolean): void {
    if (validate) validateHeaderValue(name, value);
    this.line(name, value);
    this.seen.add(lower);
    const message = this.#message;
    if (lower === 'connection') {
      message._removedConnection = false;
      if (CLOSE.test(value)) message._last = true;
      else message.shouldKeepAlive = true;
    } else if (lower === 'transfer-encoding') {
      message._removedTE = false;
      if (chunkExpression.test(value)) message.chunkedEncoding = true;
    } else if (lower === 'content-length') {
      message._contentLength = +value;
      message._removedContLen = false;
    } else if (lower === 'keep-alive') {
      message._defaultKeepAlive = false;
    }
  }

  /** Fields in any of the forms that they come in. */
  fields(headers: any): void {
    if (headers === this.#message[kOutHeaders]) {
      for (const [name, value] of Object.values<any>(headers)) this.field(name, value, false);
    } else if (!Array.isArray(headers)) {
      for (const name of Object.keys(headers)) this.field(name, headers[name], true);
    } else if (Array.isArray(headers[0])) {
      for (const [name, value] of headers) this.field(name, value, true);
    } else {
      if (headers.length % 2 !== 0) throw invalidArgValue('headers', headers);
      for (let i = 0; i < headers.length; i += 2) this.field(headers[i], headers[i + 1], true);
    }
  }
}

function addConnection(message: any, head: Head): void {
  if (message._removedConnection) {
    message._last = !message.shouldKeepAlive;
    return;
  }
  if (head.seen.has('connection')) return;
  const delimited = head.seen.has('content-length') || message.useChunkedEncodingByDefault || message.agent;
  if (!message.shouldKeepAlive || !delimited) {
    message._last = true;
    head.line('Connection', 'close');
  } else if (message.maxRequestsOnConnectionReached) {
    head.line('Connection', 'close');
  } else {
    head.line('Connection', 'keep-alive');
    if (message._keepAliveTimeout && message._defaultKeepAlive) {
      const most = Math.trunc(message._maxRequestsPerSocket);
      const max = most > 0 ? `, max=${message._maxRequestsPerSocket}` : '';
      head.line('Keep-Alive', `timeout=${Math.floor(message._keepAliveTimeout / 1000)}${max}`);
    }
  }
}

function addFraming(message: any, head: Head): void {
  if (head.seen.has('content-length') || head.seen.has('transfer-encoding')) return;
  if (!message._hasBody) {
    message.chunkedEncoding = false;
  } else if (!message.useChunkedEncodingByDefault) {
    message._last = true;
  } else if (!head.seen.has('trailer') && !message._removedContLen && typeof message._contentLength === 'number') {
    head.line('Content-Length', `${message._contentLength}`);
  } else if (!message._removedTE) {
    head.line('Transfer-Encoding', 'chunked');
    message.chunkedEncoding = true;
  } else {
    // The body ends with the connection.
    message._last = true;
  }
}

const STATUS_LINE = /^HTTP\/\d+\.\d+ (\d+) (.*)$/;

/** The head of a response from its text; undefined for that of a request. */
export function parseHead(text: string): { statusCode: number; statusMessage: string; headers: Headers } | undefined {
  const [first, ...lines] = text.split('\r\n') as [string, ...string[]];
  const status = STATUS_LINE.exec(first);
  if (status === null) return undefined;
  const headers = new Headers();
  for (const line of lines.filter(Boolean)) {
    const colon = line.indexOf(': ');
    headers.append(line.slice(0, colon), line.slice(colon + 2));
  }
  return { statusCode: Number(status[1]), statusMessage: status[2] ?? '', headers };
}

/** The text of a message's head. Whether it is sent at once is second: where the peer is asked whether to go on. */
export function renderHead(message: any, firstLine: string, headers: any): [string, boolean] {
  const head = new Head(message, firstLine);
  if (headers != null) head.fields(headers);
  if (message.sendDate && !head.seen.has('date')) head.line('Date', new Date().toUTCString());
  // These have no body, nor the mark of its end.
  if (message.chunkedEncoding && (message.statusCode === 204 || message.statusCode === 304)) {
    message.chunkedEncoding = false;
    message.shouldKeepAlive = false;
  }
  addConnection(message, head);
  addFraming(message, head);
  return [`${head.text}\r\n`, head.seen.has('expect')];
}
