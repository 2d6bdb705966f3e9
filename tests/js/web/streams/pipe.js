import { strictEqual, deepStrictEqual, rejects, throws } from 'node:assert';

/** A source and a sink that put down how they end. */
function ends() {
  const ends = { log: [] };
  ends.source = new ReadableStream({
    start: (controller) => void (ends.from = controller),
    cancel: (reason) => void ends.log.push(`cancel ${reason}`),
  });
  ends.sink = new WritableStream({
    start: (controller) => void (ends.to = controller),
    write: (chunk) => {
      if (chunk === 'bad') throw new Error('write');
      ends.log.push(chunk);
    },
    close: () => void ends.log.push('close'),
    abort: (reason) => void ends.log.push(`abort ${reason}`),
  });
  ends.unlocked = () => !ends.source.locked && !ends.sink.locked;
  return ends;
}

export const guestToGuest = {
  async test() {
    const { source, sink, from, log, unlocked } = ends();
    const piped = source.pipeTo(sink);
    strictEqual(source.locked && sink.locked, true);
    from.enqueue('a');
    await scheduler.wait(1);
    from.enqueue('b');
    from.close();
    strictEqual(await piped, undefined);
    deepStrictEqual(log, ['a', 'b', 'close']);
    strictEqual(unlocked(), true);
  },
};

export const errorsForward = {
  async test() {
    const one = ends();
    const piped = one.source.pipeTo(one.sink);
    await scheduler.wait(1);
    one.from.error(new Error('source'));
    await rejects(piped, { message: 'source' });
    deepStrictEqual(one.log, ['abort Error: source']);
    strictEqual(one.unlocked(), true);

    const two = ends();
    two.from.error(new Error('source'));
    await rejects(two.source.pipeTo(two.sink, { preventAbort: true }), { message: 'source' });
    deepStrictEqual(two.log, []);
    await two.sink.close();
  },
};

export const errorsBackward = {
  async test() {
    const one = ends();
    one.from.enqueue('bad');
    await rejects(one.source.pipeTo(one.sink), { message: 'write' });
    deepStrictEqual(one.log, ['cancel Error: write']);
    strictEqual(one.unlocked(), true);

    const two = ends();
    two.from.enqueue('bad');
    await rejects(two.source.pipeTo(two.sink, { preventCancel: true }), { message: 'write' });
    deepStrictEqual(two.log, []);
    two.from.enqueue('still open');
    strictEqual((await two.source.getReader().read()).value, 'still open');

    const three = ends();
    const writer = three.sink.getWriter();
    await writer.close();
    writer.releaseLock();
    await rejects(three.source.pipeTo(three.sink), { name: 'TypeError', message: 'This destination writable stream is closed.' });
    deepStrictEqual(three.log, ['close', 'cancel TypeError: This destination writable stream is closed.']);
  },
};

export const closing = {
  async test() {
    const { source, sink, from, log } = ends();
    from.close();
    await source.pipeTo(sink, { preventClose: true });
    deepStrictEqual(log, []);
    await sink.getWriter().write('more');
    deepStrictEqual(log, ['more']);
  },
};

export const signals = {
  async test() {
    const reason = new Error('stop');
    const one = ends();
    await rejects(one.source.pipeTo(one.sink, { signal: AbortSignal.abort(reason) }), (error) => error === reason);
    deepStrictEqual(one.log, ['cancel Error: stop', 'abort Error: stop']);
    strictEqual(one.unlocked(), true);

    // A signal that comes during a read is seen after it.
    const two = ends();
    const controller = new AbortController();
    const piped = two.source.pipeTo(two.sink, { signal: controller.signal, preventCancel: true, preventAbort: true });
    await scheduler.wait(1);
    controller.abort(reason);
    two.from.enqueue('lost');
    await rejects(piped, (error) => error === reason);
    deepStrictEqual(two.log, []);
    strictEqual(two.unlocked(), true);
  },
};

