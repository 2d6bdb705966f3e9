// AssertionError and the message that compares two values.

import { shorten } from 'node-internal:assert_diff';
import { invalidArgType } from 'node-internal:internal_errors';
import { inspect } from 'node-internal:internal_inspect';
import {
  arrayJoin,
  captureStackTrace,
  ErrorConstructor,
  mathMax,
  objectAssign,
  objectCreate,
  objectDefineProperty,
  objectGetOwnPropertyDescriptor,
  objectGetPrototypeOf,
  objectKeys,
  stringEndsWith,
  stringOf,
  stringRepeat,
  stringSlice,
  stringSplit,
} from 'node-internal:primordials';

const TITLES: Record<string, string> = objectAssign(objectCreate(null), {
  deepStrictEqual: 'Expected values to be strictly deep-equal:',
  strictEqual: 'Expected values to be strictly equal:',
  strictEqualObject: 'Expected "actual" to be reference-equal to "expected":',
  deepEqual: 'Expected values to be loosely deep-equal:',
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
  notStrictEqual: 'Expected "actual" to be strictly unequal to:',
  notStrictEqualObject: 'Expected "actual" not to be reference-equal to "expected":',
  notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
  notDeepEqualUnequal: 'Expected values not to be loosely deep-equal:',
});
const SAME_STRUCTURE = 'Values have same structure but are not reference-equal:';

// Two values that are together no longer than this are shown as `a !== b`.
const SHORT = 12;
// A position is marked only if both values fit into this many columns.
const LINE = 80;
// A diff ends once it has more lines than this.
const MOST_LINES = 50;
// A value on its own is cut to this many lines if it has more than MOST_LINES.
const CUT_LINES = 46;

export interface AssertionErrorOptions {
  message?: unknown;
  actual?: unknown;
  expected?: unknown;
  operator?: string;
  details?: Array<{ message: string; actual: unknown; expected: unknown; operator: string; stack: unknown }>;
  stackStartFn?: Function;
  stackStartFunction?: Function;
}

