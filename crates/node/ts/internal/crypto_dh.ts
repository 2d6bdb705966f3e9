// Agreement of `node:crypto`: over numbers (`DiffieHellman`), over curves (`ECDH`), and of two key objects.

import { Buffer } from 'node-internal:internal_buffer';
import { toBytes } from 'node-internal:crypto_key_input';
import { stateOf } from 'node-internal:crypto_keys';
import * as natives from 'node-internal:crypto_natives';
import { invalidArgType, invalidArgValue } from 'node-internal:internal_errors';
import { defineNameless } from 'node-internal:nameless';
import { validateInt32, validateObject, validateOneOf, validateString } from 'node-internal:validators';

const kHandle = Symbol('kHandle');

const NUMBER = ['number', 'string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'];
const USUAL_GENERATOR = 2;

function isBytes(value: unknown): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

function encoded(bytes: Uint8Array, encoding: any): any {
  const buffer = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
  return encoding && encoding !== 'buffer' ? buffer.toString(encoding) : buffer;
}

/** The property is there once an object is. */
function showVerifyError(target: any): void {
  Object.defineProperty(target.prototype, 'verifyError', {
    get(this: any): number {
      return this[kHandle].verifyError();
    },
    configurable: true,
    enumerable: true,
  });
}

function numberOrBytes(value: any, name: string, encoding: any): any {
  if (typeof value === 'number') {
    validateInt32(value, name);
    return value;
  }
  if (typeof value !== 'string' && !isBytes(value)) throw invalidArgType(name, NUMBER, value);
  return toBytes(value, name, encoding);
}

export const DiffieHellman: any = function DiffieHellman(
  this: any,
  sizeOrKey: any,
  keyEncoding: any,
  generator: any,
  genEncoding: any
): any {
  if (!(this instanceof DiffieHellman)) return new DiffieHellman(sizeOrKey, keyEncoding, generator, genEncoding);
  if (typeof sizeOrKey !== 'number' && typeof sizeOrKey !== 'string' && !isBytes(sizeOrKey)) {
    throw invalidArgType('sizeOrKey', NUMBER, sizeOrKey);
  }
  if (typeof sizeOrKey === 'number') validateInt32(sizeOrKey, 'sizeOrKey');
  // The encoding may be left out.
  if (keyEncoding && keyEncoding !== 'buffer' && !Buffer.isEncoding(keyEncoding)) {
    [keyEncoding, generator, genEncoding] = ['utf8', keyEncoding, generator];
  }
  const key = numberOrBytes(sizeOrKey, 'sizeOrKey', keyEncoding ?? 'utf8');
  const base = numberOrBytes(generator || USUAL_GENERATOR, 'generator', genEncoding ?? 'utf8');
  this[kHandle] = natives.openDh(key, base);
  showVerifyError(DiffieHellman);
};

export const DiffieHellmanGroup: any = function DiffieHellmanGroup(this: any, name: any): any {
  if (!(this instanceof DiffieHellmanGroup)) return new DiffieHellmanGroup(name);
  this[kHandle] = natives.openDhGroup(String(name));
  showVerifyError(DiffieHellmanGroup);
};

function dhGenerateKeys(this: any, encoding: any): any {
  return encoded(this[kHandle].generateKeys(), encoding);
}

function dhComputeSecret(this: any, key: any, inEnc: any, outEnc: any): any {
  return encoded(this[kHandle].computeSecret(toBytes(key, 'key', inEnc)), outEnc);
}

function dhGetPrime(this: any, encoding: any): any {
  return encoded(this[kHandle].prime(), encoding);
}

function dhGetGenerator(this: any, encoding: any): any {
  return encoded(this[kHandle].generator(), encoding);
}

function dhGetPublicKey(this: any, encoding: any): any {
  return encoded(this[kHandle].publicKey(), encoding);
}

function dhGetPrivateKey(this: any, encoding: any): any {
  return encoded(this[kHandle].privateKey(), encoding);
}

function dhSetPublicKey(this: any, key: any, encoding: any): any {
  this[kHandle].setPublicKey(toBytes(key, 'key', encoding));
  return this;
}

function dhSetPrivateKey(this: any, key: any, encoding: any): any {
  this[kHandle].setPrivateKey(toBytes(key, 'key', encoding));
  return this;
}

for (const target of [DiffieHellman, DiffieHellmanGroup]) {
  Object.assign(target.prototype, {
    generateKeys: dhGenerateKeys,
    computeSecret: dhComputeSecret,
    getPrime: dhGetPrime,
    getGenerator: dhGetGenerator,
    getPublicKey: dhGetPublicKey,
    getPrivateKey: dhGetPrivateKey,
  });
}
Object.assign(DiffieHellman.prototype, { setPublicKey: dhSetPublicKey, setPrivateKey: dhSetPrivateKey });

