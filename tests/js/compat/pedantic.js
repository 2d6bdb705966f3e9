import { deepStrictEqual, strictEqual, throws } from 'node:assert';

const outcome = (call) => {
  try {
    return call();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
};

export const responses = {
  test(controller, env) {
    const results = [
      outcome(() => new Response('', { statusText: '\u0100' }).status),
      outcome(() => Response.json(undefined).status),
      outcome(() => Response.json(Symbol('x')).status),
      outcome(() => Response.error().headers.append('name', 'value')),
    ];
    const unserializable = 'TypeError: Response.json() requires a value that can be serialized to JSON.';
    deepStrictEqual(results, env.ON
      ? ['TypeError: Invalid statusText', unserializable, unserializable, "TypeError: Can't modify immutable headers."]
      : [200, 200, 200, undefined]);
    throws(() => new Response('', { statusText: '\n' }), { message: 'Invalid statusText' });
  },
};

/** Calls `answer` with a controller that was closed while a read waits for its buffer to be filled. */
function closed(answer) {
  return new Promise((resolve) => {
    const stream = new ReadableStream({
      type: 'bytes',
      pull(controller) {
        controller.close();
        resolve(outcome(() => answer(controller)));
      },
    });
    stream.getReader({ mode: 'byob' }).read(new Uint8Array(3));
  });
}

export const requestsOfClosedStreams = {
  async test(controller, env) {
    if (!env.ON) return strictEqual(await closed((controller) => controller.byobRequest), null);
    const answered = (view) => closed(({ byobRequest }) => byobRequest.respondWithNewView(view(byobRequest.view)));
    deepStrictEqual([
      await closed(({ byobRequest }) => byobRequest.respond(0)),
      await closed(({ byobRequest }) => byobRequest.respond(1)),
      await answered(() => new Uint8Array()),
      await answered((view) => view.subarray(1, 1)),
      await answered(() => new Uint8Array(new ArrayBuffer(10), 0, 0)),
      await answered((view) => view.subarray(0, 0)),
    ], [
      undefined,
      'TypeError: The bytesWritten must be zero after the stream is closed.',
      'RangeError: The underlying ArrayBuffer is zero-length.',
      'RangeError: The view has an invalid byte offset.',
      'RangeError: The underlying ArrayBuffer is not the correct length.',
      undefined,
    ]);
  },
};
