import { deepStrictEqual, rejects, strictEqual } from 'node:assert';

const early = await import('counted.js');

export const results = {
  async test() {
    strictEqual(early.value, 42);
    strictEqual(early.default, 'd');
    const [again, relative] = await Promise.all([import('counted.js'), import('./counted.js')]);
    strictEqual(again, early);
    strictEqual(relative, early);
    strictEqual(globalThis.evaluations, 1);
  },
};

export const topLevelAwait = {
  async test() {
    strictEqual((await import('waits.js')).waited, true);
  },
};

export const errors = {
  async test() {
    await rejects(import('missing.js'), { name: 'Error', message: /missing\.js/ });
    await rejects(import('throws.js'), { name: 'RangeError', message: 'thrown by a module' });
    await rejects(import('throws.js'), { name: 'RangeError', message: 'thrown by a module' });
    await rejects(import({ toString() { throw new TypeError('specifier'); } }), { message: 'specifier' });
  },
};

export const builtins = {
  async test() {
    const workers = await import('cloudflare:workers');
    strictEqual(typeof workers.WorkerEntrypoint, 'function');
    deepStrictEqual((await import('node:assert')).strictEqual, strictEqual);
  },
};
