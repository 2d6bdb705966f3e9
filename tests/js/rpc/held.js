import assert from 'node:assert';
import unsafe from 'workerd:unsafe';
import { DurableObject, RpcStub, RpcTarget, WorkerEntrypoint } from 'cloudflare:workers';

class Counter extends RpcTarget {
  count = 0;

  next() {
    return ++this.count;
  }

  another() {
    return new Counter();
  }
}

const GIVE = {
  stub: () => new RpcStub(new Counter()),
  late: async () => {
    await scheduler.wait(5);
    return new RpcStub(new Counter());
  },
  copy: () => new RpcStub(new Counter()).dup(),
  target: () => new Counter(),
  inObject: () => ({ found: new RpcStub(new Counter()), more() {} }),
  inArrays: () => [[{ found: new RpcStub(new Counter()) }]],
};

const find = (given) => given.found ?? given[0][0].found;

// Ticks as long as the event goes on.
const tick = (ctx, name) => setInterval(() => ctx.exports.Log.getByName('log').tick(name), 10);

export class Giver extends WorkerEntrypoint {
  give(kind) {
    return GIVE[kind]();
  }

  through(kind) {
    return this.ctx.exports.Giver.give(kind);
  }

  ticking(name) {
    tick(this.ctx, name);
    return new RpcStub(new Counter());
  }

  tickingThrough(name) {
    tick(this.ctx, name);
    return this.ctx.exports.Giver.give('stub');
  }

  tickingWhileKept(name, callback) {
    const kept = callback.dup();
    let count = 0;
    const ticks = setInterval(async () => {
      await this.ctx.exports.Log.getByName('log').tick(name);
      if (++count < 5) return;
      clearInterval(ticks);
      await kept();
      kept[Symbol.dispose]();
    }, 10);
  }

  object() {
    return { call() {} };
  }

  withDisposer() {
    return { value: 1, [Symbol.dispose]() {} };
  }

  plain() {
    return { value: 1 };
  }

  echo(target) {
    return target.dup();
  }

  // Gives a stub away and ends.
  async pass(to, kind) {
    const keeper = this.ctx.exports.Keeper.getByName(to);
    const given = kind === 'own' ? new Counter() : await this.ctx.exports.Giver[kind]('stub');
    await keeper.keep(given);
    return keeper.use();
  }

  // The event that gets it ends, the one that has it does not.
  async passOn(to, stub) {
    await this.ctx.exports.Keeper.getByName(to).keep(stub);
  }
}

export class Log extends DurableObject {
  ticks = {};

  tick(name) {
    this.ticks[name] = (this.ticks[name] ?? 0) + 1;
  }

  count(name) {
    return this.ticks[name] ?? 0;
  }
}

export class Keeper extends DurableObject {
  keep(stub) {
    this.kept = stub.dup();
  }

  async use() {
    return await this.kept.next().catch(String);
  }

  give(kind) {
    return GIVE[kind]();
  }

  async get(kind) {
    const { Giver } = this.ctx.exports;
    switch (kind) {
      case 'stub':
        this.kept = await Giver.give('stub');
        break;
      case 'through':
        this.kept = await Giver.through('stub');
        break;
      case 'own':
        this.kept = new RpcStub(new Counter());
        break;
      case 'home':
        this.kept = await Giver.echo(new Counter());
        break;
      default:
        this.kept = await Giver[kind]();
    }
  }

  async call(of, kind) {
    const stub = await this.ctx.exports.Keeper.getByName(of).give(kind);
    await scheduler.wait(20);
    return [await stub.next(), await stub.next()];
  }

  letGo() {
    this.kept[Symbol.dispose]();
  }
}

const CODE = `
  import { RpcStub, RpcTarget, WorkerEntrypoint } from 'cloudflare:workers';
  class Counter extends RpcTarget {
    count = 0;
    next() {
      return ++this.count;
    }
    another() {
      return new Counter();
    }
  }
  export default class extends WorkerEntrypoint {
    give() {
      return new RpcStub(new Counter());
    }
  }`;

const dynamic = (env) =>
  env.LOADER.get('dynamic', () => ({
    compatibilityDate: '2025-01-01',
    mainModule: 'main.js',
    modules: { 'main.js': CODE },
  })).getEntrypoint();

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

export const stubsOutliveTheCall = {
  async test(_, env, ctx) {
    const { Giver, Keeper } = ctx.exports;
    const givers = NAMES.map((name) => (kind) => Keeper.getByName(name).give(kind));
    givers.push((kind) => Giver.give(kind), (kind) => Giver.through(kind), () => dynamic(env).give());
    for (const give of givers) {
      for (const kind of Object.keys(GIVE)) {
        const given = await give(kind);
        const stub = given instanceof RpcStub ? given : find(given);
        await scheduler.wait(5);
        assert.strictEqual(await stub.next(), 1, kind);
        // What it gives lives as long, and longer.
        using another = await stub.another();
        stub[Symbol.dispose]();
        await scheduler.wait(5);
        assert.strictEqual(await another.next(), 1, kind);
      }
    }
  },
};

