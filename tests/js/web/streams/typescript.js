import { deepStrictEqual, strictEqual } from 'node:assert';

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
