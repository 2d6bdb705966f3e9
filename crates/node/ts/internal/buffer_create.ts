// The class Buffer: how buffers are made. What they can do is added by `buffer_methods`.

import * as natives from 'node-internal:buffer_natives';
import { BASE64, BASE64URL, HEX, UTF16LE, UTF8, encodingNumber } from 'node-internal:buffer_encodings';
import {
  bufferOutOfBounds,
  coded,
  invalidArgType,
  invalidArgRange,
  outOfRange,
  received,
  unknownEncoding,
} from 'node-internal:internal_errors';
import * as types from 'node-internal:internal_types';
import { validateInteger, validateNumber } from 'node-internal:validators';

export const kMaxLength = 0x7fffffff;

/** Marks the prototype, so that a buffer of any copy of this class is told from other arrays. */
export const kIsBuffer = Symbol('kIsBuffer');

// A buffer is a Uint8Array with the prototype of Buffer; this class makes it.
class FastBuffer extends Uint8Array {}

const EXPECTED =
  'string or an instance of Buffer, TypedArray, ArrayBuffer, SharedArrayBuffer, or Array or an Array-like Object.';

/** The constructor, deprecated and with or without `new`. */
export const Buffer: any = function Buffer(value: unknown, encodingOrOffset: unknown, length: unknown) {
  if (typeof value === 'number') {
    if (typeof encodingOrOffset === 'string') throw invalidArgType('string', 'string', value);
    return alloc(value);
  }
  return from(value, encodingOrOffset, length);
};

Object.setPrototypeOf(Buffer, Uint8Array);
Buffer.prototype = FastBuffer.prototype;
Object.defineProperty(Buffer, 'prototype', { enumerable: false, writable: true });
Object.defineProperty(Buffer.prototype, 'constructor', {
  value: Buffer,
  writable: true,
  enumerable: false,
  configurable: true,
});
Object.defineProperty(Buffer.prototype, kIsBuffer, { value: true });

