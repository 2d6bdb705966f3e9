// The heart of inspection: any value to text.
//
// 1. `context.seen` holds the objects around the current one; one of them met again is circular.
// 2. `depth` counts the objects around the current one; beyond `context.depth` only a name is shown.
// 3. Code of a Worker can run here (proxies are bypassed, but getters of tags and names, and custom inspection, are not).

import { apiPropertiesOf, formatApiObject, kEntries } from 'node-internal:inspect_api';
import {
  type Formatter,
  formatArray,
  formatArrayBuffer,
  formatBareMap,
  formatBareSet,
  formatEntries,
  formatMap,
  formatNothing,
  formatPromise,
  formatSet,
  formatWeakCollection,
  formatWeakMap,
  formatWeakSet,
  iteratorFormatter,
  namespaceFormatter,
  typedArrayFormatter,
} from 'node-internal:inspect_collections';
import { BUDGET, contains, type Context, customInspect, optionsForCustom, plain, type Style } from 'node-internal:inspect_context';
import { formatError, isError } from 'node-internal:inspect_errors';
import { type Kind, layOut } from 'node-internal:inspect_layout';
import { constructorName, functionText, isTooDeep, prefixOf, tagOf } from 'node-internal:inspect_names';
import { inspect } from 'node-internal:internal_inspect';
import {
  escapeControls,
  formatNumber,
  formatPrimitive,
  isIdentifier,
  quote,
  textWidth,
} from 'node-internal:inspect_text';
import {
  arrayPop,
  arrayPush,
  arraySlice,
  arraySort,
  arraySplice,
  arrayUnshift,
  bigintValueOf,
  booleanValueOf,
  dateGetTime,
  dateToISOString,
  dateToString,
  isArray,
  isEnumerable,
  mapGet,
  mapSet,
  mapSize,
  numberIsNaN,
  numberValueOf,
  objectGetOwnPropertyDescriptor,
  objectGetOwnPropertyNames,
  objectGetOwnPropertySymbols,
  objectKeys,
  reflectApply,
  regexpToString,
  RegExpConstructor,
  SafeMap,
  setSize,
  stringReplaceAll,
  stringRepeat,
  stringSlice,
  stringValueOf,
  symbolToString,
  symbolValueOf,
  typedArrayLength,
  typedArrays,
  typedArrayTag,
} from 'node-internal:primordials';
import {
  getConstructorName,
  getOwnNonIndexProperties,
  getProxyDetails,
  isArgumentsObject,
  isArrayBuffer,
  isBigIntObject,
  isBooleanObject,
  isDataView,
  isDate,
  isExternal,
  isMap,
  isMapIterator,
  isModuleNamespaceObject,
  isNumberObject,
  isPromise,
  isRegExp,
  isSet,
  isSetIterator,
  isSharedArrayBuffer,
  isStringObject,
  isSymbolObject,
  isWeakMap,
  isWeakSet,
} from 'node-internal:util_natives';

/** How an object is to be shown. */
interface Shape {
  open: string;
  close: string;
  /** Text before the braces, or all there is when nothing is inside. */
  base: string;
  keys: PropertyKey[];
  kind: Kind;
  formatter: Formatter;
  /** All there is to show, when it is known already. */
  done?: string;
}

/** Formats `value`, which `depth` objects contain. `typedArray`: it is the buffer of a typed array being shown. */
export function formatValue(context: Context, value: unknown, depth: number, typedArray?: boolean): string {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    return formatPrimitive(context.stylize, value, context);
  }
  const original = value;
  let proxies = 0;
  for (let details; (details = getProxyDetails(value)) !== undefined; ) {
    if (details.target === null) return wrapProxies(context, context.stylize('<Revoked Proxy>', 'special'), proxies);
    if (context.showProxy) return formatProxy(context, details as any, depth);
    value = details.target;
    proxies++;
  }
  if (context.customInspect) {
    const text = formatCustom(context, value as object, original, depth, proxies !== 0);
    if (text !== undefined) return text;
  }
  if (contains(context, value as object)) {
    context.circular ??= new SafeMap();
    let index = mapGet<number | undefined>(context.circular, value);
    if (index === undefined) {
      index = mapSize(context.circular) + 1;
      mapSet(context.circular, value, index);
    }
    return context.stylize(`[Circular *${index}]`, 'special');
  }
  return wrapProxies(context, formatObject(context, value as object, depth, typedArray), proxies);
}

