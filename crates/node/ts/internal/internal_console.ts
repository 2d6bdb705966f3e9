// `Console` of `node:console`: a console that writes to streams.

import { drawTable } from 'node-internal:console_table';
import { coded } from 'node-internal:internal_errors';
import { formatWithOptions, inspect } from 'node-internal:internal_inspect';
import process from 'node-internal:internal_process';
import { validateArray, validateInteger, validateObject, validateOneOf } from 'node-internal:validators';

const kCounts = Symbol('counts');
const kColorMode = Symbol('kColorMode');
const kIsConsole = Symbol('kIsConsole');
const kGroupIndentWidth = Symbol('kGroupIndentWidth');
const kIndent = Symbol('kGroupIndentationString');
const kInspectOptions = Symbol('kInspectOptions');

const MOST_INDENTATION = 1000;
const CLEAR = '\u001b[1;1H\u001b[0J';
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

function noop(): void {}

export const Console: any = function Console(this: any, options: any): any {
  if (!new.target) return Reflect.construct(Console, arguments);
  if (!options || typeof options.write === 'function') {
    options = { stdout: options, stderr: arguments[1], ignoreErrors: arguments[2] };
  }
  const { stdout, stderr = stdout, ignoreErrors = true, colorMode = 'auto', inspectOptions, groupIndentation = 2 } = options;
  requireStream(stdout, 'stdout');
  requireStream(stderr, 'stderr');
  validateOneOf(colorMode, 'colorMode', ['auto', true, false]);
  validateInteger(groupIndentation, 'groupIndentation', 0, MOST_INDENTATION);
  if (inspectOptions !== undefined) {
    validateObject(inspectOptions, 'options.inspectOptions');
    if ((inspectOptions as any).colors !== undefined && options.colorMode !== undefined) {
      const text = 'The options "options.inspectOptions.color" and "colorMode" are mutually exclusive.';
      throw coded(Error, 'ERR_INCOMPATIBLE_OPTION_PAIR', text);
    }
  }
  // They work without their console, too.
  for (const name of Object.keys(Console.prototype)) {
    this[name] = this[name].bind(this);
    Object.defineProperty(this[name], 'name', { value: name });
  }
  const hidden: Record<PropertyKey, unknown> = {
    _stdout: stdout,
    _stderr: stderr,
    _stdoutErrorHandler: errorHandler(stdout),
    _stderrErrorHandler: errorHandler(stderr),
    _ignoreErrors: Boolean(ignoreErrors),
    _times: new Map(),
    [kCounts]: new Map(),
    [kColorMode]: colorMode,
    [kIsConsole]: true,
    [kGroupIndentWidth]: groupIndentation,
    [kIndent]: '',
    [kInspectOptions]: inspectOptions,
  };
  for (const key of Reflect.ownKeys(hidden)) {
    Object.defineProperty(this, key, { value: hidden[key], writable: true, configurable: true });
  }
  Object.defineProperty(this, Symbol.toStringTag, { value: 'console', configurable: true });
};
Object.defineProperty(Console, Symbol.hasInstance, {
  value: function (instance: any): boolean {
    return instance === globalThis.console || Boolean(instance?.[kIsConsole]);
  },
});

function requireStream(stream: any, name: string): void {
  if (typeof stream?.write === 'function') return;
  throw coded(TypeError, 'ERR_CONSOLE_WRITABLE_STREAM', `Console expects a writable stream instance for ${name}`);
}

/** Whoever prints does not want to fail because of it. */
function errorHandler(stream: any): (error: unknown) => void {
  return (error) => {
    if (error && !stream._writableState?.errorEmitted && stream.listenerCount('error') === 0) stream.once('error', noop);
  };
}

function write(self: any, name: '_stdout' | '_stderr', text: string): void {
  const stream = self[name];
  const indent = self[kIndent];
  if (indent !== '') text = indent + text.replaceAll('\n', `\n${indent}`);
  text += '\n';
  if (!self._ignoreErrors) {
    stream.write(text);
    return;
  }
  try {
    if (stream.listenerCount('error') === 0) stream.once('error', noop);
    stream.write(text, self[`${name}ErrorHandler`]);
  } catch {
    // It is not to be known.
  } finally {
    stream.removeListener('error', noop);
  }
}

function inspectOptionsFor(self: any, stream: any): any {
  let colors = self[kColorMode];
  if (colors === 'auto') {
    colors = stream.isTTY && (typeof stream.getColorDepth !== 'function' || stream.getColorDepth() > 2);
  }
  const options = self[kInspectOptions];
  if (!options) return colors ? { colors: true } : {};
  return { ...options, colors: options.colors ?? Boolean(colors) };
}

