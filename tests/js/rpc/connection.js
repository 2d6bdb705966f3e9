import assert from 'node:assert';
import { RpcTarget } from 'cloudflare:workers';

export { Named, Service } from './connection-service.js';

export default {};

class Mine extends RpcTarget {
  #count = 0;

  add(amount) {
    this.#count += amount;
    return this.#count;
  }
}

export const values = {
  async test(_, env) {
    for (const value of [
      undefined,
      null,
      -1.5,
      12345678901234567890n,
      'ünïcode ☃',
      [1, , 3],
      { a: { b: [new Date(5), /x/g] } },
      new Map([[1, new Set(['a'])]]),
      new Uint8Array([1, 2, 3]),
    ]) {
      const echoed = await env.SERVICE.echo(value);
      // A result can be disposed of.
      if (echoed && typeof echoed === 'object') delete echoed[Symbol.dispose];
      assert.deepStrictEqual(echoed, value);
    }
    assert.strictEqual(await env.SERVICE.property, 42);
    assert.strictEqual((await env.SERVICE.echo('x'.repeat(1 << 20))).length, 1 << 20);
  },
};

export const references = {
  async test(_, env) {
    using counter = await env.SERVICE.counter();
    assert.deepStrictEqual([await counter.add(2), await counter.add(3), await counter.count], [2, 5, 5]);
    assert.strictEqual(await env.SERVICE.counter().add(7), 7);
    using functions = await env.SERVICE.functions(10);
    assert.deepStrictEqual([await functions.inc(1), await functions.deeper.double(4), functions.plain], [11, 8, 5]);
    assert.strictEqual(await env.SERVICE.functions(1).deeper.double(8), 16);
    assert.strictEqual(await env.SERVICE.callBack((x) => x * 100, 3), 301);
    assert.strictEqual(await env.SERVICE.use(new Mine()), 11);
    // There and back, with references among data.
    const twice = (x) => x * 2;
    using echoed = await env.SERVICE.echo({ list: [{}, twice, { k: twice }], other: (x) => x + 1, last: [1] });
    assert.deepStrictEqual(
      [await echoed.list[1](4), await echoed.list[2].k(5), await echoed.other(6), echoed.last],
      [8, 10, 7, [1]]
    );
  },
};

export const errors = {
  async test(_, env) {
    await assert.rejects(env.SERVICE.fail('oops'), { name: 'TypeError', message: 'oops', remote: true });
    const whole = { message: 'all of it', own: { list: [1, 2] }, cause: { code: 7 }, remote: true };
    await assert.rejects(env.SERVICE.failWhole('all of it'), { name: 'RangeError', ...whole });
    await assert.rejects(env.SERVICE.failWhole('a\u0001b'), { message: 'a\u0001b' });
    await assert.rejects(env.SERVICE.failDom(), { name: 'AbortError', message: 'gone', code: 20 });
    const thrown = await env.SERVICE.failWith({ plain: [1] }).catch((value) => value);
    assert.deepStrictEqual([thrown instanceof Error, { ...thrown }], [false, { plain: [1], remote: true }]);
    for (const value of [undefined, null, 'text']) {
      await assert.rejects(env.SERVICE.failWith(value), { name: 'Error', message: String(value), remote: true });
    }
    // Errors are values with properties, too.
    const carrying = Object.assign(new Error('carrying', { cause: { twice: (x) => x * 2 } }), { inc: (x) => x + 1 });
    const carried = await env.SERVICE.echo(carrying);
    assert.deepStrictEqual([carried.message, await carried.inc(4), await carried.cause.twice(4)], ['carrying', 5, 8]);
    await assert.rejects(env.SERVICE.nothing(), {
      name: 'TypeError',
      message: 'The RPC receiver does not implement the method "nothing".',
    });
    const failing = () => {
      throw new RangeError('mine');
    };
    await assert.rejects(env.SERVICE.callBack(failing, 1), { name: 'RangeError', message: 'mine' });
    await assert.rejects(env.NONE.echo(1), { name: 'Error', message: 'Network connection lost.', retryable: true });
  },
};

