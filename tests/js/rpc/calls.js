import assert from 'node:assert';
import { RpcPromise, RpcProperty, RpcStub, RpcTarget } from 'cloudflare:workers';

const failure = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return `${error.name}: ${error.message}${error.remote ? ' (remote)' : ''}`;
  }
  return 'none';
};

/** Waits for what happens soon, however slow the machine. */
const eventually = async (happened) => {
  for (let turn = 0; turn < 2000; turn++) {
    if (await happened()) return;
    await scheduler.wait(5);
  }
  assert.fail('it has not happened');
};

export const methods = {
  async test(_, { RPC, PLAIN }) {
    assert.strictEqual(await RPC.hello('you'), 'hello you');
    assert.strictEqual(await RPC.who(), 'me');
    assert.deepStrictEqual(await RPC.echo(1, [2], { three: 3 }), [1, [2], { three: 3 }]);
    const map = new Map([['a', new Date(5)]]);
    assert.deepStrictEqual(await RPC.echo(map), map);
    assert.deepStrictEqual(await PLAIN.one(7), [7, 'object', 'function']);
    assert.match(await failure(PLAIN.one()), /wrong number of arguments/);
    assert.match(await failure(PLAIN.many(1, 2)), /exactly the arguments/);
  },
};

export const classes = {
  async test(_, { RPC }) {
    assert.strictEqual(typeof RPC.hello, 'function');
    assert.ok(RPC.hello instanceof RpcProperty);
    const promise = RPC.counter(1);
    assert.ok(promise instanceof RpcPromise);
    assert.ok((await promise) instanceof RpcStub);
    assert.ok('anything' in RPC);
    assert.strictEqual(await RPC.then, undefined);
    assert.strictEqual(RPC[Symbol.iterator], undefined);
    assert.throws(() => new RpcPromise(), { message: 'Illegal constructor' });
    assert.throws(() => new RpcStub(new Date()), { name: 'TypeError' });
    assert.throws(() => structuredClone(new RpcStub({})), { name: 'DataCloneError' });
  },
};

export const properties = {
  async test(_, { RPC }) {
    assert.deepStrictEqual(Object.keys(await RPC.getter), ['a']);
    assert.strictEqual(await RPC.getter.a.b, 5);
    const missing = (name) => `TypeError: The RPC receiver does not implement the method "${name}". (remote)`;
    assert.strictEqual(await failure(RPC.nope), missing('nope'));
    assert.strictEqual(await failure(RPC.nope()), missing('nope'));
    assert.strictEqual(await failure(RPC.instanceProperty), missing('instanceProperty'));
    assert.strictEqual(await failure(RPC.env), missing('env'));
    assert.strictEqual(await failure(RPC.toString2()), missing('toString2'));
    assert.strictEqual(await failure(RPC.getter()), 'TypeError: "getter" is not a function. (remote)');
    assert.strictEqual(
      await failure(RPC.alarm()),
      "TypeError: 'alarm' is a reserved method and cannot be called over RPC. (remote)",
    );
    let deep = RPC.a;
    for (let i = 0; i < 64; i++) deep = deep.a;
    assert.throws(() => deep.a, { message: 'RPC pipelined property path is too deep (max 64).' });
  },
};

