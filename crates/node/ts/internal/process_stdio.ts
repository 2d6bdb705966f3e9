// The standard streams of `process`: input is at its end, output is printed by lines with the name of the stream.

import * as host from 'node-internal:host';
import { StringDecoder } from 'node-internal:internal_stringdecoder';
import { Readable, Writable } from 'node-internal:streams';
import { nextTick } from 'node-internal:streams_state';

/** What is kept of a line that does not end. */
const LONGEST_LINE = 4096;

class SyncWriteStream extends Writable {
  [key: string]: any;
  #prefix: string;
  #decoder = new StringDecoder('utf8');
  #line = '';
  #isWaiting = false;

  constructor(fd: number, name: string) {
    super({ autoDestroy: true, emitClose: false });
    this.#prefix = `${name}: `;
    Object.assign(this, {
      fd,
      readable: false,
      _type: 'fs',
      _isStdio: true,
      allowHalfOpen: false,
      bufferSize: 0,
      bytesRead: 0,
      bytesWritten: 0,
      connecting: false,
      pending: false,
      readableAborted: false,
      readableDidRead: false,
      readableEnded: false,
      readableHighWaterMark: 0,
      readableLength: 0,
      readableObjectMode: false,
      readyState: 'writeOnly',
    });
  }

  override _write(chunk: any, _encoding: unknown, callback: any): void {
    const lines = (this.#line + this.#decoder.write(chunk)).split('\n');
    this.#line = lines.pop()!;
    for (const line of lines) host.printLine(this.#prefix + line);
    while (this.#line.length > LONGEST_LINE) {
      host.printLine(this.#prefix + this.#line.slice(0, LONGEST_LINE));
      this.#line = this.#line.slice(LONGEST_LINE);
    }
    if (this.#line !== '' && !this.#isWaiting) {
      // It may go on at once; if not, it is not kept back.
      this.#isWaiting = true;
      nextTick(() => nextTick(() => this.#printRest()));
    }
    callback();
  }

  override _final(callback: any): void {
    this.#printRest();
    callback();
  }

  #printRest(): void {
    this.#isWaiting = false;
    const rest = this.#line + this.#decoder.end();
    this.#line = '';
    if (rest !== '') host.printLine(this.#prefix + rest);
  }
}

class ReadStream extends Readable {
  [key: string]: any;

  constructor(fd: number) {
    super({ highWaterMark: 64 * 1024 });
    this.fd = fd;
  }

  override _read(): void {
    this.push(null);
  }
}

export const stdin: any = new ReadStream(0);
export const stdout: any = new SyncWriteStream(1, 'stdout');
export const stderr: any = new SyncWriteStream(2, 'stderr');
