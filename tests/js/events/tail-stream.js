import { deepStrictEqual, match, ok, strictEqual } from 'node:assert';

let streams = [];

export default {
  tailStream(onset, env, ctx) {
    strictEqual(typeof ctx.waitUntil, 'function');
    deepStrictEqual(Object.keys(onset), ['spanContext', 'invocationId', 'timestamp', 'sequence', 'event']);
    ok(onset.timestamp instanceof Date);
    match(onset.invocationId, /^[0-9a-f]{32}$/);
    match(onset.event.spanId, /^[0-9a-f]{16}$/);
    const stream = { trace: onset.spanContext.traceId, caller: onset.spanContext.spanId, events: [] };
    const spans = new Map([[onset.event.spanId, 'root']]);
    const { info, entrypoint, spanId, ...rest } = onset.event;
    deepStrictEqual(rest, { type: 'onset', executionModel: 'stateless', scriptTags: [] });
    Object.assign(stream, { info, entrypoint, spans });
    streams.push(stream);
    let ended;
    stream.ended = new Promise((resolve) => (ended = resolve));
    let sequence = 0;
    return (item) => {
      strictEqual(item.sequence, ++sequence);
      strictEqual(item.spanContext.traceId, stream.trace);
      const { type, ...event } = item.event;
      const at = spans.get(item.spanContext.spanId);
      if (type === 'spanOpen') {
        spans.set(event.spanId, event.name);
        stream.events.push([at, type, event.name]);
      } else if (type === 'outcome') {
        deepStrictEqual([event.cpuTime, event.wallTime], [0, 0]);
        stream.events.push([at, type, event.outcome]);
        ended();
      } else {
        stream.events.push([at, type, event]);
      }
    };
  },
};

/** What is heard of the events that `cause` brings about. */
async function heard(cause) {
  streams = [];
  const value = await cause();
  for (let turn = 0; streams.length === 0 && turn < 2000; turn++) await scheduler.wait(5);
  await scheduler.wait(20);
  await Promise.all(streams.map(({ ended }) => ended));
  return { value, heard: streams };
}

const plain = ({ events }) =>
  events.map(([at, type, event]) => {
    if (type === 'attributes') return [at, type, Object.fromEntries(event.info.map(({ name, value }) => [name, value]))];
    return typeof event === 'object' && Object.keys(event).length === 0 ? [at, type] : [at, type, event];
  });

export const requests = {
  async test(_, { TRACED }) {
    const fetch = (path, init) => heard(async () => (await TRACED.fetch(`http://x${path}`, init)).text());
    const [logged] = (await fetch('/log', { method: 'POST', body: 'abc', headers: { b: '2', a: '1' } })).heard;
    strictEqual(logged.caller, undefined);
    deepStrictEqual(logged.info, {
      type: 'fetch',
      method: 'POST',
      url: 'http://x/log',
      headers: [
        { name: 'a', value: '1' },
        { name: 'b', value: '2' },
        { name: 'content-type', value: 'text/plain;charset=UTF-8' },
      ],
    });
    const [text, error, ...rest] = plain(logged);
    deepStrictEqual(text, ['root', 'log', { level: 'log', message: ['text', { a: [1] }] }]);
    deepStrictEqual(error[2].message, ['TypeError: logged']);
    strictEqual(error[2].errorInfo[0].name, 'TypeError');
    match(error[2].errorInfo[0].stack, /^ +at /);
    deepStrictEqual(rest, [
      ['root', 'return', { info: { type: 'fetch', statusCode: 201 } }],
      ['root', 'outcome', 'ok'],
    ]);

    const [thrown] = (await heard(() => TRACED.fetch('http://x/throw').catch(String))).heard;
    const [exception, outcome] = plain(thrown);
    deepStrictEqual([exception[2].name, exception[2].message], ['Error', 'thrown']);
    deepStrictEqual(outcome, ['root', 'outcome', 'exception']);
  },
};

