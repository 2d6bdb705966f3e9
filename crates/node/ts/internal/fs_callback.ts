// The functions of `node:fs` with callbacks. The work is done at once, since it is all in memory; callbacks come later.

import { Buffer } from 'node-internal:internal_buffer';
import {
  accessMode,
  checkOptionalEncoding,
  contentArguments,
  fileMode,
  fileOf,
  flagsOf,
  located,
  requireView,
  targetOf,
  timeOf,
  validFd,
  validateBuffers,
  validateOwner,
  validatePosition,
  withEncoding,
  writeArguments,
} from 'node-internal:fs_arguments';
import * as c from 'node-internal:fs_constants';
import { unsupportedOperation } from 'node-internal:fs_errors';
import { Files } from 'node-internal:fs_natives';
import * as sync from 'node-internal:fs_sync';
import { invalidArgType, invalidArgValue } from 'node-internal:internal_errors';
import { validateObject, validateOneOf, validateUint32 } from 'node-internal:validators';

function requireCallback(callback: unknown): asserts callback is Function {
  if (typeof callback !== 'function') throw invalidArgType('callback', ['function'], callback);
}

/** Does it, and tells the callback of the results, which follow the error. */
function tell(work: () => unknown[], callback: any): void {
  requireCallback(callback);
  let answer: unknown[];
  try {
    answer = [null, ...work()];
  } catch (error) {
    answer = [error];
  }
  queueMicrotask(() => callback(...answer));
}

/** As `tell`, where there is nothing to tell but failures. */
function tellDone(work: () => unknown, callback: any): void {
  tell(() => {
    work();
    return [];
  }, callback);
}

/** As `tell`, of one result. */
function tellOne(work: () => unknown, callback: any): void {
  tell(() => [work()], callback);
}

/** Options and callback, of which the first may be left out. */
function optional(given: any, callback: any, missing: any): [any, any] {
  return typeof given === 'function' ? [missing, given] : [given, callback];
}

export function access(path: any, modeOrCallback: any = c.F_OK, callback?: any): void {
  const [mode, done] = optional(modeOrCallback, callback, c.F_OK);
  const file = located(path);
  const number = accessMode(mode);
  tellDone(() => sync.accessAt(file, number), done);
}

export function exists(path: any, callback: any): void {
  queueMicrotask(() => callback(sync.existsSync(path)));
}

export function appendFile(path: any, data: any, optionsOrCallback: any, callback?: any): void {
  const [options, done] = optional(optionsOrCallback, callback, { encoding: 'utf8', flag: 'a' });
  writeFile(path, data, options, done);
}

export function chmod(path: any, mode: any, callback: any): void {
  fileMode(mode, 'mode');
  const file = located(path);
  tellDone(() => sync.requireEntry(file, true, 'chmod'), callback);
}

export function chown(path: any, uid: any, gid: any, callback: any): void {
  validateOwner(uid, gid);
  const file = located(path);
  tellDone(() => sync.requireEntry(file, true, 'chown'), callback);
}

export function close(fd: any, callback: any = () => {}): void {
  fd = validFd(fd);
  tellDone(() => sync.closeSync(fd), callback);
}

export function copyFile(src: any, dest: any, modeOrCallback: any = 0, callback?: any): void {
  const [mode, done] = optional(modeOrCallback, callback, 0);
  const [from, to] = [located(src), located(dest)];
  sync.checkCopy(to, mode);
  tellDone(() => sync.copyFileSync(from, to, mode), done);
}

export function cp(src: any, dest: any, optionsOrCallback: any, callback?: any): void {
  const [options, done] = optional(optionsOrCallback, callback, {});
  const values = sync.copyOptions(options);
  const [from, to] = [located(src), located(dest)];
  tellDone(() => Files.copy(from.href, to.href, ...values), done);
}

export function fchmod(fd: any, mode: any, callback: any): void {
  fd = validFd(fd);
  fileMode(mode, 'mode');
  tellDone(() => sync.fchmodSync(fd, mode), callback);
}

