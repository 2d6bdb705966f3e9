import { strictEqual, deepStrictEqual, rejects, throws, ok } from 'node:assert';

/** Puts down in which order promises settle. */
function recorder() {
  const log = [];
  const on = (name, promise) =>
    promise.then(
      () => log.push(name),
      (error) => log.push(`${name}: ${error?.message ?? error}`)
    );
  return { log, on };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

export const writes = {
  async test() {
    const seen = [];
    const sink = {
      start(controller) {
        strictEqual(this, sink);
        ok(controller instanceof WritableStreamDefaultController);
        ok(controller.signal instanceof AbortSignal);
        seen.push('start');
      },
      async write(chunk, controller) {
        strictEqual(this, sink);
        ok(controller instanceof WritableStreamDefaultController);
        seen.push(chunk);
      },
      close() {
        strictEqual(this, sink);
        seen.push('close');
      },
    };
    const stream = new WritableStream(sink);
    strictEqual(stream.locked, false);
    const writer = stream.getWriter();
    strictEqual(stream.locked, true);
    strictEqual(writer.desiredSize, 1);
    strictEqual(writer.ready, writer.ready);
    strictEqual(writer.closed, writer.closed);
    await writer.write('a');
    await writer.write();
    writer.write('c');
    await writer.close();
    await writer.closed;
    deepStrictEqual(seen, ['start', 'a', undefined, 'c', 'close']);
    strictEqual(writer.desiredSize, 0);
    await rejects(writer.write('d'), { name: 'TypeError', message: 'This WritableStream has been closed.' });
    await rejects(writer.close(), { message: 'This WritableStream has been closed.' });
    await writer.abort('x');
    writer.releaseLock();
    await rejects(writer.write('d'), { message: 'This WritableStream writer has been released.' });
    throws(() => writer.desiredSize, { message: 'This WritableStream writer has been released.' });
  },
};

export const order = {
  async test() {
    const { log, on } = recorder();
    const stream = new WritableStream({
      async write(chunk) {
        log.push(`sink ${chunk}`);
      },
      close() {
        log.push('sink close');
      },
    });
    const writer = stream.getWriter();
    on('closed', writer.closed);
    on('ready', writer.ready);
    on('one', writer.write(1));
    on('ready again', writer.ready);
    on('two', writer.write(2));
    on('three', writer.write(3));
    on('close', writer.close());
    let ticks = Promise.resolve();
    for (let i = 0; i < 12; i++) {
      ticks = ticks.then(() => log.push(i));
    }
    await turn();
    deepStrictEqual(log, EXPECTED_ORDER);
  },
};

// Every number is one turn of the microtask queue.
const EXPECTED_ORDER = [
  'sink 1', 0, 'ready', 'sink 2', 'ready again', 1, 'one', 2, 'sink 3', 3, 'two', 'sink close', 4, 5, 'three', 6,
  'close', 'closed', 7, 8, 9, 10, 11,
];

export const backpressure = {
  async test() {
    let resume;
    const stream = new WritableStream(
      {
        write() {
          return new Promise((resolve) => (resume = resolve));
        },
      },
      { highWaterMark: 3, size: (chunk) => chunk.length }
    );
    const writer = stream.getWriter();
    await writer.ready;
    writer.write('ab');
    strictEqual(writer.desiredSize, 1);
    const before = writer.ready;
    writer.write('cd');
    strictEqual(writer.desiredSize, -1);
    ok(before !== writer.ready);
    const { log, on } = recorder();
    on('ready', writer.ready);
    await turn();
    deepStrictEqual(log, []);
    resume();
    await turn();
    strictEqual(writer.desiredSize, 1);
    deepStrictEqual(log, ['ready']);
    resume();
    await turn();
    strictEqual(writer.desiredSize, 3);
  },
};

export const sizes = {
  async test() {
    for (const [size, message] of [
      [() => NaN, 'The value cannot be converted because it is not an integer.'],
      [() => -1, 'The value cannot be converted because it is negative and this API expects a positive bigint.'],
      [() => { throw new Error('size'); }, 'size'],
    ]) {
      const writer = new WritableStream({}, { size }).getWriter();
      await rejects(writer.write('x'), { message });
      await rejects(writer.closed, { message });
    }
    for (const value of [2, '2', 2n, 2.9]) {
      const writer = new WritableStream({ write: () => new Promise(() => {}) }, { size: () => value }).getWriter();
      writer.write('x');
      strictEqual(writer.desiredSize, -1);
    }
    // A release from within the size function loses the write.
    let writer;
    const stream = new WritableStream({}, { size() { writer.releaseLock(); return 1; } });
    writer = stream.getWriter();
    await rejects(writer.write('x'), { message: 'This WritableStream writer has been released.' });
  },
};

export const failures = {
  async test() {
    {
      const writer = new WritableStream({ write() { throw new Error('sink'); } }).getWriter();
      await rejects(writer.write(1), { message: 'sink' });
      await rejects(writer.write(2), { message: 'sink' });
      await rejects(writer.closed, { message: 'sink' });
      await rejects(writer.close(), { message: 'sink' });
      strictEqual(writer.desiredSize, null);
    }
    {
      let controller;
      const stream = new WritableStream({ start(c) { controller = c; } });
      controller.error(new RangeError('told'));
      const writer = stream.getWriter();
      await rejects(writer.write(1), { name: 'RangeError', message: 'told' });
      await rejects(writer.closed, { message: 'told' });
      await writer.abort();
    }
    {
      const writer = new WritableStream({ start: () => Promise.reject(new Error('start')) }).getWriter();
      await rejects(writer.write(1), { message: 'start' });
    }
    {
      const writer = new WritableStream({ close() { throw new Error('end'); } }).getWriter();
      await rejects(writer.close(), { message: 'end' });
      await rejects(writer.closed, { message: 'end' });
    }
    {
      const writer = new WritableStream({ write: () => new Promise(() => {}) }).getWriter();
      writer.write(1);
      writer.close().catch(() => {});
      await rejects(writer.close(), { name: 'TypeError', message: 'Cannot close a writer that is already being closed' });
      await rejects(writer.write(1), { message: 'This ReadableStream is closed.' });
    }
  },
};

export const aborts = {
  async test() {
    const { log, on } = recorder();
    let controller;
    const stream = new WritableStream({
      start(c) { controller = c; },
      write: () => turn(),
      abort(reason) { log.push(`sink abort ${reason}`); },
    });
    controller.signal.onabort = () => void log.push(`signal ${controller.signal.reason}`);
    await turn();
    const writer = stream.getWriter();
    on('one', writer.write(1));
    on('two', writer.write(2));
    on('close', writer.close());
    on('closed', writer.closed);
    on('abort', writer.abort('why'));
    on('abort again', writer.abort('ignored'));
    on('ready', writer.ready);
    await turn();
    await turn();
    deepStrictEqual(log, [
      'signal why', 'ready: why', 'sink abort why', 'one', 'two: why', 'abort', 'abort again', 'close: why',
      'closed: why',
    ]);
    await rejects(writer.write(3), (error) => error === 'why');

    const failing = new WritableStream({ abort() { throw new Error('abort'); } }).getWriter();
    await rejects(failing.abort('x'), { message: 'abort' });
    await rejects(failing.closed, (error) => error === 'x');
  },
};

export const locks = {
  async test() {
    const stream = new WritableStream();
    const writer = stream.getWriter();
    throws(() => stream.getWriter(), { name: 'TypeError', message: 'This WritableStream is currently locked to a writer.' });
    throws(() => new WritableStreamDefaultWriter(stream), { message: 'This WritableStream is currently locked to a writer.' });
    await rejects(stream.abort(), { message: 'This WritableStream is currently locked to a writer.' });
    await rejects(stream.close(), { message: 'This WritableStream is currently locked to a writer.' });
    const { ready, closed } = writer;
    writer.releaseLock();
    writer.releaseLock();
    await ready;
    await rejects(writer.ready, { message: 'This WritableStream writer has been released.' });
    await rejects(closed, { message: 'This WritableStream writer has been released.' });
    strictEqual(stream.locked, false);
    const second = new WritableStreamDefaultWriter(stream);
    ok(second instanceof WritableStreamDefaultWriter);
    await second.close();
    throws(() => new WritableStream({ write: 5 }), {
      message: "Incorrect type for the 'write' field on 'UnderlyingSink': the provided value is not of type 'function'.",
    });
    throws(() => new WritableStreamDefaultController(), { message: 'Illegal constructor' });
  },
};
