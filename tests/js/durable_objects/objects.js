import assert from 'node:assert';
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';

export default {};

export class Room extends DurableObject {
  count = 0;

  async fetch(request) {
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case '/count':
        return new Response(String(++this.count));
      case '/echo':
        return new Response(request.body, { headers: { method: request.method } });
      case '/throw':
        throw Object.assign(new TypeError('thrown'), { custom: 1 });
      case '/abort':
        this.ctx.abort('because');
        break;
      case '/later':
        setTimeout(() => this.ctx.abort(), 1);
        return new Promise(() => {});
      case '/section':
        await this.ctx.blockConcurrencyWhile(async () => {
          throw new RangeError('section failed');
        });
        break;
      case '/wrong':
        return 5;
      case '/hang':
        return new Promise(() => {});
    }
    return new Response(null, { status: 404 });
  }

  increment() {
    return ++this.count;
  }

  throws() {
    throw new TypeError('thrown');
  }

  self() {
    const { id, props } = this.ctx;
    return { id: id.toString(), name: id.name, props, same: id === this.ctx.id, hasEnv: !!this.env.ROOM };
  }

  abort() {
    this.ctx.abort('called');
  }

  callOf(stub) {
    return stub.increment();
  }

  stubOf(name) {
    return this.env.ROOM.getByName(name);
  }

  // Nothing else happens to the object while a section runs, but what it has started itself goes on.
  async sections() {
    const order = [];
    const outside = scheduler.wait(1).then(() => order.push('outside'));
    const value = await this.ctx.blockConcurrencyWhile(async () => {
      order.push('start');
      await scheduler.wait(20);
      await this.ctx.blockConcurrencyWhile(async () => order.push('inner'));
      order.push('end');
      return 'value';
    });
    order.push(value);
    await outside;
    return order;
  }

  async startSection() {
    this.ctx.blockConcurrencyWhile(async () => {
      await scheduler.wait(20);
      this.count = 100;
    });
  }

  async deep(depth) {
    if (depth === 0) return 'reached';
    return await this.ctx.blockConcurrencyWhile(() => this.deep(depth - 1));
  }

  async stoppedTimer() {
    let fired = false;
    const timer = setTimeout(() => (fired = true), 1);
    this.ctx.blockConcurrencyWhile(async () => {
      await scheduler.wait(5);
      clearTimeout(timer);
    });
    await scheduler.wait(20);
    return fired;
  }
}

export class Broken extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    throw new RangeError('constructor failed');
  }

  hello() {}
}

export class Plain {
  constructor(state, env) {
    this.state = state;
    this.env = env;
  }

  fetch() {
    return new Response(this.state.id.name);
  }

  hello() {}
}

export class Passing extends DurableObject {
  count = 0;

  fetch() {
    return new Response(`${this.ctx.id} ${++this.count} ${typeof this.ctx.storage}`);
  }
}

const failure = async (promise) => {
  try {
    await promise;
  } catch (error) {
    const { name, message } = error;
    const properties = Object.keys(error).filter((key) => !['stack', 'message', 'name', 'code'].includes(key));
    return { name, message, properties: properties.join(' ') };
  }
  return 'none';
};

const url = (path) => `http://object/${path}`;
const text = async (promise) => (await promise).text();

