// `inspect` and `format` of node:util, and the formatting of console messages.

import {
  type Options,
  colors,
  customInspect,
  defaultOptions,
  finishContext,
  newContext,
  removeColors,
  styles,
} from 'node-internal:inspect_context';
import { formatBigInt, formatNumber } from 'node-internal:inspect_text';
import { formatValue } from 'node-internal:inspect_value';
import {
  builtinNames,
  dateNow,
  hasOwn,
  jsonStringify,
  numberOf,
  numberParseFloat,
  numberParseInt,
  objectAssign,
  objectDefineProperty,
  objectGetOwnPropertyDescriptor,
  objectGetPrototypeOf,
  regexpReplace,
  setHas,
  stringCharCodeAt,
  stringIncludes,
  stringOf,
  stringSlice,
} from 'node-internal:primordials';
import { isError } from 'node-internal:inspect_errors';
import { invalidArgType } from 'node-internal:internal_errors';
import { validateObject, validateString } from 'node-internal:validators';
import { getProxyDetails } from 'node-internal:util_natives';

/** The text that shows `value` to a person who debugs. Depth and colours may also come as third and fourth argument. */
export function inspect(value: unknown, options?: Partial<Options> | boolean): string {
  const context = newContext(options as any);
  if (arguments.length >= 3 && arguments[2] !== undefined && !givesOption(options, 'depth')) {
    context.depth = arguments[2];
  }
  if (arguments.length >= 4 && arguments[3] !== undefined && !givesOption(options, 'colors')) {
    context.colors = arguments[3];
  }
  finishContext(context);
  return formatValue(context, value, 0);
}

function givesOption(options: unknown, name: string): boolean {
  return typeof options === 'object' && options !== null && hasOwn(options, name);
}

inspect.custom = customInspect;
inspect.colors = colors;
inspect.styles = styles;
objectDefineProperty(inspect, 'defaultOptions', {
  get() {
    return defaultOptions;
  },
  set(options: object) {
    validateObject(options, 'options');
    objectAssign(defaultOptions, options);
  },
});

/** `text` without the escape sequences of terminals. */
export function stripVTControlCharacters(text: string): string {
  validateString(text, 'str');
  return regexpReplace(text, TERMINAL_SEQUENCE, () => '');
}

const TERMINAL_SEQUENCE =
  /[\u001b\u009b][[\]()#;?]*(?:(?:(?:(?:;[-a-zA-Z\d/#&.:=?%@~_]+)*|[a-zA-Z\d]+(?:;[-a-zA-Z\d/#&.:=?%@~_]*)*)?(?:\u0007|\u001b\u005c|\u009c))|(?:(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PR-TZcf-ntqry=><~]))/g;

/** The arguments as one text, `%` placeholders of the first replaced. */
export function format(...args: unknown[]): string {
  return formatArguments(undefined, args);
}

/** Like `format`, with options for what is inspected. */
export function formatWithOptions(inspectOptions: Partial<Options>, ...args: unknown[]): string {
  if (typeof inspectOptions !== 'object' || inspectOptions === null) {
    throw invalidArgType('inspectOptions', 'object', inspectOptions);
  }
  return formatArguments(inspectOptions, args);
}

/**
 * The text of a console message. With `level`, a line of a structured log instead.
 *
 * Never throws: what goes wrong becomes the message.
 */
export function formatLog(values: unknown[], useColors: boolean, level?: string): string {
  try {
    const message = formatArguments({ colors: useColors }, values);
    return level === undefined ? message : jsonStringify({ timestamp: dateNow(), level, message });
  } catch (error) {
    return `<Formatting threw (${isError(error) ? error.stack : stringOf(error)})>`;
  }
}

function formatArguments(options: Partial<Options> | undefined, args: unknown[]): string {
  const first = args[0];
  let text = '';
  let next = 0;
  let separator = '';
  if (typeof first === 'string') {
    if (args.length === 1) return first;
    const filled = fillPlaceholders(options, first, args);
    if (filled !== undefined) {
      text = filled.text;
      next = filled.next;
      separator = ' ';
    }
  }
  for (; next < args.length; next++) {
    const value = args[next];
    text += separator + (typeof value === 'string' ? value : inspect(value, options as any));
    separator = ' ';
  }
  return text;
}

/** The text of `first` with placeholders replaced, and the first argument that is left; undefined without any. */
function fillPlaceholders(
  options: Partial<Options> | undefined,
  first: string,
  args: unknown[]
): { text: string; next: number } | undefined {
  let text = '';
  let next = 0;
  let done = 0;
  for (let i = 0; i < first.length - 1; i++) {
    if (stringCharCodeAt(first, i) !== PERCENT) continue;
    const letter = first[++i]!;
    let replacement: string | undefined;
    if (letter === '%') {
      text += stringSlice(first, done, i);
      done = i + 1;
      continue;
    }
    if (next + 1 === args.length) continue;
    replacement = formatPlaceholder(options, letter, args[next + 1]);
    if (replacement === undefined) continue;
    next++;
    if (done !== i - 1) text += stringSlice(first, done, i - 1);
    text += replacement;
    done = i + 1;
  }
  if (done === 0) return undefined;
  if (done < first.length) text += stringSlice(first, done);
  return { text, next: next + 1 };
}

const PERCENT = 37;

function formatPlaceholder(options: Partial<Options> | undefined, letter: string, value: any): string | undefined {
  const separators = options?.numericSeparator ?? defaultOptions.numericSeparator;
  switch (letter) {
    case 's':
      if (typeof value === 'number') return formatNumber(plainText, value, separators);
      if (typeof value === 'bigint') return formatBigInt(plainText, value, separators);
      if (typeof value !== 'object' || value === null || !hasBuiltinToString(value)) return stringOf(value);
      return inspect(value, objectAssign({}, options, { depth: 0, colors: false, compact: 3 }));
    case 'j':
      return tryStringify(value);
    case 'd':
      if (typeof value === 'bigint') return formatBigInt(plainText, value, separators);
      return formatNumber(plainText, typeof value === 'symbol' ? NaN : numberOf(value), separators);
    case 'i':
      if (typeof value === 'bigint') return formatBigInt(plainText, value, separators);
      return formatNumber(plainText, typeof value === 'symbol' ? NaN : numberParseInt(value), separators);
    case 'f':
      return formatNumber(plainText, typeof value === 'symbol' ? NaN : numberParseFloat(value), false);
    case 'O':
      return inspect(value, options as any);
    case 'o':
      return inspect(value, objectAssign({}, options, { showHidden: true, showProxy: true, depth: 4 }));
    case 'c':
      return '';
    default:
      return undefined;
  }
}

function plainText(text: string): string {
  return text;
}

function tryStringify(value: unknown): string {
  try {
    return jsonStringify(value) ?? 'undefined';
  } catch (error: any) {
    if (error?.name === 'TypeError' && stringIncludes(stringOf(error.message), 'circular structure')) return '[Circular]';
    throw error;
  }
}

/** Whether `String(value)` would not say anything of this object's own. */
function hasBuiltinToString(value: any): boolean {
  for (let details; (details = getProxyDetails(value)) !== undefined; ) {
    if (details.target === null) return true;
    value = details.target;
  }
  if (typeof value.toString !== 'function') return true;
  if (hasOwn(value, 'toString')) return false;
  let owner: object = value;
  do {
    owner = objectGetPrototypeOf(owner) as object;
  } while (!hasOwn(owner, 'toString'));
  const constructor = objectGetOwnPropertyDescriptor(owner, 'constructor')?.value;
  return typeof constructor === 'function' && setHas(builtinNames, constructor.name);
}
