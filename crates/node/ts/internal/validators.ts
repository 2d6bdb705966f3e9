// Checks of arguments that throw the errors of Node.js.

import { invalidArgType, invalidArgValue, outOfRange } from 'node-internal:internal_errors';
import { arrayIncludes, isArray, numberIsInteger } from 'node-internal:primordials';
import { quote } from 'node-internal:inspect_text';

const MAX_INTEGER = 2 ** 53 - 1;

export function validateString(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw invalidArgType(name, 'string', value);
}

export function validateFunction(value: unknown, name: string): asserts value is Function {
  if (typeof value !== 'function') throw invalidArgType(name, 'Function', value);
}

export function validateObject(value: unknown, name: string): asserts value is object {
  if (value === null || isArray(value) || typeof value !== 'object') throw invalidArgType(name, 'Object', value);
}

export function validateOneOf<T>(value: unknown, name: string, allowed: T[]): asserts value is T {
  if (arrayIncludes(allowed, value as T)) return;
  let list = '';
  for (let i = 0; i < allowed.length; i++) {
    const item = allowed[i];
    list += (i === 0 ? '' : ', ') + (typeof item === 'string' ? quote(item) : `${item}`);
  }
  throw invalidArgValue(name, value, `must be one of: ${list}`);
}

export function validateBoolean(value: unknown, name: string): asserts value is boolean {
  if (typeof value !== 'boolean') throw invalidArgType(name, 'boolean', value);
}

export function validateInteger(value: unknown, name: string, least: number): asserts value is number {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if (!numberIsInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < least || value > MAX_INTEGER) throw outOfRange(name, `>= ${least} && <= ${MAX_INTEGER}`, value);
}
