// `Socket` of node:net: a duplex stream over a raw connection of the platform.

import { Buffer } from 'node-internal:internal_buffer';
import { AbortError, coded, invalidArgType, invalidArgValue } from 'node-internal:internal_errors';
import { isUint8Array } from 'node-internal:internal_types';
import { normalizedOnce, timerDuration } from 'node-internal:net_arguments';
import { BoundSocket, kConsume } from 'node-internal:net_bound';
import { startConnecting } from 'node-internal:net_connect';
import {
  type State as SocketState,
  State,
  ioError,
  kReinitializeHandle,
  kState,
  kUpdateTimer,
  releaseLocal,
  startReading,
  stopTimers,
  withWrappers,
} from 'node-internal:net_state';
import { watchOwner } from 'node-internal:port_table';
import { nextTick } from 'node-internal:process_common';
import { Duplex } from 'node-internal:streams_base';
import { validateAbortSignal, validateFunction, validateNumber, validateObject } from 'node-internal:validators';

function closedError(): Error {
  return coded(Error, 'ERR_SOCKET_CLOSED', 'Socket is closed');
}

function checkedOptions(given: any): any {
  for (const name of ['objectMode', 'readableObjectMode', 'writableObjectMode']) {
    if (given?.[name]) throw invalidArgValue(`options.${name}`, given[name], 'is not supported');
  }
  if (given?.keepAliveInitialDelay !== undefined) {
    validateNumber(given.keepAliveInitialDelay, 'options.keepAliveInitialDelay');
    if (given.keepAliveInitialDelay < 0) given.keepAliveInitialDelay = 0;
  }
  const options = typeof given === 'number' ? { fd: given } : { ...given };
  if (options.fd !== undefined) {
    throw coded(Error, 'ERR_OPTION_NOT_IMPLEMENTED', 'The options.fd option is not implemented');
  }
  return Object.assign(options, {
    allowHalfOpen: Boolean(options.allowHalfOpen),
    // The socket tells of its end itself, since listeners learn whether it was an error.
    emitClose: false,
    autoDestroy: true,
    decodeStrings: false,
    readable: true,
    writable: true,
  });
}

export const Socket: any = function Socket(this: any, options: any): any {
  if (!(this instanceof Socket)) return new Socket(options);
  options = checkedOptions(options);
  Object.assign(this, {
    _handle: null,
    connecting: false,
    _hadError: false,
    _parent: null,
    _parentWrap: null,
    _host: null,
    [kState]: new State(),
    server: null,
    _server: null,
    _closeAfterHandlingError: false,
    autoSelectFamilyAttemptedAddresses: [],
    _pendingData: null,
    _pendingEncoding: '',
  });
  const state: SocketState = this[kState];
  Duplex.call(this, options);
  if (options.handle) {
    validateObject(options.handle, 'options.handle');
    if (BoundSocket.isBoundSocket(options.handle)) {
      state.local = options.handle[kConsume]().address;
      state.holdsPort = true;
      watchOwner(this, state.local.port);
    } else {
      this._handle = options.handle;
    }
  }
  // A socket may connect again, so this is no listener for once.
  this.on('end', refuseWrites);
  const onread = options.onread;
  if (onread != null && typeof onread === 'object' && typeof onread.callback === 'function') {
    const { buffer, callback } = onread;
    if (isUint8Array(buffer) || typeof buffer === 'function') {
      state.nextBuffer = typeof buffer === 'function' ? buffer : () => buffer;
      state.onRead = callback;
      state.moved = new WeakMap();
    }
  }
  if (options.signal) watchSignal(this, options.signal);
};
Object.setPrototypeOf(Socket.prototype, Duplex.prototype);
Object.setPrototypeOf(Socket, Duplex);

