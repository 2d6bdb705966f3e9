// Objects of API classes (Request, Headers, ...): shown as their attributes, or as entries where they have some.

import { type Context, finishContext, newContext, optionsForCustom } from 'node-internal:inspect_context';
import { formatValue } from 'node-internal:inspect_value';
import {
  arrayPush,
  builtinNames,
  isArray,
  isEnumerable,
  objectDefineProperty,
  objectGetOwnPropertyDescriptor,
  objectGetOwnPropertyNames,
  objectGetPrototypeOf,
  setHas,
  stringIndexOf,
  stringSlice,
} from 'node-internal:primordials';
import { getApiProperties } from 'node-internal:util_natives';

/** Marks the stand-in of an object that has entries; its value has keys and values alternating. */
export const kEntries = Symbol('kEntries');

export type ApiProperties = Array<[name: string, symbol: symbol]>;

export function apiPropertiesOf(value: object): ApiProperties | undefined {
  return getApiProperties(value);
}

/** Formats `value`, an object of an API class, `depth` levels of which may still be shown. */
export function formatApiObject(
  context: Context,
  value: any,
  properties: ApiProperties,
  depth: number | null,
  foreign: boolean
): string {
  const name: string = value.constructor.name;
  if (depth !== null && depth < 0) return context.stylize(`[${name}]`, 'special');
  const entries = entriesOf(value);
  const text = inspectStandIn(context, standInFor(value, properties, entries), depth, foreign);
  if (entries === undefined) return `${name} ${text}`;
  // The stand-in is shown as `Object(1) {...}`.
  const at = stringIndexOf(text, 'Object');
  return `${name}${at === -1 ? text : stringSlice(text, 0, at) + stringSlice(text, at + 6)}`;
}

function inspectStandIn(context: Context, record: object, depth: number | null, foreign: boolean): string {
  const inner = newContext(optionsForCustom(context, foreign));
  inner.depth = depth;
  inner.showHidden = true;
  finishContext(inner);
  return formatValue(inner, record, 0);
}

/** A plain object with what is to be shown; what only inspection shows is not enumerable there. */
function standInFor(value: any, properties: ApiProperties, entries: unknown[] | undefined): object {
  const record: Record<PropertyKey, unknown> = {};
  if (entries !== undefined) objectDefineProperty(record, kEntries, { value: entries });
  let object: object | null = value;
  do {
    const names = objectGetOwnPropertyNames(object);
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const property = value[name];
      if (typeof property === 'function' || isEnumerable(value.constructor, name)) continue;
      // The entries are counted already.
      if (entries !== undefined && name === 'size') continue;
      objectDefineProperty(record, name, { value: property, enumerable: true, configurable: true, writable: true });
    }
    object = objectGetPrototypeOf(object);
  } while (object !== null && !isLanguagePrototype(object));
  for (let i = 0; i < properties.length; i++) {
    const property = properties[i]!;
    objectDefineProperty(record, property[0], { value: value[property[1]], enumerable: false, configurable: true });
  }
  return record;
}

function isLanguagePrototype(prototype: object): boolean {
  if (getApiProperties(prototype) !== undefined) return false;
  const constructor = objectGetOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof constructor === 'function' && setHas(builtinNames, constructor.name);
}

/** The keys and values that `entries()` gives, alternating, if it gives pairs. */
function entriesOf(value: any): unknown[] | undefined {
  // RPC stubs answer to any name, and asking them would be a call to the other side.
  const descriptor = descriptorOf(value, 'entries');
  if (typeof descriptor?.value !== 'function') return undefined;
  const iterator = value.entries();
  if (typeof iterator !== 'object' || iterator === null || !(Symbol.iterator in iterator)) return undefined;
  const entries: unknown[] = [];
  for (let step; !(step = iterator.next()).done; ) {
    const pair = step.value;
    if (!isArray(pair) || pair.length !== 2) return undefined;
    arrayPush(entries, pair[0], pair[1]);
  }
  return entries;
}

function descriptorOf(value: object, name: string): PropertyDescriptor | undefined {
  for (let object: object | null = value; object !== null; object = objectGetPrototypeOf(object)) {
    const descriptor = objectGetOwnPropertyDescriptor(object, name);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}
