import { rejects, strictEqual } from 'node:assert';

export const broken = {
  async test() {
    await rejects(import('syntax.js'), { name: 'SyntaxError', message: "Unexpected token ';'" });
    await rejects(import('missing.js'), { name: 'Error', message: 'Module not found: file:///bundle/nothing' });
    await rejects(import('throws.js'), { message: 'unwanted' });
    await rejects(import('throws.js'), { message: 'unwanted' });
    await rejects(import('bad.json'), { name: 'SyntaxError' });
    await rejects(import('bad.wasm'), { name: 'CompileError' });
    await rejects(import('throws.cjs'), { name: 'RangeError' });
  },
};

// An ES module is evaluated away from the event that imports it.
export const noEvent = {
  async test() {
    await rejects(import('timer.js'), { message: /^Disallowed operation called within global scope/ });
  },
};

// A module that never has done waiting keeps only its importer waiting.
export const waits = {
  async test() {
    strictEqual((await import('waits.js')).default, 'waited');
    const forever = import('forever.js').then(() => 'evaluated');
    strictEqual(await Promise.race([forever, scheduler.wait(5).then(() => 'pending')]), 'pending');
  },
};

export const once = {
  async test() {
    strictEqual(globalThis.evaluations, undefined);
    const [first, second] = await Promise.all([import('counted.js'), import('./counted.js')]);
    strictEqual(first, second);
    strictEqual(globalThis.evaluations, 1);
    // A query or a fragment makes an instance of its own.
    const other = await import('counted.js?2');
    strictEqual(other === first, false);
    strictEqual(other.url, 'file:///bundle/counted.js?2');
    strictEqual(globalThis.evaluations, 2);
  },
};
