import { deepStrictEqual, rejects, strictEqual, throws } from 'node:assert';

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const depth = Number(pathname.slice(1));
    if (!(depth > 0)) return new Response('end');
    return new Response(`${depth} ${await (await env.SELF.fetch(`http://service/${depth - 1}`)).text()}`);
  },
};

export const calls = {
  async test(controller, env) {
    const response = await env.OTHER.fetch('http://example.com/a?b', { method: 'POST', body: 'body', headers: { x: 'y' } });
    strictEqual(response.status, 201);
    strictEqual(response.headers.get('method'), 'POST');
    strictEqual(response.headers.get('url'), 'http://example.com/a?b');
    deepStrictEqual(JSON.parse(response.headers.get('seen')).filter(([name]) => name === 'x'), [['x', 'y']]);
    strictEqual(await response.text(), 'body');
  },
};

export const entrypoints = {
  async test(controller, env) {
    deepStrictEqual(await (await env.NAMED.fetch('http://x/')).json(), { who: 'me' });
    strictEqual(await (await env.PLAIN.fetch('http://x/', { method: 'PUT' })).text(), 'plain PUT');
  },
};

export const itself = {
  async test(controller, env) {
    strictEqual(await (await env.SELF.fetch('http://service/3')).text(), '3 2 1 end');
    strictEqual(await (await env.OTHER.fetch('http://x/back')).text(), 'end');
  },
};

export const errors = {
  async test(controller, env) {
    await rejects(env.OTHER.fetch('http://x/throw'), { name: 'RangeError', message: 'of the callee' });
    await rejects(env.OTHER.fetch('http://x/nothing'), TypeError);
    await rejects(env.OTHER.fetch('no url'), TypeError);
    throws(() => env.OTHER.fetch.call({}, 'http://x/'), TypeError);
  },
};

export const failed_streams = {
  async test(controller, env) {
    // The head comes although the stream had failed before the response was given.
    for (const how of ['start', 'pull', 'rejected', 'later']) {
      const response = await env.OTHER.fetch(`http://x/failed?${how}`);
      strictEqual(response.status, 200);
      await rejects(response.text(), { message: 'of the stream' });
    }
  },
};

export const redirects = {
  async test(controller, env) {
    // A call of another Worker follows redirects only when asked to by a request that does.
    const manual = await env.OTHER.fetch('http://x/redirect', { redirect: 'manual' });
    strictEqual(manual.status, 302);
    strictEqual(manual.headers.get('location'), 'http://x/end');
  },
};

export const streams = {
  async test(controller, env) {
    let count = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (++count > 3) controller.close();
        else controller.enqueue(new TextEncoder().encode(`${count}`));
      },
    });
    const response = await env.OTHER.fetch('http://x/', { method: 'POST', body, duplex: 'half' });
    strictEqual(await response.text(), '123');
  },
};

export const parallel = {
  async test(controller, env) {
    const texts = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => (await env.OTHER.fetch('http://x/', { method: 'POST', body: `${index}` })).text()),
    );
    strictEqual(texts.join(), Array.from({ length: 20 }, (_, index) => `${index}`).join());
  },
};

export const shape = {
  test(controller, env) {
    strictEqual(env.OTHER.constructor.name, 'Fetcher');
    strictEqual(Object.prototype.toString.call(env.OTHER), '[object Fetcher]');
  },
};
