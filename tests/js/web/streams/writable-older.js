import { deepStrictEqual, rejects, strictEqual } from 'node:assert';

// Before `writable_stream_spec_compliant_writer`.
export const release = {
  async test() {
    const stream = new WritableStream();
    const writer = stream.getWriter();
    const { ready, closed } = writer;
    writer.releaseLock();
    strictEqual(ready, writer.ready);
    await ready;
    await rejects(closed, { message: 'This WritableStream writer has been released.' });
  },
};

export const readiness = {
  async test() {
    const log = [];
    let start;
    const stream = new WritableStream({ start: () => new Promise((resolve) => (start = resolve)) });
    const writer = stream.getWriter();
    writer.ready.then(() => log.push('ready'));
    await scheduler.wait(1);
    deepStrictEqual(log, []);
    start();
    await scheduler.wait(1);
    deepStrictEqual(log, ['ready']);
  },
};