function wrapProxies(context: Context, text: string, proxies: number): string {
  for (; proxies > 0; proxies--) text = `${context.stylize('Proxy(', 'special')}${text}${context.stylize(')', 'special')}`;
  return text;
}

function formatProxy(context: Context, details: { target: object; handler: object }, depth: number): string {
  if (isTooDeep(context, depth)) return context.stylize('Proxy [Array]', 'special');
  context.indentation += 2;
  const parts = [formatValue(context, details.target, depth + 1), formatValue(context, details.handler, depth + 1)];
  context.indentation -= 2;
  return layOut(context, parts, '', 'Proxy [', ']', 'array', depth + 1, undefined);
}

/** What the object itself, or its API class, has to say. */
function formatCustom(
  context: Context,
  value: any,
  original: any,
  depth: number,
  isProxy: boolean
): string | undefined {
  const properties = apiPropertiesOf(value);
  const custom: unknown = properties === undefined ? value[customInspect] : undefined;
  if (properties === undefined && (typeof custom !== 'function' || custom === inspect)) return undefined;
  // A prototype has the function for its instances, not for itself.
  if (value.constructor?.prototype === value) return undefined;
  const remaining = context.depth === null ? null : context.depth - depth;
  const foreign = isProxy || !(original instanceof Object);
  const result =
    properties === undefined
      ? reflectApply(custom as Function, original, [remaining, optionsForCustom(context, foreign), inspect])
      : formatApiObject(context, value, properties, remaining, foreign);
  if (result === original) return undefined;
  if (typeof result !== 'string') return formatValue(context, result, depth);
  return stringReplaceAll(result, '\n', `\n${stringRepeat(' ', context.indentation)}`);
}

function keysOf(value: object, showHidden: boolean): PropertyKey[] {
  const symbols = objectGetOwnPropertySymbols(value);
  let keys: PropertyKey[];
  if (showHidden) {
    keys = objectGetOwnPropertyNames(value);
    for (let i = 0; i < symbols.length; i++) arrayPush(keys, symbols[i]);
    return keys;
  }
  try {
    keys = objectKeys(value);
  } catch {
    // A module whose exports are not initialized yet.
    keys = objectGetOwnPropertyNames(value);
  }
  for (let i = 0; i < symbols.length; i++) if (isEnumerable(value, symbols[i]!)) arrayPush(keys, symbols[i]);
  return keys;
}

function formatObject(context: Context, value: object, depth: number, typedArray?: boolean): string {
  const inherited = context.showHidden && !isTooDeep(context, depth) ? ([] as string[]) : undefined;
  const constructor = constructorName(value, context, depth, inherited);
  const isPlain = inherited === undefined || inherited.length === 0;
  const tag = tagOf(context, value);
  const shape = shapeOf(context, value, constructor, tag, isPlain, depth, typedArray);
  if (shape.done !== undefined) return shape.done;
  if (isTooDeep(context, depth)) {
    const name = stringSlice(objectPrefix(value, constructor, tag), 0, -1);
    return context.stylize(constructor === null ? name : `[${name}]`, 'special');
  }
  const inner = depth + 1;
  arrayPush(context.seen, value);
  context.currentDepth = inner;
  const indentation = context.indentation;
  let parts: string[];
  let ownCount = 0;
  try {
    parts = shape.formatter(context, value, inner);
    for (let i = 0; i < shape.keys.length; i++) {
      arrayPush(parts, formatProperty(context, value, inner, shape.keys[i]!, shape.kind));
    }
    ownCount = shape.keys.length;
    if (inherited !== undefined) for (let i = 0; i < inherited.length; i++) arrayPush(parts, inherited[i]);
  } catch (error) {
    if (!isStackOverflow(error)) throw error;
    context.indentation = indentation;
    arrayPop(context.seen);
    const name = stringSlice(objectPrefix(value, constructor, tag), 0, -1);
    const text = `[${name}: Inspection interrupted prematurely. Maximum call stack size exceeded.]`;
    return context.stylize(text, 'special');
  }
  markCircular(context, value, shape);
  arrayPop(context.seen);
  if (context.sorted) sortParts(context, parts, shape.kind, ownCount);
  const text = layOut(context, parts, shape.base, shape.open, shape.close, shape.kind, inner, value);
  const spent = (context.budget[context.indentation] ?? 0) + text.length;
  context.budget[context.indentation] = spent;
  if (spent > BUDGET) context.depth = -1;
  return text;
}

