import { AsyncLocalStorage } from 'node:async_hooks';
import { strictEqual, match, ok } from 'node:assert';

const als = new AsyncLocalStorage();
let shared;

async function text(promise) {
  const response = await promise;
  strictEqual(response.status, 200);
  return response.text();
}

// One event starts a slow request, others wait for its promise, which is no hang, and go on as themselves.
export const inFlight = {
  async test(_, { SELF }) {
    shared = undefined;
    const all = ['a', 'b', 'c'].map((name) => text(SELF.fetch(`http://x/inFlight/${name}`)));
    strictEqual((await Promise.all(all)).join(), 'a:slow:slow,b:slow:slow,c:slow:slow');
  },
};

// The event that settles what another one waits for is not the one that then goes on.
export const resolvedElsewhere = {
  async test(_, { SELF }) {
    shared = undefined;
    const first = text(SELF.fetch('http://x/resolved/wait'));
    await scheduler.wait(20);
    strictEqual(await text(SELF.fetch('http://x/resolved/settle')), 'settled');
    strictEqual(await first, 'value:request of the first:slow:store');
  },
};

// Waiting for a promise that nobody is going to settle is a hang, whoever made it.
export const hangs = {
  async test(_, { SELF }) {
    shared = undefined;
    const [one, two] = await Promise.allSettled([
      SELF.fetch('http://x/hangs'),
      SELF.fetch('http://x/hangs'),
    ]);
    match(one.reason.message, /had hung/);
    match(two.reason.message, /had hung|can never settle/);
  },
};

// Who waits for one that hangs is told of that, before its own patience ends.
export const hangsInside = {
  async test(_, { SELF }) {
    const response = await text(SELF.fetch('http://x/hangsInside'));
    match(response, /had hung/);
  },
};

// A promise that a task of waitUntil() settles, after the event's answer.
export const waitUntil = {
  async test(_, { SELF }) {
    strictEqual(await text(SELF.fetch('http://x/waitUntil')), 'answered');
    strictEqual(await shared, 'late');
    strictEqual(await text(SELF.fetch('http://x/waitUntil')), 'answered');
    strictEqual(await shared, 'late');
  },
};

// A listener of another event's signal runs for the event that aborts, as any callback does.
export const frames = {
  async test(_, { SELF }) {
    const snapshot = AsyncLocalStorage.snapshot();
    const answer = await als.run('outer', async () => {
      const inner = await text(SELF.fetch('http://x/frames'));
      return `${inner} ${als.getStore()} ${snapshot(() => als.getStore())}`;
    });
    strictEqual(answer, 'undefined outer undefined');
    ok(await als.run('again', () => SELF.fetch('http://x/frames')));
  },
};

const routes = {
  async inFlight(request, env) {
    const name = request.url.split('/').pop();
    shared ??= env.BACKEND.fetch('http://x/').then((response) => response.text());
    const value = await shared;
    // The event that made the request may be over: this one belongs to the event that waited.
    const own = await env.BACKEND.fetch('http://x/');
    return `${name}:${value}:${await own.text()}`;
  },

  async resolved(request, env) {
    if (request.url.endsWith('settle')) {
      shared.resolve('value');
      return 'settled';
    }
    shared = Promise.withResolvers();
    const body = new Request('http://x/', { method: 'POST', body: 'request of the first' });
    const timer = setTimeout(() => {}, 2000);
    const value = await als.run('store', async () => `${await shared.promise}`);
    clearTimeout(timer);
    const store = await als.run('store', async () => {
      await shared.promise;
      return als.getStore();
    });
    const response = await env.BACKEND.fetch('http://x/');
    return `${value}:${await body.text()}:${await response.text()}:${store}`;
  },

  async hangs() {
    shared ??= new Promise(() => {});
    await shared;
    return 'never';
  },

  async hangsInside(_, env) {
    shared = undefined;
    try {
      const patience = scheduler.wait(1500);
      await Promise.race([env.SELF.fetch('http://x/hangs'), patience]);
    } catch (error) {
      return error.message;
    }
    return 'no error';
  },

  async waitUntil(_, env, ctx) {
    let resolve;
    shared = new Promise((settle) => {
      resolve = settle;
    });
    ctx.waitUntil(scheduler.wait(100).then(() => resolve('late')));
    return 'answered';
  },

  async frames() {
    await scheduler.wait(1);
    return `${als.getStore()}`;
  },
};

export default {
  async fetch(request, env, ctx) {
    const route = routes[new URL(request.url).pathname.split('/')[1]];
    return new Response(await route(request, env, ctx));
  },
};
