import { deepStrictEqual, rejects, strictEqual } from 'node:assert';

class Custom extends Error {
  name = 'Custom';
}

const thrown = {
  abort: () => new DOMException('text', 'AbortError'),
  aggregate: () => new AggregateError([new Error('inner')], 'text'),
  custom: () => new Custom('text'),
  empty: () => new TypeError(''),
  eval: () => new EvalError('text'),
  nothing: () => undefined,
  object: () => ({ a: 1 }),
  prefixed: () => new Error('RangeError: text'),
  range: () => new RangeError('text'),
  reference: () => new ReferenceError('text'),
};

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/answer') return new Response('answer');
    if (pathname === '/error') return Response.error();
    throw thrown[pathname.slice(1)]();
  },
};

async function caught(env, path) {
  try {
    await env.SELF.fetch(`http://x/${path}`);
  } catch (error) {
    return error;
  }
}

export const classes = {
  async test(controller, env) {
    const seen = {};
    for (const name of Object.keys(thrown)) {
      const error = await caught(env, name);
      strictEqual(error.remote, true, name);
      seen[name] = `${error.constructor.name} ${error.name} ${error.message}`;
    }
    deepStrictEqual(seen, {
      abort: 'DOMException AbortError text',
      aggregate: 'AggregateError AggregateError text',
      custom: 'Error Error Custom: text',
      empty: 'TypeError TypeError ',
      eval: 'EvalError EvalError text',
      nothing: 'Error Error undefined',
      object: 'Error Error #<Object>',
      prefixed: 'Error Error RangeError: text',
      range: 'RangeError RangeError text',
      reference: 'ReferenceError ReferenceError text',
    });
    strictEqual((await caught(env, 'abort')).code, 20);
  },
};

export const errorResponse = {
  async test(controller, env) {
    await rejects(env.SELF.fetch('http://x/error'), {
      name: 'TypeError',
      message: 'Return value from serve handler must not be an error response (like Response.error())',
    });
  },
};

export const abortBeatsAnswer = {
  async test(controller, env) {
    const controllerOfFetch = new AbortController();
    const answer = env.SELF.fetch('http://x/answer', { signal: controllerOfFetch.signal });
    controllerOfFetch.abort();
    await rejects(answer, { name: 'AbortError', message: 'The operation was aborted' });
  },
};
