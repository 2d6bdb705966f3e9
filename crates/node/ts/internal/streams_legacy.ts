// The constructor `Stream`, from which all streams descend, with the pipe of the first streams.

import { EventEmitter } from 'node-internal:events';

export const Stream: any = function Stream(this: any, options: any) {
  EventEmitter.call(this, options);
};
Object.setPrototypeOf(Stream.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Stream, EventEmitter);

Stream.prototype.pipe = function (dest: any, options?: any): any {
  const source = this;

  function onData(chunk: unknown): void {
    if (dest.writable && dest.write(chunk) === false && source.pause) source.pause();
  }

  function onDrain(): void {
    if (source.readable && source.resume) source.resume();
  }

  let ended = false;
  function onEnd(): void {
    if (ended) return;
    ended = true;
    dest.end();
  }

  function onClose(): void {
    if (ended) return;
    ended = true;
    if (typeof dest.destroy === 'function') dest.destroy();
  }

  function onError(this: any, error: unknown): void {
    cleanUp();
    if (EventEmitter.listenerCount(this, 'error') === 0) this.emit('error', error);
  }

  function cleanUp(): void {
    source.removeListener('data', onData);
    dest.removeListener('drain', onDrain);
    source.removeListener('end', onEnd);
    source.removeListener('close', onClose);
    source.removeListener('error', onError);
    dest.removeListener('error', onError);
    source.removeListener('end', cleanUp);
    source.removeListener('close', cleanUp);
    dest.removeListener('close', cleanUp);
  }

  source.on('data', onData);
  dest.on('drain', onDrain);
  // Standard output stays open.
  if (!dest._isStdio && (!options || options.end !== false)) {
    source.on('end', onEnd);
    source.on('close', onClose);
  }
  prepend(source, 'error', onError);
  prepend(dest, 'error', onError);
  source.on('end', cleanUp);
  source.on('close', cleanUp);
  dest.on('close', cleanUp);
  dest.emit('pipe', source);
  return dest;
};
Object.defineProperty(Stream.prototype.pipe, 'length', { value: 2 });

/** Adds a listener before those that are there. */
export function prepend(emitter: any, event: string, listener: Function): void {
  if (typeof emitter.prependListener === 'function') {
    emitter.prependListener(event, listener);
  } else if (!emitter._events?.[event]) {
    emitter.on(event, listener);
  } else if (Array.isArray(emitter._events[event])) {
    emitter._events[event].unshift(listener);
  } else {
    emitter._events[event] = [listener, emitter._events[event]];
  }
}
