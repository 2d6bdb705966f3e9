import { deepStrictEqual, rejects, strictEqual, throws } from 'node:assert';

export const constructors = {
  async test() {
    const source = new ReadableStream({ start: (controller) => (controller.enqueue('a'), controller.enqueue('b'), controller.close()) });
    const upper = new TransformStream({ transform: (chunk, controller) => controller.enqueue(chunk.toUpperCase()) });
    const chunks = [];
    await source.pipeThrough(upper).pipeTo(new WritableStream({ write: (chunk) => void chunks.push(chunk) }));
    deepStrictEqual(chunks, ['A', 'B']);
    strictEqual(typeof ReadableStreamDefaultController, 'function');
    strictEqual(typeof WritableStreamDefaultController, 'function');
  },
};

export const bodies = {
  async test() {
    const stream = new ReadableStream({ start: (controller) => (controller.enqueue(new TextEncoder().encode('body')), controller.close()) });
    const response = new Response(stream);
    const copy = response.clone();
    strictEqual(await response.text(), 'body');
    strictEqual(await copy.text(), 'body');
    deepStrictEqual(await Array.fromAsync(new Blob(['blob']).stream().pipeThrough(new TextDecoderStream())), ['blob']);
  },
};

export const fixedLengths = {
  async test() {
    const long = new FixedLengthStream(2);
    await rejects(long.writable.getWriter().write(new Uint8Array(3)), RangeError);
    await rejects(long.readable.getReader().read(), RangeError);
    const short = new FixedLengthStream(5);
    const writer = short.writable.getWriter();
    const [read] = await Promise.all([short.readable.getReader().read(), writer.write(new Uint8Array(3))]);
    strictEqual(read.value.length, 3);
    await rejects(writer.close(), RangeError);
    const exact = new FixedLengthStream(3);
    const response = new Response(exact.readable);
    const sender = exact.writable.getWriter();
    const [text] = await Promise.all([response.text(), sender.write('abc'), sender.close()]);
    strictEqual(text, 'abc');
  },
};

export const forms = {
  test() {
    const identity = new IdentityTransformStream();
    strictEqual(Object.prototype.toString.call(identity), '[object IdentityTransformStream]');
    const { readable, writable } = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(identity));
    strictEqual(readable.enumerable && writable.enumerable, true);
    strictEqual(ReadableStream.prototype.pipeTo.length, 1);
    throws(() => readable.get.call({}), TypeError);
  },
};

export const refusals = {
  async test() {
    const { writable } = new IdentityTransformStream();
    await rejects(writable.getWriter().write(42), TypeError);
  },
};

export const ends = {
  async test() {
    const { readable, writable } = new IdentityTransformStream();
    await writable.getWriter().close();
    const { done, value } = await readable.getReader({ mode: 'byob' }).read(new Uint8Array(10));
    strictEqual(done, true);
    strictEqual(value.byteLength, 0);
    strictEqual(value.buffer.byteLength, 10);
    const fixed = new FixedLengthStream(100);
    const writer = fixed.writable.getWriter();
    await writer.abort(new Error('enough'));
    strictEqual(fixed.writable.locked, true);
    writer.releaseLock();
    strictEqual(fixed.writable.locked, false);
  },
};

export const draining = {
  async test() {
    const fixed = new FixedLengthStream(42);
    const lengths = new ReadableStreamDrainingReader(fixed.readable);
    strictEqual(fixed.readable.locked, true);
    strictEqual(lengths.expectedLength, 42n);
    throws(() => new ReadableStreamDrainingReader(fixed.readable), { message: 'Cannot get a reader for a stream that is locked' });
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue('a');
        controller.enqueue('');
        controller.enqueue('b');
      },
      pull(controller) {
        controller.enqueue('c');
        controller.close();
      },
    });
    const reader = new ReadableStreamDrainingReader(stream);
    strictEqual(reader.expectedLength, undefined);
    deepStrictEqual({ ...(await reader.read()) }, { done: false, chunks: ['a', '', 'b'] });
    deepStrictEqual({ ...(await reader.read()) }, { done: true, chunks: ['c'] });
    deepStrictEqual({ ...(await reader.read()) }, { done: true, chunks: [] });
    reader.releaseLock();
    await rejects(reader.read(), { name: 'TypeError', message: 'This reader has been released' });
  },
};
