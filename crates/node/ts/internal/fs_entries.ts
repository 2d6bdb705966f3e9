// What is known of files and directories: `Stats`, `Dirent` and `Dir`.

import { Buffer } from 'node-internal:internal_buffer';
import * as c from 'node-internal:fs_constants';
import { kBadge } from 'node-internal:fs_arguments';
import { coded, missingArgs } from 'node-internal:internal_errors';
import { Files, type Description } from 'node-internal:fs_natives';
import { validateObject, validateString } from 'node-internal:validators';

const MODES = [0, c.S_IFREG, c.S_IFDIR, c.S_IFLNK];

export class Stats {
  [key: string]: any;

  constructor(badge: unknown, stat: Description, options: { bigint: boolean }) {
    if (badge !== kBadge) throw new TypeError('Illegal constructor');
    const [type, size, modified, writable, device] = stat;
    const mode = 0o444 | (writable ? 0o222 : 0) | (device ? c.S_IFCHR : MODES[type]!);
    const number: any = options.bigint ? BigInt : Number;
    this.dev = number(device);
    this.ino = number(0);
    this.mode = number(mode);
    this.nlink = number(1);
    this.uid = number(0);
    this.gid = number(0);
    this.rdev = number(0);
    this.size = number(size);
    this.blksize = number(0);
    this.blocks = number(0);
    this.atimeMs = number(0);
    this.mtimeMs = number(modified);
    this.ctimeMs = number(modified);
    this.birthtimeMs = number(0);
    const nanoseconds = (time: number): bigint | undefined => (options.bigint ? BigInt(time) * 1_000_000n : undefined);
    this.atimeNs = nanoseconds(0);
    this.mtimeNs = nanoseconds(modified);
    this.ctimeNs = nanoseconds(modified);
    this.birthtimeNs = nanoseconds(0);
    this.atime = new Date(0);
    this.mtime = new Date(modified);
    this.ctime = new Date(modified);
    this.birthtime = new Date(0);
  }

  isBlockDevice(): boolean {
    return is(this, c.S_IFBLK);
  }

  isCharacterDevice(): boolean {
    return is(this, c.S_IFCHR);
  }

  isDirectory(): boolean {
    return is(this, c.S_IFDIR);
  }

  isFIFO(): boolean {
    return is(this, c.S_IFIFO);
  }

  isFile(): boolean {
    return is(this, c.S_IFREG);
  }

  isSocket(): boolean {
    return is(this, c.S_IFSOCK);
  }

  isSymbolicLink(): boolean {
    return is(this, c.S_IFLNK);
  }
}

function is(stats: Stats, type: number): boolean {
  return (Number(stats.mode) & c.S_IFMT) === type;
}

const kType = Symbol('type');

export class Dirent {
  name: any;
  parentPath: any;
  private [kType]: number;

  constructor(name: any, type: number, path: any) {
    this.name = name;
    this.parentPath = path;
    this[kType] = type;
  }

  isDirectory(): boolean {
    return this[kType] === c.UV_DIRENT_DIR;
  }

  isFile(): boolean {
    return this[kType] === c.UV_DIRENT_FILE;
  }

  isBlockDevice(): boolean {
    return this[kType] === c.UV_DIRENT_BLOCK;
  }

  isCharacterDevice(): boolean {
    return this[kType] === c.UV_DIRENT_CHAR;
  }

  isSymbolicLink(): boolean {
    return this[kType] === c.UV_DIRENT_LINK;
  }

  isFIFO(): boolean {
    return this[kType] === c.UV_DIRENT_FIFO;
  }

  isSocket(): boolean {
    return this[kType] === c.UV_DIRENT_SOCKET;
  }
}

/** An entry of a directory. */
export interface Entry {
  name: string;
  parentPath: string;
  type: number;
}

export function entriesOf(path: URL, recursive: boolean): Entry[] {
  const list = Files.list(path.href, recursive);
  const entries: Entry[] = [];
  for (let i = 0; i < list.length; i += 3) {
    entries.push({ name: list[i] as string, parentPath: list[i + 1] as string, type: list[i + 2] as number });
  }
  return entries;
}

function dirClosed(): Error {
  return coded(Error, 'ERR_DIR_CLOSED', 'Directory is closed');
}

/** A directory that is read entry by entry: what was there when it was opened. */
export class Dir {
  #entries: Entry[] | undefined;
  #encoding: any;
  #path: unknown;

  constructor(entries: Entry[] | undefined, path: unknown, options: { encoding?: any }) {
    if (entries == null) throw missingArgs('handle');
    this.#entries = entries;
    this.#path = path;
    validateObject(options, 'options');
    const { encoding = 'utf8' } = options;
    validateString(encoding, 'options.encoding');
    this.#encoding = encoding;
  }

  get path(): unknown {
    return this.#path;
  }

  read(callback?: any): any {
    if (typeof callback === 'function') {
      try {
        const entry = this.readSync();
        queueMicrotask(() => callback(null, entry));
      } catch (error) {
        queueMicrotask(() => callback(error, null));
      }
      return undefined;
    }
    try {
      return Promise.resolve(this.readSync());
    } catch (error) {
      return Promise.reject(error);
    }
  }

  readSync(): Dirent | null {
    if (this.#entries === undefined) throw dirClosed();
    const entry = this.#entries.shift();
    if (entry === undefined) return null;
    const name = Buffer.from(entry.name);
    return new Dirent(this.#encoding === 'buffer' ? name : name.toString(this.#encoding), entry.type, entry.parentPath);
  }

  close(callback?: any): any {
    this.closeSync();
    if (typeof callback !== 'function') return Promise.resolve();
    queueMicrotask(() => callback(null));
    return undefined;
  }

  closeSync(): void {
    if (this.#entries === undefined) throw dirClosed();
    this.#entries = undefined;
  }

  async *entries(): AsyncGenerator<Dirent, unknown, unknown> {
    for (;;) {
      const entry = await this.read();
      if (entry === null) return;
      yield entry;
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<Dirent, unknown, unknown> {
    return this.entries();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }
}
