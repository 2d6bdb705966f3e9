// All predicates of node:util/types.

import * as plain from 'node-internal:internal_types';

/** The classes of keys say here how to tell them; `node:crypto` adds its own when it is loaded. */
export const keys: { isKeyObject: (value: unknown) => boolean } = { isKeyObject: () => false };

function isKeyObject(value: unknown): boolean {
  return keys.isKeyObject(value);
}

function isCryptoKey(value: unknown): boolean {
  const { CryptoKey } = globalThis as any;
  return typeof CryptoKey === 'function' && value instanceof CryptoKey;
}

const types: Record<string, (value: unknown) => boolean> = {};
for (const name of Object.keys(plain)) types[name] = (plain as any)[name];
types.isCryptoKey = isCryptoKey;
types.isKeyObject = isKeyObject;

export default types;
