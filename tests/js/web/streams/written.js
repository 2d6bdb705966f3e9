// Errors that are cloned on their way through native streams, and bodies of guest code that know their length.
import { ok, rejects, strictEqual } from 'node:assert';

export const echo = {
  async fetch(request) {
    return Response.json({ length: request.headers.get('content-length'), text: await request.text() });
  },
};

export const errors = {
  async test() {
    class Example extends Error {
      name = 'Example';
      extra = [1];
    }
    const cancelled = async (reason) => {
      const { readable, writable } = new IdentityTransformStream();
      const written = writable.getWriter().write(new Uint8Array(1));
      await readable.getReader().cancel(reason);
      return written.then(() => ok(false), (error) => error);
    };
    const error = await cancelled(new Example('a', { cause: new RangeError('b') }));
    strictEqual(String(error), 'Example: a');
    strictEqual(error.extra[0], 1);
    ok(error.cause instanceof RangeError);
    strictEqual((await cancelled({ plain: 1 })).plain, 1);
    strictEqual((await cancelled(new DOMException('c', 'Other'))).name, 'Other');
    strictEqual(String(await cancelled({ method() {} })), 'Error: #<Object>');
    strictEqual(String(await cancelled('text')), 'Error: text');
  },
};

export const lengths = {
  async test(controller, env) {
    const bytes = new TextEncoder().encode('hellohello');
    const send = async (body) => (await env.echo.fetch('http://x/', { method: 'POST', body })).json();
    const start = (c) => { c.enqueue(bytes); c.close(); };
    strictEqual((await send(new ReadableStream({ start }))).length, null);
    const sent = await send(new ReadableStream({ start, expectedLength: 10 }));
    strictEqual(sent.length, '10');
    strictEqual(sent.text, 'hellohello');
    const request = new Request('http://x/', { method: 'POST', body: new ReadableStream({ start, expectedLength: 10 }) });
    strictEqual((await (await env.echo.fetch(request)).json()).length, '10');
  },
};

// What is in memory takes a turn to read, too.
export const memory = {
  async test() {
    const reader = new Response('abc').body.getReader();
    const first = reader.read();
    await rejects(reader.read(), { message: 'This ReadableStream only supports a single pending read request at a time.' });
    strictEqual((await first).value.length, 3);
  },
};

// Reads are answered before `closed` is settled.
export const closed = {
  async test() {
    for (const type of [undefined, 'bytes']) {
      for (const end of ['close', 'error']) {
        let controller;
        const log = [];
        const reader = new ReadableStream({ type, start(given) { controller = given; } }).getReader();
        const note = (name, promise) => promise.catch(() => {}).then(() => log.push(name));
        note('closed', reader.closed);
        note('read', reader.read());
        controller[end](new Error('end'));
        await scheduler.wait(1);
        strictEqual(log.join(), 'read,closed');
      }
    }
  },
};

// A read that waits hears last that the stream was cancelled, and why.
export const cancelledReads = {
  async test() {
    for (const readable of [new IdentityTransformStream().readable, new Response('abc').body]) {
      const log = [];
      const note = (name, promise) => promise.then(() => log.push(name), (error) => log.push(`${name}: ${error}`));
      const reader = readable.getReader();
      note('closed', reader.closed);
      note('read', reader.read());
      note('cancel', reader.cancel(new TypeError('no more')));
      await scheduler.wait(1);
      strictEqual(log.join(), 'closed,cancel,read: TypeError: no more');
      strictEqual((await reader.read()).done, true);
    }
  },
};