export const locks = {
  async test() {
    const { source, sink } = ends();
    const reader = source.getReader();
    await rejects(source.pipeTo(sink), { message: 'This ReadableStream is currently locked to a reader.' });
    throws(() => source.pipeThrough({ readable: source, writable: sink }), { name: 'TypeError' });
    reader.releaseLock();
    sink.getWriter();
    await rejects(source.pipeTo(sink), { message: 'This WritableStream is currently locked to a writer' });
    throws(() => source.pipeThrough({ readable: source, writable: sink }), {
      message: 'This WritableStream is currently locked to a writer.',
    });
    throws(() => source.pipeThrough({}), {
      message: "Incorrect type for the 'readable' field on 'Transform': the provided value is not of type 'ReadableStream'.",
    });
    await rejects(source.pipeTo({}), {
      message: "Failed to execute 'pipeTo' on 'ReadableStream': parameter 1 is not of type 'WritableStream'.",
    });
  },
};

export const native = {
  async test() {
    const decoder = new TextDecoder();
    {
      const { readable, writable } = new IdentityTransformStream();
      const source = new Response('native').body;
      const piped = source.pipeTo(writable);
      strictEqual(await new Response(readable).text(), 'native');
      await piped;
      strictEqual(source.locked || writable.locked, false);
    }
    {
      const { readable, writable } = new IdentityTransformStream();
      const piped = new Response('native').body.pipeTo(writable, { preventClose: true });
      const reader = readable.getReader();
      await reader.read();
      await piped;
      const writer = writable.getWriter();
      writer.write('more');
      strictEqual(decoder.decode((await reader.read()).value), 'more');
    }
    {
      const { sink, log } = ends();
      await new Response('to the guest').body.pipeThrough(new TextDecoderStream()).pipeTo(sink);
      deepStrictEqual(log, ['to the guest', 'close']);
    }
    {
      const { source, from, log } = ends();
      const { readable, writable } = new IdentityTransformStream();
      const piped = source.pipeTo(writable);
      from.enqueue('from the guest');
      const reader = readable.getReader();
      strictEqual(decoder.decode((await reader.read()).value), 'from the guest');
      from.close();
      strictEqual((await reader.read()).done, true);
      await piped;
      deepStrictEqual(log, []);
    }
  },
};

export const nativeErrors = {
  async test() {
    {
      const { source, from, log } = ends();
      const { readable, writable } = new IdentityTransformStream();
      const piped = source.pipeTo(writable);
      from.error(new RangeError('guest'));
      await rejects(piped, { name: 'RangeError' });
      await rejects(readable.getReader().read(), { name: 'RangeError', message: 'guest' });
      deepStrictEqual(log, []);
    }
    {
      const { source, from, log } = ends();
      const { readable, writable } = new IdentityTransformStream();
      const piped = source.pipeTo(writable);
      await readable.cancel(new Error('gone'));
      from.enqueue('bytes');
      await rejects(piped, { message: 'gone' });
      deepStrictEqual(log, ['cancel Error: gone']);
      strictEqual(source.locked || writable.locked, false);
    }
    {
      const { writable } = new IdentityTransformStream();
      const controller = new AbortController();
      const source = new Response('native').body;
      const piped = source.pipeTo(writable, { signal: controller.signal });
      await scheduler.wait(1);
      controller.abort(new Error('stop'));
      await rejects(piped, { message: 'stop' });
      strictEqual(source.locked, false);
    }
  },
};

// Nobody takes a chunk for whole that its writer has given up.
export const givenUp = {
  async test() {
    const { readable, writable } = new IdentityTransformStream();
    const controller = new AbortController();
    const source = new Response(new Uint8Array(65536)).body;
    const piped = source.pipeTo(writable, { signal: controller.signal, preventAbort: true });
    await scheduler.wait(5);
    controller.abort();
    await rejects(piped, { name: 'AbortError' });
    await scheduler.wait(5);
    await rejects(readable.getReader({ mode: 'byob' }).read(new Uint8Array(9)), Error);
  },
};