export function createDiffieHellman(sizeOrKey: any, keyEncoding: any, generator: any, genEncoding: any): any {
  return new DiffieHellman(sizeOrKey, keyEncoding, generator, genEncoding);
}

export function createDiffieHellmanGroup(name: any): any {
  return new DiffieHellmanGroup(name);
}

export function getDiffieHellman(name: any): any {
  return createDiffieHellmanGroup(name);
}

export function diffieHellman(options: any): any {
  validateObject(options, 'options');
  const { publicKey, privateKey } = options as any;
  for (const [name, key] of Object.entries({ publicKey, privateKey })) {
    if (stateOf(key) === undefined) throw invalidArgType(`options.${name}`, 'KeyObject', key);
  }
  if (publicKey.type !== 'public') throw invalidArgType('options.publicKey', 'public key', publicKey);
  if (privateKey.type !== 'private') throw invalidArgType('options.privateKey', 'private key', privateKey);
  const [ours, theirs] = [stateOf(privateKey)!.handle!, stateOf(publicKey)!.handle!];
  if (ours.kind() !== theirs.kind()) {
    const name = 'options.publicKey.asymmetricKeyType';
    throw invalidArgValue(name, theirs.kind(), 'must equal privateKey.asymmetricKeyType');
  }
  return encoded(natives.agree(ours, theirs), undefined);
}

const POINTS = ['compressed', 'uncompressed', 'hybrid'];
const VIEWS = ['string', 'Buffer', 'TypedArray', 'DataView'];

function viewBytes(data: any, name: string, encoding: any): Uint8Array {
  if (typeof data === 'string') data = Buffer.from(data, encoding);
  if (!ArrayBuffer.isView(data)) throw invalidArgType(name, VIEWS, data);
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}

function validateEncoding(encoding: any, name: string): void {
  if (encoding != null) validateString(encoding, name);
}

function text(bytes: Uint8Array, encoding: any): any {
  const buffer = encoded(bytes, undefined);
  return typeof encoding === 'string' ? buffer.toString(encoding) : buffer;
}

export const ECDH: any = function ECDH(this: any, curveName: any): any {
  if (!(this instanceof ECDH)) return new ECDH(curveName);
  validateString(curveName, 'curveName');
  this[kHandle] = natives.openEcdh(curveName);
};

defineNameless(ECDH, {
  computeSecret: function (this: any, otherPublicKey: any, inputEncoding: any, outputEncoding: any): any {
    const key = viewBytes(otherPublicKey, 'otherPublicKey', inputEncoding);
    validateEncoding(inputEncoding, 'inputEncoding');
    validateEncoding(outputEncoding, 'outputEncoding');
    return text(this[kHandle].computeSecret(key), outputEncoding);
  },
  generateKeys: function (this: any, encoding: any, format: any): any {
    validateEncoding(encoding, 'encoding');
    if (format != null) validateOneOf(format, 'format', POINTS);
    this[kHandle].generateKeys();
    return this.getPublicKey(encoding, format);
  },
  getPrivateKey: function (this: any, encoding: any): any {
    validateEncoding(encoding, 'encoding');
    return text(this[kHandle].privateKey(), encoding);
  },
  getPublicKey: function (this: any, encoding: any, format: any = 'uncompressed'): any {
    validateEncoding(encoding, 'encoding');
    validateOneOf(format, 'format', POINTS);
    return text(this[kHandle].publicKey(format), encoding);
  },
  setPrivateKey: function (this: any, key: any, encoding: any): void {
    validateEncoding(encoding, 'encoding');
    this[kHandle].setPrivateKey(viewBytes(key, 'key', encoding));
  },
});

ECDH.convertKey = function (key: any, curve: any, inputEncoding: any, outputEncoding: any, format: any = 'uncompressed'): any {
  const bytes = viewBytes(key, 'key', inputEncoding);
  validateString(curve, 'curve');
  validateEncoding(inputEncoding, 'inputEncoding');
  validateEncoding(outputEncoding, 'outputEncoding');
  validateOneOf(format, 'format', POINTS);
  return text(natives.convertPoint(bytes, curve, format), outputEncoding);
};

export function createECDH(curveName: any): any {
  return new ECDH(curveName);
}

export function getCurves(): string[] {
  return ['secp224r1', 'prime256v1', 'secp384r1', 'secp521r1'];
}
