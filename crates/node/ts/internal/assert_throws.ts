// `throws`, `rejects` and their opposites: checks of what a function or promise throws.

import { AssertionError, type AssertionErrorOptions } from 'node-internal:assert_error';
import { isDeepStrictEqual } from 'node-internal:internal_comparisons';
import {
  ambiguousArgument,
  invalidArgType,
  invalidArgValue,
  invalidReturnValue,
} from 'node-internal:internal_errors';
import { inspect } from 'node-internal:internal_inspect';
import {
  arrayPush,
  ErrorConstructor,
  objectGetPrototypeOf,
  objectKeys,
  objectPrototype,
  PromiseConstructor,
  regexpTest,
  stringOf,
} from 'node-internal:primordials';
import { isRegExp } from 'node-internal:util_natives';

type Expected = RegExp | Function | Error | object | string | null | undefined;

/** A failure whose message counts as generated although it is given. */
export function failure(options: AssertionErrorOptions & { generatedMessage?: boolean }): AssertionError {
  const error = new AssertionError(options);
  if (options.generatedMessage) error.generatedMessage = true;
  return error;
}

const KINDS = ['Function', 'Error', 'RegExp', 'Object'];

function isExpectation(expected: unknown): boolean {
  return typeof expected === 'function' || typeof expected === 'object';
}

export function throws(fn: () => void, error?: Expected, message?: string): void {
  if (typeof fn !== 'function') throw invalidArgType('fn', 'function', fn);
  const isPlain = typeof error === 'object' && error !== null && objectGetPrototypeOf(error) === objectPrototype;
  if (isPlain && objectKeys(error as object).length === 0) {
    throw invalidArgValue('error', error, 'may not be an empty object');
  }
  const isOptional = typeof message !== 'string' && (error === undefined || typeof error === 'string');
  if (!isOptional && !isExpectation(error)) throw invalidArgType('error', KINDS, error);
  try {
    fn();
  } catch (thrown) {
    validate(thrown, error, message, 'throws');
    return;
  }
  throw new AssertionError({
    message: `Missing expected exception${missing(error, message)}`,
    operator: 'throws',
    actual: undefined,
    expected: !message && typeof error === 'string' ? undefined : error,
  });
}

function missing(error: any, message: string | undefined): string {
  if (message) return typeof error === 'function' && error.name ? ` (${error.name}): ${message}` : `: ${message}`;
  if (typeof error === 'string') return `: ${error}`;
  return typeof error === 'function' && error.prototype !== undefined ? ` (${error.name}).` : '.';
}

export function doesNotThrow(fn: () => void, expected?: RegExp | Function | string, message?: string | Error): void {
  if (typeof fn !== 'function') throw invalidArgType('fn', 'function', fn);
  const isValid =
    isRegExp(expected) || typeof expected === 'function' || typeof expected === 'string' || expected === undefined;
  if (!isValid) throw invalidArgType('expected', ['Function', 'RegExp'], fn);
  try {
    fn();
  } catch (thrown) {
    unwanted(thrown, expected, message, 'doesNotThrow');
  }
}

export function rejects(promiseFn: any, error?: Expected, message?: string): Promise<void> {
  const onFulfilled = (): never => {
    const text = `Missing expected rejection${missing(error, undefined)}`;
    throw failure({ message: text, operator: 'rejects', generatedMessage: true });
  };
  return settle(promiseFn, onFulfilled, (reason) => validate(reason, error, message, 'rejects', 'validate'));
}

export function doesNotReject(promiseFn: any, error?: RegExp | Function | string, message?: string): Promise<void> {
  return settle(
    promiseFn,
    () => {},
    (reason) => unwanted(reason, error, message, 'doesNotReject')
  );
}

function isThenable(value: any): boolean {
  return !!value && (value instanceof PromiseConstructor || typeof value.then === 'function');
}

/** Waits for a promise, or for the promise that a function returns. */
function settle(promiseFn: any, onFulfilled: () => void, onRejected: (reason: unknown) => void): Promise<void> {
  let promise = promiseFn;
  if (typeof promiseFn === 'function') {
    try {
      promise = promiseFn();
    } catch (error) {
      return reject(error);
    }
    if (!isThenable(promise)) return reject(invalidReturnValue('instance of Promise', 'promiseFn', promise));
  } else if (!isThenable(promise)) {
    return reject(invalidArgType('promiseFn', ['function', 'Promise'], promise));
  }
  return promise.then(onFulfilled, onRejected);
}

