import { deepStrictEqual } from 'node:assert';

const called = [];

export default {
  async tailStream({ event }) {
    if (!event.info.url?.endsWith('/log')) return;
    await scheduler.wait(1);
    return {
      log({ event }) {
        called.push(event.level);
      },
      return: 'no function',
      async outcome({ event }) {
        called.push(event.outcome);
      },
    };
  },
};

export const test = {
  async test() {
    for (let turn = 0; called.length < 3 && turn < 2000; turn++) await scheduler.wait(5);
    deepStrictEqual(called, ['log', 'error', 'ok']);
  },
};
