// Errors: the stack, mended where class, name and stack disagree, and without frames that the cause shows as well.

import type { Context } from 'node-internal:inspect_context';
import { prefixOf } from 'node-internal:inspect_names';
import {
  arrayIncludes,
  arrayIndexOf,
  arrayPush,
  arraySplice,
  errorToString,
  isArray,
  mathMin,
  regexpExec,
  stringEndsWith,
  stringIncludes,
  stringIndexOf,
  stringOf,
  stringRepeat,
  stringReplaceAll,
  stringSlice,
  stringSplit,
  stringStartsWith,
} from 'node-internal:primordials';
import { formatValue } from 'node-internal:inspect_value';
import { isNativeError } from 'node-internal:util_natives';

const FRAME = '\n    at';
// Fewer frames in common with the cause than this are not worth leaving out.
const COMMON_FRAMES = 4;

export function isError(value: unknown): value is Error {
  return isNativeError(value) || value instanceof Error;
}

/** The stack as text, or what stands for an error without one. */
function stackOf(context: Context, error: any): string {
  const stack: unknown = error.stack;
  if (typeof stack === 'string') return stack || errorToString(error);
  // No depth: it must not be put on one line.
  return stack ? formatValue(context, stack, NaN) : errorToString(error);
}

/** The text of an error. Keys that it already shows are taken out of `keys`, hidden ones of interest are added. */
export function formatError(
  context: Context,
  error: any,
  constructor: string | null,
  tag: string,
  keys: PropertyKey[]
): string {
  const name = error.name != null ? stringOf(error.name) : 'Error';
  let stack = stackOf(context, error);
  dropShownKeys(context, error, keys, stack);
  if ('cause' in error && (keys.length === 0 || !arrayIncludes(keys, 'cause'))) arrayPush(keys, 'cause');
  if (isArray(error.errors) && (keys.length === 0 || !arrayIncludes(keys, 'errors'))) arrayPush(keys, 'errors');
  stack = withClass(stack, constructor, name, tag);
  if (error.name != null) stack = markName(stack, error.name, constructor, tag);

  const at = error.message ? stringIndexOf(stack, stringOf(error.message)) : -1;
  const messageEnd = at === -1 ? -1 : at + stringOf(error.message).length;
  const framesStart = stringIndexOf(stack, FRAME, messageEnd);
  if (framesStart === -1) {
    stack = `[${stack}]`;
  } else {
    const frames = framesOf(context, error, stringSlice(stack, framesStart + 1));
    stack = stringSlice(stack, 0, framesStart);
    for (let i = 0; i < frames.length; i++) stack += `\n${context.colors ? colorFrame(context, frames[i]!) : frames[i]}`;
  }
  return context.indentation === 0 ? stack : stringReplaceAll(stack, '\n', `\n${stringRepeat(' ', context.indentation)}`);
}

function dropShownKeys(context: Context, error: any, keys: PropertyKey[], stack: string): void {
  if (context.showHidden || keys.length === 0) return;
  const names = ['name', 'message', 'stack'];
  for (let i = 0; i < names.length; i++) {
    const index = arrayIndexOf(keys, names[i]!);
    if (index === -1) continue;
    const value = error[names[i]!];
    if (typeof value !== 'string' || stringIncludes(stack, value)) arraySplice(keys, index, 1);
  }
}

/** A name that is no text does not say that this is an error. */
function markName(stack: string, name: unknown, constructor: string | null, tag: string): string {
  if (typeof name === 'string') return stack;
  const text = stringOf(name);
  const at = stringIndexOf(stack, text);
  if (at === -1) return stack;
  const end = at + text.length;
  return `${stringSlice(stack, 0, end)} [${stringSlice(prefixOf(constructor, tag, 'Error'), 0, -1)}]${stringSlice(stack, end)}`;
}

/** Puts the class before the stack, where it says something else. */
function withClass(stack: string, constructor: string | null, name: string, tag: string): string {
  let length = name.length;
  const startsWithName =
    stringEndsWith(name, 'Error') &&
    stringStartsWith(stack, name) &&
    (stack.length === length || stack[length] === ':' || stack[length] === '\n');
  if (constructor !== null && !startsWithName) return stack;
  let fallback = 'Error';
  if (constructor === null) {
    const start =
      regexpExec(/^([A-Z][a-z_ A-Z0-9[\]()-]+)(?::|\n\s+at)/, stack) ?? regexpExec(/^([a-z_A-Z0-9-]*Error)$/, stack);
    fallback = start?.[1] ?? '';
    length = fallback.length;
    fallback = fallback || 'Error';
  }
  const prefix = stringSlice(prefixOf(constructor, tag, fallback), 0, -1);
  if (name === prefix) return stack;
  if (!stringIncludes(prefix, name)) return `${prefix} [${name}]${stringSlice(stack, length)}`;
  return length === 0 ? `${prefix}: ${stack}` : `${prefix}${stringSlice(stack, length)}`;
}

function framesOf(context: Context, error: any, text: string): string[] {
  const frames = stringSplit(text, '\n');
  const cause = error.cause;
  if (cause == null || !isError(cause)) return frames;
  const causeStack = stackOf(context, cause);
  const start = stringIndexOf(causeStack, FRAME);
  if (start === -1) return frames;
  const { length, offset } = commonRun(frames, stringSplit(stringSlice(causeStack, start + 1), '\n'));
  if (length >= COMMON_FRAMES) {
    const skipped = length - 2;
    const note = `    ... ${skipped} lines matching cause stack trace ...`;
    arraySplice(frames, offset + 1, skipped, context.stylize(note, 'undefined'));
  }
  return frames;
}

/** The first run of frames of `a` that is long enough and also in `b`. */
function commonRun(a: string[], b: string[]): { length: number; offset: number } {
  for (let i = 0; i < a.length - 3; i++) {
    const start = arrayIndexOf(b, a[i]!);
    if (start === -1) continue;
    const rest = mathMin(b.length - start, a.length - i);
    if (rest < COMMON_FRAMES) continue;
    let length = 1;
    while (length < rest && a[i + length] === b[start + length]) length++;
    if (length >= COMMON_FRAMES) return { length, offset: i };
  }
  return { length: 0, offset: 0 };
}

/** Frames of the runtime itself are dimmed. */
function colorFrame(context: Context, frame: string): string {
  return stringIncludes(frame, '(node:') || stringIncludes(frame, '(node-internal:')
    ? context.stylize(frame, 'undefined')
    : frame;
}
