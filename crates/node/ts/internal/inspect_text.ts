// Text: quoting, escaping, widths, numbers and the other primitives.

import { type Context, removeColors, type Stylize } from 'node-internal:inspect_context';
import {
  arrayJoin,
  mathTrunc,
  numberIsFinite,
  numberToString,
  objectIs,
  regexpReplace,
  regexpTest,
  stringCharCodeAt,
  stringCodePointAt,
  stringIncludes,
  stringIndexOf,
  stringNormalize,
  stringOf,
  stringRepeat,
  stringSlice,
  symbolToString,
} from 'node-internal:primordials';

// A long string is broken at its line ends if it is longer than this.
const UNBROKEN_STRING = 16;

const NEEDS_ESCAPE = /[\x00-\x1f'\\\x7f-\x9f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const NEEDS_ESCAPE_UNQUOTED = /[\x00-\x1f\\\x7f-\x9f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const CONTROL = /[\x00-\x1f\x7f-\x9f]/g;
const IDENTIFIER = /^[a-zA-Z_][a-zA-Z_0-9]*$/;

function hex(code: number): string {
  return '0123456789ABCDEF'[code >> 4]! + '0123456789ABCDEF'[code & 15]!;
}

function escape(character: string): string {
  const code = stringCharCodeAt(character, 0);
  switch (code) {
    case 8:
      return '\\b';
    case 9:
      return '\\t';
    case 10:
      return '\\n';
    case 12:
      return '\\f';
    case 13:
      return '\\r';
    case 39:
      return "\\'";
    case 92:
      return '\\\\';
    default:
      return code < 256 ? `\\x${hex(code)}` : `\\u${numberToString(code, 16)}`;
  }
}

/** `text` as a literal, in the quotes that need the fewest escapes. */
export function quote(text: string): string {
  let quotes = "'";
  if (stringIncludes(text, "'")) {
    if (!stringIncludes(text, '"')) quotes = '"';
    else if (!stringIncludes(text, '`') && !stringIncludes(text, '${')) quotes = '`';
  }
  return quotes + regexpReplace(text, quotes === "'" ? NEEDS_ESCAPE : NEEDS_ESCAPE_UNQUOTED, escape) + quotes;
}

/** `text` with control characters escaped, for places without quotes. */
export function escapeControls(text: string): string {
  return regexpReplace(text, CONTROL, escape);
}

export function isIdentifier(text: string): boolean {
  return regexpTest(IDENTIFIER, text);
}

/** The columns that `text` takes on a terminal. */
export function textWidth(text: string, hasColors: boolean): number {
  if (hasColors) text = removeColors(text);
  let ascii = true;
  for (let i = 0; i < text.length && ascii; i++) ascii = stringCharCodeAt(text, i) - 32 >>> 0 < 95;
  if (ascii) return text.length;
  text = stringNormalize(regexpReplace(text, /\u001b\[[\d;]*[A-Za-z]/g, () => ''), 'NFC');
  let width = 0;
  for (let i = 0; i < text.length; i++) {
    const code = stringCodePointAt(text, i);
    if (code > 0xffff) i++;
    width += isWide(code) ? 2 : isZeroWidth(code) ? 0 : 1;
  }
  return width;
}

function isWide(code: number): boolean {
  return (
    code >= 0x1100 &&
    (code <= 0x115f ||
      code === 0x2329 ||
      code === 0x232a ||
      (code >= 0x2e80 && code <= 0x3247 && code !== 0x303f) ||
      (code >= 0x3250 && code <= 0x4dbf) ||
      (code >= 0x4e00 && code <= 0xa4c6) ||
      (code >= 0xa960 && code <= 0xa97c) ||
      (code >= 0xac00 && code <= 0xd7a3) ||
      (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xfe10 && code <= 0xfe19) ||
      (code >= 0xfe30 && code <= 0xfe6b) ||
      (code >= 0xff01 && code <= 0xff60) ||
      (code >= 0xffe0 && code <= 0xffe6) ||
      (code >= 0x1b000 && code <= 0x1b001) ||
      (code >= 0x1f200 && code <= 0x1f251) ||
      (code >= 0x1f300 && code <= 0x1f64f) ||
      (code >= 0x20000 && code <= 0x3fffd))
  );
}

function isZeroWidth(code: number): boolean {
  return (
    code <= 0x1f ||
    (code >= 0x7f && code <= 0x9f) ||
    (code >= 0x300 && code <= 0x36f) ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x20d0 && code <= 0x20ff) ||
    (code >= 0xfe00 && code <= 0xfe0f) ||
    (code >= 0xfe20 && code <= 0xfe2f) ||
    (code >= 0xe0100 && code <= 0xe01ef)
  );
}

/** "1 more item", "2 more items". */
export function remainingText(count: number, what = 'item'): string {
  return `... ${count} more ${what}${count > 1 ? 's' : ''}`;
}

export function formatNumber(stylize: Stylize, value: number, separators: boolean): string {
  // With separators the sign of zero is lost, as in Node.js.
  if (!separators && objectIs(value, -0)) return stylize('-0', 'number');
  const text = stringOf(value);
  if (!separators || !numberIsFinite(value)) return stylize(text, 'number');
  const whole = mathTrunc(value);
  const wholeText = stringOf(whole);
  if (whole === value) return stylize(stringIncludes(wholeText, 'e') ? text : groupFromEnd(wholeText), 'number');
  // The whole part of -0.5 is shown as 0, which makes it `0..5`, as in Node.js.
  const fraction = stringSlice(text, wholeText.length + 1);
  return stylize(`${groupFromEnd(wholeText)}.${groupFromStart(fraction)}`, 'number');
}

export function formatBigInt(stylize: Stylize, value: bigint, separators: boolean): string {
  const text = stringOf(value);
  return stylize(`${separators ? groupFromEnd(text) : text}n`, 'bigint');
}

function groupFromEnd(digits: string): string {
  let result = '';
  let end = digits.length;
  const first = digits[0] === '-' ? 4 : 3;
  for (; end > first; end -= 3) result = `_${stringSlice(digits, end - 3, end)}${result}`;
  return stringSlice(digits, 0, end) + result;
}

function groupFromStart(digits: string): string {
  let result = '';
  let start = 0;
  for (; start + 3 < digits.length; start += 3) result += `${stringSlice(digits, start, start + 3)}_`;
  return result + stringSlice(digits, start);
}

export function formatPrimitive(stylize: Stylize, value: unknown, context: Context): string {
  switch (typeof value) {
    case 'string':
      return formatString(stylize, value, context);
    case 'number':
      return formatNumber(stylize, value, context.numericSeparator);
    case 'bigint':
      return formatBigInt(stylize, value, context.numericSeparator);
    case 'boolean':
      return stylize(stringOf(value), 'boolean');
    case 'undefined':
      return stylize('undefined', 'undefined');
    default:
      if (value === null) return stylize('null', 'null');
      // Functions, as values of getters, come here and are told to be no symbols.
      return stylize(symbolToString(value as symbol), 'symbol');
  }
}

function formatString(stylize: Stylize, value: string, context: Context): string {
  let trailer = '';
  if (value.length > context.maxStringLength) {
    trailer = remainingText(value.length - context.maxStringLength, 'character');
    value = stringSlice(value, 0, context.maxStringLength);
  }
  if (
    context.compact !== true &&
    value.length > UNBROKEN_STRING &&
    value.length > context.breakLength - context.indentation - 4
  ) {
    const lines = linesOf(value);
    for (let i = 0; i < lines.length; i++) lines[i] = stylize(quote(lines[i]!), 'string');
    return arrayJoin(lines, ` +\n${stringRepeat(' ', context.indentation + 2)}`) + trailer;
  }
  return stylize(quote(value), 'string') + trailer;
}

/** The lines of `text`, each with its line feed. */
function linesOf(text: string): string[] {
  const lines: string[] = [];
  let start = 0;
  while (start < text.length) {
    const end = stringIndexOf(text, '\n', start);
    if (end === -1) break;
    lines[lines.length] = stringSlice(text, start, end + 1);
    start = end + 1;
  }
  if (start < text.length || lines.length === 0) lines[lines.length] = stringSlice(text, start);
  return lines;
}
