import { deepStrictEqual, strictEqual, throws } from 'node:assert';

export const nulls = {
  test() {
    strictEqual(new Request('http://host/', { signal: 'x' }).signal instanceof AbortSignal, true);
    strictEqual(new Response(null, { webSocket: 5 }).webSocket, null);
    const target = new EventTarget();
    strictEqual(target.addEventListener('x', 5), undefined);
    strictEqual(target.removeEventListener('x', 5), undefined);
    // What may be left out but not be null is as strict as later.
    throws(() => new Response('x', 5), TypeError);
  },
};

export const rejections = {
  async test() {
    const told = [];
    addEventListener('unhandledrejection', (event) => void told.push(`unhandled ${event.reason}`));
    addEventListener('rejectionhandled', () => void told.push('handled'));
    const late = Promise.reject('late');
    await 0;
    await 0;
    await 0;
    late.catch(() => {});
    const soon = Promise.reject('soon');
    soon.catch(() => {});
    await scheduler.wait(1);
    deepStrictEqual(told, ['unhandled late', 'handled']);
  },
};
