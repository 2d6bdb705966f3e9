// What a Buffer can do: the methods of its prototype, but for numbers.

import * as natives from 'node-internal:buffer_natives';
import { ASCII, BASE64, BASE64URL, HEX, LATIN1, UTF16LE, UTF8, encodingNumber, requireEncoding } from 'node-internal:buffer_encodings';
import { Buffer, kMaxLength, wrap } from 'node-internal:buffer_create';
import { numberMethods } from 'node-internal:buffer_numbers';
import { coded, invalidArgType, invalidArgValue, outOfRange, unknownEncoding } from 'node-internal:internal_errors';
import { inspect as utilInspect } from 'node-internal:internal_inspect';
import * as types from 'node-internal:internal_types';
import { validateInteger, validateNumber, validateString } from 'node-internal:validators';

type Bytes = Uint8Array & Record<string, any>;

/** How many bytes inspection shows. */
export const INSPECT_MAX_BYTES = 50;

function range(value: any, fallback: number, most: number): number {
  if (value === undefined) return fallback;
  const number = Math.trunc(+value) || 0;
  if (number < 0) return 0;
  return number > most ? most : number;
}

function toText(this: Bytes, encoding: any, start: any, end: any): string {
  if (arguments.length === 0) return natives.decode(this, 0, this.length, UTF8);
  const length = this.length;
  const from = range(start, 0, length);
  const to = range(end, length, length);
  if (to <= from) return '';
  return natives.decode(this, from, to, encoding === undefined ? UTF8 : requireKnown(encoding));
}
Object.defineProperty(toText, 'name', { value: 'toString' });

function requireKnown(encoding: any): number {
  const number = encodingNumber(`${encoding}`);
  if (number === undefined) throw unknownEncoding(encoding);
  return number;
}

function equals(this: Bytes, other: any): boolean {
  if (!types.isUint8Array(other)) throw invalidArgType('otherBuffer', ['Buffer', 'Uint8Array'], other);
  if (this === other) return true;
  return this.byteLength === other.byteLength && natives.compare(this, other) === 0;
}
Object.defineProperty(equals, 'length', { value: 1 });

function offsetOf(value: any, name: string, fallback: number, most = kMaxLength): number {
  if (value === undefined) return fallback;
  validateInteger(value, name, 0, most);
  return value;
}

function compare(this: Bytes, target: any, targetStart: any, targetEnd: any, sourceStart: any, sourceEnd: any): number {
  if (!types.isUint8Array(target)) throw invalidArgType('target', ['Buffer', 'Uint8Array'], target);
  if (arguments.length === 1) return natives.compare(this, target);
  const from = offsetOf(targetStart, 'targetStart', 0);
  const to = offsetOf(targetEnd, 'targetEnd', target.length, target.length);
  const ownFrom = offsetOf(sourceStart, 'sourceStart', 0);
  const ownTo = offsetOf(sourceEnd, 'sourceEnd', this.length, this.length);
  if (ownFrom >= ownTo) return from >= to ? 0 : -1;
  if (from >= to) return 1;
  return natives.compare(bytesOf(this, ownFrom, ownTo), bytesOf(target, from, to));
}

function bytesOf(array: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset + from, Math.max(to - from, 0));
}

/** What offsets of a source have to be below. */
const LARGEST_INDEX = 2 ** 32;

/** An offset of `copy()`: whatever is given, as an integer. */
function copyOffset(value: any, name: string, fallback: number): number {
  if (value === undefined) return fallback;
  const number = Math.trunc(+value) || 0;
  if (number === Infinity || number === -Infinity) return 0;
  if (number < 0) throw outOfRange(name, '>= 0', number);
  if (number >= LARGEST_INDEX && name !== 'targetStart') throw outOfRange(name, `< ${LARGEST_INDEX}`, number);
  return number;
}

function copy(this: Bytes, target: any, targetStart: any, sourceStart: any, sourceEnd: any): number {
  if (!types.isUint8Array(this)) throw invalidArgType('source', ['Buffer', 'Uint8Array'], this);
  if (!types.isUint8Array(target)) throw invalidArgType('target', ['Buffer', 'Uint8Array'], target);
  const to = copyOffset(targetStart, 'targetStart', 0);
  const from = copyOffset(sourceStart, 'sourceStart', 0);
  const end = Math.min(copyOffset(sourceEnd, 'sourceEnd', this.length), this.length);
  if (to >= target.length || from >= end) return 0;
  const count = Math.min(end - from, target.length - to);
  target.set(bytesOf(this, from, from + count), to);
  return count;
}

