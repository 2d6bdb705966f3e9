// `fs.ReadStream` and `fs.WriteStream`: files as streams.

import { Buffer } from 'node-internal:internal_buffer';
import { checkEncoding, fileMode, isFileHandle, located, validFd } from 'node-internal:fs_arguments';
import * as fs from 'node-internal:fs_callback';
import { coded, invalidArgValue, methodNotImplemented, outOfRange } from 'node-internal:internal_errors';
import url from 'node-internal:internal_url';
import { Readable, Writable } from 'node-internal:streams_base';
import { destroyedError, errorOrDestroy } from 'node-internal:streams_destroy';
import { eos } from 'node-internal:streams_finished';
import {
  validateAbortSignal,
  validateBoolean,
  validateFunction,
  validateObject,
  validateString,
  validateUint32,
} from 'node-internal:validators';

const kFs = Symbol('kFs');
const kIsPerformingIO = Symbol('kIsPerformingIO');
const kIoDone = Symbol('kIoDone');
const kHandle = Symbol('kHandle');

const OPERATIONS = ['open', 'close', 'fsync', 'read', 'write', 'writev'] as const;
type Operations = Record<(typeof OPERATIONS)[number], any>;

/** An operation that begins a moment later, as those of a disk do. */
function later(operation: any): any {
  return (...args: any[]) => {
    const callback = args[args.length - 1];
    Promise.resolve().then(() => {
      try {
        operation(...args);
      } catch (error) {
        callback(error);
      }
    });
  };
}

const OWN = Object.fromEntries(OPERATIONS.map((name) => [name, later((fs as any)[name])])) as Operations;

/** The operations of a stream over a `FileHandle`. */
function operationsOf(handle: any): Operations {
  const promised = (method: string, ...keys: string[]) => {
    return (...args: any[]) => {
      const callback = args[args.length - 1];
      handle[method](...args.slice(1, -1)).then(
        (result: any) => callback(null, ...keys.map((key) => result[key])),
        (error: unknown) => callback(error)
      );
    };
  };
  return {
    open() {
      throw methodNotImplemented('open()');
    },
    close: promised('close'),
    fsync: promised('sync'),
    read: promised('read', 'bytesRead', 'buffer'),
    write: promised('write', 'bytesWritten', 'buffer'),
    writev: promised('writev', 'bytesWritten', 'buffers'),
  };
}

/** Those that a guest gives, completed with our own. */
function validOperations(given: any): Operations {
  validateObject(given, 'options.fs');
  const operations = {} as Operations;
  for (const name of OPERATIONS) {
    operations[name] = (given as any)[name] ?? OWN[name];
    validateFunction(operations[name], `options.fs.${name}`);
  }
  return operations;
}

interface StreamOptions {
  [key: string]: any;
}

function streamOptions(options: any): any {
  if (options === null) return {};
  if (typeof options === 'string') return { encoding: options };
  validateObject(options, 'options');
  return options;
}

/** Checks the options that both kinds have and sets up what both are made of. */
function prepare(stream: any, path: any, options: any, defaultFlags: string): StreamOptions {
  const { encoding = null, autoClose = true, emitClose = true, start = 0, highWaterMark = 64 * 1024 } = options;
  const { signal = null, flags = defaultFlags, fd = null, mode = 0o666 } = options;
  if (encoding !== null) checkEncoding(encoding);
  validateBoolean(autoClose, 'options.autoClose');
  validateBoolean(emitClose, 'options.emitClose');
  validateUint32(start, 'options.start');
  validateUint32(highWaterMark, 'options.highWaterMark');
  if (signal !== null) validateAbortSignal(signal, 'options.signal');
  validateString(flags, 'options.flags');
  fileMode(mode, 'options.mode', 0o666);
  stream[kFs] = options.fs === undefined ? OWN : validOperations(options.fs);
  if (fd === null) {
    stream.fd = null;
    stream.path = (url as any).toPathIfFileURL(located(path));
    stream.flags = flags;
    stream.mode = mode;
  } else if (isFileHandle(fd)) {
    if (options.fs !== undefined) throw methodNotImplemented('FileHandle with fs');
    stream[kHandle] = fd;
    stream[kFs] = operationsOf(fd);
    fd.on('close', () => stream.close());
    stream.fd = fd.fd || null;
  } else {
    stream.fd = validFd(fd);
  }
  stream.start = start;
  if (stream instanceof ReadStream) stream.end = options.end ?? Infinity;
  stream.pos = start;
  stream.bytesRead = 0;
  stream[kIsPerformingIO] = false;
  return {
    highWaterMark,
    encoding,
    emitClose,
    autoDestroy: autoClose,
    signal,
    construct: construct.bind(stream),
    destroy: destroyImpl.bind(stream),
  };
}

