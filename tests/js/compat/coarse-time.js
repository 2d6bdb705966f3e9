import assert from 'node:assert';

export const moves_in_steps = {
  async test() {
    const seen = new Set();
    // The clock goes on while code runs, however seldom a busy machine lets it run.
    while (seen.size < 4) {
      seen.add(Date.now());
      seen.add(new Date().getTime());
    }
    await scheduler.wait(1);
    seen.add(Date.now());
    for (const time of seen) assert.equal(time % 3, 0);
    const begin = performance.now();
    await scheduler.wait(7);
    assert.equal((performance.now() - begin) % 3, 0);
  },
};
