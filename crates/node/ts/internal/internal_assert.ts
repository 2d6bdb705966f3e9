// The functions of node:assert. As in the real workerd, the ones that are loose in Node.js are strict here too; only an
// `Assert` object made with `strict: false` compares loosely.

import { diffLines, diffStrings, indent } from 'node-internal:assert_diff';
import { AssertionError } from 'node-internal:assert_error';
import { doesNotReject, doesNotThrow, failure, rejects, throws } from 'node-internal:assert_throws';
import {
  isDeepEqual,
  isDeepStrictEqual,
  isPartialDeepStrictEqual,
  isSameShape,
} from 'node-internal:internal_comparisons';
import { constructCallRequired, invalidArgType, missingArgs } from 'node-internal:internal_errors';
import { inspect } from 'node-internal:internal_inspect';
import {
  arrayIndexOf,
  arrayJoin,
  objectAssign,
  objectDefineProperty,
  objectIs,
  reflectApply,
  regexpTest,
  stringOf,
  stringSplit,
} from 'node-internal:primordials';
import { isRegExp } from 'node-internal:util_natives';
import { validateOneOf } from 'node-internal:validators';

export { AssertionError, doesNotReject, doesNotThrow, rejects, throws };

const optionsKey = Symbol('options');

type Message = string | Error | undefined;

function assert(actual: unknown, message?: Message): void {
  if (arguments.length === 0) throw missingValue();
  if (!actual) throw new AssertionError({ message, actual, expected: true, operator: '==' });
}
export const ok = assert;

export function strict(actual: unknown, message?: Message): void {
  if (arguments.length === 0) throw missingValue();
  assert(actual, message);
}

function missingValue(): AssertionError {
  return new AssertionError({ message: 'No value argument passed to `assert.ok()`' });
}

function given(message: Message, otherwise: string): string {
  return message ? `${message}` : otherwise;
}

export function strictEqual(actual: unknown, expected: unknown, message?: Message): void {
  if (arguments.length < 2) throw missingArgs('actual', 'expected');
  if (objectIs(actual, expected)) return;
  const text = message ? `${message}` : strictEqualMessage(actual, expected);
  throw new AssertionError({ message: text, actual, expected, operator: 'strictEqual' });
}

function strictEqualMessage(actual: unknown, expected: unknown): string {
  const ours = inspect(actual);
  const theirs = inspect(expected);
  if (ours === theirs) return `Values have the same structure but are not reference-equal:\n\n${indent(ours)}\n`;
  const areStrings = typeof actual === 'string' && typeof expected === 'string';
  return `Values are not strictly equal:\n${areStrings ? diffStrings(actual, expected) : diffLines(ours, theirs)}`;
}

export function notStrictEqual(actual: unknown, expected: unknown, message?: Message): void {
  if (arguments.length < 2) throw missingArgs('actual', 'expected');
  if (!objectIs(actual, expected)) return;
  const text = given(message, 'Expected actual to be strictly unequal to expected');
  throw new AssertionError({ message: text, actual, expected, operator: 'notStrictEqual' });
}

/** Deep equality by the options of the Assert object that is asked, if any. */
function isEqualFor(asserter: any, actual: unknown, expected: unknown): boolean {
  return asserter?.[optionsKey]?.skipPrototype === true ? isSameShape(actual, expected) : isDeepStrictEqual(actual, expected);
}

export function deepStrictEqual(this: any, actual: unknown, expected: unknown, message?: Message): void {
  if (arguments.length < 2) throw missingArgs('actual', 'expected');
  if (isEqualFor(this, actual, expected)) return;
  const text = message ? `${message}` : undefined;
  throw new AssertionError({ message: text, actual, expected, operator: 'deepStrictEqual' });
}

export function notDeepStrictEqual(this: any, actual: unknown, expected: unknown, message?: Message): void {
  if (arguments.length < 2) throw missingArgs('actual', 'expected');
  if (!isEqualFor(this, actual, expected)) return;
  const text = given(message, 'Expected actual to not be deeply strictly equal to expected');
  throw new AssertionError({ message: text, actual, expected, operator: 'notDeepStrictEqual' });
}

export function partialDeepStrictEqual(actual: unknown, expected: unknown, message?: Message): void {
  if (arguments.length < 2) throw missingArgs('actual', 'expected');
  if (isPartialDeepStrictEqual(actual, expected)) return;
  const text = given(message, 'Expected actual to be partially deeply strictly equal to expected');
  throw new AssertionError({ message: text, actual, expected, operator: 'partialDeepStrictEqual' });
}

export function equal(actual: unknown, expected: unknown, message?: Message): void {
  strictEqual(actual, expected, message);
}

export function notEqual(actual: unknown, expected: unknown, message?: Message): void {
  notStrictEqual(actual, expected, message);
}

export function deepEqual(actual: unknown, expected: unknown, message?: Message): void {
  reflectApply(deepStrictEqual, undefined, [actual, expected, message]);
}

export function notDeepEqual(actual: unknown, expected: unknown, message?: Message): void {
  reflectApply(notDeepStrictEqual, undefined, [actual, expected, message]);
}

export function fail(message?: Message): never {
  if (typeof message !== 'string' && message != null) throw message;
  throw failure({ message: message ?? 'Failed', operator: 'fail', generatedMessage: message == null });
}

export function match(actual: string, regexp: RegExp, message?: Message): void {
  if (arguments.length < 2) throw missingArgs('actual', 'regexp');
  if (!isRegExp(regexp)) throw invalidArgType('regexp', 'RegExp', regexp);
  if (regexpTest(regexp, actual)) return;
  const text = given(message, `actual: "${actual}" expected to match: "${regexp}"`);
  throw new AssertionError({ message: text, actual, expected: regexp, operator: 'match' });
}

