// What streams are made of: their states, and predicates on streams of any kind.

import { invalidArgValue } from 'node-internal:internal_errors';
import { validateInteger } from 'node-internal:validators';

export const kState = Symbol('kState');
export const kOnConstructed = Symbol('kOnConstructed');
export const kDestroy = Symbol('kDestroy');
export const kConstruct = Symbol('kConstruct');
export const kIsDestroyed = Symbol.for('nodejs.stream.destroyed');
export const kIsErrored = Symbol.for('nodejs.stream.errored');
export const kIsReadable = Symbol.for('nodejs.stream.readable');
export const kIsWritable = Symbol.for('nodejs.stream.writable');
export const kIsDisturbed = Symbol.for('nodejs.stream.disturbed');
export const kIsClosedPromise = Symbol.for('nodejs.webstream.isClosedPromise');

export function nop(): void {}

export function nextTick(callback: (...args: any[]) => void, ...args: unknown[]): void {
  queueMicrotask(() => callback(...args));
}

/** Gives a state booleans that are bits of one number, and values that are kept only when they are set. */
export function defineState(
  prototype: object,
  flags: string[],
  values: Record<string, unknown>,
  { enumerable = false } = {}
): Record<string, number> {
  const bits: Record<string, number> = {};
  flags.forEach((name, index) => {
    const bit = 1 << index;
    bits[name] = bit;
    Object.defineProperty(prototype, name, {
      enumerable,
      get(this: any) {
        return (this[kState] & bit) !== 0;
      },
      set(this: any, on: unknown) {
        if (on) this[kState] |= bit;
        else this[kState] &= ~bit;
      },
    });
  });
  for (const name of Object.keys(values)) {
    const key = Symbol(name);
    const fallback = values[name];
    Object.defineProperty(prototype, name, {
      get(this: any) {
        return key in this ? this[key] : fallback;
      },
      set(this: any, value: unknown) {
        if (value !== fallback || key in this) {
          Object.defineProperty(this, key, { value, writable: true, configurable: true, enumerable: false });
        }
      },
    });
  }
  return bits;
}

type StateReader = (state: any) => unknown;

/** Gives a stream properties that its state says. Those named in `functions` have functions for getters, others methods. */
export function defineGetters(
  prototype: object,
  state: '_readableState' | '_writableState',
  getters: Record<string, StateReader>,
  functions: string[]
): void {
  for (const name of Object.keys(getters)) {
    const read = getters[name]!;
    const asFunction = {
      get: function (this: any) {
        return read(this[state]);
      },
    };
    const asMethod = {
      get(this: any) {
        return read(this[state]);
      },
    };
    Object.defineProperty(prototype, name, functions.includes(name) ? asFunction : asMethod);
  }
}

let bytesMark = 64 * 1024;
let objectsMark = 16;

export function getDefaultHighWaterMark(objectMode?: unknown): number {
  return objectMode ? objectsMark : bytesMark;
}

export function setDefaultHighWaterMark(objectMode: unknown, value: unknown): void {
  validateInteger(value, 'value', 0);
  if (objectMode) objectsMark = value;
  else bytesMark = value;
}

/** How much a stream of these options buffers. */
export function highWaterMarkOf(state: any, options: any, ofDuplex: string, isDuplex: boolean): number {
  const given = options?.highWaterMark ?? (isDuplex ? options?.[ofDuplex] : undefined);
  if (given === undefined || given === null) return getDefaultHighWaterMark(state.objectMode);
  if (!Number.isInteger(given) || given < 0) {
    const name = options?.highWaterMark == null && isDuplex ? `options.${ofDuplex}` : 'options.highWaterMark';
    throw invalidArgValue(name, given);
  }
  return Math.floor(given);
}

export function isReadableNodeStream(value: any, strict = false): boolean {
  return Boolean(
    value &&
      typeof value.pipe === 'function' &&
      typeof value.on === 'function' &&
      (!strict || (typeof value.pause === 'function' && typeof value.resume === 'function')) &&
      (!value._writableState || value._readableState?.readable !== false) &&
      (!value._writableState || value._readableState)
  );
}

export function isWritableNodeStream(value: any): boolean {
  return Boolean(
    value &&
      typeof value.write === 'function' &&
      typeof value.on === 'function' &&
      (!value._readableState || value._writableState?.writable !== false)
  );
}

export function isDuplexNodeStream(value: any): boolean {
  return Boolean(value && typeof value.pipe === 'function' && value._readableState && typeof value.on === 'function' && typeof value.write === 'function');
}

export function isNodeStream(value: any): boolean {
  return Boolean(
    value &&
      (value._readableState ||
        value._writableState ||
        (typeof value.write === 'function' && typeof value.on === 'function') ||
        (typeof value.pipe === 'function' && typeof value.on === 'function'))
  );
}

export function isReadableStream(value: any): boolean {
  return Boolean(value && !isNodeStream(value) && typeof value.pipeThrough === 'function' && typeof value.getReader === 'function' && typeof value.cancel === 'function');
}

export function isWritableStream(value: any): boolean {
  return Boolean(value && !isNodeStream(value) && typeof value.getWriter === 'function' && typeof value.abort === 'function');
}

