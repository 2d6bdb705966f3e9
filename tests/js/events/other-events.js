import assert from 'node:assert';
import { DurableObject } from 'cloudflare:workers';

let kept;

const makers = {
  text: () => new Response('text'),
  empty: () => new Response(''),
  bytes: () => new Response(new Uint8Array(3)),
  blob: () => new Response(new Blob(['blob'])),
  form: () => new Response(new URLSearchParams('a=b')),
  request: () => new Request('http://x/', { method: 'POST', body: 'request' }),
  clone: () => new Response('clone').clone(),
  tee: () => new Response(new Response('tee').body.tee()[0]),
  blobStream: () => new Response(new Blob(['stream']).stream()),
  identity: () => new Response(new IdentityTransformStream().readable),
  fetched: (env) => env.SELF.fetch('http://x/body'),
  eventSource: () => EventSource.from(new ReadableStream()),
  socket: (env) => env.SELF.connect('x:1'),
  reader: () => new Response('read').body.getReader(),
  none: () => new Response(null),
  guest: () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('guest'));
          controller.close();
        },
      })
    ),
};

export class Keeper extends DurableObject {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname !== '/use') {
      this.kept = makers[pathname.slice(1)](this.env);
      return new Response();
    }
    return new Response(await this.kept.text());
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === '/body') return new Response('fetched');
    if (pathname === '/kept') return kept;
    kept = await makers[pathname.slice(1)](env);
    return new Response();
  },
};

const OTHER = /^Error: Cannot perform I\/O on behalf of a different request\./;
const SOURCE = /\(I\/O type: ReadableStreamSource>\)$/;

const failure = async (action) => {
  try {
    await action();
  } catch (error) {
    return String(error);
  }
  return 'none';
};

const atOnce = (action) => {
  try {
    action();
  } catch (error) {
    return String(error);
  }
  return 'none';
};

const refused = async (action, what) => {
  const reason = await failure(action);
  assert.match(reason, OTHER, what);
  assert.match(reason, SOURCE, what);
};

/** Has an event of its own make something, for this one to try. */
const foreign = async (env, name) => {
  await env.SELF.fetch(`http://x/${name}`);
  return kept;
};

export const bodies = {
  async test(_, env) {
    const uses = {
      text: (message) => message.text(),
      json: (message) => message.json(),
      arrayBuffer: (message) => message.arrayBuffer(),
      blob: (message) => message.blob(),
      read: (message) => message.body.getReader().read(),
      cancel: (message) => message.body.cancel(),
      pipeTo: (message) => message.body.pipeTo(new WritableStream()),
      newText: (message) => new Response(message.body).text(),
      async forAwait(message) {
        for await (const chunk of message.body) assert.fail(chunk);
      },
      fetch: (message) => env.SELF.fetch('http://x/body', { method: 'POST', body: message.body }),
    };
    const sync = {
      clone: (message) => message.clone(),
      tee: (message) => message.body.tee(),
      pipeThrough: (message) => message.body.pipeThrough(new IdentityTransformStream()),
    };
    for (const name of 'text,empty,bytes,blob,form,request,clone,tee,blobStream,identity,fetched'.split(',')) {
      for (const [use, action] of Object.entries(uses)) {
        const message = await foreign(env, name);
        await refused(() => action(message), `${use}() of ${name}`);
      }
      for (const [use, action] of Object.entries(sync)) {
        const message = await foreign(env, name);
        assert.match(atOnce(() => action(message)), OTHER, `${use}() of ${name}`);
      }
      const message = await foreign(env, name);
      assert.strictEqual(message.bodyUsed, false);
      assert.strictEqual(message.body.locked, false);
      assert.strictEqual(new Response(message.body).status, 200);
    }
  },
};

/** What is made of nothing but guest code, or of nothing, is everybody's. */
export const values = {
  async test(_, env) {
    assert.strictEqual(await (await foreign(env, 'none')).text(), '');
    assert.strictEqual(await (await foreign(env, 'guest')).text(), 'guest');
    const used = await foreign(env, 'text');
    const own = new Response('own');
    assert.strictEqual(await own.text(), 'own');
    assert.strictEqual(await failure(() => used.text()).then((text) => OTHER.test(text)), true);
  },
};

export const answers = {
  async test(_, env) {
    await foreign(env, 'text');
    assert.match(await failure(() => env.SELF.fetch('http://x/kept')), OTHER);
  },
};

export const others = {
  async test(_, env) {
    // Nobody opens it any more, so that there is nothing to close.
    assert.strictEqual(await (await foreign(env, 'socket')).close(), undefined);
    const source = await foreign(env, 'eventSource');
    assert.match(atOnce(() => source.close()), /on behalf of a different request\..*performance\.$/);
    const reader = await foreign(env, 'reader');
    assert.match(atOnce(() => reader.releaseLock()), /\(I\/O type: Canceler\)$/);
    assert.match(await failure(() => reader.cancel()), /\(I\/O type: Canceler\)$/);
    await refused(() => reader.read(), 'read()');
  },
};

export const objects = {
  async test(_, env) {
    for (const name of ['text', 'blob', 'tee']) {
      const stub = env.OBJECTS.get(env.OBJECTS.idFromName(name));
      await stub.fetch(`http://x/${name}`);
      assert.strictEqual(await (await stub.fetch('http://x/use')).text(), name);
    }
  },
};
