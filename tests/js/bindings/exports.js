import { deepStrictEqual, notStrictEqual, ok, rejects, strictEqual, throws } from 'node:assert';
import { WorkerEntrypoint, WorkflowEntrypoint, exports } from 'cloudflare:workers';

strictEqual(exports.default, undefined);

export class Named extends WorkerEntrypoint {
  async fetch(request) {
    const { props } = this.ctx;
    const seen = JSON.stringify(props);
    props.changed = true;
    return Response.json({ url: request.url, props: seen, exports: Object.keys(this.ctx.exports) });
  }
}

export class Silent extends WorkerEntrypoint {}
export class Flow extends WorkflowEntrypoint {}
export const empty = {};
export const plain = {
  fetch: (request, env, ctx) => new Response(JSON.stringify(ctx.props)),
};

export default {
  fetch: (request) => new Response('default ' + request.url),
};

const NAMES = ['default', 'empty', 'own', 'plain', 'properties', 'specialized', 'Named', 'Silent'];

export const own = {
  async test(controller, env, ctx) {
    deepStrictEqual(Object.keys(ctx.exports), NAMES);
    strictEqual(ctx.exports, ctx.exports);
    notStrictEqual(exports, ctx.exports);
    strictEqual(exports.default, ctx.exports.default);
    const url = 'http://host/path';
    strictEqual(await (await ctx.exports.default.fetch(url)).text(), 'default ' + url);
    strictEqual(await (await exports.plain.fetch(url)).text(), '{}');
    deepStrictEqual(await (await ctx.exports.Named.fetch(url)).json(), { url, props: '{}', exports: NAMES });
    await rejects(ctx.exports.empty.fetch(url), { message: 'Handler does not export a fetch() function.' });
    // The stack names the functions that wait.
    try {
      await ctx.exports.empty.fetch(url);
    } catch (error) {
      ok(/^Error: .*\n    at async (Object|own)\.test \(.*exports\.js:\d+:7\)$/.test(error.stack), error.stack);
    }
    await rejects(ctx.exports.Silent.fetch(url), { message: 'Handler does not export a fetch() function.' });
  },
};

export const specialized = {
  async test(controller, env, ctx) {
    const props = async (stub) => JSON.parse((await (await stub.fetch('http://host/')).json()).props);
    const { Named } = ctx.exports;
    const stub = Named({ props: { a: 1, when: new Date(0) } });
    strictEqual(Object.prototype.toString.call(stub), '[object Fetcher]');
    deepStrictEqual(await props(stub), { a: 1, when: '1970-01-01T00:00:00.000Z' });
    // Each event has a copy of its own.
    deepStrictEqual(await props(stub), { a: 1, when: '1970-01-01T00:00:00.000Z' });
    deepStrictEqual(await props(Named({})), {});
    deepStrictEqual(await props(Named(undefined)), {});
    deepStrictEqual(await props(new Named({ props: { b: 2 } })), { b: 2 });
    deepStrictEqual(await props(env.named), { from: 'config' });
    deepStrictEqual(await props(env.named), { from: 'config' });
    const options = "Failed to execute '(called as function)' on 'LoopbackServiceStub': parameter 1 is not of type 'Options'.";
    throws(() => Named(), { name: 'TypeError', message: options });
    throws(() => Named(5), { name: 'TypeError', message: options });
    throws(() => Named({ props: 5 }), {
      name: 'TypeError',
      message: "Incorrect type for the 'props' field on 'Options': the provided value is not of type 'Object'.",
    });
    throws(() => Named({ props: { f() {} } }), { name: 'DataCloneError', message: 'f() {} could not be cloned.' });
  },
};

export const properties = {
  test(controller, env, ctx) {
    const { default: stub } = ctx.exports;
    strictEqual(typeof stub, 'function');
    strictEqual(Object.prototype.toString.call(stub), '[object LoopbackServiceStub]');
    deepStrictEqual(Object.getOwnPropertyDescriptor(ctx.exports, 'default'), {
      value: stub,
      writable: true,
      enumerable: true,
      configurable: true,
    });
    ctx.exports = 5;
    strictEqual(ctx.exports, 5);
  },
};