function print(self: any, name: '_stdout' | '_stderr', args: unknown[]): void {
  write(self, name, formatWithOptions(inspectOptionsFor(self, self[name]), ...args));
}

function warn(text: string): void {
  process.emitWarning(text);
}

function durationText(duration: number): string {
  if (duration < SECOND) return `${Number(duration.toFixed(3))}ms`;
  if (duration < MINUTE) return `${(duration / SECOND).toFixed(3)}s`;
  const hours = Math.floor(duration / HOUR);
  const minutes = Math.floor((duration % HOUR) / MINUTE);
  const [seconds, rest] = ((duration % MINUTE) / SECOND).toFixed(3).split('.');
  const two = (number: unknown): string => String(number).padStart(2, '0');
  if (hours === 0) return `${minutes}:${two(seconds)}.${rest} (m:ss.mmm)`;
  return `${hours}:${two(minutes)}:${two(seconds)} (h:mm:ss)`;
}

/** The time since `time(label)`. */
function timePassed(self: any, method: string, label: string): string | undefined {
  const start = self._times.get(label);
  if (start !== undefined) return `${label}: ${durationText(Date.now() - start)}`;
  warn(`No such label '${label}' for console.${method}()`);
  return undefined;
}

const methods: any = {
  log(...args: unknown[]): void {
    print(this, '_stdout', args);
  },
  info(...args: unknown[]): void {
    print(this, '_stdout', args);
  },
  debug(...args: unknown[]): void {
    print(this, '_stdout', args);
  },
  warn(...args: unknown[]): void {
    print(this, '_stderr', args);
  },
  error(...args: unknown[]): void {
    print(this, '_stderr', args);
  },
  dir(this: any, object: unknown, options: any): void {
    write(this, '_stdout', inspect(object, { customInspect: false, ...inspectOptionsFor(this, this._stdout), ...options }));
  },
  time(this: any, label: any = 'default'): void {
    label = `${label}`;
    if (this._times.has(label)) warn(`Label '${label}' already exists for console.time()`);
    else this._times.set(label, Date.now());
  },
  timeEnd(this: any, label: any = 'default'): void {
    label = `${label}`;
    const text = timePassed(this, 'timeEnd', label);
    if (text === undefined) return;
    print(this, '_stdout', ['%s', text]);
    this._times.delete(label);
  },
  timeLog(this: any, label: any = 'default', ...data: unknown[]): void {
    const text = timePassed(this, 'timeLog', `${label}`);
    if (text !== undefined) print(this, '_stdout', ['%s', text, ...data]);
  },
  trace(this: any, ...args: unknown[]): void {
    const trace = { name: 'Trace', message: formatWithOptions(inspectOptionsFor(this, this._stderr), ...args) };
    Error.captureStackTrace(trace, methods.trace);
    this.error((trace as any).stack);
  },
  assert(this: any, expression: unknown, ...args: any[]): void {
    if (expression) return;
    if (typeof args[0] === 'string') args[0] = `Assertion failed: ${args[0]}`;
    else args.unshift('Assertion failed');
    this.warn(...args);
  },
  clear(this: any): void {
    if (this._stdout.isTTY && process.env.TERM !== 'dumb') this._stdout.write(CLEAR);
  },
  count(this: any, label: any = 'default'): void {
    label = `${label}`;
    const count = (this[kCounts].get(label) ?? 0) + 1;
    this[kCounts].set(label, count);
    this.log(`${label}: ${count}`);
  },
  countReset(this: any, label: any = 'default'): void {
    label = `${label}`;
    if (!this[kCounts].delete(label)) warn(`Count for '${label}' does not exist`);
  },
  group(this: any, ...data: unknown[]): void {
    if (data.length > 0) this.log(...data);
    this[kIndent] += ' '.repeat(this[kGroupIndentWidth]);
  },
  groupEnd(this: any): void {
    this[kIndent] = this[kIndent].slice(0, this[kIndent].length - this[kGroupIndentWidth]);
  },
  table(this: any, data: unknown, properties: any): void {
    if (data === null || typeof data !== 'object') {
      this.log(data);
      return;
    }
    if (properties !== undefined) validateArray(properties, 'properties');
    this.log(drawTable(data, properties, inspectOptionsFor(this, this._stdout)));
  },
};
Object.assign(Console.prototype, methods, { dirxml: methods.log, groupCollapsed: methods.group });
