import { deepStrictEqual, rejects, strictEqual, throws } from 'node:assert';

async function start(view, options) {
  let controller;
  const stream = new ReadableStream({ type: 'bytes', start: (value) => void (controller = value) });
  await null;
  const reader = stream.getReader({ mode: 'byob' });
  const read = reader.read(view, options);
  return { controller, reader, read };
}

const shape = ({ value, done }) => [done, value.constructor.name, value.byteLength];

export const partialAtTheEnd = {
  async test() {
    const bytes = await start(new Uint8Array(10), { min: 10 });
    bytes.controller.enqueue(new Uint8Array(5));
    strictEqual(bytes.controller.byobRequest.atLeast, 5);
    bytes.controller.close();
    bytes.controller.byobRequest.respond(0);
    deepStrictEqual(shape(await bytes.read), [false, 'Uint8Array', 5]);
    strictEqual((await bytes.reader.read(new Uint8Array(1))).done, true);

    const words = await start(new Uint16Array(10), { min: 10 });
    words.controller.enqueue(new Uint8Array(5));
    words.controller.close();
    deepStrictEqual(shape(await words.read), [false, 'Uint16Array', 4]);

    const queued = await start(new Uint16Array(2));
    queued.controller.enqueue(new Uint8Array(7));
    queued.controller.close();
    deepStrictEqual(shape(await queued.read), [false, 'Uint16Array', 4]);
    deepStrictEqual(shape(await queued.reader.read(new Uint16Array(2))), [false, 'Uint16Array', 2]);
    strictEqual((await queued.reader.read(new Uint16Array(2))).done, true);

    const split = await start(new Uint16Array(4));
    split.controller.byobRequest.respond(1);
    throws(() => split.controller.close(), { message: 'This ReadableStream was closed with a partial read pending.' });
  },
};

export const sameRequestUntilFilled = {
  async test() {
    const { controller, read } = await start(new Uint8Array(8), { min: 3 });
    const request = controller.byobRequest;
    const before = request.view;
    before[0] = 1;
    request.respond(1);
    strictEqual(controller.byobRequest, request);
    strictEqual(before.byteLength, 0);
    strictEqual(request.view.byteLength, 7);
    request.view.set([2, 3]);
    request.respond(2);
    strictEqual(request.view, null);
    deepStrictEqual([...(await read).value], [1, 2, 3]);
  },
};

export const afterTheEnd = {
  async test() {
    const { controller, read } = await start(new Uint8Array(4));
    const request = controller.byobRequest;
    controller.close();
    strictEqual(controller.byobRequest, request);
    throws(() => request.respond(1), { message: 'The bytesWritten must be zero after the stream is closed.' });
    throws(() => request.respondWithNewView(new Uint8Array(1)), {
      message: 'The view byte length must be zero after the stream is closed.',
    });
    request.respondWithNewView(new Uint8Array(request.view.buffer, 0, 0));
    strictEqual(controller.byobRequest, null);
    const { value, done } = await read;
    deepStrictEqual([done, value.byteLength, value.buffer.byteLength], [true, 0, 4]);
  },
};

export const newViews = {
  async test() {
    const { controller, read } = await start(new Uint8Array(4));
    const request = controller.byobRequest;
    const refused = (view, name, message) => throws(() => request.respondWithNewView(view), { name, message });
    refused(new Uint8Array(request.view.buffer, 1), 'RangeError', 'The given view has an invalid byte offset.');
    refused(new Uint8Array(3), 'RangeError', 'The underlying ArrayBuffer is not the correct length.');
    refused(new Uint8Array(new SharedArrayBuffer(4)), 'TypeError', 'Unable to use non-detachable ArrayBuffer.');
    throws(() => request.respond(5), RangeError);
    const moved = new Uint8Array([9, 8, 7, 6]);
    request.respondWithNewView(moved);
    strictEqual(moved.byteLength, 0);
    deepStrictEqual([...(await read).value], [9, 8, 7, 6]);

    const other = await start(new Uint32Array(2));
    const { view } = other.controller.byobRequest;
    other.controller.byobRequest.respondWithNewView(new Uint16Array(view.buffer, 0, 3));
    deepStrictEqual(shape(await other.read), [false, 'Uint16Array', 6]);
  },
};

export const enqueueAfterTheBufferIsGone = {
  async test() {
    const { controller, reader, read } = await start(new Uint8Array(3));
    controller.byobRequest.view.buffer.transfer();
    throws(() => controller.enqueue(new Uint8Array(1)), {
      name: 'TypeError', message: 'The byobRequest.view is zero-length or was detached',
    });
    controller.error(new Error('over'));
    await Promise.allSettled([read, reader.closed]);
  },
};

export const endOfAReadWithoutABuffer = {
  async test() {
    let controller;
    const stream = new ReadableStream({ type: 'bytes', autoAllocateChunkSize: 10, start: (value) => void (controller = value) });
    const read = stream.getReader().read();
    await null;
    controller.close();
    const { value, done } = await read;
    deepStrictEqual([done, value.byteLength, value.buffer.byteLength], [true, 0, 10]);
  },
};

export const aReleasedReaderLeavesTheRequestToTheNextOne = {
  async test() {
    let controller;
    const stream = new ReadableStream({
      type: 'bytes',
      start(made) {
        controller = made;
      },
    });
    await scheduler.wait(1);
    const first = stream.getReader({ mode: 'byob' });
    const left = first.read(new Uint8Array([1, 2, 3]));
    const request = controller.byobRequest;
    first.releaseLock();
    await rejects(left, { name: 'TypeError', message: 'This ReadableStream reader has been released.' });
    strictEqual(controller.byobRequest, request);
    strictEqual(request.atLeast, 0);
    const second = stream.getReader({ mode: 'byob' });
    const read = second.read(new Uint8Array([4, 5, 6]));
    request.view[0] = 11;
    request.respond(1);
    const { value, done } = await read;
    strictEqual(done, false);
    deepStrictEqual([...value], [11]);
  },
};

export const theRequestOfAReleasedReaderIsAnsweredAfterTheEnd = {
  async test() {
    let controller;
    const stream = new ReadableStream({
      type: 'bytes',
      start(made) {
        controller = made;
      },
    });
    await scheduler.wait(1);
    const first = stream.getReader({ mode: 'byob' });
    first.read(new Uint8Array(3)).catch(() => {});
    const request = controller.byobRequest;
    first.releaseLock();
    const read = stream.getReader({ mode: 'byob' }).read(new Uint8Array(3));
    controller.close();
    request.respond(0);
    strictEqual(request.view, null);
    strictEqual((await read).done, true);
  },
};