export const ids = {
  test(_, { ROOM, PLAIN }) {
    const id = ROOM.idFromName('x');
    assert.strictEqual(id.toString(), 'c8d81ed371e5117ef58a0874ee7b6eb01cb8394bf94b20d2478278a8732c672a');
    assert.strictEqual(id.name, 'x');
    assert.strictEqual(id.jurisdiction, undefined);
    const same = ROOM.idFromString(id.toString().toUpperCase());
    assert.ok(same.equals(id) && same.name === undefined);
    const unique = ROOM.newUniqueId();
    assert.ok(!unique.equals(ROOM.newUniqueId()) && unique.name === undefined);
    assert.ok(ROOM.idFromString(unique.toString()).equals(unique));
    assert.throws(() => ROOM.idFromString('x'), /^TypeError: Invalid Durable Object ID: must be 64 hex digits/);
    assert.throws(() => ROOM.idFromString('z'.repeat(64)), /must be 64 hex digits/);
    const foreign = PLAIN.idFromName('x').toString();
    assert.throws(() => ROOM.idFromString(foreign), /^TypeError: Durable Object ID is not valid for this namespace/);
    assert.throws(() => ROOM.newUniqueId({ jurisdiction: 'eu' }), /^Error: Jurisdiction restrictions are not implemented/);
    assert.throws(() => ROOM.jurisdiction('eu'), /^Error: Jurisdiction restrictions are not implemented/);
    assert.ok(ROOM.jurisdiction().idFromName('x').equals(id));
    assert.throws(() => ROOM.get('x'), /parameter 1 is not of type 'DurableObjectId'/);
    assert.throws(() => ROOM.get(id, { routingMode: 'other' }), /^RangeError: unknown routingMode: other/);
    const stub = ROOM.get(id, { locationHint: 'weur' });
    assert.ok(stub.id.equals(id) && stub.id === stub.id && stub.name === 'x');
    assert.strictEqual(stub.constructor.name, 'DurableObject');
  },
};

export const requests = {
  async test(_, { ROOM, FOREIGN }) {
    const stub = ROOM.getByName('requests');
    assert.strictEqual(await text(stub.fetch(url('count'))), '1');
    assert.strictEqual(await text(ROOM.getByName('requests').fetch(url('count'))), '2');
    assert.strictEqual(await text(ROOM.getByName('requests else').fetch(url('count'))), '1');
    const echo = await stub.fetch(url('echo'), { method: 'POST', body: 'body' });
    assert.strictEqual(echo.headers.get('method'), 'POST');
    assert.strictEqual(await echo.text(), 'body');
    assert.strictEqual(await text(FOREIGN.getByName('far').fetch(url(''))), 'far');
    const all = await Promise.all(Array.from({ length: 5 }, () => stub.increment()));
    assert.deepStrictEqual(all, [3, 4, 5, 6, 7]);
    assert.strictEqual((await failure(stub.fetch(url('wrong')))).name, 'TypeError');
    const thrown = await failure(stub.fetch(url('throw')));
    assert.strictEqual(thrown.message, 'thrown');
    assert.ok(thrown.properties.endsWith('remote'));
    // The object lives on.
    assert.strictEqual(await stub.increment(), 8);
  },
};

export const calls = {
  async test(_, { ROOM, PLAIN }) {
    const stub = ROOM.getByName('calls');
    assert.deepStrictEqual(await stub.self(), {
      id: stub.id.toString(),
      name: 'calls',
      props: {},
      same: true,
      hasEnv: true,
    });
    const { name, message } = await failure(stub.throws());
    assert.deepStrictEqual([name, message], ['TypeError', 'thrown']);
    assert.match((await failure(stub.nothing())).message, /does not implement the method "nothing"/);
    const plain = PLAIN.getByName('plain');
    assert.strictEqual(await text(plain.fetch(url(''))), 'plain');
    assert.match((await failure(plain.hello())).message, /^The receiving Durable Object does not support RPC/);
  },
};

const reset = (name, message, properties = 'durableObjectReset') => ({ name, message, properties });

