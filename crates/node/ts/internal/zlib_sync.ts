// The calls of `node:zlib` that code everything at once.

import { Buffer } from 'node-internal:internal_buffer';
import { constants } from 'node-internal:zlib_constants';
import { type ZlibStream, openBrotli, openZlib, openZstd } from 'node-internal:zlib_natives';

/** What a call may make at most. */
const MOST_BYTES = 128 * 1024 * 1024;

function bytesOf(data: any, method: string): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
  const kinds = 'string or ArrayBuffer or ArrayBufferView';
  throw new TypeError(`Failed to execute '${method}' on 'ZlibUtil': parameter 1 is not of type '${kinds}'.`);
}

function integer(value: any, fallback: number): number {
  return value === undefined ? fallback : Math.trunc(Number(value)) || 0;
}

function ranged(value: number, name: string, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new RangeError(`The value of "options.${name}" is out of range. It must be >= ${least} and <= ${most}. Received ${value}`);
}

/** A size, which is not made of what is no integer. */
function size(value: any, name: string, least: number, fallback: number): number {
  if (value === undefined) return fallback;
  if (!Number.isInteger(Number(value))) throw new TypeError('The value cannot be converted because it is not an integer.');
  if (value < 0) {
    throw new TypeError('The value cannot be converted because it is negative and this API expects a positive number.');
  }
  return ranged(Number(value), name, least, MOST_BYTES);
}

function runToEnd(handle: ZlibStream, input: Uint8Array, flush: number, chunkSize: number, most: number): any {
  try {
    return allOf(handle, input, flush, chunkSize, most);
  } finally {
    handle.close();
  }
}

function allOf(handle: ZlibStream, input: Uint8Array, flush: number, chunkSize: number, most: number): any {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let at = 0; ; ) {
    const made = handle.step(input.subarray(at), flush, chunkSize);
    if (handle.message !== undefined) throw new Error(handle.message);
    at += handle.consumed;
    length += made.byteLength;
    if (length > most) throw new RangeError('Memory limit exceeded');
    parts.push(made);
    if (handle.finished || made.byteLength < chunkSize) return Buffer.concat(parts, length);
  }
}

function checkOptions(options: any, method: string): any {
  if (options === undefined) return {};
  if (options !== null && typeof options === 'object') return options;
  if (options === null) throw new TypeError("Cannot read properties of null (reading 'info')");
  throw new TypeError(`Failed to execute '${method}' on 'ZlibUtil': parameter 2 is not of type 'Options'.`);
}

/** Checks the kinds of what is given; the rest is in what it gives. */
export function prepareZlib(mode: number, data: any, options: any, method: string): () => any {
  const input = bytesOf(data, method);
  options = checkOptions(options, method);
  return () => {
    const chunkSize = size(options.chunkSize, 'chunkSize', constants.Z_MIN_CHUNK!, constants.Z_DEFAULT_CHUNK!);
    const most = size(options.maxOutputLength, 'maxOutputLength', 1, MOST_BYTES);
    ranged(integer(options.flush, 0), 'flush', 0, 6);
    const finishFlush = ranged(integer(options.finishFlush, constants.Z_FINISH!), 'finishFlush', 0, 6);
    const level = ranged(integer(options.level, -1), 'level', -1, 9);
    const inflates = mode === constants.INFLATE || mode === constants.GUNZIP || mode === constants.UNZIP;
    const given = integer(options.windowBits, 15);
    const windowBits = given === 0 && inflates ? 0 : ranged(given, 'windowBits', 8, 15);
    if (windowBits === 8 && mode === constants.DEFLATERAW) throw new Error('Zlib error');
    const memLevel = ranged(integer(options.memLevel, 8), 'memLevel', 1, 9);
    const strategy = integer(options.strategy, 0);
    if (strategy < 0 || strategy > 4) throw new Error('invalid strategy');
    const { dictionary } = options;
    if (dictionary !== undefined && !ArrayBuffer.isView(dictionary) && !(dictionary instanceof ArrayBuffer)) {
      const kind = 'ArrayBuffer or ArrayBufferView';
      throw new TypeError(`Incorrect type for the 'dictionary' field on 'Options': the provided value is not of type '${kind}'.`);
    }
    const prior = dictionary === undefined ? new Uint8Array() : bytesOf(dictionary, method);
    const handle = openZlib(mode, level, windowBits, memLevel, strategy, prior);
    return runToEnd(handle, input, finishFlush, chunkSize, most);
  };
}

export function prepareBrotli(mode: number, data: any, options: any, method: string): () => any {
  const input = bytesOf(data, method);
  options = checkOptions(options, method);
  return () => {
    const chunkSize = size(options.chunkSize, 'chunkSize', constants.Z_MIN_CHUNK!, constants.Z_DEFAULT_CHUNK!);
    const most = size(options.maxOutputLength, 'maxOutputLength', 1, MOST_BYTES);
    const last = constants.BROTLI_OPERATION_EMIT_METADATA!;
    ranged(integer(options.flush, 0), 'flush', 0, last);
    const finishFlush = ranged(integer(options.finishFlush, constants.BROTLI_OPERATION_FINISH!), 'finishFlush', 0, last);
    const parameters: number[] = [];
    for (const key of Object.keys(options.params ?? {})) parameters.push(Number(key), integer(options.params[key], 0));
    const handle = openBrotli(mode === constants.BROTLI_ENCODE, parameters);
    if (handle === undefined) throw new Error('Setting parameter failed');
    return runToEnd(handle, input, finishFlush, chunkSize, most);
  };
}

export function prepareZstd(mode: number, data: any, options: any, method: string): () => any {
  const input = bytesOf(data, method);
  options = checkOptions(options, method);
  return () => {
    const chunkSize = size(options.chunkSize, 'chunkSize', constants.Z_MIN_CHUNK!, constants.Z_DEFAULT_CHUNK!);
    const most = size(options.maxOutputLength, 'maxOutputLength', 1, MOST_BYTES);
    const parameters: number[] = [];
    for (const key of Object.keys(options.params ?? {})) parameters.push(Number(key), integer(options.params[key], 0));
    const { pledgedSrcSize } = options;
    if (pledgedSrcSize !== undefined && !Number.isInteger(Number(pledgedSrcSize))) {
      throw new TypeError('The value cannot be converted because it is not an integer.');
    }
    if (pledgedSrcSize < 0) {
      throw new TypeError('The value cannot be converted because it is negative and this API expects a positive bigint.');
    }
    const handle = openZstd(mode === constants.ZSTD_ENCODE, parameters, pledgedSrcSize);
    if (typeof handle === 'string') throw new Error(handle);
    const last = constants.ZSTD_e_end!;
    ranged(integer(options.flush, 0), 'flush', 0, last);
    const finishFlush = ranged(integer(options.finishFlush, last), 'finishFlush', 0, last);
    return runToEnd(handle, input, finishFlush, chunkSize, most);
  };
}
