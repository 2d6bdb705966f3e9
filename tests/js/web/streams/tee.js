import { deepStrictEqual, rejects } from 'node:assert';

async function branches(options) {
  let controller;
  const stream = new ReadableStream({ ...options, start: (value) => void (controller = value) });
  await null;
  return [controller, ...stream.tee()];
}

export const errorsWhileNobodyReads = {
  async test() {
    for (const type of [undefined, 'bytes']) {
      const [controller, first, second] = await branches({ type });
      // Each branch has what it wants, and waits for nothing.
      controller.enqueue(new Uint8Array(1));
      controller.enqueue(new Uint8Array(1));
      await scheduler.wait(0);
      controller.error(new RangeError('broken'));
      await rejects(first.getReader().closed, { message: 'broken' });
      await rejects(second.getReader().closed, { message: 'broken' });
    }
  },
};

export const sourcesSeeTheReadersBuffer = {
  async test() {
    const [controller, first] = await branches({ type: 'bytes' });
    const read = first.getReader({ mode: 'byob' }).read(new Uint8Array([17, 18]));
    await scheduler.wait(0);
    deepStrictEqual([...controller.byobRequest.view], [17, 18]);
    controller.byobRequest.view[0] = 1;
    controller.byobRequest.respond(1);
    deepStrictEqual([...(await read).value], [1]);
  },
};
