import { deepStrictEqual, strictEqual } from 'node:assert';
import { WorkerEntrypoint } from 'cloudflare:workers';

export class Follower extends WorkerEntrypoint {
  async follow(signal) {
    await scheduler.wait(30);
    return [signal.getNativeRegistrationCountForTest(), signal.aborted];
  }
}

export const registrations = {
  async test() {
    const controller = new AbortController();
    const { signal } = controller;
    const count = () => signal.getNativeRegistrationCountForTest();
    strictEqual(count(), 0);
    signal.addEventListener('abort', () => {});
    AbortSignal.any([signal]);
    strictEqual(count(), 0);
    const waits = [scheduler.wait(1000, { signal }), scheduler.wait(1000, { signal })];
    strictEqual(count(), 2);
    controller.abort();
    await Promise.allSettled(waits);
    strictEqual(count(), 0);
  },
};

export const remote_ones = {
  async test(_, env) {
    const controller = new AbortController();
    const followed = env.FOLLOWER.follow(controller.signal);
    await scheduler.wait(5);
    controller.abort();
    deepStrictEqual(await followed, [0, true]);

    const other = new AbortController();
    const cut = env.FOLLOWER.follow(other.signal);
    strictEqual(other.signal.getNativeRegistrationCountForTest(), 1);
    other.signal.dropRpcTriggersForTest();
    other.abort();
    deepStrictEqual(await cut, [0, false]);
  },
};
