import assert from 'node:assert';
import { DurableObject } from 'cloudflare:workers';

const failure = async (promise) => {
  try {
    await promise;
  } catch ({ name, message }) {
    return `${name}: ${message}`;
  }
  return 'none';
};

export default {};

export class Counter extends DurableObject {
  count = 0;

  increment(by = 1) {
    return (this.count += by);
  }

  self() {
    const { id, props } = this.ctx;
    return { id: String(id), type: typeof id, props };
  }

  // What is nested too deeply is refused.
  nest(levels) {
    if (levels === 0) return 'reached';
    const next = this.ctx.facets.get('next', () => ({ class: this.ctx.exports.Counter }));
    return next.nest(levels - 1);
  }
}

export class Own extends DurableObject {
  name() {
    return this.ctx.id.name;
  }
}

export class Root extends DurableObject {
  async basics() {
    const { facets, exports } = this.ctx;
    let asked = 0;
    const start = () => {
      ++asked;
      return { class: this.env.COUNTER };
    };
    const one = facets.get('one', start);
    assert.strictEqual(asked, 0);
    assert.strictEqual(await one.increment(), 1);
    assert.strictEqual(await facets.get('one', start).increment(), 2);
    assert.strictEqual(asked, 1);
    assert.deepStrictEqual(await one.self(), { id: String(this.ctx.id), type: 'object', props: { from: 'config' } });
    const two = facets.get('two', async () => ({ class: exports.Counter, id: 'text' }));
    assert.strictEqual(await two.increment(), 1);
    assert.deepStrictEqual(await two.self(), { id: 'text', type: 'string', props: {} });
    const withProps = facets.get('props', () => ({ class: exports.Counter({ props: { own: 1 } }) }));
    assert.deepStrictEqual((await withProps.self()).props, { own: 1 });
    const own = facets.get('own', () => ({ class: exports.Own, id: exports.Own.idFromName('named') }));
    assert.strictEqual(await own.name(), 'named');
  }

  async ends() {
    const { facets } = this.ctx;
    const start = () => ({ class: this.env.COUNTER });
    const one = facets.get('one', start);
    await one.increment(5);
    facets.abort('one', new TypeError('enough'));
    assert.strictEqual(await failure(one.increment()), 'TypeError: enough');
    const again = facets.get('one', start);
    assert.strictEqual(await again.increment(), 1);
    facets.delete('one');
    assert.strictEqual(await failure(again.increment()), 'Error: Facet was deleted.');
    facets.delete('never was');
    const third = facets.get('one', start);
    await third.increment();
    facets.clone('two', 'one');
    assert.strictEqual(await failure(third.increment()), 'Error: Facet was cloned-over.');
  }

  async failures() {
    const { facets } = this.ctx;
    for (const call of [
      () => facets.get('x'.repeat(257), () => {}),
      () => facets.abort('x'.repeat(257), new Error('y')),
      () => facets.delete('x'.repeat(257)),
      () => facets.clone('x'.repeat(257), 'y'),
    ]) {
      assert.throws(call, /^TypeError: Facet name is too long \(max 256 characters\)\./);
    }
    const start = () => {
      throw new RangeError('not now');
    };
    assert.strictEqual(await failure(facets.get('bad', start).increment()), 'RangeError: not now');
    assert.match(await failure(facets.get('wrong', () => ({ class: 5 })).increment()), /^TypeError: Incorrect type/);
    const counter = facets.get('deep', () => ({ class: this.ctx.exports.Counter }));
    assert.strictEqual(await counter.nest(2), 'reached');
    assert.match(await failure(counter.nest(3)), /Facet nesting depth limit exceeded/);
  }
}

export const basics = {
  async test(_, { ROOT }) {
    await ROOT.getByName('basics').basics();
  },
};

export const ends = {
  async test(_, { ROOT }) {
    await ROOT.getByName('ends').ends();
  },
};

export const failures = {
  async test(_, { ROOT }) {
    await ROOT.getByName('failures').failures();
  },
};

export const classes = {
  test(_, { COUNTER }, { exports }) {
    assert.strictEqual(COUNTER.constructor.name, 'DurableObjectClass');
    assert.strictEqual(exports.Counter.constructor.name, 'LoopbackDurableObjectClass');
    assert.strictEqual(exports.Own({ props: {} }).constructor.name, 'DurableObjectClass');
    assert.throws(() => structuredClone(COUNTER), { name: 'DataCloneError' });
  },
};
