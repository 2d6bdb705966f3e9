import { deepStrictEqual, notStrictEqual, ok, strictEqual, throws } from 'node:assert';

export const values = {
  test() {
    for (const value of [undefined, null, true, 1.5, -0, NaN, 12n, 'text', '']) strictEqual(Object.is(structuredClone(value), value), true);
    const date = new Date(5);
    const source = { date, list: [1, , 3], map: new Map([['a', { b: 1 }]]), set: new Set([1]), pattern: /x/gi, boxed: Object('s') };
    const clone = structuredClone(source);
    notStrictEqual(clone, source);
    deepStrictEqual(clone, source);
    strictEqual(1 in clone.list, false);
    strictEqual(clone.pattern.flags, 'gi');
  },
};

export const identity = {
  test() {
    const shared = {};
    const source = { a: shared, b: shared };
    source.self = source;
    const clone = structuredClone(source);
    strictEqual(clone.a, clone.b);
    strictEqual(clone.self, clone);
  },
};

export const buffers = {
  test() {
    const buffer = new Uint8Array([1, 2, 3]).buffer;
    const clone = structuredClone({ view: new Uint8Array(buffer, 1), buffer });
    strictEqual(clone.view.buffer, clone.buffer);
    deepStrictEqual([...clone.view], [2, 3]);
    const moved = structuredClone(buffer, { transfer: [buffer] });
    strictEqual(moved.byteLength, 3);
    strictEqual(buffer.byteLength, 0);
  },
};

export const errors = {
  test() {
    const clone = structuredClone(new RangeError('range', { cause: 'why' }));
    ok(clone instanceof RangeError);
    strictEqual(clone.message, 'range');
    strictEqual(typeof clone.stack, 'string');
  },
};

export const refused = {
  test() {
    for (const value of [() => {}, Symbol('s'), new WeakMap(), Promise.resolve()]) {
      throws(() => structuredClone(value), { name: 'DataCloneError', code: 25 });
    }
    throws(() => structuredClone(), TypeError);
    const error = new Error('from a getter');
    throws(() => structuredClone({ get a() { throw error; } }), (thrown) => thrown === error);
  },
};

export const prototypes = {
  test() {
    class Point { constructor() { this.x = 1; } get y() { return 2; } }
    const clone = structuredClone(new Point());
    strictEqual(Object.getPrototypeOf(clone), Object.prototype);
    deepStrictEqual(Object.keys(clone), ['x']);
  },
};

// Reading runs no code of the guest, also where the real workerd aborts.
export const pollutedPrototypes = {
  test() {
    const polluted = (name, body) => {
      Object.defineProperty(Object.prototype, name, { configurable: true, get: () => undefined });
      try {
        return body();
      } finally {
        delete Object.prototype[name];
      }
    };
    const request = new Request('https://example.com/', { cf: { a: 1 } });
    for (const name of ['method', 'redirect', 'signal', 'headers']) {
      strictEqual(polluted(name, () => structuredClone(request)).url, 'https://example.com/');
    }
    for (const name of ['status', 'headers', 'cf']) {
      strictEqual(polluted(name, () => structuredClone(new Response(null, { status: 201 }))).status, 201);
    }
    throws(() => polluted('cacheControl', () => structuredClone(request)), (thrown) => thrown === 'illegal access');
  },
};

export const loneBuffers = {
  test() {
    const source = new Uint8Array(100).map((_, index) => index);
    source.extra = 1;
    const part = structuredClone(source.subarray(10, 30));
    deepStrictEqual([part.constructor, part.byteOffset, part.length, part[0], part.buffer.byteLength], [Uint8Array, 10, 20, 10, 100]);
    const whole = structuredClone(source.buffer);
    strictEqual(whole instanceof ArrayBuffer, true);
    notStrictEqual(whole, source.buffer);
    deepStrictEqual(new Uint8Array(whole), new Uint8Array(source.buffer));
    strictEqual(structuredClone(source).extra, undefined);
    strictEqual(structuredClone(Buffer.from('text')).constructor, Uint8Array);
    strictEqual(structuredClone(new ArrayBuffer(0)).byteLength, 0);
    strictEqual(structuredClone(new Uint8Array(0)).length, 0);
    const growing = structuredClone(new Uint8Array(new ArrayBuffer(4, { maxByteLength: 8 })));
    deepStrictEqual([growing.length, growing.buffer.resizable, growing.buffer.maxByteLength], [4, true, 8]);
    const shared = new Uint8Array(new SharedArrayBuffer(4));
    const other = structuredClone(shared);
    shared[1] = 5;
    deepStrictEqual([other.buffer instanceof SharedArrayBuffer, other[1]], [true, 5]);
    const gone = new ArrayBuffer(4);
    const view = new Uint8Array(gone);
    structuredClone(gone, { transfer: [gone] });
    throws(() => structuredClone(gone), { name: 'DataCloneError' });
    throws(() => structuredClone(view), { name: 'DataCloneError' });
  },
};
