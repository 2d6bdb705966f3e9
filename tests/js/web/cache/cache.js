import { deepStrictEqual, rejects, strictEqual, throws } from 'node:assert';

const cache = caches.default;
const HIT = 'http://x/200/HIT';
const last = async (env) => (await env.log.fetch('http://x/log')).json();

export const match = {
  async test(_, env) {
    const response = await cache.match(new Request(HIT, { headers: { a: 'b', 'cache-control': 'c' }, cf: { d: 1 } }));
    deepStrictEqual([response.status, response.url, await response.text()], [200, '', 'cached']);
    throws(() => response.headers.set('a', 'b'), { message: "Can't modify immutable headers." });
    deepStrictEqual(await last(env), {
      method: 'GET',
      headers: { a: 'b', 'cache-control': 'only-if-cached' },
      cf: { d: 1 },
      body: '',
    });
    for (const path of ['504/MISS', '200', '200/REVALIDATED', '200/EXPIRED']) {
      strictEqual(await cache.match(`http://x/${path}`), undefined);
    }
    strictEqual(await cache.match(new Request(HIT, { method: 'POST' })), undefined);
    strictEqual((await cache.match(new Request(HIT, { method: 'HEAD' }), { ignoreMethod: true })).status, 200);
    await rejects(cache.match('http://x/throw'), { name: 'TypeError', message: 'thrown by the cache' });
    await rejects(cache.match('nope'), { name: 'TypeError', message: 'Invalid URL: nope' });
    await rejects(cache.match(HIT, { ignoreVary: false }), {
      message: "The 'ignoreVary' field on 'CacheQueryOptions' is not implemented.",
    });
  },
};

export const named = {
  async test(_, env) {
    const named = await caches.open('a b');
    strictEqual((await named.match(HIT)).status, 200);
    strictEqual((await last(env)).headers['cf-cache-namespace'], 'a%20b');
    await rejects(caches.open('x'.repeat(1024)), { name: 'TypeError', message: 'Cache name is too long.' });
  },
};

export const put = {
  async test(_, env) {
    const body = async (response) => {
      strictEqual(await cache.put('http://x/204', response), undefined);
      const { method, body, headers } = await last(env);
      strictEqual(method, 'PUT');
      return [headers['content-length'] ?? headers['transfer-encoding'], body];
    };
    deepStrictEqual(await body(new Response('é', { statusText: 'Fine', headers: { 'X-Y': 'z', connection: 'a' } })), [
      '90',
      'HTTP/1.1 200 Fine\r\nContent-Length: 2\r\nContent-Type: text/plain;charset=UTF-8\r\nX-Y: z\r\n\r\né',
    ]);
    deepStrictEqual(await body(new Response(null, { status: 204 })), [
      '46',
      'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n',
    ]);
    const stream = new ReadableStream({
      start(controller) {
        for (const part of ['a', 'b']) controller.enqueue(new TextEncoder().encode(part));
        controller.close();
      },
    });
    deepStrictEqual(await body(new Response(stream)), [
      'chunked',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nab',
    ]);
    const failing = new ReadableStream({ pull(controller) { controller.error(new RangeError('failed')); } });
    await rejects(cache.put('http://x/204', new Response(failing)), { name: 'RangeError', message: 'failed' });
    // What the cache does with it is its own affair.
    for (const status of [413, 500]) strictEqual(await cache.put(`http://x/${status}`, new Response('x')), undefined);
    const response = new Response('x');
    const promise = cache.put('http://x/204', response);
    strictEqual(response.bodyUsed, true);
    await promise;
  },
};

export const refused = {
  async test() {
    for (const [request, response, message] of [
      [new Request(HIT, { method: 'POST' }), new Response('x'), 'Cannot cache response to non-GET request.'],
      [HIT, new Response('x', { status: 206 }), 'Cannot cache response to a range request (206 Partial Content).'],
      [HIT, new Response('x', { headers: { vary: 'a, *' } }), "Cannot cache response with 'Vary: *' header."],
      [HIT, Response.error(), 'Cache is unable to store an error response'],
      [HIT, 'x', "Failed to execute 'put' on 'Cache': parameter 2 is not of type 'Response'."],
    ]) {
      await rejects(cache.put(request, response), { name: 'TypeError', message });
    }
    throws(() => cache.keys(), { message: "Failed to execute 'keys' on 'Cache': the method is not implemented." });
    throws(() => caches.has('x'), { message: "Failed to execute 'has' on 'CacheStorage': the method is not implemented." });
  },
};

export const remove = {
  async test(_, env) {
    strictEqual(await cache.delete('http://x/200'), true);
    const { method, headers } = await last(env);
    deepStrictEqual([method, headers['x-real-ip']], ['PURGE', '127.0.0.1']);
    strictEqual(await cache.delete('http://x/404'), false);
    strictEqual(await cache.delete(new Request('http://x/200', { method: 'POST' })), false);
    await rejects(cache.delete('http://x/429'), {
      message: 'Unable to delete cached response. Subrequests are being rate-limited.',
    });
    await rejects(cache.delete('http://x/500'), { message: 'Unable to delete cached response.' });
  },
};
