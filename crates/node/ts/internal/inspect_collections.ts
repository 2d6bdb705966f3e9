// What is inside arrays, maps, sets, buffers, iterators, promises and modules.

import type { Context } from 'node-internal:inspect_context';
import { layOut } from 'node-internal:inspect_layout';
import { formatBigInt, formatNumber, remainingText } from 'node-internal:inspect_text';
import { formatProperty, formatValue } from 'node-internal:inspect_value';
import {
  arrayPush,
  arraySort,
  hasOwn,
  mapEntries,
  mathMax,
  mathMin,
  numberToString,
  objectKeys,
  setValues,
  stringSlice,
  stringTrim,
  Uint8ArrayConstructor,
} from 'node-internal:primordials';
import { getPromiseDetails, previewEntries } from 'node-internal:util_natives';

/** Formats the inside of a value: one text for each part. */
export type Formatter = (context: Context, value: any, depth: number) => string[];

const ENTRY_INDENTATION = 2;

function shownCount(context: Context, length: number): number {
  return mathMin(mathMax(0, context.maxArrayLength), length);
}

function addRemaining(parts: string[], total: number, shown: number): string[] {
  if (total > shown) arrayPush(parts, remainingText(total - shown));
  return parts;
}

export const formatNothing: Formatter = () => [];

export const formatArray: Formatter = (context, array: unknown[], depth) => {
  const parts: string[] = [];
  const length = array.length;
  const shown = shownCount(context, length);
  for (let i = 0; i < shown; i++) {
    if (!hasOwn(array, i)) return formatSparseArray(context, array, depth, parts, i);
    arrayPush(parts, formatProperty(context, array, depth, i as any, 'array element'));
  }
  return addRemaining(parts, length, shown);
};

/** Continues an array at its first hole, `index`. A run of holes counts as one element. */
function formatSparseArray(
  context: Context,
  array: unknown[],
  depth: number,
  parts: string[],
  index: number
): string[] {
  const limit = shownCount(context, array.length);
  const keys = objectKeys(array);
  let next = index;
  let position = index;
  for (; position < keys.length && parts.length < limit; position++) {
    const key = keys[position]!;
    const at = arrayIndex(key);
    if (at === -1) break;
    if (at !== next) {
      arrayPush(parts, holes(context, at - next));
      next = at;
      if (parts.length === limit) break;
    }
    arrayPush(parts, formatProperty(context, array, depth, key, 'array element'));
    next++;
  }
  const remaining = array.length - next;
  if (parts.length !== limit) {
    if (remaining > 0) arrayPush(parts, holes(context, remaining));
  } else if (remaining > 0) {
    arrayPush(parts, remainingText(remaining));
  }
  return parts;
}

function holes(context: Context, count: number): string {
  return context.stylize(`<${count} empty item${count > 1 ? 's' : ''}>`, 'undefined');
}

function arrayIndex(key: string): number {
  const index = +key;
  return index >= 0 && index < 4294967295 && `${index}` === key && index % 1 === 0 ? index : -1;
}

/** For the typed array `elements`, which may stand in for the value that is shown. */
export function typedArrayFormatter(elements: any, length: number): Formatter {
  return (context, _value, depth) => {
    const shown = shownCount(context, length);
    const parts: string[] = [];
    // An array that hides its length is taken for one of big integers.
    const bigints = !(elements.length > 0 && typeof elements[0] === 'number');
    for (let i = 0; i < shown; i++) {
      const element = elements[i]!;
      const text =
        bigints
          ? formatBigInt(context.stylize, element, context.numericSeparator)
          : formatNumber(context.stylize, element, context.numericSeparator);
      arrayPush(parts, text);
    }
    addRemaining(parts, length, shown);
    if (context.showHidden) {
      context.indentation += ENTRY_INDENTATION;
      const keys = ['BYTES_PER_ELEMENT', 'length', 'byteLength', 'byteOffset', 'buffer'];
      for (let i = 0; i < keys.length; i++) {
        arrayPush(parts, `[${keys[i]}]: ${formatValue(context, elements[keys[i]!], depth, true)}`);
      }
      context.indentation -= ENTRY_INDENTATION;
    }
    return parts;
  };
}

export const formatArrayBuffer: Formatter = (context, buffer: ArrayBuffer) => {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8ArrayConstructor(buffer);
  } catch {
    return [context.stylize('(detached)', 'special')];
  }
  const shown = shownCount(context, bytes.length);
  let text = '';
  for (let i = 0; i < shown; i++) {
    text += `${bytes[i]! < 16 ? '0' : ''}${numberToString(bytes[i]!, 16)} `;
  }
  text = stringTrim(text);
  if (bytes.length > shown) text += ` ${remainingText(bytes.length - shown, 'byte')}`;
  return [`${context.stylize('[Uint8Contents]', 'special')}: <${text}>`];
};

export const formatSet: Formatter = (context, set, depth) => {
  const values = setValues(set);
  return formatItems(context, values, depth);
};

