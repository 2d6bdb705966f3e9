import { strictEqual, deepStrictEqual, rejects, throws, ok } from 'node:assert';

const decode = (bytes) => new TextDecoder().decode(bytes);

export const transforms = {
  async test() {
    const calls = [];
    const transformer = {
      start(controller) {
        strictEqual(this, transformer);
        ok(controller instanceof TransformStreamDefaultController);
        controller.enqueue('start');
      },
      transform(chunk, controller) {
        strictEqual(this, transformer);
        calls.push(chunk);
        controller.enqueue(chunk + chunk);
      },
      flush(controller) {
        strictEqual(this, transformer);
        controller.enqueue('end');
      },
    };
    const { readable, writable } = new TransformStream(transformer);
    const writer = writable.getWriter();
    for (const chunk of ['a', 'b']) writer.write(chunk);
    writer.close();
    deepStrictEqual(await Array.fromAsync(readable), ['start', 'aa', 'bb', 'end']);
    deepStrictEqual(calls, ['a', 'b']);
    // Without a transformer chunks pass as they are.
    const plain = new TransformStream();
    const object = {};
    plain.writable.getWriter().write(object);
    strictEqual((await plain.readable.getReader().read()).value, object);
  },
};

export const order = {
  async test() {
    const log = [];
    const { readable, writable } = new TransformStream({
      transform(chunk, controller) {
        log.push(`transform ${chunk}`);
        controller.enqueue(chunk);
      },
      flush() {
        log.push('flush');
      },
    });
    const writer = writable.getWriter();
    const reader = readable.getReader();
    const on = (name, promise) => promise.then((result) => log.push(result ? `${name} ${result.value}` : name));
    on('ready', writer.ready);
    on('write 1', writer.write(1));
    on('write 2', writer.write(2));
    on('close', writer.close());
    on('read', reader.read());
    on('read', reader.read());
    on('read', reader.read());
    on('reader closed', reader.closed);
    on('writer closed', writer.closed);
    let ticks = Promise.resolve();
    for (let i = 0; i < 16; i++) ticks = ticks.then(() => log.push(i));
    await scheduler.wait(1);
    deepStrictEqual(log, [
      'transform 1', 0, 'ready', 1, 'read 1', 2, 3, 4, 'transform 2', 5, 'write 1', 6, 'read 2', 7, 8, 'flush', 9, 10,
      'write 2', 11, 'read undefined', 'reader closed', 12, 13, 14, 'close', 'writer closed', 15,
    ]);
  },
};

export const failures = {
  async test() {
    {
      const { readable, writable } = new TransformStream({ transform() { throw new RangeError('bad'); } });
      const writer = writable.getWriter();
      const reader = readable.getReader();
      writer.write(1).catch(() => {});
      await rejects(reader.read(), { name: 'RangeError', message: 'bad' });
      await rejects(writer.write(2), { message: 'bad' });
    }
    {
      const { readable, writable } = new TransformStream({ start(controller) { controller.terminate(); } });
      strictEqual((await readable.getReader().read()).done, true);
      await rejects(writable.getWriter().write(1), {
        name: 'TypeError', message: 'The transform stream has been terminated',
      });
    }
    {
      let controller;
      const { readable, writable } = new TransformStream({ start(c) { controller = c; } });
      await readable.cancel(new Error('enough'));
      throws(() => controller.enqueue(1), { message: 'The readable side of this TransformStream is no longer readable.' });
      await rejects(writable.getWriter().write(1), { message: 'enough' });
    }
    {
      const reasons = [];
      const { readable, writable } = new TransformStream({ cancel(reason) { reasons.push(reason); } });
      await writable.abort('why');
      deepStrictEqual(reasons, ['why']);
      await rejects(readable.getReader().read(), (error) => error === 'why');
    }
    for (const member of ['readableType', 'writableType']) {
      throws(() => new TransformStream({ [member]: 'bytes' }), { message: `transformer.${member} must be undefined.` });
    }
  },
};

export const expectedLength = {
  async test() {
    const { readable, writable } = new TransformStream({ expectedLength: 3 });
    const writer = writable.getWriter();
    writer.write(new Uint8Array(3));
    writer.close();
    strictEqual((await new Response(readable).arrayBuffer()).byteLength, 3);
  },
};

export const identity = {
  async test() {
    const { readable, writable } = new IdentityTransformStream();
    const log = [];
    const writer = writable.getWriter();
    const reader = readable.getReader({ mode: 'byob' });
    writer.write('hello').then(() => log.push('written'));
    const first = await reader.read(new Uint8Array(2));
    strictEqual(decode(first.value), 'he');
    await scheduler.wait(1);
    deepStrictEqual(log, []);
    const rest = await reader.read(new Uint8Array(8));
    strictEqual(decode(rest.value), 'llo');
    log.push('read');
    await scheduler.wait(1);
    deepStrictEqual(log, ['written', 'read']);
    await writer.write();
    await rejects(writer.write(5), {
      name: 'TypeError',
      message:
        'This TransformStream is being used as a byte stream, but received an object of ' +
        'non-ArrayBuffer/ArrayBufferView type on its writable side.',
    });
    const all = reader.readAtLeast(4, new Uint8Array(8));
    writer.write(new Uint8Array([97, 98]));
    writer.write(new Uint16Array([0x6463, 0x6665]).buffer);
    strictEqual(decode((await all).value), 'abcdef');
    await writer.close();
    strictEqual((await reader.read(new Uint8Array(1))).done, true);
    await rejects(writer.write('x'), { message: 'This WritableStream has been closed.' });
    ok(new IdentityTransformStream() instanceof TransformStream);
    throws(() => new IdentityTransformStream({ highWaterMark: -1 }), { name: 'TypeError' });
  },
};

