import assert from 'node:assert';
import strings from './strings.wasm';
import trap from './sub/trap.wasm';

const { Module } = WebAssembly;
const failure = (action) => {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
};

export const builtins = {
  test(_, { BUILTINS }) {
    const imported = Module.imports(strings);
    if (BUILTINS) {
      assert.deepStrictEqual(imported, []);
      assert.strictEqual(new WebAssembly.Instance(strings).exports.len('four'), 4);
      assert.ok(failure(() => new WebAssembly.Instance(strings).exports.len(4)) instanceof WebAssembly.RuntimeError);
    } else {
      assert.deepStrictEqual(imported, [{ module: 'wasm:js-string', name: 'length', kind: 'function' }]);
      const imports = { 'wasm:js-string': { length: () => 99 } };
      assert.strictEqual(new WebAssembly.Instance(strings, imports).exports.len('four'), 99);
    }
  },
};

export const stacks = {
  test(_, { TRAP }) {
    const { boom } = new WebAssembly.Instance(trap).exports;
    const { stack } = failure(boom);
    assert.ok(stack.includes(TRAP), stack);
  },
};
