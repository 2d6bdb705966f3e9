// What belongs to the event that made it, and what `createRequire()` gives.
import assert from 'node:assert';
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { createRequire } from 'node:module';

const ELSEWHERE = /outside of the request in which it was created/;
const kept = {};

function keep() {
  kept.bound = AsyncLocalStorage.bind(() => 1);
  kept.snapshot = AsyncLocalStorage.snapshot();
  kept.resource = new AsyncResource('x');
  kept.immediate = setImmediate(() => assert.fail('stopped'));
  kept.immediate[Symbol.dispose]();
  kept.immediate[Symbol.dispose]();
}

function use() {
  assert.throws(() => kept.bound(), ELSEWHERE);
  assert.throws(() => kept.snapshot(() => 1), ELSEWHERE);
  assert.throws(() => kept.resource.runInAsyncScope(() => 1), ELSEWHERE);
  assert.throws(() => kept.immediate[Symbol.dispose](), /perform I\/O on behalf of a different request/);
}

export default {
  fetch(request) {
    if (request.url.endsWith('/keep')) keep();
    else use();
    return new Response('done');
  },
};

export const events = {
  async test(_controller, env) {
    for (const path of ['keep', 'use']) {
      const response = await env.SELF.fetch(`http://self/${path}`);
      assert.strictEqual(await response.text(), 'done');
    }
  },
};

export const createdRequire = {
  test() {
    const require = createRequire('/');
    assert.strictEqual(require('esm').default, 1);
    assert.strictEqual(require('cjs'), 2);
    assert.throws(() => createRequire('file:///a?b'), /query string/);
    assert.throws(() => createRequire('relative'), { code: 'ERR_INVALID_ARG_VALUE' });
  },
};
