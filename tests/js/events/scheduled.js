import { deepStrictEqual, rejects, strictEqual } from 'node:assert';
import { WorkerEntrypoint } from 'cloudflare:workers';

const seen = [];

const behaviour = {
  throw() {
    throw new Error('thrown');
  },
  async reject() {
    throw new TypeError('rejected');
  },
  async slow() {
    await scheduler.wait(5);
    seen.push('slow');
  },
  hang() {
    return new Promise(() => {});
  },
  background(controller, ctx) {
    ctx.waitUntil(Promise.reject(new Error('in the background')));
  },
  noRetry(controller) {
    controller.noRetry();
  },
};

export const handler = {
  scheduled(controller, env, ctx) {
    seen.push([controller.constructor.name, Object.keys(controller), controller.cron, controller.scheduledTime]);
    strictEqual(this, handler);
    strictEqual(typeof env.handler.scheduled, 'function');
    return behaviour[controller.cron]?.(controller, ctx);
  },
};

export class Class extends WorkerEntrypoint {
  scheduled(controller) {
    seen.push([this.constructor.name, controller.cron, arguments.length]);
  }
}

export const none = {};

export const outcomes = {
  async test(controller, env) {
    const outcome = (cron) => env.handler.scheduled({ cron });
    const before = Date.now();
    deepStrictEqual(await env.handler.scheduled(), { outcome: 'ok', noRetry: false });
    const [name, keys, cron, time] = seen.pop();
    deepStrictEqual([name, keys, cron], ['ScheduledController', ['cron', 'scheduledTime'], '']);
    strictEqual(time >= before, true);
    await env.handler.scheduled({ cron: '* * * * *', scheduledTime: new Date(1000) });
    deepStrictEqual(seen.pop().slice(2), ['* * * * *', 1000]);
    for (const cron of ['throw', 'reject', 'hang', 'background']) {
      deepStrictEqual(await outcome(cron), { outcome: 'exception', noRetry: false }, cron);
    }
    deepStrictEqual(await outcome('noRetry'), { outcome: 'ok', noRetry: true });
    deepStrictEqual(await outcome('slow'), { outcome: 'ok', noRetry: false });
    strictEqual(seen.pop(), 'slow');
    deepStrictEqual(await env.none.scheduled(), { outcome: 'exception', noRetry: true });
    await env.Class.scheduled({ cron: 'x' });
    deepStrictEqual(seen.pop(), ['Class', 'x', 3]);
  },
};

export const scripts = {
  async test(controller, { script, silent }) {
    const seen = async () => (await script.fetch('http://example.com/')).json();
    deepStrictEqual(await script.scheduled({ cron: 'x', scheduledTime: 5 }), { outcome: 'ok', noRetry: false });
    deepStrictEqual(await seen(), ['ScheduledEvent', 'scheduled', 'x', 5, true, 'second', 'waited']);
    deepStrictEqual(await script.scheduled({ cron: 'throw' }), { outcome: 'exception', noRetry: false });
    deepStrictEqual((await seen()).slice(5), ['waited']);
    deepStrictEqual(await silent.scheduled(), { outcome: 'exception', noRetry: true });
  },
};

export const errors = {
  async test(controller, { handler, network }) {
    const refused = (promise, name, message) => rejects(promise, { name, message });
    await refused(network.scheduled(), 'Error', "External HTTP servers don't support this event type.");
    await refused(
      handler.scheduled(5),
      'TypeError',
      "Failed to execute 'scheduled' on 'Fetcher': parameter 1 is not of type 'ScheduledOptions'."
    );
    await refused(
      handler.scheduled({ scheduledTime: 'x' }),
      'TypeError',
      "Incorrect type for the 'scheduledTime' field on 'ScheduledOptions': the provided value is not of type 'date'."
    );
    await refused(
      handler.scheduled({ scheduledTime: new Date(NaN) }),
      'TypeError',
      'The value cannot be converted because it is not a valid Date.'
    );
  },
};
