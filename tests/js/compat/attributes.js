import { strictEqual, deepStrictEqual, throws } from 'node:assert';

const { getPrototypeOf, getOwnPropertyDescriptor, getOwnPropertyNames } = Object;

export const lengths = {
  test(controller, env) {
    const expected = (length) => env.ON ? length : 0;
    strictEqual(Headers.prototype.append.length, expected(2));
    strictEqual(AbortSignal.any.length, expected(1));
    strictEqual(Event.length, expected(1));
    strictEqual(structuredClone.length, expected(1));
    strictEqual(fetch.length, expected(1));
  },
};

export const accessors = {
  test(controller, env) {
    const { get, set } = getOwnPropertyDescriptor(Event.prototype, 'cancelBubble');
    strictEqual(get.name, env.ON ? 'get cancelBubble' : '');
    strictEqual(set.name, env.ON ? 'set cancelBubble' : '');
    strictEqual(set.length, env.ON ? 1 : 0);
    strictEqual(getOwnPropertyDescriptor(Event, 'AT_TARGET').configurable, !env.ON);
  },
};

export const globalScope = {
  test() {
    const scope = getPrototypeOf(globalThis);
    const workerScope = getPrototypeOf(scope);
    const target = getPrototypeOf(workerScope);
    strictEqual(scope.constructor, ServiceWorkerGlobalScope);
    strictEqual(workerScope.constructor.name, 'WorkerGlobalScope');
    strictEqual(target.constructor.name, 'EventTarget');
    strictEqual(globalThis instanceof EventTarget, false);
    strictEqual(workerScope.EventTarget, EventTarget);
    strictEqual(getOwnPropertyNames(workerScope)[0], 'EventTarget');
    throws(() => new target.constructor(), { name: 'TypeError', message: 'Illegal constructor' });
    let seen;
    globalThis.addEventListener('attributes', (event) => { seen = event.type; }, { once: true });
    globalThis.dispatchEvent(new Event('attributes'));
    strictEqual(seen, 'attributes');
  },
};

export const sizes = {
  test() {
    const { size } = new ByteLengthQueuingStrategy({ highWaterMark: 1 });
    deepStrictEqual(getOwnPropertyNames(size), ['length', 'name', 'prototype']);
    const pair = new WebSocketRequestResponsePair('a', 'b');
    deepStrictEqual(getOwnPropertyNames(pair), []);
    strictEqual(pair.response, 'b');
  },
};