/** The prefix of an object of no known kind, or of one that is too deep. */
function objectPrefix(value: object, constructor: string | null, tag: string): string {
  return prefixOf(constructor, tag, constructor === null ? getConstructorName(value) : 'Object');
}

function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message === 'Maximum call stack size exceeded';
}

function markCircular(context: Context, value: object, shape: Shape): void {
  const index = context.circular && mapGet<number | undefined>(context.circular, value);
  if (index === undefined) return;
  const reference = context.stylize(`<ref *${index}>`, 'special');
  if (context.compact === true) shape.open = `${reference} ${shape.open}`;
  else shape.base = shape.base === '' ? reference : `${reference} ${shape.base}`;
}

function sortParts(context: Context, parts: string[], kind: Kind, ownCount: number): void {
  const order = context.sorted === true ? undefined : (context.sorted as (a: string, b: string) => number);
  if (kind === 'object') {
    arraySort(parts, order);
  } else if (ownCount > 1) {
    const start = parts.length - ownCount;
    const own = arraySort<string[]>(arraySlice(parts, start), order);
    for (let i = 0; i < ownCount; i++) parts[start + i] = own[i]!;
  }
}

function shapeOf(
  context: Context,
  value: any,
  constructor: string | null,
  tag: string,
  isPlain: boolean,
  depth: number,
  typedArray: boolean | undefined
): Shape {
  const shape: Shape = { open: '{', close: '}', base: '', keys: [], kind: 'object', formatter: formatNothing };
  if (value[kEntries] !== undefined) {
    const entries: unknown[] = value[kEntries];
    shape.keys = dropKey(keysOf(value, context.showHidden), kEntries);
    shape.open = `${prefixOf(constructor, tag, 'Object', `(${entries.length / 2})`)}{`;
    shape.formatter = (inner, _value, innerDepth) => formatEntries(inner, entries, innerDepth);
    if (entries.length === 0 && shape.keys.length === 0 && isPlain) shape.done = `${shape.open}}`;
    return shape;
  }
  if (value[Symbol.iterator] || constructor === null) {
    if (shapeOfIterable(context, value, constructor, tag, isPlain, shape)) return shape;
  }
  shapeOfOther(context, value, constructor, tag, isPlain, depth, typedArray, shape);
  return shape;
}

function dropKey(keys: PropertyKey[], unwanted: PropertyKey): PropertyKey[] {
  const kept: PropertyKey[] = [];
  for (let i = 0; i < keys.length; i++) if (keys[i] !== unwanted) arrayPush(kept, keys[i]);
  return kept;
}

/** Fills in `shape` for arrays, collections and their iterators; false for anything else. */
function shapeOfIterable(
  context: Context,
  value: any,
  constructor: string | null,
  tag: string,
  isPlain: boolean,
  shape: Shape
): boolean {
  const filter = context.showHidden ? 'all' : 'enumerable';
  let element: string | undefined;
  if (isArray(value)) {
    const prefix = constructor !== 'Array' || tag !== '' ? prefixOf(constructor, tag, 'Array', `(${value.length})`) : '';
    shape.keys = getOwnNonIndexProperties(value, filter);
    shape.open = `${prefix}[`;
    shape.close = ']';
    shape.kind = 'array';
    shape.formatter = formatArray;
    if (value.length === 0 && shape.keys.length === 0 && isPlain) shape.done = `${shape.open}]`;
  } else if (isSet(value) || isMap(value)) {
    const size = isSet(value) ? setSize(value) : mapSize(value);
    const prefix = prefixOf(constructor, tag, isSet(value) ? 'Set' : 'Map', `(${size})`);
    shape.keys = keysOf(value, context.showHidden);
    if (constructor === null) shape.formatter = isSet(value) ? formatBareSet : formatBareMap;
    else shape.formatter = isSet(value) ? formatSet : formatMap;
    shape.open = `${prefix}{`;
    if (size === 0 && shape.keys.length === 0 && isPlain) shape.done = `${shape.open}}`;
  } else if ((element = typedArrayTag(value)) !== undefined) {
    const length = typedArrayLength(value);
    const fallback = constructor === null ? element : '';
    shape.keys = getOwnNonIndexProperties(value, filter);
    shape.open = `${prefixOf(constructor, tag, fallback, `(${length})`)}[`;
    shape.close = ']';
    shape.kind = 'array';
    shape.formatter = typedArrayFormatter(constructor === null ? new typedArrays[element]!(value) : value, length);
    if (length === 0 && !context.showHidden && shape.keys.length === 0) shape.done = `${shape.open}]`;
  } else if (isMapIterator(value) || isSetIterator(value)) {
    const name = `${isMapIterator(value) ? 'Map' : 'Set'} Iterator`;
    shape.keys = keysOf(value, context.showHidden);
    shape.open = tag === name ? `[${tag}] {` : `[${tag === '' ? '' : `${tag}] [`}${name}] {`;
    shape.formatter = iteratorFormatter(shape);
  } else {
    return false;
  }
  return true;
}

