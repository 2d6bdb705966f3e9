// What the modules of node:http share: the grammar of heads, and the keys of hidden state.

import { coded } from 'node-internal:internal_errors';

export const kUniqueHeaders = Symbol('kUniqueHeaders');
export const kHighWaterMark = Symbol('kHighWaterMark');
export const kNeedDrain = Symbol('kNeedDrain');
export const kOutHeaders = Symbol('kOutHeaders');
export const kErrored = Symbol('kErrored');
export const kServerResponse = Symbol('ServerResponse');
export const kIncomingMessage = Symbol('IncomingMessage');
export const kConnectionsCheckingInterval = Symbol('http.server.connectionsCheckingInterval');

const TOKEN = /^[\^_`a-zA-Z\-0-9!#$%&'*+.|~]+$/;
const NO_FIELD_CHARACTER = /[^\t\x20-\x7e\x80-\xff]/;

export const chunkExpression = /(?:^|\W)chunked(?:$|\W)/i;

/** RFC 7230 §3.2.6. */
export function _checkIsHttpToken(val: any): boolean {
  return TOKEN.test(val);
}

/** Whether there is anything in a field's value, or in one of its values, that may not be (RFC 7230 §3.2). */
export function _checkInvalidHeaderChar(val: any): boolean {
  return Array.isArray(val) ? val.some((each) => NO_FIELD_CHARACTER.test(each)) : NO_FIELD_CHARACTER.test(`${val}`);
}

export function validateHeaderName(name: any, label = 'Header name'): void {
  if (typeof name === 'string' && _checkIsHttpToken(name)) return;
  throw coded(TypeError, 'ERR_INVALID_HTTP_TOKEN', `${label} must be a valid HTTP token ["${name}"]`);
}

export function validateHeaderValue(name: any, value: any): void {
  if (value === undefined) {
    throw coded(TypeError, 'ERR_HTTP_INVALID_HEADER_VALUE', `Invalid value "${value}" for header "${name}"`);
  }
  if (_checkInvalidHeaderChar(value)) throw invalidCharacter(`header content ["${name}"]`);
}

export function invalidCharacter(where: string): Error {
  return coded(TypeError, 'ERR_INVALID_CHAR', `Invalid character in ${where}`);
}

export function headersSent(action: string): Error {
  const text = `Cannot ${action} headers after they are sent to the client`;
  return coded(Error, 'ERR_HTTP_HEADERS_SENT', text);
}

export function alreadyFinished(): Error {
  return coded(Error, 'ERR_STREAM_ALREADY_FINISHED', 'Cannot call end after a stream was finished');
}

/** The names, in small letters, of fields that are sent once, whatever their values; null if none are given. */
export function parseUniqueHeadersOption(headers: any): Set<string> | null {
  if (!Array.isArray(headers)) return null;
  return new Set(headers.flat().map((header: string) => header.toLowerCase()));
}

/** The first of the values that are joined by commas; commas in quotes join nothing (RFC 7230 §7). */
export function firstValue(value: string): string {
  let quoted = false;
  for (let i = 0; i < value.length; i++) {
    const char = value[i];
    if (char === '"') quoted = !quoted;
    else if (quoted && char === '\\') i += 1;
    else if (!quoted && char === ',') return value.slice(0, i);
  }
  return value;
}
