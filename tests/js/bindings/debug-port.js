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

export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/fail') throw new RangeError('bad');
    if (pathname === '/empty') return new Response(null, { status: 204 });
    return new Response('x'.repeat(1000000));
  },
};

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
