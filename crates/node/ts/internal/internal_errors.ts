// Errors with codes, as Node.js throws them.

import { inspect } from 'node-internal:internal_inspect';
import {
  arrayIncludes,
  arrayIndexOf,
  arrayPush,
  arraySplice,
  captureStackTrace,
  ErrorConstructor,
  mapGet,
  mapSet,
  numberIsInteger,
  objectGetPrototypeOf,
  objectSetPrototypeOf,
  RangeErrorConstructor,
  regexpTest,
  SafeMap,
  stringEndsWith,
  stringIncludes,
  stringOf,
  stringSlice,
  stringToLowerCase,
  TypeErrorConstructor,
} from 'node-internal:primordials';

type Code = string;

class NodeErrorAbstraction extends ErrorConstructor {
  declare code: Code;

  constructor(code: Code, text?: string) {
    super(text);
    this.code = code;
    this.name = 'Error';
  }

  override toString(): string {
    return `${this.name} [${this.code}]: ${this.message}`;
  }
}

/** The base of the errors that have a class of their own. */
export class NodeError extends NodeErrorAbstraction {}

/** The classes of plain errors, by their codes, which are their names; guests see them as `constructor`. */
const classes = new SafeMap<Code, { prototype: Error }>();

function classOf(code: Code): { prototype: Error } {
  let found = mapGet(classes, code);
  if (found === undefined) {
    found = code === 'ERR_OUT_OF_RANGE' ? { [code]: class extends RangeErrorConstructor {} }[code]! : { [code]: class extends NodeError {} }[code]!;
    mapSet(classes, code, found);
  }
  return found!;
}

/** Finishes an error made by `maker`, which is left out of the stack. */
export function withCode<E extends Error>(error: E, code: Code, maker: Function): E & { code: Code } {
  const plain = objectGetPrototypeOf(error) === ErrorConstructor.prototype;
  captureStackTrace(error, maker as any);
  const result = error as E & { code: Code };
  result.code = code;
  result.name = error.name;
  if (plain || code === 'ERR_OUT_OF_RANGE') {
    objectSetPrototypeOf(result, classOf(code).prototype);
    return result;
  }
  result.toString = function () {
    return `${this.name} [${this.code}]: ${this.message}`;
  };
  return result;
}

// Types that are no classes, as they are written in messages.
const PRIMITIVES = ['string', 'function', 'number', 'object', 'Function', 'Object', 'boolean', 'bigint', 'symbol'];
const CLASS_NAME = /^([A-Z][a-z0-9]*)+$/;

/** `a`, `a or b`, `a, b, or c`. */
export function listing(items: string[], conjunction: string): string {
  if (items.length < 3) return items.length === 2 ? `${items[0]} ${conjunction} ${items[1]}` : `${items[0]}`;
  let text = '';
  for (let i = 0; i < items.length - 1; i++) text += `${items[i]}, `;
  return `${text}${conjunction} ${items[items.length - 1]}`;
}

function expectation(expected: string | string[]): string {
  const names = typeof expected === 'string' ? [expected] : expected;
  const types: string[] = [];
  const classes: string[] = [];
  const others: string[] = [];
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (arrayIncludes(PRIMITIVES, name)) arrayPush(types, stringToLowerCase(name));
    else if (regexpTest(CLASS_NAME, name)) arrayPush(classes, name);
    else arrayPush(others, name);
  }
  // With classes around it, the object counts as one.
  const object = arrayIndexOf(types, 'object');
  if (object !== -1 && classes.length > 0) {
    arraySplice(types, object, 1);
    arrayPush(classes, 'Object');
  }
  const parts: string[] = [];
  if (types.length > 0) arrayPush(parts, `${types.length > 1 ? 'one of type' : 'of type'} ${listing(types, 'or')}`);
  if (classes.length > 0) arrayPush(parts, `an instance of ${listing(classes, 'or')}`);
  if (others.length > 0) {
    arrayPush(parts, others.length > 1 ? `one of ${listing(others, 'or')}` : withArticle(others[0]!));
  }
  let text = parts[0] ?? '';
  for (let i = 1; i < parts.length; i++) text += ` or ${parts[i]}`;
  return text;
}

function withArticle(text: string): string {
  return stringToLowerCase(text) === text ? text : `an ${text}`;
}

/** "Received ..." as it ends messages about arguments. */
export function received(value: unknown): string {
  if (value == null) return ` Received ${value}`;
  if (typeof value === 'function' && value.name) return ` Received function ${value.name}`;
  if (typeof value === 'object') {
    const name = (value as any).constructor?.name;
    return name ? ` Received an instance of ${name}` : ` Received ${inspect(value, { depth: -1 })}`;
  }
  let text = inspect(value, { colors: false });
  if (text.length > 28) text = `${stringSlice(text, 0, 25)}...`;
  return ` Received type ${typeof value} (${text})`;
}