export const objectsUseThoseOfOthers = {
  async test(_, env, ctx) {
    for (const [index, name] of NAMES.entries()) {
      const keeper = ctx.exports.Keeper.getByName(name);
      for (const kind of ['stub', 'late', 'target', 'copy']) {
        assert.deepStrictEqual(await keeper.call(NAMES[(index + 1) % NAMES.length], kind), [1, 2]);
      }
    }
  },
};

export const hostsEndWithTheirStubs = {
  async test(_, env, ctx) {
    const log = ctx.exports.Log.getByName('log');
    for (const method of ['ticking', 'tickingThrough']) {
      const stub = await ctx.exports.Giver[method](method);
      while ((await log.count(method)) < 3) await scheduler.wait(10);
      stub[Symbol.dispose]();
      let before;
      do {
        before = await log.count(method);
        await scheduler.wait(100);
      } while ((await log.count(method)) > before);
    }
  },
};

export const eventsStayForArgumentsThatTheyKeep = {
  async test(_, env, ctx) {
    const { promise, resolve } = Promise.withResolvers();
    await ctx.exports.Giver.tickingWhileKept('kept', resolve);
    await promise;
    assert.ok((await ctx.exports.Log.getByName('log').count('kept')) >= 4);
  },
};

export const stubsEndWithWhoeverGotThem = {
  async test(_, env, ctx) {
    const gone = 'Error: The execution context which hosts this callback is no longer running.';
    for (const name of NAMES) {
      const keeper = ctx.exports.Keeper.getByName(`passed ${name}`);
      for (const kind of ['give', 'through', 'own']) {
        assert.strictEqual(await ctx.exports.Giver.pass(`passed ${name}`, kind), 1);
        while ((await keeper.use()) !== gone) await scheduler.wait(10);
      }
      const stub = await ctx.exports.Giver.give('stub');
      await ctx.exports.Giver.passOn(`passed ${name}`, stub.dup());
      await scheduler.wait(10);
      assert.strictEqual(await keeper.use(), 1);
      assert.strictEqual(await stub.next(), 2);
    }
  },
};

async function isDone(promise) {
  return await Promise.race([promise.then(() => true), scheduler.wait(100).then(() => false)]);
}

export const objectsStayForWhatTheyHold = {
  async test(_, env, ctx) {
    for (const kind of ['stub', 'through', 'own', 'home', 'object', 'withDisposer']) {
      const keeper = ctx.exports.Keeper.getByName(`holds ${kind}`);
      await keeper.get(kind);
      const eviction = unsafe.evict(keeper);
      assert.strictEqual(await isDone(eviction), false, kind);
      await keeper.letGo();
      await eviction;
    }
    const keeper = ctx.exports.Keeper.getByName('holds nothing');
    await keeper.get('plain');
    await unsafe.evict(keeper);
    // Nothing is left of what it holds.
    await ctx.exports.Giver.pass('holds nothing', 'own');
    await unsafe.evict(keeper);
  },
};

export const objectsStayForThoseWhoHoldThem = {
  async test(_, env, ctx) {
    for (const name of NAMES) {
      for (const kind of ['stub', 'target', 'inArrays']) {
        const keeper = ctx.exports.Keeper.getByName(`held ${name}`);
        const given = await keeper.give(kind);
        const stub = given instanceof RpcStub ? given : find(given);
        const eviction = unsafe.evict(keeper);
        assert.strictEqual(await isDone(eviction), false);
        assert.strictEqual(await stub.next(), 1);
        stub[Symbol.dispose]();
        given[Symbol.dispose]();
        await eviction;
      }
      const keeper = ctx.exports.Keeper.getByName(`keeps ${name}`);
      await keeper.keep(new Counter());
      const eviction = unsafe.evict(keeper);
      assert.strictEqual(await isDone(eviction), false);
      await keeper.letGo();
      await eviction;
    }
  },
};

export const toAndFro = {
  async test(_, env, ctx) {
    let stub = new RpcStub(new Counter());
    for (let count = 0; count < 200; count++) stub = await ctx.exports.Giver.echo(stub);
    assert.strictEqual(await stub.next(), 1);
  },
};

export const ownEntryPointsAreNoReferences = {
  async test(_, env, ctx) {
    for (const name of ['Giver', 'Keeper']) {
      const wanted = {
        name: 'DataCloneError',
        message: `Could not serialize object of type "${name === 'Giver' ? 'LoopbackServiceStub' : 'LoopbackDurableObjectNamespace'}". This type does not support serialization.`,
      };
      const own = ctx.exports[name];
      await assert.rejects(async () => await ctx.exports.Giver.echo(own), wanted);
      assert.throws(() => ctx.exports.Giver({ props: { own } }), wanted);
    }
  },
};
