// The helpers of iteration that Readables have: `map()`, `filter()` and the like.

import { AbortError, coded, invalidArgType, invalidArgValue, outOfRange } from 'node-internal:internal_errors';
import { eos } from 'node-internal:streams_finished';
import { Readable } from 'node-internal:streams_iterate';
import { isNodeStream, isWritable, nop } from 'node-internal:streams_state';
import { validateAbortSignal, validateInteger, validateObject } from 'node-internal:validators';

const kEmpty = Symbol('kEmpty');
const kEnd = Symbol('kEnd');

function checkOptions(options: any): void {
  if (options !== undefined && options !== null) validateObject(options, 'options');
  if (options?.signal !== undefined && options.signal !== null) validateAbortSignal(options.signal, 'options.signal');
}

function requireFunction(fn: unknown, name: string): void {
  if (typeof fn !== 'function') throw invalidArgType(name, ['Function', 'AsyncFunction'], fn);
}

/** Chunks as `fn` maps them, several at a time, in order. */
function map(this: any, fn: any, options?: any): AsyncGenerator<any> {
  requireFunction(fn, 'fn');
  checkOptions(options);
  let concurrency = 1;
  if (options?.concurrency !== undefined && options.concurrency !== null) concurrency = Math.floor(options.concurrency);
  let mark = concurrency - 1;
  if (options?.highWaterMark !== undefined && options.highWaterMark !== null) mark = Math.floor(options.highWaterMark);
  validateInteger(concurrency, 'options.concurrency', 1);
  validateInteger(mark, 'options.highWaterMark', 0);
  return mapChunks(this, fn, options, concurrency, mark + concurrency);
}

async function* mapChunks(stream: any, fn: any, options: any, concurrency: number, most: number): AsyncGenerator<any> {
  const signal = AbortSignal.any([options?.signal].filter(Boolean));
  const queue: any[] = [];
  let wakeReader: (() => void) | undefined;
  let wakeSource: (() => void) | undefined;
  let isDone = false;
  let running = 0;

  function settled(): void {
    running--;
    maybeWakeSource();
  }

  function maybeWakeSource(): void {
    if (!wakeSource || isDone || running >= concurrency || queue.length >= most) return;
    const wake = wakeSource;
    wakeSource = undefined;
    wake();
  }

  async function pump(): Promise<void> {
    try {
      for await (let value of stream) {
        if (isDone) return;
        if (signal.aborted) throw new AbortError();
        try {
          value = fn(value, { signal });
          if (value === kEmpty) continue;
          value = Promise.resolve(value);
        } catch (error) {
          value = Promise.reject(error);
        }
        running++;
        value.then(settled, (_: unknown) => {
          isDone = true;
          settled();
        });
        queue.push(value);
        wakeReader?.();
        wakeReader = undefined;
        if (!isDone && (queue.length >= most || running >= concurrency)) {
          await new Promise<void>((resolve) => {
            wakeSource = resolve;
          });
        }
      }
      queue.push(kEnd);
    } catch (error) {
      const failure = Promise.reject(error);
      failure.then(settled, nop);
      queue.push(failure);
    } finally {
      isDone = true;
      wakeReader?.();
      wakeReader = undefined;
    }
  }

  void pump();
  try {
    for (;;) {
      while (queue.length > 0) {
        const value = await queue[0];
        if (value === kEnd) return;
        if (signal.aborted) throw new AbortError();
        if (value !== kEmpty) yield value;
        queue.shift();
        maybeWakeSource();
      }
      await new Promise<void>((resolve) => {
        wakeReader = resolve;
      });
    }
  } finally {
    isDone = true;
    wakeSource?.();
    wakeSource = undefined;
  }
}

function asIndexedPairs(this: any, options?: any): AsyncGenerator<any> {
  checkOptions(options);
  return number(this, options);
}

async function* number(stream: any, options: any): AsyncGenerator<any> {
  let index = 0;
  for await (const value of stream) {
    if (options?.signal?.aborted) throw new AbortError(undefined, { cause: options.signal.reason });
    yield [index++, value];
  }
}

function filter(this: any, fn: any, options?: any): AsyncGenerator<any> {
  requireFunction(fn, 'fn');
  return map.call(this, async (value: unknown, more: unknown) => ((await fn(value, more)) ? value : kEmpty), options);
}