function reject(error: unknown): Promise<never> {
  return new PromiseConstructor((_resolve, rejectNew) => rejectNew(error));
}

/** Throws unless what was thrown is as expected. */
function validate(thrown: any, expected: Expected, message: string | undefined, operator: string, name?: string): void {
  if (typeof expected === 'string') {
    if (message != null) throw invalidArgType('error', ['Object', 'Error', 'Function', 'RegExp'], expected);
    checkAmbiguity(thrown, expected);
    return;
  }
  if (expected === undefined) return;
  const fail = (text: string): never => {
    throw failure({ message: text, actual: thrown, expected, operator, generatedMessage: true });
  };
  if (typeof expected === 'function') {
    if (isErrorClass(expected)) {
      if (thrown instanceof expected) return;
      const found = thrown?.constructor?.name;
      fail(
        `The error is expected to be an instance of "${expected.name}". Received "${found}"\n\nError message:\n\n${thrown?.message}`
      );
    }
    const result = expected(thrown);
    if (result === true) return;
    const which = name === undefined ? 'validation' : `"${name}" validation`;
    fail(`The ${which} function is expected to return "true". Received ${inspect(result)}\n\nCaught error:\n\n${thrown}`);
  }
  if (isRegExp(expected)) {
    const text = stringOf(thrown);
    if (regexpTest(expected, text)) return;
    fail(`The input did not match the regular expression ${expected}. Input:\n\n'${text}'\n`);
  }
  if (expected === null) {
    throw failure({ message: `Invalid expectation: ${expected}`, operator, generatedMessage: true });
  }
  validateProperties(thrown, expected, message, operator);
}

function checkAmbiguity(thrown: any, expected: string): void {
  const isObject = typeof thrown === 'object' && thrown !== null;
  if ((isObject ? thrown.message : thrown) !== expected) return;
  const what = isObject ? 'error message' : 'error';
  throw ambiguousArgument('error/message', `The ${what} "${expected}" is identical to the message.`);
}

function isErrorClass(value: Function): value is new () => Error {
  return value.prototype !== undefined && ((value as any) === ErrorConstructor || value.prototype instanceof ErrorConstructor);
}

function validateProperties(thrown: any, expected: any, message: string | undefined, operator: string): void {
  const keys: string[] = objectKeys(expected);
  if (expected instanceof ErrorConstructor) arrayPush(keys, 'name', 'message');
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    let problem: string | undefined;
    if (thrown == null) problem = 'object is expected to thrown, but got null';
    else if (typeof thrown === 'string' || typeof thrown === 'number') {
      problem = `object is expected to thrown, but got ${typeof thrown}: ${thrown}`;
    } else if (!(key in thrown)) problem = `A key in the expected object is missing: ${key}`;
    if (problem !== undefined) {
      const options = { actual: thrown, expected, operator, generatedMessage: message == null };
      throw failure({ message: message || problem, ...options });
    }
    validateProperty(thrown[key], expected[key]);
  }
}

function validateProperty(actual: unknown, expected: unknown): void {
  if (typeof actual === 'string' && isRegExp(expected)) {
    if (regexpTest(expected, actual)) return;
    const message = `actual: "${actual}" expected to match: "${expected}"`;
    throw new AssertionError({ message, actual, expected, operator: 'match' });
  }
  if (!isDeepStrictEqual(actual, expected)) throw new AssertionError({ actual, expected, operator: 'deepStrictEqual' });
}

/** Throws because something was thrown. */
function unwanted(thrown: any, expected: any, message: string | Error | undefined, operator: string): never {
  const fail = (text: string): never => {
    throw new AssertionError({ message: text, operator });
  };
  if (typeof expected === 'string') fail(`Got unwanted exception: ${expected}\nActual message: "${thrown.message}"`);
  const suffix = message ? ` ${stringOf(message)}` : '';
  if (typeof expected === 'function' && expected.prototype !== undefined) {
    if (thrown instanceof expected) fail(`Got unwanted exception: ${thrown.constructor?.name}${suffix}`);
    if (!(expected.prototype instanceof ErrorConstructor) && expected(thrown) === true) {
      fail(`Got unwanted rejection.\nActual message: "${thrown.message}"${suffix}`);
    }
    throw thrown;
  }
  const actual = thrown ? thrown.message : stringOf(thrown);
  return fail(`Got unwanted exception${message ? `: ${message}` : '.'}\nActual message: "${actual}"`);
}
