// `node:tty`: there are no terminals. Streams say so, and moving a cursor does nothing.

import { Socket } from 'node-internal:net_socket';

export function isatty(_fd: unknown): boolean {
  return false;
}

export const ReadStream: any = function ReadStream(this: any, fd: unknown, _options: any = {}): any {
  this.fd = fd;
  this.isRaw = false;
  this.isTTY = false;
  return this;
};
Object.setPrototypeOf(ReadStream.prototype, Socket.prototype);
Object.setPrototypeOf(ReadStream, Socket);
ReadStream.prototype.setRawMode = function (mode: unknown): any {
  this.isRaw = mode;
  return this;
};

export const WriteStream: any = function WriteStream(this: any, fd: unknown, _options: any = {}): any {
  this.fd = fd;
  this.columns = 0;
  this.rows = 0;
  return this;
};
Object.setPrototypeOf(WriteStream.prototype, Socket.prototype);
Object.setPrototypeOf(WriteStream, Socket);

/** Tells who waits that nothing has been done. */
function tell(...callbacks: any[]): false {
  callbacks.find((callback) => typeof callback === 'function')?.();
  return false;
}

WriteStream.prototype.isTTY = true;
WriteStream.prototype.getColorDepth = function (): number {
  return 8;
};
WriteStream.prototype.hasColors = function (): boolean {
  return false;
};
WriteStream.prototype._refreshSize = function (): void {};
WriteStream.prototype.cursorTo = function (_x: unknown, y: any, callback: any): boolean {
  return tell(y, callback);
};
WriteStream.prototype.moveCursor = function (_dx: unknown, _dy: unknown, callback: any): boolean {
  return tell(callback);
};
WriteStream.prototype.clearLine = function (_direction: unknown, callback: any): boolean {
  return tell(callback);
};
WriteStream.prototype.clearScreenDown = function (callback: any): boolean {
  return tell(callback);
};
WriteStream.prototype.getWindowSize = function (): [number, number] {
  return [this.columns, this.rows];
};
