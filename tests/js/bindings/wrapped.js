import { deepStrictEqual, rejects, strictEqual } from 'node:assert';
import { twice } from 'counter:public';
import publicBinding from 'counter:binding';

export const modules = {
  async test() {
    strictEqual(twice, 42);
    strictEqual(publicBinding, 'public');
    strictEqual((await import('counter:public')).twice, 42);
    await rejects(import('counter:internal'), { name: 'Error' });
  },
};

export const bindings = {
  async test(controller, { counter, named }) {
    strictEqual(counter.next(), 41);
    strictEqual(counter.next(), 42);
    deepStrictEqual(counter.names, ['start', 'service']);
    strictEqual(await (await counter.fetch()).text(), 'other');
    strictEqual(named, 21);
  },
};
