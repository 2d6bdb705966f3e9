// Secret keys of `node:crypto`.

import { Buffer } from 'node-internal:internal_buffer';
import { randomBytes } from 'node-internal:crypto_random';
import { coded, invalidArgType, invalidArgValue, methodNotImplemented } from 'node-internal:internal_errors';
import { keys } from 'node-internal:util_types';
import { validateInteger, validateObject, validateOneOf } from 'node-internal:validators';

const kBytes = Symbol('kBytes');
/** What internal code constructs keys with. */
export const construction = Symbol('construction');

export class KeyObject {
  constructor(...args: any[]) {
    if (args[0] !== construction) throw new TypeError('Illegal constructor');
  }

  static from(_key: unknown): never {
    throw methodNotImplemented('crypto.KeyObject.from');
  }

  export(_options?: unknown): unknown {
    throw methodNotImplemented('crypto.KeyObject.export');
  }

  equals(other: any): boolean {
    if (!(other instanceof KeyObject)) throw invalidArgType('otherKeyObject', 'KeyObject', other);
    const [ours, theirs] = [(this as any)[kBytes], (other as any)[kBytes]];
    if (!ours || !theirs || ours.byteLength !== theirs.byteLength) return false;
    let difference = 0;
    for (let i = 0; i < ours.length; i++) difference |= ours[i] ^ theirs[i];
    return difference === 0;
  }

  toCryptoKey(): never {
    throw methodNotImplemented('crypto.KeyObject.toCryptoKey');
  }
}
Object.defineProperty(KeyObject.prototype, Symbol.toStringTag, { value: 'KeyObject', configurable: true });

export class SecretKeyObject extends KeyObject {
  constructor(...args: any[]) {
    super(args[0]);
    Object.defineProperty(this, kBytes, { value: args[1] });
  }

  get symmetricKeySize(): number {
    return (this as any)[kBytes].byteLength;
  }

  override export(options: any = {}): any {
    validateObject(options, 'options');
    const bytes = (this as any)[kBytes];
    if (options.format === 'jwk') return { kty: 'oct', k: bytes.toString('base64url'), ext: true };
    if (options.format !== undefined && options.format !== 'buffer') {
      throw invalidArgValue('options.format', options.format, "must be one of: undefined, 'buffer', 'jwk'");
    }
    return Buffer.from(bytes);
  }

  get type(): string {
    return 'secret';
  }
}

keys.isKeyObject = (value) => value instanceof KeyObject;

const BYTES = ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string'];

/** The bytes of a key in any form that is no object with fields; undefined for anything else. */
export function keyBytes(key: any, encoding?: any): Uint8Array | undefined {
  if (typeof key === 'string') return Buffer.from(key, encoding === 'buffer' ? 'utf8' : (encoding ?? undefined));
  if (ArrayBuffer.isView(key)) return new Uint8Array(key.buffer as ArrayBuffer, key.byteOffset, key.byteLength);
  if (key instanceof ArrayBuffer || key instanceof SharedArrayBuffer) return new Uint8Array(key);
  if (key instanceof SecretKeyObject) return (key as any)[kBytes];
  if (key instanceof KeyObject) {
    throw coded(TypeError, 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', 'Invalid key object type, expected secret.');
  }
  return undefined;
}

export function createSecretKey(key: any, encoding: any): SecretKeyObject {
  const bytes = key instanceof KeyObject ? undefined : keyBytes(key, encoding);
  if (bytes === undefined) throw invalidArgType('key', BYTES, key);
  return new SecretKeyObject(construction, Buffer.from(bytes));
}

const AES_BITS = [128, 192, 256];

export function generateKeySync(type: any, options: any): SecretKeyObject {
  validateOneOf(type, 'type', ['hmac', 'aes']);
  validateObject(options, 'options');
  const { length } = options;
  if (type === 'hmac') validateInteger(length, 'options.length', 8, 65536);
  else validateOneOf(length, 'options.length', AES_BITS);
  return new SecretKeyObject(construction, randomBytes(Math.floor(length / 8), undefined));
}

export function generateKey(type: any, options: any, callback: any): void {
  let outcome: [unknown, SecretKeyObject?];
  try {
    outcome = [null, generateKeySync(type, options)];
  } catch (error) {
    outcome = [error];
  }
  queueMicrotask(() => {
    try {
      callback(...outcome);
    } catch (error) {
      reportError(error);
    }
  });
}
