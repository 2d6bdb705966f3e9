import bare from 'assert';
import prefixed, { strictEqual } from 'node:assert';
import strict from 'node:assert/strict';

export const names = {
  async test() {
    strictEqual(bare, prefixed);
    strictEqual((await import('node:assert')).default, prefixed);
    strictEqual(strict.strictEqual, strictEqual);
  },
};

export const missing = {
  async test() {
    for (const name of ['node:no-such-module', 'no-such-module', 'node-internal:primordials']) {
      let failed = false;
      try { await import(name); } catch { failed = true; }
      strictEqual(failed, true, name);
    }
  },
};
