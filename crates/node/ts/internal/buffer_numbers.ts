// Numbers in buffers: the methods readUInt8 to writeDoubleBE of Buffer.

import { bufferOutOfBounds, invalidArgType, outOfRange } from 'node-internal:internal_errors';

type Bytes = Uint8Array;
type Numeric = number | bigint;

const doubles = new Float64Array(1);
const floats = new Float32Array(1);
const doubleBytes = new Uint8Array(doubles.buffer);
const floatBytes = new Uint8Array(floats.buffer);

/** Throws why `offset` is none for `size` bytes of `bytes`. */
function wrongOffset(bytes: Bytes, offset: unknown, size: number): never {
  if (typeof offset !== 'number') throw invalidArgType('offset', 'number', offset);
  if (Math.floor(offset) !== offset) throw outOfRange('offset', 'an integer', offset);
  if (bytes.length < size) throw bufferOutOfBounds();
  throw outOfRange('offset', `>= 0 and <= ${bytes.length - size}`, offset);
}

function checkOffset(bytes: Bytes, offset: unknown, size: number): asserts offset is number {
  if (typeof offset !== 'number' || !(offset >= 0 && offset <= bytes.length - size) || offset % 1 !== 0) {
    wrongOffset(bytes, offset, size);
  }
}

function checkSize(size: unknown): asserts size is number {
  if (typeof size !== 'number' || Math.floor(size) !== size) throw outOfRange('byteLength', 'an integer', size);
  if (!(size >= 1 && size <= 6)) throw outOfRange('byteLength', '>= 1 and <= 6', size);
}

function checkValue(value: Numeric, least: Numeric, most: Numeric, size: number): void {
  if (value <= most && value >= least) return;
  if (typeof value === 'number' && value !== value) return;
  const n = typeof least === 'bigint' ? 'n' : '';
  const bits = size * 8;
  let range = `>= ${least}${n} and <= ${most}${n}`;
  if (size > 4 || (size === 4 && n === '')) {
    range = least == 0 ? `>= 0${n} and < 2${n} ** ${bits}${n}` : `>= -(2${n} ** ${bits - 1}${n}) and < 2${n} ** ${bits - 1}${n}`;
  }
  throw outOfRange('value', range, value);
}

function unsigned(bytes: Bytes, offset: number, size: number, little: boolean): number {
  let value = 0;
  if (little) for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[offset + i]!;
  else for (let i = 0; i < size; i++) value = value * 256 + bytes[offset + i]!;
  return value;
}

function read(bytes: Bytes, offset: unknown, size: number, little: boolean): number {
  checkOffset(bytes, offset, size);
  return unsigned(bytes, offset, size, little);
}

function readSigned(bytes: Bytes, offset: unknown, size: number, little: boolean): number {
  const value = read(bytes, offset, size, little);
  const half = 2 ** (size * 8 - 1);
  return value >= half ? value - 2 * half : value;
}

function readBig(bytes: Bytes, offset: unknown, little: boolean): bigint {
  checkOffset(bytes, offset, 8);
  const first = BigInt(unsigned(bytes, offset, 4, little));
  const second = BigInt(unsigned(bytes, offset + 4, 4, little));
  return little ? (second << 32n) + first : (first << 32n) + second;
}

function readFloating(bytes: Bytes, offset: unknown, target: Uint8Array, little: boolean): void {
  const size = target.length;
  checkOffset(bytes, offset, size);
  for (let i = 0; i < size; i++) target[i] = bytes[offset + (little ? i : size - 1 - i)]!;
}

function store(bytes: Bytes, value: number, offset: number, size: number, little: boolean): number {
  let rest = value < 0 ? value + 2 ** (size * 8) : value;
  for (let i = 0; i < size; i++) {
    const byte = rest % 256;
    bytes[offset + (little ? i : size - 1 - i)] = byte;
    rest = (rest - byte) / 256;
  }
  return offset + size;
}

function write(bytes: Bytes, value: unknown, offset: unknown, size: number, little: boolean, signed: boolean): number {
  const number = Math.trunc(+(value as number)) || 0;
  const most = signed ? 2 ** (size * 8 - 1) - 1 : 2 ** (size * 8) - 1;
  checkValue(+(value as number), signed ? -most - 1 : 0, most, size);
  checkOffset(bytes, offset, size);
  return store(bytes, number, offset, size, little);
}