export function fchown(fd: any, uid: any, gid: any, callback: any): void {
  validateOwner(uid, gid);
  fd = validFd(fd);
  tellDone(() => sync.fchownSync(fd, uid, gid), callback);
}

export function fdatasync(fd: any, callback: any): void {
  validFd(fd);
  tellDone(() => sync.fdatasyncSync(fd), callback);
}

export function fstat(fd: any, optionsOrCallback: any, callback?: any): void {
  const [options, done] = optional(optionsOrCallback, callback, {});
  sync.statOptions(options);
  sync.statFd(fd);
  tellOne(() => sync.fstatSync(fd, options), done);
}

export function fsync(fd: any, callback: any = () => {}): void {
  validFd(fd);
  tellDone(() => sync.fsyncSync(fd), callback);
}

export function ftruncate(fd: any, lenOrCallback: any, callback?: any): void {
  const [len, done] = optional(lenOrCallback, callback, 0);
  fd = validFd(fd);
  validateUint32(len, 'len');
  tellDone(() => sync.ftruncateSync(fd, len), done);
}

export function futimes(fd: any, atime: any, mtime: any, callback: any): void {
  fd = validFd(fd);
  [atime, mtime] = [timeOf(atime), timeOf(mtime)];
  tellDone(() => sync.futimesSync(fd, atime, mtime), callback);
}

export function lchmod(path: any, mode: any, callback: any): void {
  fileMode(mode, 'mode');
  const file = located(path);
  tellDone(() => sync.requireEntry(file, false, 'lchmod'), callback);
}

export function lchown(path: any, uid: any, gid: any, callback: any): void {
  validateOwner(uid, gid);
  const file = located(path);
  tellDone(() => sync.requireEntry(file, false, 'lchown'), callback);
}

export function lutimes(path: any, atime: any, mtime: any, callback: any): void {
  [atime, mtime] = [timeOf(atime), timeOf(mtime)];
  const file = located(path);
  tellDone(() => sync.lutimesSync(file, atime, mtime), callback);
}

export function link(src: any, dest: any, callback: any): void {
  const [from, to] = [located(src), located(dest)];
  tellDone(() => sync.linkSync(from, to), callback);
}

export function lstat(path: any, optionsOrCallback: any, callback?: any): void {
  const [options, done] = optional(optionsOrCallback, callback, {});
  sync.statOptions(options);
  const file = fileOf(path);
  tellOne(() => sync.lstatSync(file, options), done);
}

export function mkdir(path: any, optionsOrCallback: any, callback?: any): void {
  const [options, done] = optional(optionsOrCallback, callback, {});
  const recursive = sync.mkdirOptions(options);
  const file = located(path);
  tellOne(() => sync.mkdirSync(file, { recursive }), done);
}

export function mkdtemp(prefix: any, optionsOrCallback: any, callback?: any): void {
  const [given, done] = optional(optionsOrCallback, callback, {});
  const options = withEncoding(given);
  validateObject(options, 'options');
  checkOptionalEncoding((options as any).encoding ?? null);
  tellOne(() => sync.mkdtempSync(prefix, options), done);
}

export function open(path: any, flagsOrCallback: any = 'r', modeOrCallback: any = 0o666, callback?: any): void {
  let [flags, mode, done] = [flagsOrCallback, modeOrCallback, callback];
  if (typeof flagsOrCallback === 'function') [flags, mode, done] = ['r', 0o666, flagsOrCallback];
  else if (typeof modeOrCallback === 'function') [mode, done] = [0o666, modeOrCallback];
  const file = located(path);
  fileMode(mode, 'mode');
  flags = flagsOf(flags);
  tellOne(() => sync.openSync(file, flags, mode), done);
}

export function opendir(path: any, optionsOrCallback: any, callback?: any): void {
  const [options, done] = optional(optionsOrCallback, callback, {});
  const checked = sync.opendirOptions(options);
  const file = located(path);
  tellOne(() => sync.opendirSync(file, checked), done);
}