function shapeOfOther(
  context: Context,
  value: any,
  constructor: string | null,
  tag: string,
  isPlain: boolean,
  depth: number,
  typedArray: boolean | undefined,
  shape: Shape
): void {
  const keys = (shape.keys = keysOf(value, context.showHidden));
  const isEmpty = keys.length === 0 && isPlain;
  if (constructor === 'Object') {
    if (isArgumentsObject(value)) shape.open = '[Arguments] {';
    else if (tag !== '') shape.open = `${objectPrefix(value, constructor, tag)}{`;
    if (isEmpty) shape.done = `${shape.open}}`;
  } else if (typeof value === 'function') {
    shape.base = functionText(context, value, constructor, tag);
    if (isEmpty) shape.done = context.stylize(shape.base, 'special');
  } else if (isRegExp(value)) {
    const source = regexpToString(constructor === null ? new RegExpConstructor(value) : value);
    shape.base = withPrefix(source, prefixOf(constructor, tag, 'RegExp'), 'RegExp ');
    if (isEmpty || isTooDeep(context, depth)) shape.done = context.stylize(shape.base, 'regexp');
  } else if (isDate(value)) {
    const text = numberIsNaN(dateGetTime(value)) ? dateToString(value) : dateToISOString(value);
    shape.base = withPrefix(text, prefixOf(constructor, tag, 'Date'), 'Date ');
    if (isEmpty) shape.done = context.stylize(shape.base, 'date');
  } else if (isError(value)) {
    shape.base = formatError(context, value, constructor, tag, keys);
    if (keys.length === 0 && isPlain) shape.done = shape.base;
  } else if (isArrayBuffer(value) || isSharedArrayBuffer(value)) {
    const prefix = prefixOf(constructor, tag, isArrayBuffer(value) ? 'ArrayBuffer' : 'SharedArrayBuffer');
    if (typedArray === undefined) {
      shape.formatter = formatArrayBuffer;
    } else if (isEmpty) {
      shape.done = `${prefix}{ byteLength: ${formatNumber(context.stylize, value.byteLength, false)} }`;
      return;
    }
    shape.open = `${prefix}{`;
    arrayUnshift(keys, 'byteLength');
  } else if (isDataView(value)) {
    shape.open = `${prefixOf(constructor, tag, 'DataView')}{`;
    // The buffer goes last, as the widest.
    arrayUnshift(keys, 'byteLength', 'byteOffset', 'buffer');
  } else if (isPromise(value)) {
    shape.open = `${prefixOf(constructor, tag, 'Promise')}{`;
    shape.formatter = formatPromise;
  } else if (isWeakSet(value)) {
    shape.open = `${prefixOf(constructor, tag, 'WeakSet')}{`;
    shape.formatter = context.showHidden ? formatWeakSet : formatWeakCollection;
  } else if (isWeakMap(value)) {
    shape.open = `${prefixOf(constructor, tag, 'WeakMap')}{`;
    shape.formatter = context.showHidden ? formatWeakMap : formatWeakCollection;
  } else if (isModuleNamespaceObject(value)) {
    shape.open = `${prefixOf(constructor, tag, 'Module')}{`;
    shape.formatter = namespaceFormatter(keys);
  } else if (isBoxed(value)) {
    shape.base = boxedText(context, value, constructor, tag, keys);
    if (keys.length === 0 && isPlain) shape.done = shape.base;
  } else if (isEmpty) {
    shape.done = isExternal(value)
      ? context.stylize('[External: <address>]', 'special')
      : `${objectPrefix(value, constructor, tag)}{}`;
  } else {
    shape.open = `${objectPrefix(value, constructor, tag)}{`;
  }
}

