// `promisify` and `callbackify` of node:util.

import { coded, received } from 'node-internal:internal_errors';
import { validateFunction } from 'node-internal:validators';

export const kCustomPromisify: unique symbol = Symbol.for('nodejs.util.promisify.custom') as any;

/** Under this key a function names the values that its callback gets, for a promise of an object. */
export const kCustomPromisifyArgs: unique symbol = Symbol.for('nodejs.util.promisify.custom.args') as any;

export function promisify(original: any): any {
  validateFunction(original, 'original');
  const custom = (original as any)[kCustomPromisify];
  if (custom) {
    validateFunction(custom, 'util.promisify.custom');
    return Object.defineProperty(custom, kCustomPromisify, { value: custom, configurable: true });
  }
  const names: string[] | undefined = (original as any)[kCustomPromisifyArgs];
  function promisified(this: unknown, ...args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [
        ...args,
        (error: unknown, ...values: unknown[]) => {
          if (error) return reject(error);
          if (names === undefined || values.length <= 1) return resolve(values[0]);
          const result: Record<string, unknown> = {};
          for (let i = 0; i < names.length; i++) result[names[i]!] = values[i];
          resolve(result);
        },
      ]);
    });
  }
  Object.setPrototypeOf(promisified, Object.getPrototypeOf(original));
  Object.defineProperty(promisified, kCustomPromisify, { value: promisified, configurable: true });
  const descriptors = Object.getOwnPropertyDescriptors(original);
  for (const descriptor of Object.values(descriptors) as any[]) Object.setPrototypeOf(descriptor, null);
  return Object.defineProperties(promisified, descriptors as any);
}
promisify.custom = kCustomPromisify;

function reportRejection(reason: any, callback: (error: unknown) => void): void {
  if (!reason) {
    const error = coded(Error, 'ERR_FALSY_VALUE_REJECTION', 'Promise was rejected with falsy value') as any;
    error.reason = reason;
    reason = error;
  }
  callback(reason);
}

export function callbackify(original: any): any {
  validateFunction(original, 'original');
  function callbackified(this: unknown, ...args: any[]): void {
    const last = args.pop();
    if (typeof last !== 'function') {
      throw coded(TypeError, 'ERR_INVALID_ARG_TYPE', `The last argument must be of type function.${received(last)}`);
    }
    const callback = last.bind(this);
    Reflect.apply(original, this, args).then(
      (value: unknown) => queueMicrotask(() => callback(null, value)),
      (reason: unknown) => queueMicrotask(() => reportRejection(reason, callback))
    );
  }
  const descriptors: any = Object.getOwnPropertyDescriptors(original);
  // One more parameter, and a name of its own.
  if (typeof descriptors.length.value === 'number') descriptors.length.value++;
  if (typeof descriptors.name.value === 'string') descriptors.name.value += 'Callbackified';
  for (const descriptor of Object.values(descriptors) as any[]) Object.setPrototypeOf(descriptor, null);
  Object.defineProperties(callbackified, descriptors);
  return callbackified;
}
