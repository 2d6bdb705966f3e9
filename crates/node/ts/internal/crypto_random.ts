// Random values of `node:crypto`.

import { Buffer } from 'node-internal:internal_buffer';
import { invalidArgType, outOfRange } from 'node-internal:internal_errors';
import { nextTick } from 'node-internal:streams_state';
import { validateBoolean, validateFunction, validateInteger, validateNumber, validateObject } from 'node-internal:validators';

const scope = globalThis as any;
const LARGEST = 2 ** 31 - 1;
/** Of the numbers that `randomInt()` gives. */
const LARGEST_RANGE = 2 ** 48 - 1;

function requireSize(size: any, most = LARGEST): void {
  validateNumber(size, 'size');
  if (Number.isNaN(size) || size < 0 || size > most) throw outOfRange('size', `>= 0 && <= ${most}`, size);
}

export function randomBytes(size: any, callback: any): any {
  requireSize(size);
  if (callback !== undefined) validateFunction(callback, 'callback');
  const bytes = Buffer.alloc(size);
  scope.crypto.getRandomValues(bytes);
  if (callback === undefined) return bytes;
  nextTick(callback, null, bytes);
  return undefined;
}

/** The part of a buffer that is to be filled; offset and size count its elements. */
function partOf(buffer: any, offset: any, size: any): Uint8Array {
  if (!ArrayBuffer.isView(buffer) && !(buffer instanceof ArrayBuffer) && !(buffer instanceof SharedArrayBuffer)) {
    throw invalidArgType('buffer', ['TypedArray', 'DataView', 'ArrayBuffer', 'SharedArrayBuffer'], buffer);
  }
  const isView = ArrayBuffer.isView(buffer);
  const unit = (buffer as any).BYTES_PER_ELEMENT ?? 1;
  const length = buffer.byteLength / unit;
  if (offset === undefined) offset = 0;
  validateNumber(offset, 'offset');
  if (Number.isNaN(offset) || offset < 0 || offset > length) throw outOfRange('offset', `>= 0 && <= ${length}`, offset);
  if (size === undefined) size = length - offset;
  else requireSize(size, length - offset);
  const start = isView ? (buffer as ArrayBufferView).byteOffset : 0;
  return new Uint8Array(isView ? buffer.buffer : (buffer as any), start + offset * unit, size * unit);
}

export function randomFillSync(buffer: any, offset: any, size: any): any {
  scope.crypto.getRandomValues(partOf(buffer, offset, size));
  return buffer;
}

export function randomFill(buffer: any, offset: any, size: any, callback: any): void {
  if (typeof offset === 'function') {
    callback = offset;
    offset = undefined;
    size = undefined;
  } else if (typeof size === 'function') {
    callback = size;
    size = undefined;
  }
  validateFunction(callback, 'callback');
  scope.crypto.getRandomValues(partOf(buffer, offset, size));
  nextTick(callback, null, buffer);
}

/** A number of 48 bits. */
function random48(): number {
  const bytes: Uint8Array = scope.crypto.getRandomValues(new Uint8Array(6));
  return bytes.reduce((number, byte) => number * 256 + byte, 0);
}

export function randomInt(min: any, max: any, callback: any): any {
  const hasMinimum = max !== undefined && typeof max !== 'function';
  if (!hasMinimum) {
    callback = max;
    max = min;
    min = 0;
  }
  if (callback !== undefined) validateFunction(callback, 'callback');
  if (hasMinimum) validateInteger(min, 'min');
  validateInteger(max, 'max');
  if (max <= min) throw hasMinimum ? outOfRange('min', 'min < max', min) : outOfRange('max', '> 0', max);
  const range = max - min;
  if (range > LARGEST_RANGE) {
    throw outOfRange(hasMinimum ? 'max - min' : 'max', `<= ${LARGEST_RANGE}`, range);
  }
  // Numbers past the last multiple would make small results likelier.
  const limit = 2 ** 48 - (2 ** 48 % range);
  let number = random48();
  while (number >= limit) number = random48();
  const result = min + (number % range);
  if (callback === undefined) return result;
  nextTick(callback, null, result);
  return undefined;
}

export function randomUUID(options: any): string {
  if (options !== undefined) {
    validateObject(options, 'options');
    const { disableEntropyCache } = options as any;
    if (disableEntropyCache !== undefined) validateBoolean(disableEntropyCache, 'options.disableEntropyCache');
  }
  return scope.crypto.randomUUID();
}

export function timingSafeEqual(a: any, b: any): boolean {
  return scope.crypto.subtle.timingSafeEqual(a, b);
}

export const getRandomValues = scope.crypto.getRandomValues.bind(scope.crypto);