export const pipelining = {
  async test(_, { RPC }) {
    using counter = RPC.counter(1);
    assert.deepStrictEqual(await Promise.all([counter.add(1), counter.add(2), counter.value]), [2, 4, 4]);
    assert.strictEqual(await RPC.counter(5).self().self().add(1), 6);
    assert.strictEqual(await RPC.make()(3, 4), 7);
    assert.strictEqual(await RPC.object().counter.add(1), 11);
    assert.strictEqual(await RPC.object().deep.f(4), 8);
    const promise = RPC.object();
    using object = await promise;
    assert.strictEqual(await promise.deep.f(5), 10);
    assert.strictEqual(await object.deep.f(6), 12);
    assert.strictEqual(object.name, 'object');
    assert.match(await failure(RPC.hello('x').length2()), /does not implement the method "length2"/);
    const number = RPC.echo(5);
    await number;
    assert.match(await failure(number.x()), /Can't pipeline on RPC that did not return an object/);
  },
};

export const references = {
  async test(_, { RPC }) {
    assert.strictEqual(await RPC.call((a, b) => `${a}-${b}`, 1, 2), '1-2');
    assert.strictEqual(await RPC.call(async (f) => await f(2), (x) => x + 1), 3);
    class Local extends RpcTarget {
      read() {
        return 'read';
      }
      get deep() {
        return { value: 9 };
      }
    }
    assert.deepStrictEqual(await RPC.use(new Local()), ['read', 9]);
    assert.deepStrictEqual(await RPC.use(new RpcStub({ read: () => 'plain', deep: { value: 1 } })), ['plain', 1]);
    // A reference comes back as it went.
    const back = await RPC.echo({ nested: [new Local()] });
    assert.strictEqual(await back.nested[0].read(), 'read');
    const same = (x) => x;
    const pair = await RPC.echo({ a: same, b: same });
    assert.strictEqual(pair.a, pair.b);
    assert.strictEqual(await new RpcStub({ a: 1 }).a, 1);
    let done;
    const called = new Promise((resolve) => (done = resolve));
    assert.strictEqual(await RPC.later((text) => done(text)), 'now');
    assert.strictEqual(await called, 'later');
  },
};

// What a call gives after a while can be called after a while.
export const slowness = {
  async test(_, { RPC }) {
    const slow = await RPC.slow();
    const slower = await slow.next();
    assert.strictEqual(await slower.next().next().value, 4);
    assert.match(await failure(RPC.hang()), /your Worker's code had hung/);
  },
};

export const signals = {
  async test(_, { RPC }) {
    const controller = new AbortController();
    const aborted = RPC.waitForAbort(controller.signal);
    await scheduler.wait(5);
    controller.abort({ because: 'enough' });
    assert.deepStrictEqual((await aborted).because, 'enough');
    assert.strictEqual(await RPC.waitForAbort(AbortSignal.abort('already')), 'already');
    assert.ok(!(await RPC.echo(new AbortController().signal)).aborted);
    assert.throws(() => structuredClone(controller.signal), {
      name: 'DataCloneError',
      message: 'AbortSignal can only be serialized for RPC.',
    });
  },
};

export const disposal = {
  async test(_, { RPC }) {
    await RPC.disposed();
    const counter = await RPC.counter(3);
    const twin = counter.dup();
    counter[Symbol.dispose]();
    assert.strictEqual(await failure(counter.add(1)), 'Error: RPC stub used after being disposed.');
    assert.strictEqual(await twin.add(1), 4);
    assert.ok(!(await RPC.disposed()).includes('counter 4'));
    twin[Symbol.dispose]();
    // Its event ends with this last reference, yet the object is told.
    await eventually(async () => (await RPC.disposed()).includes('counter 4'));
    const result = await RPC.withDisposer();
    assert.deepStrictEqual(Object.keys(result), ['x']);
    result[Symbol.dispose]();
    await eventually(async () => (await RPC.disposed()).includes('result'));
    const promise = RPC.counter(7);
    promise[Symbol.dispose]();
    assert.strictEqual(await failure(promise.add(1)), 'Error: RPC promise used after being disposed.');
    let gone = 0;
    class Local extends RpcTarget {
      [Symbol.dispose]() {
        gone++;
      }
    }
    await RPC.echo(1, new Local());
    await scheduler.wait(5);
    assert.strictEqual(gone, 0, 'the result still holds it');
    (await RPC.hello(new Local()))?.[Symbol.dispose]?.();
    await eventually(() => gone === 1);
  },
};

export const failures = {
  async test(_, { RPC }) {
    assert.strictEqual(await failure(RPC.fail()), 'RangeError: out (remote)');
    assert.strictEqual(await failure(RPC.fail().then2.foo()), 'RangeError: out (remote)');
    assert.match(await failure(RPC.instance()), /Could not serialize object of type "Special"/);
    assert.match(await failure(RPC.echo(Symbol('x'))), /Symbol\(x\) could not be cloned/);
    assert.match(await failure(RPC.echo(new WeakMap())), /#<WeakMap> could not be cloned/);
    assert.match(await failure(RPC.echo(RPC.hello)), /DataCloneError/);
    assert.match(
      await failure(RPC.echo(new Uint8Array(33 << 20))),
      /limited to 32MiB, but the size of this value was: \d+ bytes/,
    );
    assert.strictEqual(await failure(RPC.call(() => { throw new TypeError('mine'); })), 'TypeError: mine (remote)');
  },
};

export const streams = {
  async test(_, { RPC }) {
    const { readable, writable } = new IdentityTransformStream();
    const written = RPC.writeTo({ writable, done: () => 1 });
    assert.strictEqual(await new Response(readable).text(), 'written');
    assert.strictEqual(await written, 1);
    assert.strictEqual(await new Response(await RPC.stream()).text(), 'streamed');
    assert.strictEqual(await RPC.readStream(new Response('sent').body), 'sent');
    const response = await RPC.respond(new Request('http://x/path', { method: 'POST', body: 'body' }));
    assert.strictEqual(response.status, 201);
    assert.strictEqual(response.headers.get('x-a'), 'b');
    assert.strictEqual(await response.text(), 'POST /path body');
  },
};

/** Stubs have properties of any name, but none of their own. */
export const anyName = {
  async test(_, { RPC }) {
    const stub = new RpcStub(new (class extends RpcTarget {})());
    const promise = RPC.hello('you');
    const property = RPC.anything;
    for (const object of [stub, promise, property, RPC]) {
      assert.strictEqual(typeof object.anything, 'function');
      for (const name of ['anything', 'name', 'length', 'prototype']) {
        assert.strictEqual(name in object, true);
        assert.strictEqual(Object.hasOwn(object, name), false);
        assert.strictEqual(Object.getOwnPropertyDescriptor(object, name), undefined);
      }
      assert.deepStrictEqual(Reflect.ownKeys(object), []);
      const prototype = Object.getPrototypeOf(object);
      assert.strictEqual(Object.getPrototypeOf(prototype), Object.prototype);
      object.anything = 1;
      assert.strictEqual(object.anything, 1);
      assert.strictEqual(Object.hasOwn(object, 'anything'), true);
      assert.strictEqual(delete object.anything, true);
      assert.strictEqual(typeof object.anything, 'function');
    }
    assert.strictEqual('then' in stub || 'then' in RPC, false);
    assert.strictEqual('then' in promise && 'then' in property, true);
    await promise;
  },
};
