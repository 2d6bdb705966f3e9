// From the formatted parts of an object to one text: on one line if it fits, else on several, arrays in columns.

import { type Context, removeColors } from 'node-internal:inspect_context';
import { textWidth } from 'node-internal:inspect_text';
import {
  arrayJoin,
  arrayPush,
  mathFloor,
  mathMax,
  mathMin,
  mathRound,
  mathSqrt,
  stringIncludes,
  stringPadEnd,
  stringPadStart,
  stringRepeat,
} from 'node-internal:primordials';

/** What the parts of an object are: decides on columns and on how keys are shown. */
export type Kind = 'object' | 'array element' | 'array';

// Arrays with more elements than this are shown in columns.
const COLUMNS_FROM = 6;
const MOST_COLUMNS = 15;
// A character is about two and a half times as high as it is wide; the block should look like a square.
const CHARACTER_HEIGHT = 2.5;
const SEPARATOR_WIDTH = 2;

export function layOut(
  context: Context,
  parts: string[],
  base: string,
  open: string,
  close: string,
  kind: Kind,
  depth: number,
  value: unknown
): string {
  const prefix = base === '' ? '' : `${base} `;
  const newline = `\n${stringRepeat(' ', context.indentation)}`;
  if (context.compact === true) {
    if (fits(context, parts, 0, base)) {
      return `${open}${base === '' ? '' : ` ${base}`} ${arrayJoin(parts, ', ')} ${close}`;
    }
    const start = base === '' && open.length === 1 ? ' ' : `${base === '' ? '' : ` ${base}`}${newline}  `;
    return `${open}${start}${arrayJoin(parts, `,${newline}  `)} ${close}`;
  }
  if (typeof context.compact === 'number' && context.compact >= 1) {
    const count = parts.length;
    if (kind === 'array' && count > COLUMNS_FROM) parts = inColumns(context, parts, value);
    // The innermost levels go on one line, unless they were put in columns.
    if (context.currentDepth - depth < context.compact && count === parts.length) {
      const start = parts.length + context.indentation + open.length + base.length + 10;
      if (fits(context, parts, start, base)) {
        const joined = arrayJoin(parts, ', ');
        if (!stringIncludes(joined, '\n')) return `${prefix}${open} ${joined} ${close}`;
      }
    }
  }
  return `${prefix}${open}${newline}  ${arrayJoin(parts, `,${newline}  `)}${newline}${close}`;
}

function fits(context: Context, parts: string[], start: number, base: string): boolean {
  let width = parts.length + start;
  if (width + parts.length > context.breakLength) return false;
  for (let i = 0; i < parts.length; i++) {
    width += context.colors ? removeColors(parts[i]!).length : parts[i]!.length;
    if (width > context.breakLength) return false;
  }
  return base === '' || !stringIncludes(base, '\n');
}

function inColumns(context: Context, parts: string[], value: unknown): string[] {
  // The last part may say how many elements were left out; it keeps a line of its own.
  const count = context.maxArrayLength < parts.length ? parts.length - 1 : parts.length;
  const widths: number[] = [];
  let total = 0;
  let widest = 0;
  for (let i = 0; i < count; i++) {
    const width = textWidth(parts[i]!, context.colors);
    widths[i] = width;
    total += width + SEPARATOR_WIDTH;
    widest = mathMax(widest, width);
  }
  const columnWidth = widest + SEPARATOR_WIDTH;
  const worthwhile =
    columnWidth * 3 + context.indentation < context.breakLength && (total / columnWidth > 5 || widest <= 6);
  if (!worthwhile) return parts;
  const bias = mathMax(columnWidth - 3 - mathSqrt(columnWidth - total / parts.length), 1);
  const columns = mathMin(
    mathRound(mathSqrt(CHARACTER_HEIGHT * bias * count) / bias),
    mathFloor((context.breakLength - context.indentation) / columnWidth),
    (context.compact as number) * 4,
    MOST_COLUMNS
  );
  if (columns <= 1) return parts;
  const columnWidths: number[] = [];
  for (let column = 0; column < columns; column++) {
    let width = 0;
    for (let i = column; i < count; i += columns) width = mathMax(width, widths[i]!);
    columnWidths[column] = width + SEPARATOR_WIDTH;
  }
  const pad = value !== undefined && allNumbers(value as unknown[], parts.length) ? stringPadStart : stringPadEnd;
  const lines: string[] = [];
  for (let row = 0; row < count; row += columns) {
    const last = mathMin(row + columns, count) - 1;
    let line = '';
    for (let i = row; i < last; i++) {
      // Characters that take no column or two must not count in the padding.
      const hidden = parts[i]!.length - widths[i]!;
      line += pad(`${parts[i]!}, `, columnWidths[i - row]! + hidden);
    }
    if (pad === stringPadStart) {
      const hidden = parts[last]!.length - widths[last]!;
      line += stringPadStart(parts[last]!, columnWidths[last - row]! + hidden - SEPARATOR_WIDTH);
    } else {
      line += parts[last]!;
    }
    arrayPush(lines, line);
  }
  if (count < parts.length) arrayPush(lines, parts[count]!);
  return lines;
}

function allNumbers(values: unknown[], count: number): boolean {
  for (let i = 0; i < count; i++) {
    const type = typeof values[i];
    if (type !== 'number' && type !== 'bigint') return false;
  }
  return true;
}
