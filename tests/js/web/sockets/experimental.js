import assert from 'node:assert';
import { WorkerEntrypoint } from 'cloudflare:workers';

export class Echo extends WorkerEntrypoint {
  async connect(socket) {
    await socket.readable.pipeTo(socket.writable);
  }
}

export const protocol = {
  test(_, env) {
    assert.strictEqual(env.ECHO.connect('a:1').protocol, 'tcp');
  },
};

export const datagrams = {
  test() {
    const bytes = new Uint8Array([1, 2]);
    const datagram = new Datagram(bytes);
    assert.strictEqual(datagram.data, bytes);
    const message = "Failed to construct 'Datagram': constructor parameter 1 is not of type 'Uint8Array'.";
    for (const other of [undefined, 'text', new ArrayBuffer(1), new Uint16Array(1)]) {
      assert.throws(() => new Datagram(other), { name: 'TypeError', message });
    }
    assert.throws(() => structuredClone(datagram), { name: 'DataCloneError' });
  },
};

export const proxyToLocksBoth = {
  async test(_, env) {
    const [a, b] = [env.ECHO.connect('a:1'), env.ECHO.connect('b:1')];
    const controller = new AbortController();
    const proxied = a.proxyTo(b, { signal: controller.signal });
    for (const socket of [a, b]) {
      assert.ok(socket.readable.locked);
      assert.ok(socket.writable.locked);
    }
    controller.abort(new Error('stop'));
    await assert.rejects(proxied, { message: 'stop' });
  },
};

export const proxyToRefuses = {
  async test(_, env) {
    const [a, b] = [env.ECHO.connect('a:1'), env.ECHO.connect('b:1')];
    await assert.rejects(a.proxyTo({}), {
      name: 'TypeError',
      message: "Failed to execute 'proxyTo' on 'Socket': parameter 1 is not of type 'Socket'.",
    });
    a.readable.getReader();
    await assert.rejects(a.proxyTo(b), { name: 'TypeError', message: 'This ReadableStream is currently locked to a reader.' });
  },
};
