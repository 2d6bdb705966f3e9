// Intrinsics as they were when this module was loaded, which is before any code of a Worker runs.
//
// Builtin modules take from here whatever a Worker could replace. Functions of prototypes take their receiver as first
// argument. Array and object literals, operators, indexes and `length` need no capture; iteration (`for of`, spread,
// array destructuring) calls patchable iterators and is not used on values that a Worker can reach.

type AnyFunction = (...args: any[]) => any;
type Uncurried = <R = any>(self: unknown, ...args: any[]) => R;

const bind = Function.prototype.bind;
const call = Function.prototype.call;

/** Turns a method into a function that takes its receiver as first argument. */
export const uncurryThis = bind.bind(call) as unknown as (method: AnyFunction) => Uncurried;

const { apply, construct, ownKeys } = Reflect;
export const reflectApply = apply;
export const reflectConstruct = construct;
export const reflectOwnKeys = ownKeys;
export const reflectGet = Reflect.get;
export const ProxyConstructor = Proxy;
export const numberIsInteger = Number.isInteger;

function getter(prototype: object, key: PropertyKey): Uncurried {
  return uncurryThis(Object.getOwnPropertyDescriptor(prototype, key)!.get!);
}

export const objectCreate = Object.create;
export const objectAssign = Object.assign;
export const objectIs = Object.is;
export const objectKeys = Object.keys;
export const objectFreeze = Object.freeze;
export const objectDefineProperty = Object.defineProperty;
export const objectDefineProperties = Object.defineProperties;
export const objectGetOwnPropertyDescriptor = Object.getOwnPropertyDescriptor;
export const objectGetOwnPropertyNames = Object.getOwnPropertyNames;
export const objectGetOwnPropertySymbols = Object.getOwnPropertySymbols;
export const objectGetPrototypeOf = Object.getPrototypeOf;
export const objectSetPrototypeOf = Object.setPrototypeOf;
export const objectPrototype = Object.prototype;
export const hasOwn = uncurryThis(Object.prototype.hasOwnProperty) as (self: unknown, key: PropertyKey) => boolean;
export const isEnumerable = uncurryThis(Object.prototype.propertyIsEnumerable) as (
  self: unknown,
  key: PropertyKey
) => boolean;
export const objectToString = uncurryThis(Object.prototype.toString) as (self: unknown) => string;

export const functionToString = uncurryThis(Function.prototype.toString) as (self: unknown) => string;
export const functionBind = uncurryThis(Function.prototype.bind);
export const hasInstance = uncurryThis(Function.prototype[Symbol.hasInstance]) as (
  constructor: unknown,
  value: unknown
) => boolean;

export const isArray = Array.isArray;
export const isArrayBufferView = ArrayBuffer.isView;
export const arrayPush = uncurryThis(Array.prototype.push);
export const arrayPop = uncurryThis(Array.prototype.pop);
export const arrayUnshift = uncurryThis(Array.prototype.unshift);
export const arraySlice = uncurryThis(Array.prototype.slice) as <T>(self: ArrayLike<T>, from?: number, to?: number) => T[];
export const arraySplice = uncurryThis(Array.prototype.splice);
export const arraySort = uncurryThis(Array.prototype.sort);
export const arrayIndexOf = uncurryThis(Array.prototype.indexOf) as <T>(self: T[], item: T) => number;
export const arrayIncludes = uncurryThis(Array.prototype.includes) as <T>(self: T[], item: T) => boolean;
const nativeJoin = uncurryThis(Array.prototype.join);

/** The strings of `items` with `separator` between them. */
export function arrayJoin(items: string[], separator: string): string {
  return nativeJoin(items, separator);
}

