// Key derivation of `node:crypto`: HKDF and PBKDF2.

import { Buffer } from 'node-internal:internal_buffer';
import { keyBytes, KeyObject } from 'node-internal:crypto_keys';
import * as natives from 'node-internal:crypto_natives';
import { invalidArgType, outOfRange } from 'node-internal:internal_errors';
import { nextTick } from 'node-internal:streams_state';
import { validateFunction, validateInteger, validateString } from 'node-internal:validators';

const LARGEST = 2 ** 31 - 1;
/** Bytes that HKDF may be told about what the key is for. */
const LONGEST_INFO = 1024;

function requireBytes(value: any, name: string, kinds: string[]): Uint8Array {
  // What may not be exported may not be derived from, either.
  if (value instanceof KeyObject && kinds === KEY) value = value.export();
  const bytes = value instanceof KeyObject ? undefined : keyBytes(value);
  if (bytes === undefined) throw invalidArgType(name, kinds, value);
  return bytes;
}

const BYTES = ['string', 'ArrayBuffer', 'TypedArray', 'DataView', 'Buffer'];
const PASSWORD = ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'];
const KEY = ['string', 'SecretKeyObject', 'ArrayBuffer', 'TypedArray', 'DataView', 'Buffer'];

function requireCount(value: any, name: string, least: number): void {
  validateInteger(value, name);
  if (value < least || value > LARGEST) throw outOfRange(name, `>= ${least} && <= ${LARGEST}`, value);
}

function prepareHkdf(digest: any, ikm: any, salt: any, info: any, length: any): () => ArrayBuffer {
  validateString(digest, 'digest');
  const key = requireBytes(ikm, 'ikm', KEY).slice();
  const saltBytes = requireBytes(salt, 'salt', BYTES).slice();
  const infoBytes = requireBytes(info, 'info', BYTES).slice();
  requireCount(length, 'length', 0);
  if (infoBytes.byteLength > LONGEST_INFO) {
    throw outOfRange('info', `must not contain more than ${LONGEST_INFO} bytes`, infoBytes.byteLength);
  }
  return () => {
    if (natives.digestSize(digest) === 0) throw new TypeError(`Invalid Hkdf digest: ${digest}`);
    const derived = natives.hkdf(digest, length, key, saltBytes, infoBytes);
    if (derived === undefined) throw new RangeError('Invalid Hkdf key length');
    return derived.buffer as ArrayBuffer;
  };
}

export function hkdfSync(digest: any, ikm: any, salt: any, info: any, length: any): ArrayBuffer {
  return prepareHkdf(digest, ikm, salt, info, length)();
}

export function hkdf(digest: any, ikm: any, salt: any, info: any, length: any, callback: any): void {
  const run = prepareHkdf(digest, ikm, salt, info, length);
  validateFunction(callback, 'callback');
  nextTick(() => {
    let derived: ArrayBuffer;
    try {
      derived = run();
    } catch (error) {
      callback(error);
      return;
    }
    callback(null, derived);
  });
}

type Pbkdf2 = [name: string, length: number, iterations: number, password: Uint8Array, salt: Uint8Array];

function preparePbkdf2(password: any, salt: any, iterations: any, keylen: any, digest: any): Pbkdf2 {
  validateString(digest, 'digest');
  const passwordBytes = requireBytes(password, 'password', PASSWORD);
  const saltBytes = requireBytes(salt, 'salt', PASSWORD);
  requireCount(iterations, 'iterations', 1);
  requireCount(keylen, 'keylen', 0);
  return [digest, keylen, iterations, passwordBytes, saltBytes];
}

/** Of a derived key, in digests. */
const LONGEST_KEY = 255;

function checkPbkdf2([name, length]: Pbkdf2): void {
  const size = natives.digestSize(name);
  if (size === 0) throw new TypeError(`Invalid Pbkdf2 digest: ${name}.`);
  if (length > LONGEST_KEY * size) throw new RangeError('Pbkdf2 failed: derived key length exceeds maximum for this hash');
}

export function pbkdf2Sync(password: any, salt: any, iterations: any, keylen: any, digest: any): any {
  const prepared = preparePbkdf2(password, salt, iterations, keylen, digest);
  checkPbkdf2(prepared);
  return Buffer.from(natives.pbkdf2(...prepared).buffer as ArrayBuffer);
}

export function pbkdf2(password: any, salt: any, iterations: any, keylen: any, digest: any, callback: any): void {
  if (typeof digest === 'function') {
    callback = digest;
    digest = undefined;
  }
  validateFunction(callback, 'callback');
  const prepared = preparePbkdf2(password, salt, iterations, keylen, digest);
  try {
    checkPbkdf2(prepared);
  } catch (error) {
    nextTick(callback, error);
    return;
  }
  natives.pbkdf2Later(...prepared).then(
    (derived) => nextTick(callback, null, Buffer.from(derived.buffer as ArrayBuffer)),
    (error) => nextTick(callback, error)
  );
}
