import { rejects, strictEqual } from 'node:assert';

// Without a service for it there is no cache; what needs none works.
export const withoutService = {
  async test() {
    const none = { name: 'Error', message: 'No Cache was configured' };
    await rejects(caches.default.match('http://x/'), none);
    await rejects(caches.default.put('http://x/', new Response('x')), none);
    await rejects(caches.default.delete('http://x/'), none);
    await rejects((await caches.open('x')).match('http://x/'), none);
    strictEqual(await caches.default.match(new Request('http://x/', { method: 'POST' })), undefined);
    strictEqual(await caches.default.put('http://x/', new Response(null, { status: 304 })), undefined);
  },
};
