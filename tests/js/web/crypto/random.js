import { match, notDeepStrictEqual, strictEqual, throws } from 'node:assert';

export const values = {
  test() {
    for (const type of [Uint8Array, Int8Array, Uint8ClampedArray, Int16Array, Uint32Array, BigInt64Array, BigUint64Array]) {
      const array = new type(32);
      strictEqual(crypto.getRandomValues(array), array);
      notDeepStrictEqual(array, new type(32));
    }
    const buffer = new ArrayBuffer(8);
    crypto.getRandomValues(new Uint8Array(buffer, 4, 2));
    strictEqual(new Uint32Array(buffer)[0], 0);
    crypto.getRandomValues(new Uint8Array(0));
  },
};

export const refused = {
  test() {
    throws(() => crypto.getRandomValues(new Uint8Array(65537)), { name: 'QuotaExceededError' });
    throws(() => crypto.getRandomValues(new Float32Array(1)), { name: 'TypeMismatchError' });
    throws(() => crypto.getRandomValues({}), TypeError);
    throws(() => crypto.getRandomValues(), TypeError);
  },
};

export const uuids = {
  test() {
    const uuids = new Set();
    for (let index = 0; index < 100; index++) {
      const uuid = crypto.randomUUID();
      match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      uuids.add(uuid);
    }
    strictEqual(uuids.size, 100);
  },
};

export const smallOnesNeverRepeat = {
  test() {
    const seen = new Set();
    for (let index = 0; index < 500; index++) {
      const length = 16 + (index % 300);
      seen.add(crypto.getRandomValues(new Uint8Array(length)).slice(0, 16).join());
    }
    strictEqual(seen.size, 500);
  },
};

export const sharedMemory = {
  test() {
    for (const length of [16, 4096]) {
      const bytes = new Uint8Array(new SharedArrayBuffer(length));
      strictEqual(crypto.getRandomValues(bytes), bytes);
      notDeepStrictEqual(bytes, new Uint8Array(new SharedArrayBuffer(length)));
    }
  },
};