export function isTransformStream(value: any): boolean {
  return Boolean(value && !isNodeStream(value) && typeof value.readable === 'object' && typeof value.writable === 'object');
}

export function isWebStream(value: any): boolean {
  return isReadableStream(value) || isWritableStream(value) || isTransformStream(value);
}

export function isIterable(value: any, isAsync?: boolean): boolean {
  if (value === null || value === undefined) return false;
  if (isAsync === true) return typeof value[Symbol.asyncIterator] === 'function';
  if (isAsync === false) return typeof value[Symbol.iterator] === 'function';
  return typeof value[Symbol.asyncIterator] === 'function' || typeof value[Symbol.iterator] === 'function';
}

export function isDestroyed(stream: any): boolean | null {
  if (!isNodeStream(stream)) return null;
  const state = stream._writableState ?? stream._readableState;
  return Boolean(stream.destroyed || stream[kIsDestroyed] || state?.destroyed);
}

export function isWritableEnded(stream: any): boolean | null {
  if (!isWritableNodeStream(stream)) return null;
  if (stream.writableEnded === true) return true;
  const state = stream._writableState;
  if (state?.errored) return false;
  return typeof state?.ended === 'boolean' ? state.ended : null;
}

export function isWritableFinished(stream: any, strict = true): boolean | null {
  if (!isWritableNodeStream(stream)) return null;
  if (stream.writableFinished === true) return true;
  const state = stream._writableState;
  if (state?.errored) return false;
  if (typeof state?.finished !== 'boolean') return null;
  return Boolean(state.finished || (!strict && state.ended === true && state.length === 0));
}

export function isReadableEnded(stream: any): boolean | null {
  if (!isReadableNodeStream(stream)) return null;
  if (stream.readableEnded === true) return true;
  const state = stream._readableState;
  if (!state || state.errored) return false;
  return typeof state.ended === 'boolean' ? state.ended : null;
}

export function isReadableFinished(stream: any, strict = true): boolean | null {
  if (!isReadableNodeStream(stream)) return null;
  const state = stream._readableState;
  if (state?.errored) return false;
  if (typeof state?.endEmitted !== 'boolean') return null;
  return Boolean(state.endEmitted || (!strict && state.ended === true && state.length === 0));
}

export function isReadable(stream: any): boolean | null {
  if (stream?.[kIsReadable] != null) return stream[kIsReadable];
  if (typeof stream?.readable !== 'boolean') return null;
  if (isDestroyed(stream)) return false;
  return isReadableNodeStream(stream) && stream.readable && !isReadableFinished(stream);
}

export function isWritable(stream: any): boolean | null {
  if (stream?.[kIsWritable] != null) return stream[kIsWritable];
  if (typeof stream?.writable !== 'boolean') return null;
  if (isDestroyed(stream)) return false;
  return isWritableNodeStream(stream) && stream.writable && !isWritableEnded(stream);
}

export function isErrored(stream: any): boolean {
  return Boolean(
    stream?.[kIsErrored] ??
      stream?.readableErrored ??
      stream?.writableErrored ??
      stream?._readableState?.errorEmitted ??
      stream?._writableState?.errorEmitted ??
      stream?._readableState?.errored ??
      stream?._writableState?.errored
  );
}

export function isDisturbed(stream: any): boolean {
  return Boolean(stream && (stream[kIsDisturbed] ?? (stream.readableDidRead || stream.readableAborted)));
}

export function isFinished(stream: any, options?: { readable?: boolean; writable?: boolean }): boolean | null {
  if (!isNodeStream(stream)) return null;
  if (isDestroyed(stream)) return true;
  if (options?.readable !== false && isReadable(stream)) return false;
  if (options?.writable !== false && isWritable(stream)) return false;
  return true;
}

export function isClosed(stream: any): boolean | null {
  if (!isNodeStream(stream)) return null;
  if (typeof stream.closed === 'boolean') return stream.closed;
  const { _writableState: writable, _readableState: readable } = stream;
  if (typeof writable?.closed === 'boolean' || typeof readable?.closed === 'boolean') return writable?.closed || readable?.closed;
  if (typeof stream._closed === 'boolean' && isOutgoingMessage(stream)) return stream._closed;
  return null;
}

function isOutgoingMessage(stream: any): boolean {
  return (
    typeof stream._closed === 'boolean' &&
    typeof stream._defaultKeepAlive === 'boolean' &&
    typeof stream._removedConnection === 'boolean' &&
    typeof stream._removedContLen === 'boolean'
  );
}

export function isServerRequest(stream: any): boolean {
  return typeof stream._consuming === 'boolean' && typeof stream._dumped === 'boolean' && stream.req?.upgradeOrConnect === undefined;
}

export function isRequest(stream: any): boolean {
  return Boolean(stream && stream.setHeader && typeof stream.abort === 'function');
}

/** Whether the stream will emit `close`; null where that cannot be told. */
export function willEmitClose(stream: any): boolean | null {
  if (!isNodeStream(stream)) return null;
  const state = stream._writableState ?? stream._readableState;
  if (!state) return null;
  return Boolean(state.autoDestroy && state.emitClose && state.closed === false);
}
