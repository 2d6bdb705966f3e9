import assert from 'node:assert';
import { DurableObject, RpcStub, RpcTarget, WorkerEntrypoint, restore } from 'cloudflare:workers';

// What is restored, on whatever loop.
export class Log extends DurableObject {
  calls = [];

  add(call) {
    this.calls.push(call);
  }

  take() {
    return this.calls.splice(0);
  }
}

const log = (ctx) => ctx.exports.Log.getByName('log');

class Counter extends RpcTarget {
  constructor(name) {
    super();
    this.name = name;
    this.count = 0;
  }

  next() {
    return `${this.name} ${++this.count}`;
  }
}

export class Greeter extends WorkerEntrypoint {
  greet() {
    return `Hello, ${this.ctx.props.name}`;
  }

  async fetch() {
    return new Response(`${this.ctx.props.name} was fetched`);
  }
}

async function give(ctx, { kind, name, parts }) {
  await log(ctx).add(`${kind} ${name}`);
  switch (kind) {
    case 'service':
      return ctx.exports.Greeter({ props: { name } });
    case 'stub':
      return new RpcStub(new Counter(name));
    case 'target':
      return new Counter(name);
    case 'function':
      return (text) => `${name} ${text}`;
    case 'parts':
      return async () => [await parts.service.greet(), await parts.stubs[0].next(), parts.stubs[0] === parts.stubs[1]];
    case 'object':
      return {};
  }
}

export class Vendor extends WorkerEntrypoint {
  give(params) {
    return this.ctx.restore(params);
  }

  async keep(key, params) {
    await this.ctx.exports.Keeper.getByName('k').put(key, await this.ctx.restore(params));
  }

  [restore](params) {
    if (params.kind === 'own') return this.ctx.exports.Greeter({ props: { name: this.ctx.props.name } });
    return give(this.ctx, params);
  }
}

export class Keeper extends DurableObject {
  async put(key, value) {
    await this.ctx.storage.put(key, value);
  }

  async keep(key, params) {
    this.ctx.storage.kv.put(key, await this.ctx.restore(params));
  }

  async keepMany(pairs) {
    const entries = {};
    for (const [key, params] of Object.entries(pairs)) entries[key] = { at: [await this.ctx.restore(params)] };
    await this.ctx.storage.put(entries);
  }

  async call(key, method, ...args) {
    const kept = this.ctx.storage.kv.get(key);
    return method ? await kept[method](...args) : await kept(...args);
  }

  async callTwice(key, method) {
    const kept = await this.ctx.storage.get(key);
    return [await kept[method](), await kept[method]()];
  }

  async fetchKept(key) {
    const kept = await this.ctx.storage.get(key);
    return await (await kept.fetch('http://x/')).text();
  }

  give(params) {
    return this.ctx.restore(params);
  }

  async keepOf(from, key, params) {
    const service = await this.ctx.storage.get(from);
    await this.ctx.storage.put(key, await service.give(params));
  }

  async list() {
    const listed = [];
    for (const [key, value] of await this.ctx.storage.list({ prefix: 'many' })) {
      listed.push([key, await value.at[0].next()]);
    }
    return listed;
  }

  async copy(from, to) {
    await this.ctx.storage.put(to, await this.ctx.storage.get(from));
  }

  async keepParts(key) {
    const service = this.ctx.exports.Greeter({ props: { name: 'part' } });
    const stub = await this.ctx.restore({ kind: 'stub', name: 'inner' });
    const parts = { service, stubs: [stub, stub] };
    await this.ctx.storage.put(key, await this.ctx.restore({ kind: 'parts', name: 'p', parts }));
  }

  async rollBack(key) {
    const stub = await this.ctx.restore({ kind: 'stub', name: 'undone' });
    assert.throws(
      () =>
        this.ctx.storage.transactionSync(() => {
          this.ctx.storage.kv.put(key, stub);
          throw new Error('undo');
        }),
      /undo/
    );
    return await this.call(key, 'next');
  }

  async overwrite(key) {
    await this.ctx.storage.put(key, 1);
    const value = await this.ctx.storage.get(key);
    await this.ctx.storage.put(key, [2, await this.ctx.restore({ kind: 'target', name: 'over' })]);
    const [two, stub] = await this.ctx.storage.get(key);
    return [value, two, await stub.next()];
  }