async function some(this: any, fn: any, options?: any): Promise<boolean> {
  for await (const _ of filter.call(this, fn, options)) return true;
  return false;
}

async function every(this: any, fn: any, options?: any): Promise<boolean> {
  requireFunction(fn, 'fn');
  return !(await some.call(this, async (...args: unknown[]) => !(await fn(...args)), options));
}

async function find(this: any, fn: any, options?: any): Promise<any> {
  for await (const result of filter.call(this, fn, options)) return result;
  return undefined;
}

async function forEach(this: any, fn: any, options?: any): Promise<void> {
  requireFunction(fn, 'fn');
  const each = async (value: unknown, more: unknown): Promise<symbol> => {
    await fn(value, more);
    return kEmpty;
  };
  for await (const _ of map.call(this, each, options));
}

function missingInitialValue(): Error {
  return coded(TypeError, 'ERR_MISSING_ARGS', 'Reduce of an empty stream requires an initial value');
}

async function reduce(this: any, reducer: any, initial: any, options?: any): Promise<any> {
  requireFunction(reducer, 'reducer');
  checkOptions(options);
  let hasValue = arguments.length > 1;
  if (options?.signal?.aborted) {
    const error = new AbortError(undefined, { cause: options.signal.reason });
    // The failure is that of this call, not of the stream.
    this.once('error', nop);
    this.destroy(error);
    await new Promise<void>((resolve) => {
      eos(this, () => resolve());
    });
    throw error;
  }
  const controller = new AbortController();
  const { signal } = controller;
  options?.signal?.addEventListener('abort', () => controller.abort(), { once: true });
  let isEmpty = true;
  try {
    for await (const value of this) {
      isEmpty = false;
      if (options?.signal?.aborted) throw new AbortError();
      if (hasValue) {
        initial = await reducer(initial, value, { signal });
      } else {
        initial = value;
        hasValue = true;
      }
    }
    if (isEmpty && !hasValue) throw missingInitialValue();
  } finally {
    controller.abort();
  }
  return initial;
}

async function toArray(this: any, options?: any): Promise<any[]> {
  checkOptions(options);
  const result: any[] = [];
  for await (const value of this) {
    if (options?.signal?.aborted) throw new AbortError(undefined, { cause: options.signal.reason });
    result.push(value);
  }
  return result;
}

async function* flatten(values: AsyncGenerator<any>): AsyncGenerator<any> {
  for await (const value of values) yield* value;
}

function flatMap(this: any, fn: any, options?: any): AsyncGenerator<any> {
  return flatten(map.call(this, fn, options));
}

function count(value: any): number {
  const number = Number(value);
  if (Number.isNaN(number)) return 0;
  if (number < 0) throw outOfRange('number', '>= 0', number);
  return number;
}

async function* skip(stream: any, number: number, options: any): AsyncGenerator<any> {
  if (options?.signal?.aborted) throw new AbortError();
  for await (const value of stream) {
    if (options?.signal?.aborted) throw new AbortError();
    if (number-- <= 0) yield value;
  }
}

function drop(this: any, number: any, options?: any): AsyncGenerator<any> {
  checkOptions(options);
  return skip(this, count(number), options);
}

async function* first(stream: any, number: number, options: any): AsyncGenerator<any> {
  if (options?.signal?.aborted) throw new AbortError();
  for await (const value of stream) {
    if (options?.signal?.aborted) throw new AbortError();
    if (number-- > 0) yield value;
    // It is not read any further than it has to be.
    if (number <= 0) return;
  }
}

function take(this: any, number: any, options?: any): AsyncGenerator<any> {
  checkOptions(options);
  return first(this, count(number), options);
}

const STREAMS: Record<string, any> = { asIndexedPairs, drop, filter, flatMap, map, take };

for (const name of Object.keys(STREAMS)) {
  const operator = STREAMS[name];
  Readable.prototype[name] = function (this: any, ...args: unknown[]) {
    return Readable.from(Reflect.apply(operator, this, args));
  };
  Object.defineProperty(Readable.prototype[name], 'length', { value: operator.length });
}
Object.assign(Readable.prototype, { every, forEach, reduce, toArray, some, find });

export { Readable };
