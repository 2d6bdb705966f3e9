// What kind of object a value is, and what goes before, into and after its braces.

import { kEntries } from 'node-internal:inspect_api';
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
import { type Context, plain, type Style } from 'node-internal:inspect_context';
import { formatError, isError } from 'node-internal:inspect_errors';
import { type Kind } from 'node-internal:inspect_layout';
import { functionText, isTooDeep, prefixOf } from 'node-internal:inspect_names';
import { formatNumber, formatPrimitive } from 'node-internal:inspect_text';
import {
  arrayPush,
  arraySplice,
  arrayUnshift,
  bigintValueOf,
  booleanValueOf,
  dateGetTime,
  dateToISOString,
  dateToString,
  isArray,
  isEnumerable,
  mapSize,
  numberIsNaN,
  numberValueOf,
  objectGetOwnPropertyNames,
  objectGetOwnPropertySymbols,
  objectKeys,
  regexpToString,
  RegExpConstructor,
  setSize,
  stringValueOf,
  symbolValueOf,
  typedArrayLength,
  typedArrays,
  typedArrayTag,
} from 'node-internal:primordials';
import {
  getConstructorName,
  getOwnNonIndexProperties,
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
export interface Shape {
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

/** How `value` is to be shown, with what formats its inside. */
export function shapeOf(
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
  if (Symbol.iterator in value || constructor === null) {
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

/** The prefix of an object of no known kind, or of one that is too deep. */
export function objectPrefix(value: object, constructor: string | null, tag: string): string {
  if (constructor !== null) return prefixOf(constructor, tag, 'Object');
  // The engine takes a tag for a name.
  const name = getConstructorName(value);
  return prefixOf(null, tag, name === tag ? 'Object' : name);
}
