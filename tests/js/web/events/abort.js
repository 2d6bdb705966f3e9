import { notStrictEqual, rejects, strictEqual, throws } from 'node:assert';

export const abort = {
  test() {
    const { signal } = new AbortController();
    strictEqual(signal.aborted, false);
    strictEqual(signal.reason, undefined);
    signal.throwIfAborted();

    const controller = new AbortController();
    let count = 0;
    controller.signal.onabort = () => count++;
    controller.signal.addEventListener('abort', () => count++);
    controller.abort();
    controller.abort('again');
    strictEqual(count, 2);
    strictEqual(controller.signal.aborted, true);
    strictEqual(controller.signal.reason.name, 'AbortError');
    strictEqual(controller.signal.reason instanceof DOMException, true);
    throws(() => controller.signal.throwIfAborted(), { name: 'AbortError', message: 'The operation was aborted' });
  },
};

export const reasons = {
  test() {
    const reason = { own: true };
    const controller = new AbortController();
    controller.abort(reason);
    strictEqual(controller.signal.reason, reason);
    strictEqual(AbortSignal.abort('why').reason, 'why');
    strictEqual(AbortSignal.abort().aborted, true);
  },
};

export const any = {
  test() {
    const [first, second] = [new AbortController(), new AbortController()];
    const signal = AbortSignal.any([first.signal, second.signal]);
    strictEqual(signal.aborted, false);
    second.abort('second');
    strictEqual(signal.reason, 'second');
    first.abort('first');
    strictEqual(signal.reason, 'second');
    strictEqual(AbortSignal.any([]).aborted, false);
    strictEqual(AbortSignal.any([signal]).aborted, true);
  },
};

export const timeout = {
  async test() {
    const signal = AbortSignal.timeout(5);
    strictEqual(signal.aborted, false);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    strictEqual(signal.reason.name, 'TimeoutError');
  },
};

export const waiting = {
  async test() {
    const controller = new AbortController();
    const wait = scheduler.wait(60_000, { signal: controller.signal });
    controller.abort(new RangeError('enough'));
    await rejects(wait, { name: 'RangeError', message: 'enough' });
  },
};

export const construction = {
  test() {
    throws(() => new AbortSignal(), TypeError);
    notStrictEqual(new AbortController().signal, new AbortController().signal);
  },
};
