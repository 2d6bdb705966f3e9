import { strictEqual, throws } from 'node:assert';

export const reported = {
  test() {
    const seen = [];
    const listener = (event) => { seen.push(event); event.preventDefault(); };
    globalThis.addEventListener('error', listener);
    const error = new RangeError('reported');
    reportError(error);
    globalThis.removeEventListener('error', listener);
    strictEqual(seen.length, 1);
    strictEqual(seen[0].error, error);
    strictEqual(seen[0].message, 'Uncaught RangeError: reported');
    strictEqual(seen[0] instanceof ErrorEvent, true);
    throws(() => reportError(), TypeError);
  },
};

export const ofListeners = {
  test() {
    const target = new EventTarget();
    const seen = [];
    target.addEventListener('x', () => { throw new Error('of a listener'); });
    target.addEventListener('x', () => seen.push('second'));
    const listener = (event) => { seen.push(event.error.message); event.preventDefault(); };
    globalThis.addEventListener('error', listener);
    target.dispatchEvent(new Event('x'));
    globalThis.removeEventListener('error', listener);
    strictEqual(seen.join(), 'of a listener,second');
  },
};

export const rejections = {
  async test() {
    const seen = [];
    const unhandled = (event) => { seen.push(event.reason); event.preventDefault(); };
    globalThis.addEventListener('unhandledrejection', unhandled);
    Promise.reject('nobody cares');
    Promise.reject('caught').catch(() => {});
    await scheduler.wait(1);
    globalThis.removeEventListener('unhandledrejection', unhandled);
    strictEqual(seen.join(), 'nobody cares');
  },
};
