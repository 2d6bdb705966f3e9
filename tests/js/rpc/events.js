import assert from 'node:assert';
import { DurableObject, RpcTarget, WorkerEntrypoint } from 'cloudflare:workers';

/** What an event leaves for others. */
let shared;

class Counter extends RpcTarget {
  #value = 0;

  add(n, _stream) {
    return (this.#value += n);
  }
}

export class Receiver extends WorkerEntrypoint {
  counter() {
    return new Counter();
  }

  async slowCounter() {
    await scheduler.wait(20);
    return { counter: new Counter() };
  }

  abortable() {
    const ctx = this.ctx;
    return {
      noop() {},
      abort() {
        ctx.abort(new RangeError('why'));
      },
      async wait() {
        await scheduler.wait(10_000);
      },
    };
  }

  echo(value) {
    return value;
  }

  async call(callback) {
    return await callback();
  }

  async cancel(stream) {
    await stream.cancel('bored');
  }

  async readShared() {
    return await shared;
  }

  async callShared() {
    return await shared.add(1);
  }
}

class Breakable extends RpcTarget {
  #ctx;

  constructor(ctx) {
    super();
    this.#ctx = ctx;
  }

  noop() {}

  hang() {
    return new Promise(() => {});
  }

  abort() {
    this.#ctx.abort('why');
  }
}

export class Objects extends DurableObject {
  breakable() {
    return new Breakable(this.ctx);
  }

  block() {
    return this.ctx.blockConcurrencyWhile(() => this.env.RPC.call(() => 'called back'));
  }
}

const failure = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
  return 'none';
};

// The receiver lasts as long as the stub, which nobody disposes of; the event must not wait for it.
export const unreadStream = {
  async test(_, { RPC }) {
    const stub = await RPC.counter();
    const calls = [stub.add(1), stub.add(1, new ReadableStream({})), stub.add(1)];
    assert.deepStrictEqual(await Promise.all(calls), [1, 2, 3]);
  },
};

export const cancelledStream = {
  async test(_, { RPC }) {
    const { promise, resolve } = Promise.withResolvers();
    await RPC.cancel(new ReadableStream({ cancel: resolve }));
    assert.strictEqual(
      String(await promise),
      'Error: ReadableStream sent over RPC was canceled or released by the remote execution context.',
    );
  },
};

export const aborted = {
  async test(_, { RPC }) {
    const object = await RPC.abortable();
    await object.noop();
    const waiting = failure(object.wait());
    assert.strictEqual(await failure(object.abort()), 'RangeError: why');
    assert.strictEqual(await waiting, 'RangeError: why');
    assert.strictEqual(
      await failure(object.noop()),
      'Error: The execution context which hosts this callback is no longer running.',
    );
  },
};

export const otherEvents = {
  async test(_, { RPC }) {
    const kind = async (promise) => /\(I\/O type: (.*)\)/.exec(await failure(promise))?.[1];
    const result = RPC.slowCounter();
    shared = result.counter;
    assert.strictEqual(await kind(RPC.readShared()), 'Pipeline');
    assert.strictEqual(await kind(RPC.callShared()), 'Pipeline');
    await result;
    assert.strictEqual(await kind(RPC.readShared()), 'JsRpcPromise');
    assert.strictEqual(await kind(RPC.callShared()), 'JsRpcPromise');
    shared = (await result).counter;
    assert.strictEqual(await kind(RPC.readShared()), 'Client');
    assert.strictEqual(await kind(RPC.callShared()), 'Client');
    shared = undefined;
  },
};

// What a critical section has sent away comes in again while it runs.
export const criticalSection = {
  async test(_, { OBJECTS }) {
    const object = OBJECTS.get(OBJECTS.newUniqueId());
    assert.strictEqual(await object.block(), 'called back');
  },
};

// The event calls itself; it must not wait for what it then holds of itself.
export const ownObjects = {
  async test(_, { RPC }) {
    assert.strictEqual(await RPC.echo(() => (n) => n * 2)()(4), 8);
    assert.strictEqual(await RPC.echo(() => ({ x: (n) => n * 3 }))().x(4), 12);
  },
};

export const abortedObject = {
  async test(_, { OBJECTS }) {
    const stub = await OBJECTS.get(OBJECTS.newUniqueId()).breakable();
    const calls = [stub.hang(), stub.abort(), stub.noop()].map(failure);
    assert.deepStrictEqual(await Promise.all(calls), ['Error: why', 'Error: why', 'Error: why']);
    assert.strictEqual(
      await failure(stub.noop()),
      'Error: The execution context which hosts this callback is no longer running.',
    );
  },
};

// What is still to come is waited for where it is returned itself, not within other values.
export const nestedResults = {
  async test(_, { RPC }) {
    const own = (name) => `DataCloneError: Could not serialize object of type "${name}". This type does not support serialization.`;
    assert.strictEqual(await failure(RPC.echo([RPC.echo(1)])), own('RpcPromise'));
    assert.strictEqual(await failure(RPC.echo({ deep: { x: RPC.echo({ y: 1 }).y } })), own('RpcProperty'));
  },
};
