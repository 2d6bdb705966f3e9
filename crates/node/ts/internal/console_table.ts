// What `console.table()` of `node:console` draws.

import { inspect } from 'node-internal:internal_inspect';
import { textWidth } from 'node-internal:inspect_text';
import { isMapIterator, isSetIterator, previewEntries } from 'node-internal:util_natives';
import { isMap, isSet } from 'node-internal:internal_types';

const INDEX = '(index)';
const STEP = '(iteration index)';
const KEY = 'Key';
const VALUES = 'Values';
/** An object with more properties than these is shown as its class. */
const MOST_PROPERTIES = 2;

type Column = [head: string, cells: string[]];

/** A table of `data`; `options` are those of its inspection. */
export function drawTable(data: any, properties: string[] | undefined, options: object): string {
  const show = (value: any): string => {
    const isLarge =
      value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > MOST_PROPERTIES;
    return inspect(value, { maxArrayLength: 3, breakLength: Infinity, depth: isLarge ? -1 : 0, ...options } as any);
  };
  return draw(columnsOfCollection(data, show) ?? columnsOfObject(data, properties, show));
}

function columnsOfCollection(data: any, show: (value: unknown) => string): Column[] | undefined {
  const isIterator = isMapIterator(data) || isSetIterator(data);
  if (!isIterator && !isMap(data) && !isSet(data)) return undefined;
  const { entries, isKeyValue } = isIterator ? previewEntries(data) : { entries: [...data].flat(isMap(data) ? 1 : 0), isKeyValue: isMap(data) };
  const cells = entries.map(show);
  const columns: Column[] = isKeyValue
    ? [
        [KEY, cells.filter((_, i) => i % 2 === 0)],
        [VALUES, cells.filter((_, i) => i % 2 === 1)],
      ]
    : [[VALUES, cells]];
  return [[STEP, columns[0]![1].map((_, i) => show(i))], ...columns];
}

function columnsOfObject(data: any, properties: string[] | undefined, show: (value: unknown) => string): Column[] {
  const rows = Object.keys(data);
  const columns: Record<string, string[]> = Object.create(null);
  const values: string[] = [];
  rows.forEach((row, i) => {
    const item = data[row];
    if (item === null || (typeof item !== 'object' && typeof item !== 'function')) {
      values[i] = show(item);
      return;
    }
    for (const name of properties ?? Object.keys(item)) {
      (columns[name] ??= [])[i] = Object.hasOwn(item, name) ? show(item[name]) : '';
    }
  });
  const all: Column[] = [[INDEX, rows], ...Object.entries(columns)];
  if (values.length > 0) all.push([VALUES, values]);
  return all;
}

function draw(columns: Column[]): string {
  const widths = columns.map(([head, cells]) => Math.max(textWidth(head, true), ...Array.from(cells, (cell = '') => textWidth(cell, true))));
  const count = Math.max(...columns.map(([, cells]) => cells.length));
  const rule = (left: string, between: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(between) + right;
  const row = (cells: (string | undefined)[]): string => {
    const padded = cells.map((cell = '', i) => ` ${cell}${' '.repeat(widths[i]! - textWidth(cell, true))} `);
    return `│${padded.join('│')}│`;
  };
  const lines = [rule('┌', '┬', '┐'), row(columns.map(([head]) => head)), rule('├', '┼', '┤')];
  for (let i = 0; i < count; i++) lines.push(row(columns.map(([, cells]) => cells[i])));
  lines.push(rule('└', '┴', '┘'));
  return lines.join('\n');
}
