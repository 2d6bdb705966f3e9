// scrypt of `node:crypto`.

import { Buffer } from 'node-internal:internal_buffer';
import { keyBytes, KeyObject } from 'node-internal:crypto_keys';
import * as natives from 'node-internal:crypto_natives';
import { invalidArgType, invalidArgValue } from 'node-internal:internal_errors';
import { validateFunction, validateInteger, validateUint32 } from 'node-internal:validators';

const BYTES = ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'];
const LONGEST = 2 ** 31 - 1;

/** The most that N, r and p may come to. */
const DEAREST = 2 ** 20;

function requireBytes(value: any, name: string): Uint8Array {
  const bytes = value instanceof KeyObject ? undefined : keyBytes(value);
  if (bytes === undefined) throw invalidArgType(name, BYTES, value);
  return bytes;
}

/** An option that has two names, of which one may be given. */
function cost(options: any, name: string, other: string, missing: number): number {
  if (options[name] !== undefined) validateUint32(options[name], name);
  if (options[other] !== undefined) {
    if (options[name] !== undefined) throw invalidArgValue(other, options[other]);
    validateUint32(options[other], other);
  }
  return options[name] || options[other] || missing;
}

type Request = [length: number, password: Uint8Array, salt: Uint8Array, ...cost: number[]];

function prepare(password: any, salt: any, keylen: any, options: any): Request {
  const passwordBytes = requireBytes(password, 'password');
  const saltBytes = requireBytes(salt, 'salt');
  validateInteger(keylen, 'keylen', 0, LONGEST);
  options ??= {};
  const N = cost(options, 'N', 'cost', 16384);
  const r = cost(options, 'r', 'blockSize', 8);
  const p = cost(options, 'p', 'parallelization', 1);
  const { maxmem } = options;
  if (maxmem !== undefined) validateInteger(maxmem, 'maxmem', 0);
  return [keylen, passwordBytes, saltBytes, N, r, p, maxmem || 32 << 20];
}

function check([, , , N, r, p, maxmem]: Request): void {
  if (maxmem! >= 2 ** 32) throw new TypeError('Value out of range. Must be less than or equal to 4294967295.');
  if (N! * r! * p! > DEAREST) throw new RangeError(`Scrypt failed: cost exceeds maximum (${DEAREST}).`);
}

export function scryptSync(password: any, salt: any, keylen: any, options: any): any {
  const request = prepare(password, salt, keylen, options);
  check(request);
  return Buffer.from(natives.scrypt(...request).buffer as any);
}

export function scrypt(password: any, salt: any, keylen: any, options: any, ...rest: any[]): void {
  let callback = rest[0];
  if (callback === undefined) [options, callback] = [undefined, options];
  const request = prepare(password, salt, keylen, options);
  validateFunction(callback, 'callback');
  new Promise<Uint8Array>((resolve) => {
    check(request);
    resolve(natives.scryptLater(...request));
  }).then(
    (key) => callback(null, Buffer.from(key.buffer as any)),
    (error) => callback(error)
  );
}
