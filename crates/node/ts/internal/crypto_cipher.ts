// Ciphers of `node:crypto`: `Cipheriv` and `Decipheriv`, which are streams, too.

import { Buffer } from 'node-internal:internal_buffer';
import { anyKeyBytes, isWebKey, keyBytes } from 'node-internal:crypto_keys';
import * as natives from 'node-internal:crypto_natives';
import { invalidArgType, invalidArgValue } from 'node-internal:internal_errors';
import { defineNameless } from 'node-internal:nameless';
import { Transform } from 'node-internal:streams_base';
import { validateObject, validateString, validateUint32 } from 'node-internal:validators';

const kHandle = Symbol('kHandle');

const KEY = ['string', 'Buffer', 'TypedArray', 'DataView', 'KeyObject', 'CryptoKey'];
const NONCE = ['string', 'Buffer', 'TypedArray', 'DataView', 'null'];
const DATA = ['string', 'Buffer', 'TypedArray', 'DataView'];

function isBytes(value: unknown): value is ArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

function open(encrypts: boolean, algorithm: any, key: any, iv: any, options: any): natives.CipherHandle {
  validateString(algorithm, 'algorithm');
  const bytes = anyKeyBytes(key);
  if (bytes === undefined) throw invalidArgType('key', KEY, key);
  if (isWebKey(key)) throw new Error('Failed to get raw secret key data');
  // Node has null for ciphers without a nonce.
  const nonce = iv === null ? new Uint8Array() : keyBytes(isBytes(iv) || typeof iv === 'string' ? iv : undefined);
  if (nonce === undefined) throw invalidArgType('iv', NONCE, iv);
  const size = options.authLengthTag;
  if (size !== undefined) validateUint32(size, 'options.authLengthTag');
  return natives.openCipher(encrypts, algorithm, bytes, nonce, size);
}

function inEncoding(output: Uint8Array, encoding: any): any {
  const buffer = Buffer.from(output.buffer as ArrayBuffer, output.byteOffset, output.byteLength);
  return encoding === undefined ? buffer : buffer.toString(encoding);
}

function update(this: any, data: any, inputEncoding: any, outputEncoding: any): any {
  if (typeof data === 'string') {
    if (inputEncoding === undefined) {
      const reason = 'If inputEncoding is not provided then the data must be a Buffer';
      throw invalidArgValue('inputEncoding', inputEncoding, reason);
    }
    data = Buffer.from(data, inputEncoding);
  } else if (!isBytes(data)) {
    throw invalidArgType('data', DATA, data);
  }
  return inEncoding(this[kHandle].update(data), outputEncoding);
}

function finish(this: any, outputEncoding: any): any {
  return inEncoding(this[kHandle].finish(), outputEncoding);
}

function setAAD(this: any, buffer: any, options: any = {}): any {
  validateObject(options, 'options');
  const { plaintextLength, encoding } = options;
  if (plaintextLength !== undefined) validateUint32(plaintextLength, 'options.plaintextLength');
  if (encoding !== undefined) validateString(encoding, 'options.encoding');
  if (typeof buffer === 'string') buffer = Buffer.from(buffer, encoding);
  if (isBytes(buffer)) this[kHandle].setAAD(buffer, plaintextLength);
  return this;
}

function setAutoPadding(this: any, autoPadding: any): any {
  this[kHandle].setAutoPadding(!!autoPadding);
  return this;
}

function transform(this: any, chunk: any, encoding: any, callback: any): void {
  this.push(inEncoding(this[kHandle].update(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk), undefined));
  callback();
}

function flush(this: any, callback: any): void {
  this.push(inEncoding(this[kHandle].finish(), undefined));
  callback();
}

/** Both classes have the same members, each its own. */
function define(target: any, tag: Record<string, Function>): void {
  Object.setPrototypeOf(target, Transform);
  Object.setPrototypeOf(target.prototype, Transform.prototype);
  defineNameless(target, { update, final: finish, setAAD, setAutoPadding, ...tag, _transform: transform, _flush: flush });
}

export const Cipheriv: any = function Cipheriv(this: any, algorithm: any, key: any, iv: any, options: any = {}): void {
  this[kHandle] = open(true, algorithm, key, iv, options);
  Transform.call(this, options);
};
define(Cipheriv, {
  getAuthTag: function (this: any): any {
    return inEncoding(this[kHandle].getAuthTag(), undefined);
  },
});

export const Decipheriv: any = function Decipheriv(this: any, algorithm: any, key: any, iv: any, options: any = {}): void {
  this[kHandle] = open(false, algorithm, key, iv, options);
  Transform.call(this, options);
};
define(Decipheriv, {
  setAuthTag: function (this: any, buffer: any): any {
    this[kHandle].setAuthTag(buffer);
    return this;
  },
});

