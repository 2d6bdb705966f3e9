// What an object is called: its constructor, its tag, and the line that stands for a function or class.

import { type Context, newContext } from 'node-internal:inspect_context';
import { formatProperty, formatValue } from 'node-internal:inspect_value';
import {
  arrayPop,
  arrayPush,
  builtinNames,
  functionToString,
  hasInstance,
  hasOwn,
  isEnumerable,
  mapGet,
  mapSet,
  mathMax,
  objectAssign,
  objectGetOwnPropertyDescriptor,
  objectGetPrototypeOf,
  reflectOwnKeys,
  regexpReplace,
  regexpTest,
  SafeMap,
  SafeSet,
  setAdd,
  setHas,
  stringEndsWith,
  stringIncludes,
  stringIndexOf,
  stringOf,
  stringSlice,
  stringStartsWith,
} from 'node-internal:primordials';
import { getConstructorName, isAsyncFunction, isGeneratorFunction } from 'node-internal:util_natives';

// With hidden properties shown, those of this many prototypes are shown too.
const SHOWN_PROTOTYPES = 3;

const COMMENTS = /(\/\/.*?\n)|(\/\*(.|\n)*?\*\/)/g;
const CLASS_HEAD = /^(\s+[^(]*?)\s*{/;

/** Whether `context` leaves out what is inside an object at `depth`. */
export function isTooDeep(context: Context, depth: number): boolean {
  return context.depth !== null && depth > context.depth;
}

function isInstance(value: object, constructor: unknown): boolean {
  try {
    return hasInstance(constructor, value) || value instanceof (constructor as any);
  } catch {
    return false;
  }
}

/** Constructors by prototypes that keep their names whatever is made of their properties. */
const wellKnown = new SafeMap<object, Function>();
for (const constructor of [
  Array,
  ArrayBuffer,
  Function,
  Map,
  Set,
  Object,
  RegExp,
  Date,
  DataView,
  Error,
  Boolean,
  Number,
  String,
  Promise,
  WeakMap,
  WeakSet,
  objectGetPrototypeOf(Uint8Array) as Function,
]) {
  mapSet(wellKnown, constructor.prototype, constructor);
}

/**
 * The name of the constructor of `value`, null without prototype. With `inherited`, the properties of prototypes that
 * are not the language's own are added to it, formatted.
 */
export function constructorName(
  value: object,
  context: Context,
  depth: number,
  inherited: string[] | undefined
): string | null {
  let firstPrototype: object | null | undefined;
  for (let object: object | null = value; object !== null; ) {
    const known = mapGet(wellKnown, object);
    if (known !== undefined && hasInstance(known, value)) {
      if (inherited !== undefined && firstPrototype !== object) {
        addInherited(context, value, firstPrototype ?? value, depth, inherited);
      }
      return known.name;
    }
    const descriptor = objectGetOwnPropertyDescriptor(object, 'constructor');
    const constructor = descriptor?.value;
    if (typeof constructor === 'function' && constructor.name !== '' && isInstance(value, constructor)) {
      if (inherited !== undefined && (firstPrototype !== object || !setHas(builtinNames, constructor.name))) {
        addInherited(context, value, firstPrototype ?? value, depth, inherited);
      }
      return stringOf(constructor.name);
    }
    object = objectGetPrototypeOf(object);
    firstPrototype ??= object;
    if (firstPrototype === null) break;
  }
  if (firstPrototype === null || firstPrototype === undefined) return null;
  const name = getConstructorName(value);
  if (isTooDeep(context, depth)) return `${name} <Complex prototype>`;
  const parent = constructorName(firstPrototype, context, depth + 1, inherited);
  if (parent !== null) return `${name} <${parent}>`;
  const inner = objectAssign(newContext(), context, { customInspect: false, depth: -1, seen: [], indentation: 0 });
  return `${name} <${formatValue(inner, firstPrototype, 0)}>`;
}

function addInherited(context: Context, value: object, first: object, depth: number, output: string[]): void {
  const shown = new SafeSet<PropertyKey>();
  let prototype: object | null = first;
  for (let level = 0; level < SHOWN_PROTOTYPES; level++) {
    if (level !== 0 || value === prototype) {
      prototype = objectGetPrototypeOf(prototype);
      if (prototype === null) return;
      const constructor = objectGetOwnPropertyDescriptor(prototype, 'constructor')?.value;
      if (typeof constructor === 'function' && setHas(builtinNames, constructor.name)) return;
    }
    const keys = reflectOwnKeys(prototype);
    arrayPush(context.seen, value);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      if (key === 'constructor' || hasOwn(value, key) || (level !== 0 && setHas(shown, key))) continue;
      const descriptor = objectGetOwnPropertyDescriptor(prototype, key)!;
      if (typeof descriptor.value === 'function') continue;
      const text = formatProperty(context, prototype, depth, key, 'object', descriptor, value);
      arrayPush(output, context.colors ? `\u001b[2m${text}\u001b[22m` : text);
    }
    arrayPop(context.seen);
    for (let i = 0; i < keys.length; i++) setAdd(shown, keys[i]);
  }
}

/** The string tag of `value`, or nothing where it is one of the properties that are shown anyway. */
export function tagOf(context: Context, value: any): string {
  const tag: unknown = value[Symbol.toStringTag];
  if (typeof tag !== 'string' || tag === '') return '';
  const shown = context.showHidden ? hasOwn(value, Symbol.toStringTag) : isEnumerable(value, Symbol.toStringTag);
  return shown ? '' : tag;
}

/** What stands before the braces: name, size and tag, with a space after it. */
export function prefixOf(constructor: string | null, tag: string, fallback: string, size = ''): string {
  if (constructor === null) {
    const name = `[${fallback}${size}: null prototype] `;
    return tag !== '' && fallback !== tag ? `${name}[${tag}] ` : name;
  }
  return tag !== '' && constructor !== tag ? `${constructor}${size} [${tag}] ` : `${constructor}${size} `;
}

/** `[Function: f]`, `[class A extends B]` and the like. */
export function functionText(context: Context, value: any, constructor: string | null, tag: string): string {
  const source = functionToString(value);
  if (stringStartsWith(source, 'class') && stringEndsWith(source, '}')) {
    const rest = stringSlice(source, 5, -1);
    const brace = stringIndexOf(rest, '{');
    // `class` may also be the start of a method's name.
    const isClass =
      brace !== -1 &&
      (!stringIncludes(stringSlice(rest, 0, mathMax(brace, 0)), '(') ||
        regexpTest(CLASS_HEAD, regexpReplace(rest, COMMENTS, () => '')));
    if (isClass) return classText(value, constructor, tag);
  }
  let type = 'Function';
  if (isGeneratorFunction(value)) type = `Generator${type}`;
  if (isAsyncFunction(value)) type = `Async${type}`;
  let text = `[${type}`;
  if (constructor === null) text += ' (null prototype)';
  const name: unknown = value.name;
  if (name === '') text += ' (anonymous)';
  else text += `: ${typeof name === 'string' ? name : formatValue(context, name, NaN)}`;
  text += ']';
  if (constructor !== type && constructor !== null) text += ` ${constructor}`;
  if (tag !== '' && constructor !== tag) text += ` [${tag}]`;
  return text;
}

function classText(value: any, constructor: string | null, tag: string): string {
  const name: unknown = hasOwn(value, 'name') ? value.name : '';
  let text = 'class ';
  text += name ? `${name}` : '(anonymous)';
  if (constructor !== 'Function' && constructor !== null) text += ` [${constructor}]`;
  if (tag !== '' && constructor !== tag) text += ` [${tag}]`;
  if (constructor === null) {
    text += ' extends [null prototype]';
  } else {
    const parent = objectGetPrototypeOf(value)?.name;
    if (parent) text += ` extends ${parent}`;
  }
  return `[${text}]`;
}
