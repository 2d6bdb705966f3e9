// Digests of `node:crypto`: `Hash` and `Hmac`, which are streams, too.

import { Buffer } from 'node-internal:internal_buffer';
import { anyKeyBytes } from 'node-internal:crypto_keys';
import * as natives from 'node-internal:crypto_natives';
import { coded, invalidArgType, unknownEncoding } from 'node-internal:internal_errors';
import { defineNameless } from 'node-internal:nameless';
import { Transform } from 'node-internal:streams_base';
import { validateString, validateUint32 } from 'node-internal:validators';

const kHandle = Symbol('kHandle');
const kState = Symbol('kState');

const DATA = ['string', 'Buffer', 'TypedArray', 'DataView'];

/** Bytes of a string in an encoding, or of a view. */
export function dataBytes(data: any, encoding?: any, name = 'data'): Uint8Array {
  if (typeof data === 'string') {
    return Buffer.from(data, encoding === undefined || encoding === null || encoding === 'buffer' ? 'utf8' : encoding);
  }
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  throw invalidArgType(name, DATA, data);
}

function unsupported(): Error {
  return new Error('Digest method not supported');
}

function finalized(): Error {
  return coded(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
}

function checkEncoding(encoding: any): void {
  if (encoding && encoding !== 'buffer' && !Buffer.isEncoding(encoding)) throw unknownEncoding(encoding);
}

function inEncoding(digest: Uint8Array, encoding: any): any {
  const buffer = Buffer.from(digest.buffer as ArrayBuffer, digest.byteOffset, digest.byteLength);
  return encoding && encoding !== 'buffer' ? buffer.toString(encoding) : buffer;
}

const shared = {
  _transform: function (this: any, chunk: any, encoding: any, callback: any): void {
    this[kHandle].update(dataBytes(chunk, encoding));
    callback();
  },
  _flush: function (this: any, callback: any): void {
    this.push(inEncoding(this[kHandle].digest(), 'buffer'));
    callback();
  },
  update: function (this: any, data: any, encoding: any): any {
    if (this[kState].finalized) throw finalized();
    this[kHandle].update(dataBytes(data, encoding));
    return this;
  },
};

export const Hash: any = function Hash(this: any, algorithm: any, options: any): any {
  if (!(this instanceof Hash)) return new Hash(algorithm, options);
  validateString(algorithm, 'algorithm');
  const outputLength = options?.outputLength;
  if (outputLength !== undefined) validateUint32(outputLength, 'options.outputLength');
  const handle = natives.openHash(algorithm);
  if (handle === undefined) throw unsupported();
  if (outputLength !== undefined && outputLength !== natives.digestSize(algorithm)) throw new Error('invalid digest size');
  start(this, handle, options);
};
inherit(Hash, Transform);

function inherit(child: any, parent: any): void {
  Object.setPrototypeOf(child, parent);
  Object.setPrototypeOf(child.prototype, parent.prototype);
}

function start(stream: any, handle: natives.HashHandle, options: any): void {
  Transform.call(stream, options);
  stream[kHandle] = handle;
  stream[kState] = { finalized: false };
}

defineNameless(Hash, {
  copy: function (this: any, options: any): any {
    if (this[kState].finalized) throw finalized();
    const copy = Object.create(Hash.prototype);
    start(copy, this[kHandle].copy(), options);
    return copy;
  },
  ...shared,
  digest: function (this: any, encoding: any): any {
    if (this[kState].finalized) throw finalized();
    checkEncoding(encoding);
    this[kState].finalized = true;
    return inEncoding(this[kHandle].digest(), encoding);
  },
});

export const Hmac: any = function Hmac(this: any, hmac: any, key: any, options: any): any {
  if (!(this instanceof Hmac)) return new Hmac(hmac, key, options);
  validateString(hmac, 'hmac');
  const encoding = options?.encoding;
  const bytes = anyKeyBytes(key, encoding);
  if (bytes === undefined) {
    const kinds = ['string', 'ArrayBuffer', 'Buffer', 'ArrayBufferView', 'KeyObject', 'CryptoKey'];
    throw invalidArgType('key', kinds, key);
  }
  const handle = natives.openHmac(hmac, bytes);
  if (handle === undefined) throw unsupported();
  start(this, handle, options);
};
inherit(Hmac, Transform);
defineNameless(Hmac, {
  ...shared,
  // A second one is empty.
  digest: function (this: any, encoding: any): any {
    checkEncoding(encoding);
    const digest = this[kState].finalized ? new Uint8Array() : this[kHandle].digest();
    this[kState].finalized = true;
    return inEncoding(digest, encoding);
  },
});

export function createHash(algorithm: any, options: any): any {
  return new Hash(algorithm, options);
}

export function createHmac(hmac: any, key: any, options: any): any {
  return new Hmac(hmac, key, options);
}

export function hash(algorithm: any, data: any, encoding: any = 'hex'): any {
  validateString(algorithm, 'algorithm');
  const bytes = dataBytes(data);
  if (typeof encoding === 'object' && encoding !== null) encoding = encoding.outputEncoding ?? 'hex';
  validateString(encoding, 'outputEncoding');
  checkEncoding(encoding);
  const handle = natives.openHash(algorithm);
  if (handle === undefined) throw unsupported();
  handle.update(bytes);
  return inEncoding(handle.digest(), encoding);
}
Object.defineProperty(hash, 'length', { value: 2 });

const HASHES = `md5 sha1 sha224 sha256 sha384 sha512 RSA-MD5 RSA-SHA1 RSA-SHA224 RSA-SHA256 RSA-SHA384 RSA-SHA512 DSA-SHA
  DSA-SHA1 ecdsa-with-SHA1`;

export function getHashes(): string[] {
  return HASHES.split(/\s+/);
}
