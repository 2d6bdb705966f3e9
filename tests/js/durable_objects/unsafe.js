import assert from 'node:assert';
import unsafe from 'workerd:unsafe';
import { DurableObject } from 'cloudflare:workers';

let alarms = 0;

export class Counter extends DurableObject {
  inMemory = 0;

  async count() {
    const stored = ((await this.ctx.storage.get('count')) ?? 0) + 1;
    await this.ctx.storage.put('count', stored);
    return [++this.inMemory, stored];
  }

  async countSlowly() {
    await scheduler.wait(20);
    return this.count();
  }

  countFacet() {
    return this.ctx.facets.get('facet', () => ({ class: this.ctx.exports.Counter })).count();
  }

  async wakeIn(delay) {
    await this.ctx.storage.setAlarm(Date.now() + delay);
  }

  alarm() {
    alarms++;
  }

  fetch() {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(ws) {
    ws.send(JSON.stringify(await this.count()));
  }
}

export class Kept extends Counter {}

export class Fleeting {
  count = 0;

  fetch() {
    return new Response(String(++this.count));
  }
}

// Enough of them that each event loop has some.
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

const thrown = (message) => ({ name: 'Error', message });

const all = (namespace, use) => Promise.all(NAMES.map((name) => use(namespace.getByName(name))));

async function socket(stub) {
  const { webSocket } = await stub.fetch('http://x', { headers: { upgrade: 'websocket' } });
  webSocket.accept();
  return webSocket;
}

function next(ws, type) {
  return new Promise((resolve) => ws.addEventListener(type, resolve, { once: true }));
}

export const members = {
  test() {
    assert.deepEqual(Object.getOwnPropertyNames(unsafe), []);
    assert.deepEqual(Object.keys(Object.getPrototypeOf(unsafe)), [
      'abortAllDurableObjects',
      'deleteAllDurableObjects',
      'evict',
      'evictAllDurableObjects',
      'isTestAutogateEnabled',
      'startedFromStartupSnapshot',
    ]);
    assert.equal(String(unsafe), '[object UnsafeModule]');
    assert.equal(unsafe.isTestAutogateEnabled(), false);
    assert.equal(unsafe.startedFromStartupSnapshot(), false);
  },
};

export const aborted = {
  async test(_, env) {
    const stubs = NAMES.map((name) => env.COUNTER.getByName(name));
    const kept = env.KEPT.getByName('kept');
    const fleeting = env.FLEETING.get('a');
    for (const stub of [...stubs, kept]) {
      assert.deepEqual(await stub.count(), [1, 1]);
    }
    assert.equal(await (await fleeting.fetch('http://x')).text(), '1');

    assert.equal(await unsafe.abortAllDurableObjects(), undefined);

    const message = 'Application called abortAllDurableObjects().';
    for (const stub of stubs) {
      await assert.rejects(stub.count(), thrown(message));
    }
    await assert.rejects(fleeting.fetch('http://x'), thrown(message));
    assert.deepEqual(await kept.count(), [2, 2]);
    assert.equal(await (await env.FLEETING.get('a').fetch('http://x')).text(), '1');
    for (const counts of await all(env.COUNTER, (stub) => stub.count())) {
      assert.deepEqual(counts, [1, 2]);
    }
  },
};

export const deleted = {
  async test(_, env) {
    const stub = env.COUNTER.getByName('deleted');
    assert.deepEqual([await stub.count(), await stub.countFacet()], [[1, 1], [1, 1]]);
    const kept = await env.KEPT.getByName('kept').count();
    await all(env.COUNTER, (stub) => stub.wakeIn(1000));

    assert.equal(await unsafe.deleteAllDurableObjects(), undefined);

    await assert.rejects(stub.count(), thrown('Application called deleteAllDurableObjects().'));
    const again = env.COUNTER.getByName('deleted');
    assert.deepEqual([await again.count(), await again.countFacet()], [[1, 1], [1, 1]]);
    for (const counts of await all(env.COUNTER, (stub) => stub.count())) {
      assert.deepEqual(counts, [1, 1]);
    }
    assert.deepEqual(await env.KEPT.getByName('kept').count(), kept.map((count) => count + 1));
    await scheduler.wait(1300);
    assert.equal(alarms, 0);
  },
};

export const deletedWhileAway = {
  async test(_, env) {
    // What an object that does not run has stored stays.
    await env.COUNTER.getByName('away').count();
    await unsafe.evict(env.COUNTER.getByName('away'));
    await unsafe.deleteAllDurableObjects();
    assert.deepEqual(await env.COUNTER.getByName('away').count(), [1, 2]);
  },
};

export const evicted = {
  async test(_, env) {
    const fresh = NAMES.map((name) => env.COUNTER.getByName(`evicted ${name}`));
    for (const stub of fresh) {
      await assert.rejects(
        unsafe.evict(stub),
        thrown('Cannot evict Durable Object: it is not currently running.')
      );
      const slow = stub.countSlowly();
      await Promise.all([unsafe.evict(stub), unsafe.evict(stub)]);
      assert.deepEqual(await slow, [1, 1]);
      assert.deepEqual(await stub.count(), [1, 2]);
    }
    await fresh[0].countFacet();
    await unsafe.evictAllDurableObjects();
    assert.deepEqual(await fresh[0].countFacet(), [1, 2]);
    for (const stub of fresh) {
      assert.deepEqual(await stub.count(), [1, 3]);
    }
    const kept = env.KEPT.getByName('kept');
    const before = await kept.count();
    await unsafe.evictAllDurableObjects();
    assert.deepEqual(await kept.count(), before.map((count) => count + 1));
    await assert.rejects(
      unsafe.evict(kept),
      thrown('Cannot evict Durable Object: its namespace has preventEviction set.')
    );
  },
};

export const evictedWithSockets = {
  async test(_, env) {
    const stub = env.COUNTER.getByName('sockets');
    const ws = await socket(stub);
    for (const counts of [[1, 1], [1, 2]]) {
      const message = next(ws, 'message');
      ws.send('count');
      assert.deepEqual(JSON.parse((await message).data), counts);
      await unsafe.evict(stub, { webSockets: 'hibernate' });
    }
    const message = next(ws, 'message');
    ws.send('count');
    await message;
    const closed = next(ws, 'close');
    await unsafe.evictAllDurableObjects({ webSockets: 'close' });
    await closed;
    assert.deepEqual(await stub.count(), [1, 4]);
  },
};

export const refused = {
  async test(_, env) {
    await assert.rejects(
      unsafe.evict(env.SELF),
      thrown('evict() can only be used on a Durable Object stub.')
    );
    const notFetcher = {
      name: 'TypeError',
      message:
        "Failed to execute 'evict' on 'UnsafeModule': parameter 1 is not of type 'Fetcher'.",
    };
    for (const stub of [undefined, 1, {}]) {
      await assert.rejects(unsafe.evict(stub), notFetcher);
    }
    for (const webSockets of ['explode', 5, null]) {
      const wrong = {
        name: 'TypeError',
        message: 'options.webSockets must be "hibernate" or "close".',
      };
      await assert.rejects(unsafe.evictAllDurableObjects({ webSockets }), wrong);
    }
    for (const options of [1, 'x']) {
      await assert.rejects(unsafe.evictAllDurableObjects(options), {
        name: 'TypeError',
        message:
          "Failed to execute 'evictAllDurableObjects' on 'UnsafeModule': parameter 1 is not of type 'EvictOptions'.",
      });
    }
    assert.equal(await unsafe.evictAllDurableObjects(null), undefined);
  },
};