/** A buffer over bytes that nothing else uses. */
export function wrap(bytes: Uint8Array): any {
  return new FastBuffer(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}

function validateSize(size: unknown): asserts size is number {
  validateNumber(size, 'size');
  if (size < 0) throw new RangeError(`Invalid typed array length: ${size}`);
  if (size > kMaxLength) throw outOfRange('size', `0 to ${kMaxLength}`, size);
  if (size !== size) throw invalidArgRange('size', size);
}

export function isBuffer(value: any): boolean {
  return value != null && value[kIsBuffer] === true && value !== Buffer.prototype;
}

function fromString(text: string, encoding: unknown): any {
  const number = requireEncodingOf(encoding);
  return wrap(natives.encode(text, number));
}

function requireEncodingOf(encoding: unknown): number {
  if (typeof encoding !== 'string' || encoding.length === 0) return UTF8;
  const number = encodingNumber(encoding);
  if (number === undefined) throw unknownEncoding(encoding);
  return number;
}

function fromArrayBuffer(buffer: ArrayBuffer, byteOffset: any, length: any): any {
  let offset = 0;
  if (byteOffset !== undefined) {
    offset = +byteOffset;
    if (offset !== offset) offset = 0;
  }
  const most = buffer.byteLength - offset;
  if (most < 0) throw bufferOutOfBounds('offset');
  let count = most;
  if (length !== undefined) {
    count = +length;
    if (count > 0) {
      if (count > most) throw bufferOutOfBounds('length');
    } else {
      count = 0;
    }
  }
  return new FastBuffer(buffer, offset, count);
}

function fromArrayLike(source: ArrayLike<number>): any {
  const length = source.length > 0 ? source.length : 0;
  const buffer = new FastBuffer(length);
  for (let i = 0; i < length; i++) buffer[i] = source[i]!;
  return buffer;
}

/** A buffer with the items of an array-like object, or the bytes of a serialized one; undefined for anything else. */
function fromObject(source: any): any {
  if (source.length !== undefined || types.isAnyArrayBuffer(source.buffer)) {
    if (typeof source.length !== 'number') return new FastBuffer(0);
    if (types.isUint8Array(source)) return wrap(Uint8Array.prototype.slice.call(source));
    return fromArrayLike(source);
  }
  if (source.type === 'Buffer' && Array.isArray(source.data)) return fromArrayLike(source.data);
  return undefined;
}

/** The object as an array buffer, also one of another realm. */
function isAnyArrayBuffer(value: unknown): value is ArrayBuffer {
  return types.isAnyArrayBuffer(value);
}

export function from(value: any, encodingOrOffset?: unknown, length?: unknown): any {
  if (typeof value === 'string') return fromString(value, encodingOrOffset);
  if (typeof value === 'object' && value !== null) {
    if (isAnyArrayBuffer(value)) return fromArrayBuffer(value, encodingOrOffset, length);
    const primitive = value.valueOf && value.valueOf();
    if (primitive != null && primitive !== value && (typeof primitive === 'string' || typeof primitive === 'object')) {
      return from(primitive, encodingOrOffset, length);
    }
    const made = fromObject(value);
    if (made !== undefined) return made;
    if (typeof value[Symbol.toPrimitive] === 'function') {
      const text = value[Symbol.toPrimitive]('string');
      if (typeof text === 'string') return fromString(text, encodingOrOffset);
    }
  }
  throw coded(TypeError, 'ERR_INVALID_ARG_TYPE', `The first argument must be of type ${EXPECTED}${received(value)}`);
}

export function alloc(size: unknown, fill?: unknown, encoding?: unknown): any {
  validateSize(size);
  if (encoding !== undefined && typeof encoding !== 'string') throw invalidArgType('encoding', 'string', encoding);
  const buffer = new FastBuffer(size);
  if (fill !== undefined && fill !== 0 && size > 0) (buffer as any).fill(fill, encoding);
  return buffer;
}

// Memory is always zeroed here, so there is nothing unsafe about it.
export function allocUnsafe(size: unknown): any {
  validateSize(size);
  return new FastBuffer(size);
}

export function SlowBuffer(size: unknown): any {
  validateSize(size);
  return new FastBuffer(size);
}
Object.setPrototypeOf(SlowBuffer.prototype, Uint8Array.prototype);
Object.setPrototypeOf(SlowBuffer, Uint8Array);

function compare(buf1: any, buf2: any): number {
  if (!types.isUint8Array(buf1)) throw invalidArgType('buf1', ['Buffer', 'Uint8Array'], buf1);
  if (!types.isUint8Array(buf2)) throw invalidArgType('buf2', ['Buffer', 'Uint8Array'], buf2);
  return buf1 === buf2 ? 0 : natives.compare(buf1, buf2);
}

/** What a list to be joined has. */
const PARTS = '(Buffer|Uint8Array)[]';

function concat(list: any, length: any): any {
  if (!Array.isArray(list)) throw invalidArgType('list', PARTS, list);
  if (list.length === 0) return new FastBuffer(0);
  if (length === undefined) {
    length = 0;
    for (let i = 0; i < list.length; i++) {
      if (list[i].length) length += list[i].length;
    }
  } else {
    validateInteger(length, 'length', 0);
  }
  validateSize(length);
  const result = new FastBuffer(length);
  // All before the first is copied: an element may be a getter, which changes the others.
  const parts: any[] = [];
  for (let i = 0; i < list.length; i++) {
    const part = list[i];
    if (!types.isUint8Array(part)) throw invalidArgType('list', PARTS, part);
    parts[i] = part;
  }
  let at = 0;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (at + part.length > length) {
      result.set(part.subarray(0, length - at), at);
      break;
    }
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** How many bytes `text` would have. */
function byteLength(text: any, encoding: unknown): number {
  if (typeof text !== 'string') {
    if (ArrayBuffer.isView(text) || isAnyArrayBuffer(text)) return text.byteLength;
    throw invalidArgType('string', ['string', 'Buffer', 'ArrayBuffer'], text);
  }
  switch (encodingNumber(encoding)) {
    case UTF16LE:
      return text.length * 2;
    case HEX:
      return text.length >>> 1;
    case BASE64:
    case BASE64URL:
      return base64Length(text);
    case undefined:
    case UTF8:
      return natives.byteLengthUtf8(text);
    default:
      return text.length;
  }
}

function base64Length(text: string): number {
  let length = text.length;
  if (text[length - 1] === '=') length--;
  if (length > 1 && text[length - 1] === '=') length--;
  return (length * 3) >>> 2;
}

function isEncoding(encoding: unknown): boolean {
  return typeof encoding === 'string' && encoding.length !== 0 && encodingNumber(encoding) !== undefined;
}

function of(...items: number[]): any {
  const buffer = new FastBuffer(items.length);
  for (let i = 0; i < items.length; i++) buffer[i] = items[i]!;
  return buffer;
}

Object.defineProperty(Buffer, 'poolSize', { value: 0, enumerable: true });
function staticFrom(value: any, encodingOrOffset: unknown, length: unknown): any {
  return from(value, encodingOrOffset, length);
}
Object.defineProperty(staticFrom, 'name', { value: 'from' });
function staticAlloc(size: unknown, fill: unknown, encoding: unknown): any {
  return alloc(size, fill, encoding);
}
Object.defineProperty(staticAlloc, 'name', { value: 'alloc' });
Object.assign(Buffer, {
  from: staticFrom,
  alloc: staticAlloc,
  allocUnsafe,
  allocUnsafeSlow: allocUnsafe,
  byteLength,
  compare,
  concat,
  isBuffer,
  isEncoding,
  of,
});

