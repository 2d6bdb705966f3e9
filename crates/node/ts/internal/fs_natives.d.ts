// The Worker's file system, as the internal module `node-internal:fs_natives`. Files are named by `file:` URLs or by
// descriptors; times are in milliseconds since 1970.

/** A URL, or a descriptor. */
export type Target = string | number;

/** A file (1), a directory (2) or a link (3), its size, when it was changed, whether it can be written, whether it is a device. */
export type Description = [type: number, size: number, modified: number, writable: boolean, device: boolean];

export interface FileFdHandle {
  close(): void;
}

export class Files {
  static stat(target: Target, follow: boolean): Description | undefined;
  static setModified(target: Target, time: number, follow: boolean): void;
  static truncate(target: Target, size: number): void;
  /** `how`: 1 to read, 2 to write, 4 to append, 8 to create, 16 to create and nothing else, 32 to truncate. */
  static open(url: string, how: number): number;
  static close(fd: number): void;
  /** What closes the descriptor when it is collected. */
  static guard(fd: number): FileFdHandle;
  static write(fd: number, data: ArrayBufferView[], position: number | undefined): number;
  static read(fd: number, buffers: ArrayBufferView[], position: number | undefined): number;
  static readAll(target: Target): Uint8Array<ArrayBuffer>;
  static writeAll(target: Target, data: ArrayBufferView, append: boolean, exclusive: boolean): number;
  static openAsBlob(url: string, type: string): Blob;
  static readLink(url: string, onlyLinks: boolean): string;
  static link(from: string, to: string, symbolic: boolean): void;
  static unlink(url: string): void;
  static rename(from: string, to: string): void;
  static copyFile(from: string, to: string): void;
  static makeDirectory(url: string, recursive: boolean): string | undefined;
  static makeTemporary(url: string): string | undefined;
  static remove(url: string, recursive: boolean, onlyDirectories: boolean): void;
  /** Name, directory and type of each entry, one after the other. */
  static list(url: string, recursive: boolean): (string | number)[];
  static copy(
    from: string,
    to: string,
    dereference: boolean,
    recursive: boolean,
    force: boolean,
    errorOnExist: boolean
  ): void;
  static workingDirectory(): string;
  static changeDirectory(path: string): void;
}