  [restore](params) {
    return params.kind === 'link' ? link(this.env, params.name) : give(this.ctx, params);
  }
}

export class Plain extends WorkerEntrypoint {
  give() {
    return this.ctx.restore({});
  }
}

const keeper = (ctx) => ctx.exports.Keeper.getByName('k');

export const liveReferences = {
  async test(_, env, ctx) {
    await log(ctx).take();
    const vendor = ctx.exports.Vendor({ props: { name: 'v' } });
    using service = await vendor.give({ kind: 'service', name: 'a' });
    assert.strictEqual(await service.greet(), 'Hello, a');
    using stub = await vendor.give({ kind: 'target', name: 'b' });
    assert.ok(stub instanceof RpcStub);
    assert.deepStrictEqual([await stub.next(), await stub.next()], ['b 1', 'b 2']);
    // A service is had anew by who gets it; a stub is the one that was given.
    assert.deepStrictEqual(await log(ctx).take(), ['service a', 'service a', 'target b']);
  },
};

export const storedByAWorker = {
  async test(_, env, ctx) {
    await log(ctx).take();
    const vendor = ctx.exports.Vendor({ props: { name: 'props of the vendor' } });
    await vendor.keep('service', { kind: 'service', name: 'a' });
    assert.strictEqual(await keeper(ctx).call('service', 'greet'), 'Hello, a');
    assert.strictEqual(await keeper(ctx).fetchKept('service'), 'a was fetched');
    await vendor.keep('own', { kind: 'own' });
    assert.strictEqual(await keeper(ctx).call('own', 'greet'), 'Hello, props of the vendor');
    await env.CONFIGURED.keep('configured', { kind: 'own' });
    assert.strictEqual(await keeper(ctx).call('configured', 'greet'), 'Hello, configured');
    assert.deepStrictEqual(await log(ctx).take(), ['service a', 'service a', 'service a']);
  },
};

export const storedByAnObject = {
  async test(_, env, ctx) {
    await log(ctx).take();
    for (const kind of ['stub', 'target']) {
      await keeper(ctx).keep(kind, { kind, name: kind });
      // One call of [restore]() for all uses of what was read.
      assert.deepStrictEqual(await keeper(ctx).callTwice(kind, 'next'), [`${kind} 1`, `${kind} 2`]);
    }
    await keeper(ctx).keep('function', { kind: 'function', name: 'f' });
    assert.strictEqual(await keeper(ctx).call('function', null, 'x'), 'f x');
    const once = ['stub stub', 'target target', 'function f'];
    assert.deepStrictEqual(await log(ctx).take(), once.flatMap((call) => [call, call]));
  },
};

export const severalAtOnce = {
  async test(_, env, ctx) {
    await keeper(ctx).keepMany({ many1: { kind: 'stub', name: 'x' }, many2: { kind: 'target', name: 'y' } });
    assert.deepStrictEqual(await keeper(ctx).list(), [
      ['many1', 'x 1'],
      ['many2', 'y 1'],
    ]);
    await log(ctx).take();
    await keeper(ctx).copy('many1', 'many3');
    assert.deepStrictEqual(await log(ctx).take(), [], 'storing again needs no [restore]()');
    assert.strictEqual((await keeper(ctx).list()).length, 3);
  },
};

export const parametersReferToOthers = {
  async test(_, env, ctx) {
    await keeper(ctx).keepParts('parts');
    assert.deepStrictEqual(await keeper(ctx).call('parts', null), ['Hello, part', 'inner 1', true]);
  },
};

export const writesReplaceReferences = {
  async test(_, env, ctx) {
    await keeper(ctx).keep('kept', { kind: 'stub', name: 'before' });
    assert.strictEqual(await keeper(ctx).rollBack('kept'), 'before 1');
    assert.deepStrictEqual(await keeper(ctx).overwrite('kept'), [1, 2, 'over 1']);
  },
};