/** Buffer, offset, length, position and callback of a read. */
function readCall(args: any[]): [any, number, number, any, any] {
  let [buffer, offset, length, position, callback] = args;
  const isOptions = (value: any): boolean => value != null && typeof value === 'object' && !ArrayBuffer.isView(value);
  let options: any;
  if (typeof buffer === 'function') [options, callback] = [{}, buffer];
  else if (isOptions(buffer)) [options, callback] = [buffer, offset];
  else if (isOptions(offset)) [options, callback] = [{ ...offset, buffer }, length];
  if (options !== undefined) {
    ({ buffer = Buffer.alloc(16384), position = null } = options);
    requireView(buffer, 'options.buffer');
    ({ offset = 0, length = buffer.byteLength - offset } = options);
    validateUint32(offset, 'options.offset');
    validateUint32(length, 'options.length');
    validatePosition(position, 'options.position');
    requireCallback(callback);
    return [buffer, offset, length, position, callback];
  }
  if (typeof offset === 'function') [offset, length, position, callback] = [0, undefined, null, offset];
  else if (typeof length === 'function') [length, position, callback] = [undefined, null, length];
  else if (typeof position === 'function') [position, callback] = [null, position];
  requireView(buffer);
  requireCallback(callback);
  offset = typeof offset === 'number' ? offset : 0;
  position ??= null;
  validatePosition(position, 'position');
  return [buffer, offset, length ?? buffer.byteLength - offset, position, callback];
}

export function read(fd: any, bufferOptionsOrCallback: any, offset?: any, length?: any, position?: any, callback?: any): void {
  const [buffer, start, count, place, done] = readCall([bufferOptionsOrCallback, offset, length, position, callback]);
  if (start < 0 || count < 0 || start + count > buffer.byteLength) {
    throw invalidArgValue('offset', 'must be >= 0 and <= buffer.length');
  }
  if (count === 0) queueMicrotask(() => done(null, 0, buffer));
  else tell(() => [sync.readSync(fd, buffer, { offset: start, length: count, position: place }), buffer], done);
}

export function readdir(path: any, optionsOrCallback: any, callback?: any): void {
  const [options, done] = optional(optionsOrCallback, callback, {});
  const checked = sync.readdirOptions(options);
  const file = located(path);
  tellOne(() => sync.readdirSync(file, checked), done);
}

export function readFile(path: any, optionsOrCallback: any, callback?: any): void {
  const [options, done] = optional(optionsOrCallback, callback, {});
  sync.readFileOptions(options);
  tellOne(() => sync.readFileSync(path, options), done);
}

function linkEncoding(options: any): any {
  options = withEncoding(options);
  validateObject(options, 'options');
  const { encoding = 'utf8' } = options as any;
  checkOptionalEncoding(encoding);
  return { encoding };
}

export function readlink(path: any, optionsOrCallback: any, callback?: any): void {
  const [options, done] = optional(optionsOrCallback, callback, {});
  const file = located(path);
  const checked = linkEncoding(options);
  tellOne(() => sync.readlinkSync(file, checked), done);
}

export function readv(fd: any, buffers: any, positionOrCallback: any, callback?: any): void {
  const [position, done] = optional(positionOrCallback, callback, null);
  requireCallback(done);
  validatePosition(position, 'position');
  tell(() => [sync.readvSync(fd, buffers, position), buffers], done);
}

export function realpath(path: any, optionsOrCallback: any, callback?: any): void {
  const [options, done] = optional(optionsOrCallback, callback, {});
  const checked = linkEncoding(options);
  const file = located(path);
  tellOne(() => sync.realpathSync(file, checked), done);
}
realpath.native = realpath;

export function rename(oldPath: any, newPath: any, callback: any): void {
  const [from, to] = [located(oldPath), located(newPath)];
  tellDone(() => sync.renameSync(from, to), callback);
}