function watchSignal(socket: any, signal: any): void {
  validateAbortSignal(signal, 'options.signal');
  const abort = (): void => {
    socket._aborted = true;
  };
  queueMicrotask(() => {
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** Starts timers of inactivity anew, where there are any. */
Socket.prototype._unrefTimer = function _unrefTimer(): void {
  for (const each of withWrappers(this)) {
    const state: SocketState = each[kState];
    if (state.timer === null) continue;
    clearTimeout(state.timer);
    state.timer = setTimeout(() => each._onTimeout(), each.timeout);
  }
};

Socket.prototype.setTimeout = function (this: any, msecs: number, callback: any): any {
  if (this.destroyed) return this;
  this.timeout = msecs;
  const duration = timerDuration(msecs, 'msecs');
  const state: SocketState = this[kState];
  clearTimeout(state.timer);
  state.timer = duration === 0 ? null : setTimeout(() => this._onTimeout(), duration);
  if (callback !== undefined) {
    validateFunction(callback, 'callback');
    if (duration === 0) this.removeListener('timeout', callback);
    else this.once('timeout', callback);
  }
  return this;
};

Socket.prototype._onTimeout = function (this: any): void {
  const state: SocketState = this[kState];
  if (state.lastWriteSize > 0 && this._handle && state.lastWriteSize !== this._handle.writeQueueSize) {
    // A write goes on.
    state.lastWriteSize = this._handle.writeQueueSize;
    this._unrefTimer();
    return;
  }
  this.emit('timeout');
};

Socket.prototype._getpeername = function (this: any): object {
  return this._handle == null ? {} : { ...this[kState].remote };
};

Socket.prototype._getsockname = function (this: any): object {
  return this[kState].local ?? this._parentWrap?._getsockname() ?? {};
};

Socket.prototype.address = function (this: any): object {
  return this._getsockname();
};

/** The bytes of one chunk, or of many in one piece. */
function bytesOf(writev: boolean, data: any, encoding: any): any {
  if (!writev) return typeof data === 'string' ? Buffer.from(data, encoding) : data;
  const parts = data.map(({ chunk, encoding: own }: any) => {
    if (typeof chunk === 'string') return Buffer.from(chunk, own);
    if (!ArrayBuffer.isView(chunk)) throw invalidArgType('chunk', ['string', 'ArrayBufferView'], chunk);
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  });
  return Buffer.concat(parts);
}

Socket.prototype._writeGeneric = function (this: any, writev: any, data: any, encoding: any, cb: any): any {
  if (this.connecting) {
    this._pendingData = data;
    this._pendingEncoding = encoding;
    const closed = (): void => {
      cb(coded(Error, 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION', 'Socket closed before connection established'));
    };
    this.once('connect', () => {
      this.off('close', closed);
      this._writeGeneric(writev, data, encoding, cb);
    });
    this.once('close', closed);
    return undefined;
  }
  this._pendingData = null;
  this._pendingEncoding = '';
  const handle = this._handle;
  if (handle?.writer === undefined) {
    cb(closedError());
    return false;
  }
  try {
    this._unrefTimer();
    const state: SocketState = this[kState];
    const bytes = bytesOf(writev, data, encoding);
    state.lastWriteSize = bytes.byteLength;
    const done = (): void => {
      state.lastWriteSize = 0;
      this._unrefTimer();
    };
    handle.writer.write(bytes).then(
      () => {
        if (this._handle != null) this._handle.bytesWritten += state.lastWriteSize;
        else state.bytesWritten += state.lastWriteSize;
        done();
        cb();
      },
      (error: unknown) => {
        done();
        cb(ioError(handle.socket, 'write', error));
      }
    );
  } catch (error) {
    this.destroy(error);
  }
  return undefined;
};

Socket.prototype._writev = function (this: any, chunks: any, cb: any): void {
  this._writeGeneric(true, chunks, '', cb);
};

Socket.prototype._write = function (this: any, data: any, encoding: any, cb: any): void {
  this._writeGeneric(false, data, encoding, cb);
};

Socket.prototype._final = function (this: any, cb: any): void {
  if (this.connecting) {
    this.once('connect', () => this._final(cb));
    return;
  }
  if (this._handle == null) cb();
  else this._handle.writer.close().then(() => cb(), cb);
};

Socket.prototype.end = function (this: any, data: any, encoding: any, cb: any): any {
  Duplex.prototype.end.call(this, data, encoding, cb);
  return this;
};

Socket.prototype.pause = function (this: any): any {
  // The read that waits is the last one.
  if (!this.connecting && this._handle?.reading && !this.destroyed) this._handle.reading = false;
  return Duplex.prototype.pause.call(this);
};

function readOn(socket: any): void {
  if (!socket.connecting && socket._handle && !socket._handle.reading) startReading(socket);
}

Socket.prototype.resume = function (this: any): any {
  readOn(this);
  return Duplex.prototype.resume.call(this);
};

Socket.prototype.read = function (this: any, n: any): any {
  readOn(this);
  return Duplex.prototype.read.call(this, n);
};

Socket.prototype._read = function (this: any, n: any): void {
  if (this.connecting || !this._handle) this.once('connect', () => this._read(n));
  else readOn(this);
};

Socket.prototype._reset = function (this: any): any {
  this.resetAndClosing = true;
  return this.destroy();
};

/** The platform chooses how it closes connections, so that this only destroys the socket. */
Socket.prototype.resetAndDestroy = function (this: any): any {
  if (!this._handle) this.destroy(closedError());
  else if (this.connecting) this.once('connect', () => this._reset());
  else this._reset();
  return this;
};

Socket.prototype.destroySoon = function (this: any): void {
  if (this.writable) this.end();
  if (this.writableFinished) this.destroy();
  else this.once('finish', () => this.destroy());
};

Socket.prototype._destroy = function (this: any, exception: any, cb: any): void {
  this.connecting = false;
  stopTimers(this);
  releaseLocal(this);
  if (this._handle == null) {
    tellClosed(this, exception, cb);
    return;
  }
  this._handle.socket.close().then(
    () => tellClosed(this, exception, cb),
    (error: unknown) => tellClosed(this, error || exception, cb)
  );
};

function tellClosed(socket: any, error: unknown, callback?: (error: unknown) => void): void {
  const state: SocketState = socket[kState];
  if (socket._handle != null) {
    state.bytesRead = socket._handle.bytesRead;
    state.bytesWritten = socket._handle.bytesWritten;
    socket.resetAndClosing = false;
  }
  state.lastWriteSize = 0;
  state.remote = null;
  const failed = error != null;
  if (callback) {
    // The stream tells of the error in the next tick; this comes after it.
    callback(error);
    nextTick(() => socket.emit('close', failed));
    return;
  }
  if (failed) socket.emit('error', error);
  socket.emit('close', failed);
}

Socket.prototype.connect = function (this: any, ...args: any[]): any {
  const [options, callback] = normalizedOnce(args);
  if (this.connecting) throw coded(Error, 'ERR_SOCKET_CONNECTING', 'Socket is already connecting');
  if (this._aborted) {
    if (!callback) throw new AbortError();
    callback(new AbortError());
    return undefined;
  }
  if (callback !== null) this.once('connect', callback);
  if (this._parentWrap?.connecting) return this;
  if (options.port === undefined && options.path == null) {
    const text = 'The "options" or "port" or "path" argument must be specified';
    throw coded(TypeError, 'ERR_MISSING_ARGS', text);
  }
  if (this.write !== Socket.prototype.write) this.write = Socket.prototype.write;
  if (options.path != null) throw invalidArgValue('path', options.path, 'is not supported');
  const state: SocketState = this[kState];
  state.bytesRead = 0;
  state.bytesWritten = 0;
  const before = this._handle;
  if (!before) {
    startConnecting(this, options);
    return this;
  }
  // The connection of before is detached, so that its end is not that of this socket.
  releaseLocal(this);
  this._handle = null;
  before.reading = false;
  this.connecting = true;
  const start = (): void => startConnecting(this, options);
  before.socket.close().then(start, start);
  return this;
};

Socket.prototype[kReinitializeHandle] = function reinitializeHandle(this: any, handle: any): void {
  this._handle?.socket.close().then(
    () => tellClosed(this, undefined),
    (error: unknown) => tellClosed(this, error)
  );
  this._handle = handle;
  this._undestroy();
};

Socket.prototype.setNoDelay = function (this: any, _enable: any): any {
  return this;
};

Socket.prototype.setKeepAlive = function (this: any, _enable: any, _delay: any): any {
  return this;
};

Socket.prototype.ref = function (): void {};

Socket.prototype.unref = function (): void {};

function refuseWrites(this: any): void {
  if (!this.allowHalfOpen) this.write = writeAfterEnd;
}

/** The peer has ended the connection: what was accepted before still goes out. */
function writeAfterEnd(this: any, chunk: any, encoding: any, cb: any): boolean {
  if (!this.writableEnded) return Duplex.prototype.write.call(this, chunk, encoding, cb);
  const callback = typeof encoding === 'function' ? encoding : cb;
  const error = coded(Error, 'EPIPE', 'This socket has been ended by the other party');
  if (typeof callback === 'function') queueMicrotask(() => callback(error));
  this.destroy(error);
  return false;
}

function getter(name: PropertyKey, get: (socket: any) => unknown, attributes: object = { enumerable: true }): void {
  const accessor = {
    get(this: any) {
      return get(this);
    },
  };
  Object.defineProperty(Socket.prototype, name, { ...attributes, get: accessor.get });
}

getter('_connecting', (socket) => socket.connecting, {});
getter('pending', (socket) => !socket._handle || socket.connecting, { configurable: true });
getter(
  'readyState',
  ({ connecting, readable, writable }) => {
    if (connecting) return 'opening';
    if (readable) return writable ? 'open' : 'readOnly';
    return writable ? 'writeOnly' : 'closed';
  },
  {}
);
getter('bufferSize', (socket) => (socket._handle ? socket.writableLength : undefined), {});
getter(kUpdateTimer, (socket) => socket._unrefTimer, {});
getter('bytesRead', (socket) => (socket._handle ?? socket[kState]).bytesRead);
getter('_bytesDispatched', (socket) => (socket._handle ?? socket[kState]).bytesWritten);
getter('bytesWritten', (socket) => {
  if (!socket.writableBuffer) return undefined;
  const written = socket._bytesDispatched;
  const pending = socket._pendingData;
  if (!pending) return written + socket.writableLength;
  if (!Array.isArray(pending)) return written + Buffer.byteLength(pending, socket._pendingEncoding);
  return pending.reduce((sum, { chunk, encoding }) => sum + Buffer.byteLength(chunk, encoding), written);
});
getter('remoteAddress', (socket) => socket._getpeername().address);
getter('remoteFamily', (socket) => socket._getpeername().family);
getter('remotePort', (socket) => socket._getpeername().port);
getter('localAddress', (socket) => socket._getsockname().address);
getter('localPort', (socket) => socket._getsockname().port);
getter('localFamily', (socket) => socket._getsockname().family);
