// Public and private keys of `node:crypto`. Keys from and as JWK, encrypted ones and DSA are not implemented.

import { Buffer } from 'node-internal:internal_buffer';
import { construction, KeyObject } from 'node-internal:crypto_keys';
import * as natives from 'node-internal:crypto_natives';
import { invalidArgType, methodNotImplemented } from 'node-internal:internal_errors';
import { inspect } from 'node-internal:internal_inspect';
import { validateObject, validateOneOf, validateString } from 'node-internal:validators';

const DATA = ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string', 'object'];

class AsymmetricKeyObject extends KeyObject {
  #handle: natives.KeyHandle;

  constructor(...args: any[]) {
    super(args[0]);
    this.#handle = args[1];
  }

  static handleOf(key: AsymmetricKeyObject): natives.KeyHandle {
    return key.#handle;
  }

  static holds(key: any): boolean {
    return #handle in key;
  }

  get asymmetricKeyDetails(): Record<string, unknown> {
    const handle = this.#handle;
    const modulusLength = handle.bits();
    const exponent = modulusLength === undefined ? undefined : Buffer.from(handle.exponent()).toString('hex');
    const publicExponent = exponent === undefined ? undefined : BigInt(`0x${exponent}`);
    const namedCurve = handle.curve();
    if (modulusLength === undefined && namedCurve === undefined) return {};
    return { modulusLength, publicExponent, divisorLength: undefined, namedCurve };
  }

  get asymmetricKeyType(): string {
    return this.#handle.kind();
  }
}

const { handleOf, holds } = AsymmetricKeyObject;
delete (AsymmetricKeyObject as any).handleOf;
delete (AsymmetricKeyObject as any).holds;

function typeOf(key: any): string {
  return key instanceof PrivateKeyObject ? 'private' : 'public';
}

function derOf(key: any): Uint8Array {
  return typeOf(key) === 'private' ? handleOf(key).pkcs8() : handleOf(key).spki();
}

function exportKey(key: any, options: any = {}): any {
  validateObject(options, 'options');
  const { format = 'buffer', type, cipher } = options;
  validateString(format, 'options.format');
  if (format === 'jwk') throw methodNotImplemented('crypto.KeyObject.export as JWK');
  if (type === undefined) throw new TypeError('Missing type option');
  validateString(type, 'options.type');
  if (!['pkcs1', 'spki', 'pkcs8', 'sec1'].includes(type)) throw new Error('Invalid key encoding');
  if (format !== 'pem' && format !== 'der') throw new Error('Invalid key format');
  const isPrivate = typeOf(key) === 'private';
  if (isPrivate && cipher !== undefined) throw methodNotImplemented('crypto.KeyObject.export with a cipher');
  if (type === 'pkcs1' && handleOf(key).kind() !== 'rsa') throw new Error('PKCS1 can only be used for RSA keys');
  if (type === 'pkcs1' || type === 'sec1') throw methodNotImplemented(`crypto.KeyObject.export as ${type}`);
  if (isPrivate && type === 'spki') throw new Error('Failed to export key');
  const der = Buffer.from(derOf(key));
  if (format === 'der') return der;
  const label = isPrivate ? 'PRIVATE KEY' : 'PUBLIC KEY';
  const lines = der.toString('base64').match(/.{1,64}/g)!.join('\n');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

function equals(key: any, other: any): boolean {
  if (typeof other !== 'object' || other === null || !holds(other) || typeOf(key) !== typeOf(other)) return false;
  return Buffer.compare(derOf(key), derOf(other)) === 0;
}

function inspectKey(key: any, depth: number, options: any): any {
  if (depth < 0) return key;
  const inner = { ...options, depth: options.depth == null ? null : options.depth - 1 };
  return `${key.constructor.name} ${inspect({ type: key.asymmetricKeyType, details: key.asymmetricKeyDetails }, inner)}`;
}

export class PublicKeyObject extends AsymmetricKeyObject {
  override export(options?: any): any {
    return exportKey(this, options);
  }

  get type(): string {
    return 'public';
  }
}

export class PrivateKeyObject extends AsymmetricKeyObject {
  override export(options?: any): any {
    return exportKey(this, options);
  }

  get type(): string {
    return 'private';
  }
}

function method(name: string | symbol, value: Function): void {
  Object.defineProperty(AsymmetricKeyObject.prototype, name, { value, configurable: true, writable: true });
}
method('equals', function equalsKey(this: any, other: any): boolean {
  return equals(this, other);
});
method(inspect.custom, function inspectThis(this: any, depth: number, options: any): any {
  return inspectKey(this, depth, options);
});

function isBytes(value: unknown): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

function toBytes(data: any, encoding: any): Buffer {
  if (typeof data === 'string') return Buffer.from(data, encoding);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

/** The first of those blocks of RFC 7468 that may be a key. */
const PEM = /-----BEGIN ((?:RSA |EC )?PRIVATE KEY|(?:RSA )?PUBLIC KEY)-----([A-Za-z0-9+/=\s]*)-----END \1-----/;

/** The DER of what a key is to be made of; undefined if there is none in a PEM. */
function keyDer(key: any, types: string[]): Uint8Array | undefined {
  const isObject = key !== null && key !== undefined && typeof key !== 'string' && !isBytes(key);
  if (key === null || key === undefined) throw invalidArgType('key', DATA, key);
  const { key: data, encoding = 'utf8', format = 'pem', type, passphrase } = isObject ? key : { key };
  if (data === null || data === undefined || data instanceof KeyObject) throw invalidArgType('options.key', DATA, data);
  if (typeof data !== 'string' && !isBytes(data)) {
    if (typeof data !== 'object') throw invalidArgType('key', DATA, key);
    throw methodNotImplemented(data instanceof CryptoKey ? 'crypto keys from a CryptoKey' : 'crypto keys from JWK');
  }
  validateOneOf(format, 'format', ['pem', 'der']);
  if (type !== undefined) validateOneOf(type, 'type', types);
  const bytes = toBytes(data, encoding);
  if (format === 'der') return bytes;
  const text = bytes.toString('latin1');
  if (passphrase !== undefined && passphrase !== null && /ENCRYPTED/.test(text)) {
    throw methodNotImplemented('crypto.createPrivateKey with a passphrase');
  }
  const found = PEM.exec(text);
  return found === null ? undefined : Buffer.from(found[2]!, 'base64');
}

export function createPrivateKey(key: any): PrivateKeyObject {
  const der = keyDer(key, ['pkcs1', 'pkcs8', 'sec1']);
  const handle = der && natives.readPrivateKey(der);
  if (handle === undefined) throw new Error('Failed to parse private key');
  return new PrivateKeyObject(construction, handle);
}

export function createPublicKey(key: any): PublicKeyObject {
  let der;
  if (key instanceof KeyObject) {
    if (!(key instanceof PrivateKeyObject)) throw invalidArgType('key', 'PrivateKeyObject', key);
    der = handleOf(key).spki();
  } else {
    der = keyDer(key, ['pkcs1', 'spki']);
  }
  const handle = der && natives.readPublicKey(der);
  if (handle === undefined) throw new Error('Failed to parse public key');
  return new PublicKeyObject(construction, handle);
}

/** The handle of a key object, if that is one of the two kinds. */
export function asymmetricHandle(key: any): natives.KeyHandle | undefined {
  return typeof key === 'object' && key !== null && holds(key) ? handleOf(key) : undefined;
}
