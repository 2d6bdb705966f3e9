// `node:fs/promises`.

import { kBadge } from 'node-internal:fs_arguments';
import * as constants from 'node-internal:fs_constants';
import { FileHandle } from 'node-internal:fs_handle';
import * as sync from 'node-internal:fs_sync';

export { constants, FileHandle };

/** The promise of what is done at once. */
function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}

/** As `promised`, where there is nothing to tell but failures. */
function done(work: () => unknown): Promise<void> {
  return promised(() => void work());
}

export function access(path: any, mode: any = constants.F_OK): Promise<void> {
  return done(() => sync.accessSync(path, mode));
}

export function appendFile(path: any, data: any, options: any = {}): Promise<void> {
  return done(() => sync.appendFileSync(path, data, options));
}

export function chmod(path: any, mode: any): Promise<void> {
  return done(() => sync.chmodSync(path, mode));
}

export function chown(path: any, uid: any, gid: any): Promise<void> {
  return done(() => sync.chownSync(path, uid, gid));
}

export function copyFile(src: any, dest: any, mode: any): Promise<void> {
  return done(() => sync.copyFileSync(src, dest, mode));
}

export function cp(src: any, dest: any, options: any): Promise<void> {
  return done(() => sync.cpSync(src, dest, options));
}

export async function* glob(pattern: any, options: any = {}): AsyncGenerator<any> {
  for (const result of await promised(() => sync.globSync(pattern, options))) yield result;
}

export function lchmod(path: any, mode: any): Promise<void> {
  return done(() => sync.lchmodSync(path, mode));
}

export function lchown(path: any, uid: any, gid: any): Promise<void> {
  return done(() => sync.lchownSync(path, uid, gid));
}

export function link(existingPath: any, newPath: any): Promise<void> {
  return done(() => sync.linkSync(existingPath, newPath));
}

export function lstat(path: any, options: any = {}): Promise<any> {
  return promised(() => sync.lstatSync(path, options));
}

export function lutimes(path: any, atime: any, mtime: any): Promise<void> {
  return done(() => sync.lutimesSync(path, atime, mtime));
}

export function mkdir(path: any, options: any = {}): Promise<string | undefined> {
  return promised(() => sync.mkdirSync(path, options));
}

export function mkdtemp(prefix: any, options: any = {}): Promise<string> {
  return promised(() => sync.mkdtempSync(prefix, options));
}

export function open(path: any, flags: any, mode: any): Promise<FileHandle> {
  return promised(() => new FileHandle(kBadge, sync.openSync(path, flags, mode)));
}

export function opendir(path: any, options: any = {}): Promise<any> {
  return promised(() => sync.opendirSync(path, options));
}

export function readFile(path: any, options: any = {}): Promise<any> {
  return promised(() => sync.readFileSync(path, options));
}

export function readdir(path: any, options: any = {}): Promise<any[]> {
  return promised(() => sync.readdirSync(path, options));
}

export function readlink(path: any, options: any = {}): Promise<any> {
  return promised(() => sync.readlinkSync(path, options));
}

export function realpath(path: any, options: any = {}): Promise<any> {
  return promised(() => sync.realpathSync(path, options));
}

export function rename(oldPath: any, newPath: any): Promise<void> {
  return done(() => sync.renameSync(oldPath, newPath));
}

export function rm(path: any, options: any = {}): Promise<void> {
  return done(() => sync.rmSync(path, options));
}

export function rmdir(path: any, options: any): Promise<void> {
  return done(() => sync.rmdirSync(path, options));
}

export function stat(path: any, options: any = {}): Promise<any> {
  return promised(() => sync.statSync(path, options));
}

export function statfs(path: any, options: any = {}): Promise<any> {
  return promised(() => sync.statfsSync(path, options));
}

export function symlink(target: any, path: any, type: any = null): Promise<void> {
  return done(() => sync.symlinkSync(target, path, type));
}

export function truncate(path: any, len: any = 0): Promise<void> {
  return done(() => sync.truncateSync(path, len));
}

export function unlink(path: any): Promise<void> {
  return done(() => sync.unlinkSync(path));
}

export function utimes(path: any, atime: any, mtime: any): Promise<void> {
  return done(() => sync.utimesSync(path, atime, mtime));
}

export function watch(): never {
  throw new Error('Not implemented');
}

export function writeFile(path: any, data: any, options: any = {}): Promise<void> {
  return done(() => sync.writeFileSync(path, data, options));
}
