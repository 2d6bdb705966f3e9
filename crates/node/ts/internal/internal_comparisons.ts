// Deep equality: strict, loose, and partial ("has at least").
//
// Objects under comparison are remembered in pairs, so that circular ones end: a pair met again counts as equal.

import { isError } from 'node-internal:inspect_errors';
import {
  arrayIncludes,
  arrayPop,
  arrayPush,
  bigintValueOf,
  booleanValueOf,
  dateGetTime,
  hasOwn,
  isArray,
  isEnumerable,
  mapEntries,
  mapGet,
  mapHas,
  mapSize,
  numberIsNaN,
  numberValueOf,
  objectGetOwnPropertySymbols,
  objectGetPrototypeOf,
  objectIs,
  objectKeys,
  reflectOwnKeys,
  objectToString,
  regexpToString,
  setHas,
  setSize,
  setValues,
  stringValueOf,
  symbolValueOf,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArrayLength,
  typedArrayTag,
  dataViewBuffer,
  dataViewByteLength,
  dataViewByteOffset,
  Uint8ArrayConstructor,
} from 'node-internal:primordials';
import {
  getOwnNonIndexProperties,
  isArrayBuffer,
  isBigIntObject,
  isBooleanObject,
  isDataView,
  isDate,
  isMap,
  isNumberObject,
  isProxy,
  isRegExp,
  isSet,
  isSharedArrayBuffer,
  isStringObject,
  isSymbolObject,
} from 'node-internal:util_natives';

/** `shape` is strict but for the prototypes, which may differ. */
type Mode = 'strict' | 'shape' | 'loose';

/** Pairs of objects that are being compared, the two of a pair next to each other. */
type Pairs = unknown[];

export function isDeepStrictEqual(a: unknown, b: unknown): boolean {
  return equals(a, b, 'strict', []);
}

/** Strict equality that leaves prototypes out. */
export function isSameShape(a: unknown, b: unknown): boolean {
  return equals(a, b, 'shape', []);
}

export function isDeepEqual(a: unknown, b: unknown): boolean {
  return equals(a, b, 'loose', []);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function equals(a: any, b: any, mode: Mode, pairs: Pairs): boolean {
  if (a === b) return a !== 0 || mode === 'loose' || objectIs(a, b);
  if (mode !== 'loose') {
    if (!isObject(a) || !isObject(b)) return typeof a === 'number' && numberIsNaN(a) && objectIs(a, b);
    if (mode === 'strict' && objectGetPrototypeOf(a) !== objectGetPrototypeOf(b)) return false;
  } else {
    if (!isObject(a)) return !isObject(b) && (a == b || (a !== a && b !== b));
    if (!isObject(b)) return false;
  }
  if (objectToString(a) !== objectToString(b)) return false;
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === a && pairs[i + 1] === b) return true;
  arrayPush(pairs, a, b);
  const result = objectsEqual(a, b, mode, pairs);
  arrayPop(pairs);
  arrayPop(pairs);
  return result;
}

function objectsEqual(a: any, b: any, mode: Mode, pairs: Pairs): boolean {
  if (isArray(a)) {
    if (!isArray(b) || a.length !== b.length) return false;
    // A proxy that lies about its keys throws.
    if (isProxy(a)) reflectOwnKeys(a);
    if (isProxy(b)) reflectOwnKeys(b);
    const keys = getOwnNonIndexProperties(a, 'enumerable');
    if (keys.length !== getOwnNonIndexProperties(b, 'enumerable').length) return false;
    return elementsEqual(a, b, mode, pairs) && propertiesEqual(a, b, keys, mode, pairs);
  }
  if (isArray(b)) return false;
  if (typedArrayTag(a) !== typedArrayTag(b)) return false;
  if (typedArrayTag(a) !== undefined) {
    if (!typedArraysEqual(a, b, mode)) return false;
    const keys = getOwnNonIndexProperties(a, 'enumerable');
    if (keys.length !== getOwnNonIndexProperties(b, 'enumerable').length) return false;
    return propertiesEqual(a, b, keys, mode, pairs);
  }
  return insidesEqual(a, b, mode, pairs) && ownPropertiesEqual(a, b, mode, pairs);
}

