import assert from 'node:assert';
import { WorkerEntrypoint } from 'cloudflare:workers';
import { connect } from 'cloudflare:sockets';

const encode = (text) => new TextEncoder().encode(text);

async function text(readable) {
  let all = '';
  const decoder = new TextDecoder();
  for await (const chunk of readable) all += decoder.decode(chunk, { stream: true });
  return all;
}

// Says what it hears, until it hears no more.
export class Echo extends WorkerEntrypoint {
  async connect(socket) {
    const writer = socket.writable.getWriter();
    for await (const chunk of socket.readable) await writer.write(chunk);
    // The end of the readable has closed the writable.
  }
}

export class Nothing extends WorkerEntrypoint {
  fetch() {}
}

let handled;

export default {
  async connect(socket, env, ctx) {
    handled = { env, ctx, socket, opened: await socket.opened };
    const writer = socket.writable.getWriter();
    await writer.write(encode('hello'));
    await writer.close();
  },
};

export const addresses = {
  test(_, env) {
    for (const open of [connect, (...args) => env.SELF.connect(...args)]) {
      const refused = (address, message, options) =>
        assert.throws(() => open(address, options), { name: 'TypeError', message });
      refused('localhost', 'Specified address is missing port.');
      refused('localhost:', 'Specified address is missing port.');
      refused(':80', 'Specified address could not be parsed.');
      refused('a b:80', 'Specified address could not be parsed.');
      refused('', 'Specified address is missing hostname.');
      refused('user@host:80', 'Specified address is empty string, contains unsupported characters or is too long.');
      refused('a:80/path', 'Specified address is empty string, contains unsupported characters or is too long.');
      refused({ hostname: 'a/b', port: 1 }, 'Specified address is empty string, contains unsupported characters or is too long.');
      refused({ hostname: 'a'.repeat(255), port: 1 }, 'Specified address is empty string, contains unsupported characters or is too long.');
      refused('a:1', 'Unsupported value in secureTransport socket option: maybe', { secureTransport: 'maybe' });
    }
  },
};

export const shape = {
  async test(_, env) {
    const socket = env.SELF.connect('example.com:1234');
    assert.strictEqual(Object.prototype.toString.call(socket), '[object Socket]');
    assert.ok(socket.readable instanceof ReadableStream);
    assert.ok(socket.writable instanceof WritableStream);
    assert.strictEqual(socket.secureTransport, 'off');
    assert.strictEqual(socket.upgraded, false);
    assert.throws(() => socket.startTls(), {
      name: 'TypeError',
      message: "The `secureTransport` socket option must be set to 'starttls' for startTls to be used.",
    });
    await socket.close();
    await socket.closed;
    assert.throws(() => socket.startTls(), {
      name: 'TypeError',
      message: 'The connection was closed before startTls could be started.',
    });
  },
};

export const handlerOfABinding = {
  async test(_, env) {
    const socket = env.SELF.connect({ hostname: 'example.com', port: 1234 });
    assert.deepStrictEqual({ ...(await socket.opened) }, { remoteAddress: 'example.com:1234', localAddress: undefined });
    assert.strictEqual(await text(socket.readable), 'hello');
    await socket.closed;
    assert.deepStrictEqual({ ...handled.opened }, { remoteAddress: undefined, localAddress: 'example.com:1234' });
    assert.ok(handled.env.SELF);
    assert.strictEqual(typeof handled.ctx.waitUntil, 'function');
    assert.strictEqual(handled.socket.secureTransport, 'off');
  },
};

export const echoes = {
  async test(_, env) {
    const socket = env.ECHO.connect('a:1');
    const writer = socket.writable.getWriter();
    await writer.write(encode('one'));
    const reader = socket.readable.getReader();
    assert.strictEqual(new TextDecoder().decode((await reader.read()).value), 'one');
    const big = new Uint8Array(300_000).fill(7);
    const written = writer.write(big);
    let count = 0;
    while (count < big.length) {
      const { value } = await reader.read();
      assert.ok(value.every((byte) => byte === 7));
      count += value.length;
    }
    await written;
    await writer.close();
    assert.strictEqual((await reader.read()).done, true);
    await socket.closed;
  },
};

export const halfOpen = {
  async test(_, env) {
    const socket = env.SELF.connect('a:1', { allowHalfOpen: true });
    assert.strictEqual(await text(socket.readable), 'hello');
    await socket.close();
    await socket.closed;
  },
};

export const withoutAHandler = {
  async test(_, env) {
    const socket = env.NONE.connect('a:1');
    const message = 'proxy request failed, cannot connect to the specified address';
    await assert.rejects(socket.opened, { name: 'Error', message });
    await assert.rejects(socket.closed, { name: 'Error', message });
    await assert.rejects(socket.writable.getWriter().write(encode('x')), { name: 'Error', message: `jsg.Error: ${message}` });
  },
};

export const refusedConnections = {
  async test() {
    const message = 'proxy request failed, cannot connect to the specified address';
    const socket = connect('127.0.0.1:1');
    await assert.rejects(socket.opened, { name: 'Error', message });
    await assert.rejects(socket.closed, { name: 'Error', message });
    await assert.rejects(connect('127.0.0.1:80').opened, {
      message: `${message}. It looks like you might be trying to connect to a HTTP-based service — consider using fetch instead`,
    });
    // Outside of what the network service allows.
    await assert.rejects(connect('8.8.8.8:53').opened, { name: 'Error', message });
  },
};

export const closeIsOnce = {
  async test(_, env) {
    const socket = env.ECHO.connect('a:1');
    await Promise.all([socket.close(), socket.close()]);
    await socket.closed;
    await socket.close();
  },
};

// A write that waits for a connection that never comes.
export const refusedWrite = {
  async test() {
    const socket = connect('127.0.0.1:1');
    const refused = 'proxy request failed, cannot connect to the specified address';
    const told = [socket.opened, socket.closed].map((promise) => assert.rejects(promise, { message: refused }));
    const clears = Cloudflare.compatibilityFlags.internal_writable_stream_abort_clears_queue;
    await assert.rejects(socket.writable.getWriter().write(encode('x')), {
      message: clears ? `jsg.Error: ${refused}` : 'Network connection lost.',
    });
    await Promise.all(told);
  },
};
