import assert from 'node:assert';

const encode = (text) => new TextEncoder().encode(text);
let log = [];

const handlers = {
  plain: () => new Response('x'),
  fail: () => {
    throw new Error('no');
  },
  hang: () => scheduler.wait(60_000),
  stream: () =>
    new Response(
      new ReadableStream({
        async pull(controller) {
          await scheduler.wait(10);
          controller.enqueue(encode('more'));
        },
        cancel(reason) {
          log.push(`cancelled ${reason}`);
        },
      })
    ),
  ended: () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(encode('all'));
          controller.close();
        },
      })
    ),
  identity(request, ctx) {
    const { readable, writable } = new IdentityTransformStream();
    const write = async () => {
      const writer = writable.getWriter();
      for (;;) await writer.write(encode('more'));
    };
    ctx.waitUntil(write().catch(() => {}));
    return new Response(readable);
  },
};

export default {
  fetch(request, env, ctx) {
    const { signal } = request;
    signal.addEventListener('abort', () => {
      log.push(`${signal.reason.name}: ${signal.reason.message}`);
      ctx.waitUntil(scheduler.wait(20).then(() => log.push('later')));
    });
    const name = new URL(request.url).pathname.slice(1);
    if (name === 'copies') {
      for (const copy of [request.clone(), new Request(request), new Request('http://x', { signal })])
        copy.signal.addEventListener('abort', () => log.push(copy.signal === signal));
      return handlers.hang();
    }
    return handlers[name](request, ctx);
  },
};

const GONE = ['AbortError: The client has disconnected', 'later'];

/** What is logged: as much as is expected, however slow the machine, and what comes soon after. */
async function logged(expected) {
  for (let turn = 0; log.length < expected && turn < 2000; turn++) await scheduler.wait(5);
  await scheduler.wait(20);
  return log.splice(0);
}

export const servedInFull = {
  async test(_, env) {
    for (const name of ['plain', 'ended']) {
      assert.ok(await (await env.SELF.fetch(`http://x/${name}`)).text());
      assert.deepStrictEqual(await logged(0), []);
    }
    await assert.rejects(env.SELF.fetch('http://x/fail'), { message: 'no' });
    assert.deepStrictEqual(await logged(0), []);
  },
};

export const givenUp = {
  async test(_, env) {
    const given = env.SELF.fetch('http://x/hang', { signal: AbortSignal.timeout(20) });
    await assert.rejects(given, { name: 'TimeoutError' });
    assert.deepStrictEqual(await logged(GONE.length), GONE);
  },
};

export const copies = {
  async test(_, env) {
    const given = env.SELF.fetch('http://x/copies', { signal: AbortSignal.timeout(20) });
    await assert.rejects(given, { name: 'TimeoutError' });
    const [reason, ...rest] = await logged(5);
    assert.deepStrictEqual([reason, ...rest], [GONE[0], true, true, true, GONE[1]]);
  },
};

export const notReadToTheEnd = {
  async test(_, env) {
    for (const [name, before] of [['stream', ['cancelled undefined']], ['identity', []]]) {
      const reader = (await env.SELF.fetch(`http://x/${name}`)).body.getReader();
      await reader.read();
      await reader.cancel();
      const expected = [...before, ...GONE];
      assert.deepStrictEqual(await logged(expected.length), expected);
    }
  },
};
