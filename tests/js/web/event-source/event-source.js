import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert';

const KIND = { 'content-type': 'text/event-stream' };
const bytes = (text) => new TextEncoder().encode(text);
const stream = (...chunks) => new ReadableStream({
  start(controller) {
    for (const chunk of chunks) controller.enqueue(typeof chunk === 'string' ? bytes(chunk) : chunk);
    controller.close();
  },
});

const ANSWERS = {
  '/headers': ({ headers }) => new Response(`data: ${JSON.stringify([...headers])}\n\n`, { headers: KIND }),
  '/typed': ({ url }) => new Response('data: x\n\n', {
    headers: { 'content-type': new URL(url).searchParams.get('type') },
  }),
  '/untyped': () => new Response(bytes('data: x\n\n')),
  '/500': () => new Response('data: x\n\n', { status: 500, headers: KIND }),
  '/moved': () => new Response(null, { status: 302, headers: { location: 'http://other.example/headers' } }),
  '/204': () => new Response(null, { status: 204, headers: KIND }),
  '/throws': () => { throw new RangeError('no stream'); },
  '/fields': () => new Response(
    '\ufeff: comment\ndata: bom\n\nevent:\ndata: no type\n\nid: 7\nevent: named\ndata:  spaces\n\ndata: cr\r\rdata\n'
    + 'data\n\nid: a\0b\ndata: \u20ac\n\ndata\n\nid\ndata:x:y\n\ndata: lost', { headers: KIND }),
};

let attempts = 0;
ANSWERS['/again'] = ({ headers }) => {
  attempts++;
  return new Response(`retry: 1\nid: ${attempts}\ndata: ${headers.get('last-event-id')}\n\n`, { headers: KIND });
};

export default {
  fetch(request) {
    return ANSWERS[new URL(request.url).pathname](request);
  },
};

// What an EventSource dispatches up to its first error.
async function events(source, ...types) {
  const seen = [];
  const note = (event) => seen.push([event.type, event.data, event.lastEventId, event.origin, source.readyState]);
  for (const type of ['open', 'message', ...types]) source.addEventListener(type, note);
  const { promise, resolve } = Promise.withResolvers();
  source.onerror = (event) => {
    ok(event instanceof ErrorEvent && event.isTrusted && event.message === '');
    seen.push(['error', `${event.error}`, source.readyState]);
    resolve();
  };
  await promise;
  source.close();
  strictEqual(source.readyState, EventSource.CLOSED);
  return seen;
}

const open = (path, { self }) => new EventSource(`http://x${path}`, { fetcher: self });

export const requests = {
  async test(_, env) {
    const sent = JSON.stringify([['accept', 'text/event-stream'], ['cache-control', 'no-cache']]);
    const gone = ['error', 'Error: The server disconnected.', 0];
    deepStrictEqual(await events(open('/headers', env)), [
      ['open', undefined, undefined, undefined, 1],
      ['message', sent, '', 'http://x', 1],
      gone,
    ]);
    const moved = open('/moved', env);
    deepStrictEqual(await events(moved), [
      ['open', undefined, undefined, undefined, 1],
      ['message', sent, '', 'http://other.example', 1],
      gone,
    ]);
    strictEqual(moved.url, 'http://other.example/headers');
    for (const type of ['text/event-stream;charset=utf-8', 'TEXT/Event-Stream']) {
      const seen = await events(open(`/typed?type=${encodeURIComponent(type)}`, env));
      strictEqual(seen[1][1], 'x');
    }
    const data = new EventSource('data:text/event-stream,data:%20hi%0A%0A');
    deepStrictEqual((await events(data))[1], ['message', 'hi', '', 'null', 1]);
  },
};

export const refusals = {
  async test(_, env) {
    const failure = async (path) => {
      const seen = await events(open(path, env));
      strictEqual(seen.length, 1);
      return seen[0].slice(1);
    };
    deepStrictEqual(await failure('/typed?type=text/plain'), ["AbortError: The content type 'text/plain' is invalid.", 2]);
    deepStrictEqual(await failure('/typed?type=odd'), ["AbortError: The content type 'odd' is invalid.", 2]);
    deepStrictEqual(await failure('/untyped'), ['AbortError: No content type header was present in the response.', 2]);
    deepStrictEqual(await failure('/500'), ['AbortError: The response status code was 500.', 2]);
    deepStrictEqual(await failure('/204'), ['Error: The server provided no content. Will try reconnecting.', 0]);
    deepStrictEqual(await failure('/throws'), ['RangeError: no stream', 2]);
  },
};

