import assert from 'node:assert';
import { DurableObject } from 'cloudflare:workers';

export class Clock extends DurableObject {
  seen = [];
  #told;

  set(time) {
    return this.ctx.storage.setAlarm(time);
  }

  due() {
    return this.ctx.storage.getAlarm();
  }

  clear() {
    return this.ctx.storage.deleteAlarm();
  }

  // Each alarm does the next of these.
  plan(...steps) {
    this.steps = steps;
  }

  /** What the first `count` alarms have seen, once they have run. */
  async ran(count) {
    while (this.seen.length < count) {
      await new Promise((resolve) => (this.#told = resolve));
    }
    return this.seen;
  }

  async alarm(info) {
    const { scheduledTime, retryCount, isRetry } = info;
    const { storage, id } = this.ctx;
    this.seen.push({ time: scheduledTime, retryCount, isRetry, now: Date.now(), alarm: await storage.getAlarm(), name: id.name });
    this.#told?.();
    switch (this.steps?.shift()) {
      case 'again':
        await storage.setAlarm(Date.now());
        break;
      case 'not again':
        await storage.setAlarm(Date.now() + 10);
        await storage.deleteAlarm();
        break;
      case 'fail':
        throw new Error('on purpose');
    }
  }

  async transactions() {
    const { storage } = this.ctx;
    const [first, second] = [Date.now() + 1e6, Date.now() + 2e6];
    await storage.setAlarm(first);
    await storage.transaction(async (transaction) => {
      await transaction.setAlarm(second);
      assert.strictEqual(await transaction.getAlarm(), second);
      transaction.rollback();
    });
    assert.strictEqual(await storage.getAlarm(), first);
    await storage.transaction((transaction) => transaction.setAlarm(second));
    assert.strictEqual(await storage.getAlarm(), second);
    await storage.deleteAlarm();
    assert.strictEqual(await storage.getAlarm(), null);
  }

  async wrongTimes() {
    const { storage } = this.ctx;
    const refused = (time, message) => assert.rejects(async () => storage.setAlarm(time), { name: 'TypeError', message });
    await refused(0, 'setAlarm() cannot be called with an alarm time <= 0');
    await refused(-1, 'setAlarm() cannot be called with an alarm time <= 0');
    await refused(NaN, 'The value cannot be converted because it is not a valid Date.');
    await refused(Infinity, 'The value cannot be converted because it is not a valid Date.');
    await refused(1e15, "This API doesn't support dates after 2189.");
    await refused('now', "Failed to execute 'setAlarm' on 'DurableObjectStorage': parameter 1 is not of type 'date'.");
  }
}

export class Deaf extends DurableObject {
  async set() {
    await this.ctx.storage.setAlarm(Date.now() + 1e6);
  }

  due() {
    return this.ctx.storage.getAlarm();
  }
}

export const runs = {
  async test(ctrl, env) {
    const clock = env.CLOCK.getByName('runs');
    const time = Date.now() + 500;
    await clock.set(time);
    assert.strictEqual(await clock.due(), time);
    const [{ now, ...seen }] = await clock.ran(1);
    assert.deepStrictEqual(seen, { time, retryCount: 0, isRetry: false, alarm: null, name: 'runs' });
    assert(now >= time);
    assert.strictEqual(await clock.due(), null);
  },
};

export const past = {
  async test(ctrl, env) {
    const clock = env.CLOCK.getByName('past');
    const before = Date.now();
    await clock.set(new Date(5));
    const [{ time }] = await clock.ran(1);
    assert(time >= before && time <= Date.now());
  },
};

export const handlers = {
  async test(ctrl, env) {
    const clock = env.CLOCK.getByName('handlers');
    await clock.plan('again', 'again', 'not again');
    await clock.set(Date.now());
    assert.strictEqual((await clock.ran(3)).length, 3);
    assert.strictEqual(await clock.due(), null);
  },
};

export const later = {
  async test(ctrl, env) {
    const clock = env.CLOCK.getByName('later');
    await clock.set(Date.now() + 1e6);
    await clock.clear();
    await clock.set(Date.now() + 2e6);
    const time = Date.now() + 500;
    await clock.set(time);
    const [seen] = await clock.ran(1);
    assert.strictEqual(seen.time, time);
  },
};

export const failures = {
  async test(ctrl, env) {
    const clock = env.CLOCK.getByName('failures');
    await clock.plan('fail');
    const time = Date.now();
    await clock.set(time);
    const [first, second] = await clock.ran(2);
    assert.deepStrictEqual([first.retryCount, first.isRetry], [0, false]);
    assert.deepStrictEqual([second.retryCount, second.isRetry, second.time], [1, true, first.time]);
    assert(second.now - first.now >= 2000);
  },
};

export const transactions = {
  async test(ctrl, env) {
    await env.CLOCK.getByName('transactions').transactions();
    await env.CLOCK.getByName('wrong').wrongTimes();
  },
};

export const withoutHandler = {
  async test(ctrl, env) {
    const deaf = env.DEAF.getByName('deaf');
    await assert.rejects(deaf.set(), {
      name: 'TypeError',
      message: 'Your Durable Object class must have an alarm() handler in order to call setAlarm()',
    });
    assert.strictEqual(await deaf.due(), null);
  },
};
