// `FileHandle`: an open file as an object, which closes it.

import { EventEmitter } from 'node-internal:events';
import { Buffer } from 'node-internal:internal_buffer';
import { kBadge, kFileHandle, validatePosition } from 'node-internal:fs_arguments';
import { badDescriptor } from 'node-internal:fs_errors';
import { Files, type FileFdHandle } from 'node-internal:fs_natives';
import { createReadStream, createWriteStream } from 'node-internal:fs_streams';
import * as sync from 'node-internal:fs_sync';
import { validateBoolean, validateObject, validateUint32 } from 'node-internal:validators';

const CHUNK = 16384;

/** The promise of what is done at once. */
function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}

export class FileHandle extends EventEmitter {
  #fd: number | undefined;
  #guard: FileFdHandle | undefined;
  [kFileHandle] = true;

  constructor(badge: unknown, fd: number) {
    if (badge !== kBadge) throw new TypeError('Illegal constructor');
    super();
    this.#fd = fd;
    this.#guard = Files.guard(fd);
  }

  get fd(): number | undefined {
    return this.#fd;
  }

  #open(): number {
    if (this.#fd === undefined) throw badDescriptor('stat');
    return this.#fd;
  }

  async appendFile(data: any, options: any = {}): Promise<void> {
    sync.appendFileSync(this.#open(), data, options);
  }

  async chmod(mode: any): Promise<void> {
    sync.fchmodSync(this.#open(), mode);
  }

  async chown(uid: any, gid: any): Promise<void> {
    sync.fchownSync(this.#open(), uid, gid);
  }

  async datasync(): Promise<void> {
    sync.fdatasyncSync(this.#open());
  }

  async sync(): Promise<void> {
    sync.fsyncSync(this.#open());
  }

  read(bufferOrOptions: any = {}, offsetOrOptions: any = {}, length?: any, position: any = null): Promise<any> {
    return promised(() => this.#read(bufferOrOptions, offsetOrOptions, length, position));
  }

  #read(bufferOrOptions: any, offsetOrOptions: any, length: any, position: any): any {
    const fd = this.#open();
    let options = bufferOrOptions;
    if (ArrayBuffer.isView(bufferOrOptions)) {
      options = { ...(typeof offsetOrOptions === 'object' ? offsetOrOptions : undefined), buffer: bufferOrOptions };
      if (typeof offsetOrOptions === 'number') Object.assign(options, { offset: offsetOrOptions, length, position });
    }
    const { buffer = Buffer.alloc(CHUNK) } = options;
    const { offset = 0 } = options;
    const count = options.length ?? buffer.byteLength - offset;
    const place = options.position ?? null;
    validateUint32(offset, 'offset');
    validateUint32(count, 'length');
    validatePosition(place, 'position');
    return { bytesRead: sync.readSync(fd, buffer, offset, count, place), buffer };
  }

  readv(buffers: any, position: any = null): Promise<any> {
    return promised(() => ({ bytesRead: sync.readvSync(this.#open(), buffers, position), buffers }));
  }

  async readFile(options: any = {}): Promise<any> {
    return sync.readFileSync(this.#open(), options);
  }

  readLines(_options: any = {}): never {
    this.#open();
    throw new Error('not implemented');
  }

  async stat(options: any = {}): Promise<any> {
    return sync.fstatSync(this.#open(), options);
  }

  async truncate(len: any = 0): Promise<void> {
    sync.ftruncateSync(this.#open(), len);
  }

  async utimes(atime: any, mtime: any): Promise<void> {
    sync.futimesSync(this.#open(), atime, mtime);
  }

  write(buffer: any, offsetPositionOrOptions: any = null, lengthOrEncoding?: any, position: any = null): Promise<any> {
    return promised(() => {
      const fd = this.#open();
      if (typeof buffer === 'string') buffer = Buffer.from(buffer, lengthOrEncoding);
      const bytesWritten = sync.writeSync(fd, buffer, offsetPositionOrOptions, lengthOrEncoding, position);
      return { bytesWritten, buffer };
    });
  }

  writev(buffers: any, position: any = null): Promise<any> {
    return promised(() => ({ bytesWritten: sync.writevSync(this.#open(), buffers, position), buffers }));
  }

  writeFile(data: any, options: any = {}): Promise<any> {
    return promised(() => {
      const bytesWritten = sync.writeFileSync(this.#open(), data, options);
      return { bytesWritten, buffer: ArrayBuffer.isView(data) ? data : Buffer.from(data, options) };
    });
  }

  close(): Promise<void> {
    return promised(() => {
      this.#guard?.close();
      this.#fd = undefined;
      this.#guard = undefined;
      (this as any).emit('close');
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  readableWebStream(options: any = {}): ReadableStream {
    this.#open();
    validateObject(options, 'options');
    const { autoClose = true } = options as any;
    validateBoolean(autoClose, 'options.autoClose');
    return webStream(this, autoClose);
  }

  createReadStream(options: any = {}): any {
    return createReadStream('', { ...options, fd: this });
  }

  createWriteStream(options: any = {}): any {
    return createWriteStream('', { ...options, fd: this });
  }
}

/** What is left of the file, as a byte stream. */
function webStream(handle: FileHandle, autoClose: boolean): ReadableStream {
  let isOver = false;
  const finish = async (): Promise<void> => {
    isOver = true;
    if (autoClose) await handle.close();
  };
  return new ReadableStream({
    type: 'bytes',
    autoAllocateChunkSize: CHUNK,
    start(controller: any): void {
      (handle as any).once('close', () => {
        if (!isOver) controller.close();
      });
    },
    async pull(controller: any): Promise<void> {
      const request = controller.byobRequest;
      const { bytesRead } = await handle.read(request.view, 0, request.view.byteLength);
      if (bytesRead === 0) {
        await finish();
        controller.close();
      }
      request.respond(bytesRead);
    },
    cancel: finish,
  } as any);
}
