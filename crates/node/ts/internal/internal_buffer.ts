// What `node:buffer` exports.

import * as natives from 'node-internal:buffer_natives';
import { ASCII, LATIN1, UTF16LE, UTF8, encodingNumber } from 'node-internal:buffer_encodings';
import { Buffer, SlowBuffer, kMaxLength, wrap } from 'node-internal:buffer_create';
import { INSPECT_MAX_BYTES } from 'node-internal:buffer_methods';
import { coded, invalidArgType, methodNotImplemented } from 'node-internal:internal_errors';
import * as types from 'node-internal:internal_types';

export { Buffer, SlowBuffer, kMaxLength };
export const kStringMaxLength = 536870888;
export const constants = { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: kStringMaxLength };
export { INSPECT_MAX_BYTES };

const scope = globalThis as any;
export const Blob = scope.Blob;
export const File = scope.File;
export const atob: typeof globalThis.atob = scope.atob.bind(scope);
export const btoa: typeof globalThis.btoa = scope.btoa.bind(scope);

export function resolveObjectURL(_id: unknown): never {
  throw methodNotImplemented('resolveObjectURL');
}

const MOST_TRANSCODED = 2 ** 27;
const CODES = [ASCII, LATIN1, UTF8, UTF16LE];

export function transcode(source: any, fromEncoding: any, toEncoding: any): any {
  if (!types.isUint8Array(source)) throw invalidArgType('source', 'ArrayBufferView', typeof source);
  if (source.length >= MOST_TRANSCODED) throw new Error('Source buffer is too large to process');
  const from = encodingNumber(fromEncoding);
  const to = encodingNumber(toEncoding);
  if (from === undefined || to === undefined || !CODES.includes(from) || !CODES.includes(to)) {
    throw new Error('Unable to transcode buffer due to unsupported encoding');
  }
  if (from === UTF16LE && source.length % 2 !== 0) throw new Error('UTF-16le input size should be multiple of 2');
  if (from === UTF8 && to === UTF16LE && !natives.isUtf8(source)) throw new Error('Unable to transcode buffer');
  return wrap(natives.transcode(source, from, to));
}

function requireBytes(input: any): void {
  if (!ArrayBuffer.isView(input) && !types.isAnyArrayBuffer(input)) {
    throw invalidArgType('input', ['ArrayBuffer', 'Buffer', 'TypedArray'], input);
  }
  if ((ArrayBuffer.isView(input) ? input.buffer : (input as any)).detached) {
    throw coded(Error, 'ERR_INVALID_STATE', 'Invalid state: Cannot validate on a detached buffer');
  }
}

export function isAscii(input: any): boolean {
  requireBytes(input);
  return natives.isAscii(input);
}

export function isUtf8(input: any): boolean {
  requireBytes(input);
  return natives.isUtf8(input);
}

const all = {
  atob,
  btoa,
  constants,
  kMaxLength,
  kStringMaxLength,
  Buffer,
  SlowBuffer,
  isAscii,
  isUtf8,
  transcode,
  resolveObjectURL,
  Blob,
  File,
  INSPECT_MAX_BYTES,
};
export default all;
