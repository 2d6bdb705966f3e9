// How a Readable flows: its listeners, pause and resume, pipes, and what its properties say.

import { EventEmitter } from 'node-internal:events';
import { AbortError } from 'node-internal:internal_errors';
import { errorOrDestroy } from 'node-internal:streams_destroy';
import { Stream, prepend } from 'node-internal:streams_legacy';
import { Readable, ReadableState, flow, readableLater } from 'node-internal:streams_readable';
import { defineGetters, nextTick } from 'node-internal:streams_state';

Readable.prototype.on = function (event: any, listener: any): any {
  const result = Stream.prototype.on.call(this, event, listener);
  const state = this._readableState;
  if (event === 'data') {
    state.readableListening = this.listenerCount('readable') > 0;
    if (state.flowing !== false) this.resume();
  } else if (event === 'readable' && !state.endEmitted && !state.readableListening) {
    state.readableListening = true;
    state.needReadable = true;
    state.flowing = false;
    state.emittedReadable = false;
    if (state.length > 0) readableLater(this);
    else if (!state.reading) nextTick(() => this.read(0));
  }
  return result;
};
Readable.prototype.addListener = Readable.prototype.on;

Readable.prototype.removeListener = function (event: any, listener: any): any {
  const result = Stream.prototype.removeListener.call(this, event, listener);
  if (event === 'readable') nextTick(updateListening, this);
  return result;
};
Readable.prototype.off = Readable.prototype.removeListener;

Readable.prototype.removeAllListeners = function (...args: any[]): any {
  const result = Stream.prototype.removeAllListeners.apply(this, args);
  if (args[0] === 'readable' || args[0] === undefined) nextTick(updateListening, this);
  return result;
};
Object.defineProperty(Readable.prototype.removeAllListeners, 'length', { value: 1 });

function updateListening(stream: any): void {
  const state = stream._readableState;
  state.readableListening = stream.listenerCount('readable') > 0;
  if (state.resumeScheduled && state.paused === false) state.flowing = true;
  else if (stream.listenerCount('data') > 0) stream.resume();
  else if (!state.readableListening) state.flowing = null;
}

Readable.prototype.resume = function (): any {
  const state = this._readableState;
  if (!state.flowing) {
    // Who listens for `readable` reads by itself.
    state.flowing = !state.readableListening;
    if (!state.resumeScheduled) {
      state.resumeScheduled = true;
      nextTick(resumeNow, this, state);
    }
  }
  state.paused = false;
  return this;
};

function resumeNow(stream: any, state: any): void {
  if (!state.reading) stream.read(0);
  state.resumeScheduled = false;
  stream.emit('resume');
  flow(stream);
  if (state.flowing && !state.reading) stream.read(0);
}

Readable.prototype.pause = function (): any {
  const state = this._readableState;
  if (state.flowing !== false) {
    state.flowing = false;
    this.emit('pause');
  }
  state.paused = true;
  return this;
};

/** Who of the pipes of `source` waits for room: one writer, or a set of them. */
function startWaiting(state: any, dest: any): void {
  if (state.pipes.length === 1 && state.pipes[0] === dest) {
    state.awaitDrainWriters = dest;
    state.multiAwaitDrain = false;
  } else if (state.pipes.length > 1 && state.pipes.includes(dest)) {
    state.awaitDrainWriters.add(dest);
  }
}

function drained(source: any, dest: any): void {
  const state = source._readableState;
  if (state.awaitDrainWriters === dest) state.awaitDrainWriters = null;
  else if (state.multiAwaitDrain) state.awaitDrainWriters.delete(dest);
  const waits = state.awaitDrainWriters && state.awaitDrainWriters.size !== 0;
  if (!waits && source.listenerCount('data') > 0) source.resume();
}

