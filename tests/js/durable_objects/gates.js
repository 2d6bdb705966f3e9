import assert from 'node:assert';
import { DurableObject } from 'cloudflare:workers';

export default {};

export class Counter extends DurableObject {
  order = [];

  // The gate is shut while the storage reads: no increment is lost.
  async increment(options) {
    const count = ((await this.ctx.storage.get('count', options)) ?? 0) + 1;
    await this.ctx.storage.put('count', count, options);
    return count;
  }

  // It is open while the event waits for time or for others.
  async incrementSlowly() {
    const count = ((await this.ctx.storage.get('count')) ?? 0) + 1;
    await scheduler.wait(2);
    this.ctx.storage.put('count', count);
    return count;
  }

  async incrementAfterFetch() {
    const count = ((await this.ctx.storage.get('count')) ?? 0) + 1;
    await this.env.SLOW.fetch('http://slow');
    this.ctx.storage.put('count', count);
    return count;
  }

  async incrementInSection() {
    return await this.ctx.blockConcurrencyWhile(() => this.incrementAfterFetch());
  }

  // A timer that is due waits until the storage has answered.
  async timers() {
    const order = [];
    setTimeout(() => order.push('timer'), 0);
    const begin = Date.now();
    while (Date.now() < begin + 2) await this.ctx.storage.get('x');
    for (let i = 0; i < 5; ++i) {
      await this.ctx.storage.get('x');
      order.push(i);
    }
    await scheduler.wait(1);
    return order;
  }

  note(name) {
    this.order.push(name);
  }

  async withCallback(callback) {
    this.order.push('before');
    await callback();
    this.order.push('after');
    return this.order;
  }

  async transact() {
    return await this.ctx.storage.transaction(async (txn) => {
      const count = ((await txn.get('count')) ?? 0) + 1;
      await scheduler.wait(1);
      await txn.put('count', count);
      return count;
    });
  }
}

const times = (count, call) => Promise.all(Array.from({ length: count }, call));

export const storage = {
  async test(_, { COUNTER }) {
    const stub = COUNTER.getByName('storage');
    assert.deepStrictEqual(await times(5, () => stub.increment()), [1, 2, 3, 4, 5]);
    const stubs = await times(5, () => COUNTER.getByName('storage').increment());
    assert.deepStrictEqual(stubs.sort((a, b) => a - b), [6, 7, 8, 9, 10]);
  },
};

export const others = {
  async test(_, { COUNTER }) {
    const slowly = COUNTER.getByName('slowly');
    assert.deepStrictEqual(await times(3, () => slowly.incrementSlowly()), [1, 1, 1]);
    const fetching = COUNTER.getByName('fetching');
    assert.deepStrictEqual(await times(3, () => fetching.incrementAfterFetch()), [1, 1, 1]);
    const section = COUNTER.getByName('section');
    assert.deepStrictEqual(await times(3, () => section.incrementInSection()), [1, 2, 3]);
  },
};

export const timers = {
  async test(_, { COUNTER }) {
    const order = await COUNTER.getByName('timers').timers();
    assert.strictEqual(order.length, 6);
    assert.ok(order.includes('timer'));
  },
};

// An object that waits for a call may be called meanwhile.
export const callbacks = {
  async test(_, { COUNTER }) {
    const stub = COUNTER.getByName('callbacks');
    const order = await stub.withCallback(async () => {
      await stub.note('within');
    });
    assert.deepStrictEqual(order, ['before', 'within', 'after']);
  },
};

export const transactions = {
  async test(_, { COUNTER }) {
    const stub = COUNTER.getByName('transactions');
    assert.deepStrictEqual(await times(3, () => stub.transact()), [1, 2, 3]);
  },
};
