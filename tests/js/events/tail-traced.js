const behaviour = {
  logs() {
    console.log('a', 1, undefined, { x: [1], d: new Date(0) }, 10n, () => 1, Symbol('s'), NaN, new Map());
    console.warn({ toJSON: () => 'from toJSON' });
    const cycle = {};
    cycle.cycle = cycle;
    console.error('error:', new RangeError('in a log'), cycle);
  },
  throw() {
    throw new TypeError('thrown');
  },
  object() {
    throw { a: 1 };
  },
  hang: () => new Promise(() => {}),
  background(ctx) {
    ctx.waitUntil(Promise.reject(new Error('in the background')));
  },
  later(ctx) {
    ctx.waitUntil(scheduler.wait(20).then(() => console.log('later')));
  },
};

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    await behaviour[pathname.slice(1)]?.(ctx);
    return new Response(null, { status: 204 });
  },
  scheduled(controller) {
    if (controller.cron === 'throw') throw new Error('scheduled');
  },
  queue() {},
};

export const named = { fetch: () => new Response('named') };
