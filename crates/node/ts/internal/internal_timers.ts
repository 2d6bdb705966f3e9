// Timers of Node: objects where the web has numbers.

import * as host from 'node-internal:host';
import { validateFunction } from 'node-internal:validators';
import { kCustomPromisify } from 'node-internal:promisify';

/** Timers by the number that they convert to. */
const known = new Map<number, Timeout>();

const FOREVER = 2 ** 31 - 1;

export class Timeout {
  #id = 0;
  #running = false;
  #callback: Function;
  #delay: number;
  #repeat: boolean;
  #args: unknown[];
  #referenced = true;

  constructor(callback: Function, ...more: any[]) {
    const [delay, args, repeat, referenced] = more;
    this.#callback = callback;
    this.#delay = normalDelay(delay);
    this.#args = args ?? [];
    this.#repeat = repeat ?? false;
    this.#referenced = referenced ?? true;
    this.#start();
  }

  #start(): void {
    const fire = (...args: unknown[]): void => {
      if (!this.#repeat) {
        this.#running = false;
        known.delete(this.#id);
      }
      Reflect.apply(this.#callback, globalThis, args);
    };
    this.#id = host.startTimer(fire, this.#delay, this.#repeat, this.#args);
    this.#running = true;
  }

  #stop(): void {
    known.delete(this.#id);
    if (this.#running) host.clearTimer(this.#id);
    this.#running = false;
  }

  /** Starts the delay anew. */
  refresh(): this {
    const numbered = known.delete(this.#id);
    this.#stop();
    this.#start();
    if (numbered) known.set(this.#id, this);
    return this;
  }

  unref(): this {
    this.#referenced = false;
    return this;
  }

  ref(): this {
    this.#referenced = true;
    return this;
  }

  hasRef(): boolean {
    return this.#referenced;
  }

  close(): this {
    this.#stop();
    return this;
  }

  [Symbol.dispose](): void {
    this.#stop();
  }

  [Symbol.toPrimitive](): number {
    if (this.#running) known.set(this.#id, this);
    return this.#id;
  }
}

function normalDelay(delay: unknown): number {
  const number = +(delay as number);
  return number >= 1 && number <= FOREVER ? Math.trunc(number) : 1;
}

export function setTimeout(callback: Function, after: number, ...args: unknown[]): Timeout {
  validateFunction(callback, 'callback');
  return new Timeout(callback, after, args, false);
}

export function setInterval(callback: Function, repeat: number, ...args: unknown[]): Timeout {
  validateFunction(callback, 'callback');
  return new Timeout(callback, repeat, args, true);
}

export function clearTimeout(timer: unknown): void {
  if (timer instanceof Timeout) {
    timer.close();
    return;
  }
  if (typeof timer === 'number' || typeof timer === 'string') {
    const number = +timer;
    const found = known.get(number);
    if (found !== undefined) found.close();
    else if (Number.isSafeInteger(number)) host.clearTimer(number);
  }
}

export function clearInterval(timer: unknown): void {
  clearTimeout(timer);
}

export const setImmediate: any = function setImmediate(...args: any[]): object {
  if (typeof args[0] !== 'function') throw wrongParameter('setImmediate', 'function');
  return host.startImmediate(args[0], args.slice(1));
}.bind(undefined);

export const clearImmediate: any = function clearImmediate(...args: any[]): void {
  if (args[0] === undefined || args[0] === null) return;
  if (!host.clearImmediate(args[0])) throw wrongParameter('clearImmediate', 'Immediate');
}.bind(undefined);

/** As natives call their mistakes, which these two are in the real workerd. */
function wrongParameter(name: string, type: string): Error {
  return new TypeError(`Failed to execute '${name}' on 'TimersUtil': parameter 1 is not of type '${type}'.`);
}

export function active(_timer: unknown): void {}

export function unenroll(_timer: unknown): void {}

export function enroll(_item: unknown, _msecs: unknown): never {
  throw new Error('Not implemented. Please use setTimeout() instead.');
}

// The promises are only loaded for those who ask.
function promised(name: 'setTimeout' | 'setImmediate'): PropertyDescriptor {
  return {
    enumerable: true,
    get: () => host.load('node-internal:timers_promises')[name],
  };
}
Object.defineProperty(setTimeout, kCustomPromisify, promised('setTimeout'));
Object.defineProperty(setImmediate, kCustomPromisify, promised('setImmediate'));