const CODE = `
  import { WorkerEntrypoint } from 'cloudflare:workers';
  export default class extends WorkerEntrypoint {
    async next() {
      const { stub } = this.env;
      return [await stub.next(), await stub.next(), await stub.dup().next()];
    }
    async nextOfProps() {
      return [await this.ctx.props.stub.next(), await this.ctx.props.stub.next()];
    }
  }`;

export const environmentsHoldStubs = {
  async test(_, env, ctx) {
    const stub = await ctx.exports.Vendor.give({ kind: 'target', name: 'e' });
    const worker = env.LOADER.get('env', () => ({
      compatibilityDate: '2025-01-01',
      mainModule: 'main.js',
      modules: { 'main.js': CODE },
      env: { stub },
    }));
    // An environment belongs to no event: each use has the stub anew.
    assert.deepStrictEqual(await worker.getEntrypoint().next(), ['e 1', 'e 1', 'e 1']);
    const withProps = worker.getEntrypoint(undefined, { props: { stub } });
    assert.deepStrictEqual(await withProps.nextOfProps(), ['e 1', 'e 2']);
  },
};

const LINK = `
  import { RpcTarget, WorkerEntrypoint, restore } from 'cloudflare:workers';
  class Counter extends RpcTarget {
    count = 0;
    constructor(name) {
      super();
      this.name = name;
    }
    next() {
      return this.name + ' ' + ++this.count;
    }
  }
  export default class extends WorkerEntrypoint {
    give(params) {
      return this.ctx.restore(params);
    }
    [restore]({ name }) {
      return new Counter(this.ctx.props.name + '-' + name);
    }
  }`;

// A dynamic Worker, which only its vendor knows how to find.
function link(env, name) {
  const worker = env.LOADER.get('link', () => ({
    compatibilityDate: '2025-01-01',
    compatibilityFlags: ['experimental', 'allow_irrevocable_stub_storage'],
    allowExperimental: true,
    mainModule: 'main.js',
    modules: { 'main.js': LINK },
  }));
  return worker.getEntrypoint(undefined, { props: { name } });
}

// Vendor, keeper and caller are on one loop or on several.
export const chains = {
  async test(_, env, ctx) {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const keepers = names.map((name) => ctx.exports.Keeper.getByName(name));
    for (const [index, name] of names.entries()) {
      const keeper = keepers[(index + 1) % names.length];
      using service = await keepers[index].give({ kind: 'link', name });
      using stub = await service.give({ name: 'live' });
      await keeper.put('stub', stub);
      assert.deepStrictEqual(await keeper.callTwice('stub', 'next'), [`${name}-live 1`, `${name}-live 2`]);
      await keeper.put('service', service);
      // What was read from the storage gives references in its turn, and they are stored.
      await keeper.keepOf('service', 'inner', { name: 'stored' });
      assert.deepStrictEqual(await keeper.callTwice('inner', 'next'), [`${name}-stored 1`, `${name}-stored 2`]);
    }
  },
};

export const refusals = {
  async test(_, env, ctx) {
    const vendor = ctx.exports.Vendor;
    await assert.rejects(vendor.give({ kind: 'object', name: 'o' }), {
      name: 'TypeError',
      message: 'The [restore]() method must return a ServiceStub or RpcStub.',
    });
    await assert.rejects(vendor.give({ kind: 'nothing', name: 'n' }), {
      name: 'TypeError',
      message: 'The [restore]() method must return a ServiceStub or RpcStub.',
    });
    await assert.rejects(ctx.exports.Plain.give(), {
      name: 'TypeError',
      message: 'The WorkerEntrypoint or DurableObject class does not implement a [restore]() method.',
    });
    await assert.rejects(ctx.restore({ f() {} }), { name: 'DataCloneError' });
    await assert.rejects(ctx.restore({ stub: new RpcStub({}) }), {
      name: 'DataCloneError',
      message: 'RpcStub cannot be serialized in this context because it is not a persistent stub.',
    });
    await assert.rejects(keeper(ctx).put('x', new RpcStub({})), {
      name: 'DataCloneError',
      message: 'RpcStub cannot be serialized in this context because it is not a persistent stub.',
    });
    await assert.rejects(ctx.restore(), { name: 'TypeError' });
  },
};
