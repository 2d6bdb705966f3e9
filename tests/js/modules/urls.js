import { deepStrictEqual, ok, rejects, strictEqual, throws } from 'node:assert';
import common, { named } from './lib/common.cjs';
import values from 'values.json' with { type: 'json' };
import source add from 'add.wasm';
import { boom } from 'file:///bundle/thrower';
import shadow from 'assert/strict';

export const names = {
  async test() {
    strictEqual((await import('abc')).default, 'file:///bundle/abc');
    strictEqual((await import('outside')).default, 'file:///bundle/outside');
    strictEqual((await import('  ./b%65/ok  ')).default, 'file:///bundle/be/ok');
    strictEqual((await import('https://example.com/mod')).default, 'example');
    strictEqual((await import('%E9%83%A8%E5%93%81')).default, 'part');
    strictEqual((await import('部品')).default, 'part');
    strictEqual(shadow, 'shadow');
    for (const [specifier, url] of [
      ['a^b', 'file:///bundle/a%5Eb'],
      ['%2f%41', 'file:///bundle/%2FA'],
      ['zz:%41', 'zz:%41'],
      ['a?%41#%41', 'file:///bundle/a?%41#%41'],
      ['node:nothing', 'node:nothing'],
    ]) {
      await rejects(import(specifier), { name: 'Error', message: `Module not found: ${url}` });
    }
    await rejects(import('https://'), { name: 'TypeError', message: 'Invalid module specifier: https://' });
    await rejects(import('node-internal:internal_inspect'), { message: /^Module not found/ });
  },
};

export const attributes = {
  async test() {
    deepStrictEqual(values, { a: 1 });
    strictEqual((await import('values.json', { with: { type: 'json' } })).default, values);
    for (const [specifier, attributes, message] of [
      ['text.txt', { type: 'text' }, 'Import attribute type "text" is not yet supported'],
      ['data.bin', { type: 'bytes' }, 'Import attribute type "bytes" is not yet supported'],
      ['values.json', { type: 'other' }, 'Unsupported import attribute type: "other"'],
      ['values.json', { a: 'type', type: 'json' }, 'Unsupported import attribute: "a"'],
      ['values.json', { type: 'json', a: 'type' }, 'Unsupported import attribute: "a"'],
      ['text.txt', { type: 'json' }, 'Module "text.txt" is not of type "json"'],
    ]) {
      await rejects(import(specifier, { with: attributes }), { name: 'TypeError', message });
    }
  },
};

export const sources = {
  async test() {
    ok(add instanceof WebAssembly.Module);
    strictEqual(await import.source('add.wasm'), add);
    strictEqual((await import('add.wasm')).default, add);
    await rejects(import.source('thrower'), {
      name: 'SyntaxError',
      message: 'Source phase import not available for module: file:///bundle/thrower',
    });
  },
};

export const required = {
  async test() {
    strictEqual(named, 'n');
    strictEqual(common.filename, '/bundle/lib/common.cjs');
    strictEqual(common.dirname, '/bundle/lib');
    strictEqual(common.path, 'file:///bundle/lib/common.cjs');
    strictEqual(common.sibling.two, 2);
    strictEqual(common.unwrapped, 'default');
    deepStrictEqual(common.renamed, { of: 'module.exports' });
    strictEqual(common.json, values);
    strictEqual(common.text, 'text');
    strictEqual(
      common.waits,
      'Error: Top-level await is not supported in this context for module: file:///bundle/lib/waits'
    );
    strictEqual(common.broken, 'Error: Failed to instantiate module: file:///bundle/lib/broken');
    strictEqual(common.missing, 'Error: Module not found: missing');
    strictEqual(common.invalid, 'TypeError: Invalid module specifier: https://');
    strictEqual(common.main, 'Error: Circular dependency when resolving module: file:///bundle/urls.js');
    strictEqual(common.builtin, 'function');
    strictEqual(await common.dynamic, common.sibling);
  },
};

export const cycles = {
  async test() {
    const { default: a } = await import('lib/cycle-a.cjs');
    deepStrictEqual(a, { early: 1, b: { seen: ['early'] }, late: 2 });
  },
};

export const stacks = {
  test() {
    try {
      boom();
    } catch (error) {
      ok(error.stack.startsWith('Error: boom\n    at boom (file:///bundle/thrower:2:9)\n    at Object.test (file:///bundle/urls.js:'));
    }
  },
};

export const createdRequire = {
  async test() {
    // At old dates Node's modules have no short names.
    const { createRequire } = await import('node:module');
    const require = createRequire(import.meta.url);
    strictEqual(require('lib/sibling').two, 2);
    strictEqual(require('./lib/../text.txt'), 'text');
    strictEqual(require(import.meta.resolve('text.txt')), 'text');
    strictEqual(createRequire('/bundle/lib/x')('../text.txt'), 'text');
    throws(() => createRequire('/')('text.txt'), { message: 'Module not found: text.txt' });
    throws(() => createRequire('https://example.com/')('mod'), { name: 'TypeError' });
  },
};

export const stores = {
  async test() {
    const { AsyncLocalStorage } = await import('node:async_hooks');
    globalThis.storage = new AsyncLocalStorage();
    const imported = await globalThis.storage.run(123, () => import('lib/store'));
    strictEqual(imported.default, 123);
    delete globalThis.storage;
  },
};
