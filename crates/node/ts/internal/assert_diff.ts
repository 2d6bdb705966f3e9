// Differences between two texts, line by line, as messages of failed comparisons show them.

import {
  arrayJoin,
  arrayPush,
  mathMin,
  regexpExec,
  regexpReplace,
  setAdd,
  setHas,
  SafeSet,
  stringRepeat,
  stringSlice,
  stringSplit,
  stringTrim,
} from 'node-internal:primordials';

type Change = 'added' | 'removed' | 'common';
interface Line {
  change: Change;
  text: string;
}

const SIGNS: Record<Change, string> = { added: '+   ', removed: '-   ', common: '    ' };

/** The lines of two inspected values with signs before them. */
export function diffLines(actual: string, expected: string): string {
  const lines = compare(stringSplit(actual, '\n'), stringSplit(expected, '\n'));
  const texts: string[] = [];
  for (let i = 0; i < lines.length; i++) arrayPush(texts, SIGNS[lines[i]!.change] + lines[i]!.text);
  return withHeader(arrayJoin(texts, '\n'));
}

/** Likewise for two strings, their control characters made visible. */
export function diffStrings(actual: string, expected: string): string {
  const lines = compare(visibleLines(actual), visibleLines(expected));
  exchangePairs(lines);
  let text = '';
  for (let i = 0; i < lines.length; i++) text += SIGNS[lines[i]!.change] + lines[i]!.text;
  return withHeader(text);
}

function withHeader(text: string): string {
  return `\n\n[Diff] Actual / Expected\n\n\n${text}\n`;
}

/** The lines of `text` with their line ends, which also appear escaped; the last gets one too. */
function visibleLines(text: string): string[] {
  const visible = regexpReplace(text, /[\b\f\t\v]|\r\n|\r|\n/g, (match) => {
    switch (match) {
      case '\b':
        return '\\b';
      case '\f':
        return '\\f';
      case '\t':
        return '\\t';
      case '\v':
        return '\\v';
      case '\r':
        return '\\r';
      case '\n':
        return '\\n\n';
      default:
        return '\\r\\n\r\n';
    }
  });
  const lines = stringSplit(`${visible}\n`, '\n');
  lines.length--;
  for (let i = 0; i < lines.length; i++) lines[i] += '\n';
  return lines;
}

/**
 * Pairs each changed line of the side that has fewer with one of the other side that shares a word, in order. Two habits
 * of the real workerd's message follow from its pairs: where fewer lines were added than removed, the texts of a pair
 * change places, and once the other side is used up, lines are left blank.
 */
function exchangePairs(lines: Line[]): void {
  const added: Line[] = [];
  const removed: Line[] = [];
  for (let i = 0; i < lines.length; i++) {
    if (lines[i]!.change === 'added') arrayPush(added, lines[i]);
    else if (lines[i]!.change === 'removed') arrayPush(removed, lines[i]);
  }
  const fewer = added.length < removed.length ? added : removed;
  const more = fewer === added ? removed : added;
  let next = 0;
  for (let i = 0; i < fewer.length; i++) {
    const line = fewer[i]!;
    const text = line.text;
    if (next === more.length) line.text = '';
    while (next < more.length) {
      const partner = more[next++]!;
      const isPair = sharesWord(text, partner.text);
      if (!isPair && next < more.length) continue;
      if (fewer === added) {
        line.text = partner.text;
        partner.text = text;
      }
      if (isPair) break;
    }
  }
}

function sharesWord(a: string, b: string): boolean {
  const words = new SafeSet<string>();
  eachWord(a, (word) => setAdd(words, word));
  let shared = false;
  eachWord(b, (word) => {
    shared ||= setHas(words, word);
  });
  return shared;
}