export function createCipheriv(algorithm: any, key: any, iv: any, options?: any): any {
  return new Cipheriv(algorithm, key, iv, options);
}
Object.defineProperty(createCipheriv, 'length', { value: 3 });

export function createDecipheriv(algorithm: any, key: any, iv: any, options?: any): any {
  return new Decipheriv(algorithm, key, iv, options);
}
Object.defineProperty(createDecipheriv, 'length', { value: 3 });

/** By its name: the name in the answer, the number of its object identifier, and sizes of block, nonce and key. */
type Info = [name: string, nid: number, block: number, nonce: number, key: number, mode: string];

const CIPHERS: Record<string, Info> = {};
for (const [i, [mode, nids]] of Object.entries({ cbc: 419, ctr: 904, ecb: 418, ofb: 420, gcm: 895 }).entries()) {
  for (const [j, size] of [128, 192, 256].entries()) {
    const nid = nids + j * (i === 1 ? 1 : i === 4 ? 3 : 4);
    const name = mode === 'gcm' ? `id-aes${size}-GCM` : `AES-${size}-${mode.toUpperCase()}`;
    const block = mode === 'cbc' || mode === 'ecb' ? 16 : 1;
    const nonce = mode === 'ecb' ? 0 : mode === 'gcm' ? 12 : 16;
    CIPHERS[`aes-${size}-${mode}`] = [name, nid, block, nonce, size / 8, mode];
  }
}
CIPHERS['des-cbc'] = ['DES-CBC', 31, 8, 8, 8, 'cbc'];
CIPHERS['des-ecb'] = ['DES-ECB', 29, 8, 0, 8, 'ecb'];
CIPHERS['des-ede'] = ['DES-EDE', 32, 8, 0, 16, 'ecb'];
CIPHERS['des-ede-cbc'] = ['DES-EDE-CBC', 43, 8, 8, 16, 'cbc'];
CIPHERS['des-ede3-cbc'] = ['DES-EDE3-CBC', 44, 8, 8, 24, 'cbc'];
CIPHERS['rc2-cbc'] = ['RC2-CBC', 37, 8, 8, 16, 'cbc'];
CIPHERS['rc4'] = ['RC4', 5, 1, 0, 16, 'stream'];

/** Sizes of nonce and key. */
const AEADS: Record<string, [nonce: number, key: number, mode: string, nid?: number]> = {
  'aes-128-ccm-bluetooth': [13, 16, 'ccm'],
  'aes-128-ccm-bluetooth-8': [13, 16, 'ccm'],
  'aes-128-ccm-matter': [13, 16, 'ccm'],
  'aes-128-ctr-hmac-sha256': [12, 48, 'ctr'],
  'aes-256-ctr-hmac-sha256': [12, 64, 'ctr'],
  'aes-128-gcm-randnonce': [0, 16, 'gcm'],
  'aes-256-gcm-randnonce': [0, 32, 'gcm'],
  'aes-128-gcm-siv': [12, 16, 'gcm'],
  'aes-256-gcm-siv': [12, 32, 'gcm'],
  'chacha20-poly1305': [12, 32, 'stream', 950],
  'xchacha20-poly1305': [24, 32, 'stream'],
};

export const getCiphers: () => string[] = function getCiphers(): string[] {
  const names = Object.keys(CIPHERS);
  return [...names.map((name) => name.toUpperCase()), ...names, ...Object.keys(AEADS)];
}.bind(undefined);

export function getCipherInfo(nameOrId: any, options: any = {}): any {
  if (typeof nameOrId !== 'string' && typeof nameOrId !== 'number') {
    throw invalidArgType('nameOrId', ['string', 'number'], nameOrId);
  }
  validateObject(options, 'options');
  const known = String(nameOrId).toLowerCase();
  const found = typeof nameOrId === 'string' ? CIPHERS[known] : Object.values(CIPHERS).find((info) => info[1] === nameOrId);
  if (found === undefined) {
    const aead = AEADS[known];
    if (aead === undefined) return undefined;
    const [ivLength, keyLength, mode, nid = 0] = aead;
    return { name: nameOrId, nid, blockSize: 1, ivLength, keyLength, mode };
  }
  const [name, nid, blockSize, nonce, key, mode] = found;
  const keyLength = options.keyLength === undefined ? key : options.keyLength | 0;
  const ivLength = options.ivLength === undefined ? nonce : options.ivLength | 0;
  if (keyLength !== key && (!name.startsWith('RC') || keyLength <= 0)) return undefined;
  if (mode === 'gcm' ? ivLength <= 0 : ivLength !== nonce) return undefined;
  return { name, nid, blockSize, ivLength, keyLength, mode };
}
Object.defineProperty(getCipherInfo, 'length', { value: 1 });