export const broken = {
  async test(_, { ROOM, BROKEN, NOWHERE }) {
    const remote = 'remote durableObjectReset';
    const stub = ROOM.getByName('broken');
    await stub.increment();
    assert.deepStrictEqual(await failure(stub.fetch(url('abort'))), reset('Error', 'because', remote));
    // The stub stays broken; another one finds the next object.
    assert.deepStrictEqual(await failure(stub.fetch(url('count'))), reset('Error', 'because'));
    assert.deepStrictEqual(await failure(stub.increment()), reset('Error', 'because'));
    const next = ROOM.getByName('broken');
    assert.strictEqual(await next.increment(), 1);
    assert.deepStrictEqual(await failure(next.abort()), reset('Error', 'called'));

    const again = ROOM.getByName('broken');
    const hanging = failure(again.fetch(url('hang')));
    const later = failure(again.fetch(url('later')));
    const message = 'Application called abort() to reset Durable Object.';
    assert.deepStrictEqual(await hanging, reset('Error', message, remote));
    assert.deepStrictEqual(await later, reset('Error', message, remote));

    const section = failure(ROOM.getByName('broken').fetch(url('section')));
    assert.deepStrictEqual(await section, reset('RangeError', 'section failed', remote));
    const stillborn = BROKEN.getByName('x');
    assert.deepStrictEqual(
      await failure(stillborn.fetch(url(''))),
      reset('RangeError', 'constructor failed', remote),
    );
    assert.deepStrictEqual(await failure(stillborn.hello()), reset('RangeError', 'constructor failed'));
    const nowhere = await failure(NOWHERE.getByName('x').fetch(url('')));
    assert.match(nowhere.message, /^internal error/);
    assert.strictEqual(nowhere.properties, 'durableObjectReset');
  },
};

export const sections = {
  async test(_, { ROOM }) {
    const stub = ROOM.getByName('sections');
    assert.deepStrictEqual(await stub.sections(), ['start', 'inner', 'end', 'value', 'outside']);
    await stub.startSection();
    assert.strictEqual(await stub.increment(), 101);
    assert.strictEqual(await stub.deep(64), 'reached');
    assert.match((await failure(stub.deep(65))).message, /^blockConcurrencyWhile\(\) calls are nested too deeply/);
    assert.strictEqual(await ROOM.getByName('timer').stoppedTimer(), false);
  },
};

export const unstored = {
  async test(_, { PASSING }) {
    assert.strictEqual(await text(PASSING.get('x').fetch(url(''))), 'x 1 undefined');
    assert.strictEqual(await text(PASSING.get('x').fetch(url(''))), 'x 2 undefined');
    for (const id of ['', 'x'.repeat(2049)]) {
      assert.throws(() => PASSING.get(id), /^TypeError: Actor ID length must be in the range \[1, 2048\]/);
    }
  },
};

let shared;

export class Neighbour extends WorkerEntrypoint {
  call() {
    return shared.increment();
  }

  fetch() {
    return shared.fetch(url('count'));
  }
}

// A stub belongs to the event that has made it; its id does not. Stubs of stored objects can be sent.
export const stubs = {
  async test(_, { ROOM, PASSING }, { exports }) {
    const other = /^Cannot perform I\/O on behalf of a different request\..*\(I\/O type: OutgoingFactory\)$/;
    for (shared of [ROOM.getByName('shared'), PASSING.get('shared')]) {
      assert.match((await failure(exports.Neighbour.fetch(url('')))).message, other);
      assert.match((await failure(exports.Neighbour.call())).message, other);
    }
    const stub = ROOM.getByName('stubs');
    assert.strictEqual(await stub.callOf(ROOM.getByName('sent')), 1);
    assert.strictEqual(await stub.stubOf('sent').increment(), 2);
    const unsendable = 'Stubs pointing to ephemeral objects are not serializable.';
    assert.strictEqual((await failure(stub.callOf(PASSING.get('x')))).message, unsendable);
    // Properties that a guest sets are like any other.
    stub.own = 1;
    assert.deepStrictEqual(Object.keys(stub), ['name', 'id', 'own']);
  },
};

export const exported = {
  async test(_, env, { exports }) {
    const { ROOM } = env;
    assert.strictEqual(exports.Room.constructor.name, 'LoopbackDurableObjectNamespace');
    assert.strictEqual(exports.Passing.constructor.name, 'LoopbackColoLocalActorNamespace');
    assert.ok(exports.Room.idFromName('x').equals(ROOM.idFromName('x')));
    await exports.Room.getByName('exported').increment();
    assert.strictEqual(await ROOM.getByName('exported').increment(), 2);
  },
};
