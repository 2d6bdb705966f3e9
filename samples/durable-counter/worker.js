// Each name has one object, wherever it is asked from, so nobody is counted twice or forgotten.

import { DurableObject } from 'cloudflare:workers';

export class Counter extends DurableObject {
  async increment() {
    const value = ((await this.ctx.storage.get('value')) ?? 0) + 1;
    // The answer does not leave before this is on disk.
    this.ctx.storage.put('value', value);
    return value;
  }

  reset() {
    return this.ctx.storage.deleteAll();
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const counter = env.COUNTERS.getByName(pathname);
    if (request.method === 'DELETE') {
      await counter.reset();
      return new Response(null, { status: 204 });
    }
    return new Response(`${pathname} was asked ${await counter.increment()} times\n`);
  },
};