function eachWord(text: string, visit: (word: string) => void): void {
  const pattern = /\w+|[()[\]{}'"]|[^\w\s()[\]{}'"]+/g;
  for (let match; (match = regexpExec(pattern, text)) !== null; ) if (stringTrim(match[0]) !== '') visit(match[0]);
}

/** The shortest way from `a` to `b`. */
export function compare(a: string[], b: string[]): Line[] {
  let start = 0;
  while (start < mathMin(a.length, b.length) && a[start] === b[start]) start++;
  let end = 0;
  while (end < mathMin(a.length, b.length) - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const lines: Line[] = [];
  for (let i = 0; i < start; i++) arrayPush(lines, { change: 'common', text: a[i] });
  compareMiddle(slice(a, start, a.length - end), slice(b, start, b.length - end), lines);
  for (let i = a.length - end; i < a.length; i++) arrayPush(lines, { change: 'common', text: a[i] });
  return lines;
}

function slice(items: string[], from: number, to: number): string[] {
  const result: string[] = [];
  for (let i = from; i < to; i++) result[i - from] = items[i]!;
  return result;
}

/** How far a path got on its diagonal, and the steps that led there, the last one first. */
interface Point {
  y: number;
  path: Step | undefined;
}
interface Step {
  change: 'long' | 'short' | 'common';
  before: Step | undefined;
}

/**
 * S. Wu, U. Manber, G. Myers, W. Miller: An O(NP) sequence comparison algorithm (1989). On diagonal `k` a point (x, y)
 * has x = y + k, x counting the longer sequence and y the shorter one.
 */
function compareMiddle(a: string[], b: string[], lines: Line[]): void {
  const isSwapped = b.length > a.length;
  const long = isSwapped ? b : a;
  const short = isSwapped ? a : b;
  const delta = long.length - short.length;
  const furthest: Point[] = [];
  const pointAt = (k: number): Point => furthest[k + short.length] ?? { y: -1, path: undefined };
  const advance = (k: number): void => {
    if (k < -short.length || k > long.length) return;
    furthest[k + short.length] = follow(k, nextPoint(k, pointAt(k - 1), pointAt(k + 1), long.length), long, short);
  };
  for (let p = 0; pointAt(delta).y < short.length; p++) {
    for (let k = -p; k < delta; k++) advance(k);
    for (let k = delta + p; k > delta; k--) advance(k);
    advance(delta);
  }
  const steps: Step['change'][] = [];
  for (let step = pointAt(delta).path; step !== undefined; step = step.before) steps[steps.length] = step.change;
  let x = 0;
  let y = 0;
  for (let i = steps.length - 1; i >= 0; i--) {
    if (steps[i] === 'common') {
      arrayPush(lines, { change: 'common', text: long[x++] });
      y++;
    } else if (steps[i] === 'long') {
      arrayPush(lines, { change: isSwapped ? 'added' : 'removed', text: long[x++] });
    } else {
      arrayPush(lines, { change: isSwapped ? 'removed' : 'added', text: short[y++] });
    }
  }
}

/** The start of diagonal `k`: one step from the diagonal below, along the longer sequence, or from the one above. */
function nextPoint(k: number, below: Point, above: Point, longLength: number): Point {
  if (below.y === -1 && above.y === -1) return { y: 0, path: undefined };
  if (above.y === -1 || k === longLength || below.y > above.y + 1) {
    return { y: below.y, path: { change: 'long', before: below.path } };
  }
  return { y: above.y + 1, path: { change: 'short', before: above.path } };
}

function follow(k: number, point: Point, long: string[], short: string[]): Point {
  while (point.y < short.length && point.y + k < long.length && long[point.y + k] === short[point.y]) {
    point.y++;
    point.path = { change: 'common', before: point.path };
  }
  return point;
}

/** `text` with four spaces before each line. */
export function indent(text: string): string {
  return regexpReplace(text, /^/gm, () => stringRepeat(' ', 4));
}

/** `text`, cut to `length` characters with an ellipsis. */
export function shorten(text: string, length: number): string {
  return text.length > length ? `${stringSlice(text, 0, length - 3)}...` : text;
}