function show(value: unknown): string {
  return inspect(value, {
    compact: true,
    customInspect: false,
    depth: 1000,
    maxArrayLength: Infinity,
    showHidden: false,
    showProxy: false,
    sorted: true,
    getters: true,
  });
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** The message for values that are not equal under `operator`. */
function unequalMessage(actual: unknown, expected: unknown, operator: string): string {
  const actualText = show(actual);
  const ours = stringSplit(actualText, '\n');
  const theirs = stringSplit(show(expected), '\n');
  const areObjects =
    (isObject(actual) && isObject(expected)) || (typeof actual === 'function' && typeof expected === 'function');
  const title = TITLES[operator === 'strictEqual' && areObjects ? 'strictEqualObject' : operator]!;
  let marker = '';
  if (ours.length === 1 && theirs.length === 1 && ours[0] !== theirs[0]) {
    const length = ours[0]!.length + theirs[0]!.length;
    if (length <= SHORT) {
      const areZeros = actual === 0 && expected === 0;
      if (!isObject(actual) && !isObject(expected) && !areZeros) return `${title}\n\n${ours[0]} !== ${theirs[0]}\n`;
    } else if (!(operator === 'strictEqual' && areObjects) && length < LINE) {
      let same = 0;
      while (ours[0]![same] === theirs[0]![same]) same++;
      if (same > 2) marker = `\n  ${stringRepeat(' ', same)}^`;
    }
  }
  const tail = takeCommonTail(ours, theirs);
  if (ours.length === 0 && theirs.length === 0) {
    return `${SAME_STRUCTURE}\n\n${arrayJoin(cut(stringSplit(actualText, '\n')), '\n')}\n`;
  }
  return new Diff(ours, theirs, `${title}\n+ actual - expected`).render(tail.text, tail.isCut, marker);
}

/** Takes the common lines at the end away and returns what is shown of them. */
function takeCommonTail(ours: string[], theirs: string[]): { text: string; isCut: boolean } {
  let count = 0;
  let text = '';
  let first = '';
  while (ours.length > 0 && theirs.length > 0 && ours[ours.length - 1] === theirs[theirs.length - 1]) {
    const line = ours[ours.length - 1]!;
    if (count++ < 3) text = `\n  ${line}${text}`;
    else first = line;
    ours.length--;
    theirs.length--;
  }
  const isCut = count >= 5;
  if (isCut) text = `\n...${text}`;
  if (first !== '') text = `\n  ${first}${text}`;
  return { text, isCut };
}

function cut(lines: string[]): string[] {
  if (lines.length <= MOST_LINES) return lines;
  lines[CUT_LINES] = '...';
  lines.length = CUT_LINES + 1;
  return lines;
}

/** Two lists of lines compared position by position. */
class Diff {
  readonly #ours: string[];
  readonly #theirs: string[];
  readonly #header: string;
  #text = '';
  /** Expected lines that follow once the run of differing lines ends. */
  #pending = '';
  #printed = 0;
  /** Equal lines since the last difference. */
  #equal = 0;
  #isCut = false;

  constructor(ours: string[], theirs: string[], header: string) {
    this.#ours = ours;
    this.#theirs = theirs;
    this.#header = header;
  }

  render(tail: string, isTailCut: boolean, marker: string): string {
    this.#isCut = isTailCut;
    const count = mathMax(this.#ours.length, this.#theirs.length);
    for (let i = 0; i < count; i++) {
      this.#addPosition(i);
      if (this.#printed > MOST_LINES && i < count - 2) {
        return `${this.#header} ... Lines skipped\n${this.#text}\n...${this.#pending}\n...`;
      }
    }
    const skipped = this.#isCut ? ' ... Lines skipped' : '';
    return `${this.#header}${skipped}\n${this.#text}${this.#pending}${tail}${marker}`;
  }

  #addPosition(i: number): void {
    let ours = this.#ours[i];
    const theirs = this.#theirs[i];
    if (ours === undefined || theirs === undefined) {
      this.#endEqualLines(ours === undefined ? this.#theirs : this.#ours, i);
      if (ours === undefined) this.#pending += `\n- ${theirs}`;
      else this.#text += `\n+ ${ours}`;
      this.#printed++;
      return;
    }
    // A line that only differs by the comma after it is equal.
    const isEqual = ours === theirs || isWithComma(ours, theirs) || isWithComma(theirs, ours);
    if (ours !== theirs && isWithComma(theirs, ours)) ours += ',';
    if (isEqual) {
      this.#text += this.#pending;
      this.#pending = '';
      this.#equal++;
      if (this.#equal <= 2) this.#line(ours);
    } else {
      this.#endEqualLines(this.#ours, i);
      this.#text += `\n+ ${ours}`;
      this.#pending += `\n- ${theirs}`;
      this.#printed += 2;
    }
  }

  /** Of a run of equal lines before `i`, the first two are there already; adds the last two, and what is between. */
  #endEqualLines(lines: string[], i: number): void {
    if (this.#equal > 2) {
      if (this.#equal > 5) {
        this.#text += '\n...';
        this.#isCut = true;
      } else if (this.#equal === 5) {
        this.#line(lines[i - 3]!);
      }
      if (this.#equal > 3) this.#line(lines[i - 2]!);
      this.#line(lines[i - 1]!);
    }
    this.#equal = 0;
  }

  #line(text: string): void {
    this.#text += `\n  ${text}`;
    this.#printed++;
  }
}

function isWithComma(line: string, other: string): boolean {
  return stringEndsWith(line, ',') && stringSlice(line, 0, -1) === other;
}

/** The message for values that are equal although they should not be. */
function equalMessage(actual: unknown, operator: string): string {
  const isReference = operator === 'notStrictEqual' && (isObject(actual) || typeof actual === 'function');
  const title = TITLES[isReference ? 'notStrictEqualObject' : operator]!;
  const lines = cut(stringSplit(show(actual), '\n'));
  if (lines.length > 1) return `${title}\n\n${arrayJoin(lines, '\n')}\n`;
  return `${title}${lines[0]!.length > 5 ? '\n\n' : ' '}${lines[0]}`;
}

function otherMessage(actual: unknown, expected: unknown, operator: string | undefined): string {
  const ours = show(actual);
  const theirs = show(expected);
  if (operator === 'notDeepEqual' && ours === theirs) return shorten(`${TITLES[operator]}\n\n${ours}`, 1024);
  const left = shorten(ours, 512);
  const right = shorten(theirs, 512);
  if (operator === 'deepEqual') return `${TITLES[operator]}\n\n${left}\n\nshould loosely deep-equal\n\n${right}`;
  const title = TITLES[`${operator}Unequal`];
  if (title !== undefined) return `${title}\n\n${left}\n\nshould not loosely deep-equal\n\n${right}`;
  return `${left} ${operator} ${right}`;
}

function messageFor(actual: unknown, expected: unknown, operator: string | undefined): string {
  if (operator === 'deepStrictEqual' || operator === 'strictEqual') return unequalMessage(actual, expected, operator);
  if (operator === 'notDeepStrictEqual' || operator === 'notStrictEqual') return equalMessage(actual, operator);
  return otherMessage(actual, expected, operator);
}

/** An error like `source` without its stack, so that only the message is shown. */
function withoutStack(source: any): object {
  const copy = objectCreate(objectGetPrototypeOf(source));
  const keys = objectKeys(source);
  for (let i = 0; i < keys.length; i++) {
    objectDefineProperty(copy, keys[i]!, objectGetOwnPropertyDescriptor(source, keys[i]!)!);
  }
  objectDefineProperty(copy, 'message', { value: source.message });
  return copy;
}

export class AssertionError extends ErrorConstructor {
  declare generatedMessage: boolean;
  declare code: string;
  declare actual: any;
  declare expected: any;
  declare operator: string | undefined;

  constructor(options: AssertionErrorOptions) {
    if (!isObject(options)) throw invalidArgType('options', 'Object', options);
    const message = options.message;
    let { actual, expected } = options;
    if (message != null) {
      super(stringOf(message));
    } else {
      if (actual instanceof ErrorConstructor && expected instanceof ErrorConstructor) {
        actual = withoutStack(actual);
        expected = withoutStack(expected);
      }
      super(messageFor(actual, expected, options.operator));
    }
    this.generatedMessage = !message;
    // The code belongs to the name while the stack is made.
    objectDefineProperty(this, 'name', {
      value: 'AssertionError [ERR_ASSERTION]',
      enumerable: false,
      writable: true,
      configurable: true,
    });
    this.code = 'ERR_ASSERTION';
    if (options.details) {
      this.actual = this.expected = this.operator = undefined;
      for (let i = 0; i < options.details.length; i++) {
        const detail = options.details[i]!;
        const own: any = this;
        own[`message ${i}`] = detail.message;
        own[`actual ${i}`] = detail.actual;
        own[`expected ${i}`] = detail.expected;
        own[`operator ${i}`] = detail.operator;
        own[`stack trace ${i}`] = detail.stack;
      }
    } else {
      this.actual = actual;
      this.expected = expected;
      this.operator = options.operator;
    }
    captureStackTrace(this, (options.stackStartFn || options.stackStartFunction) as any);
    void this.stack;
    this.name = 'AssertionError';
  }

  override toString(): string {
    return `${this.name} [${this.code}]: ${this.message}`;
  }

  [inspect.custom](_depth: number, options: object): string {
    const { actual, expected } = this;
    this.actual = shortenValue(actual);
    this.expected = shortenValue(expected);
    const text = inspect(this, objectAssign({}, options, { customInspect: false, depth: 0 }));
    this.actual = actual;
    this.expected = expected;
    return text;
  }
}

/** Long strings are in the message already. */
function shortenValue(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const lines = stringSplit(value, '\n');
  if (lines.length > 10) {
    lines.length = 10;
    return `${arrayJoin(lines, '\n')}\n...`;
  }
  // What is left out is the start, as in the real workerd.
  return value.length > 512 ? `${stringSlice(value, 512)}...` : value;
}
