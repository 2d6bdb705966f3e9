import { deepStrictEqual, strictEqual, throws } from 'node:assert';
import test, { mock, MockFunctionContext, MockTracker } from 'node:test';

const pick = (calls) => calls.map((call) => [call.arguments, call.result, call.error?.message]);

export const exported = {
  test() {
    deepStrictEqual(Object.keys(test), ['mock', 'MockFunctionContext', 'MockTracker']);
    strictEqual(mock instanceof MockTracker, true);
  },
};

export const functions = {
  test() {
    const add = mock.fn((a, b) => a + b);
    strictEqual(add.mock instanceof MockFunctionContext, true);
    strictEqual(add.length, 2);
    add(1, 2);
    add.mock.mockImplementationOnce(() => {
      throw new Error('once');
    });
    throws(() => add(3, 4), { message: 'once' });
    deepStrictEqual(pick(add.mock.calls), [
      [[1, 2], 3, undefined],
      [[3, 4], undefined, 'once'],
    ]);
    add.mock.resetCalls();
    strictEqual(add.mock.callCount(), 0);

    const twice = mock.fn(() => 'original', () => 'mocked', { times: 2 });
    deepStrictEqual([twice(), twice(), twice()], ['mocked', 'mocked', 'original']);

    class Made {}
    const Mocked = mock.fn(Made);
    const made = new Mocked();
    strictEqual(made instanceof Made, true);
    strictEqual(Mocked.mock.calls[0].this, made);
    strictEqual(Mocked.mock.calls[0].target, Made);

    throws(() => mock.fn(5), { code: 'ERR_INVALID_ARG_TYPE' });
    throws(() => mock.fn(() => {}, { times: 0 }), { code: 'ERR_OUT_OF_RANGE' });
    throws(() => twice.mock.mockImplementationOnce(() => {}, 0), { code: 'ERR_OUT_OF_RANGE' });
  },
};

export const methodsAndProperties = {
  test() {
    const object = {
      value: 7,
      method() {
        return this.value;
      },
      get property() {
        return 'own';
      },
    };
    const { method } = object;
    mock.method(object, 'method', () => 'mocked');
    mock.getter(object, 'property', () => 'mocked');
    strictEqual(object.method(), 'mocked');
    strictEqual(object.property, 'mocked');
    mock.restoreAll();
    strictEqual(object.method, method);
    strictEqual(object.property, 'own');

    const mocked = mock.property(object, 'value', 8);
    strictEqual(object.value, 8);
    object.value = 9;
    deepStrictEqual(
      mocked.mock.accesses.map(({ type, value }) => [type, value]),
      [
        ['get', 8],
        ['set', 9],
      ]
    );
    mock.reset();
    strictEqual(object.value, 7);

    throws(() => mock.method(object, 'value'), { code: 'ERR_INVALID_ARG_VALUE' });
    throws(() => mock.method(object, 'method', { getter: true, setter: true }), { code: 'ERR_INVALID_ARG_VALUE' });
    throws(() => mock.getter(object, 'property', { getter: false }), { code: 'ERR_INVALID_ARG_VALUE' });
    throws(() => mock.property(object, 'none'), { code: 'ERR_INVALID_ARG_VALUE' });
  },
};

export const lateHandlers = {
  async test() {
    const late = mock.fn();
    const told = new Promise((resolve) => addEventListener('unhandledrejection', resolve, { once: true }));
    const handled = new Promise((resolve) => addEventListener('rejectionhandled', (event) => resolve(late(event)), { once: true }));
    const promise = Promise.reject(new Error('nobody'));
    strictEqual((await told).reason.message, 'nobody');
    promise.catch(() => {});
    await handled;
    const [event] = late.mock.calls[0].arguments;
    strictEqual(event.promise, promise);
    // The reason was told before.
    strictEqual(event.reason, undefined);
  },
};
