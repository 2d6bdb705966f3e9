// Ciphers with keys of RSA of `node:crypto`.

import { Buffer } from 'node-internal:internal_buffer';
import { readPrivate, readPublic, toBytes } from 'node-internal:crypto_key_input';
import { stateOf, wrongType } from 'node-internal:crypto_keys';
import * as natives from 'node-internal:crypto_natives';
import { invalidArgType, missingArgs } from 'node-internal:internal_errors';
import { validateNumber, validateString } from 'node-internal:validators';

const PKCS1 = 1;
const LABEL = ['string', 'Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'];

function isBytes(value: unknown): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

function isKey(value: unknown): boolean {
  return value instanceof CryptoKey || stateOf(value) !== undefined;
}

/** The key itself, or the one among options. */
function handleOf(given: any, isPrivate: boolean): natives.KeyHandle {
  const key = !isKey(given) && given !== null && isKey(given.key) ? given.key : given;
  if (!isKey(key)) return isPrivate ? readPrivate(key) : readPublic(key);
  const expected = isPrivate ? 'private' : 'public';
  if (key.type !== expected) throw wrongType(key.type, expected);
  return key instanceof CryptoKey ? (natives.partsOf(key) as natives.KeyHandle) : stateOf(key)!.handle!;
}

function paddingOf(options: any): [padding: number, hash: string, label: Uint8Array | undefined] {
  const { padding = PKCS1, oaepHash = 'sha256', oaepLabel, encoding = 'utf8' } = options;
  validateNumber(padding, 'options.padding');
  validateString(oaepHash, 'options.oaepHash');
  if (oaepLabel !== undefined && typeof oaepLabel !== 'string' && !isBytes(oaepLabel)) {
    throw invalidArgType('options.oaepLabel', LABEL, oaepLabel);
  }
  return [padding, oaepHash, oaepLabel === undefined ? undefined : toBytes(oaepLabel, 'options.oaepLabel', encoding)];
}

function run(operation: string, name: string, key: any, buffer: any): any {
  if (key === undefined) throw missingArgs(name);
  if (buffer === undefined) throw missingArgs('buffer');
  const handle = handleOf(key, name === 'privateKey');
  if (typeof buffer === 'string') buffer = Buffer.from(buffer, key.encoding ?? 'utf8');
  const [padding, hash, label] = paddingOf(key);
  if (!isBytes(buffer)) {
    throw new TypeError(`Failed to execute '${operation}' on 'CryptoImpl': parameter 2 is not of type 'BufferSource'.`);
  }
  const output = natives.rsaCipher(handle, operation, toBytes(buffer, 'buffer'), padding, hash, label);
  return Buffer.from(output.buffer as ArrayBuffer, output.byteOffset, output.byteLength);
}

export function privateEncrypt(privateKey: any, buffer: any): any {
  return run('privateEncrypt', 'privateKey', privateKey, buffer);
}

export function privateDecrypt(privateKey: any, buffer: any): any {
  return run('privateDecrypt', 'privateKey', privateKey, buffer);
}

export function publicEncrypt(key: any, buffer: any): any {
  return run('publicEncrypt', 'key', key, buffer);
}

export function publicDecrypt(key: any, buffer: any): any {
  return run('publicDecrypt', 'key', key, buffer);
}
