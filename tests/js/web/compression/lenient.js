import { strictEqual } from 'node:assert';

const through = (stream, data) =>
  new Response(new Response(data).body.pipeThrough(stream)).arrayBuffer();
const text = (buffer) => new TextDecoder().decode(buffer);

export const theEndIsNotChecked = {
  async test() {
    for (const format of ['gzip', 'deflate', 'deflate-raw']) {
      const coded = new Uint8Array(await through(new CompressionStream(format), 'hello'));
      const trailing = new Uint8Array([...coded, 1, 2, 3]);
      strictEqual(text(await through(new DecompressionStream(format), trailing)), 'hello');
      const early = await through(new DecompressionStream(format), coded.slice(0, -1));
      strictEqual('hello'.startsWith(text(early)), true);
      const writer = new DecompressionStream(format).writable.getWriter();
      await writer.close();
    }
  },
};
