import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert';

const turns = () => scheduler.wait(1);

/** Notes the order in which promises settle. */
function journal() {
  const log = [];
  return { log, note: (name, promise) => promise.then(() => log.push(name), () => log.push(`${name}!`)) };
}

// Of a read and a write the one that has waited hears first.
export const readAndWrite = {
  async test() {
    const expected = {
      read: ['r.closed', 'read', 'close', 'w.closed'],
      close: ['close', 'w.closed', 'r.closed', 'read'],
    };
    for (const first of ['read', 'close']) {
      const { readable, writable } = new IdentityTransformStream();
      const { log, note } = journal();
      const [reader, writer] = [readable.getReader(), writable.getWriter()];
      note('r.closed', reader.closed);
      note('w.closed', writer.closed);
      for (const step of first === 'read' ? ['read', 'close'] : ['close', 'read']) {
        note(step, step === 'read' ? reader.read() : writer.close());
      }
      await turns();
      deepStrictEqual(log, expected[first]);
    }
    for (const first of ['read', 'write']) {
      const { readable, writable } = new IdentityTransformStream();
      const { log, note } = journal();
      const [reader, writer] = [readable.getReader(), writable.getWriter()];
      for (const step of first === 'read' ? ['read', 'write'] : ['write', 'read']) {
        note(step, step === 'read' ? reader.read() : writer.write(new Uint8Array(1)));
      }
      await turns();
      deepStrictEqual(log, first === 'read' ? ['read', 'write'] : ['write', 'read']);
    }
  },
};

// The reader hears of the end before the pipe gives its lock back.
export const endOfPipe = {
  async test() {
    const { readable, writable } = new IdentityTransformStream();
    const source = new ReadableStream({ start(c) { c.enqueue(new Uint8Array(3)); c.close(); } });
    const piped = source.pipeTo(writable);
    for await (const chunk of readable) strictEqual(chunk.length, 3);
    strictEqual(writable.locked, true);
    await piped;
    strictEqual(writable.locked, false);
  },
};

// A source is pulled when a read has to wait, not when a chunk has gone.
export const pulls = {
  async test() {
    const log = [];
    let count = 0;
    const stream = new ReadableStream({
      async pull(controller) {
        log.push(controller.desiredSize);
        controller.enqueue(++count);
        if (count === 6) controller.close();
      },
      cancel() { log.push('cancelled'); },
    }, { highWaterMark: 3 });
    await turns();
    deepStrictEqual(log.splice(0), [3, 2, 1]);
    const reader = stream.getReader();
    strictEqual((await reader.read()).value, 1);
    strictEqual((await reader.read()).value, 2);
    await turns();
    deepStrictEqual(log, []);
    await reader.read();
    await reader.read();
    await turns();
    deepStrictEqual(log, [3, 3, 2]);
    // The source has ended, whatever is left to read.
    await reader.cancel();
    deepStrictEqual(log, [3, 3, 2]);
  },
};

export const sizes = {
  async test() {
    let controller;
    const start = (given) => { controller = given; };
    const reader = new ReadableStream({ start }, { size: (value) => value, highWaterMark: 5 }).getReader();
    for (const size of [0, 1, 2]) controller.enqueue(size);
    strictEqual(controller.desiredSize, 2);
    // What has no size is lost.
    strictEqual((await reader.read()).value, 1);
    controller.enqueue(-1);
    strictEqual(controller.desiredSize, null);
    await rejects(reader.closed, TypeError);

    const failing = { size() { controller.error(new Error('in size')); return 1; } };
    const read = new ReadableStream({ start }, failing).getReader().read();
    controller.enqueue(1);
    await rejects(read, { message: 'in size' });
    const closing = { size() { controller.close(); return 1; } };
    const last = new ReadableStream({ start }, closing).getReader().read();
    controller.enqueue(1);
    strictEqual((await last).done, true);
  },
};

export const errors = {
  async test() {
    class Example extends Error {
      name = 'Example';
    }
    const cases = [
      [new Error('a'), 'Error: a', Error],
      ['TypeError: text', 'Error: TypeError: text', Error],
      [new TypeError('b'), 'TypeError: b', TypeError],
      [new ReferenceError('c'), 'ReferenceError: c', ReferenceError],
      [new URIError('d'), 'URIError: d', URIError],
      [new Example('e'), 'Error: Example: e', Error],
      [new Error(), 'Error', Error],
      [new DOMException('f', 'AbortError'), 'AbortError: f', DOMException],
      [null, 'Error: null', Error],
      [{}, 'Error: #<Object>', Error],
      [Symbol('g'), 'Error: Symbol(g)', Error],
      [undefined, 'Error: Stream was cancelled.', Error],
    ];
    for (const [reason, text, kind] of cases) {
      const { readable, writable } = new IdentityTransformStream();
      const written = writable.getWriter().write(new Uint8Array(1));
      await readable.getReader().cancel(reason);
      await rejects(written, (error) => {
        strictEqual(String(error), text);
        ok(error instanceof kind && error !== reason);
        return true;
      });
    }
  },
};

// Buffers that change their size while a read waits.
export const resizing = {
  async test() {
    for (const [size, count] of [[1, 1], [8, 3]]) {
      const buffer = new ArrayBuffer(4, { maxByteLength: 8 });
      const stream = new ReadableStream({
        type: 'bytes',
        pull(controller) {
          controller.byobRequest.view.fill(7);
          controller.byobRequest.respond(3);
        },
      });
      const read = stream.getReader({ mode: 'byob' }).read(new Uint8Array(buffer));
      strictEqual(buffer.byteLength, 0);
      strictEqual((await read).value.byteLength, 3);

      const { readable, writable } = new IdentityTransformStream();
      const reader = readable.getReader({ mode: 'byob' });
      const own = new ArrayBuffer(4, { maxByteLength: 8 });
      const waiting = reader.read(new Uint8Array(own));
      if (own.byteLength > 0) own.resize(size);
      writable.getWriter().write(new Uint8Array([1, 2, 3]));
      const { value } = await waiting;
      strictEqual(value.byteLength, own.byteLength > 0 ? count : 3);
    }
  },
};
