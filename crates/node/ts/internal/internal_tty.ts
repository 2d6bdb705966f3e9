// `node:tty`: there are no terminals. Streams say so, and moving a cursor does nothing.

import { Duplex } from 'node-internal:streams';

export function isatty(_fd: unknown): boolean {
  return false;
}

export const ReadStream: any = function ReadStream(this: any, fd: unknown, _options: any = {}): any {
  this.fd = fd;
  this.isRaw = false;
  this.isTTY = false;
  return this;
};
Object.setPrototypeOf(ReadStream.prototype, Duplex.prototype);
Object.setPrototypeOf(ReadStream, Duplex);
Object.assign(ReadStream.prototype, {
  setRawMode(this: any, mode: unknown): any {
    this.isRaw = mode;
    return this;
  },
});

export const WriteStream: any = function WriteStream(this: any, fd: unknown, _options: any = {}): any {
  this.fd = fd;
  this.columns = 0;
  this.rows = 0;
  return this;
};
Object.setPrototypeOf(WriteStream.prototype, Duplex.prototype);
Object.setPrototypeOf(WriteStream, Duplex);

/** Tells who waits that nothing has been done. */
function tell(...callbacks: any[]): false {
  callbacks.find((callback) => typeof callback === 'function')?.();
  return false;
}

Object.assign(WriteStream.prototype, {
  isTTY: true,
  getColorDepth(): number {
    return 8;
  },
  hasColors(): boolean {
    return false;
  },
  _refreshSize(): void {},
  cursorTo(_x: unknown, y: any, callback: any): boolean {
    return tell(y, callback);
  },
  moveCursor(_dx: unknown, _dy: unknown, callback: any): boolean {
    return tell(callback);
  },
  clearLine(_direction: unknown, callback: any): boolean {
    return tell(callback);
  },
  clearScreenDown(callback: any): boolean {
    return tell(callback);
  },
  getWindowSize(this: any): [number, number] {
    return [this.columns, this.rows];
  },
});
