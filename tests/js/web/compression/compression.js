import { deepStrictEqual, ok, rejects, strictEqual, throws } from 'node:assert';

const FORMATS = ['gzip', 'deflate', 'deflate-raw'];
const bytes = (text) => new TextEncoder().encode(text);
const through = (stream, data) => new Response(new Response(data).body.pipeThrough(stream)).bytes();

async function written(stream, data) {
  const writer = stream.writable.getWriter();
  await writer.write(data);
  await writer.close();
  return new Response(stream.readable).bytes();
}

export const roundTrips = {
  async test() {
    const text = 'text '.repeat(10_000);
    for (const format of FORMATS) {
      for (const run of [through, written]) {
        const coded = await run(new CompressionStream(format), bytes(text));
        ok(coded.length < text.length / 10);
        const decoded = await run(new DecompressionStream(format), coded);
        strictEqual(new TextDecoder().decode(decoded), text);
      }
    }
    const gzip = await through(new CompressionStream('gzip'), 'x');
    deepStrictEqual([...gzip.slice(0, 3)], [0x1f, 0x8b, 8]);
  },
};

export const largeDataNeedsNoReaderToBeWritten = {
  async test() {
    const data = new Uint8Array(5 << 20);
    for (let index = 0; index < data.length; index += 1000) data[index] = index >> 3;
    const coded = await written(new CompressionStream('gzip'), data);
    const decoded = await written(new DecompressionStream('gzip'), coded);
    deepStrictEqual(decoded, data);
  },
};

export const pieces = {
  async test() {
    const coded = await through(new CompressionStream('deflate'), 'some text');
    const stream = new DecompressionStream('deflate');
    const writer = stream.writable.getWriter();
    for (const byte of coded) await writer.write(new Uint8Array([byte]));
    await writer.close();
    strictEqual(await new Response(stream.readable).text(), 'some text');
  },
};

export const chunkTypes = {
  async test() {
    const stream = new CompressionStream('deflate-raw');
    const writer = stream.writable.getWriter();
    writer.write(new ArrayBuffer(3));
    writer.write(new DataView(new ArrayBuffer(2)));
    writer.write('text');
    writer.close();
    const plain = stream.readable.pipeThrough(new DecompressionStream('deflate-raw'));
    strictEqual(await new Response(plain).text(), '\0\0\0\0\0text');
  },
};

export const brokenData = {
  async test() {
    const stream = new DecompressionStream('gzip');
    const writer = stream.writable.getWriter();
    const reader = stream.readable.getReader();
    const failed = { name: 'TypeError', message: 'Decompression failed.' };
    await rejects(writer.write(bytes('no gzip at all')), failed);
    await rejects(reader.read(), failed);
    await rejects(reader.read(), failed);
    await rejects(writer.closed, failed);
  },
};

export const theEndIsChecked = {
  async test() {
    const message = 'Called close() on a decompression stream with incomplete data';
    for (const format of FORMATS) {
      const coded = await through(new CompressionStream(format), 'hello hello');
      const incomplete = { name: 'TypeError', message };
      await rejects(through(new DecompressionStream(format), coded.slice(0, -3)), incomplete);
      await rejects(written(new DecompressionStream(format), coded.slice(0, -3)), incomplete);
      const trailing = new Uint8Array([...coded, 0]);
      await rejects(written(new DecompressionStream(format), trailing), {
        name: 'TypeError',
        message: 'Trailing bytes after end of compressed data',
      });
      const writer = new DecompressionStream(format).writable.getWriter();
      await rejects(writer.close(), incomplete);
    }
  },
};

export const abortAndCancel = {
  async test() {
    {
      const { readable, writable } = new CompressionStream('gzip');
      const read = readable.getReader().read();
      writable.getWriter().abort(new Error('boom'));
      await rejects(read, { message: 'boom' });
    }
    {
      const { readable, writable } = new CompressionStream('gzip');
      const reader = readable.getReader();
      const read = reader.read();
      reader.cancel(new TypeError('enough'));
      await rejects(read, { name: 'TypeError', message: 'enough' });
      deepStrictEqual(await reader.read(), { value: undefined, done: true });
      await rejects(writable.getWriter().write(bytes('x')), { message: 'enough' });
    }
  },
};

export const interfaces = {
  test() {
    const message = "The compression format must be either 'deflate', 'deflate-raw' or 'gzip'.";
    for (const format of ['br', 'zstd', 'GZIP', '']) {
      throws(() => new CompressionStream(format), { name: 'TypeError', message });
      throws(() => new DecompressionStream(format), { name: 'TypeError', message });
    }
    ok(new CompressionStream('gzip') instanceof TransformStream);
    ok(new DecompressionStream('gzip').readable.getReader({ mode: 'byob' }));
  },
};

export const sizes = {
  // Matches are looked for as zlib does at its default level.
  async test() {
    const digits = bytes('0123456789'.repeat(1000));
    const compressed = await written(new CompressionStream('gzip'), digits);
    strictEqual(compressed.length, 66);
    deepStrictEqual(await written(new DecompressionStream('gzip'), compressed), digits);
  },
};
