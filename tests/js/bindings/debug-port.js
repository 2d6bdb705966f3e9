import assert from 'node:assert';
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';

export class Counter extends DurableObject {
  #count = 0;

  add() {
    return ++this.#count;
  }
}

export class Named extends WorkerEntrypoint {
  greet(name) {
    return [`hello ${name}`, this.ctx.props];
  }

  async fetch(request) {
    const { method, url, cf } = request;
    const said = JSON.stringify([method, url, request.headers.get('x-a'), await request.text(), cf, this.ctx.props]);
    return new Response(said, { status: 202, headers: [['set-cookie', 'a=1'], ['set-cookie', 'b=2']] });
  }
}

export class Sockets extends WorkerEntrypoint {
  // Says where it is, then all that comes, then how much that was.
  async connect(socket) {
    const { localAddress } = await socket.opened;
    const writer = socket.writable.getWriter();
    await writer.write(new TextEncoder().encode(`${localAddress}:`));
    let size = 0;
    for await (const chunk of socket.readable) {
      size += chunk.byteLength;
      await writer.write(chunk);
    }
    await writer.write(new TextEncoder().encode(`:${size}`));
    await writer.close();
  }
}

export class Closes extends WorkerEntrypoint {
  async connect(socket) {
    await socket.close();
  }
}

function answer({ headers }) {
  const [theirs, ours] = Object.values(new WebSocketPair());
  ours.accept();
  ours.binaryType = 'arraybuffer';
  ours.addEventListener('message', ({ data }) => {
    if (data === 'close') ours.close(4001, 'bye');
    else if (data === 'fail') throw new Error('failed');
    else if (typeof data === 'string') ours.send(`said ${data}`);
    else ours.send(new Uint8Array(data).map((byte) => byte + 1));
  });
  ours.addEventListener('close', ({ code, reason, wasClean }) => wasClean && ours.close(code, reason));
  const protocol = headers.get('sec-websocket-protocol');
  return new Response(null, { status: 101, webSocket: theirs, headers: { 'x-protocol': protocol } });
}

export default {
  fetch(request) {
    if (request.headers.get('upgrade') === 'websocket') return answer(request);
    const { pathname } = new URL(request.url);
    if (pathname === '/fail') throw new RangeError('bad');
    if (pathname === '/empty') return new Response(null, { status: 204 });
    return new Response('x'.repeat(1000000));
  },
};

// What has come over a WebSocket when it has ended.
async function talk(service, speak) {
  const headers = { upgrade: 'websocket', 'sec-websocket-protocol': 'chat' };
  const response = await service.fetch('http://host/', { headers });
  assert.deepStrictEqual([response.status, response.headers.get('x-protocol')], [101, 'chat']);
  const { webSocket } = response;
  const heard = [];
  webSocket.accept();
  webSocket.binaryType = 'arraybuffer';
  webSocket.addEventListener('message', ({ data }) => {
    heard.push(typeof data === 'string' ? data : [...new Uint8Array(data)]);
  });
  const end = new Promise((resolve) => {
    webSocket.addEventListener('close', ({ code, reason, wasClean }) => resolve([code, reason, wasClean]));
  });
  speak(webSocket);
  return [heard, await end];
}

async function checkWebSockets(main) {
  const words = await talk(main, (socket) => {
    socket.send('a');
    socket.send(new Uint8Array([1, 2]));
    socket.send('close');
  });
  assert.deepStrictEqual(words, [['said a', [2, 3]], [4001, 'bye', true]]);
  const large = await talk(main, (socket) => {
    for (let count = 0; count < 20; count++) socket.send('x'.repeat(100000));
    socket.send('close');
  });
  assert.deepStrictEqual(large[0], Array(20).fill(`said ${'x'.repeat(100000)}`));
  const closed = await talk(main, (socket) => {
    socket.send('a');
    socket.close(3123, 'why');
  });
  assert.deepStrictEqual(closed, [['said a'], [3123, 'why', true]]);
  const [, [code, , wasClean]] = await talk(main, (socket) => socket.send('fail'));
  assert.deepStrictEqual([code, wasClean], [1006, false]);
}