function formatItems(
  context: Context,
  values: unknown[],
  depth: number,
  shown = shownCount(context, values.length)
): string[] {
  const parts: string[] = [];
  context.indentation += ENTRY_INDENTATION;
  for (let i = 0; i < shown; i++) arrayPush(parts, formatValue(context, values[i], depth));
  context.indentation -= ENTRY_INDENTATION;
  return addRemaining(parts, values.length, shown);
}

export const formatMap: Formatter = (context, map, depth) => formatEntries(context, mapEntries(map), depth);

/** Entries, keys and values alternating, as `key => value`. */
export function formatEntries(
  context: Context,
  entries: unknown[],
  depth: number,
  shown = shownCount(context, entries.length / 2)
): string[] {
  const count = entries.length / 2;
  const parts: string[] = [];
  context.indentation += ENTRY_INDENTATION;
  for (let i = 0; i < shown; i++) {
    const key = formatValue(context, entries[2 * i], depth);
    arrayPush(parts, `${key} => ${formatValue(context, entries[2 * i + 1], depth)}`);
  }
  context.indentation -= ENTRY_INDENTATION;
  return addRemaining(parts, count, shown);
}

// Without a prototype the limit on entries does not apply, as in Node.js.

export const formatBareSet: Formatter = (context, set, depth) => {
  const values = setValues(set);
  return formatItems(context, values, depth, values.length);
};

export const formatBareMap: Formatter = (context, map, depth) => {
  const entries = mapEntries(map);
  return formatEntries(context, entries, depth, entries.length / 2);
};

/** Entries as pairs, for iterators over entries. */
function formatPairs(context: Context, entries: unknown[], depth: number): string[] {
  const count = entries.length / 2;
  const shown = shownCount(context, count);
  const parts: string[] = [];
  context.indentation += ENTRY_INDENTATION;
  for (let i = 0; i < shown; i++) {
    const pair = [formatValue(context, entries[2 * i], depth), formatValue(context, entries[2 * i + 1], depth)];
    arrayPush(parts, layOut(context, pair, '', '[', ']', 'array', depth, undefined));
  }
  context.indentation -= ENTRY_INDENTATION;
  return addRemaining(parts, count, shown);
}

/** For an iterator over a map or set. `braces` says "Entries" instead of "Iterator" where pairs come out. */
export function iteratorFormatter(braces: { open: string }): Formatter {
  return (context, iterator, depth) => {
    const { entries, isKeyValue } = previewEntries(iterator);
    if (!isKeyValue) return formatItems(context, entries, depth);
    const end = ' Iterator] {';
    braces.open = `${stringSlice(braces.open, 0, -end.length)} Entries] {`;
    return formatPairs(context, entries, depth);
  };
}

export const formatWeakCollection: Formatter = (context) => [context.stylize('<items unknown>', 'special')];

export const formatWeakSet: Formatter = (context, set, depth) => {
  const { entries } = previewEntries(set);
  return weakOrder(context, entries.length, formatItems(context, entries, depth));
};

export const formatWeakMap: Formatter = (context, map, depth) => {
  const { entries } = previewEntries(map);
  return weakOrder(context, entries.length / 2, formatEntries(context, entries, depth));
};

/** The order inside weak collections is accidental, so the parts are sorted. */
function weakOrder(context: Context, total: number, parts: string[]): string[] {
  if (context.sorted) return parts;
  const last = total > context.maxArrayLength ? parts.length - 1 : parts.length;
  const rest = parts[last];
  parts.length = last;
  arraySort(parts);
  if (rest !== undefined) arrayPush(parts, rest);
  return parts;
}

export const formatPromise: Formatter = (context, promise, depth) => {
  const { state, result } = getPromiseDetails(promise);
  if (state === 'pending') return [context.stylize('<pending>', 'special')];
  context.indentation += ENTRY_INDENTATION;
  const text = formatValue(context, result, depth);
  context.indentation -= ENTRY_INDENTATION;
  return [state === 'rejected' ? `${context.stylize('<rejected>', 'special')} ${text}` : text];
};

/** For the exports of a module, of which some may not be initialized yet. */
export function namespaceFormatter(keys: PropertyKey[]): Formatter {
  return (context, namespace, depth) => {
    const parts: string[] = [];
    for (let i = 0; i < keys.length; i++) {
      try {
        arrayPush(parts, formatProperty(context, namespace, depth, keys[i]!, 'object'));
      } catch (error) {
        if (!(error instanceof ReferenceError)) throw error;
        // Formatted with a stand-in, whose value is then replaced.
        const empty: Record<PropertyKey, unknown> = { [keys[i]!]: '' };
        const text = formatProperty(context, empty, depth, keys[i]!, 'object');
        const end = text.length - context.stylize("''", 'string').length;
        arrayPush(parts, stringSlice(text, 0, end) + context.stylize('<uninitialized>', 'special'));
      }
    }
    // They are all shown: nothing is left for the caller.
    keys.length = 0;
    return parts;
  };
}
