// The keys of `node:crypto`, and secret ones from their bytes.

import { exportKey, validateExport } from 'node-internal:crypto_key_export';
import { Buffer } from 'node-internal:internal_buffer';
import * as natives from 'node-internal:crypto_natives';
import { coded, invalidArgType, invalidArgValue } from 'node-internal:internal_errors';
import { inspect } from 'node-internal:internal_inspect';
import { keys } from 'node-internal:util_types';
import { validateObject } from 'node-internal:validators';

/** What a key object stands for: the handle of a public or private key, or the bytes of a secret one. */
export interface KeyState {
  handle?: natives.KeyHandle;
  bytes?: Uint8Array;
  /** The key of WebCrypto that it is. */
  web?: CryptoKey;
}

/** What internal code constructs keys with. */
const construction = Symbol('construction');

const USAGES = [
  ['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey'],
  ['encapsulateKey', 'encapsulateBits', 'decapsulateKey', 'decapsulateBits'],
].flat();

function usagesOf(keyUsages: any): string[] {
  if (keyUsages === null || typeof keyUsages !== 'object' || typeof keyUsages[Symbol.iterator] !== 'function') {
    throw invalidArgType('keyUsages', 'Iterable', keyUsages);
  }
  return Array.from(keyUsages, (item) => {
    const usage = String(item);
    if (!USAGES.includes(usage)) {
      throw invalidArgValue('keyUsages', usage, 'is not a valid enum value of type KeyUsage');
    }
    return usage;
  });
}

export class KeyObject {
  #state: KeyState;

  constructor(...args: any[]) {
    if (args[0] !== construction) throw new Error('Illegal constructor');
    this.#state = args[1];
  }

  static stateOf(key: unknown): KeyState | undefined {
    return typeof key === 'object' && key !== null && #state in key ? key.#state : undefined;
  }

  static from(key: any): KeyObject {
    if (!(key instanceof CryptoKey)) throw invalidArgType('key', 'CryptoKey', key);
    const parts = natives.partsOf(key);
    if (parts instanceof Uint8Array) return new SecretKeyObject(construction, { bytes: parts, web: key });
    return pairedKey(parts, key);
  }

