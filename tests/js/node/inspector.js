// An isolate that inspects itself: sessions of `node:inspector`.
import assert from 'node:assert';
import { Session } from 'node:inspector';
import { Session as PromiseSession } from 'node:inspector/promises';

export const coverage = {
  async test() {
    const session = new PromiseSession();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    function counted() {}
    counted();
    counted();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const functions = result.flatMap((script) => script.functions);
    assert.strictEqual(functions.find((each) => each.functionName === 'counted').ranges[0].count, 2);
    session.disconnect();
  },
};

export const messages = {
  async test() {
    const session = new Session();
    assert.throws(() => session.post('Profiler.enable'), { code: 'ERR_INSPECTOR_NOT_CONNECTED' });
    assert.throws(() => session.connectToMainThread(), { code: 'ERR_INSPECTOR_NOT_WORKER' });
    session.connect();
    assert.throws(() => session.connect(), { code: 'ERR_INSPECTOR_ALREADY_CONNECTED' });
    const order = [];
    session.on('Debugger.scriptParsed', () => order[0] === 'parsed' || order.push('parsed'));
    session.post('Debugger.enable', (error) => {
      order.push(error);
      // What this brings is told afterwards.
      session.post('No.such', (failure) => order.push(failure.code));
      order.push('posted');
    });
    assert.deepStrictEqual(order, ['parsed', null, 'posted', 'ERR_INSPECTOR_COMMAND']);
    // Nobody else could let it go on.
    session.post('Debugger.pause');
    debugger;
    session.post('Debugger.disable');
    session.disconnect();
    session.disconnect();
    session.connect();
    session.disconnect();
  },
};

export default {
  async fetch(request) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    const error = new Error('from nowhere');
    Error.stackTraceLimit = limit;
    throw request.url.endsWith('error') ? error : 'of no class';
  },
};

export const failuresFromNowhere = {
  async test(_controller, _env, ctx) {
    // They are reported when no code is running.
    await assert.rejects(ctx.exports.default.fetch('http://example.com/error'), { message: 'from nowhere' });
    await ctx.exports.default.fetch('http://example.com/text').then(assert.fail, String);
  },
};
