import { ok, strictEqual } from 'node:assert';

export const kinds = {
  test() {
    strictEqual(Number.isInteger(Date.now()), true);
    strictEqual(typeof performance.now(), 'number');
    strictEqual(typeof performance.timeOrigin, 'number');
    ok(Math.abs(new Date().getTime() - Date.now()) < 1000);
  },
};

export const forwards = {
  test() {
    let last = performance.now();
    for (let index = 0; index < 1000; index++) {
      const now = performance.now();
      ok(now >= last);
      last = now;
    }
  },
};

export const moving = {
  async test() {
    const before = Date.now();
    await scheduler.wait(5);
    ok(Date.now() - before >= 4);
    ok(before > Date.UTC(2026, 0, 1));
  },
};
