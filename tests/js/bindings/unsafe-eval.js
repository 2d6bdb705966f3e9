import { ok, strictEqual, throws } from 'node:assert';
import importable from 'workerd:unsafe-eval';

export const scripts = {
  test(controller, { unsafe }) {
    const hidden = 1;
    strictEqual(unsafe.eval('6 * 7'), 42);
    strictEqual(importable.eval('6 * 7'), 42);
    throws(() => unsafe.eval('hidden'), { name: 'ReferenceError' });
    throws(() => unsafe.eval('throw new Error("boom")', 'name.js'), { stack: /^Error: boom\n    at name\.js:1:7/ });
    throws(() => unsafe.eval('('), { name: 'SyntaxError' });
    throws(() => eval('1'), { name: 'EvalError' });
    ok(hidden);
  },
};

export const functions = {
  async test(controller, { unsafe }) {
    const add = unsafe.newFunction('return a + b', 'add', 'a', 'b');
    strictEqual(add(1, 2), 3);
    strictEqual(add.name, 'add');
    strictEqual(add.length, 2);
    strictEqual(unsafe.newFunction('return arguments.length').name, 'anonymous');
    const wait = unsafe.newAsyncFunction('return await a', 'wait', 'a');
    strictEqual(wait.name, 'wait');
    strictEqual(await wait(Promise.resolve(5)), 5);
    throws(() => unsafe.newFunction('('), { name: 'SyntaxError' });
  },
};

export const wasm = {
  test(controller, { unsafe }) {
    ok(unsafe.newWasmModule(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])) instanceof WebAssembly.Module);
    throws(() => unsafe.newWasmModule(new Uint8Array()), { name: 'CompileError' });
    throws(() => unsafe.newWasmModule([]), {
      name: 'TypeError',
      message: "Failed to execute 'newWasmModule' on 'UnsafeEval': parameter 1 is not of type 'ArrayBuffer or ArrayBufferView'.",
    });
  },
};
