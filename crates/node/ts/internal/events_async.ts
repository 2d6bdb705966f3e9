// Events as promises and async iterators, and the emitter that has an asynchronous resource.

import natives from 'node-internal:async_hooks';
import { EventEmitter, addAbortListener } from 'node-internal:events';
import { AbortError, coded, invalidArgType } from 'node-internal:internal_errors';
import { validateAbortSignal, validateInteger, validateAnyObject } from 'node-internal:validators';


function listen(emitter: any, name: PropertyKey, listener: (...args: any[]) => void, flags?: any): void {
  if (typeof emitter.on === 'function') {
    if (flags?.once) emitter.once(name, listener);
    else emitter.on(name, listener);
  } else if (typeof emitter.addEventListener === 'function') {
    emitter.addEventListener(name, listener, flags);
  } else {
    throw invalidArgType('emitter', 'EventEmitter', emitter);
  }
}

function unlisten(emitter: any, name: PropertyKey, listener: (...args: any[]) => void): void {
  if (typeof emitter.removeListener === 'function') emitter.removeListener(name, listener);
  else if (typeof emitter.removeEventListener === 'function') emitter.removeEventListener(name, listener);
  else throw invalidArgType('emitter', 'EventEmitter', emitter);
}

/** The arguments of the next event of this name. */
export async function once(emitter: any, name: PropertyKey, options: any = {}): Promise<unknown[]> {
  validateAnyObject(options, 'options');
  const signal: AbortSignal | undefined = options.signal;
  validateAbortSignal(signal, 'options.signal');
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  return new Promise((resolve, reject) => {
    const onError = (error: unknown): void => {
      unlisten(emitter, name, onEvent);
      if (signal != null) unlisten(signal, 'abort', onAbort);
      reject(error);
    };
    const onEvent = (...args: unknown[]): void => {
      if (typeof emitter.removeListener === 'function') emitter.removeListener('error', onError);
      if (signal != null) unlisten(signal, 'abort', onAbort);
      resolve(args);
    };
    const onAbort = (): void => {
      unlisten(emitter, name, onEvent);
      unlisten(emitter, 'error', onError);
      reject(new AbortError(undefined, { cause: signal?.reason }));
    };
    listen(emitter, name, onEvent, { once: true });
    if (name !== 'error' && typeof emitter.once === 'function') emitter.once('error', onError);
    if (signal != null) listen(signal, 'abort', onAbort, { once: true });
  });
}
Object.defineProperty(once, 'length', { value: 2 });

const AsyncIteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}).prototype);

/** All events of this name from now on. */
export function on(emitter: any, event: PropertyKey, options: any = {}): AsyncIterableIterator<unknown[]> {
  validateAnyObject(options, 'options');
  const signal: AbortSignal | undefined = options.signal;
  validateAbortSignal(signal, 'options.signal');
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  const high = options.highWaterMark ?? options.highWatermark ?? Number.MAX_SAFE_INTEGER;
  validateInteger(high, 'options.highWaterMark', 1);
  const low = options.lowWaterMark ?? options.lowWatermark ?? 1;
  validateInteger(low, 'options.lowWaterMark', 1);
  const events: unknown[][] = [];
  const waiting: Array<{ resolve: (value: any) => void; reject: (error: unknown) => void }> = [];
  let paused = false;
  let failure: { error: unknown } | undefined;
  let finished = false;
  let abortListener: Disposable | undefined;

  const onEvent = (...args: unknown[]): void => {
    const next = waiting.shift();
    if (next !== undefined) {
      next.resolve({ value: args, done: false });
      return;
    }
    events.push(args);
    if (!paused && events.length > high && typeof emitter.pause === 'function') {
      paused = true;
      emitter.pause();
    }
  };
  const onError = (error: unknown): void => {
    const next = waiting.shift();
    if (next === undefined) failure = { error };
    else next.reject(error);
    close();
  };
  const onClose = (): void => {
    close();
  };
  const closing: string[] = options.close ?? [];
  function close(): Promise<IteratorResult<unknown[]>> {
    abortListener?.[Symbol.dispose]();
    unlisten(emitter, event, onEvent);
    if (event !== 'error' && typeof emitter.on === 'function') unlisten(emitter, 'error', onError);
    for (const name of closing) unlisten(emitter, name, onClose);
    finished = true;
    const done = { value: undefined, done: true } as const;
    for (let next; (next = waiting.shift()) !== undefined; ) next.resolve(done);
    return Promise.resolve(done);
  }

  const iterator = Object.setPrototypeOf(
    {
      next(): Promise<IteratorResult<unknown[]>> {
        if (events.length > 0) {
          const value = events.shift()!;
          if (paused && events.length < low) {
            emitter.resume();
            paused = false;
          }
          return Promise.resolve({ value, done: false });
        }
        if (failure !== undefined) {
          const rejected = Promise.reject(failure.error);
          failure = undefined;
          return rejected;
        }
        if (finished) return close();
        return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
      },
      return(): Promise<IteratorResult<unknown[]>> {
        return close();
      },
      throw(error: unknown): void {
        if (!error || !(error instanceof Error)) throw invalidArgType('EventEmitter.AsyncIterator', 'Error', error);
        onError(error);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    },
    AsyncIteratorPrototype
  );

  listen(emitter, event, onEvent);
  if (event !== 'error' && typeof emitter.on === 'function') listen(emitter, 'error', onError);
  for (const name of closing) listen(emitter, name, onClose);
  if (signal) abortListener = addAbortListener(signal, () => onError(new AbortError(undefined, { cause: signal.reason })));
  return iterator;
}
Object.defineProperty(on, 'length', { value: 2 });

/** The resource of an emitter. */
class EventEmitterReferencingAsyncResource extends natives.AsyncResource {
  #emitter: unknown;

  constructor(emitter: unknown, type: string, options: any) {
    super(type, options);
    this.#emitter = emitter;
  }

  get eventEmitter(): unknown {
    return this.#emitter;
  }
}

export class EventEmitterAsyncResource extends EventEmitter {
  #resource: any;

  constructor(options: any) {
    let name: unknown;
    if (typeof options === 'string') {
      name = options;
      options = undefined;
    } else {
      name = options?.name || new.target.name;
    }
    super(options);
    this.#resource = new EventEmitterReferencingAsyncResource(this, name as string, undefined);
  }

  #checked(): any {
    if (!(#resource in this)) throw invalidThis();
    return this.#resource;
  }

  emit(event: PropertyKey, ...args: unknown[]): boolean {
    return this.#checked().runInAsyncScope(super.emit, this, event, ...args);
  }

  get asyncResource(): any {
    return this.#checked();
  }
}

function invalidThis(): Error {
  return coded(TypeError, 'ERR_INVALID_THIS', 'Value of "this" must be of type EventEmitterAsyncResource');
}

Object.assign(EventEmitter, { once, on, EventEmitterAsyncResource });

