// Checks of arguments that throw the errors of Node.js.

import { coded, invalidArgType, invalidArgValue, outOfRange } from 'node-internal:internal_errors';
import {
  arrayIncludes,
  arrayJoin,
  ErrorConstructor,
  isArray,
  isArrayBufferView,
  numberIsInteger,
  stringTrim,
} from 'node-internal:primordials';
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

export function validateNumber(value: unknown, name: string, least?: number, most?: number): asserts value is number {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  const wrong = (least !== undefined && value < least) || (most !== undefined && value > most);
  if (wrong || ((least !== undefined || most !== undefined) && value !== value)) {
    const parts: string[] = [];
    if (least !== undefined) parts[parts.length] = `>= ${least}`;
    if (most !== undefined) parts[parts.length] = `<= ${most}`;
    throw outOfRange(name, arrayJoin(parts, ' && '), value);
  }
}

export function validateInteger(
  value: unknown,
  name: string,
  least = -MAX_INTEGER,
  most = MAX_INTEGER
): asserts value is number {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if (!numberIsInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < least || value > most) throw outOfRange(name, `>= ${least} && <= ${most}`, value);
}

export function validateInt32(value: unknown, name: string, least = -(2 ** 31), most = 2 ** 31 - 1): asserts value is number {
  validateInteger(value, name, least, most);
}

export function validateUint32(value: unknown, name: string, positive = false): asserts value is number {
  validateInteger(value, name);
  const least = positive ? 1 : 0;
  if (value < least || value >= 2 ** 32) throw outOfRange(name, `>= ${least} && < 4294967296`, value);
}

export function validatePort(port: any, name = 'Port', allowZero = true): number {
  const typed = typeof port === 'number' || (typeof port === 'string' && stringTrim(port).length > 0);
  if (!typed || +port !== +port >>> 0 || +port > 0xffff || (port === 0 && !allowZero)) {
    const text = `${name} should be ${allowZero ? '>=' : '>'} 0 and < 65536. Received ${typeof port}.`;
    throw coded(ErrorConstructor, 'ERR_SOCKET_BAD_PORT', text);
  }
  return +port | 0;
}

export function validateArray(value: unknown, name: string, least = 0): asserts value is unknown[] {
  if (!isArray(value)) throw invalidArgType(name, 'Array', value);
  if (value.length < least) throw invalidArgValue(name, value, `must be longer than ${least}`);
}

export function validateStringArray(value: unknown, name: string): asserts value is string[] {
  validateArray(value, name);
  for (let i = 0; i < value.length; i++) validateString(value[i], `${name}[${i}]`);
}

export function validateAbortSignal(value: unknown, name: string): asserts value is AbortSignal | undefined {
  if (value === undefined) return;
  if (value === null || typeof value !== 'object' || !('aborted' in value)) {
    throw invalidArgType(name, 'AbortSignal', value);
  }
}

/** An object that may be a function or, where `lenient`, null. */
export function validateAnyObject(value: unknown, name: string, lenient = false): asserts value is object {
  if (value === null ? !lenient : typeof value !== 'object' && typeof value !== 'function') {
    throw invalidArgType(name, 'Object', value);
  }
}

export function validateBuffer(value: unknown, name = 'buffer'): asserts value is ArrayBufferView {
  if (!isArrayBufferView(value)) throw invalidArgType(name, ['Buffer', 'TypedArray', 'DataView'], value);
}
