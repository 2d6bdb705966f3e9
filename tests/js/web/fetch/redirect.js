import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert';

const encoder = new TextEncoder();

export default {
  fetch({ url, method }) {
    const { pathname, searchParams } = new URL(url);
    if (pathname === '/redirect') {
      const location = searchParams.get('to');
      return new Response('moved', { status: +searchParams.get('status'), headers: { location } });
    }
    if (pathname === '/slow') {
      const start = async (controller) => {
        controller.enqueue(encoder.encode('a'));
        await scheduler.wait(500);
        controller.close();
      };
      return new Response(new ReadableStream({ start }));
    }
    return Response.json({ url, method });
  },
};

const to = (location, status = 302) =>
  `http://x/redirect?status=${status}&to=${encodeURIComponent(location)}`;

export const urls = {
  async test(_, { SELF }) {
    const own = await SELF.fetch('http://u:p@x/a#b');
    deepStrictEqual([own.url, own.redirected], ['http://u:p@x/a', false]);
    strictEqual((await own.json()).url, 'http://x/a');
    for (const [location, url] of [
      ['/z', 'http://x/z'],
      ['//y/z#h', 'http://y/z'],
      ['http://u@y/', 'http://u@y/'],
    ]) {
      const response = await SELF.fetch(to(location));
      deepStrictEqual([response.url, response.redirected], [url, true]);
      await response.text();
    }
    await rejects(SELF.fetch(to('#h')), ({ name, message }) => {
      ok(message.startsWith('Too many redirects.http://x/redirect'));
      ok(message.endsWith('#h'));
      return name === 'TypeError';
    });
    await rejects(SELF.fetch(to('mailto:x')), {
      name: 'TypeError',
      message: 'Invalid Location header; unable to follow redirect.',
    });
  },
};

export const whatIsNotFollowed = {
  async test(_, { SELF }) {
    for (const [url, init] of [
      [to('')],
      [to('/z'), { redirect: 'manual' }],
      [to('/z', 300)],
    ]) {
      const response = await SELF.fetch(url, init);
      strictEqual(response.url, url);
      strictEqual(response.redirected, false);
      await response.text();
    }
  },
};

export const methods = {
  async test(_, { SELF }) {
    for (const [status, method, becomes] of [
      [301, 'POST', 'GET'],
      [302, 'POST', 'GET'],
      [303, 'PUT', 'GET'],
      [307, 'POST', 'POST'],
      [308, 'PUT', 'PUT'],
      [302, 'DELETE', 'DELETE'],
    ]) {
      const body = method === 'DELETE' ? null : 'body';
      const response = await SELF.fetch(to('/z', status), { method, body });
      strictEqual((await response.json()).method, becomes, `${status} ${method}`);
    }
  },
};

export const abortedBodies = {
  async test(_, { SELF }) {
    for (const [reason, expected] of [
      [new TypeError('stop'), { name: 'TypeError', message: 'stop' }],
      [undefined, { name: 'AbortError', message: 'The operation was aborted' }],
    ]) {
      const controller = new AbortController();
      const { body } = await SELF.fetch('http://x/slow', { signal: controller.signal });
      const reader = body.getReader();
      await reader.read();
      controller.abort(reason);
      await rejects(reader.read(), expected);
    }
  },
};
