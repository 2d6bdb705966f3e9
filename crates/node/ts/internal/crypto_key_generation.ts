// Fresh keys of `node:crypto`.

import { exportKey, validateOptions } from 'node-internal:crypto_key_export';
import { createSecretKey, pairedKey, type SecretKeyObject, stateOf } from 'node-internal:crypto_keys';
import * as natives from 'node-internal:crypto_natives';
import { randomBytes } from 'node-internal:crypto_random';
import { coded, invalidArgType } from 'node-internal:internal_errors';
import { kCustomPromisifyArgs } from 'node-internal:promisify';
import {
  validateFunction,
  validateInt32,
  validateInteger,
  validateObject,
  validateOneOf,
  validateString,
  validateUint32,
} from 'node-internal:validators';

const AES_BITS = [128, 192, 256];

export function generateKeySync(type: any, options: any): SecretKeyObject {
  validateOneOf(type, 'type', ['hmac', 'aes']);
  validateObject(options, 'options');
  const { length } = options;
  if (type === 'hmac') validateInteger(length, 'options.length', 8, 65536);
  else validateOneOf(length, 'options.length', AES_BITS);
  return createSecretKey(randomBytes(Math.floor(length / 8), undefined));
}

/** Calls back soon; what that throws is reported. */
function callLater(callback: any, outcome: unknown[]): void {
  queueMicrotask(() => {
    try {
      callback(...outcome);
    } catch (error) {
      reportError(error);
    }
  });
}

export function generateKey(type: any, options: any, callback: any): void {
  let outcome: unknown[];
  try {
    outcome = [null, generateKeySync(type, options)];
  } catch (error) {
    outcome = [error];
  }
  callLater(callback, outcome);
}

function exclusive(one: string, other: string): Error {
  const text = `The options "${one}" and "${other}" are mutually exclusive.`;
  return coded(Error, 'ERR_INCOMPATIBLE_OPTION_PAIR', text);
}

function isBytes(value: unknown): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

/** What is asked of the pairs over a prime. */
function dhRequest({ prime, primeLength, generator, group, groupName }: any): unknown[] {
  if (generator != null) validateInt32(generator, 'options.generator', 0);
  if (group != null || groupName != null) {
    if (prime != null) throw exclusive('group', 'prime');
    if (primeLength != null) throw exclusive('group', 'primeLength');
    if (generator != null) throw exclusive('group', 'generator');
    const name = group || groupName;
    validateString(name, 'options.group');
    return [name];
  }
  if (prime != null) {
    if (primeLength != null) throw exclusive('prime', 'primeLength');
    if (!isBytes(prime)) throw invalidArgType('options.prime', ['Buffer', 'TypedArray', 'ArrayBuffer'], prime);
    return [ArrayBuffer.isView(prime) ? prime : new Uint8Array(prime), generator ?? undefined];
  }
  if (primeLength == null) {
    throw coded(Error, 'ERR_MISSING_OPTION', 'At least one of the group, prime, or primeLength options');
  }
  validateInt32(primeLength, 'options.primeLength', 0);
  throw new Error('Generating DH keys from a prime length is not yet implemented');
}

/** Checks the arguments: what to ask the native part for, and how to give its result. */
function preparePair(type: any, options: any): { request: [string, ...unknown[]]; finish(pair: natives.KeyHandle[]): any[] } {
  validateOneOf(type, 'type', ['rsa', 'ec', 'ed25519', 'x25519', 'dh']);
  validateObject(options, 'options');
  const { publicKeyEncoding, privateKeyEncoding } = options;
  if (publicKeyEncoding !== undefined) validateOptions(publicKeyEncoding, 'options.publicKeyEncoding', undefined);
  if (privateKeyEncoding !== undefined) validateOptions(privateKeyEncoding, 'options.privateKeyEncoding', type);
  let details: unknown[] = [];
  if (type === 'rsa') {
    const { modulusLength, publicExponent = 0x10001 } = options;
    validateUint32(modulusLength, 'options.modulusLength');
    validateUint32(publicExponent, 'options.publicExponent');
    details = [modulusLength, publicExponent];
  } else if (type === 'ec') {
    const { namedCurve, paramEncoding = 'named' } = options;
    validateString(namedCurve, 'options.namedCurve');
    validateOneOf(paramEncoding, 'options.paramEncoding', ['named', 'explicit']);
    details = [namedCurve];
  } else if (type === 'dh') {
    details = dhRequest(options);
  }
  return {
    request: [type, ...details],
    finish(pair) {
      const encodings = [publicKeyEncoding, privateKeyEncoding];
      return pair.map((handle, i) => {
        const key = pairedKey(handle);
        return encodings[i] === undefined ? key : exportKey(encodings[i], stateOf(key)!);
      });
    },
  };
}

export function generateKeyPairSync(type: any, options: any = {}): any {
  const { request, finish } = preparePair(type, options);
  const [publicKey, privateKey] = finish(natives.generatePair(...request));
  return { publicKey, privateKey };
}
Object.defineProperty(generateKeyPairSync, 'length', { value: 1 });

export function generateKeyPair(type: any, options: any, callback: any): void {
  validateFunction(callback, 'callback');
  let prepared: ReturnType<typeof preparePair>;
  let pair: Promise<natives.KeyHandle[]>;
  try {
    prepared = preparePair(type, options);
    pair = natives.generatePairLater(...prepared.request);
  } catch (error) {
    callLater(callback, [error]);
    return;
  }
  pair
    .then((handles) => [null, ...prepared.finish(handles)])
    .catch((error) => [error])
    .then((outcome) => callLater(callback, outcome));
}
Object.defineProperty(generateKeyPair, kCustomPromisifyArgs, { value: ['publicKey', 'privateKey'] });