/** Compares what objects of the language's classes hold besides properties. */
function insidesEqual(a: any, b: any, mode: Mode, pairs: Pairs): boolean {
  // An invalid date equals nothing but itself.
  if (isDate(a) || isDate(b)) return isDate(a) && isDate(b) && dateGetTime(a) === dateGetTime(b);
  if (isRegExp(a) || isRegExp(b)) {
    return isRegExp(a) && isRegExp(b) && regexpToString(a) === regexpToString(b) && a.lastIndex === b.lastIndex;
  }
  if (isError(a) || isError(b)) {
    // Causes are not compared, unless they are enumerable.
    return isError(a) && isError(b) && a.message === b.message && a.name === b.name;
  }
  if (isSet(a) || isSet(b)) {
    return isSet(a) && isSet(b) && setSize(a) === setSize(b) && setsEqual(setValues(a), b, mode, pairs);
  }
  if (isMap(a) || isMap(b)) {
    return isMap(a) && isMap(b) && mapSize(a) === mapSize(b) && mapsEqual(mapEntries(a), b, mode, pairs);
  }
  const left = bytesOf(a);
  const right = bytesOf(b);
  if (left !== undefined || right !== undefined) {
    return left !== undefined && right !== undefined && bytesEqual(left, right);
  }
  return boxesEqual(a, b);
}

function boxesEqual(a: any, b: any): boolean {
  if (isNumberObject(a)) return isNumberObject(b) && objectIs(numberValueOf(a), numberValueOf(b));
  if (isStringObject(a)) return isStringObject(b) && stringValueOf(a) === stringValueOf(b);
  if (isBooleanObject(a)) return isBooleanObject(b) && booleanValueOf(a) === booleanValueOf(b);
  if (isBigIntObject(a)) return isBigIntObject(b) && bigintValueOf(a) === bigintValueOf(b);
  if (isSymbolObject(a)) return isSymbolObject(b) && symbolValueOf(a) === symbolValueOf(b);
  return !isNumberObject(b) && !isStringObject(b) && !isBooleanObject(b) && !isBigIntObject(b) && !isSymbolObject(b);
}

function bytesOf(value: any): Uint8Array | undefined {
  if (isArrayBuffer(value) || isSharedArrayBuffer(value)) return new Uint8ArrayConstructor(value);
  if (!isDataView(value)) return undefined;
  return new Uint8ArrayConstructor(dataViewBuffer(value), dataViewByteOffset(value), dataViewByteLength(value));
}

function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  const length = typedArrayLength(a);
  if (length !== typedArrayLength(b)) return false;
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function typedArraysEqual(a: any, b: any, mode: Mode): boolean {
  const length = typedArrayLength(a);
  if (length !== typedArrayLength(b)) return false;
  if (mode === 'loose') {
    for (let i = 0; i < length; i++) if (a[i] !== b[i] && !(a[i] !== a[i] && b[i] !== b[i])) return false;
    return true;
  }
  const bytes = (value: unknown): Uint8Array =>
    new Uint8ArrayConstructor(typedArrayBuffer(value), typedArrayByteOffset(value), typedArrayByteLength(value));
  return bytesEqual(bytes(a), bytes(b));
}

function elementsEqual(a: unknown[], b: unknown[], mode: Mode, pairs: Pairs): boolean {
  for (let i = 0; i < a.length; i++) {
    if (hasOwn(a, i) !== hasOwn(b, i)) return false;
    if (hasOwn(a, i) && !equals(a[i], b[i], mode, pairs)) return false;
  }
  return true;
}

function enumerableSymbols(value: object): symbol[] {
  const symbols = objectGetOwnPropertySymbols(value);
  const result: symbol[] = [];
  for (let i = 0; i < symbols.length; i++) if (isEnumerable(value, symbols[i]!)) arrayPush(result, symbols[i]);
  return result;
}

function ownPropertiesEqual(a: any, b: any, mode: Mode, pairs: Pairs): boolean {
  const keys: PropertyKey[] = objectKeys(a);
  if (keys.length !== objectKeys(b).length) return false;
  if (mode !== 'loose') {
    const symbols = enumerableSymbols(a);
    if (symbols.length !== enumerableSymbols(b).length) return false;
    for (let i = 0; i < symbols.length; i++) arrayPush(keys, symbols[i]);
  }
  return propertiesEqual(a, b, keys, mode, pairs);
}

function propertiesEqual(a: any, b: any, keys: PropertyKey[], mode: Mode, pairs: Pairs): boolean {
  for (let i = 0; i < keys.length; i++) if (!isEnumerable(b, keys[i]!)) return false;
  for (let i = 0; i < keys.length; i++) if (!equals(a[keys[i]!], b[keys[i]!], mode, pairs)) return false;
  return true;
}

/** Whether each of `values` has a partner in `other`, each partner used once. */
function setsEqual(values: unknown[], other: Set<unknown>, mode: Mode, pairs: Pairs): boolean {
  const unmatched: unknown[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (setHas(other, value)) continue;
    if (mode !== 'loose' && !isObject(value)) return false;
    arrayPush(unmatched, value);
  }
  if (unmatched.length === 0) return true;
  const candidates: unknown[] = [];
  const others = setValues(other);
  for (let i = 0; i < others.length; i++) if (!arrayIncludes(values, others[i])) arrayPush(candidates, others[i]);
  for (let i = 0; i < unmatched.length; i++) {
    if (!takeMatch(candidates, (candidate) => equals(unmatched[i], candidate, mode, pairs))) return false;
  }
  return true;
}

