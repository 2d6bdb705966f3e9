import { strictEqual } from 'node:assert';
import { inspect } from 'node:util';

export const methods = {
  test() {
    const cycle = { name: 'cycle' };
    cycle.self = cycle;
    const odd = [undefined, null, 1n, Symbol('s'), cycle, () => {}, new Error('e'), new Proxy({}, {}), Object.create(null), new Map([[1, 2]])];
    for (const name of ['log', 'debug', 'info', 'warn', 'error', 'trace', 'table', 'group', 'groupEnd', 'dir', 'assert', 'count', 'time', 'timeEnd']) {
      strictEqual(typeof console[name], 'function', name);
      strictEqual(console[name](), undefined);
      for (const value of odd) strictEqual(console[name](name === 'count' || name.startsWith('time') ? 'label' : value), undefined);
    }
  },
};

export const formats = {
  test() {
    console.log('%s is %d or %i, %f, %j %o %O %c %%', 'text', 1.5, 1.5, '2.5', {}, [], {}, 'css', 'rest');
  },
};

export const getters = {
  test() {
    // Printing an object runs none of its code.
    let ran = false;
    console.log({ get value() { ran = true; return 1; } });
    strictEqual(ran, false);
  },
};

export const apiObjects = {
  test() {
    strictEqual(inspect(new URLSearchParams('a=1&b=2')), "URLSearchParams(2) { 'a' => '1', 'b' => '2' }");
    strictEqual(inspect(new FormData()), 'FormData(0) {}');
  },
};
