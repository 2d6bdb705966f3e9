// The heart of inspection: any value to text.
//
// 1. `context.seen` holds the objects around the current one; one of them met again is circular.
// 2. `depth` counts the objects around the current one; beyond `context.depth` only a name is shown.
// 3. Code of a Worker can run here (proxies are bypassed, but getters of tags and names, and custom inspection, are not).

import { apiPropertiesOf, formatApiObject } from 'node-internal:inspect_api';
import { BUDGET, contains, type Context, customInspect, optionsForCustom } from 'node-internal:inspect_context';
import { type Kind, layOut } from 'node-internal:inspect_layout';
import { constructorName, isTooDeep, tagOf } from 'node-internal:inspect_names';
import { objectPrefix, type Shape, shapeOf } from 'node-internal:inspect_shape';
import { escapeControls, formatPrimitive, isIdentifier, quote, textWidth } from 'node-internal:inspect_text';
import { inspect } from 'node-internal:internal_inspect';
import {
  arrayPop,
  arrayPush,
  arraySlice,
  arraySort,
  mapGet,
  mapSet,
  mapSize,
  objectGetOwnPropertyDescriptor,
  reflectApply,
  SafeMap,
  stringReplaceAll,
  stringRepeat,
  stringSlice,
  symbolToString,
} from 'node-internal:primordials';
import { getProxyDetails } from 'node-internal:util_natives';

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