export function invalidArgType(name: string, expected: string | string[], actual: unknown): TypeError {
  let subject: string;
  if (stringEndsWith(name, ' argument')) subject = `The ${name}`;
  else subject = `The "${name}" ${stringIncludes(name, '.') ? 'property' : 'argument'}`;
  const text = `${subject} must be ${expectation(expected)}.${received(actual)}`;
  return withCode(new TypeErrorConstructor(text), 'ERR_INVALID_ARG_TYPE', invalidArgType);
}

export function invalidArgValue(name: string, value: unknown, reason = 'is invalid'): TypeError {
  return withCode(new TypeErrorConstructor(invalidArgText(name, value, reason)), 'ERR_INVALID_ARG_VALUE', invalidArgValue);
}

/** The same where a number is of no size. */
export function invalidArgRange(name: string, value: unknown): RangeError {
  return withCode(new RangeErrorConstructor(invalidArgText(name, value, 'is invalid')), 'ERR_INVALID_ARG_VALUE', invalidArgRange);
}

function invalidArgText(name: string, value: unknown, reason: string): string {
  let text = inspect(value);
  if (text.length > 128) text = `${stringSlice(text, 0, 128)}...`;
  const kind = stringIncludes(name, '.') ? 'property' : 'argument';
  return `The ${kind} '${name}' ${reason}. Received ${text}`;
}

function describe(value: unknown): string {
  return value == null ? `${value}` : `type ${typeof value} (${inspect(value)})`;
}

export function invalidReturnValue(expected: string, name: string, value: unknown): TypeError {
  const constructor = (value as any)?.constructor?.name;
  const type = constructor && typeof value === 'object' ? `an instance of ${constructor}` : describe(value);
  const text = `Expected ${expected} to be returned from the "${name}" function but got ${type}.`;
  return withCode(new TypeErrorConstructor(text), 'ERR_INVALID_RETURN_VALUE', invalidReturnValue);
}

export function ambiguousArgument(name: string, reason: string): TypeError {
  return withCode(new TypeErrorConstructor(`The "${name}" argument is ambiguous. ${reason}`), 'ERR_AMBIGUOUS_ARGUMENT', ambiguousArgument);
}

export function missingArgs(...names: string[]): TypeError {
  const quoted: string[] = [];
  for (let i = 0; i < names.length; i++) quoted[i] = `"${names[i]}"`;
  const text = `The ${listing(quoted, 'and')} argument${names.length > 1 ? 's' : ''} must be specified`;
  return withCode(new TypeErrorConstructor(text), 'ERR_MISSING_ARGS', missingArgs);
}

/** A value in a message; large integers have their digits in groups of three. */
function grouped(value: unknown): string {
  let text: string;
  if (typeof value === 'bigint') text = `${value}`;
  else if (typeof value === 'number' && numberIsInteger(value) && (value > 2 ** 32 || value < -(2 ** 32))) text = `${value}`;
  else return inspect(value);
  if (typeof value === 'bigint' && value <= 2n ** 32n && value >= -(2n ** 32n)) return `${text}n`;
  const first = text[0] === '-' ? 1 : 0;
  let result = '';
  let end = text.length;
  for (; end >= first + 4; end -= 3) result = `_${stringSlice(text, end - 3, end)}${result}`;
  return `${stringSlice(text, 0, end)}${result}${typeof value === 'bigint' ? 'n' : ''}`;
}

/** An error of class `base` with a code, thrown by its caller. */
export function coded<E extends Error>(base: new (text?: string) => E, code: string, text: string): E & { code: Code } {
  return withCode(new base(text), code, coded);
}

export function methodNotImplemented(name: string): Error {
  return withCode(new ErrorConstructor(`The ${name} method is not implemented`), 'ERR_METHOD_NOT_IMPLEMENTED', methodNotImplemented);
}

export function bufferOutOfBounds(name?: string): RangeError {
  const text = name ? `"${name}" is outside of buffer bounds` : 'Attempt to access memory outside buffer bounds';
  return withCode(new RangeErrorConstructor(text), 'ERR_BUFFER_OUT_OF_BOUNDS', bufferOutOfBounds);
}

export function unknownEncoding(name: unknown): TypeError {
  return withCode(new TypeErrorConstructor(`Unknown encoding: ${stringOf(name)}`), 'ERR_UNKNOWN_ENCODING', unknownEncoding);
}

/** What an operation gives up with when its signal is aborted. */
export class AbortError extends Error {
  code = 'ABORT_ERR';

  constructor(message = 'The operation was aborted', options?: ErrorOptions) {
    super(message, options);
    this.name = 'AbortError';
  }
}

export function outOfRange(name: string, range: string, value: unknown): RangeError {
  const text = `The value of "${name}" is out of range. It must be ${range}. Received ${grouped(value)}`;
  return withCode(new RangeErrorConstructor(text), 'ERR_OUT_OF_RANGE', outOfRange);
}

export function constructCallRequired(name: string): TypeError {
  const text = `Class constructor ${name} cannot be invoked without \`new\``;
  return withCode(new TypeErrorConstructor(text), 'ERR_CONSTRUCT_CALL_REQUIRED', constructCallRequired);
}
