// node:stream and its companions.
import assert from 'node:assert';
import { Duplex, PassThrough, Readable, Transform, Writable, duplexPair, finished, pipeline } from 'node:stream';
import * as promises from 'node:stream/promises';
import * as consumers from 'node:stream/consumers';

const upper = () =>
  new Transform({
    transform(chunk, encoding, callback) {
      callback(null, `${chunk}`.toUpperCase());
    },
  });

export const reading = {
  async test() {
    const readable = new Readable({ read() {}, highWaterMark: 4 });
    assert.strictEqual(readable.push('abc'), true);
    assert.strictEqual(readable.push('def'), false);
    assert.strictEqual(readable.read(2).toString(), 'ab');
    readable.unshift('xy');
    readable.push(null);
    assert.strictEqual(await consumers.text(readable), 'xycdef');
    assert.strictEqual(readable.readableEnded, true);
    assert.strictEqual(readable.destroyed, true);
    assert.throws(() => new Readable({ highWaterMark: -1 }), { code: 'ERR_INVALID_ARG_VALUE' });
  },
};

export const destroyedReadablesFlowOut = {
  async test() {
    const seen = [];
    const readable = new Readable({ read() {} });
    for (const event of ['data', 'end', 'error', 'close']) readable.on(event, () => seen.push(event));
    readable.push('a');
    readable.push(null);
    readable.destroy(new Error('kaboom'));
    await new Promise((resolve) => readable.on('close', resolve));
    assert.deepStrictEqual(seen, ['data', 'error', 'close']);
  },
};

export const writing = {
  async test() {
    const seen = [];
    const writable = new Writable({
      highWaterMark: 3,
      writev(chunks, callback) {
        seen.push(chunks.map(({ chunk }) => chunk.toString()));
        callback();
      },
    });
    writable.cork();
    assert.strictEqual(writable.write('ab'), true);
    assert.strictEqual(writable.write('cd'), false);
    writable.uncork();
    writable.end('e');
    await promises.finished(writable);
    assert.deepStrictEqual(seen, [['ab', 'cd'], ['e']]);
    assert.throws(() => writable.write(null), { code: 'ERR_STREAM_NULL_VALUES' });
    assert.throws(() => writable.write('x', 'bad'), { code: 'ERR_UNKNOWN_ENCODING' });
    const encodings = [];
    const objects = new Writable({
      objectMode: true,
      write(chunk, encoding, callback) {
        encodings.push(encoding);
        callback();
      },
    });
    objects.write('a');
    objects.write('b', () => {});
    objects.end();
    await promises.finished(objects);
    assert.deepStrictEqual(encodings, [undefined, null]);
  },
};

export const pipelines = {
  async test() {
    const result = await promises.pipeline(Readable.from(['a', 'b']), upper(), consumers.text);
    assert.strictEqual(result, 'AB');
    const failing = new Transform({ transform: (chunk, encoding, callback) => callback(new Error('no')) });
    const source = Readable.from(['a']);
    await assert.rejects(promises.pipeline(source, failing, new PassThrough()), { message: 'no' });
    assert.strictEqual(source.destroyed, true);
    assert.throws(() => pipeline(source, () => {}), { code: 'ERR_MISSING_ARGS' });
    assert.throws(() => finished(5, () => {}), { code: 'ERR_INVALID_ARG_TYPE' });
    const closed = new PassThrough();
    closed.destroy();
    await assert.rejects(promises.finished(closed), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
  },
};

export const operators = {
  async test() {
    const numbers = () => Readable.from([1, 2, 3, 4]);
    const doubled = numbers().map(async (n) => n * 2, { concurrency: 2 });
    assert.deepStrictEqual(await doubled.filter((n) => n > 2).take(2).toArray(), [4, 6]);
    assert.deepStrictEqual(await numbers().drop(3).flatMap((n) => [n, n]).toArray(), [4, 4]);
    assert.strictEqual(await numbers().reduce((a, b) => a + b), 10);
    assert.strictEqual(await numbers().find((n) => n > 2), 3);
    assert.strictEqual(await numbers().every((n) => n < 4), false);
    await assert.rejects(Readable.from([]).reduce(() => 1), { code: 'ERR_MISSING_ARGS' });
  },
};

export const webStreams = {
  async test() {
    const chunks = [];
    const writable = Writable.fromWeb(new WritableStream({ write: (chunk) => void chunks.push(chunk.toString()) }));
    writable.write('a');
    writable.end('b');
    await promises.finished(writable);
    assert.deepStrictEqual(chunks, ['a', 'b']);
    const web = Readable.toWeb(Readable.from(['x', 'y']));
    assert.deepStrictEqual(await Array.fromAsync(web), ['x', 'y']);
    assert.strictEqual(await consumers.text(Readable.fromWeb(new Response('body').body)), 'body');
    const { readable, writable: input } = Duplex.toWeb(upper());
    const writer = input.getWriter();
    writer.write('abc');
    writer.close();
    assert.strictEqual(await new Response(readable).text(), 'ABC');
  },
};

export const pairs = {
  async test() {
    const [one, two] = duplexPair();
    one.end('ping');
    two.end('pong');
    assert.strictEqual(await consumers.text(two), 'ping');
    assert.strictEqual(await consumers.text(one), 'pong');
    const controller = new AbortController();
    const waiting = new Readable({ read() {}, signal: controller.signal });
    controller.abort();
    await assert.rejects(consumers.text(waiting), { name: 'AbortError', code: 'ABORT_ERR' });
  },
};
