// How keys of `node:crypto` are written.

import { Buffer } from 'node-internal:internal_buffer';
import type { KeyState } from 'node-internal:crypto_keys';
import * as natives from 'node-internal:crypto_natives';
import { coded, invalidArgType } from 'node-internal:internal_errors';
import { validateObject, validateString } from 'node-internal:validators';

function incompatible(type: string, reason: string): Error {
  const text = `The selected key encoding ${type} ${reason}.`;
  return coded(Error, 'ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS', text);
}

/** What is wrong with the form of a private key, whose own one is `kind`. */
function validatePrivate(options: any, kind: string, name: string): void {
  const { type, format, cipher, passphrase } = options;
  if (type === 'pkcs1' && kind !== 'rsa') throw incompatible(type, 'can only be used for RSA keys');
  if (type === 'sec1' && kind !== 'ec' && kind !== 'ecdh') throw incompatible(type, 'can only be used for EC keys');
  if (cipher === undefined) return;
  validateString(cipher, `${name}.cipher`);
  if (format === 'der' && (type === 'pkcs1' || type === 'sec1')) throw incompatible(type, 'does not support encryption');
  if (typeof passphrase !== 'string' && !(passphrase instanceof Uint8Array)) {
    throw invalidArgType(`${name}.passphrase`, ['string', 'Uint8Array'], passphrase);
  }
}

/** Checks options that are for a private key if `kind` is given. */
export function validateOptions(options: any, name: string, kind: string | undefined): void {
  validateObject(options, name);
  const { format, type } = options as any;
  if (format !== undefined) validateString(format, `${name}.format`);
  if (type !== undefined) validateString(type, `${name}.type`);
  if (kind !== undefined) validatePrivate(options, kind, name);
}

export function validateExport(options: any, { handle }: KeyState, name: string): void {
  validateOptions(options, name, handle?.isPrivate() ? handle.kind() : undefined);
}

function isBuffer(value: unknown): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

function passphraseOf({ passphrase, cipher, encoding }: any, isPrivate: boolean): any {
  if (isPrivate && cipher !== undefined && typeof passphrase === 'string') return Buffer.from(passphrase, encoding);
  if (passphrase !== undefined && !isBuffer(passphrase)) {
    const reason = "the provided value is not of type 'BufferSource'.";
    throw new TypeError(`Incorrect type for the 'passphrase' field on 'KeyExportOptions': ${reason}`);
  }
  return ArrayBuffer.isView(passphrase) || passphrase === undefined ? passphrase : new Uint8Array(passphrase);
}

/** The key in the form that options ask for, which are checked. */
export function exportKey(options: any, { handle, bytes, web }: KeyState): any {
  const { format = 'buffer', type, cipher } = options;
  const isPrivate = handle?.isPrivate() === true;
  const passphrase = passphraseOf(options, isPrivate);
  if (web !== undefined && !natives.isExtractable(web)) throw new TypeError('Unable to export non-extractable key');
  if (format === 'jwk') {
    if (web !== undefined) return natives.webJwk(web);
    return bytes === undefined ? natives.jwkOf(handle!) : natives.secretJwk(bytes);
  }
  if (bytes !== undefined) {
    if (format !== 'buffer') throw new TypeError(`Invalid format for secret key export: ${format}`);
    return Buffer.from(bytes);
  }
  if (type === undefined) throw new TypeError('Missing type option');
  const exported = natives.exportKey(handle!, type, format, isPrivate ? cipher : undefined, passphrase);
  const buffer = Buffer.from(exported.buffer as ArrayBuffer, exported.byteOffset, exported.byteLength);
  return format === 'pem' ? buffer.toString('latin1') : buffer;
}