export const identityErrors = {
  async test() {
    // Class and text of an error pass through, the object does not.
    const error = Object.assign(new TypeError('gone'), { extra: 1 });
    for (const [side, end] of [['readable', 'cancel'], ['writable', 'abort']]) {
      const stream = new IdentityTransformStream();
      await stream[side][end](error);
      const other = side === 'readable' ? stream.writable.getWriter().write('x') : stream.readable.getReader().read();
      const thrown = await other.catch((reason) => reason);
      deepStrictEqual([thrown.name, thrown.message, thrown.extra, thrown === error], ['TypeError', 'gone', undefined, false]);
    }
    const cancelled = new IdentityTransformStream();
    await cancelled.readable.cancel();
    await rejects(cancelled.writable.getWriter().write('x'), { name: 'Error', message: 'Stream was cancelled.' });
    const reader = new IdentityTransformStream().readable.getReader();
    reader.read().catch(() => {});
    await rejects(reader.read(), { message: 'This ReadableStream only supports a single pending read request at a time.' });
    throws(() => reader.releaseLock(), { message: 'Cannot call releaseLock() on a reader with outstanding read promises.' });
    await rejects(new IdentityTransformStream().readable.pipeTo(new IdentityTransformStream().writable), {
      name: 'TypeError', message: 'Inter-TransformStream ReadableStream.pipeTo() is not implemented.',
    });
  },
};

export const identityBackpressure = {
  async test() {
    const { readable, writable } = new IdentityTransformStream({ highWaterMark: 4 });
    const writer = writable.getWriter();
    strictEqual(writer.desiredSize, 4);
    const log = [];
    writer.write('abcde');
    strictEqual(writer.desiredSize, -1);
    writer.ready.then(() => log.push('ready'));
    await scheduler.wait(1);
    deepStrictEqual(log, []);
    await readable.getReader().read();
    await scheduler.wait(1);
    deepStrictEqual(log, ['ready']);
    strictEqual(writer.desiredSize, 4);
  },
};

export const fixedLength = {
  async test() {
    const send = (stream, text) => {
      const writer = stream.writable.getWriter();
      writer.write(text).catch(() => {});
      writer.close().catch(() => {});
      return new Response(stream.readable).text();
    };
    strictEqual(await send(new FixedLengthStream(3), 'abc'), 'abc');
    await rejects(send(new FixedLengthStream(2), 'abc'), {
      name: 'TypeError', message: 'Attempt to write too many bytes through a FixedLengthStream.',
    });
    await rejects(send(new FixedLengthStream(4), 'abc'), {
      name: 'TypeError', message: 'FixedLengthStream did not see all expected bytes before close().',
    });
    strictEqual(new FixedLengthStream(5, { highWaterMark: 9 }).writable.getWriter().desiredSize, 5);
    throws(() => new FixedLengthStream(2 ** 53), {
      message: 'FixedLengthStream requires an integer expected length less than 2^53.',
    });
    ok(new FixedLengthStream(1) instanceof IdentityTransformStream);
  },
};

export const strategies = {
  test() {
    const bytes = new ByteLengthQueuingStrategy({ highWaterMark: 3 });
    strictEqual(bytes.highWaterMark, 3);
    strictEqual(bytes.size(new Uint8Array(5)), 5);
    strictEqual(bytes.size({ byteLength: 4.7 }), 4);
    strictEqual(bytes.size({ byteLength: '4' }), undefined);
    strictEqual(bytes.size(), undefined);
    ok(Number.isNaN(new CountQueuingStrategy({}).highWaterMark));
    strictEqual(new CountQueuingStrategy({ highWaterMark: 1 }).size(), 1);
    throws(() => new CountQueuingStrategy(), { name: 'TypeError' });
  },
};

export const text = {
  async test() {
    const encoder = new TextEncoderStream();
    const writer = encoder.writable.getWriter();
    for (const chunk of ['a\ud83d', '\ude00b', '', '\ud83d', 5]) writer.write(chunk);
    writer.close();
    const chunks = [];
    for await (const chunk of encoder.readable) chunks.push([...chunk]);
    deepStrictEqual(chunks, [[97], [0xf0, 0x9f, 0x98, 0x80, 98], [0xef, 0xbf, 0xbd, 53]]);
    strictEqual(encoder.encoding, 'utf-8');

    const decoder = new TextDecoderStream();
    const bytes = decoder.writable.getWriter();
    for (const byte of [0xe2, 0x82, 0xac, 0xff, 0xe2]) bytes.write(new Uint8Array([byte]));
    bytes.close();
    deepStrictEqual(await Array.fromAsync(decoder.readable), ['€', '\ufffd', '\ufffd']);
    deepStrictEqual([decoder.encoding, decoder.fatal, decoder.ignoreBOM], ['utf-8', false, false]);

    const strict = new TextDecoderStream('utf-8', {});
    strictEqual(strict.fatal, true);
    strict.writable.getWriter().write(new Uint8Array([0xff])).catch(() => {});
    await rejects(strict.readable.getReader().read(), { name: 'TypeError', message: 'Failed to decode input.' });
    const wrong = new TextDecoderStream();
    wrong.readable.getReader().read().catch(() => {});
    await rejects(wrong.writable.getWriter().write('text'), {
      message: 'This TransformStream is being used as a byte stream, but received a value that is not a BufferSource.',
    });
    throws(() => new TextDecoderStream('nope'), { name: 'RangeError', message: '"nope" is not a valid encoding.' });
  },
};
