import { deepStrictEqual, rejects, strictEqual, throws } from 'node:assert';

const MAIN = `
  import { WorkerEntrypoint } from 'cloudflare:workers';
  import text from './text.txt';
  import json from './data.json';
  import bytes from './bytes.bin';
  import common from './common.cjs';

  let count = 0;
  export default class extends WorkerEntrypoint {
    count() { return ++count; }
    props() { return this.ctx.props; }
    bindings() { return Object.keys(this.env); }
    imports() { return [text, json.a, bytes.byteLength, common.b]; }
    async service(name) { return (await this.env[name].fetch('http://x/by-binding')).text(); }
    async outbound() { return (await fetch('http://x/global')).text(); }
  }
  export const other = { fetch() { return new Response('other'); } };
`;

const code = (more = {}) => ({
  compatibilityDate: '2025-01-01',
  mainModule: 'main.js',
  modules: {
    'text.txt': { text: 'text' },
    'main.js': MAIN,
    'data.json': { json: { a: 1 } },
    'bytes.bin': { data: new Uint8Array([1, 2, 3]) },
    'common.cjs': { cjs: 'module.exports = { b: 2 };' },
  },
  ...more,
});

const unwanted = () => {
  throw new Error('asked for code that is there');
};

export default {
  fetch(request) {
    return new Response(`heard ${new URL(request.url).pathname}`);
  },
};

export const loading = {
  async test(_, { LOADER, SELF }) {
    const stub = LOADER.load(code({ env: { a: 1, SELF } }));
    const entrypoint = stub.getEntrypoint();
    deepStrictEqual(await entrypoint.imports(), ['text', 1, 3, 2]);
    deepStrictEqual(await entrypoint.bindings(), ['a', 'SELF']);
    strictEqual(await entrypoint.service('SELF'), 'heard /by-binding');
    strictEqual(await entrypoint.outbound(), 'heard /global');
    deepStrictEqual(await entrypoint.props(), {});
    deepStrictEqual(await stub.getEntrypoint('default', { props: { a: [1] } }).props(), { a: [1] });
    strictEqual(await (await stub.getEntrypoint('other').fetch('http://x/')).text(), 'other');
    const cut = LOADER.load(code({ globalOutbound: null })).getEntrypoint();
    await rejects(cut.outbound(), { message: /^This worker is not permitted to access the internet/ });
    const bound = LOADER.load(code({ globalOutbound: SELF })).getEntrypoint();
    strictEqual(await bound.outbound(), 'heard /global');
    for (const more of [{ globalOutbound: entrypoint }, { env: { entrypoint } }, { tails: [entrypoint] }]) {
      throws(() => LOADER.load(code(more)), {
        name: 'DataCloneError',
        message: /^Entrypoints to dynamically-loaded workers cannot be transferred to other Workers/,
      });
    }
  },
};

export const names = {
  async test(_, { LOADER, SHARED, ALSO_SHARED }) {
    let asked = 0;
    const getCode = async () => {
      asked += 1;
      await scheduler.wait(1);
      return code();
    };
    const first = LOADER.get('name', getCode).getEntrypoint();
    const again = LOADER.get('name', unwanted).getEntrypoint();
    strictEqual(await first.count(), 1);
    strictEqual(await again.count(), 2);
    strictEqual(await LOADER.get('name', unwanted).getEntrypoint().count(), 3);
    strictEqual(await SHARED.get('name', getCode).getEntrypoint().count(), 1);
    strictEqual(await ALSO_SHARED.get('name', unwanted).getEntrypoint().count(), 2);
    for (const nameless of [null, undefined]) {
      strictEqual(await LOADER.get(nameless, getCode).getEntrypoint().count(), 1);
    }
    strictEqual(asked, 4);
  },
};

export const failures = {
  async test(_, { LOADER }) {
    await rejects(
      LOADER.get('fails', () => {
        throw new RangeError('no code');
      })
        .getEntrypoint()
        .count(),
      (error) => error.name === 'RangeError' && error.message === 'no code' && !('remote' in error),
    );
    for (const name of ['nope', 5]) {
      const missing = LOADER.load(code()).getEntrypoint(name);
      const error = ({ message, ...rest }) => message === `Worker has no such entrypoint: ${name}` && !('remote' in rest);
      await rejects(missing.count(), error);
      await rejects(missing.fetch('http://example.com/'), error);
    }
    const message = 'The value cannot be converted because it is negative and this API expects a positive number.';
    throws(() => LOADER.load(code()).getEntrypoint(null, { limits: { cpuMs: -1 } }), { name: 'TypeError', message });
    throws(() => LOADER.load(code({ limits: { cpuMs: 'x' } })), { message: /it is not an integer/ });
    throws(() => LOADER.load(code({ modules: [] })), {
      name: 'TypeError',
      message: "Incorrect type for the 'modules' field on 'WorkerCode': the provided value is not of type 'object'.",
    });
    await rejects(LOADER.get('number', () => 5).getEntrypoint().count(), {
      message: "Callback returned incorrect type; expected 'Promise'",
    });
    const broken = LOADER.load(code({ modules: { 'main.js': "throw new TypeError('at start')" } }));
    await rejects(broken.getEntrypoint().count(), {
      name: 'Error',
      message: /^Failed to start Worker:\nUncaught TypeError: at start/,
    });
    const refused = (more, name, message) => throws(() => LOADER.load(code(more)), { name, message });
    refused({ modules: {} }, 'TypeError', 'Dynamic Worker code must contain at least one module.');
    refused(
      { modules: { 'main.js': MAIN, 'a.txt': 'text' } },
      'TypeError',
      "Module name must end with '.js' or '.py' (or the content must be an object indicating the type explicitly). Got: a.txt",
    );
    refused(
      { modules: { 'main.js': MAIN, a: { js: '', text: '' } } },
      'TypeError',
      "Each module must contain exactly one of 'js', 'cjs', 'text', 'data', 'json', 'py', or 'wasm'. Module 'a' contained 2 properties.",
    );
    refused({ compatibilityDate: 'x' }, 'Error', 'Invalid compatibility date: x');
    refused({ compatibilityFlags: ['nope'] }, 'Error', 'No such compatibility flag: nope');
    refused({ env: { f() {} } }, 'DataCloneError', 'f() {} could not be cloned.');
    refused({ env: { a: 'x'.repeat(1 << 20) } }, 'Error', /^Dynamic Worker env size \(\d+ bytes\) exceeds the maximum/);
    throws(() => LOADER.get('name'), {
      name: 'TypeError',
      message: "Failed to execute 'get' on 'WorkerLoader': parameter 2 is not of type 'function'.",
    });
  },
};