export const spans = {
  async test(_, { TRACED }) {
    const { heard: [first, second] } = await heard(async () => (await TRACED.fetch('http://x/spans')).text());
    const events = plain(first);
    const recorded = events.find(([, type]) => type === 'exception');
    match(recorded[2].stack, /^RangeError: recorded\n/);
    delete recorded[2].stack;
    deepStrictEqual(
      events.filter(([at]) => at !== 'fetch' && at !== 'not ended'),
      [
        ['root', 'spanOpen', 'outer'],
        ['outer', 'spanUpdate', { info: { type: 'name', name: 'renamed' } }],
        ['outer', 'spanUpdate', { info: { type: 'status', status: { code: 'error', message: 'because' } } }],
        ['outer', 'exception', { name: 'RangeError', message: 'recorded' }],
        ['outer', 'spanOpen', 'inner'],
        ['inner', 'log', { level: 'log', message: ['inside'] }],
        ['inner', 'spanClose', { outcome: 'ok' }],
        ['outer', 'attributes', { text: 'a', number: 2, flag: true }],
        ['outer', 'spanClose', { outcome: 'ok' }],
        ['root', 'spanOpen', 'later'],
        ['later', 'spanClose', { outcome: 'ok' }],
        ['root', 'spanOpen', 'fetch'],
        ['root', 'spanOpen', 'x'.repeat(64)],
        ['x'.repeat(64), 'spanClose', { outcome: 'ok' }],
        ['root', 'spanOpen', 'not ended'],
        ['root', 'attributes', { root: 1 }],
        ['root', 'return', { info: { type: 'fetch', statusCode: 200 } }],
        ['root', 'outcome', 'ok'],
      ],
    );
    deepStrictEqual(
      events.filter(([at]) => at === 'fetch'),
      [
        [
          'fetch',
          'attributes',
          {
            'network.protocol.name': 'http',
            'network.protocol.version': 'HTTP/1.1',
            'http.request.method': 'GET',
            'url.full': 'http://x/channel',
            'http.request.header.accept': 'a/b',
            'http.response.status_code': 200n,
            'http.response.body.size': 7n,
          },
        ],
        ['fetch', 'spanClose', { outcome: 'ok' }],
      ],
    );
    deepStrictEqual(
      events.filter(([at]) => at === 'not ended'),
      [['not ended', 'spanClose', { outcome: 'ok' }]],
    );
    // What is called is of the same trace.
    strictEqual(second.trace, first.trace);
    strictEqual(first.spans.get(second.caller), 'fetch');
    deepStrictEqual(plain(second), [
      ['root', 'diagnosticChannel', { channel: 'news', message: { key: 'value' } }],
      ['root', 'diagnosticChannel', { channel: 'news', message: '[[ Diagnostic event was not serializable ]]' }],
      ['root', 'return', { info: { type: 'fetch', statusCode: 200 } }],
      ['root', 'outcome', 'ok'],
    ]);
  },
};

export const limits = {
  async test(_, { TRACED }) {
    const [large] = (await heard(async () => (await TRACED.fetch('http://x/large')).text())).heard;
    const [log, , attributes] = plain(large);
    strictEqual(log[2].truncated, true);
    strictEqual(log[2].message.length, 256 * 1024);
    deepStrictEqual(attributes[2], {
      'cloudflare.warning.type': 'span_data_limit_exceeded',
      'cloudflare.warning.message':
        'exceeded span data limit while trying to record attribute "large" of size 71680',
    });
  },
};

export const others = {
  async test(_, { TRACED, RPC }) {
    const timestamp = new Date();
    const messages = [{ id: '1', timestamp, body: 1, attempts: 1 }];
    const [queued] = (await heard(() => TRACED.queue('q', messages))).heard;
    deepStrictEqual(queued.info, { type: 'queue', queueName: 'q', batchSize: 1 });
    deepStrictEqual(plain(queued), [['root', 'return'], ['root', 'outcome', 'ok']]);

    const [scheduled] = (await heard(() => TRACED.scheduled({ cron: 'bad', scheduledTime: new Date(5) }))).heard;
    deepStrictEqual(scheduled.info, { type: 'scheduled', scheduledTime: new Date(5), cron: 'bad' });
    deepStrictEqual(
      plain(scheduled).map(([, type]) => type),
      ['exception', 'outcome'],
    );

    const { value, heard: [called] } = await heard(() => RPC.add(1, 2));
    strictEqual(value, 3);
    deepStrictEqual(called.info, { type: 'jsrpc' });
    strictEqual(called.entrypoint, 'Remote');
    deepStrictEqual(plain(called), [
      ['root', 'spanOpen', 'jsRpcCall'],
      ['root', 'attributes', { 'jsrpc.method': 'add' }],
      ['jsRpcCall', 'log', { level: 'log', message: ['adding'] }],
      [
        'jsRpcCall',
        'attributes',
        { 'jsrpc.method': 'add', 'jsrpc.target_kind': 'entrypoint', 'jsrpc.operation': 'call' },
      ],
      ['jsRpcCall', 'spanClose', { outcome: 'ok' }],
      ['root', 'return'],
      ['root', 'outcome', 'ok'],
    ]);

    const [failed] = (await heard(() => RPC.fail().catch(String))).heard;
    deepStrictEqual(
      plain(failed).map(([, type]) => type),
      ['spanOpen', 'attributes', 'attributes', 'spanClose', 'outcome'],
    );
  },
};