  export(options: any = {}): any {
    validateObject(options, 'options');
    validateExport(options, this.#state, 'options');
    return exportKey(options, this.#state);
  }

  equals(other: any): boolean {
    const ours = this.#state;
    if (other === null || other === undefined) {
      throw new TypeError(`Cannot read properties of ${other} (reading 'Symbol(kHandle)')`);
    }
    const theirs = stateOf(other);
    if (theirs === ours || (theirs !== undefined && ours.web !== undefined && ours.web === theirs.web)) return true;
    if ((this as any).type !== other.type) return false;
    if (theirs === undefined) throw invalidArgType('otherKeyObject', 'KeyObject', other);
    if (ours.handle !== undefined && theirs.handle !== undefined) return natives.sameKeys(ours.handle, theirs.handle);
    if (ours.bytes === undefined || theirs.bytes === undefined) return false;
    if (!isExtractable(ours) || !isExtractable(theirs)) return false;
    return sameBytes(ours.bytes, theirs.bytes);
  }

  toCryptoKey(algorithm: any, extractable: any, keyUsages: any): CryptoKey {
    const { handle, bytes, web } = this.#state;
    const identifier = typeof algorithm === 'object' && algorithm !== null ? algorithm : String(algorithm);
    extractable = Boolean(extractable);
    const usages = usagesOf(keyUsages);
    if (extractable && web !== undefined && !natives.isExtractable(web)) {
      const text = 'Cannot create an extractable CryptoKey from a non-extractable key.';
      throw new DOMException(text, 'InvalidAccessError');
    }
    if (handle?.kind() === 'dh') {
      throw new DOMException('Unsupported key type for toCryptoKey().', 'NotSupportedError');
    }
    return natives.toCryptoKey(handle ?? bytes!, identifier, extractable, usages);
  }

  get [Symbol.toStringTag](): string {
    return 'KeyObject';
  }
}

export const { stateOf } = KeyObject;
delete (KeyObject as any).stateOf;

function isExtractable({ web }: KeyState): boolean {
  return web === undefined || natives.isExtractable(web);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}

function inspectKey(key: any, depth: number, options: any, shown: () => object): any {
  if (depth < 0) return key;
  const inner = { ...options, depth: options.depth == null ? null : options.depth - 1 };
  return `${key.constructor.name} ${inspect(shown(), inner)}`;
}

class AsymmetricKeyObject extends KeyObject {
  get asymmetricKeyDetails(): Record<string, unknown> {
    const details = natives.detailsOf(stateOf(this)!.handle!);
    const exponent = details.publicExponent;
    if (exponent !== undefined) {
      details.publicExponent = BigInt(`0x${Buffer.from(exponent as any).toString('hex') || '0'}`);
    }
    return details;
  }

  get asymmetricKeyType(): string {
    return stateOf(this)!.handle!.kind();
  }

  [inspect.custom](depth: number, options: any): any {
    return inspectKey(this, depth, options, () => ({ type: this.asymmetricKeyType, details: this.asymmetricKeyDetails }));
  }
}

export class PublicKeyObject extends AsymmetricKeyObject {
  override export(options?: any): any {
    return super.export(options);
  }

  get type(): string {
    return 'public';
  }
}

export class PrivateKeyObject extends AsymmetricKeyObject {
  override export(options?: any): any {
    return super.export(options);
  }

  get type(): string {
    return 'private';
  }
}

export class SecretKeyObject extends KeyObject {
  get symmetricKeySize(): number {
    return stateOf(this)!.bytes!.byteLength;
  }

  override export(options?: any): any {
    return super.export(options);
  }

  get type(): string {
    return 'secret';
  }

  [inspect.custom](depth: number, options: any): any {
    return inspectKey(this, depth, options, () => ({ size: this.symmetricKeySize }));
  }
}

keys.isKeyObject = (value) => stateOf(value) !== undefined;

/** The object of a public or private key. */
export function pairedKey(handle: natives.KeyHandle, web?: CryptoKey): PublicKeyObject | PrivateKeyObject {
  const Class = handle.isPrivate() ? PrivateKeyObject : PublicKeyObject;
  return new Class(construction, { handle, web });
}

const BYTES = ['string', 'ArrayBuffer', 'TypedArray', 'DataView'];

/** The error of a key that is of another type than the one that is needed. */
export function wrongType(actual: string, expected: string): Error {
  const text = `Invalid key object type ${actual}, expected ${expected}.`;
  return coded(Error, 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', text);
}

/** The bytes of a key in any form that is no object with fields; undefined for anything else. */
export function keyBytes(key: any, encoding?: any): Uint8Array | undefined {
  if (typeof key === 'string') return Buffer.from(key, encoding === 'buffer' ? 'utf8' : (encoding ?? undefined));
  if (ArrayBuffer.isView(key)) return new Uint8Array(key.buffer as ArrayBuffer, key.byteOffset, key.byteLength);
  if (key instanceof ArrayBuffer || key instanceof SharedArrayBuffer) return new Uint8Array(key as ArrayBuffer);
  const state = stateOf(key);
  if (state === undefined) return undefined;
  if (state.bytes === undefined) throw wrongType(key.type, 'secret');
  return state.bytes;
}

/** The same, with keys of WebCrypto among the forms. */
export function anyKeyBytes(key: any, encoding?: any): Uint8Array | undefined {
  if (!(key instanceof CryptoKey)) return keyBytes(key, encoding);
  const parts = natives.partsOf(key);
  if (!(parts instanceof Uint8Array)) throw wrongType(parts.isPrivate() ? 'private' : 'public', 'secret');
  return parts;
}

/** Whether a key is one of WebCrypto, or stands for one. */
export function isWebKey(key: unknown): boolean {
  return key instanceof CryptoKey || stateOf(key)?.web !== undefined;
}

export function createSecretKey(key: any, encoding?: any): SecretKeyObject {
  const bytes = key instanceof KeyObject ? undefined : keyBytes(key, encoding);
  if (key === null || key === undefined) throw invalidArgType('key', BYTES, key);
  if (bytes === undefined) {
    throw new TypeError("Failed to execute 'createSecretKey' on 'CryptoImpl': parameter 1 is not of type 'BufferSource'.");
  }
  return new SecretKeyObject(construction, { bytes: Buffer.from(bytes) });
}
