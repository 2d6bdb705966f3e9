import { deepStrictEqual, ok, strictEqual } from 'node:assert';

export const order = {
  async test() {
    const seen = [];
    await new Promise((resolve) => {
      setTimeout(() => seen.push('10'), 10);
      setTimeout(() => { seen.push('20'); resolve(); }, 20);
      setTimeout(() => seen.push('0'), 0);
      queueMicrotask(() => seen.push('microtask'));
      Promise.resolve().then(() => seen.push('promise'));
      seen.push('now');
    });
    deepStrictEqual(seen, ['now', 'microtask', 'promise', '0', '10', '20']);
  },
};

export const sameDelay = {
  async test() {
    const seen = [];
    for (let index = 0; index < 5; index++) setTimeout(() => seen.push(index), 1);
    await scheduler.wait(10);
    deepStrictEqual(seen, [0, 1, 2, 3, 4]);
  },
};

export const args = {
  async test() {
    const values = await new Promise((resolve) => setTimeout((...rest) => resolve(rest), 0, 1, 'two', null));
    deepStrictEqual(values, [1, 'two', null]);
  },
};

export const clearing = {
  async test() {
    let fired = false;
    const timer = setTimeout(() => { fired = true; }, 1);
    clearTimeout(timer);
    clearTimeout(timer);
    clearTimeout(undefined);
    clearTimeout(123456);
    await scheduler.wait(5);
    strictEqual(fired, false);
  },
};

export const intervals = {
  async test() {
    let count = 0;
    await new Promise((resolve) => {
      const timer = setInterval(() => {
        if (++count === 3) { clearInterval(timer); resolve(); }
      }, 1);
    });
    await scheduler.wait(5);
    strictEqual(count, 3);
  },
};

export const microtasks = {
  async test() {
    // Microtasks of one timer run before the next timer.
    const seen = [];
    setTimeout(() => { seen.push('a'); Promise.resolve().then(() => seen.push('a after')); }, 1);
    setTimeout(() => seen.push('b'), 1);
    await scheduler.wait(10);
    deepStrictEqual(seen, ['a', 'a after', 'b']);
  },
};

export const nested = {
  async test() {
    const start = Date.now();
    for (let index = 0; index < 10; index++) await scheduler.wait(1);
    ok(Date.now() - start >= 9, `${Date.now() - start} ms`);
  },
};

export const oddDelays = {
  async test() {
    for (const delay of [-1, NaN, undefined, '1', null, 0.5]) await new Promise((resolve) => setTimeout(resolve, delay));
  },
};

/** Callbacks are called on the global scope. */
export const receivers = {
  async test() {
    const receiver = (start) => new Promise((resolve) => start(function () { resolve(this); }));
    strictEqual(await receiver((callback) => setTimeout(callback, 0)), globalThis);
    strictEqual(await receiver(queueMicrotask), globalThis);
    const interval = await new Promise((resolve) => {
      const timer = setInterval(function () { clearInterval(timer); resolve(this); }, 1);
    });
    strictEqual(interval, globalThis);
  },
};