/** Opens the file. A guest may have put an `open` method on the stream that does it. */
function construct(this: any, callback: any): void {
  if (typeof this.fd === 'number') {
    callback(null);
    return;
  }
  if (typeof this.open === 'function') {
    const { emit } = this;
    this.emit = function (...args: any[]): boolean {
      if (args[0] === 'open' || args[0] === 'error') {
        this.emit = emit;
        callback(args[0] === 'open' ? null : args[1]);
        if (args[0] === 'error') return true;
      }
      return Reflect.apply(emit, this, args);
    };
    this.open();
    return;
  }
  this[kFs].open(this.path, this.flags, this.mode, (error: unknown, fd: any) => {
    if (error) {
      callback(error);
      return;
    }
    this.fd = fd;
    callback(null);
    this.emit('open', fd);
    this.emit('ready');
  });
}

function close(stream: any, error: unknown, callback: any): void {
  if (stream.fd === null) {
    callback(error);
    return;
  }
  const { fd } = stream;
  const closeNow = (failure: unknown): void => {
    stream[kFs].close(fd, (closing: unknown) => callback(closing || failure));
    stream.fd = null;
  };
  if (stream.flush) stream[kFs].fsync(fd, (flushing: unknown) => closeNow(error || flushing));
  else closeNow(error);
}

function destroyImpl(this: any, error: unknown, callback: any): void {
  if (this[kIsPerformingIO]) this.once(kIoDone, (late: unknown) => close(this, error || late, callback));
  else close(this, error, callback);
}

/** Tells who waits for the end of an operation of a destroyed stream. */
function ended(stream: any, error: unknown): void {
  stream[kIsPerformingIO] = false;
  if (stream.destroyed) stream.emit(kIoDone, error);
}

function readImpl(this: any, size: number): void {
  const from = this.pos === undefined ? this.bytesRead : this.pos;
  const count = Math.min(this.end - from + 1, size);
  if (count <= 0 || this.fd == null) {
    this.push(null);
    return;
  }
  const room = (Buffer as any).allocUnsafeSlow(count);
  this[kIsPerformingIO] = true;
  this[kFs].read(this.fd, room, 0, count, this.pos, (error: unknown, bytesRead: any, buffer: any) => {
    ended(this, error);
    if (this.destroyed) return;
    if (error) {
      errorOrDestroy(this, error);
    } else if (bytesRead > 0) {
      if (this.pos !== undefined) this.pos += bytesRead;
      this.bytesRead += bytesRead;
      // What was read is kept without the room that it did not need.
      this.push(bytesRead === buffer.byteLength ? buffer : Buffer.from(buffer.subarray(0, bytesRead)));
    } else {
      this.push(null);
    }
  });
}

/** Adds accessors that only objects of the class itself have use for. */
function defineAccessors(prototype: any, name: string, state: string): void {
  const checked = (stream: any): any => {
    if (typeof stream === 'object' && stream !== null && Object.hasOwn(stream, kFs)) return stream[state];
    throw coded(TypeError, 'ERR_INVALID_THIS', `Value of "this" must be of type ${name}`);
  };
  Object.defineProperty(prototype, 'autoClose', {
    get(this: any): boolean {
      return checked(this)?.autoDestroy || false;
    },
    set(this: any, value: boolean) {
      const own = checked(this);
      if (own !== undefined) own.autoDestroy = value;
    },
  });
  Object.defineProperty(prototype, 'pending', {
    get(this: any): boolean {
      return this.fd === null;
    },
    configurable: true,
  });
}