function withPrefix(text: string, prefix: string, usual: string): string {
  return prefix === usual ? text : `${prefix}${text}`;
}

function isBoxed(value: unknown): boolean {
  return (
    isNumberObject(value) ||
    isStringObject(value) ||
    isBooleanObject(value) ||
    isBigIntObject(value) ||
    isSymbolObject(value)
  );
}

function boxedText(
  context: Context,
  value: any,
  constructor: string | null,
  tag: string,
  keys: PropertyKey[]
): string {
  let type = 'Symbol';
  let style: Style = 'symbol';
  let primitive: unknown;
  if (isNumberObject(value)) {
    type = 'Number';
    style = 'number';
    primitive = numberValueOf(value);
  } else if (isStringObject(value)) {
    type = 'String';
    style = 'string';
    primitive = stringValueOf(value);
    // The characters are keys too, and shown as the string.
    arraySplice(keys, 0, (primitive as string).length);
  } else if (isBooleanObject(value)) {
    type = 'Boolean';
    style = 'boolean';
    primitive = booleanValueOf(value);
  } else if (isBigIntObject(value)) {
    type = 'BigInt';
    style = 'bigint';
    primitive = bigintValueOf(value);
  } else {
    primitive = symbolValueOf(value);
  }
  let text = `[${type}`;
  if (type !== constructor) text += constructor === null ? ' (null prototype)' : ` (${constructor})`;
  text += `: ${formatPrimitive(plain, primitive, context)}]`;
  if (tag !== '' && tag !== constructor) text += ` [${tag}]`;
  return keys.length === 0 ? context.stylize(text, style) : text;
}

/** Formats one property: its key and value, or only the value for the elements of arrays. */
export function formatProperty(
  context: Context,
  value: any,
  depth: number,
  key: PropertyKey,
  kind: Kind,
  descriptor: PropertyDescriptor = objectGetOwnPropertyDescriptor(value, key) ?? {
    value: value[key],
    configurable: true,
    enumerable: true,
  },
  receiver: unknown = value
): string {
  let separator = ' ';
  let text: string;
  if (descriptor.value !== undefined) {
    const width = context.compact !== true || kind !== 'object' ? 2 : 3;
    context.indentation += width;
    text = formatValue(context, descriptor.value, depth);
    if (width === 3 && context.breakLength < textWidth(text, context.colors)) {
      separator = `\n${stringRepeat(' ', context.indentation)}`;
    }
    context.indentation -= width;
  } else if (descriptor.get !== undefined) {
    text = formatGetter(context, descriptor, depth, receiver);
  } else if (descriptor.set !== undefined) {
    text = context.stylize('[Setter]', 'special');
  } else {
    text = context.stylize('undefined', 'undefined');
  }
  if (kind === 'array element') return text;
  return `${keyText(context, key, descriptor.enumerable === false)}:${separator}${text}`;
}

function keyText(context: Context, key: PropertyKey, isHidden: boolean): string {
  let text: string;
  if (typeof key === 'symbol') text = context.stylize(escapeControls(symbolToString(key)), 'symbol');
  else if (key === '__proto__') text = "['__proto__']";
  else if (isIdentifier(key as string)) text = context.stylize(key as string, 'name');
  else text = context.stylize(quote(key as string), 'string');
  return isHidden ? `[${text}]` : text;
}

function formatGetter(context: Context, descriptor: PropertyDescriptor, depth: number, receiver: unknown): string {
  const label = descriptor.set === undefined ? 'Getter' : 'Getter/Setter';
  const special = (text: string): string => context.stylize(text, 'special');
  const wanted =
    context.getters === true ||
    (context.getters === 'get' && descriptor.set === undefined) ||
    (context.getters === 'set' && descriptor.set !== undefined);
  if (!wanted) return special(`[${label}]`);
  try {
    const value = reflectApply(descriptor.get!, receiver, []);
    context.indentation += 2;
    let text: string;
    if (value === null) text = `${special(`[${label}:`)} ${context.stylize('null', 'null')}${special(']')}`;
    else if (typeof value === 'object') text = `${special(`[${label}]`)} ${formatValue(context, value, depth)}`;
    else text = `${special(`[${label}:`)} ${formatPrimitive(context.stylize, value, context)}${special(']')}`;
    context.indentation -= 2;
    return text;
  } catch (error) {
    return `${special(`[${label}:`)} <Inspection threw (${(error as any)?.message})>${special(']')}`;
  }
}
