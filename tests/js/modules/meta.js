import { deepStrictEqual, strictEqual, throws } from 'node:assert';
import * as other from './lib/other.js';

export const own = {
  test() {
    strictEqual(import.meta.url, 'file:///bundle/meta.js');
    strictEqual(import.meta.main, true);
    strictEqual(import.meta.filename, '/bundle/meta.js');
    strictEqual(import.meta.dirname, '/bundle');
    strictEqual(import.meta, import.meta);
    strictEqual(Object.getPrototypeOf(import.meta), null);
    deepStrictEqual(Object.keys(import.meta), ['main', 'url', 'filename', 'dirname', 'resolve']);
  },
};

export const ofOthers = {
  async test() {
    strictEqual(other.url, 'file:///bundle/lib/other.js');
    strictEqual(other.main, false);
    strictEqual(other.dirname, '/bundle/lib');
    strictEqual(other.resolve, 'file:///bundle/lib/x.js');
    const { meta } = await import('https://example.com/mod');
    deepStrictEqual(Object.keys(meta), ['main', 'url', 'resolve']);
  },
};

export const resolve = {
  test() {
    const { resolve } = import.meta;
    strictEqual(resolve.name, '');
    strictEqual(resolve.length, 0);
    strictEqual(resolve('./lib/other.js'), 'file:///bundle/lib/other.js');
    strictEqual(resolve('./.././test/.././.%2e/foo'), 'file:///foo');
    strictEqual(resolve('./%66oo.js'), 'file:///bundle/%66oo.js');
    strictEqual(resolve('node:assert'), 'node:assert');
    strictEqual(resolve('assert'), 'node:assert');
    throws(() => resolve(), { name: 'TypeError', message: 'import.meta.resolve requires a specifier argument' });
    throws(() => resolve('https://[bad'), { name: 'TypeError', message: 'Invalid module specifier: https://[bad' });
  },
};
