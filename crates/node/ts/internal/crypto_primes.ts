// Primes of `node:crypto`.

import { Buffer } from 'node-internal:internal_buffer';
import * as natives from 'node-internal:crypto_natives';
import { invalidArgType, outOfRange } from 'node-internal:internal_errors';
import { validateBoolean, validateFunction, validateInt32, validateObject } from 'node-internal:validators';

const KINDS = ['ArrayBuffer', 'TypedArray', 'Buffer', 'DataView', 'bigint'];

function numberBytes(number: any, name: string): Uint8Array {
  if (typeof number === 'bigint') {
    if (number < 0n) throw outOfRange(name, '>= 0', number);
    const digits = number.toString(16);
    return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  }
  if (ArrayBuffer.isView(number)) return new Uint8Array(number.buffer as ArrayBuffer, number.byteOffset, number.byteLength);
  if (number instanceof ArrayBuffer || number instanceof SharedArrayBuffer) return new Uint8Array(number as ArrayBuffer);
  throw invalidArgType(name, KINDS, number);
}

type Search = [bits: number, safe: boolean, add?: Uint8Array, rem?: Uint8Array];

/** What is looked for, and how the result is given. */
function searchOf(size: any, options: any): { search: Search; result(prime: Uint8Array): unknown } {
  validateObject(options, 'options');
  const { safe = false, bigint = false, add, rem } = options;
  validateBoolean(safe, 'options.safe');
  validateBoolean(bigint, 'options.bigint');
  const bytes = (number: any, name: string) => (number === undefined ? undefined : numberBytes(number, name));
  return {
    search: [size, safe, bytes(add, 'options.add'), bytes(rem, 'options.rem')],
    result: (prime) => (bigint ? BigInt(`0x${Buffer.from(prime).toString('hex')}`) : prime.buffer),
  };
}

export function generatePrimeSync(size: any, options: any = {}): any {
  validateInt32(size, 'size', 1);
  const { search, result } = searchOf(size, options);
  return result(natives.randomPrime(...search));
}
Object.defineProperty(generatePrimeSync, 'length', { value: 1 });

/** What fails at once fails as what fails later does. */
function later<T>(start: () => Promise<T>, callback: any, result: (value: T) => unknown): void {
  new Promise<T>((resolve) => resolve(start())).then(
    (value) => callback(null, result(value)),
    (error) => callback(error)
  );
}

export function generatePrime(size: any, options: any, callback: any): void {
  validateInt32(size, 'size', 1);
  if (typeof options === 'function') {
    callback = options;
    options = {};
  }
  validateFunction(callback, 'callback');
  const { search, result } = searchOf(size, options);
  later(() => natives.randomPrimeLater(...search), callback, result);
}

function checksOf(options: any): number {
  const { checks = 0 } = options;
  validateInt32(checks, 'options.checks', 0);
  return checks;
}

export function checkPrimeSync(candidate: any, options: any = {}): boolean {
  const bytes = numberBytes(candidate, 'candidate');
  validateObject(options, 'options');
  return natives.isPrime(bytes, checksOf(options));
}
Object.defineProperty(checkPrimeSync, 'length', { value: 1 });

export function checkPrime(candidate: any, options: any, callback: any): void {
  const bytes = numberBytes(candidate, 'candidate');
  if (typeof options === 'function') {
    callback = options;
    options = {};
  }
  validateObject(options, 'options');
  validateFunction(callback, 'callback');
  const checks = checksOf(options);
  later(() => natives.isPrimeLater(bytes, checks), callback, (prime) => prime);
}