export function rmdir(path: any, optionsOrCallback: any, callback?: any): void {
  const [options, done] = optional(optionsOrCallback, callback, {});
  const recursive = sync.rmdirOptions(options);
  const file = located(path);
  tellDone(() => sync.rmdirSync(file, { recursive }), done);
}

export function rm(path: any, optionsOrCallback: any, callback?: any): void {
  const [options, done] = optional(optionsOrCallback, callback, {});
  const checked = sync.removeOptions(options);
  const file = located(path);
  tellDone(() => sync.rmSync(file, checked), done);
}

export function stat(path: any, optionsOrCallback: any, callback?: any): void {
  const [options, done] = optional(optionsOrCallback, callback, {});
  sync.statOptions(options);
  const file = fileOf(path);
  tellOne(() => sync.statSync(file, options), done);
}

export function statfs(path: any, optionsOrCallback: any, callback?: any): void {
  const [options, done] = optional(optionsOrCallback, callback, {});
  const file = located(path);
  sync.statfsSync(file, options);
  tellOne(() => sync.statfsSync(file, options), done);
}

export function symlink(target: any, path: any, typeOrCallback: any, callback?: any): void {
  const [type, done] = optional(typeOrCallback, callback, null);
  const [to, from] = [located(target), located(path)];
  if (type != null) validateOneOf(type, 'type', ['dir', 'file', 'junction', null]);
  tellDone(() => sync.symlinkSync(to, from, type), done);
}

export function truncate(path: any, lenOrCallback: any, callback?: any): void {
  const [len, done] = optional(lenOrCallback, callback, 0);
  const file = located(path);
  validateUint32(len, 'len');
  tellDone(() => sync.truncateSync(file, len), done);
}

export function unlink(path: any, callback: any): void {
  const file = located(path);
  tellDone(() => sync.unlinkSync(file), callback);
}

export function utimes(path: any, atime: any, mtime: any, callback: any): void {
  [atime, mtime] = [timeOf(atime), timeOf(mtime)];
  const file = located(path);
  tellDone(() => sync.utimesSync(file, atime, mtime), callback);
}

export function write(fd: any, buffer: any, offset?: any, lengthOrEncoding?: any, position?: any, callback?: any): void {
  const args = [offset, lengthOrEncoding, position];
  for (let i = 0; i < args.length; i++) {
    if (typeof args[i] !== 'function') continue;
    callback = args[i];
    args[i] = undefined;
  }
  requireCallback(callback);
  let [start, count, place] = args;
  if (typeof buffer === 'string') {
    const encoding = typeof count === 'string' ? count : 'utf8';
    if (typeof count === 'string') count = undefined;
    buffer = Buffer.from(buffer, encoding as any);
  }
  fd = validFd(fd);
  const [view, at] = writeArguments(buffer, start, count, place);
  tell(() => [sync.writevSync(fd, [view], at), buffer], callback);
}

export function writeFile(path: any, data: any, optionsOrCallback: any, callback?: any): void {
  const [options, done] = optional(optionsOrCallback, callback, {});
  const file = fileOf(path);
  const content = contentArguments(data, options);
  tellOne(() => Files.writeAll(targetOf(file), content.data, content.append, content.exclusive), done);
}

export function writev(fd: any, buffers: any, positionOrCallback?: any, callback?: any): void {
  const [position, done] = optional(positionOrCallback, callback, null);
  requireCallback(done);
  fd = validFd(fd);
  validateBuffers(buffers);
  validatePosition(position, 'position');
  tell(() => [sync.writevSync(fd, buffers, position), buffers], done);
}

export function unwatchFile(): void {
  throw unsupportedOperation();
}

export function watch(): void {
  throw unsupportedOperation();
}

export function watchFile(): void {
  throw unsupportedOperation();
}

export function glob(pattern: any, optionsOrCallback: any, callback?: any): void {
  const [options, done] = optional(optionsOrCallback, callback, {});
  tellOne(() => sync.globSync(pattern, options), done);
}
