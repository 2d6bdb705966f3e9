// What arguments of `node:fs` mean: paths, descriptors, flags, modes, times and positions.

import { Buffer } from 'node-internal:internal_buffer';
import { coded, invalidArgType, invalidArgValue, outOfRange } from 'node-internal:internal_errors';
import * as c from 'node-internal:fs_constants';
import { Files, type Target } from 'node-internal:fs_natives';
import {
  validateBoolean,
  validateInt32,
  validateInteger,
  validateObject,
  validateUint32,
} from 'node-internal:validators';

/** Who may call the constructors of what only this module makes. */
export const kBadge = Symbol('kBadge');

const kFileHandle = Symbol('kFileHandle');
export { kFileHandle };

export function isFileHandle(value: unknown): boolean {
  return typeof value === 'object' && value !== null && kFileHandle in value;
}

/** The URL of a path; a relative one is seen from the working directory. */
export function located(path: unknown, encoding: any = 'utf8'): URL {
  if (path instanceof URL) return path;
  if (Buffer.isBuffer(path)) path = (path as any).toString(encoding);
  if (typeof path !== 'string') throw invalidArgType('path', ['string', 'Buffer', 'URL'], path);
  if (path.includes('\0')) throw invalidArgValue('path', path, 'must not contain null bytes');
  const escaped = path.replace(/[#?]/g, encodeURIComponent).replaceAll('//', '/');
  return new URL(escaped, escaped.startsWith('/') ? 'file://' : `file://${Files.workingDirectory()}/`);
}

/** What natives know a file by. */
export function targetOf(file: URL | number): Target {
  return typeof file === 'number' ? file : file.href;
}

export function validFd(fd: unknown, name = 'fd'): number {
  if (Object.is(fd, -0)) return 0;
  validateInt32(fd, name, 0);
  return fd;
}

/** A path as its URL, a number as a descriptor. */
export function fileOf(file: unknown): URL | number {
  return typeof file === 'number' ? validFd(file) : located(file);
}

const OCTAL = /^[0-7]+$/;

export function fileMode(value: unknown, name: string, missing?: number): number {
  if (missing !== undefined) value ??= missing;
  if (typeof value === 'string') {
    if (!OCTAL.test(value)) {
      throw invalidArgValue(name, value, 'must be a 32-bit unsigned integer or an octal string');
    }
    value = Number.parseInt(value, 8);
  }
  validateUint32(value, name);
  return value;
}

export function timeOf(time: unknown): Date {
  if (time instanceof Date) return time;
  if (typeof time === 'number' || typeof time === 'string') return new Date(time);
  if (typeof time === 'bigint') return new Date(Number(time));
  throw invalidArgType('time', ['string', 'number', 'bigint', 'Date'], time);
}

const READ = c.O_RDONLY;
const WRITE = c.O_TRUNC | c.O_CREAT | c.O_WRONLY;
const WRITE_READ = c.O_TRUNC | c.O_CREAT | c.O_RDWR;
const APPEND = c.O_APPEND | c.O_CREAT | c.O_WRONLY;
const APPEND_READ = c.O_APPEND | c.O_CREAT | c.O_RDWR;
const FLAGS = new Map<unknown, number>([
  ['r', READ],
  ['rs', READ | c.O_SYNC],
  ['sr', READ | c.O_SYNC],
  ['r+', c.O_RDWR],
  ['rs+', c.O_RDWR | c.O_SYNC],
  ['sr+', c.O_RDWR | c.O_SYNC],
  ['w', WRITE],
  ['wx', WRITE | c.O_EXCL],
  ['xw', WRITE | c.O_EXCL],
  ['w+', WRITE_READ],
  ['wx+', WRITE_READ | c.O_EXCL],
  ['xw+', WRITE_READ | c.O_EXCL],
  ['a', APPEND],
  ['ax', APPEND | c.O_EXCL],
  ['xa', APPEND | c.O_EXCL],
  ['as', APPEND | c.O_SYNC],
  ['sa', APPEND | c.O_SYNC],
  ['a+', APPEND_READ],
  ['ax+', APPEND_READ | c.O_EXCL],
  ['xa+', APPEND_READ | c.O_EXCL],
  ['as+', APPEND_READ | c.O_SYNC],
  ['sa+', APPEND_READ | c.O_SYNC],
]);

/** The number that flags such as `r+` stand for. */
export function flagsOf(flags: unknown, name = 'flags'): number {
  if (typeof flags === 'number') {
    validateInt32(flags, name);
    return flags;
  }
  if (flags == null) return READ;
  const number = FLAGS.get(flags);
  if (number === undefined) throw invalidArgValue(name, flags);
  return number;
}

export function accessMode(mode: any): number {
  mode ??= c.F_OK;
  validateInteger(mode, 'mode', 0, c.R_OK | c.W_OK | c.X_OK);
  return mode;
}

const MOST_IDS = 2 ** 32 - 1;

export function validateOwner(uid: unknown, gid: unknown): void {
  validateInteger(uid, 'uid', -1, MOST_IDS);
  validateInteger(gid, 'gid', -1, MOST_IDS);
}

/** Options that may also be the name of an encoding. */
export function withEncoding(options: any): any {
  return typeof options === 'string' || options == null ? { encoding: options } : options;
}

export function checkEncoding(encoding: any): void {
  if (encoding !== 'buffer' && !Buffer.isEncoding(encoding)) throw invalidArgValue('options.encoding', encoding);
}

/** As `checkEncoding`, where null is allowed. */
export function checkOptionalEncoding(encoding: any): void {
  if (encoding !== null) checkEncoding(encoding);
}

export function validatePosition(position: unknown, name: string): asserts position is number | bigint | null {
  if (typeof position === 'number') validateUint32(position, name);
  else if (typeof position !== 'bigint' && position !== null) {
    throw invalidArgType(name, ['integer', 'bigint', 'null'], position);
  }
}

/** A position as natives take it. */
export function placeOf(position: number | bigint | null): number | undefined {
  return position === null ? undefined : Number(position);
}

export function validateBuffers(buffers: unknown): asserts buffers is ArrayBufferView[] {
  if (!Array.isArray(buffers) || !buffers.every((buffer) => ArrayBuffer.isView(buffer))) {
    throw invalidArgType('buffer', 'ArrayBufferView[]', buffers);
  }
}

const VIEWS = ['Buffer', 'TypedArray', 'DataView'];

export function requireView(buffer: unknown, name = 'buffer', types = VIEWS): asserts buffer is ArrayBufferView {
  if (!ArrayBuffer.isView(buffer)) throw invalidArgType(name, types, buffer);
}

function outside(name: string): RangeError {
  return coded(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', `"${name}" is outside of buffer bounds`);
}

/** The part of a buffer that is read into. */
export function readArguments(buffer: any, offsetOrOptions: any, length: any, position: any): [any, any] {
  requireView(buffer);
  let offset = 0;
  if (offsetOrOptions != null && typeof offsetOrOptions === 'object') {
    ({ offset = 0, length = buffer.byteLength - offset, position = null } = offsetOrOptions);
  } else if (typeof offsetOrOptions === 'number') {
    offset = offsetOrOptions;
    length ??= buffer.byteLength - offset;
  } else {
    throw invalidArgType('offset', ['number', 'object'], offsetOrOptions);
  }
  validateUint32(offset, 'offset');
  validateUint32(length, 'length');
  validatePosition(position, 'position');
  if (offset + length > buffer.byteLength) throw outOfRange('length', `<= ${buffer.byteLength - offset}`, length);
  return [new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset + offset, length), position];
}

/** The part of a buffer, or the text, that is written. */
export function writeArguments(buffer: any, offsetOrOptions: any, length: any, position: any): [any, any] {
  if (!ArrayBuffer.isView(buffer)) {
    if (typeof buffer !== 'string') throw invalidArgType('buffer', ['string', ...VIEWS], buffer);
    validatePosition(offsetOrOptions, 'position');
    if (String(length).toLowerCase() === 'hex' && buffer.length % 2 !== 0) {
      throw invalidArgValue('encoding', length, `is invalid for data of length ${buffer.length}`);
    }
    return [Buffer.from(buffer, length), offsetOrOptions];
  }
  let offset = offsetOrOptions;
  if (typeof offset === 'object' && offset !== null) {
    ({ offset = 0, length, position = null } = offsetOrOptions);
  }
  if (offset != null) validateInteger(offset, 'offset', 0);
  offset ??= 0;
  length ??= buffer.byteLength - offset;
  position ??= null;
  validatePosition(position, 'position');
  if (offset > buffer.byteLength) throw outside('offset');
  validateInteger(length, 'length', 0);
  if (length > buffer.byteLength - offset) throw outside('length');
  return [Buffer.from(buffer.buffer as any, buffer.byteOffset + offset, length), position];
}

/** What `writeFile` and its kin write, and how. */
export function contentArguments(data: any, options: any): { data: any; append: boolean; exclusive: boolean } {
  options = withEncoding(options);
  validateObject(options, 'options');
  const { encoding = 'utf8', mode = 0o666, flag = 'w', flush = false } = options as any;
  checkEncoding(encoding);
  validateBoolean(flush, 'options.flush');
  fileMode(mode, 'options.mode', 0o666);
  const flags = flagsOf(flag);
  const append = (flags & c.O_APPEND) !== 0;
  if (!append && (flags & (c.O_WRONLY | c.O_RDWR)) === 0) {
    throw invalidArgValue('flag', flag, 'must be indicate write or append');
  }
  if (typeof data === 'string') data = Buffer.from(data, encoding);
  requireView(data, 'data', ['string', ...VIEWS]);
  return { data, append, exclusive: (flags & c.O_EXCL) !== 0 };
}
