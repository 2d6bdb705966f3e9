import { RpcTarget, WorkerEntrypoint } from 'cloudflare:workers';

export const disposed = [];

class Counter extends RpcTarget {
  #value = 0;
  own = 'own';

  constructor(value) {
    super();
    this.#value = value;
  }

  add(n) {
    return (this.#value += n);
  }

  get value() {
    return this.#value;
  }

  self() {
    return this;
  }

  [Symbol.dispose]() {
    disposed.push(`counter ${this.#value}`);
  }
}

class Slow extends RpcTarget {
  #value;

  constructor(value) {
    super();
    this.#value = value;
  }

  async next() {
    await scheduler.wait(1);
    return new Slow(this.#value + 1);
  }

  get value() {
    return scheduler.wait(1).then(() => this.#value);
  }
}

export class Receiver extends WorkerEntrypoint {
  instanceProperty = 1;

  hello(name) {
    return `hello ${name}`;
  }

  get getter() {
    return { a: { b: 5 } };
  }

  who() {
    return this.ctx.props.who;
  }

  echo(...values) {
    return values.length === 1 ? values[0] : values;
  }

  counter(value) {
    return new Counter(value);
  }

  waitForAbort(signal) {
    if (signal.aborted) return signal.reason;
    return new Promise((resolve) => {
      signal.onabort = () => resolve(signal.reason);
      // Something that may yet happen.
      scheduler.wait(1000).then(() => resolve('never'));
    });
  }

  async slow() {
    await scheduler.wait(1);
    return new Slow(1);
  }

  make() {
    return (a, b) => a + b;
  }

  object() {
    return { counter: new Counter(10), name: 'object', deep: { f: (x) => x * 2 } };
  }

  async call(callback, ...args) {
    return await callback(...args);
  }

  async use(target) {
    return [await target.read(), await target.deep.value];
  }

  withDisposer() {
    return { [Symbol.dispose]: () => disposed.push('result'), x: 1 };
  }

  disposed() {
    return disposed.splice(0);
  }

  fail() {
    throw new RangeError('out');
  }

  hang() {
    return new Promise(() => {});
  }

  instance() {
    return new (class Special {})();
  }

  stream() {
    return new Response('streamed').body;
  }

  async writeTo({ writable, done }) {
    const writer = writable.getWriter();
    await writer.write(new TextEncoder().encode('written'));
    await writer.close();
    return await done();
  }

  async readStream(stream) {
    return await new Response(stream).text();
  }

  async respond(request) {
    return new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`, {
      headers: { 'x-a': 'b' },
      status: 201,
    });
  }

  later(callback) {
    this.ctx.waitUntil(callback('later'));
    return 'now';
  }
}

export const plain = {
  one(value, env, ctx) {
    return [value, typeof env, typeof ctx.waitUntil];
  },
  many(a, b, env, ctx) {
    return [a, b];
  },
};

export default {};
