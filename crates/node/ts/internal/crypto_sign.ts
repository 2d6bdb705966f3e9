// Signatures of `node:crypto`: `Sign` and `Verify`, which are streams, too.

import { Buffer } from 'node-internal:internal_buffer';
import { readPrivate, readPublic } from 'node-internal:crypto_key_input';
import { KeyObject, type KeyState, stateOf, wrongType } from 'node-internal:crypto_keys';
import * as natives from 'node-internal:crypto_natives';
import { coded, invalidArgType, invalidArgValue } from 'node-internal:internal_errors';
import { defineNameless } from 'node-internal:nameless';
import { Writable } from 'node-internal:streams_base';
import { validateString } from 'node-internal:validators';

const kHash = Symbol('kHash');
const kAlgorithm = Symbol('kAlgorithm');

const VIEWS = ['Buffer', 'TypedArray', 'DataView'];

function viewBytes(data: any, name = 'data', kinds = VIEWS): Uint8Array {
  if (!ArrayBuffer.isView(data)) throw invalidArgType(name, kinds, data);
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}

function requireKey(options: any): void {
  if (!options) throw coded(Error, 'ERR_CRYPTO_SIGN_KEY_REQUIRED', 'No key provided to sign');
}

/** The handle of a key of WebCrypto, or of a key object. */
function givenHandle(options: any, operation: string): natives.KeyHandle | undefined {
  const parts = options instanceof CryptoKey ? natives.partsOf(options) : stateOf(options);
  if (parts === undefined) return undefined;
  const handle = 'sign' in parts ? parts : (parts as KeyState).handle;
  if (handle === undefined) throw new Error(`Invalid key for ${operation} operation`);
  return handle;
}

function privateHandle(options: any): natives.KeyHandle {
  requireKey(options);
  const type = options instanceof KeyObject ? (options as any).type : undefined;
  if (type === 'secret') {
    throw invalidArgType('options', ['PublicKeyObject', 'PrivateKeyObject', 'CryptoKey', 'object'], type);
  }
  if (type === 'public') throw wrongType(type, 'private');
  return givenHandle(options, 'sign') ?? readPrivate(options);
}

function publicHandle(options: any, operation: string): natives.KeyHandle {
  requireKey(options);
  return givenHandle(options, operation) ?? readPublic(options);
}

function refuseDsa(key: natives.KeyHandle, what: string): void {
  if (key.kind() === 'dsa') throw new Error(`${what} with DSA keys is not currently supported`);
}

/** Options of a signature, which stand beside the key. */
function settings(options: any): { padding?: number; salt?: number; asNumbers: boolean } {
  for (const name of ['padding', 'saltLength']) {
    const value = options[name];
    if (value !== undefined && value !== value >> 0) throw invalidArgValue(`options.${name}`, value);
  }
  const { padding, saltLength: salt } = options;
  const encoding = (typeof options === 'object' ? options.dsaEncoding : undefined) ?? 'der';
  if (encoding !== 'der' && encoding !== 'ieee-p1363') throw invalidArgValue('options.dsaEncoding', encoding);
  return { padding, salt, asNumbers: encoding === 'ieee-p1363' };
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}

function start(stream: any, algorithm: any, options: any): void {
  validateString(algorithm, 'algorithm');
  const hash = natives.openHash(algorithm);
  if (hash === undefined) throw new Error(`Unknown digest: ${algorithm}`);
  Object.defineProperty(stream, kHash, { value: hash, writable: true });
  Object.defineProperty(stream, kAlgorithm, { value: algorithm });
  Writable.call(stream, options);
}

/** The hash of what was written; it can be had once. */
function finish(stream: any): Uint8Array {
  const hash = stream[kHash].digest();
  stream[kHash] = undefined;
  return hash;
}

function define(target: any, what: string, last: Record<string, Function>): void {
  Object.setPrototypeOf(target, Writable);
  Object.setPrototypeOf(target.prototype, Writable.prototype);
  target.prototype._write = function _write(this: any, chunk: any, encoding: any, callback: any): void {
    this.update(chunk, encoding);
    callback();
  };
  target.prototype.update = function (this: any, data: any, encoding: any): any {
    if (typeof data === 'string') data = Buffer.from(data, encoding);
    const bytes = viewBytes(data, 'data', ['string', ...VIEWS]);
    requireOpen(this, what);
    this[kHash].update(bytes);
    return this;
  };
  defineNameless(target, last);
}

function requireOpen(stream: any, what: string): void {
  if (stream[kHash] === undefined) throw new Error(`${what} context has already been finalized`);
}

export const Sign: any = function Sign(this: any, algorithm: any, options: any): any {
  if (!(this instanceof Sign)) return new Sign(algorithm, options);
  start(this, algorithm, options);
};
define(Sign, 'Signing', {
  sign: function (this: any, options: any, encoding: any): any {
    const key = privateHandle(options);
    const { padding, salt, asNumbers } = settings(options);
    requireOpen(this, 'Signing');
    const hash = finish(this);
    refuseDsa(key, 'Signing');
    let signature = key.signHash(this[kAlgorithm], hash, padding, salt);
    if (asNumbers) signature = key.numbersOf(signature);
    const buffer = toBuffer(signature);
    return encoding && encoding !== 'buffer' ? buffer.toString(encoding) : buffer;
  },
});

export const Verify: any = function Verify(this: any, algorithm: any, options: any): any {
  if (!(this instanceof Verify)) return new Verify(algorithm, options);
  start(this, algorithm, options);
};
define(Verify, 'Verification', {
  verify: function (this: any, options: any, signature: any, encoding: any = 'utf8'): boolean {
    const key = publicHandle(options, 'verify');
    const { padding, salt, asNumbers } = settings(options);
    if (typeof signature === 'string') signature = Buffer.from(signature, encoding);
    let bytes = viewBytes(signature, 'signature');
    requireOpen(this, 'Verification');
    const hash = finish(this);
    refuseDsa(key, 'Verifying');
    if (asNumbers) bytes = key.derOf(bytes);
    return key.verifyHash(this[kAlgorithm], hash, bytes, padding, salt);
  },
});

export function createSign(algorithm: any, options: any): any {
  return new Sign(algorithm, options);
}

export function createVerify(algorithm: any, options: any): any {
  return new Verify(algorithm, options);
}

function name(algorithm: any): string | undefined {
  if (algorithm === null || algorithm === undefined) return undefined;
  validateString(algorithm, 'algorithm');
  return algorithm;
}

/** Gives what `work` does back, or to the callback. */
function give<T>(work: () => T, callback: any): T | undefined {
  if (callback === undefined) return work();
  let outcome: [unknown, T?];
  try {
    outcome = [null, work()];
  } catch (error) {
    outcome = [error];
  }
  queueMicrotask(() => callback(...outcome));
  return undefined;
}

export function sign(algorithm: any, data: any, options: any, callback: any): any {
  const digest = name(algorithm);
  const bytes = viewBytes(data);
  const key = privateHandle(options);
  const { asNumbers } = settings(options);
  refuseDsa(key, 'Signing');
  return give(() => {
    const signature = key.sign(bytes, digest);
    return toBuffer(asNumbers ? key.numbersOf(signature) : signature);
  }, callback);
}

export function verify(algorithm: any, data: any, options: any, signature: any, callback: any): any {
  const digest = name(algorithm);
  const bytes = viewBytes(data);
  const given = viewBytes(signature, 'signature');
  const key = publicHandle(options, 'verification');
  const { asNumbers } = settings(options);
  refuseDsa(key, 'Verifying');
  return give(() => key.verify(bytes, asNumbers ? key.derOf(given) : given, digest), callback);
}