export const stringOf = String;
export const stringSlice = uncurryThis(String.prototype.slice) as (self: string, from: number, to?: number) => string;
export const stringIndexOf = uncurryThis(String.prototype.indexOf) as (
  self: string,
  text: string,
  from?: number
) => number;
export const stringIncludes = uncurryThis(String.prototype.includes) as (self: string, text: string) => boolean;
export const stringStartsWith = uncurryThis(String.prototype.startsWith) as (self: string, text: string) => boolean;
export const stringEndsWith = uncurryThis(String.prototype.endsWith) as (self: string, text: string) => boolean;
export const stringCharCodeAt = uncurryThis(String.prototype.charCodeAt) as (self: string, index: number) => number;
export const stringCodePointAt = uncurryThis(String.prototype.codePointAt) as (self: string, index: number) => number;
export const stringPadStart = uncurryThis(String.prototype.padStart) as (self: string, width: number) => string;
export const stringPadEnd = uncurryThis(String.prototype.padEnd) as (self: string, width: number) => string;
export const stringRepeat = uncurryThis(String.prototype.repeat) as (self: string, times: number) => string;
export const stringNormalize = uncurryThis(String.prototype.normalize) as (self: string, form: string) => string;
export const stringToLowerCase = uncurryThis(String.prototype.toLowerCase) as (self: string) => string;
export const stringTrim = uncurryThis(String.prototype.trim) as (self: string) => string;
export const stringValueOf = uncurryThis(String.prototype.valueOf) as (self: unknown) => string;

/** The parts of `text` between occurrences of the non-empty `separator`. */
export function stringSplit(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (;;) {
    const end = stringIndexOf(text, separator, start);
    if (end === -1) break;
    parts[parts.length] = stringSlice(text, start, end);
    start = end + separator.length;
  }
  parts[parts.length] = stringSlice(text, start);
  return parts;
}

/** `text` with every occurrence of the non-empty `from` replaced. */
export function stringReplaceAll(text: string, from: string, to: string): string {
  return stringIndexOf(text, from) === -1 ? text : arrayJoin(stringSplit(text, from), to);
}

export const regexpExec = uncurryThis(RegExp.prototype.exec) as (self: RegExp, text: string) => RegExpExecArray | null;
export const regexpToString = uncurryThis(RegExp.prototype.toString) as (self: unknown) => string;
export const RegExpConstructor = RegExp;

export function regexpTest(pattern: RegExp, text: string): boolean {
  return regexpExec(pattern, text) !== null;
}

/** `text` with every match of `pattern`, which must have the flag g, replaced by what `replace` returns for it. */
export function regexpReplace(text: string, pattern: RegExp, replace: (match: string) => string): string {
  let result = '';
  let end = 0;
  pattern.lastIndex = 0;
  for (let match; (match = regexpExec(pattern, text)) !== null; ) {
    result += stringSlice(text, end, match.index) + replace(match[0]);
    end = match.index + match[0].length;
    if (match[0].length === 0) pattern.lastIndex++;
  }
  return result + stringSlice(text, end);
}

export const numberIsNaN = Number.isNaN;
export const numberIsFinite = Number.isFinite;
export const numberOf = Number;
export const numberParseFloat = Number.parseFloat;
export const numberParseInt = Number.parseInt;
export const numberToString = uncurryThis(Number.prototype.toString) as (self: number, radix: number) => string;
export const numberValueOf = uncurryThis(Number.prototype.valueOf) as (self: unknown) => number;
export const booleanValueOf = uncurryThis(Boolean.prototype.valueOf) as (self: unknown) => boolean;
export const bigintValueOf = uncurryThis(BigInt.prototype.valueOf) as (self: unknown) => bigint;
export const symbolValueOf = uncurryThis(Symbol.prototype.valueOf) as (self: unknown) => symbol;
export const symbolToString = uncurryThis(Symbol.prototype.toString) as (self: unknown) => string;
export const { max: mathMax, min: mathMin, round: mathRound, sqrt: mathSqrt, floor: mathFloor, trunc: mathTrunc } = Math;
export const jsonStringify = JSON.stringify;
export const dateNow = Date.now;