function writeBig(bytes: Bytes, value: unknown, offset: unknown, little: boolean, signed: boolean): number {
  if (typeof value !== 'bigint') throw invalidArgType('value', 'bigint', value);
  const most = signed ? 0x7fffffffffffffffn : 0xffffffffffffffffn;
  checkValue(value, signed ? -most - 1n : 0n, most, 8);
  checkOffset(bytes, offset, 8);
  const wrapped = BigInt.asUintN(64, value);
  const low = Number(wrapped & 0xffffffffn);
  const high = Number(wrapped >> 32n);
  store(bytes, little ? low : high, offset, 4, little);
  return store(bytes, little ? high : low, offset + 4, 4, little);
}

function writeFloating(bytes: Bytes, source: Uint8Array, offset: unknown, little: boolean): number {
  const size = source.length;
  checkOffset(bytes, offset, size);
  for (let i = 0; i < size; i++) bytes[offset + (little ? i : size - 1 - i)] = source[i]!;
  return offset + size;
}

/** The methods, by name; the prototype of Buffer gets a copy of each. */
export const numberMethods: Record<string, Function> = {
  readUIntLE: function (this: Bytes, offset: unknown, byteLength: unknown) {
    if (offset === undefined) throw invalidArgType('offset', 'number', offset);
    checkSize(byteLength);
    return read(this, offset, byteLength, true);
  },
  readUIntBE: function (this: Bytes, offset: unknown, byteLength: unknown) {
    if (offset === undefined) throw invalidArgType('offset', 'number', offset);
    checkSize(byteLength);
    return read(this, offset, byteLength, false);
  },
  readIntLE: function (this: Bytes, offset: unknown, byteLength: unknown) {
    if (offset === undefined) throw invalidArgType('offset', 'number', offset);
    checkSize(byteLength);
    return readSigned(this, offset, byteLength, true);
  },
  readIntBE: function (this: Bytes, offset: unknown, byteLength: unknown) {
    if (offset === undefined) throw invalidArgType('offset', 'number', offset);
    checkSize(byteLength);
    return readSigned(this, offset, byteLength, false);
  },
  readUInt8: function (this: Bytes, offset: unknown = 0) {
    return read(this, offset, 1, true);
  },
  readUInt16LE: function (this: Bytes, offset: unknown = 0) {
    return read(this, offset, 2, true);
  },
  readUInt16BE: function (this: Bytes, offset: unknown = 0) {
    return read(this, offset, 2, false);
  },
  readUInt32LE: function (this: Bytes, offset: unknown = 0) {
    return read(this, offset, 4, true);
  },
  readUInt32BE: function (this: Bytes, offset: unknown = 0) {
    return read(this, offset, 4, false);
  },
  readInt8: function (this: Bytes, offset: unknown = 0) {
    return readSigned(this, offset, 1, true);
  },
  readInt16LE: function (this: Bytes, offset: unknown = 0) {
    return readSigned(this, offset, 2, true);
  },
  readInt16BE: function (this: Bytes, offset: unknown = 0) {
    return readSigned(this, offset, 2, false);
  },
  readInt32LE: function (this: Bytes, offset: unknown = 0) {
    return readSigned(this, offset, 4, true);
  },
  readInt32BE: function (this: Bytes, offset: unknown = 0) {
    return readSigned(this, offset, 4, false);
  },
  readBigUInt64LE: function (this: Bytes, offset: unknown = 0) {
    return readBig(this, offset, true);
  },
  readBigUInt64BE: function (this: Bytes, offset: unknown = 0) {
    return readBig(this, offset, false);
  },
  readBigInt64LE: function (this: Bytes, offset: unknown = 0) {
    return BigInt.asIntN(64, readBig(this, offset, true));
  },
  readBigInt64BE: function (this: Bytes, offset: unknown = 0) {
    return BigInt.asIntN(64, readBig(this, offset, false));
  },
  readFloatLE: function (this: Bytes, offset: unknown = 0) {
    readFloating(this, offset, floatBytes, true);
    return floats[0];
  },
  readFloatBE: function (this: Bytes, offset: unknown = 0) {
    readFloating(this, offset, floatBytes, false);
    return floats[0];
  },
  readDoubleLE: function (this: Bytes, offset: unknown = 0) {
    readFloating(this, offset, doubleBytes, true);
    return doubles[0];
  },
  readDoubleBE: function (this: Bytes, offset: unknown = 0) {
    readFloating(this, offset, doubleBytes, false);
    return doubles[0];
  },
  writeUIntLE: function (this: Bytes, value: unknown, offset: unknown, byteLength: unknown) {
    checkSize(byteLength);
    return write(this, value, offset, byteLength, true, false);
  },
  writeUIntBE: function (this: Bytes, value: unknown, offset: unknown, byteLength: unknown) {
    checkSize(byteLength);
    return write(this, value, offset, byteLength, false, false);
  },
  writeIntLE: function (this: Bytes, value: unknown, offset: unknown, byteLength: unknown) {
    checkSize(byteLength);
    return write(this, value, offset, byteLength, true, true);
  },
  writeIntBE: function (this: Bytes, value: unknown, offset: unknown, byteLength: unknown) {
    checkSize(byteLength);
    return write(this, value, offset, byteLength, false, true);
  },
  writeUInt8: function (this: Bytes, value: unknown, offset: unknown = 0) {
    return write(this, value, offset, 1, true, false);
  },
  writeUInt16LE: function (this: Bytes, value: unknown, offset: unknown = 0) {
    return write(this, value, offset, 2, true, false);
  },
  writeUInt16BE: function (this: Bytes, value: unknown, offset: unknown = 0) {
    return write(this, value, offset, 2, false, false);
  },
  writeUInt32LE: function (this: Bytes, value: unknown, offset: unknown = 0) {
    return write(this, value, offset, 4, true, false);
  },
  writeUInt32BE: function (this: Bytes, value: unknown, offset: unknown = 0) {
    return write(this, value, offset, 4, false, false);
  },
  writeInt8: function (this: Bytes, value: unknown, offset: unknown = 0) {
    return write(this, value, offset, 1, true, true);
  },
  writeInt16LE: function (this: Bytes, value: unknown, offset: unknown = 0) {
    return write(this, value, offset, 2, true, true);
  },
  writeInt16BE: function (this: Bytes, value: unknown, offset: unknown = 0) {
    return write(this, value, offset, 2, false, true);
  },
  writeInt32LE: function (this: Bytes, value: unknown, offset: unknown = 0) {
    return write(this, value, offset, 4, true, true);
  },
  writeInt32BE: function (this: Bytes, value: unknown, offset: unknown = 0) {
    return write(this, value, offset, 4, false, true);
  },
  writeBigUInt64LE: function (this: Bytes, value: unknown, offset: unknown = 0) {
    return writeBig(this, value, offset, true, false);
  },
  writeBigUInt64BE: function (this: Bytes, value: unknown, offset: unknown = 0) {
    return writeBig(this, value, offset, false, false);
  },
  writeBigInt64LE: function (this: Bytes, value: unknown, offset: unknown = 0) {
    return writeBig(this, value, offset, true, true);
  },
  writeBigInt64BE: function (this: Bytes, value: unknown, offset: unknown = 0) {
    return writeBig(this, value, offset, false, true);
  },
  writeFloatLE: function (this: Bytes, val: unknown, offset: any) {
    floats[0] = +(val as number);
    return writeFloating(this, floatBytes, offset === undefined ? 0 : offset, true);
  },
  writeFloatBE: function (this: Bytes, val: unknown, offset: any) {
    floats[0] = +(val as number);
    return writeFloating(this, floatBytes, offset === undefined ? 0 : offset, false);
  },
  writeDoubleLE: function (this: Bytes, val: unknown, offset: any) {
    doubles[0] = +(val as number);
    return writeFloating(this, doubleBytes, offset === undefined ? 0 : offset, true);
  },
  writeDoubleBE: function (this: Bytes, val: unknown, offset: any) {
    doubles[0] = +(val as number);
    return writeFloating(this, doubleBytes, offset === undefined ? 0 : offset, false);
  },
};

// The spelling with a small i is the same function.
for (const name of Object.keys(numberMethods)) {
  if (name.includes('UInt')) numberMethods[name.replace('UInt', 'Uint')] = numberMethods[name]!;
}
