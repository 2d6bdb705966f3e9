// The standard streams of `process`: input is at its end, output is printed by lines with the name of the stream.

import { Files } from 'node-internal:fs_natives';
import { ReadStream } from 'node-internal:fs_streams';
import { Buffer } from 'node-internal:internal_buffer';
import { Writable } from 'node-internal:streams_base';

class SyncWriteStream extends Writable {
  [key: string]: any;

  constructor(fd: number) {
    super({ autoDestroy: true, emitClose: false });
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
      readableHighWaterMark: 16384,
      readableLength: 0,
      readableObjectMode: false,
      readyState: 'open',
    });
  }

  override _write(chunk: any, encoding: any, callback: any): void {
    try {
      Files.write(this.fd, [typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk], undefined);
    } catch (error) {
      callback(error);
      return;
    }
    callback();
  }
}

export const stdin: any = Object.assign(new ReadStream(null, { fd: 0, autoClose: false }), {
  fd: 0,
  allowHalfOpen: false,
  bufferSize: 0,
  connecting: false,
  readyState: 'open',
});
export const stdout: any = new SyncWriteStream(1);
export const stderr: any = new SyncWriteStream(2);
