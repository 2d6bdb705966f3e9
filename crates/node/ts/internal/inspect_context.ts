// Options, styles and state of one inspection.

import {
  arrayIncludes,
  hasOwn,
  objectAssign,
  objectCreate,
  objectDefineProperty,
  objectKeys,
  regexpReplace,
} from 'node-internal:primordials';

export type Style =
  | 'special'
  | 'number'
  | 'bigint'
  | 'boolean'
  | 'undefined'
  | 'null'
  | 'string'
  | 'symbol'
  | 'date'
  | 'regexp'
  | 'module'
  | 'name';

export type Stylize = (text: string, style: Style) => string;

export interface Options {
  showHidden: boolean;
  depth: number | null;
  colors: boolean;
  customInspect: boolean;
  showProxy: boolean;
  maxArrayLength: number | null;
  maxStringLength: number | null;
  breakLength: number;
  compact: boolean | number;
  sorted: boolean | ((a: string, b: string) => number);
  getters: boolean | 'get' | 'set';
  numericSeparator: boolean;
}

export interface Context extends Options {
  maxArrayLength: number;
  maxStringLength: number;
  stylize: Stylize;
  /** Options that are not ours, handed on to custom inspection functions. */
  userOptions: object | undefined;
  /** Objects that contain the current one, outermost first. */
  seen: object[];
  /** Numbers of the objects that contain themselves. */
  circular: Map<object, number> | undefined;
  /** Depth of the innermost object being formatted. */
  currentDepth: number;
  /** Columns before the current value when it starts on a line of its own. */
  indentation: number;
  /** Characters produced so far for each indentation. */
  budget: Record<number, number>;
}

/** The key under which an object can say how it is shown. */
export const customInspect: unique symbol = Symbol.for('nodejs.util.inspect.custom') as any;

// Once this much text came from one indentation, nested objects are left out.
export const BUDGET = 2 ** 27;

export const defaultOptions: Options = {
  showHidden: false,
  depth: 2,
  colors: false,
  customInspect: true,
  showProxy: false,
  maxArrayLength: 100,
  maxStringLength: 10000,
  breakLength: 80,
  compact: 3,
  sorted: false,
  getters: false,
  numericSeparator: false,
};

/** Escape codes that switch a colour or font on and off. */
export const colors: Record<string, [number, number]> = objectAssign(objectCreate(null), {
  reset: [0, 0],
  bold: [1, 22],
  dim: [2, 22],
  italic: [3, 23],
  underline: [4, 24],
  blink: [5, 25],
  inverse: [7, 27],
  hidden: [8, 28],
  strikethrough: [9, 29],
  doubleunderline: [21, 24],
  black: [30, 39],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  white: [37, 39],
  bgBlack: [40, 49],
  bgRed: [41, 49],
  bgGreen: [42, 49],
  bgYellow: [43, 49],
  bgBlue: [44, 49],
  bgMagenta: [45, 49],
  bgCyan: [46, 49],
  bgWhite: [47, 49],
  framed: [51, 54],
  overlined: [53, 55],
  gray: [90, 39],
  redBright: [91, 39],
  greenBright: [92, 39],
  yellowBright: [93, 39],
  blueBright: [94, 39],
  magentaBright: [95, 39],
  cyanBright: [96, 39],
  whiteBright: [97, 39],
  bgGray: [100, 49],
  bgRedBright: [101, 49],
  bgGreenBright: [102, 49],
  bgYellowBright: [103, 49],
  bgBlueBright: [104, 49],
  bgMagentaBright: [105, 49],
  bgCyanBright: [106, 49],
  bgWhiteBright: [107, 49],
});

// Other names of the same codes.
const COLOR_ALIASES: Array<[name: string, alias: string]> = [
  ['gray', 'grey'],
  ['gray', 'blackBright'],
  ['bgGray', 'bgGrey'],
  ['bgGray', 'bgBlackBright'],
  ['dim', 'faint'],
  ['strikethrough', 'crossedout'],
  ['strikethrough', 'strikeThrough'],
  ['strikethrough', 'crossedOut'],
  ['hidden', 'conceal'],
  ['inverse', 'swapColors'],
  ['inverse', 'swapcolors'],
  ['doubleunderline', 'doubleUnderline'],
];
for (let i = 0; i < COLOR_ALIASES.length; i++) {
  const name = COLOR_ALIASES[i]![0];
  objectDefineProperty(colors, COLOR_ALIASES[i]![1], {
    get() {
      return this[name];
    },
    set(value: [number, number]) {
      this[name] = value;
    },
    configurable: true,
    enumerable: false,
  });
}

/** The colour of each style. */
export const styles: Record<string, string> = objectAssign(objectCreate(null), {
  special: 'cyan',
  number: 'yellow',
  bigint: 'yellow',
  boolean: 'yellow',
  undefined: 'grey',
  null: 'bold',
  string: 'green',
  symbol: 'green',
  date: 'magenta',
  regexp: 'red',
  module: 'underline',
});

export function plain(text: string): string {
  return text;
}

export function colored(text: string, style: Style): string {
  const name = styles[style];
  const codes = name === undefined ? undefined : colors[name];
  return codes === undefined ? text : `\u001b[${codes[0]}m${text}\u001b[${codes[1]}m`;
}

/** `text` without the escape codes of colours. */
export function removeColors(text: string): string {
  return regexpReplace(text, /\u001b\[\d\d?m/g, () => '');
}

export function newContext(options?: object | boolean): Context {
  const context = objectAssign(objectCreate(null), defaultOptions) as Context;
  context.stylize = plain;
  context.userOptions = undefined;
  context.seen = [];
  context.circular = undefined;
  context.currentDepth = 0;
  context.indentation = 0;
  context.budget = objectCreate(null);
  if (typeof options === 'boolean') context.showHidden = options;
  else if (options) applyOptions(context, options);
  return context;
}

function applyOptions(context: Context, options: object): void {
  const names = objectKeys(options);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (hasOwn(defaultOptions, name) || name === 'stylize') {
      (context as any)[name] = (options as any)[name];
    } else {
      context.userOptions ??= options;
    }
  }
}

/** Settles what depends on other options. Called once they are all set. */
export function finishContext(context: Context): void {
  if (context.colors) context.stylize = colored;
  if (context.maxArrayLength === null) context.maxArrayLength = Infinity;
  if (context.maxStringLength === null) context.maxStringLength = Infinity;
}

/** What a custom inspection function gets as options. */
export function optionsForCustom(context: Context, foreign: boolean): object {
  const options: any = { stylize: context.stylize };
  const names = objectKeys(defaultOptions);
  for (let i = 0; i < names.length; i++) options[names[i]!] = (context as any)[names[i]!];
  objectAssign(options, context.userOptions);
  if (!foreign) return options;
  // The object is from elsewhere: it gets nothing through which it could reach our prototypes.
  const bare = objectCreate(null);
  const keys = objectKeys(options);
  for (let i = 0; i < keys.length; i++) {
    const value = options[keys[i]!];
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) bare[keys[i]!] = value;
  }
  bare.stylize = (value: unknown, style: Style) => {
    const text = `${value}`;
    const codes = context.stylize === plain ? undefined : style;
    return codes === undefined ? text : context.stylize(text, style);
  };
  return bare;
}

export function contains(context: Context, value: object): boolean {
  return arrayIncludes(context.seen, value);
}
