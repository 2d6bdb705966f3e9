import assert from 'node:assert';
import { WorkerEntrypoint } from 'cloudflare:workers';

export class Backend extends WorkerEntrypoint {
  async connect(socket) {
    await socket.readable.pipeTo(socket.writable);
  }
}

export class Interceptor extends WorkerEntrypoint {
  async open(options) {
    const socket = this.env.BACKEND.connect('backend:5432', options);
    await socket.opened;
    return socket;
  }

  openNow() {
    return this.env.BACKEND.connect('backend:5432');
  }

  async echo(socket) {
    const writer = socket.writable.getWriter();
    await writer.write(new TextEncoder().encode('from afar'));
    await writer.close();
    return await new Response(socket.readable).text();
  }
}

export default {};

export const aSocketThatIsReturned = {
  async test(_, env) {
    const socket = await env.FAR.open({ secureTransport: 'starttls', allowHalfOpen: true });
    assert.strictEqual((await socket.opened).remoteAddress, 'backend:5432');
    assert.strictEqual(socket.secureTransport, 'starttls');
    assert.throws(() => socket.startTls(), {
      name: 'TypeError',
      message: 'startTls has already been called on this socket, or the socket was transferred over RPC.',
    });
    const writer = socket.writable.getWriter();
    const bytes = new Uint8Array(100_000).fill(120);
    const read = new Response(socket.readable).text();
    await writer.write(bytes);
    await writer.write(bytes);
    await writer.close();
    assert.strictEqual((await read).length, 200_000);
    await socket.close();
  },
};

export const aSocketThatIsSent = {
  async test(_, env) {
    const socket = env.BACKEND.connect('backend:5432');
    await socket.opened;
    assert.strictEqual(await env.FAR.echo(socket), 'from afar');
    assert.strictEqual(socket.readable.locked, true);
  },
};

// Goes beyond workerd, which waits forever.
export const aSocketThatIsSentWithinTheProcess = {
  async test(_, env) {
    const socket = env.BACKEND.connect('backend:5432');
    await socket.opened;
    assert.strictEqual(await env.NEAR.echo(socket), 'from afar');
  },
};

export const aSocketThatIsClosed = {
  async test(_, env) {
    const socket = await env.FAR.open({ allowHalfOpen: true });
    await socket.close();
    await socket.closed;
  },
};

export const aSocketThatIsNotOpenYet = {
  async test(_, env) {
    for (const service of [env.FAR, env.NEAR]) {
      await assert.rejects(service.openNow(), { name: 'DataCloneError' });
    }
    const socket = env.BACKEND.connect('backend:5432');
    await assert.rejects(env.NEAR.echo(socket), {
      name: 'DataCloneError',
      message:
        'A Socket can only be serialized after it has opened. Await `socket.opened` before transferring the socket over RPC.',
    });
    await socket.opened;
    assert.throws(() => structuredClone(socket), { name: 'DataCloneError', message: 'Socket can only be serialized for RPC.' });
  },
};
