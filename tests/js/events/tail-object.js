import { deepStrictEqual, match, ok, strictEqual } from 'node:assert';

let streams = [];
let items = [];

export default {
  tailStream({ event: { spanId, ...onset }, spanContext }) {
    const spans = new Map([[spanId, { name: 'root' }]]);
    const stream = { ...onset, spans, parent: spanContext.spanId, events: [] };
    streams.push(stream);
    return ({ event, spanContext }) => {
      const at = spans.get(spanContext.spanId);
      if (event.type === 'spanOpen') {
        spans.set(event.spanId, { name: event.name, in: at.name });
      } else if (event.type === 'attributes') {
        at.attributes = Object.fromEntries(event.info.map(({ name, value }) => [name, value]));
      } else if (event.type === 'spanClose') {
        at.isClosed = true;
      } else {
        stream.events.push(event.message ?? event.type);
      }
      if (event.type === 'outcome') stream.outcome = event.outcome;
    };
  },
  tail(traces) {
    items.push(...traces);
  },
};

/** What is heard of events of a kind, once so many have ended. */
async function heard(TRACED, path, type, count = 1) {
  streams = [];
  items = [];
  await (await TRACED.fetch(`http://x${path}`)).text();
  const found = () => streams.filter(({ info, outcome }) => info.type === type && outcome);
  for (let turn = 0; found().length < count && turn < 2000; turn++) await scheduler.wait(5);
  return found();
}

async function itemsOf(kind, count) {
  const found = () => items.filter(({ event }) => event?.constructor.name === kind);
  for (let turn = 0; found().length < count && turn < 2000; turn++) await scheduler.wait(5);
  return found();
}

const names = ({ spans }) => Array.from(spans.values(), ({ name }) => name).slice(2);
const attributes = ({ spans }) => Array.from(spans.values(), ({ attributes }) => attributes).slice(2);

export const alarms = {
  async test(_, { TRACED }) {
    const [alarm] = await heard(TRACED, '/set', 'alarm');
    strictEqual(alarm.executionModel, 'durableObject');
    strictEqual(alarm.entrypoint, 'Keeper');
    match(alarm.durableObjectId, /^[0-9a-f]{64}$/);
    ok(alarm.info.scheduledTime instanceof Date);
    deepStrictEqual(alarm.events, ['return', 'outcome']);
    deepStrictEqual(Array.from(alarm.spans.values(), ({ name }) => name), ['root', 'durable_object_storage_put']);
    const [item] = await itemsOf('AlarmEventInfo', 1);
    ok(item.event.scheduledTime instanceof Date);
    strictEqual(item.executionModel, 'durableObject');
    strictEqual(item.durableObjectId, alarm.durableObjectId);
    strictEqual(item.outcome, 'ok');
    const set = streams.find(({ info }) => info.type === 'jsrpc');
    const [of, got] = attributes(set).map((all) => all['cloudflare.durable_object.alarm.scheduled_time']);
    match(of, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    strictEqual(got, of);
  },
};

export const sockets = {
  async test(_, { TRACED }) {
    const events = await heard(TRACED, '/socket', 'hibernatableWebSocket', 3);
    deepStrictEqual(
      events.map(({ info, events, outcome }) => [info.info, events, outcome]),
      [
        [{ type: 'message' }, ['not that', 'outcome'], 'ok'],
        [{ type: 'message' }, ['return', 'outcome'], 'ok'],
        [{ type: 'close', code: 1000, wasClean: true }, ['return', 'outcome'], 'ok'],
      ],
    );
    // They come from the event that has accepted the WebSocket.
    const isOpener = ({ info, executionModel }) => info.type === 'fetch' && executionModel === 'durableObject';
    const [opener] = streams.find(isOpener).spans.keys();
    deepStrictEqual(events.map(({ parent }) => parent), [opener, opener, opener]);
    const found = await itemsOf('HibernatableWebSocketEventInfo', 3);
    const close = found.at(-1).event.getWebSocketEvent;
    deepStrictEqual([close.webSocketEventType, close.code, close.wasClean], ['close', 1000, true]);
    strictEqual(found[0].event.getWebSocketEvent.webSocketEventType, 'message');
  },
};

const STORAGE = 'durable_object_storage_';

export const keys = {
  async test(_, { TRACED }) {
    const [call] = await heard(TRACED, '/keys', 'jsrpc');
    const expected = 'put get list delete transaction put sync getAlarm deleteAlarm deleteAll'.split(' ');
    deepStrictEqual(names(call), expected.map((name) => STORAGE + name));
    for (const span of Array.from(call.spans.values()).slice(1)) ok(span.isClosed, span.name);
    const caller = streams.find(({ info }) => info.type === 'fetch');
    const [, object, session] = caller.spans.values();
    deepStrictEqual(object, {
      name: 'durable_object_subrequest',
      in: 'root',
      attributes: { objectId: call.durableObjectId },
      isClosed: true,
    });
    deepStrictEqual([session.name, session.in], ['jsRpcSession', object.name]);
  },
};

export const syncKeys = {
  async test(_, { TRACED }) {
    const [call] = await heard(TRACED, '/sync', 'jsrpc');
    deepStrictEqual(names(call), ['kv_put', 'kv_get', 'kv_list', 'kv_delete'].map((name) => STORAGE + name));
    const about = (operation) => ({
      'db.system.name': 'cloudflare-durable-object-sql',
      'db.operation.name': operation,
    });
    const key = {
      'cloudflare.durable_object.kv.query.keys': 'd',
      'cloudflare.durable_object.kv.query.keys.count': 1n,
    };
    deepStrictEqual(attributes(call), [
      { ...about('put'), ...key },
      { ...about('get'), ...key },
      {
        ...about('list'),
        'cloudflare.durable_object.kv.query.prefix': 'd',
        'cloudflare.durable_object.kv.query.reverse': true,
        'cloudflare.durable_object.kv.query.limit': 3n,
      },
      { ...about('delete'), ...key, 'cloudflare.durable_object.kv.response.deleted_count': 1n },
    ]);
  },
};

export const sql = {
  async test(_, { TRACED }) {
    const [call] = await heard(TRACED, '/sql', 'jsrpc');
    deepStrictEqual(names(call), ['exec', 'exec', 'exec', 'getDatabaseSize'].map((name) => STORAGE + name));
    const [, insert, select, size] = attributes(call);
    deepStrictEqual(insert, {
      'db.system.name': 'cloudflare-durable-object-sql',
      'db.operation.name': 'exec',
      'db.query.text': 'INSERT INTO t VALUES (?), (?)',
      'cloudflare.durable_object.query.bindings': 2n,
      'cloudflare.durable_object.response.rows_read': 0n,
      'cloudflare.durable_object.response.rows_written': 2n,
    });
    strictEqual(select['cloudflare.durable_object.response.rows_read'], 2n);
    strictEqual(size['db.operation.name'], 'getDatabaseSize');
    ok(size['cloudflare.durable_object.response.db_size'] > 0n);
  },
};
