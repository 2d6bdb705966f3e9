import { deepStrictEqual, ok, rejects, strictEqual, throws } from 'node:assert';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A stream that hands out `pieces` one by one. */
function streamOf(...pieces) {
  return new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(encoder.encode(piece));
    },
  });
}

export const reading = {
  async test() {
    strictEqual(await new Response(streamOf('a', 'b', 'c')).text(), 'abc');
    strictEqual(await new Response(streamOf()).text(), '');
    deepStrictEqual(await new Response(streamOf('{"a"', ':1}')).json(), { a: 1 });
    const request = new Request('http://a/', { method: 'POST', body: streamOf('x', 'y'), duplex: 'half' });
    strictEqual(await request.text(), 'xy');
  },
};

export const iteration = {
  async test() {
    const seen = [];
    for await (const chunk of new Response(streamOf('a', 'b')).body) seen.push(decoder.decode(chunk));
    strictEqual(seen.join(''), 'ab');
  },
};

export const failing = {
  async test() {
    const broken = new ReadableStream({ pull() { throw new RangeError('broken'); } });
    await rejects(new Response(broken).text(), { name: 'RangeError', message: 'broken' });
    const strings = new ReadableStream({ start(controller) { controller.enqueue('no bytes'); controller.close(); } });
    await rejects(new Response(strings).text(), TypeError);
  },
};

export const locking = {
  async test() {
    const stream = streamOf('a');
    const response = new Response(stream);
    const reader = response.body.getReader();
    throws(() => response.body.getReader(), TypeError);
    throws(() => new Response(stream), TypeError);
    reader.releaseLock();
    strictEqual(await response.text(), 'a');
  },
};

export const tee = {
  async test() {
    const [left, right] = new Response('both').body.tee();
    strictEqual(await new Response(left).text(), 'both');
    strictEqual(await new Response(right).text(), 'both');
    const response = new Response(streamOf('x', 'y'));
    const clone = response.clone();
    deepStrictEqual(await Promise.all([response.text(), clone.text()]), ['xy', 'xy']);
  },
};

export const cancelling = {
  async test() {
    let reason;
    const stream = new ReadableStream({ cancel(value) { reason = value; } });
    await new Response(stream).body.cancel('enough');
    strictEqual(reason, 'enough');
    const response = new Response('never read');
    await response.body.cancel();
    strictEqual(response.bodyUsed, true);
  },
};

export const readers = {
  async test() {
    const reader = new Response(encoder.encode('abcdef')).body.getReader({ mode: 'byob' });
    const first = await reader.read(new Uint8Array(4));
    strictEqual(decoder.decode(first.value), 'abcd');
    const second = await reader.read(new Uint8Array(4));
    strictEqual(decoder.decode(second.value), 'ef');
    const third = await reader.read(new Uint8Array(4));
    ok(third.done);
    await reader.closed;
  },
};

export const tooManyBytes = {
  async test() {
    const { readable, writable } = new FixedLengthStream(1);
    const writer = writable.getWriter();
    const read = new Response(readable).text();
    // The reader hears of it first.
    strictEqual(await writer.write(new Uint8Array(2)), undefined);
    await rejects(read, { name: 'TypeError', message: 'Attempt to write too many bytes through a FixedLengthStream.' });
    await rejects(writer.close(), { name: 'TypeError', message: 'Attempt to write too many bytes through a FixedLengthStream.' });
  },
};

export const largeBodies = {
  // Tests run without the limit that served Workers have.
  async test() {
    const MIB = 1 << 20;
    let left = 130;
    const stream = new ReadableStream({
      pull(controller) {
        if (left === 0) return controller.close();
        left -= 10;
        controller.enqueue(new Uint8Array(10 * MIB));
      },
    });
    strictEqual((await new Response(stream).bytes()).length, 130 * MIB);
  },
};
