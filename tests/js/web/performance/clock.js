import { deepStrictEqual, ok, strictEqual } from 'node:assert';

const atStart = [Date.now(), new Date().getTime(), performance.now(), Date.parse(Date())];
await 1;
atStart.push(Date.now());

// There is no time before the first event.
export const start = {
  test() {
    deepStrictEqual(atStart, [0, 0, 0, 0, 0]);
  },
};

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

// Time goes on while code runs.
export const running = {
  test() {
    const before = Date.now();
    while (Date.now() - before < 3);
    ok(performance.now() - before >= 3);
    ok(Number.isInteger(performance.now()));
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
