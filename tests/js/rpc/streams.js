import assert from 'node:assert';
import { connect } from 'cloudflare:sockets';
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';

const bytes = (text) => new TextEncoder().encode(text);
let heard;

export class Receiver extends WorkerEntrypoint {
  async read(stream) {
    return await new Response(stream).text();
  }

  async write(stream) {
    const writer = stream.getWriter();
    await writer.write(bytes('written'));
    await writer.close();
  }

  async leave(stream) {
    await stream.getWriter().write(bytes('part'));
  }

  halves() {
    const { readable, writable } = new IdentityTransformStream();
    return { readable, writable };
  }

  breaking() {
    return new ReadableStream({
      pull(controller) {
        controller.error(new TypeError('why'));
      },
    });
  }

  async connect(socket) {
    const writer = socket.writable.getWriter();
    await writer.write(bytes('hello'));
    await writer.close();
  }

  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname !== '/watched') {
      return new Response(request.url);
    }
    request.signal.onabort = () => {
      heard = request.signal.reason.message;
    };
    const { readable, writable } = new IdentityTransformStream();
    this.ctx.waitUntil(
      (async () => {
        await writable.getWriter().write(bytes('part'));
        await scheduler.wait(60_000);
      })()
    );
    return new Response(readable);
  }
}

export class Objects extends DurableObject {
  queue(batch) {
    this.batch = batch;
    batch.messages[0].retry({ delaySeconds: 3 });
  }

  body() {
    return this.batch.messages[0].body;
  }
}

const READABLE = { name: 'Error', message: 'ReadableStream received over RPC disconnected prematurely.' };
const WRITABLE = {
  name: 'Error',
  message: 'WritableStream received over RPC was disconnected because the remote execution context has ended.',
};

export const bothWays = {
  async test(_, env) {
    const { readable, writable } = new IdentityTransformStream();
    const written = env.RPC.write(writable);
    assert.strictEqual(await new Response(readable).text(), 'written');
    await written;
    const other = new IdentityTransformStream();
    const read = env.RPC.read(other.readable);
    await env.RPC.write(other.writable);
    assert.strictEqual(await read, 'written');
  },
};

export const onTheWay = {
  async test(_, env) {
    const { readable, writable } = await env.RPC.halves();
    const writer = writable.getWriter();
    await writer.write(bytes('written before it is read'));
    await writer.close();
    assert.strictEqual(await new Response(readable).text(), 'written before it is read');
  },
};

export const breaking = {
  async test(_, env) {
    await assert.rejects(new Response(await env.RPC.breaking()).text(), READABLE);
    const { readable, writable } = new IdentityTransformStream();
    const read = env.RPC.read(readable);
    const writer = writable.getWriter();
    await writer.write(bytes('part'));
    await writer.abort('why');
    await assert.rejects(read, READABLE);
    await assert.rejects(
      env.RPC.read(new ReadableStream({ start: (controller) => controller.error(new TypeError('why')) })),
      READABLE
    );
  },
};

export const left = {
  async test(_, env) {
    const { promise, resolve } = Promise.withResolvers();
    await env.RPC.leave(new WritableStream({ close: resolve, abort: resolve }));
    const reason = await promise;
    assert.deepStrictEqual({ name: reason.name, message: reason.message }, WRITABLE);
    const { readable, writable } = new IdentityTransformStream();
    const written = env.RPC.leave(writable);
    await assert.rejects(new Response(readable).text(), WRITABLE);
    await written;
  },
};

export const clientGone = {
  async test(_, env) {
    const response = await env.RPC.fetch('http://x/watched');
    const reader = response.body.getReader();
    await reader.read();
    await reader.cancel();
    await scheduler.wait(0);
    assert.strictEqual(heard, 'The client has disconnected');
  },
};

export const writtenUrls = {
  async test(_, env) {
    for (const url of ['http://foo', 'http://foo?a', 'http://foo/é', 'http://foo:80/']) {
      assert.strictEqual(await (await env.RPC.fetch(url)).text(), url);
    }
  },
};

export const virtualHosts = {
  async test(_, env, ctx) {
    const host = ctx.mapVirtualHost(env.RPC, 5432);
    assert.match(host, /^[0-9a-f]{32}\.workers\.alt:5432$/);
    assert.strictEqual(ctx.mapVirtualHost(env.RPC, 1), host);
    const socket = connect(host);
    assert.strictEqual(await new Response(socket.readable).text(), 'hello');
  },
};

export const ownNames = {
  async test(_, env) {
    await assert.rejects(async () => env.RPC.getRpcMethodForTestOnly('fetch')(), {
      name: 'TypeError',
      message: "'fetch' is a reserved method and cannot be called over RPC.",
    });
  },
};

export const queueOfObject = {
  async test(_, env) {
    const object = env.OBJECTS.getByName('a');
    const message = { id: '1', timestamp: new Date(), body: 'hello', attempts: 1 };
    const result = await object.queue('q', [message]);
    assert.strictEqual(result.outcome, 'ok');
    assert.deepStrictEqual(result.retryMessages, [{ msgId: '1', delaySeconds: 3 }]);
    assert.strictEqual(await object.body(), 'hello');
  },
};