function slice(this: Bytes, start: any, end: any): any {
  const length = this.length;
  const relative = (value: any, fallback: number): number => {
    if (value === undefined) return fallback;
    const number = Math.trunc(+value) || 0;
    return number < 0 ? Math.max(number + length, 0) : Math.min(number, length);
  };
  const from = relative(start, 0);
  const to = relative(end, length);
  return wrap(bytesOf(this, from, to));
}

function swapper(name: string, size: number): Function {
  const method = {
    [name]: function (this: Bytes): Bytes {
      if (this.length % size !== 0) {
        throw coded(RangeError, 'ERR_INVALID_BUFFER_SIZE', `Buffer size must be a multiple of ${size * 8}-bits`);
      }
      return natives.swap(this, size);
    },
  };
  return method[name]!;
}

/** Fills with a number, or with the bytes of a string or array again and again. */
function fill(this: Bytes, value: any, offset: any, end: any, encoding: any): Bytes {
  if (typeof value === 'string') {
    if (offset === undefined || typeof offset === 'string') {
      encoding = offset;
      offset = undefined;
    } else if (typeof end === 'string') {
      encoding = end;
      end = undefined;
    }
  }
  if (encoding !== undefined) validateString(encoding, 'encoding');
  if (typeof encoding === 'string' && encoding.length > 0 && encodingNumber(encoding) === undefined) {
    throw unknownEncoding(encoding);
  }
  if (offset === undefined) {
    offset = 0;
    end = this.length;
  } else {
    validateNumber(offset, 'offset', 0);
    if (end === undefined) end = this.length;
    else validateNumber(end, 'end', 0, this.length);
  }
  if (offset >= end) return this;
  if (typeof value === 'string' && value.length > 0) {
    const pattern = natives.encode(value, requireEncoding(encoding));
    if (pattern.length === 0) throw new TypeError('The text is not valid hex');
    return natives.fillWith(this, pattern, offset, end) as Bytes;
  }
  if (ArrayBuffer.isView(value)) {
    const pattern = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    if (pattern.length === 0) throw invalidArgValue('value', value);
    return natives.fillWith(this, pattern, offset, end) as Bytes;
  }
  Uint8Array.prototype.fill.call(this, typeof value === 'string' ? 0 : +value & 255, offset, end);
  return this;
}

function search(buffer: Bytes, value: any, byteOffset: any, encoding: any, forward: boolean): number {
  if (!ArrayBuffer.isView(buffer)) throw invalidArgType('buffer', ['Buffer', 'TypedArray', 'DataView'], buffer);
  if (typeof byteOffset === 'string') {
    encoding = byteOffset;
    byteOffset = undefined;
  } else if (byteOffset > 0x7fffffff) {
    byteOffset = 0x7fffffff;
  } else if (byteOffset < -0x80000000) {
    byteOffset = -0x80000000;
  }
  byteOffset = +byteOffset;
  if (byteOffset !== byteOffset) byteOffset = forward ? 0 : buffer.length;
  byteOffset = Math.trunc(byteOffset);
  if (typeof value === 'number') {
    const needle = new Uint8Array([value]);
    return natives.indexOfBytes(buffer, needle, byteOffset, forward, 1);
  }
  const number = encoding === undefined ? UTF8 : encodingNumber(encoding);
  if (typeof value === 'string') {
    if (number === undefined) throw unknownEncoding(encoding);
    const step = number === UTF16LE ? 2 : 1;
    return natives.indexOfBytes(buffer, natives.encode(value, number), byteOffset, forward, step);
  }
  if (types.isUint8Array(value)) {
    return natives.indexOfBytes(buffer, value, byteOffset, forward, number === UTF16LE ? 2 : 1);
  }
  throw invalidArgType('value', ['number', 'string', 'Buffer', 'Uint8Array'], value);
}

function indexOf(this: Bytes, value: any, byteOffset: any, encoding: any): number {
  return search(this, value, byteOffset, encoding, true);
}

function lastIndexOf(this: Bytes, value: any, byteOffset: any, encoding: any): number {
  return search(this, value, byteOffset, encoding, false);
}

