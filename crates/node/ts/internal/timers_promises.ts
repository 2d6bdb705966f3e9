// Timers as promises and async iterators.

import * as timers from 'node-internal:internal_timers';
import { AbortError, coded } from 'node-internal:internal_errors';
import { validateAbortSignal, validateBoolean, validateNumber, validateObject } from 'node-internal:validators';

interface Given {
  signal?: AbortSignal;
  ref?: boolean;
}

function check(options: any): Given {
  if (options === undefined) return {};
  validateObject(options, 'options');
  const { signal, ref = true } = options as any;
  validateAbortSignal(signal, 'options.signal');
  validateBoolean(ref, 'options.ref');
  return { signal, ref };
}

function abortion(signal: AbortSignal): AbortError {
  return new AbortError(undefined, { cause: signal.reason });
}

/** A promise that `start` settles and the signal rejects. */
function abortable<T>(
  signal: AbortSignal | undefined,
  start: (resolve: (value: T) => void) => () => void
): Promise<T> {
  if (signal?.aborted) return Promise.reject(abortion(signal));
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      cancel();
      reject(abortion(signal!));
    };
    const cancel = start((value) => {
      signal?.removeEventListener('abort', onAbort);
      resolve(value);
    });
    signal?.addEventListener('abort', onAbort, { once: true } as any);
  });
}

export async function setTimeout<T>(delay: number, value?: T, options?: Given): Promise<T | undefined> {
  if (delay !== undefined) validateNumber(delay, 'delay');
  const { signal, ref } = check(options);
  return abortable<T | undefined>(signal, (resolve) => {
    const timer = timers.setTimeout(() => resolve(value), delay);
    if (ref === false) timer.unref();
    return () => timers.clearTimeout(timer);
  });
}
Object.defineProperty(setTimeout, 'length', { value: 2 });

export async function setImmediate<T>(value?: T, options?: Given): Promise<T | undefined> {
  const { signal } = check(options);
  return abortable<T | undefined>(signal, (resolve) => {
    const timer = timers.setImmediate(() => resolve(value));
    return () => timers.clearImmediate(timer);
  });
}
Object.defineProperty(setImmediate, 'length', { value: 1 });

export async function* setInterval<T>(delay: number, value?: T, options?: Given): AsyncGenerator<T | undefined> {
  if (delay !== undefined) validateNumber(delay, 'delay');
  const { signal, ref } = check(options);
  if (signal?.aborted) throw abortion(signal);
  let due = 0;
  let wake: (() => void) | undefined;
  const notify = (): void => {
    const resume = wake;
    wake = undefined;
    resume?.();
  };
  const timer = timers.setInterval(() => {
    due++;
    notify();
  }, delay);
  if (ref === false) timer.unref();
  const onAbort = (): void => {
    timers.clearInterval(timer);
    notify();
  };
  signal?.addEventListener('abort', onAbort, { once: true } as any);
  try {
    while (!signal?.aborted) {
      if (due === 0) await new Promise<void>((resolve) => (wake = resolve));
      for (; due > 0; due--) yield value;
    }
    throw abortion(signal!);
  } finally {
    timers.clearInterval(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
Object.defineProperty(setInterval, 'length', { value: 2 });

const kScheduler = Symbol('kScheduler');

class Scheduler {
  [kScheduler] = true;

  #check(): void {
    if (!(this as any)?.[kScheduler]) throw coded(TypeError, 'ERR_INVALID_THIS', 'Value of "this" must be of type Scheduler');
  }

  async yield(): Promise<void> {
    this.#check();
    await setImmediate();
  }

  async wait(delay: number, options?: Given): Promise<void> {
    this.#check();
    await setTimeout(delay, undefined, options);
  }
}

export const scheduler = new Scheduler();

export default { setTimeout, setImmediate, setInterval, scheduler };
