// `node:querystring`.

import { Buffer } from 'node-internal:internal_buffer';
import { coded } from 'node-internal:internal_errors';

const HEX = '0123456789ABCDEF';
/** What `encodeURIComponent` leaves as it is. */
const UNRESERVED = /[A-Za-z0-9\-_.!~*'()]/;

const ESCAPE = /%[0-9a-f]{2}/i;

export function qsEscape(value: any): string {
  if (typeof value !== 'string') value = typeof value === 'object' ? String(value) : `${value}`;
  let text = '';
  for (let i = 0; i < value.length; i++) {
    const char = value[i];
    if (UNRESERVED.test(char)) {
      text += char;
      continue;
    }
    let code = value.charCodeAt(i);
    if (code >= 0xd800 && code <= 0xdfff) {
      if (++i >= value.length) throw coded(URIError, 'ERR_INVALID_URI', 'URI malformed');
      code = 0x10000 + ((code & 0x3ff) << 10) + (value.charCodeAt(i) & 0x3ff);
    }
    text += percent(code);
  }
  return text;
}
Object.defineProperty(qsEscape, 'name', { value: 'escape' });

/** The UTF-8 bytes of a character, each with a percent sign. */
function percent(code: number): string {
  const byte = (value: number): string => `%${HEX[value >> 4]}${HEX[value & 15]}`;
  if (code < 0x80) return byte(code);
  if (code < 0x800) return byte(0xc0 | (code >> 6)) + byte(0x80 | (code & 63));
  if (code < 0x10000) return byte(0xe0 | (code >> 12)) + byte(0x80 | ((code >> 6) & 63)) + byte(0x80 | (code & 63));
  return byte(0xf0 | (code >> 18)) + byte(0x80 | ((code >> 12) & 63)) + byte(0x80 | ((code >> 6) & 63)) + byte(0x80 | (code & 63));
}

function hexValue(char: string | undefined): number {
  if (char === undefined || !/[0-9a-fA-F]/.test(char)) return -1;
  return parseInt(char, 16);
}

export function unescapeBuffer(text: string, decodeSpaces?: boolean): any {
  const bytes = Buffer.allocUnsafe(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (decodeSpaces && code === 0x2b) {
      code = 0x20;
    } else if (code === 0x25) {
      const high = hexValue(text[i + 1]);
      const low = hexValue(text[i + 2]);
      if (high >= 0 && low >= 0) {
        code = high * 16 + low;
        i += 2;
      }
    }
    bytes[length++] = code;
  }
  return length === bytes.length ? bytes : bytes.slice(0, length);
}

export function qsUnescape(text: string, decodeSpaces?: boolean): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return unescapeBuffer(text, decodeSpaces).toString();
  }
}
Object.defineProperty(qsUnescape, 'name', { value: 'unescape' });

function primitive(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return Number.isFinite(value) ? `${value}` : '';
    case 'bigint':
    case 'boolean':
      return `${value}`;
    default:
      return '';
  }
}

export function stringify(obj: any, sep?: any, eq?: any, options?: any): string {
  const between = sep || '&';
  const equals = eq || '=';
  const custom = typeof options?.encodeURIComponent === 'function';
  const encode: (text: string) => string = custom ? options.encodeURIComponent : querystring.escape;
  if (obj === null || typeof obj !== 'object') return '';
  const encoded = (value: unknown): string => {
    const text = primitive(value);
    return custom || text !== '' ? encode(text) : '';
  };
  const parts: string[] = [];
  for (const name of Object.keys(obj)) {
    const value = obj[name];
    const key = encoded(name) + equals;
    if (Array.isArray(value)) for (const item of value) parts.push(key + encoded(item));
    else parts.push(key + encoded(value));
  }
  return parts.join(between);
}

export function parse(qs: any, sep?: any, eq?: any, options?: any): Record<string, any> {
  const result: Record<string, any> = Object.create(null);
  if (typeof qs !== 'string' || qs.length === 0) return result;
  const between = sep ? `${sep}` : '&';
  const equals = eq ? `${eq}` : '=';
  let most = 1000;
  if (typeof options?.maxKeys === 'number') most = options.maxKeys;
  let decode: (text: string) => string = querystring.unescape;
  if (typeof options?.decodeURIComponent === 'function') decode = options.decodeURIComponent;
  const custom = decode !== qsUnescape;
  const decoded = (text: string): string => {
    const spaced = text.replaceAll('+', custom ? '%20' : ' ');
    if (!custom && !ESCAPE.test(spaced)) return spaced;
    try {
      return decode(spaced);
    } catch {
      return qsUnescape(spaced, true);
    }
  };
  let pairs = 0;
  for (const part of qs.split(between)) {
    if (most > 0 && pairs++ >= most) break;
    if (part === '') continue;
    const at = part.indexOf(equals);
    const key = decoded(at === -1 ? part : part.slice(0, at));
    const value = at === -1 ? '' : decoded(part.slice(at + equals.length));
    const present = result[key];
    if (!(key in result)) result[key] = value;
    else if (Array.isArray(present)) present.push(value);
    else result[key] = [present, value];
  }
  return result;
}

export const querystring = {
  unescapeBuffer,
  unescape: qsUnescape,
  escape: qsEscape,
  stringify,
  encode: stringify,
  parse,
  decode: parse,
};
Object.defineProperty(stringify, 'length', { value: 4 });
Object.defineProperty(parse, 'length', { value: 4 });
export default querystring;