function includes(this: Bytes, value: any, byteOffset: any, encoding: any): boolean {
  return search(this, value, byteOffset, encoding, true) !== -1;
}

function write(this: Bytes, text: any, offset: any, length: any, encoding: any): number {
  validateString(text, 'string');
  let from = 0;
  let room = this.length;
  if (offset === undefined) {
    encoding = undefined;
  } else if (length === undefined && typeof offset === 'string') {
    encoding = offset;
  } else {
    validateInteger(offset, 'offset', 0, this.length);
    from = offset;
    room = this.length - from;
    if (typeof length === 'string') {
      encoding = length;
    } else if (length !== undefined) {
      validateInteger(length, 'length', 0, this.length);
      room = Math.min(length, room);
    }
  }
  return natives.writeString(this, text, from, room, encoding ? requireKnown(encoding) : UTF8);
}

function writer(name: string, encoding: number): Function {
  const method = {
    [name]: function (this: Bytes, text: any, offset: any, length: any): number {
      validateString(text, 'string');
      const from = offset === undefined ? 0 : offset;
      if (typeof from !== 'number') throw invalidArgType('offset', 'number', from);
      validateInteger(from, 'offset', 0, this.length);
      const room = length === undefined ? this.length - from : length;
      if (typeof room !== 'number') throw invalidArgType('length', 'number', room);
      validateInteger(room, 'length', 0, this.length - from);
      return natives.writeString(this, text, from, room, encoding);
    },
  };
  return method[name]!;
}

function slicer(name: string, encoding: number): Function {
  const method = {
    [name]: function (this: Bytes, start: any, end: any): string {
      return natives.decode(this, range(start, 0, this.length), range(end, this.length, this.length), encoding);
    },
  };
  return method[name]!;
}

function toJSON(this: Bytes): { type: 'Buffer'; data: number[] } {
  return { type: 'Buffer', data: Array.prototype.slice.call(this) };
}

function inspect(this: Bytes, _depth: unknown, context: any): string {
  const shown = Math.min(INSPECT_MAX_BYTES, this.length);
  let text = natives.decode(this, 0, shown, HEX).replace(/(.{2})/g, '$1 ').trim();
  const rest = this.length - shown;
  if (rest > 0) text += ` ... ${rest} more byte${rest > 1 ? 's' : ''}`;
  const extras: Record<string, unknown> = Object.create(null);
  let any = false;
  for (const key of Object.keys(this).slice(this.length)) {
    extras[key] = this[key];
    any = true;
  }
  if (context && any) {
    const shownExtras = utilInspect(extras, { ...context, breakLength: Infinity, compact: true });
    // Without the braces and the mark of a null prototype.
    text += `${this.length > 0 ? ', ' : ''}${shownExtras.slice(27, -2)}`;
  }
  return `<${this.constructor?.name ?? 'Buffer'} ${text}>`;
}

const methods: Record<string | symbol, Function> = {
  copy,
  toString: toText,
  toLocaleString: toText,
  equals,
  compare,
  inspect,
  [Symbol.for('nodejs.util.inspect.custom')]: inspect,
  indexOf,
  lastIndexOf,
  includes,
  fill,
  write,
  toJSON,
  slice,
  swap16: swapper('swap16', 2),
  swap32: swapper('swap32', 4),
  swap64: swapper('swap64', 8),
};
const ENCODED: Array<[string, number]> = [
  ['ascii', ASCII],
  ['base64', BASE64],
  ['base64url', BASE64URL],
  ['latin1', LATIN1],
  ['hex', HEX],
  ['ucs2', UTF16LE],
  ['utf8', UTF8],
];
for (const [name, encoding] of ENCODED) {
  methods[`${name}Slice`] = slicer(`${name}Slice`, encoding);
  methods[`${name}Write`] = writer(`${name}Write`, encoding);
}
Object.assign(Buffer.prototype, numberMethods, methods);
Object.defineProperty(Buffer.prototype, 'parent', {
  enumerable: true,
  get() {
    return this instanceof Buffer ? this.buffer : undefined;
  },
});
Object.defineProperty(Buffer.prototype, 'offset', {
  enumerable: true,
  get() {
    return this instanceof Buffer ? this.byteOffset : undefined;
  },
});
