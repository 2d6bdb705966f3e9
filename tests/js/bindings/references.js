import assert from 'node:assert';
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';

export class Keeper extends DurableObject {
  heard = Promise.withResolvers();

  async put(name, value) {
    await this.ctx.storage.put(name, value);
  }

  async get(name) {
    return await this.ctx.storage.get(name);
  }

  async callFacet(name) {
    const facet = this.ctx.facets.get(name, async () => ({ class: await this.ctx.storage.get(name) }));
    return await facet.greet();
  }

  async countInDynamic() {
    const code = `import { DurableObject } from 'cloudflare:workers';
      export class Counter extends DurableObject {
        count = this.ctx.props.start;
        async next() { return [++this.count, await this.env.greeter.greet('c')]; }
      }`;
    const worker = this.env.LOADER.get('counter', () => ({
      compatibilityDate: '2025-01-01',
      mainModule: 'main.js',
      modules: { 'main.js': code },
      env: { greeter: this.ctx.exports.Greeter({ props: { greeting: 'Hey' } }) },
    }));
    const facet = this.ctx.facets.get('counter', () => ({
      class: worker.getDurableObjectClass('Counter', { props: { start: 4 } }),
    }));
    await facet.next();
    return await facet.next();
  }

  tail(items) {
    this.heard.resolve(items[0].logs[0].message);
  }

  whatWasHeard() {
    return this.heard.promise;
  }
}

export class Greeter extends WorkerEntrypoint {
  greet(name) {
    return `${this.ctx.props.greeting}, ${name}`;
  }
}

export class Facet extends DurableObject {
  greet() {
    return this.ctx.props.greeting;
  }
}

export class Holder extends WorkerEntrypoint {
  async run() {
    const keeper = this.ctx.exports.Keeper.getByName('held');
    await keeper.put('class', this.ctx.props.held.facet);
    const greeting = await this.ctx.props.held.greeter.greet('you');
    return [greeting, await keeper.callFacet('class')];
  }

  identity(value) {
    return value;
  }
}

const NOT_STORABLE = {
  name: 'DataCloneError',
  message:
    'Cannot store this stub because the target worker does not have the allow_irrevocable_stub_storage ' +
    'compatibility flag enabled.',
};

export const stored = {
  async test(_, env, ctx) {
    const keeper = ctx.exports.Keeper.getByName('a');
    const inner = ctx.exports.Greeter({ props: { greeting: 'Hi' } });
    await keeper.put('service', ctx.exports.Holder({ props: { held: { greeter: inner, facet: null } } }));
    await keeper.put('greeter', inner);
    assert.strictEqual(await (await keeper.get('greeter')).greet('you'), 'Hi, you');
    const other = ctx.exports.Keeper.getByName('b');
    await other.put('text', 'kept');
    await keeper.put('object', { nested: [other] });
    const { nested } = await keeper.get('object');
    assert.strictEqual(await nested[0].get('text'), 'kept');
    await assert.rejects(keeper.put('plain', env.PLAIN), NOT_STORABLE);
  },
};

export const inProps = {
  async test(_, env, ctx) {
    const held = {
      greeter: ctx.exports.Greeter({ props: { greeting: 'Hello' } }),
      facet: ctx.exports.Facet({ props: { greeting: 'from a facet' } }),
    };
    const holder = ctx.exports.Holder({ props: { held } });
    assert.deepStrictEqual(await holder.run(), ['Hello, you', 'from a facet']);
    const sent = await ctx.exports.Holder.identity(holder);
    assert.deepStrictEqual(await sent.run(), ['Hello, you', 'from a facet']);
    assert.throws(() => ctx.exports.Holder({ props: { held: new ReadableStream() } }), {
      name: 'DataCloneError',
      message: 'ReadableStream can only be serialized for RPC.',
    });
  },
};

export const objectAsTail = {
  async test(_, env, ctx) {
    const keeper = ctx.exports.Keeper.getByName('tail');
    const code = 'export default { fetch() { console.log("said"); return new Response("ok"); } }';
    const worker = env.LOADER.get('tailed', () => ({
      compatibilityDate: '2025-01-01',
      mainModule: 'main.js',
      modules: { 'main.js': code },
      tails: [keeper],
    }));
    assert.strictEqual(await (await worker.getEntrypoint().fetch('http://x')).text(), 'ok');
    assert.deepStrictEqual(await keeper.whatWasHeard(), ['said']);
  },
};

export const dynamicClass = {
  async test(_, env, ctx) {
    const keeper = ctx.exports.Keeper.getByName('dynamic');
    assert.deepStrictEqual(await keeper.countInDynamic(), [6, 'Hey, c']);
  },
};
