// Checks of arguments that throw the errors of Node.js.

import { invalidArgType, invalidArgValue } from 'node-internal:internal_errors';
import { arrayIncludes, isArray } from 'node-internal:primordials';
import { quote } from 'node-internal:inspect_text';

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
