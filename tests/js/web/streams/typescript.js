import { deepStrictEqual, rejects, strictEqual } from 'node:assert';

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
