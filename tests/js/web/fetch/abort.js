import { rejects, strictEqual } from 'node:assert';

export const before = {
  async test(controller, env) {
    await rejects(env.SLOW.fetch('http://x/', { signal: AbortSignal.abort(new RangeError('early')) }), { message: 'early' });
    const request = new Request('http://x/', { method: 'POST', body: 'used', signal: AbortSignal.abort() });
    await rejects(env.SLOW.fetch(request), { name: 'AbortError' });
    strictEqual(request.bodyUsed, true);
  },
};

export const during = {
  async test(controller, env) {
    const abort = new AbortController();
    const answer = env.SLOW.fetch('http://x/', { signal: abort.signal });
    await scheduler.wait(1);
    abort.abort();
    await rejects(answer, { name: 'AbortError' });
  },
};

export const timeouts = {
  async test(controller, env) {
    const answer = env.SLOW.fetch(new Request('http://x/', { signal: AbortSignal.timeout(5) }));
    await rejects(answer, (error) => (strictEqual(error.name, 'TimeoutError'), true));
  },
};
