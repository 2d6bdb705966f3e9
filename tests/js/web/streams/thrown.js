// Before promise-returning methods captured what is wrong with their arguments.
import { rejects, throws } from 'node:assert';

export const older = {
  async test() {
    const writer = () => new WritableStream().getWriter();
    const byob = () => new ReadableStream({ type: 'bytes' }).getReader({ mode: 'byob' });
    throws(() => new ReadableStream().pipeTo(), TypeError);
    throws(() => byob().read(), TypeError);
    await rejects(byob().read(new Uint8Array(0)), TypeError);
    const closing = new WritableStream({ write() {} }).getWriter();
    closing.write(1);
    closing.close();
    throws(() => closing.close(), { message: 'Cannot close a writer that is already being closed' });
    throws(() => new IdentityTransformStream().writable.getWriter().write({}), TypeError);
    const released = writer();
    released.releaseLock();
    await rejects(released.write(), TypeError);
    const locked = new ReadableStream();
    locked.getReader();
    await rejects(locked.cancel(), TypeError);
    await rejects(locked.pipeTo(new WritableStream()), TypeError);
  },
};