export const ReadStream: any = function ReadStream(this: any, path: any, options: any = {}): any {
  if (!(this instanceof ReadStream)) return new ReadStream(path, options);
  const prepared = prepare(this, path, streamOptions(options), 'r');
  const { start, end } = this;
  if (end !== Infinity) {
    validateUint32(end, 'options.end');
    if (start > end) throw outOfRange('start', `<= "end" (here: ${end})`, start);
  }
  Reflect.apply(Readable as any, this, [{ ...prepared, read: readImpl.bind(this) }]);
};
Object.setPrototypeOf(ReadStream.prototype, Readable.prototype);
Object.setPrototypeOf(ReadStream, Readable);
defineAccessors(ReadStream.prototype, 'ReadStream', '_readableState');
ReadStream.prototype.close = function (callback: any = () => {}): void {
  if (typeof callback === 'function') eos(this, callback);
  this.destroy();
};

/** How often nothing at all may be written before a stream gives up. */
const MOST_TRIES = 5;

/** Writes chunks from `at` on until all is written. */
function writeAll(stream: any, chunks: any[], at: any, callback: any, tries = 0): void {
  if (stream.fd == null) {
    callback(invalidArgValue('fd', 'null'));
    return;
  }
  const size = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  const one = chunks.length === 1;
  const after = (error: any, bytesWritten: number = 0): void => {
    if (error?.code === 'EAGAIN') [error, bytesWritten] = [null, 0];
    if (stream.destroyed || error) {
      callback(error || destroyedError(one ? 'write' : 'writev'));
      return;
    }
    stream.bytesWritten += bytesWritten;
    if (bytesWritten >= size) {
      callback(null);
    } else if (bytesWritten === 0 && tries >= MOST_TRIES) {
      callback(coded(Error, 'ERR_SYSTEM_ERROR', `${one ? 'write' : 'writev'} failed`));
    } else {
      const rest = (one ? chunks[0] : Buffer.concat(chunks)).subarray(bytesWritten);
      writeAll(stream, [rest], at === undefined ? at : at + bytesWritten, callback, bytesWritten ? 0 : tries + 1);
    }
  };
  if (one) stream[kFs].write(stream.fd, chunks[0], 0, size, at, after);
  else stream[kFs].writev(stream.fd, chunks, at, after);
}

function writeChunks(stream: any, chunks: any[], callback: any): void {
  stream[kIsPerformingIO] = true;
  const at = stream.pos;
  if (at !== undefined) stream.pos += chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  writeAll(stream, chunks, at, (error: unknown) => {
    stream[kIsPerformingIO] = false;
    callback(error);
    if (stream.destroyed) stream.emit(kIoDone, error);
  });
}

export const WriteStream: any = function WriteStream(this: any, path: any, options: any = {}): any {
  if (!(this instanceof WriteStream)) return new WriteStream(path, options);
  const checked = streamOptions(options);
  this.flush = checked.flush ?? false;
  validateBoolean(this.flush, 'options.flush');
  const prepared = prepare(this, path, checked, 'w');
  this.bytesWritten = 0;
  const write = (data: any, encoding: any, callback: any): void => {
    writeChunks(this, [typeof data === 'string' ? Buffer.from(data, encoding) : data], callback);
  };
  const writev = (data: any[], callback: any): void => {
    writeChunks(
      this,
      data.map(({ chunk }) => chunk),
      callback
    );
  };
  Reflect.apply(Writable as any, this, [{ ...prepared, write, writev }]);
  const { encoding } = prepared;
  if (encoding !== null && encoding !== 'buffer') this.setDefaultEncoding(encoding);
};
Object.setPrototypeOf(WriteStream.prototype, Writable.prototype);
Object.setPrototypeOf(WriteStream, Writable);
defineAccessors(WriteStream.prototype, 'WriteStream', '_writableState');
WriteStream.prototype.close = function (callback: any = () => {}): void {
  if (callback) {
    if (this.closed) {
      queueMicrotask(() => callback(null));
      return;
    }
    this.on('close', callback);
  }
  if (!this.autoClose) this.on('finish', () => this.destroy());
  this.end();
};
WriteStream.prototype.destroySoon = WriteStream.prototype.end;

export function createReadStream(path: any, options: any = {}): any {
  return new ReadStream(path, options);
}

export function createWriteStream(path: any, options: any = {}): any {
  return new WriteStream(path, options);
}
