// node:assert: what is equal, and the messages of what is not.

import assert from 'node:assert';
import strict from 'node:assert/strict';
import bare from 'assert';

/** The error of a failed assertion. */
function failure(run) {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing failed');
}

/** Checks by hand, so that no assertion vouches for itself. */
function same(actual, expected) {
  if (!Object.is(actual, expected)) throw new Error(`got ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
}

export const modules = {
  test() {
    same(bare, assert);
    same(strict, assert);
    same(assert.strict.equal, assert.strictEqual);
  },
};

export const errors = {
  test() {
    const error = failure(() => assert.ok(0));
    same(error instanceof assert.AssertionError, true);
    same(error.name, 'AssertionError');
    same(error.code, 'ERR_ASSERTION');
    same(error.message, '0 == true');
    same(error.operator, '==');
    same(error.generatedMessage, true);
    same(String(error), 'AssertionError [ERR_ASSERTION]: 0 == true');
    same(Object.keys(error).join(), 'generatedMessage,code,actual,expected,operator');
    same(failure(() => assert()).message, 'No value argument passed to `assert.ok()`');
    same(failure(() => assert.fail()).message, 'Failed');
    same(failure(() => assert.match('a', 'b')).code, 'ERR_INVALID_ARG_TYPE');
  },
};

export const strictEquality = {
  test() {
    assert.equal(NaN, NaN);
    same(
      failure(() => assert.equal(1, '1')).message,
      "Values are not strictly equal:\n\n\n[Diff] Actual / Expected\n\n\n-   1\n+   '1'\n"
    );
    same(
      failure(() => assert.strictEqual('a\nb\nc', 'a\nb\nd')).message,
      'Values are not strictly equal:\n\n\n[Diff] Actual / Expected\n\n\n    a\\n\n    b\\n\n-   c\n+   d\n\n'
    );
    same(
      failure(() => assert.strictEqual({ a: 1 }, { a: 1 })).message,
      'Values have the same structure but are not reference-equal:\n\n    { a: 1 }\n'
    );
  },
};

export const deepEquality = {
  test() {
    const circular = () => {
      const value = { list: [1] };
      value.self = value;
      return value;
    };
    assert.deepStrictEqual(circular(), circular());
    assert.deepStrictEqual(new Map([[{ a: 1 }, [2]]]), new Map([[{ a: 1 }, [2]]]));
    assert.deepStrictEqual(new Set([[1], [2]]), new Set([[2], [1]]));
    assert.notDeepStrictEqual([0], [-0]);
    assert.notDeepStrictEqual([, 1], [undefined, 1]);
    assert.notDeepStrictEqual(new Date(NaN), new Date(NaN));
    assert.partialDeepStrictEqual({ a: 1, b: { c: 1, d: 2 } }, { b: { c: 1 } });
    new assert.Assert({ strict: false }).deepEqual([1, new Set([1])], ['1', new Set(['1'])]);
    same(
      failure(() => assert.deepEqual({ a: 1 }, { a: '1' })).message,
      "Expected values to be strictly deep-equal:\n+ actual - expected\n\n+ { a: 1 }\n- { a: '1' }\n       ^"
    );
  },
};

export const exceptions = {
  async test() {
    const boom = () => {
      throw new TypeError('boom');
    };
    assert.throws(boom, TypeError);
    assert.throws(boom, /boom/);
    assert.throws(boom, { name: 'TypeError', message: /^b/ });
    await assert.rejects(async () => boom(), TypeError);
    await assert.doesNotReject(Promise.resolve());
    same(failure(() => assert.throws(() => {}, RangeError)).message, 'Missing expected exception (RangeError).');
    same(
      failure(() => assert.throws(boom, RangeError)).message,
      'The error is expected to be an instance of "RangeError". Received "TypeError"\n\nError message:\n\nboom'
    );
    same(failure(() => assert.ifError(new Error('e'))).message, 'ifError got unwanted exception: e');
  },
};
