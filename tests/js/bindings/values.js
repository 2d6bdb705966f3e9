import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { env as imported } from 'cloudflare:workers';

const early = imported.TEXT;

export const values = {
  test(controller, env) {
    strictEqual(env.TEXT, 'plain');
    ok(env.DATA instanceof ArrayBuffer);
    strictEqual(new TextDecoder().decode(env.DATA), 'bytes');
    deepStrictEqual(env.JSON, { list: [1, null] });
    strictEqual(env.UNSET, null);
    deepStrictEqual(Object.keys(env), ['TEXT', 'DATA', 'JSON', 'UNSET']);
  },
};

export const atStart = {
  test(controller, env) {
    strictEqual(early, 'plain');
    strictEqual(imported.JSON, env.JSON);
  },
};

export const mutable = {
  test(controller, env) {
    env.JSON.list.push('kept');
    strictEqual(env.JSON.list.length, 3);
    env.JSON.list.pop();
    env.EXTRA = 1;
    strictEqual(env.EXTRA, 1);
    delete env.EXTRA;
  },
};
