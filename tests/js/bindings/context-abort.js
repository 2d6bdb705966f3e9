import { rejects, strictEqual } from 'node:assert';

export const now = {
  fetch(request, env, ctx) {
    ctx.abort();
    return new Response('too late');
  },
};

export const later = {
  async fetch(request, env, ctx) {
    await scheduler.wait(1);
    ctx.abort(new RangeError('enough'));
    return new Response('too late');
  },
};

export const fine = {
  fetch() {
    return new Response('fine');
  },
};

export default {
  async test(controller, env) {
    await rejects(env.NOW.fetch('http://a/'), {
      name: 'Error',
      message: 'Worker execution was aborted due to call to ctx.abort().',
    });
    await rejects(env.LATER.fetch('http://a/'), { name: 'RangeError', message: 'enough' });
    strictEqual(await (await env.FINE.fetch('http://a/')).text(), 'fine');
  },
};
