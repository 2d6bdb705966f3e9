// Duplex, Transform and PassThrough.

import { methodNotImplemented } from 'node-internal:internal_errors';
import { construct } from 'node-internal:streams_destroy';
import { Readable } from 'node-internal:streams_flow';
import { Stream } from 'node-internal:streams_legacy';
import { ReadableState, startAborting } from 'node-internal:streams_readable';
import { kOnConstructed } from 'node-internal:streams_state';
import { WritableState, takeMethods } from 'node-internal:streams_writable';
import { Writable } from 'node-internal:streams_writable_properties';

export const Duplex: any = function Duplex(this: any, options: any): any {
  if (!(this instanceof Duplex)) return new Duplex(options);
  this._events ??= {
    close: undefined,
    error: undefined,
    prefinish: undefined,
    finish: undefined,
    drain: undefined,
    data: undefined,
    end: undefined,
    readable: undefined,
  };
  this._readableState = new (ReadableState as any)(options, this, true);
  this._writableState = new (WritableState as any)(options, this, true);
  this.allowHalfOpen = options?.allowHalfOpen !== false;
  if (options) {
    if (options.readable === false) Object.assign(this._readableState, { readable: false, ended: true, endEmitted: true });
    if (options.writable === false) {
      Object.assign(this._writableState, { writable: false, ending: true, ended: true, finished: true });
    }
    if (typeof options.read === 'function') this._read = options.read;
    takeMethods(this, options);
  }
  Stream.call(this, options);
  if (options?.signal) startAborting(options.signal, this);
  if (this._construct) {
    construct(this, () => {
      this._readableState[kOnConstructed](this);
      this._writableState[kOnConstructed](this);
    });
  }
};
Object.setPrototypeOf(Duplex.prototype, Readable.prototype);
Object.setPrototypeOf(Duplex, Readable);

for (const name of Object.keys(Writable.prototype)) {
  Duplex.prototype[name] ??= Writable.prototype[name];
}
for (const name of ['_write', '_writev', 'cork', 'destroy', 'end', 'setDefaultEncoding', 'uncork', 'write']) {
  Duplex.prototype[name] = Writable.prototype[name];
}
const FROM_WRITABLE = `writable writableHighWaterMark writableObjectMode writableBuffer writableLength writableFinished
  writableCorked writableEnded writableNeedDrain`;
for (const name of FROM_WRITABLE.split(/\s+/)) {
  Object.defineProperty(Duplex.prototype, name, Object.getOwnPropertyDescriptor(Writable.prototype, name)!);
}
Object.defineProperty(Duplex.prototype, 'destroyed', {
  get(this: any) {
    if (this._readableState === undefined || this._writableState === undefined) return false;
    return this._readableState.destroyed && this._writableState.destroyed;
  },
  set(this: any, value: unknown) {
    if (!this._readableState || !this._writableState) return;
    this._readableState.destroyed = value;
    this._writableState.destroyed = value;
  },
});

const kCallback = Symbol('kCallback');

export const Transform: any = function Transform(this: any, options: any): any {
  if (!(this instanceof Transform)) return new Transform(options);
  const readableMark = options?.readableHighWaterMark ?? options?.highWaterMark;
  if (readableMark === 0) {
    // Nothing is kept on either side unless the writing side says so.
    options = {
      ...options,
      highWaterMark: null,
      readableHighWaterMark: 0,
      writableHighWaterMark: options.writableHighWaterMark || 0,
    };
  }
  Duplex.call(this, options);
  // What is pushed in a transformation is not asked for by a read.
  this._readableState.sync = false;
  this[kCallback] = null;
  if (options) {
    if (typeof options.transform === 'function') this._transform = options.transform;
    if (typeof options.flush === 'function') this._flush = options.flush;
  }
  this.on('prefinish', flushUnlessFinal);
};
Object.setPrototypeOf(Transform.prototype, Duplex.prototype);
Object.setPrototypeOf(Transform, Duplex);

function flush(this: any, callback?: (error?: unknown) => void): void {
  const end = (): void => {
    this.push(null);
    callback?.();
  };
  if (typeof this._flush !== 'function' || this.destroyed) {
    end();
    return;
  }
  this._flush((error: unknown, data: unknown) => {
    if (error) {
      if (callback) callback(error);
      else this.destroy(error);
      return;
    }
    if (data !== undefined && data !== null) this.push(data);
    end();
  });
}
Object.defineProperty(flush, 'name', { value: 'final' });

/** A stream with a `_final` of its own still flushes. */
function flushUnlessFinal(this: any): void {
  if (this._final !== flush) flush.call(this);
}

Transform.prototype._final = flush;

Transform.prototype._transform = function (): void {
  throw methodNotImplemented('_transform()');
};

Transform.prototype._write = function (chunk: any, encoding: any, callback: any): void {
  const readable = this._readableState;
  const before = readable.length;
  this._transform(chunk, encoding, (error: unknown, data: unknown) => {
    if (error) {
      callback(error);
      return;
    }
    if (data !== undefined && data !== null) this.push(data);
    const hasRoom = before === readable.length || readable.length < readable.highWaterMark;
    if (this._writableState.ended || hasRoom) callback();
    else this[kCallback] = callback;
  });
};

Transform.prototype._read = function (_size: number): void {
  const callback = this[kCallback];
  if (!callback) return;
  this[kCallback] = null;
  callback();
};

export const PassThrough: any = function PassThrough(this: any, options: any): any {
  if (!(this instanceof PassThrough)) return new PassThrough(options);
  Transform.call(this, options);
};
Object.setPrototypeOf(PassThrough.prototype, Transform.prototype);
Object.setPrototypeOf(PassThrough, Transform);

PassThrough.prototype._transform = function (chunk: unknown, _encoding: unknown, callback: any): void {
  callback(null, chunk);
};

const kOther = Symbol('kOtherSide');
const kWaiting = Symbol('kWaitingWrite');

class DuplexSide extends Duplex {
  constructor(options: any) {
    super(options);
    (this as any)[kOther] = null;
    (this as any)[kWaiting] = null;
  }

  _read(): void {
    const callback = (this as any)[kWaiting];
    if (!callback) return;
    (this as any)[kWaiting] = null;
    callback();
  }

  _write(chunk: any, _encoding: unknown, callback: any): void {
    const other = (this as any)[kOther];
    if (chunk.length === 0) {
      queueMicrotask(callback);
    } else {
      other.push(chunk);
      other[kWaiting] = callback;
    }
  }

  _final(callback: any): void {
    const other = (this as any)[kOther];
    other.on('end', callback);
    other.push(null);
  }
}

/** Two streams of which each reads what is written to the other. */
export function duplexPair(options?: any): [any, any] {
  const one: any = new DuplexSide(options);
  const two: any = new DuplexSide(options);
  one[kOther] = two;
  two[kOther] = one;
  return [one, two];
}

export { Readable, Writable };
