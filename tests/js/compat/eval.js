import { rejects, strictEqual, throws } from 'node:assert';

function attempt(make) {
  try {
    return make();
  } catch (error) {
    return error.name;
  }
}

const atStart = [attempt(() => eval('1 + 1')), attempt(() => new Function('return 2')())];

export const start = {
  test(controller, env) {
    const expected = env.ON ? 2 : 'EvalError';
    strictEqual(atStart[0], expected);
    strictEqual(atStart[1], expected);
  },
};

export const event = {
  async test() {
    throws(() => eval('1 + 1'), { name: 'EvalError' });
    throws(() => new Function('return 2'), { name: 'EvalError' });
    await rejects(async () => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])), { name: 'CompileError' });
  },
};

export const tracing = {
  test(controller, env, ctx) {
    strictEqual(String(ctx.tracing), '[object Tracing]');
    strictEqual(ctx.tracing, ctx.tracing);
    strictEqual(ctx.tracing.enterSpan('name', () => 5), 5);
  },
};
