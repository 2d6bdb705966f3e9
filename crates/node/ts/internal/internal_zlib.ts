// What `node:zlib` exports.

import { Buffer } from 'node-internal:internal_buffer';
import { coded, invalidArgType } from 'node-internal:internal_errors';
import { nextTick } from 'node-internal:streams_state';
import { validateFunction, validateUint32 } from 'node-internal:validators';
import { ZlibBase, rangedOption } from 'node-internal:zlib_base';
import { constants } from 'node-internal:zlib_constants';
import { ZlibStream } from 'node-internal:zlib_handle';
import * as natives from 'node-internal:zlib_natives';
import { prepareBrotli, prepareZlib, prepareZstd } from 'node-internal:zlib_sync';

const { GZIP, INFLATE, GUNZIP, UNZIP, DEFLATE, DEFLATERAW, INFLATERAW, BROTLI_ENCODE, BROTLI_DECODE, ZSTD_ENCODE, ZSTD_DECODE } =
  constants as any;

function dictionaryOf(dictionary: any): Uint8Array {
  if (dictionary === undefined || dictionary === null) return new Uint8Array();
  if (ArrayBuffer.isView(dictionary)) {
    return new Uint8Array(dictionary.buffer as ArrayBuffer, dictionary.byteOffset, dictionary.byteLength);
  }
  if (dictionary instanceof ArrayBuffer) return new Uint8Array(dictionary);
  throw invalidArgType('options.dictionary', ['Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], dictionary);
}

const ZLIB_FLUSHES = {
  flush: constants.Z_NO_FLUSH!,
  finishFlush: constants.Z_FINISH!,
  fullFlush: constants.Z_FULL_FLUSH!,
  most: constants.Z_BLOCK!,
};

class Zlib extends ZlibBase {
  constructor(options: any, mode: number) {
    const given = options && typeof options === 'object' ? options : {};
    const { windowBits } = given;
    const inflates = mode === INFLATE || mode === GUNZIP || mode === UNZIP;
    // A window of any size is taken from the header.
    const bits =
      (windowBits === undefined || windowBits === null || windowBits === 0) && inflates
        ? 0
        : rangedOption(windowBits, 'options.windowBits', mode === GZIP ? 9 : 8, 15, 15);
    const level = rangedOption(given.level, 'options.level', -1, 9, -1);
    const memLevel = rangedOption(given.memLevel, 'options.memLevel', 1, 9, 8);
    const strategy = rangedOption(given.strategy, 'options.strategy', 0, 4, 0);
    const dictionary = dictionaryOf(given.dictionary);
    const state = new Uint32Array(2);
    const open = (): ZlibStream => {
      const handle = new ZlibStream(mode);
      handle.initialize(bits, level, memLevel, strategy, state, undefined, dictionary);
      return handle;
    };
    super(options, open, ZLIB_FLUSHES);
    this._writeState = state;
    this._level = level;
    this._strategy = strategy;
  }

  params(level: any, strategy: any, callback: any): void {
    rangedOption(level, 'level', -1, 9);
    rangedOption(strategy, 'strategy', 0, 4);
    if (this._level === level && this._strategy === strategy) {
      nextTick(callback);
      return;
    }
    this.flush(constants.Z_SYNC_FLUSH, () => {
      if (this.destroyed) return;
      this._handle.setLevel(level);
      this._level = level;
      this._strategy = strategy;
      callback?.();
    });
  }
}

class Gzip extends Zlib {
  constructor(options: any) {
    super(options, GZIP);
  }
}

class Gunzip extends Zlib {
  constructor(options: any) {
    super(options, GUNZIP);
  }
}

class Deflate extends Zlib {
  constructor(options: any) {
    super(options, DEFLATE);
  }
}

class DeflateRaw extends Zlib {
  constructor(options: any) {
    // There is no raw stream of that window.
    super(options?.windowBits === 8 ? { ...options, windowBits: 9 } : options, DEFLATERAW);
  }
}

class Inflate extends Zlib {
  constructor(options: any) {
    super(options, INFLATE);
  }
}

class InflateRaw extends Zlib {
  constructor(options: any) {
    super(options, INFLATERAW);
  }
}

class Unzip extends Zlib {
  constructor(options: any) {
    super(options, UNZIP);
  }
}

const BROTLI_FLUSHES = {
  flush: constants.BROTLI_OPERATION_PROCESS!,
  finishFlush: constants.BROTLI_OPERATION_FINISH!,
  fullFlush: constants.BROTLI_OPERATION_FLUSH!,
  most: constants.BROTLI_OPERATION_EMIT_METADATA!,
};
const LAST_BROTLI_PARAM = Math.max(
  ...Object.keys(constants)
    .filter((name) => name.startsWith('BROTLI_PARAM_'))
    .map((name) => constants[name]!)
);

function brotliParameters(params: any): number[] {
  const parameters = new Map<number, number>();
  for (const key of Object.keys(params ?? {})) {
    const number = Number(key);
    if (!Number.isInteger(number) || number < 0 || number > LAST_BROTLI_PARAM || parameters.has(number)) {
      throw coded(RangeError, 'ERR_BROTLI_INVALID_PARAM', `${key} is not a valid Brotli parameter`);
    }
    const value = params[key];
    if (typeof value !== 'number' && typeof value !== 'boolean') throw invalidArgType('options.params[key]', 'number', value);
    parameters.set(number, Number(value));
  }
  return [...parameters].flat();
}

class Brotli extends ZlibBase {
  constructor(options: any, mode: number) {
    const parameters = brotliParameters(options?.params);
    super(
      options,
      () => {
        const handle = natives.openBrotli(mode === BROTLI_ENCODE, parameters);
        if (handle === undefined) throw coded(Error, 'ERR_ZLIB_INITIALIZATION_FAILED', 'Initialization failed');
        return handle;
      },
      BROTLI_FLUSHES
    );
  }
}

class BrotliCompress extends Brotli {
  constructor(options: any) {
    super(options, BROTLI_ENCODE);
  }
}

class BrotliDecompress extends Brotli {
  constructor(options: any) {
    super(options, BROTLI_DECODE);
  }
}

const ZSTD_FLUSHES = {
  flush: constants.ZSTD_e_continue!,
  finishFlush: constants.ZSTD_e_end!,
  fullFlush: constants.ZSTD_e_flush!,
  most: constants.ZSTD_e_end!,
};

function lastOf(prefix: string): number {
  const names = Object.keys(constants).filter((name) => name.startsWith(prefix));
  return Math.max(...names.map((name) => constants[name]!));
}

class Zstd extends ZlibBase {
  constructor(options: any, mode: number) {
    const encodes = mode === ZSTD_ENCODE;
    const parameters = zstdParameters(options?.params, lastOf(encodes ? 'ZSTD_c_' : 'ZSTD_d_'));
    super(
      options,
      () => {
        const handle = natives.openZstd(encodes, parameters, encodes ? options?.pledgedSrcSize : undefined);
        if (typeof handle === 'string') throw coded(Error, 'ERR_ZLIB_INITIALIZATION_FAILED', 'Initialization failed');
        return handle;
      },
      ZSTD_FLUSHES
    );
  }
}

function zstdParameters(params: any, last: number): number[] {
  const parameters: number[] = [];
  for (const key of Object.keys(params ?? {})) {
    const number = Number(key);
    if (Number.isNaN(number) || number < 0 || number > last) {
      throw coded(RangeError, 'ERR_ZSTD_INVALID_PARAM', `${key} is not a valid Zstd parameter`);
    }
    const value = params[key];
    if (typeof value !== 'number' && typeof value !== 'boolean') throw invalidArgType('options.params[key]', 'number', value);
    // That stands for what has no value.
    if (Number(value) !== -1) parameters.push(number, Number(value));
  }
  return parameters;
}

class ZstdCompress extends Zstd {
  constructor(options: any) {
    super(options, ZSTD_ENCODE);
  }
}

class ZstdDecompress extends Zstd {
  constructor(options: any) {
    super(options, ZSTD_DECODE);
  }
}

function crc32(data: any, value?: any): number {
  if (typeof data === 'string') data = Buffer.from(data);
  else if (!ArrayBuffer.isView(data) && !(data instanceof ArrayBuffer)) {
    const kinds = 'string or ArrayBuffer or ArrayBufferView';
    throw new TypeError(`Failed to execute 'crc32' on 'ZlibUtil': parameter 1 is not of type '${kinds}'.`);
  }
  if (value === undefined) value = 0;
  else validateUint32(value, 'value');
  return natives.crc32(data, value);
}
Object.defineProperty(crc32, 'length', { value: 1 });

const zlib: any = { crc32 };
const CLASSES: Record<string, any> = {
  Gzip,
  Gunzip,
  Deflate,
  DeflateRaw,
  Inflate,
  InflateRaw,
  Unzip,
  BrotliCompress,
  BrotliDecompress,
  ZstdCompress,
  ZstdDecompress,
};
Object.assign(zlib, CLASSES);
for (const name of Object.keys(CLASSES)) {
  const create = `create${name}`;
  zlib[create] = {
    [create]: function (options: any) {
      return new CLASSES[name](options);
    },
  }[create];
}

type Prepare = (mode: number, data: any, options: any, method: string) => () => any;

/** Adds the calls of one kind: with a callback, and at once. */
function addCalls(name: string, mode: number, prepare: Prepare, engine: any, method: string): void {
  const sync = `${name}Sync`;
  zlib[name] = {
    [name]: function (data: any, options: any, callback: any) {
      if (typeof options === 'function') {
        callback = options;
        options = undefined;
      }
      validateFunction(callback, 'callback');
      const run = prepare(mode, data, options, method);
      nextTick(() => {
        let result: any;
        try {
          result = run();
        } catch (error) {
          callback(error);
          return;
        }
        callback(null, options?.info ? { engine: new engine(options), buffer: result } : result);
      });
    },
  }[name];
  zlib[sync] = Object.defineProperty(
    {
      [sync]: function (data: any, options: any) {
        const result = prepare(mode, data, options, `${method}Sync`)();
        return options?.info ? { engine: new engine(options), buffer: result } : result;
      },
    }[sync]!,
    'length',
    { value: 1 }
  );
}

const ZLIB_CALLS: [string, number, any][] = [
  ['inflate', INFLATE, Inflate],
  ['deflate', DEFLATE, Deflate],
  ['inflateRaw', INFLATERAW, InflateRaw],
  ['deflateRaw', DEFLATERAW, DeflateRaw],
  ['gzip', GZIP, Gzip],
  ['gunzip', GUNZIP, Gunzip],
  ['unzip', UNZIP, Unzip],
];
for (const [name, mode, engine] of ZLIB_CALLS) addCalls(name, mode, prepareZlib, engine, 'zlib');
addCalls('brotliDecompress', BROTLI_DECODE, prepareBrotli, BrotliDecompress, 'brotliDecompress');
addCalls('brotliCompress', BROTLI_ENCODE, prepareBrotli, BrotliCompress, 'brotliCompress');
addCalls('zstdDecompress', ZSTD_DECODE, prepareZstd, ZstdDecompress, 'zstdDecompress');
addCalls('zstdCompress', ZSTD_ENCODE, prepareZstd, ZstdCompress, 'zstdCompress');

const codes: Record<string, any> = {};
for (const name of `Z_OK Z_STREAM_END Z_NEED_DICT Z_ERRNO Z_STREAM_ERROR Z_DATA_ERROR Z_MEM_ERROR Z_BUF_ERROR
  Z_VERSION_ERROR`.split(/\s+/)) {
  codes[name] = constants[name];
  codes[constants[name]!] = name;
}
Object.assign(zlib, constants);
zlib.constants = Object.freeze(constants);
zlib.codes = Object.freeze(codes);

export default zlib;