export function doesNotMatch(string: string, regexp: RegExp, message?: Message): void {
  if (arguments.length < 2) throw missingArgs('string', 'regexp');
  if (!isRegExp(regexp)) throw invalidArgType('regexp', 'RegExp', regexp);
  let text: unknown;
  if (typeof string !== 'string') {
    if ((message as any) instanceof Error) throw message;
    const found = `Received type ${typeof string} (${inspect(string)})`;
    text = message || `The "string" argument must be of type string. ${found}`;
  } else if (regexpTest(regexp, string)) {
    text = given(message, `actual: "${string}" expected to not match: "${regexp}"`);
  } else {
    return;
  }
  throw new AssertionError({ message: text, actual: string, expected: regexp, operator: 'doesNotMatch' });
}

export function ifError(value: any): void {
  if (value === null || value === undefined) return;
  let message = 'ifError got unwanted exception: ';
  if (typeof value !== 'object' || typeof value.message !== 'string') message += inspect(value);
  else if (value.message.length === 0 && value.constructor) message += value.constructor.name;
  else message += value.message;
  const error = new AssertionError({ actual: value, expected: null, operator: 'ifError', message, stackStartFn: ifError });
  if (typeof value.stack === 'string') error.stack = joinStacks(stringOf(error.stack), value.stack);
  throw error;
}

/** The new stack up to the first frame that the old one has too, then the frames of the old one. */
function joinStacks(newer: string, older: string): string {
  const lines = stringSplit(newer, '\n');
  const frames = stringSplit(older, '\n');
  for (let i = 1; i < frames.length; i++) {
    const at = arrayIndexOf(lines, frames[i]!);
    if (at === -1) continue;
    lines.length = at;
    break;
  }
  let text = `${arrayJoin(lines, '\n')}\n`;
  for (let i = 1; i < frames.length; i++) text += (i === 1 ? '' : '\n') + frames[i];
  return text;
}

// The loose comparisons, which only objects of class Assert have.

function looseEqual(actual: any, expected: any, message?: Message): void {
  if (arguments.length < 2) throw missingArgs('actual', 'expected');
  if (actual == expected || (actual !== actual && expected !== expected)) return;
  failLoosely(actual, expected, message, '==');
}

function looseNotEqual(actual: any, expected: any, message?: Message): void {
  if (arguments.length < 2) throw missingArgs('actual', 'expected');
  if (actual != expected && !(actual !== actual && expected !== expected)) return;
  failLoosely(actual, expected, message, '!=');
}

function looseDeepEqual(actual: unknown, expected: unknown, message?: Message): void {
  if (arguments.length < 2) throw missingArgs('actual', 'expected');
  if (!isDeepEqual(actual, expected)) failLoosely(actual, expected, message, 'deepEqual');
}

function looseNotDeepEqual(actual: unknown, expected: unknown, message?: Message): void {
  if (arguments.length < 2) throw missingArgs('actual', 'expected');
  if (isDeepEqual(actual, expected)) failLoosely(actual, expected, message, 'notDeepEqual');
}

function failLoosely(actual: unknown, expected: unknown, message: Message, operator: string): never {
  if ((message as any) instanceof Error) throw message;
  throw new AssertionError({ message, actual, expected, operator });
}

/** A set of assertions with options of its own. */
export const Assert = function Assert(this: any, options?: { diff?: string; strict?: boolean }): void {
  if (!new.target) throw constructCallRequired('Assert');
  const own = objectAssign({ strict: true }, options);
  if (own.diff !== undefined) validateOneOf(own.diff, 'options.diff', ['simple', 'full']);
  this.AssertionError = AssertionError;
  objectDefineProperty(this, optionsKey, { value: own, enumerable: false, configurable: false, writable: false });
  if (!own.strict) return;
  this.equal = strictEqual;
  this.deepEqual = deepStrictEqual;
  this.notEqual = notStrictEqual;
  this.notDeepEqual = notDeepStrictEqual;
} as unknown as new (options?: object) => object;

objectAssign(Assert.prototype, {
  deepEqual: looseDeepEqual,
  deepStrictEqual,
  doesNotMatch,
  doesNotReject,
  doesNotThrow,
  equal: looseEqual,
  fail,
  ifError,
  match,
  notDeepEqual: looseNotDeepEqual,
  notDeepStrictEqual,
  notEqual: looseNotEqual,
  notStrictEqual,
  ok(...args: unknown[]): void {
    if (args.length === 0) throw missingValue();
    assert(args[0], args[1] as Message);
  },
  partialDeepStrictEqual,
  rejects,
  strictEqual,
  throws,
});

objectAssign(strict, {
  Assert,
  AssertionError,
  deepEqual: deepStrictEqual,
  deepStrictEqual,
  doesNotMatch,
  doesNotReject,
  doesNotThrow,
  equal: strictEqual,
  fail,
  ifError,
  match,
  notDeepEqual: notDeepStrictEqual,
  notDeepStrictEqual,
  notEqual: notStrictEqual,
  notStrictEqual,
  ok,
  partialDeepStrictEqual,
  rejects,
  strict,
  strictEqual,
  throws,
});

objectAssign(assert, {
  fail,
  deepStrictEqual,
  notDeepStrictEqual,
  strictEqual,
  notStrictEqual,
  partialDeepStrictEqual,
  match,
  doesNotMatch,
  throws,
  rejects,
  doesNotThrow,
  doesNotReject,
  ifError,
  Assert,
  AssertionError,
  ok,
  strict,
  equal,
  notEqual,
  deepEqual,
  notDeepEqual,
});

export default assert;
