import { deepStrictEqual, match, ok } from 'node:assert';

let streams = [];

export default {
  tailStream(onset) {
    const root = onset.event.spanId;
    const stream = { kind: onset.event.info.type, spans: new Map([[root, { name: 'event' }]]) };
    streams.push(stream);
    stream.ended = new Promise((resolve) => (stream.end = resolve));
    return ({ sequence, spanContext: { spanId }, event }) => {
      const span = stream.spans.get(spanId);
      if (event.type === 'spanOpen') stream.spans.set(event.spanId, { name: event.name, parent: span });
      if (event.type === 'attributes' && spanId !== root) {
        span.attributes = Object.fromEntries(event.info.map(({ name, value }) => [name.replace('jsrpc.', ''), value]));
      }
      if (event.type === 'spanClose') span.closed = sequence;
      if (event.type === 'outcome') stream.end();
    };
  },
};

// Where a span is: the names of those around it, and its own.
function place({ name, parent, attributes }) {
  if (name === 'jsRpcCall') {
    const { target_kind, operation, method, caller_span_id } = attributes;
    if (caller_span_id) match(caller_span_id, /^[0-9a-f]{16}$/);
    name = `${target_kind} ${operation} ${method}`;
  }
  return parent ? `${place(parent)} > ${name}` : name;
}

function places({ spans }) {
  const all = [...spans.values()];
  for (const { parent, name, closed } of all) {
    ok(closed > 0 || !parent);
    // A session ends after all calls on what it has given.
    for (let around = parent; around && name === 'jsRpcCall'; around = around.parent) {
      if (around.name === 'jsRpcSession') ok(around.closed > closed);
    }
  }
  return all.map(place).sort();
}

async function heard(env, path) {
  streams = [];
  await (await env.TRACED.fetch(`http://x/${path}`)).text();
  for (let turn = 0; streams.length < 2 && turn < 2000; turn++) await scheduler.wait(5);
  await Promise.all(streams.map(({ ended }) => ended));
  const sides = Object.fromEntries(streams.map((stream) => [stream.kind, places(stream)]));
  return [sides.fetch, sides.jsrpc];
}

const SESSION = 'event > jsRpcSession';
const MAKE = `${SESSION} > fetcher call make`;
const CALL = `${SESSION} > fetcher call call`;
const MADE = 'event > entrypoint call make';
const CALLED = 'event > entrypoint call call';

const expected = {
  stub: [
    ['event', SESSION, MAKE, `${MAKE} > stub call add`],
    ['event', MADE, 'event > transient call add'],
  ],
  copy: [
    ['event', SESSION, MAKE, `${MAKE} > stub call add`],
    ['event', MADE, 'event > transient call add'],
  ],
  property: [
    ['event', SESSION, MAKE, `${MAKE} > stub call next.add`, `${MAKE} > stub getProperty next`],
    ['event', MADE, 'event > transient call next.add', 'event > transient getProperty next'],
  ],
  promise: [
    ['event', SESSION, MAKE, `${MAKE} > promise call make`, `${MAKE} > promise call make > promise call add`],
    ['event', MADE, 'event > transient call add', 'event > transient call make'],
  ],
  function: [
    [
      'event',
      SESSION,
      `${SESSION} > fetcher call function`,
      `${SESSION} > fetcher call function > stub call (this)`,
    ],
    ['event', 'event > entrypoint call function', 'event > transient call (this)'],
  ],
  argument: [
    ['event', SESSION, CALL, `${CALL} > transient call add`],
    ['event', CALLED, `${CALLED} > stub call add`],
  ],
};

export const spans = {
  async test(_, env) {
    for (const [path, sides] of Object.entries(expected)) deepStrictEqual(await heard(env, path), sides, path);
  },
};

export const stubsOfOneSide = {
  async test(_, env) {
    const [caller, callee] = await heard(env, 'wrapped');
    const own = ['event > stub call add', 'event > transient call add', 'event > transient call add'];
    deepStrictEqual(caller, ['event', SESSION, CALL, ...own].sort());
    deepStrictEqual(callee, ['event', CALLED, `${CALLED} > stub call add`]);
  },
};
