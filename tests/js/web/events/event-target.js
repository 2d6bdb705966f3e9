import { deepStrictEqual, strictEqual, throws } from 'node:assert';

export const dispatch = {
  test() {
    const target = new EventTarget();
    const seen = [];
    target.addEventListener('x', (event) => {
      seen.push([event.type, event.target === target, event.eventPhase]);
    });
    target.addEventListener('x', { handleEvent() { seen.push('object'); } });
    strictEqual(target.dispatchEvent(new Event('x')), true);
    deepStrictEqual(seen, [['x', true, 2], 'object']);
  },
};

export const registration = {
  test() {
    const target = new EventTarget();
    let count = 0;
    const listener = () => count++;
    target.addEventListener('x', listener);
    target.addEventListener('x', listener);
    target.dispatchEvent(new Event('x'));
    strictEqual(count, 1);
    target.removeEventListener('x', listener);
    target.removeEventListener('x', listener);
    target.dispatchEvent(new Event('x'));
    strictEqual(count, 1);
    target.addEventListener('x', listener, { once: true });
    target.dispatchEvent(new Event('x'));
    target.dispatchEvent(new Event('x'));
    strictEqual(count, 2);
    const controller = new AbortController();
    target.addEventListener('x', listener, { signal: controller.signal });
    controller.abort();
    target.dispatchEvent(new Event('x'));
    strictEqual(count, 2);
  },
};

export const whileDispatching = {
  test() {
    const target = new EventTarget();
    const seen = [];
    const late = () => seen.push('late');
    target.addEventListener('x', () => {
      seen.push('first');
      target.addEventListener('x', late);
      target.removeEventListener('x', removed);
    });
    const removed = () => seen.push('removed');
    target.addEventListener('x', removed);
    target.dispatchEvent(new Event('x'));
    deepStrictEqual(seen, ['first']);
  },
};

export const cancelling = {
  test() {
    const target = new EventTarget();
    target.addEventListener('x', (event) => event.preventDefault());
    // Whether the event says that it can be cancelled makes no difference here.
    strictEqual(target.dispatchEvent(new Event('x')), false);
    const event = new Event('x', { cancelable: true });
    strictEqual(target.dispatchEvent(event), false);
    strictEqual(event.defaultPrevented, true);
  },
};

export const stopping = {
  test() {
    const target = new EventTarget();
    const seen = [];
    target.addEventListener('x', (event) => { seen.push(1); event.stopImmediatePropagation(); });
    target.addEventListener('x', () => seen.push(2));
    target.dispatchEvent(new Event('x'));
    deepStrictEqual(seen, [1]);
  },
};

export const events = {
  test() {
    const event = new CustomEvent('c', { detail: { a: 1 }, bubbles: true });
    deepStrictEqual(event.detail, { a: 1 });
    strictEqual(event.bubbles, true);
    strictEqual(event.cancelable, false);
    strictEqual(event instanceof Event, true);
    strictEqual(new CustomEvent('c').detail, undefined);
    throws(() => new Event(), TypeError);
    throws(() => new EventTarget().dispatchEvent({}), TypeError);
  },
};

export const subclasses = {
  test() {
    class Counter extends EventTarget {
      bump() { this.dispatchEvent(new Event('bump')); }
    }
    const counter = new Counter();
    let count = 0;
    counter.addEventListener('bump', () => count++);
    counter.bump();
    strictEqual(count, 1);
    strictEqual(Counter.prototype instanceof EventTarget, true);
  },
};

export const passive = {
  test() {
    const target = new EventTarget();
    const prevents = (options) => {
      const listener = (event) => event.preventDefault();
      target.addEventListener('x', listener, options);
      const event = new Event('x', { cancelable: true });
      const result = target.dispatchEvent(event);
      target.removeEventListener('x', listener);
      return [result, event.defaultPrevented];
    };
    deepStrictEqual(prevents({ passive: true }), [true, false]);
    deepStrictEqual(prevents({ passive: false }), [false, true]);
    deepStrictEqual(prevents(), [false, true]);
  },
};
