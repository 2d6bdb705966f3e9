import assert from 'node:assert';
import { DurableObject, RpcTarget, WorkerEntrypoint } from 'cloudflare:workers';

/** What the callee has done. */
const log = [];

class Target extends RpcTarget {
  name() {
    return 'target';
  }
  async slow() {
    log.push('target called');
    await scheduler.wait(20);
    log.push('target done');
  }
}

const methods = (Base) =>
  class extends Base {
    async slow(ms) {
      log.push('called');
      await scheduler.wait(ms);
      log.push('done');
      return 'value';
    }
    async kept(ms) {
      this.ctx.waitUntil(scheduler.wait(ms + 10).then(() => log.push('kept')));
      return this.slow(ms);
    }
    async target(ms) {
      await scheduler.wait(ms);
      return new Target();
    }
    sync() {
      return 5;
    }
  };

export class Called extends methods(WorkerEntrypoint) {}
export class CalledObject extends methods(DurableObject) {}

const cancelled = {
  name: 'AbortError',
  message: 'The RPC call was canceled because its promise was disposed.',
  retryable: true,
};

/** Promises of calls are functions, which `assert.rejects` would call. */
const rejects = (promise, expected) => assert.rejects(Promise.resolve(promise), expected);

/** Runs `body` with a service and an object; what is logged in the time after it is compared. */
const each = (body, after) => ({
  async test(_, env) {
    const object = env.OBJECTS.get(env.OBJECTS.newUniqueId());
    await object.sync();
    for (const [kind, stub] of [
      ['service', env.SERVICE],
      ['object', object],
    ]) {
      log.length = 0;
      await body(stub);
      await scheduler.wait(80);
      if (after) assert.deepEqual(log, after[kind] ?? after, kind);
    }
  },
});

export const at_once_is_never_sent = each(async (stub) => {
  const promise = stub.slow(5);
  promise[Symbol.dispose]();
  promise[Symbol.dispose]();
  await rejects(promise, cancelled);
  const quick = stub.sync();
  quick[Symbol.dispose]();
  await rejects(quick, (error) => error instanceof DOMException);
}, []);

export const handlers_added_before = each(async (stub) => {
  const promise = stub.slow(5);
  const caught = promise.then(
    () => 'settled',
    (error) => error.name
  );
  promise[Symbol.dispose]();
  assert.equal(await caught, 'AbortError');
}, []);

export const a_service_stops_an_object_goes_on = each(
  async (stub) => {
    const promise = stub.slow(30);
    await scheduler.wait(10);
    promise[Symbol.dispose]();
    await rejects(promise, cancelled);
  },
  { service: ['called'], object: ['called', 'done'] }
);

export const wait_until_goes_on = each(
  async (stub) => {
    const promise = stub.kept(30);
    await scheduler.wait(10);
    promise[Symbol.dispose]();
    await rejects(promise, cancelled);
    assert.equal(await stub.sync(), 5);
  },
  ['called', 'done', 'kept']
);

export const after_the_result_nothing_changes = each(async (stub) => {
  const promise = stub.slow(1);
  assert.equal(await promise, 'value');
  promise[Symbol.dispose]();
  assert.equal(await promise, 'value');
});

export const calls_on_the_result_keep_it = each(async (stub) => {
  const promise = stub.target(10);
  const name = promise.name();
  promise[Symbol.dispose]();
  assert.equal(await name, 'target');
  const other = stub.target(10);
  other[Symbol.dispose]();
  await assert.rejects(async () => other.name(), { message: 'RPC promise used after being disposed.' });
});

export const calls_on_the_result_are_given_up_alone = each(async (stub) => {
  const promise = stub.target(10);
  const slow = promise.slow();
  slow[Symbol.dispose]();
  using target = await promise;
  assert.equal(await target.name(), 'target');
  await rejects(slow, cancelled);
}, []);

export const the_end_of_a_block = each(async (stub) => {
  let taken;
  {
    using promise = stub.slow(10);
    taken = promise.then((value) => value);
  }
  await rejects(taken, cancelled);
}, []);