export const dateToString = uncurryThis(Date.prototype.toString) as (self: unknown) => string;
export const dateToISOString = uncurryThis(Date.prototype.toISOString) as (self: unknown) => string;
export const dateGetTime = uncurryThis(Date.prototype.getTime) as (self: unknown) => number;
export const errorToString = uncurryThis(Error.prototype.toString) as (self: unknown) => string;

export const SafeMap = Map;
export const SafeSet = Set;
export const mapSize = getter(Map.prototype, 'size') as (self: unknown) => number;
export const mapHas = uncurryThis(Map.prototype.has) as (self: unknown, key: unknown) => boolean;
export const mapGet = uncurryThis(Map.prototype.get);
export const mapSet = uncurryThis(Map.prototype.set);
export const mapDelete = uncurryThis(Map.prototype.delete);
export const setSize = getter(Set.prototype, 'size') as (self: unknown) => number;
export const setHas = uncurryThis(Set.prototype.has) as (self: unknown, value: unknown) => boolean;
export const setAdd = uncurryThis(Set.prototype.add);
export const setDelete = uncurryThis(Set.prototype.delete) as (self: unknown, value: unknown) => boolean;
const mapForEach = uncurryThis(Map.prototype.forEach);
const setForEach = uncurryThis(Set.prototype.forEach);

/** The keys and values of a map, alternating. */
export function mapEntries(map: unknown): unknown[] {
  const entries: unknown[] = [];
  mapForEach(map, (value: unknown, key: unknown) => {
    entries[entries.length] = key;
    entries[entries.length] = value;
  });
  return entries;
}

/** The values of a set. */
export function setValues(set: unknown): unknown[] {
  const values: unknown[] = [];
  setForEach(set, (value: unknown) => {
    values[values.length] = value;
  });
  return values;
}

const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object;
/** The constructors of typed arrays by name. */
export const typedArrays: Record<string, new (elements: any) => ArrayBufferView> = Object.create(null);
for (const name of Object.getOwnPropertyNames(globalThis)) {
  // Other globals may be made when they are first read, some of them by modules that need this one.
  if (!/Array$/.test(name)) continue;
  const constructor = (globalThis as any)[name];
  if (typeof constructor === 'function' && Object.getPrototypeOf(constructor.prototype ?? {}) === typedArrayPrototype) {
    typedArrays[name] = constructor;
  }
}
export const typedArrayTag = getter(typedArrayPrototype, Symbol.toStringTag) as (self: unknown) => string | undefined;
export const typedArrayLength = getter(typedArrayPrototype, 'length') as (self: unknown) => number;
export const typedArrayBuffer = getter(typedArrayPrototype, 'buffer') as (self: unknown) => ArrayBufferLike;
export const typedArrayByteOffset = getter(typedArrayPrototype, 'byteOffset') as (self: unknown) => number;
export const typedArrayByteLength = getter(typedArrayPrototype, 'byteLength') as (self: unknown) => number;
export const dataViewBuffer = getter(DataView.prototype, 'buffer') as (self: unknown) => ArrayBufferLike;
export const dataViewByteOffset = getter(DataView.prototype, 'byteOffset') as (self: unknown) => number;
export const dataViewByteLength = getter(DataView.prototype, 'byteLength') as (self: unknown) => number;
export const Uint8ArrayConstructor = Uint8Array;
export const arrayBufferByteLength = getter(ArrayBuffer.prototype, 'byteLength') as (self: unknown) => number;

export const ErrorConstructor = Error;
export const TypeErrorConstructor = TypeError;
export const RangeErrorConstructor = RangeError;
export const captureStackTrace = Error.captureStackTrace;
export const PromiseConstructor = Promise;
export const promiseThen = uncurryThis(Promise.prototype.then);

/** Names of the constructors that the language itself defines. */
export const builtinNames = (() => {
  const names = new Set<string>();
  const all = Object.getOwnPropertyNames(globalThis);
  for (let i = 0; i < all.length; i++) {
    const name = all[i]!;
    const first = name.charCodeAt(0);
    if (first >= 65 && first <= 90) names.add(name);
  }
  return names;
})();