function mapsEqual(entries: unknown[], other: Map<unknown, unknown>, mode: Mode, pairs: Pairs): boolean {
  const keys: unknown[] = [];
  const unmatched: number[] = [];
  for (let i = 0; i < entries.length; i += 2) {
    const key = entries[i];
    arrayPush(keys, key);
    if (mapHas(other, key) && equals(entries[i + 1], mapGet(other, key), mode, pairs)) continue;
    if (mapHas(other, key) ? !isObject(key) && mode !== 'loose' : mode !== 'loose' && !isObject(key)) return false;
    arrayPush(unmatched, i);
  }
  if (unmatched.length === 0) return true;
  const candidates: unknown[] = [];
  const others = mapEntries(other);
  for (let i = 0; i < others.length; i += 2) {
    if (!arrayIncludes(keys, others[i]) || isUnmatched(entries, unmatched, others[i])) {
      arrayPush(candidates, [others[i], others[i + 1]]);
    }
  }
  for (let i = 0; i < unmatched.length; i++) {
    const at = unmatched[i]!;
    const matches = (candidate: any): boolean =>
      equals(entries[at], candidate[0], mode, pairs) && equals(entries[at + 1], candidate[1], mode, pairs);
    if (!takeMatch(candidates, matches)) return false;
  }
  return true;
}

function isUnmatched(entries: unknown[], unmatched: number[], key: unknown): boolean {
  for (let i = 0; i < unmatched.length; i++) if (objectIs(entries[unmatched[i]!], key)) return true;
  return false;
}

/** Removes the first of `candidates` that matches; false if none does. */
function takeMatch(candidates: unknown[], matches: (candidate: unknown) => boolean): boolean {
  for (let i = 0; i < candidates.length; i++) {
    if (!matches(candidates[i])) continue;
    candidates[i] = candidates[candidates.length - 1];
    arrayPop(candidates);
    return true;
  }
  return false;
}

/** Whether `actual` has at least what `expected` has. */
export function isPartialDeepStrictEqual(actual: unknown, expected: unknown): boolean {
  return includes(actual, expected, []);
}

function includes(actual: any, expected: any, pairs: Pairs): boolean {
  if (!isObject(expected)) return objectIs(actual, expected);
  if (!isObject(actual)) return false;
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === actual && pairs[i + 1] === expected) return true;
  arrayPush(pairs, actual, expected);
  const result = objectIncludes(actual, expected, pairs);
  arrayPop(pairs);
  arrayPop(pairs);
  return result;
}

function objectIncludes(actual: any, expected: any, pairs: Pairs): boolean {
  if (isDate(expected)) return isDate(actual) && dateGetTime(actual) === dateGetTime(expected);
  if (isRegExp(expected)) {
    return (
      isRegExp(actual) &&
      regexpToString(actual) === regexpToString(expected) &&
      actual.lastIndex === expected.lastIndex
    );
  }
  if (isError(expected)) {
    return isError(actual) && actual.name === expected.name && actual.message === expected.message;
  }
  if (isArray(expected)) {
    if (!isArray(actual)) return false;
    for (let i = 0; i < expected.length; i++) {
      if (i in expected && !(i in actual && includes(actual[i], expected[i], pairs))) return false;
    }
    return true;
  }
  if (isSet(expected)) {
    if (!isSet(actual)) return false;
    const candidates = setValues(actual);
    const values = setValues(expected);
    for (let i = 0; i < values.length; i++) if (indexOfEqual(candidates, values[i], 1) === -1) return false;
    return true;
  }
  if (isMap(expected)) {
    if (!isMap(actual)) return false;
    const candidates = mapEntries(actual);
    const entries = mapEntries(expected);
    for (let i = 0; i < entries.length; i += 2) {
      const at = indexOfEqual(candidates, entries[i], 2);
      if (at === -1 || !includes(candidates[at + 1], entries[i + 1], pairs)) return false;
    }
    return true;
  }
  if (objectGetPrototypeOf(actual) !== objectGetPrototypeOf(expected)) return false;
  const keys: PropertyKey[] = objectKeys(expected);
  const symbols = enumerableSymbols(expected);
  for (let i = 0; i < symbols.length; i++) arrayPush(keys, symbols[i]);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (!(key in actual) || !includes(actual[key], expected[key], pairs)) return false;
  }
  return true;
}

/** The place of the first of `values`, looked at in steps, that equals `value` deeply. */
function indexOfEqual(values: unknown[], value: unknown, step: number): number {
  for (let i = 0; i < values.length; i += step) if (isDeepStrictEqual(values[i], value)) return i;
  return -1;
}
