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
    await scheduler.wait(300);
    deepStrictEqual(called, ['log', 'error', 'ok']);
  },
};