export const fields = {
  async test(_, env) {
    const seen = await events(open('/fields', env), 'named');
    deepStrictEqual(seen.slice(1, -1).map(([type, data, id]) => [type, data, id]), [
      ['message', 'bom', ''],
      ['named', ' spaces', '7'],
      ['message', 'cr', '7'],
      ['message', '\n', '7'],
      ['message', '\u20ac', 'a\0b'],
      ['message', 'x:y', ''],
    ]);
  },
};

export const attempts_go_on = {
  async test(_, env) {
    const source = open('/again', env);
    const seen = [];
    const { promise, resolve } = Promise.withResolvers();
    source.onmessage = ({ data, lastEventId }) => {
      seen.push([data, lastEventId]);
      if (seen.length === 2) resolve();
    };
    await promise;
    source.close();
    deepStrictEqual(seen, [['null', '1'], ['1', '2']]);
  },
};

export const streams = {
  async test() {
    const source = EventSource.from(stream('data: o', 'ne\n', '\ndata: two\n\n'));
    deepStrictEqual([source.readyState, source.url, source.withCredentials], [1, '', false]);
    deepStrictEqual(await events(source), [
      ['message', 'one', '', null, 1],
      ['message', 'two', '', null, 1],
      ['error', 'Error: The server disconnected.', 2],
    ]);
    const text = new ReadableStream({
      start(controller) { controller.enqueue('data: text\n\n'); controller.close(); },
    });
    deepStrictEqual((await events(EventSource.from(text)))[0], ['message', 'text', '', null, 1]);
    const broken = new ReadableStream({ start(controller) { controller.error(new RangeError('broken')); } });
    deepStrictEqual(await events(EventSource.from(broken)), [['error', 'RangeError: broken', 2]]);
    const used = stream('x');
    await events(EventSource.from(used));
    throws(() => EventSource.from(used), { name: 'TypeError', message: 'This ReadableStream is locked.' });
    throws(() => EventSource.from(1), {
      name: 'TypeError',
      message: "Failed to execute 'from' on 'EventSource': parameter 1 is not of type 'JsReadableStream'.",
    });
  },
};

export const a_listener_that_throws_is_the_end = {
  async test() {
    const source = EventSource.from(stream('data: one\n\ndata: two\n\n'));
    const seen = [];
    source.addEventListener('message', ({ data }) => { seen.push(data); throw new Error('enough'); });
    seen.push(...await events(source));
    deepStrictEqual(seen.at(0), 'one');
    ok(!seen.includes('two'));
    deepStrictEqual(seen.at(-1), ['error', 'Error: enough', 2]);
  },
};

export const members = {
  test(_, { self }) {
    throws(() => new EventSource('/relative'), {
      name: 'SyntaxError',
      message: "Cannot open an EventSource to '/relative'. The URL is invalid.",
    });
    throws(() => new EventSource('http://x', { withCredentials: true }), {
      name: 'NotSupportedError',
      message: 'The init.withCredentials option is not supported. It must be false or undefined.',
    });
    const source = new EventSource('http://user:pw@x:80/a/../b?q#f', { fetcher: self });
    strictEqual(source.url, 'http://user:pw@x/b?q#f');
    strictEqual(source.readyState, EventSource.CONNECTING);
    strictEqual(source.onopen, null);
    source.onopen = 5;
    strictEqual(source.onopen, null);
    const handler = () => {};
    source.onopen = handler;
    strictEqual(source.onopen, handler);
    source.onopen = null;
    strictEqual(source.onopen, null);
    source[Symbol.dispose]();
    source.close();
    strictEqual(source.readyState, EventSource.CLOSED);
  },
};

let outside;
try {
  new EventSource('http://x');
} catch (error) {
  outside = error;
}

export const needs_an_event = {
  test() {
    strictEqual(outside.name, 'NotSupportedError');
    strictEqual(outside.message, 'An EventSource can only be created within the context of a worker request.');
  },
};
