// `node:string_decoder`: text of bytes that come in pieces.
//
// What a decoder knows is in seven bytes that its holder can see: the first four are a character that is not complete,
// and the others say how many bytes it lacks, how many it has, and the encoding.

import { Buffer } from 'node-internal:internal_buffer';
import {
  ASCII,
  BASE64,
  BASE64URL,
  HEX,
  LATIN1,
  UTF16LE,
  UTF8,
  encodingNumber,
  normalizeEncoding,
} from 'node-internal:buffer_encodings';
import { coded, invalidArgType, unknownEncoding } from 'node-internal:internal_errors';
import { isUint8Array } from 'node-internal:internal_types';

const NAMES: Record<number, string> = {
  [ASCII]: 'ascii',
  [LATIN1]: 'latin1',
  [UTF8]: 'utf8',
  [UTF16LE]: 'utf16le',
  [BASE64]: 'base64',
  [BASE64URL]: 'base64url',
  [HEX]: 'hex',
};
const MISSING = 4;
const KEPT = 5;
const ENCODING = 6;
const SIZE = 7;
/** Of all characters, in bytes. */
const LONGEST = 4;

const kNativeDecoder = Symbol('kNativeDecoder');

export const StringDecoder: any = function StringDecoder(this: any, encoding: any) {
  const name = normalizeEncoding(encoding);
  if (name === undefined) throw unknownEncoding(encoding);
  this.encoding = name;
  this[kNativeDecoder] = Buffer.alloc(SIZE);
  this[kNativeDecoder][ENCODING] = encodingNumber(name);
};
Object.defineProperty(StringDecoder, 'length', { value: 0 });

function requireState(decoder: any): void {
  if (decoder?.[kNativeDecoder] === undefined) {
    throw coded(TypeError, 'ERR_INVALID_THIS', 'Value of "this" must be of type StringDecoder');
  }
}

/** The state for a call that decodes. */
function stateOf(decoder: any, method: string, position: number): Uint8Array {
  const state = decoder[kNativeDecoder];
  if (!isUint8Array(state)) {
    throw new TypeError(`Failed to execute '${method}' on 'BufferUtil': parameter ${position} is not of type 'Uint8Array'.`);
  }
  if (state.length !== SIZE) throw new TypeError('Invalid StringDecoder');
  if (state[KEPT]! > LONGEST) throw new Error(`Buffered bytes cannot exceed ${LONGEST}`);
  if (state[MISSING]! > LONGEST) throw new Error(`Missing bytes cannot exceed ${LONGEST}`);
  if (state[ENCODING]! > HEX || state[KEPT]! + state[MISSING]! > LONGEST) throw new Error('Invalid StringDecoder state');
  return state;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function isHighSurrogate(high: number): boolean {
  return (high & 0xfc) === 0xd8;
}

/** How many bytes a character of UTF-8 has by its first one; 1 for what starts none. */
function utf8Length(lead: number): number {
  if ((lead & 0xe0) === 0xc0) return 2;
  if ((lead & 0xf0) === 0xe0) return 3;
  if ((lead & 0xf8) === 0xf0) return 4;
  return 1;
}

/** Bytes at the end of `bytes` that wait for more, and how many more. */
function unfinished(encoding: number, bytes: Uint8Array): [kept: number, missing: number] {
  const { length } = bytes;
  switch (encoding) {
    case UTF8:
      for (let back = 1; back <= Math.min(4, length); back++) {
        const byte = bytes[length - back]!;
        if (isContinuation(byte)) continue;
        const whole = utf8Length(byte);
        return whole > back ? [back, whole - back] : [0, 0];
      }
      return [0, 0];
    case UTF16LE:
      if (length % 2 === 1) return [1, 1];
      return length > 0 && isHighSurrogate(bytes[length - 1]!) ? [2, 2] : [0, 0];
    case BASE64:
    case BASE64URL:
      return length % 3 === 0 ? [0, 0] : [length % 3, 3 - (length % 3)];
    default:
      return [0, 0];
  }
}

/** Adds to the character that `state` keeps; returns how many bytes that took. */
function complete(state: Uint8Array, bytes: Uint8Array): number {
  const encoding = state[ENCODING]!;
  let at = 0;
  while (state[MISSING]! > 0 && at < bytes.length) {
    if (encoding === UTF8 && !isContinuation(bytes[at]!)) {
      state[MISSING] = 0;
      break;
    }
    state[state[KEPT]!] = bytes[at++]!;
    state[KEPT]!++;
    state[MISSING]!--;
    // The second half of a pair of surrogates.
    if (encoding === UTF16LE && state[KEPT] === 2 && isHighSurrogate(state[1]!)) state[MISSING] = 2;
  }
  return at;
}

function takeKept(state: Uint8Array): string {
  const text = Buffer.from(state.subarray(0, state[KEPT])).toString(NAMES[state[ENCODING]!]);
  state[KEPT] = 0;
  return text;
}

StringDecoder.prototype.write = function write(buf: any): string {
  if (typeof buf === 'string') return buf;
  if (!ArrayBuffer.isView(buf)) throw invalidArgType('buf', ['string', 'Buffer', 'TypedArray', 'DataView'], buf);
  requireState(this);
  const state = stateOf(this, 'decode', 2);
  let bytes: Uint8Array = Buffer.from(buf.buffer as ArrayBuffer, buf.byteOffset, buf.byteLength);
  let text = '';
  if (state[MISSING]! > 0) {
    bytes = bytes.subarray(complete(state, bytes));
    if (state[MISSING]! > 0) return '';
    text = takeKept(state);
  }
  const encoding = state[ENCODING]!;
  const [kept, missing] = unfinished(encoding, bytes);
  const end = bytes.length - kept;
  state.set(bytes.subarray(end));
  state[MISSING] = missing;
  state[KEPT] = kept;
  return text + (bytes as any).toString(NAMES[encoding], 0, end);
};

StringDecoder.prototype.end = function end(buf?: any): string {
  requireState(this);
  const text = buf === undefined ? '' : this.write(buf);
  if (typeof this[kNativeDecoder] === 'string') return text;
  const state = stateOf(this, 'flush', 1);
  // Half a unit is no text.
  if (state[ENCODING] === UTF16LE && state[KEPT]! % 2 === 1) {
    state[KEPT]!--;
    state[MISSING]!--;
  }
  const rest = state[KEPT]! > 0 ? takeKept(state) : '';
  state[MISSING] = 0;
  return text + rest;
};

StringDecoder.prototype.text = function text(buf: any, offset: number): string {
  requireState(this);
  this[kNativeDecoder][MISSING] = 0;
  this[kNativeDecoder][KEPT] = 0;
  return this.write(buf.slice(offset));
};

function stateGetter(read: (state: any) => unknown): PropertyDescriptor {
  return {
    enumerable: true,
    get(this: any) {
      requireState(this);
      return read(this[kNativeDecoder]);
    },
  };
}

Object.defineProperties(StringDecoder.prototype, {
  lastChar: stateGetter((state) => state.subarray(0, 4)),
  lastNeed: stateGetter((state) => state[MISSING]),
  lastTotal: stateGetter((state) => state[MISSING] + state[KEPT]),
});

export default { StringDecoder };
