import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert';

const TEXT = 'hello '.repeat(100);

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const headers = { 'content-encoding': decodeURIComponent(pathname.slice(1)) };
    if (request.method === 'PUT') return new Response('raw', { headers, encodeBody: 'manual' });
    if (request.method === 'PATCH') return new Response(null, { headers });
    if (request.method === 'POST') {
      const response = await env.SELF.fetch('http://x' + pathname);
      return request.headers.has('bare') ? new Response(response.body) : new Response(response.body, response);
    }
    return new Response(TEXT, { headers });
  },
};

/** What a request gets, as it was sent and as it reads. */
async function both(env, path, init) {
  const plain = await env.SELF.fetch('http://x' + path, init);
  const coded = await env.SELF.fetch('http://x' + path, { ...init, encodeResponseBody: 'manual' });
  return { text: await plain.text(), size: (await coded.arrayBuffer()).byteLength };
}

export const applied = {
  async test(controller, env) {
    for (const coding of ['gzip', 'br']) {
      for (const method of ['GET', 'POST']) {
        const { text, size } = await both(env, '/' + coding, { method });
        strictEqual(text, TEXT);
        ok(size < 100);
      }
    }
  },
};

export const leftAlone = {
  async test(controller, env) {
    for (const coding of ['GZIP', 'deflate', 'gzip, identity']) {
      deepStrictEqual(await both(env, '/' + encodeURIComponent(coding)), { text: TEXT, size: TEXT.length });
    }
    deepStrictEqual(await both(env, '/gzip', { method: 'POST', headers: { bare: '1' } }), { text: TEXT, size: TEXT.length });
  },
};

export const broken = {
  async test(controller, env) {
    const get = async (method) => (await env.SELF.fetch('http://x/gzip', { method })).text();
    await rejects(get('PUT'), { name: 'TypeError', message: 'Gzip decompression failed.' });
    await rejects(get('PATCH'), { name: 'TypeError', message: 'Gzip compressed stream ended prematurely.' });
    const brotli = await env.SELF.fetch('http://x/br', { method: 'PUT' });
    await rejects(brotli.text(), TypeError);
  },
};

export const pieces = {
  async test(controller, env) {
    const response = await env.SELF.fetch('http://x/gzip');
    strictEqual(response.headers.get('content-encoding'), 'gzip');
    const copy = response.clone();
    const reader = copy.body.getReader();
    strictEqual((await reader.read()).value.length, TEXT.length);
    strictEqual(await response.text(), TEXT);
  },
};