async function checkConnections(port) {
  const text = async ({ readable }) => {
    let all = '';
    for await (const chunk of readable) all += new TextDecoder().decode(chunk);
    return all;
  };
  const socket = port.getEntrypoint('debug-port', 'Sockets').connect('host:123');
  const all = text(socket);
  await socket.opened;
  const writer = socket.writable.getWriter();
  for (let count = 0; count < 20; count++) await writer.write(new Uint8Array(100000).fill(120));
  await writer.close();
  const said = await all;
  assert.strictEqual(said, `host:123:${'x'.repeat(2000000)}:2000000`);
  await socket.closed;
  const closed = port.getEntrypoint('debug-port', 'Closes').connect('host:123');
  await closed.opened;
  assert.strictEqual(await text(closed), '');
  const none = port.getEntrypoint('debug-port', 'Named').connect('host:123');
  await assert.rejects(none.opened, {
    message: 'proxy request failed, cannot connect to the specified address',
  });
  await assert.rejects(none.closed);
}

// Also run by a Worker of another process; see tests/server/debug_port.rs.
export async function check(port, id) {
  const named = port.getEntrypoint('debug-port', 'Named', { a: [1] });
  const response = await named.fetch('http://host/path?query', {
    method: 'POST',
    body: 'sent',
    headers: { 'x-a': 'b' },
    cf: { key: 'value' },
  });
  assert.deepStrictEqual([response.status, response.headers.getSetCookie()], [202, ['a=1', 'b=2']]);
  const said = ['POST', 'http://host/path?query', 'b', 'sent', { key: 'value' }, { a: [1] }];
  assert.deepStrictEqual(await response.json(), said);
  assert.deepStrictEqual([...(await named.greet('you'))], ['hello you', { a: [1] }]);
  const main = port.getEntrypoint('debug-port');
  assert.strictEqual((await (await main.fetch('http://host/')).text()).length, 1000000);
  assert.strictEqual((await main.fetch('http://host/empty')).status, 204);
  await assert.rejects(main.fetch('http://host/fail'), { name: 'RangeError', message: 'bad', remote: true });
  await checkWebSockets(main);
  await checkConnections(port);
  const object = port.getActor('debug-port', 'Counter', id);
  const before = await object.add();
  assert.strictEqual(await object.add(), before + 1);
  const fails = (promise, message) => assert.rejects(promise, { name: 'Error', message });
  await fails(port.getEntrypoint('none').fetch('http://host/'), 'Worker "none" not found');
  await fails(port.getEntrypoint('none').method(), 'Worker "none" not found');
  const noEntrypoint = port.getEntrypoint('debug-port', 'None').fetch('http://host/');
  await fails(noEntrypoint, 'Worker does not export an entrypoint named "None"');
  const noClass = port.getActor('debug-port', 'None', id).add();
  await fails(noClass, 'Worker does not export a Durable Object class named "None"');
  await assert.rejects(port.getActor('debug-port', 'Counter', 'no id').add(), /internal error/);
}

export const thisProcess = {
  async test(_, env) {
    await check(env.PORT.current(), env.COUNTER.idFromName('a').toString());
  },
};

export const shapes = {
  async test(_, env) {
    assert.strictEqual(Object.prototype.toString.call(env.PORT), '[object WorkerdDebugPortConnector]');
    const port = env.PORT.connect('127.0.0.1:1');
    assert.strictEqual(Object.prototype.toString.call(port), '[object WorkerdDebugPortClient]');
    assert.throws(() => port.getEntrypoint(), {
      name: 'TypeError',
      message:
        "Failed to execute 'getEntrypoint' on 'WorkerdDebugPortClient': parameter 1 is not of type 'string'.",
    });
    const lost = { name: 'Error', message: 'Network connection lost.', retryable: true };
    await assert.rejects(port.getEntrypoint('a').fetch('http://host/'), lost);
    await assert.rejects(env.PORT.connect('no address').getEntrypoint('a').method(), lost);
  },
};
