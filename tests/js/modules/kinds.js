import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert';
import text from 'text.txt';
import data from './data.bin';
import values from 'values.json';
import add from 'add.wasm';
import common from 'common.cjs';
import * as deep from 'lib/deep.js';
import * as self from 'kinds.js';

export const imported = {
  test() {
    strictEqual(text, 'some text');
    ok(data instanceof ArrayBuffer);
    deepStrictEqual([...new Uint8Array(data)], [1, 2, 255]);
    deepStrictEqual(values, { list: [1, null, 'two'] });
    ok(add instanceof WebAssembly.Module);
    strictEqual(new WebAssembly.Instance(add).exports.add(2, 3), 5);
  },
};

export const commonJs = {
  test() {
    strictEqual(common.text, 'some text');
    strictEqual('lost' in common, false);
  },
};

export const relative = {
  test() {
    strictEqual(deep.sibling, 'sibling');
    strictEqual(deep.text, 'some text');
    deepStrictEqual(Object.keys(deep), ['sibling', 'text']);
  },
};

export const namespaces = {
  test() {
    strictEqual(self.imported, imported);
    strictEqual(self[Symbol.toStringTag], 'Module');
    throws(() => { self.imported = 1; }, TypeError);
  },
};

const awaited = await Promise.resolve('top level');

export const topLevelAwait = {
  test() {
    strictEqual(awaited, 'top level');
    strictEqual(this, topLevelAwait);
  },
};

export const strictness = {
  test() {
    strictEqual((function () { return this; })(), undefined);
    throws(() => eval('1'), { name: 'EvalError', message: 'Code generation from strings disallowed for this context' });
    throws(() => new Function('return 1'), { name: 'EvalError' });
    throws(() => new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])), { name: 'CompileError' });
  },
};
