import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert';

let traces = [];

export const collector = {
  tail(events, env, ctx) {
    ok(Array.isArray(events));
    strictEqual(typeof ctx.waitUntil, 'function');
    traces.push(...events);
  },
};

/** The traces of what `action` starts, when there are `count` of them. */
async function traced(count, action) {
  traces = [];
  await Promise.resolve(action()).catch(() => {});
  for (let turn = 0; traces.length < count && turn < 100; turn++) await scheduler.wait(2);
  strictEqual(traces.length, count);
  return traces;
}

const request = (service, path = '/', init) => async () => (await service.fetch('http://example.com' + path, init)).text();

export const requests = {
  async test(controller, env) {
    const headers = { Authorization: 'x', 'X-Api-Key': 'y', Cookie: 'z', 'A-B': '1' };
    const url = '/x?id=0123456789abcdef0123456789abcdef&x=1';
    const [item] = await traced(1, request(env.traced, url, { headers, cf: { a: 1 } }));
    strictEqual(item.constructor.name, 'TraceItem');
    deepStrictEqual(Object.keys(item), [
      'wallTime', 'cpuTime', 'truncated', 'executionModel', 'outcome', 'durableObjectId', 'preview', 'tailAttributes',
      'scriptTags', 'dispatchNamespace', 'scriptVersion', 'entrypoint', 'scriptName', 'diagnosticsChannelEvents',
      'exceptions', 'logs', 'eventTimestamp', 'event',
    ]);
    const { wallTime, cpuTime, event, eventTimestamp, ...rest } = { ...item };
    for (const number of [wallTime, cpuTime, eventTimestamp]) strictEqual(typeof number, 'number');
    deepStrictEqual(rest, {
      truncated: false, executionModel: 'stateless', outcome: 'ok', durableObjectId: undefined, preview: undefined,
      tailAttributes: undefined, scriptTags: undefined, dispatchNamespace: undefined, scriptVersion: undefined,
      entrypoint: undefined, scriptName: null, diagnosticsChannelEvents: [], exceptions: [], logs: [],
    });
    strictEqual(event, item.event);
    strictEqual(event.response.status, 204);
    deepStrictEqual({ ...event.request }, {
      url: 'http://example.com/x?id=REDACTED&x=1',
      method: 'GET',
      headers: { 'a-b': '1', authorization: 'REDACTED', cookie: 'REDACTED', 'x-api-key': 'REDACTED' },
      cf: { a: 1 },
    });
    const all = event.request.getUnredacted();
    strictEqual(all.url, 'http://example.com' + url);
    strictEqual(all.headers.cookie, 'z');
    throws(() => structuredClone(item), { name: 'DataCloneError' });
    strictEqual((await traced(1, request(env.named)))[0].entrypoint, 'named');
  },
};

export const logs = {
  async test(controller, env) {
    const [{ logs }] = await traced(1, request(env.traced, '/logs'));
    deepStrictEqual(logs.map((log) => [log.level, log.message]), [
      ['log', ['a', 1, null, { x: [1], d: '1970-01-01T00:00:00.000Z' }, '10', '() => 1', {}, null, '[object Map]']],
      ['warn', ['from toJSON']],
      ['error', ['error:', 'RangeError: in a log', {}]],
    ]);
    strictEqual(logs[0].errorInfo, undefined);
    const [first, { name, message, stack }, last] = logs[2].errorInfo;
    deepStrictEqual([first, name, message, last], [null, 'RangeError', 'in a log', null]);
    ok(stack.startsWith('    at '));
    const [late] = await traced(1, request(env.traced, '/later'));
    strictEqual(late.logs[0].message[0], 'later');
  },
};

export const failures = {
  async test(controller, env) {
    const failure = async (path) => {
      const [{ outcome, exceptions, event }] = await traced(1, request(env.traced, path));
      return [outcome, exceptions.map(({ name, message }) => `${name}: ${message.slice(0, 30)}`), event.response?.status];
    };
    deepStrictEqual(await failure('/throw'), ['exception', ['TypeError: thrown'], undefined]);
    deepStrictEqual(await failure('/object'), ['exception', ['Error: #<Object>'], undefined]);
    deepStrictEqual(await failure('/hang'), ['exception', ['Error: The Workers runtime canceled t'], undefined]);
    deepStrictEqual(await failure('/background'), ['ok', ['Error: in the background'], 204]);
    const [{ exceptions }] = await traced(1, request(env.traced, '/throw'));
    ok(exceptions[0].stack.startsWith('    at '));
  },
};

export const otherEvents = {
  async test(controller, env) {
    const [ok] = await traced(1, () => env.traced.scheduled({ cron: '* * * * *', scheduledTime: new Date(5) }));
    deepStrictEqual([ok.outcome, { ...ok.event }], ['ok', { cron: '* * * * *', scheduledTime: 5 }]);
    const [failed] = await traced(1, () => env.traced.scheduled({ cron: 'throw' }));
    deepStrictEqual([failed.outcome, failed.exceptions[0].message], ['exception', 'scheduled']);
    const [batch] = await traced(1, () => env.traced.queue('q', [{ id: '1', timestamp: new Date(), body: 1, attempts: 1 }]));
    deepStrictEqual({ ...batch.event }, { queue: 'q', batchSize: 1 });
  },
};

export const chains = {
  async test(controller, env) {
    // The Worker hears of itself, but of that no more.
    const [item, own] = await traced(2, request(env.chained));
    strictEqual(own.event.constructor.name, 'TailEventInfo');
    deepStrictEqual(item.logs[0].message, ['in the chain', 1]);
    strictEqual(item.outcome, 'exception');
    strictEqual(item.event.constructor.name, 'TailEventInfo');
    deepStrictEqual(item.event.consumedEvents.map((event) => event.scriptName), [null]);
    let [sent, heard] = [0, 0];
    for (; heard === 0 && sent < 100; sent++) {
      heard = Number(await request(env.own)());
      await scheduler.wait(2);
    }
    ok(heard > 0 && heard < sent);
  },
};

export const scripts = {
  async test(controller, env) {
    const [item, own] = await traced(2, request(env.script));
    strictEqual(own.event.constructor.name, 'TailEventInfo');
    deepStrictEqual(item.logs[0].message, ['in a script']);
    strictEqual(await request(env.script)(), JSON.stringify(['TailEvent', 'tail', 1, true, 'TailEvent', 'trace', 1, true]));
  },
};