Readable.prototype.pipe = function (dest: any, options?: any): any {
  const source = this;
  const state = this._readableState;
  if (state.pipes.length === 1 && !state.multiAwaitDrain) {
    state.multiAwaitDrain = true;
    state.awaitDrainWriters = new Set(state.awaitDrainWriters ? [state.awaitDrainWriters] : []);
  }
  state.pipes.push(dest);
  const ends = options?.end !== false && !dest._isStdio;
  const whenEnded = ends ? onEnd : unpipe;
  if (state.endEmitted) nextTick(whenEnded);
  else source.once('end', whenEnded);
  dest.on('unpipe', onUnpipe);
  let onDrain: (() => void) | undefined;
  let isOver = false;

  function onUnpipe(readable: any, info: any): void {
    if (readable !== source || info?.hasUnpiped !== false) return;
    info.hasUnpiped = true;
    cleanUp();
  }

  function onEnd(): void {
    dest.end();
  }

  function cleanUp(): void {
    dest.removeListener('close', onClose);
    dest.removeListener('finish', onFinish);
    if (onDrain) dest.removeListener('drain', onDrain);
    dest.removeListener('error', onError);
    dest.removeListener('unpipe', onUnpipe);
    source.removeListener('end', onEnd);
    source.removeListener('end', unpipe);
    source.removeListener('data', onData);
    isOver = true;
    // It will not drain for this source any more.
    if (onDrain && state.awaitDrainWriters && (!dest._writableState || dest._writableState.needDrain)) onDrain();
  }

  function wait(): void {
    if (!isOver) {
      startWaiting(state, dest);
      source.pause();
    }
    if (!onDrain) {
      onDrain = () => drained(source, dest);
      dest.on('drain', onDrain);
    }
  }

  function onData(chunk: unknown): void {
    if (dest.write(chunk) === false) wait();
  }

  function onError(error: unknown): void {
    unpipe();
    dest.removeListener('error', onError);
    if (dest.listenerCount('error') > 0) return;
    const destState = dest._writableState || dest._readableState;
    if (destState && !destState.errorEmitted) errorOrDestroy(dest, error);
    else dest.emit('error', error);
  }

  function onClose(): void {
    dest.removeListener('finish', onFinish);
    unpipe();
  }

  function onFinish(): void {
    dest.removeListener('close', onClose);
    unpipe();
  }

  function unpipe(): void {
    source.unpipe(dest);
  }

  source.on('data', onData);
  prepend(dest, 'error', onError);
  dest.once('close', onClose);
  dest.once('finish', onFinish);
  dest.emit('pipe', source);
  if (dest.writableNeedDrain === true) wait();
  else if (!state.flowing) source.resume();
  return dest;
};
Object.defineProperty(Readable.prototype.pipe, 'length', { value: 2 });

Readable.prototype.unpipe = function (dest?: any): any {
  const state = this._readableState;
  if (state.pipes.length === 0) return this;
  if (!dest) {
    const all = state.pipes;
    state.pipes = [];
    this.pause();
    for (const each of all) each.emit('unpipe', this, { hasUnpiped: false });
    return this;
  }
  const index = state.pipes.indexOf(dest);
  if (index === -1) return this;
  state.pipes.splice(index, 1);
  if (state.pipes.length === 0) this.pause();
  dest.emit('unpipe', this, { hasUnpiped: false });
  return this;
};
Object.defineProperty(Readable.prototype.unpipe, 'length', { value: 1 });

/** Makes this the stream of an old one, which knows only events. */
Readable.prototype.wrap = function (old: any): any {
  let isPaused = false;
  old.on('data', (chunk: unknown) => {
    if (!this.push(chunk) && old.pause) {
      isPaused = true;
      old.pause();
    }
  });
  old.on('end', () => this.push(null));
  old.on('error', (error: unknown) => errorOrDestroy(this, error));
  old.on('close', () => this.destroy());
  old.on('destroy', () => this.destroy());
  this._read = () => {
    if (isPaused && old.resume) {
      isPaused = false;
      old.resume();
    }
  };
  for (const name of Object.keys(old)) {
    if (this[name] === undefined && typeof old[name] === 'function') this[name] = old[name].bind(old);
  }
  return this;
};

Readable.prototype[Symbol.asyncDispose] = async function () {
  let error: unknown;
  if (!this.destroyed) {
    error = this.readableEnded ? null : new AbortError();
    this.destroy(error);
  }
  await new Promise<void>((resolve, reject) => {
    const settle = (failure?: unknown): void => (failure && failure !== error ? reject(failure) : resolve());
    if (this.closed) settle(this.errored);
    else {
      this.once('close', () => settle(this.errored));
      this.once('error', () => {});
    }
  });
};

const GETTERS = {
  readableDidRead: (state: any) => state.dataEmitted,
  readableAborted: (state: any) => Boolean(state.readable !== false && (state.destroyed || state.errored) && !state.endEmitted),
  readableHighWaterMark: (state: any) => state.highWaterMark,
  readableBuffer: (state: any) => state?.buffer,
  readableLength: (state: any) => state.length,
  readableObjectMode: (state: any) => (state ? state.objectMode : false),
  readableEncoding: (state: any) => (state ? state.encoding : null),
  errored: (state: any) => (state ? state.errored : null),
  closed: (state: any) => (state ? state.closed : false),
  readableEnded: (state: any) => (state ? state.endEmitted : false),
};
defineGetters(Readable.prototype, '_readableState', GETTERS, [
  'readableAborted',
  'readableBuffer',
  'readableDidRead',
  'readableHighWaterMark',
]);
Object.defineProperties(Readable.prototype, {
  readable: {
    get(this: any) {
      const state = this._readableState;
      return Boolean(state && state.readable !== false && !state.destroyed && !state.errorEmitted && !state.endEmitted);
    },
    set(this: any, value: unknown) {
      if (this._readableState) this._readableState.readable = Boolean(value);
    },
  },
  readableFlowing: {
    get: function (this: any) {
      return this._readableState.flowing;
    },
    set: function (this: any, value: unknown) {
      if (this._readableState) this._readableState.flowing = value;
    },
  },
  destroyed: {
    get(this: any) {
      return this._readableState ? this._readableState.destroyed : false;
    },
    set(this: any, value: unknown) {
      if (this._readableState) this._readableState.destroyed = value;
    },
  },
});

export { EventEmitter, Readable, ReadableState };
