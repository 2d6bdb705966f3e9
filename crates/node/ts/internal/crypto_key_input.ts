// Public and private keys of `node:crypto` from what callers have.

import { Buffer } from 'node-internal:internal_buffer';
import { KeyObject, pairedKey, stateOf } from 'node-internal:crypto_keys';
import * as natives from 'node-internal:crypto_natives';
import { invalidArgType } from 'node-internal:internal_errors';
import { validateOneOf } from 'node-internal:validators';

const BYTES = ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'];
const DATA = [...BYTES, 'string', 'object'];

function isBytes(value: unknown): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

export function toBytes(data: any, name: string, encoding?: any): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, encoding === 'buffer' ? 'utf8' : encoding);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  if (isBytes(data)) return new Uint8Array(data);
  throw invalidArgType(name, ['string', ...BYTES], data);
}

/** Reads a key; undefined if there is none in the bytes. */
function read(key: any, isPrivate: boolean): natives.KeyHandle | undefined {
  if (key === null || key === undefined) throw invalidArgType('key', DATA, key);
  const given = typeof key === 'string' || isBytes(key) ? { key } : key;
  const { key: data, encoding = 'utf8', format = 'pem', type, passphrase } = given;
  if (data === null || data === undefined || stateOf(data) !== undefined || data instanceof CryptoKey) {
    throw invalidArgType('options.key', DATA, data);
  }
  if (typeof data !== 'string' && !isBytes(data)) {
    if (typeof data !== 'object') throw invalidArgType('key', DATA, key);
    return natives.keyFromJwk(data, isPrivate);
  }
  validateOneOf(format, 'format', ['pem', 'der']);
  if (type !== undefined) validateOneOf(type, 'type', isPrivate ? ['pkcs1', 'pkcs8', 'sec1'] : ['pkcs1', 'spki']);
  const bytes = toBytes(data, 'key', encoding);
  const secret = passphrase === null || passphrase === undefined ? undefined : toBytes(passphrase, 'passphrase', encoding);
  const reader = isPrivate ? natives.readPrivateKey : natives.readPublicKey;
  return reader(bytes, format === 'pem', type, secret);
}

export function readPrivate(key: any): natives.KeyHandle {
  const handle = read(key, true);
  if (handle === undefined) throw new Error('Failed to parse private key');
  return handle;
}

export function readPublic(key: any): natives.KeyHandle {
  let handle;
  if (stateOf(key) !== undefined || key instanceof CryptoKey) {
    if (key.type !== 'private') throw invalidArgType('key', 'PrivateKeyObject', key);
    const own = stateOf(key)?.handle;
    handle = own && natives.publicKeyOf(own);
    if (handle === undefined) throw new Error('Failed to derive public key from private key');
    return handle;
  }
  handle = read(key, false);
  if (handle === undefined) throw new Error('Failed to parse public key');
  return handle;
}

export function createPrivateKey(key: any): KeyObject {
  return pairedKey(readPrivate(key));
}

export function createPublicKey(key: any): KeyObject {
  return pairedKey(readPublic(key));
}
