import { deepStrictEqual, rejects, strictEqual, throws } from 'node:assert';

const never = () => {
  throw new Error('there is a value');
};
const gives = (value, expiration) => () => ({ value, expiration });

export const values = {
  async test(controller, { two }) {
    strictEqual(await two.read('a'), undefined);
    const value = { list: [1, new Date(0)] };
    strictEqual(await two.read('a', gives(value)), value);
    deepStrictEqual(await two.read('a', never), value);
    deepStrictEqual(await two.read('a'), value);
    await two.read('b', async (key) => ({ value: key }));
    await two.read('a');
    await two.read('c', gives(3));
    strictEqual(await two.read('b'), undefined);
    strictEqual(await two.read('large', gives('x'.repeat(200))), 'x'.repeat(200));
    strictEqual(await two.read('large'), undefined);
    strictEqual(two.delete('a'), undefined);
    strictEqual(await two.read('a'), undefined);
  },
};

export const ids = {
  async test(controller, { shared, same }) {
    await shared.read('key', gives('value'));
    strictEqual(await same.read('key'), 'value');
  },
};

export const expiry = {
  async test(controller, { shared }) {
    await shared.read('long', gives(1, Date.now() + 60_000));
    strictEqual(await shared.read('long'), 1);
    await shared.read('short', gives(1, Date.now() + 2));
    await scheduler.wait(10);
    strictEqual(await shared.read('short'), undefined);
    strictEqual(await shared.read('past', gives(2, Date.now() - 5)), 2);
    strictEqual(await shared.read('past'), undefined);
    await rejects(shared.read('nan', gives(1, NaN)), { name: 'TypeError', message: 'Expiration time must not be NaN.' });
  },
};

export const waiting = {
  async test(controller, { shared }) {
    const [first, second] = await Promise.all([
      shared.read('w', async () => {
        await scheduler.wait(5);
        return { value: 1 };
      }),
      shared.read('w', never),
    ]);
    deepStrictEqual([first, second], [1, 1]);
    const [failed, next] = await Promise.allSettled([
      shared.read('f', () => {
        throw new RangeError('failed');
      }),
      shared.read('f', gives('next')),
    ]);
    strictEqual(failed.reason.message, 'failed');
    strictEqual(next.value, 'next');
  },
};

export const errors = {
  async test(controller, { shared }) {
    await rejects(shared.read('ä'.repeat(1025)), { name: 'RangeError', message: 'Key too large.' });
    throws(() => shared.delete('a'.repeat(2049)), { name: 'RangeError', message: 'Key too large.' });
    await rejects(shared.read('s', gives(Symbol('s'))), { name: 'DataCloneError', message: 'failed to serialize symbol' });
    await rejects(shared.read('s', () => 5), { name: 'TypeError' });
    await rejects(shared.read(5), { name: 'TypeError' });
    strictEqual(await shared.read('s', gives(1)), 1);
  },
};