export const streams = {
  async test(_, env) {
    const { SERVICE } = env;
    assert.strictEqual((await new Response(await SERVICE.stream()).text()).length, 700000);
    assert.strictEqual(await SERVICE.readAll(new Response('x'.repeat(200000)).body), 200000);
    const { readable, writable } = new IdentityTransformStream();
    const text = new Response(readable).text();
    assert.strictEqual(await SERVICE.writeTo(writable), 'done');
    assert.strictEqual(await text, 'written');
    const { readable: large, writable: filled } = new IdentityTransformStream();
    const length = SERVICE.readAll(large);
    const writer = filled.getWriter();
    for (let n = 0; n < 20; n++) await writer.write(new Uint8Array(65536));
    await writer.close();
    assert.strictEqual(await length, 20 * 65536);
    const response = await SERVICE.response();
    assert.deepStrictEqual([response.status, response.headers.get('x-a'), await response.text()], [201, 'b', 'body']);
    const request = new Request('http://host/path', { method: 'POST', body: 'sent', headers: { 'x-a': 'b' } });
    assert.strictEqual(await SERVICE.request(request), 'POST http://host/path b sent');
  },
};

export const signals = {
  async test(_, env) {
    const controller = new AbortController();
    const waiting = env.SERVICE.wait(controller.signal);
    await scheduler.wait(20);
    controller.abort('why');
    assert.strictEqual(await waiting, 'aborted: why');
  },
};

// What goes on after the call has ended.
export const afterTheCall = {
  async test(_, env) {
    for (const service of [env.SERVICE, env.LOCAL ?? env.SERVICE]) {
      for (const text of ['', 'small', 'x'.repeat(700000)]) {
        const there = await service.echo(new Response(text).body);
        assert.strictEqual(await new Response(there).text(), text);
        const { readable, writable } = new IdentityTransformStream();
        const echoed = await service.echo(readable);
        const writer = writable.getWriter();
        const written = text && writer.write(new TextEncoder().encode(text));
        const [read] = await Promise.all([new Response(echoed).text(), written, writer.close()]);
        assert.strictEqual(read, text);
      }
      using given = await service.giveWritable();
      const writer = given.writable.getWriter();
      await scheduler.wait(10);
      await writer.write(new TextEncoder().encode('one '));
      await writer.write(new TextEncoder().encode('two'));
      await writer.close();
      assert.strictEqual(await given.text(), 'one two');
      const signal = await service.signal();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      assert.strictEqual(signal.reason, 'later');
      await assert.rejects(service.webSocket(), {
        name: 'DataCloneError',
        message: 'Could not serialize object of type "WebSocket". This type does not support serialization.',
      });
    }
  },
};

export const requestsAreHttp = {
  async test(_, env) {
    assert.strictEqual(await (await env.SERVICE.fetch('http://host/x')).text(), 'fetched http://host/x');
    for (const method of ['GET', 'PURGE', 'UNLOCK', 'MSEARCH', 'UNSUBSCRIBE', 'QUERY', 'BAN']) {
      const response = await env.SERVICE.fetch('http://host/x', { method });
      assert.strictEqual(response.headers.get('method'), method);
    }
  },
};

// Only the process that has made a stub of a service can use it.
export const services = {
  async test(_, env) {
    if (env.LOCAL) {
      const through = await env.SERVICE.through(env.LOCAL);
      assert.deepStrictEqual([...through], ['fetched http://host/through', 'called']);
      using echoed = await env.SERVICE.echo({ service: env.LOCAL, f: (x) => x + 1 });
      assert.deepStrictEqual([await echoed.service.echo(1), await echoed.f(1)], [1, 2]);
    }
    if (env.OBJECTS) {
      const object = env.OBJECTS.getByName('object');
      using echoed = await env.SERVICE.echo({ object });
      assert.strictEqual(await echoed.object.add(2), 2);
      assert.strictEqual(await env.SERVICE.addTo(object), 3);
      assert.strictEqual(await object.objectName(), 'object');
      assert.strictEqual(await echoed.object.objectName(), 'object');
    }
    await assert.rejects(env.SERVICE.through(env.SERVICE), { name: 'DataCloneError' });
  },
};

export const manyCallsAtOnce = {
  async test(_, env) {
    const calls = Array.from({ length: 200 }, (_, n) => env.SERVICE.echo(n));
    assert.deepStrictEqual(await Promise.all(calls), [...calls.keys()]);
  },
};
