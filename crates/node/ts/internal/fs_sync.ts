// The functions of `node:fs` that end in `Sync`; all others stand on them.

import { Buffer } from 'node-internal:internal_buffer';
import {
  accessMode,
  checkEncoding,
  checkOptionalEncoding,
  contentArguments,
  fileMode,
  fileOf,
  flagsOf,
  kBadge,
  located,
  placeOf,
  readArguments,
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
import { Dir, Dirent, Stats, entriesOf } from 'node-internal:fs_entries';
import { alreadyExists, badDescriptor, invalidArgument, noEntry, unsupportedOperation } from 'node-internal:fs_errors';
import { globbed } from 'node-internal:fs_glob';
import { Files } from 'node-internal:fs_natives';
import { invalidArgType, invalidArgValue } from 'node-internal:internal_errors';
import { validateBoolean, validateObject, validateOneOf, validateString, validateUint32 } from 'node-internal:validators';

export function accessAt(path: URL, mode: number): void {
  const stat = mode & c.X_OK ? undefined : Files.stat(path.href, true);
  if (stat === undefined || (mode & c.W_OK && !stat[3])) throw noEntry(path.pathname, 'access');
}

export function accessSync(path: any, mode: any = c.F_OK): void {
  accessAt(located(path), accessMode(mode));
}

export function appendFileSync(path: any, data: any, options: any = {}): number {
  const { encoding = 'utf8', mode = 0o666, flag = 'a', flush = false } = withEncoding(options);
  return writeFileSync(path, data, { encoding, mode, flag, flush });
}

/** Fails unless there is something. */
export function requireEntry(path: URL, follow: boolean, syscall: string): void {
  if (Files.stat(path.href, follow) === undefined) throw noEntry(path.pathname, syscall);
}

/** Fails unless it is open. */
export function requireOpen(fd: number, syscall: string): void {
  if (Files.stat(fd, true) === undefined) throw badDescriptor(syscall);
}

export function chmodSync(path: any, mode: any): void {
  fileMode(mode, 'mode');
  requireEntry(located(path), true, 'chmod');
}

export function chownSync(path: any, uid: any, gid: any): void {
  validateOwner(uid, gid);
  requireEntry(located(path), true, 'chown');
}

export function closeSync(fd: any): void {
  Files.close(validFd(fd));
}

const COPY_MODES = [0, c.COPYFILE_EXCL, c.COPYFILE_FICLONE_FORCE, c.COPYFILE_FICLONE];

export function checkCopy(to: any, mode: any): void {
  validateOneOf(mode, 'mode', COPY_MODES);
  if (mode & c.COPYFILE_FICLONE_FORCE) throw unsupportedOperation();
  if (mode & c.COPYFILE_EXCL && existsSync(to)) throw alreadyExists(located(to).pathname, 'copyFile');
}

export function copyFileSync(src: any, dest: any, mode: any = 0): void {
  checkCopy(dest, mode);
  const from = located(src);
  Files.copyFile(from.href, located(dest).href);
}

/** The options of `cp`, in the order in which natives take them. */
export function copyOptions(options: any): [boolean, boolean, boolean, boolean] {
  validateObject(options, 'options');
  const values: any = {
    dereference: false,
    errorOnExist: false,
    force: true,
    preserveTimestamps: false,
    recursive: false,
    verbatimSymlinks: false,
  };
  for (const name of Object.keys(values)) {
    const value = (options as any)[name];
    if (value !== undefined) values[name] = value;
    validateBoolean(values[name], `options.${name}`);
  }
  const { mode = 0, filter } = options as any;
  validateUint32(mode, 'options.mode');
  if (mode & c.COPYFILE_FICLONE_FORCE) {
    throw invalidArgValue('options.mode', 'COPYFILE_FICLONE_FORCE is not supported');
  }
  if (filter !== undefined) {
    if (typeof filter !== 'function') throw invalidArgType('options.filter', 'function', filter);
    throw unsupportedOperation();
  }
  return [values.dereference, values.recursive, values.force, values.errorOnExist];
}

export function cpSync(src: any, dest: any, options: any = {}): void {
  const values = copyOptions(options);
  const from = located(src);
  Files.copy(from.href, located(dest).href, ...values);
}

export function existsSync(path: any): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

export function fchmodSync(fd: any, mode: any): void {
  fd = validFd(fd);
  fileMode(mode, 'mode');
  requireOpen(fd, 'fchmod');
}

export function fchownSync(fd: any, uid: any, gid: any): void {
  validateOwner(uid, gid);
  requireOpen(validFd(fd), 'fchown');
}

export function fdatasyncSync(fd: any): void {
  requireOpen(validFd(fd), 'datasync');
}

export function fsyncSync(fd: any): void {
  requireOpen(validFd(fd), 'sync');
}

export interface StatArguments {
  bigint: boolean;
  throwIfNoEntry: boolean;
}

export function statOptions(options: any = {}): StatArguments {
  validateObject(options, 'options');
  const { bigint = false, throwIfNoEntry = true } = options as any;
  validateBoolean(bigint, 'options.bigint');
  validateBoolean(throwIfNoEntry, 'options.throwIfNoEntry');
  return { bigint, throwIfNoEntry };
}

export function statFd(fd: unknown): number {
  if (typeof fd !== 'number') throw invalidArgType('fd', 'number', fd);
  return validFd(fd);
}

export function fstatSync(fd: any, options: any = {}): Stats {
  const { bigint } = statOptions(options);
  const stat = Files.stat(statFd(fd), true);
  if (stat === undefined) throw badDescriptor('stat');
  return new Stats(kBadge, stat, { bigint });
}

function statAt(path: any, options: any, follow: boolean, syscall: string): Stats | undefined {
  const { bigint, throwIfNoEntry } = statOptions(options);
  const file = fileOf(path);
  const stat = Files.stat(targetOf(file), follow);
  if (stat !== undefined) return new Stats(kBadge, stat, { bigint });
  if (throwIfNoEntry) throw noEntry((file as URL).pathname, syscall);
  return undefined;
}

export function lstatSync(path: any, options: any = {}): Stats | undefined {
  return statAt(path, options, false, 'lstat');
}

export function statSync(path: any, options: any = {}): Stats | undefined {
  return statAt(path, options, true, 'stat');
}

export function ftruncateSync(fd: any, len: any = 0): void {
  validateUint32(len, 'len');
  Files.truncate(validFd(fd), len);
}

export function truncateSync(path: any, len: any = 0): void {
  validateUint32(len, 'len');
  Files.truncate(located(path).href, len);
}

/** Sets the time of the last change; that of the last access is not kept. */
function setTimes(file: () => URL | number, atime: any, mtime: any, follow: boolean): void {
  timeOf(atime);
  const time = timeOf(mtime).getTime();
  Files.setModified(targetOf(file()), time, follow);
}

export function futimesSync(fd: any, atime: any, mtime: any): void {
  setTimes(() => validFd(fd), atime, mtime, true);
}

export function lutimesSync(path: any, atime: any, mtime: any): void {
  setTimes(() => located(path), atime, mtime, false);
}

export function utimesSync(path: any, atime: any, mtime: any): void {
  setTimes(() => located(path), atime, mtime, true);
}

export function lchmodSync(path: any, mode: any): void {
  fileMode(mode, 'mode');
  requireEntry(located(path), false, 'lchmod');
}

export function lchownSync(path: any, uid: any, gid: any): void {
  validateOwner(uid, gid);
  requireEntry(located(path), false, 'lchown');
}

export function linkSync(existingPath: any, newPath: any): void {
  const link = located(newPath);
  Files.link(link.href, located(existingPath).href, false);
}

export function symlinkSync(target: any, path: any, type: any = null): void {
  validateOneOf(type, 'type', ['dir', 'file', 'junction', null]);
  const link = located(path);
  Files.link(link.href, located(target).href, true);
}

export function mkdirOptions(options: any): boolean {
  if (typeof options === 'number') options = { mode: options };
  validateObject(options, 'options');
  const { recursive = false, mode = 0o777 } = options as any;
  validateBoolean(recursive, 'options.recursive');
  fileMode(mode, 'mode');
  return recursive;
}

export function mkdirSync(path: any, options: any = {}): string | undefined {
  const recursive = mkdirOptions(options);
  return Files.makeDirectory(located(path).href, recursive);
}

export function mkdtempSync(prefix: any, options: any = {}): string {
  options = withEncoding(options);
  validateObject(options, 'options');
  const { encoding = 'utf8' } = options as any;
  checkEncoding(encoding);
  const path = Files.makeTemporary(located(prefix, encoding).href);
  if (path === undefined) throw invalidArgument('mkdtemp');
  return path;
}

export function opendirOptions(options: any): { encoding: any; recursive: boolean } {
  validateObject(options, 'options');
  const { encoding = 'utf8', bufferSize = 32, recursive = false } = options as any;
  checkEncoding(encoding);
  validateUint32(bufferSize, 'options.bufferSize');
  validateBoolean(recursive, 'options.recursive');
  return { encoding, recursive };
}

export function opendirSync(path: any, options: any = {}): Dir {
  const { encoding, recursive } = opendirOptions(options);
  return new Dir(entriesOf(located(path), recursive), path, { encoding });
}

export function openSync(path: any, flags: any = 'r', mode: any = 0o666): number {
  fileMode(mode, 'mode', 0o666);
  const number = flagsOf(flags);
  const has = (flag: number, bit: number): number => ((number & flag) !== 0 ? bit : 0);
  const both = has(c.O_RDWR, 3);
  const one = both || has(c.O_WRONLY, 2) || 1;
  const more = has(c.O_APPEND, 4) | has(c.O_CREAT, 8) | has(c.O_EXCL, 16) | has(c.O_TRUNC, 32);
  return Files.open(located(path).href, one | more);
}

export interface ReaddirArguments {
  encoding: any;
  withFileTypes: boolean;
  recursive: boolean;
}

export function readdirOptions(options: any): ReaddirArguments {
  options = withEncoding(options);
  validateObject(options, 'options');
  const { encoding = 'utf8', withFileTypes = false, recursive = false } = options as any;
  checkEncoding(encoding);
  validateBoolean(withFileTypes, 'options.withFileTypes');
  validateBoolean(recursive, 'options.recursive');
  return { encoding, withFileTypes, recursive };
}

export function readdirSync(path: any, options: any = {}): any[] {
  const { encoding, withFileTypes, recursive } = readdirOptions(options);
  const entries = entriesOf(located(path), recursive);
  if (withFileTypes) {
    return entries.map(({ name, type, parentPath }) => {
      return new Dirent(encoding === 'buffer' ? Buffer.from(name) : name, type, parentPath);
    });
  }
  return entries.map(({ name }) => encoded(name, encoding));
}

/** A text in another encoding. */
function encoded(text: string, encoding: any): any {
  const buffer = Buffer.from(text);
  return encoding === 'buffer' ? buffer : buffer.toString(encoding);
}

export function readFileOptions(options: any): any {
  options = withEncoding(options);
  validateObject(options, 'options');
  const { encoding = null, flag = 'r' } = options as any;
  checkOptionalEncoding(encoding);
  flagsOf(flag);
  return encoding;
}

export function readFileSync(pathOrFd: any, options: any = {}): any {
  const encoding = readFileOptions(options);
  const bytes = Files.readAll(targetOf(fileOf(pathOrFd)));
  const buffer = Buffer.from(bytes.buffer as any, bytes.byteOffset, bytes.byteLength);
  return typeof encoding === 'string' ? buffer.toString(encoding as any) : buffer;
}

function linkOptions(options: any): any {
  options = withEncoding(options);
  validateObject(options, 'options');
  const { encoding = 'utf8' } = options as any;
  checkEncoding(encoding);
  return encoding;
}

export function readlinkSync(path: any, options: any = {}): any {
  const encoding = linkOptions(options);
  return Buffer.from(Files.readLink(located(path).href, true)).toString(encoding);
}

export function realpathSync(p: any, options: any = {}): any {
  const encoding = linkOptions(options);
  return Buffer.from(Files.readLink(located(p).href, false)).toString(encoding);
}
realpathSync.native = realpathSync;

export function readSync(fd: any, buffer: any, offsetOrOptions: any = {}, length?: any, position: any = null): number {
  fd = validFd(fd);
  const [view, place] = readArguments(buffer, offsetOrOptions, length, position);
  return view.byteLength === 0 ? 0 : Files.read(fd, [view], placeOf(place));
}

export function readvSync(fd: any, buffers: any, position: any = null): number {
  fd = validFd(fd);
  validateBuffers(buffers);
  validatePosition(position, 'position');
  return buffers.length === 0 ? 0 : Files.read(fd, buffers, placeOf(position));
}

export function renameSync(src: any, dest: any): void {
  const from = located(src);
  Files.rename(from.href, located(dest).href);
}

export function removeOptions(options: any): { recursive: boolean; force: boolean } {
  validateObject(options, 'options');
  const { force = false, maxRetries = 0, recursive = false, retryDelay = 0 } = options as any;
  validateBoolean(force, 'options.force');
  validateUint32(maxRetries, 'options.maxRetries');
  validateBoolean(recursive, 'options.recursive');
  validateUint32(retryDelay, 'options.retryDelay');
  return { recursive, force };
}

export function rmdirOptions(options: any): boolean {
  validateObject(options, 'options');
  const { maxRetries = 0, recursive = false, retryDelay = 0 } = options as any;
  validateUint32(maxRetries, 'options.maxRetries');
  validateBoolean(recursive, 'options.recursive');
  validateUint32(retryDelay, 'options.retryDelay');
  return recursive;
}

export function rmdirSync(path: any, options: any = {}): void {
  const recursive = rmdirOptions(options);
  Files.remove(located(path).href, recursive, true);
}

export function rmSync(path: any, options: any = {}): void {
  const { recursive } = removeOptions(options);
  Files.remove(located(path).href, recursive, false);
}

export function statfsSync(path: any, options: any = {}): any {
  located(path);
  validateObject(options, 'options');
  const { bigint = false } = options as any;
  validateBoolean(bigint, 'options.bigint');
  const none: any = bigint ? 0n : 0;
  return { type: none, bsize: none, blocks: none, bfree: none, bavail: none, files: none, ffree: none };
}

export function unlinkSync(path: any): void {
  Files.unlink(located(path).href);
}

export function writeFileSync(path: any, data: any, options: any = {}): number {
  const file = fileOf(path);
  const content = contentArguments(data, options);
  return Files.writeAll(targetOf(file), content.data, content.append, content.exclusive);
}

export function writeSync(fd: any, buffer: any, offsetOrOptions: any = null, length?: any, position?: any): number {
  fd = validFd(fd);
  const [view, place] = writeArguments(buffer, offsetOrOptions, length, position);
  return writevSync(fd, [view], place);
}

export function writevSync(fd: any, buffers: any, position: any = null): number {
  fd = validFd(fd);
  validateBuffers(buffers);
  validatePosition(position, 'position');
  return buffers.length === 0 ? 0 : Files.write(fd, buffers, placeOf(position));
}

export function globSync(pattern: any, options: any = {}): any[] {
  return globbed(pattern, options);
}

export function openAsBlob(path: any, options: any = {}): Blob {
  const file = located(path);
  validateObject(options, 'options');
  const { type = '' } = options as any;
  validateString(type, 'options.type');
  return Files.openAsBlob(file.href, type);
}
