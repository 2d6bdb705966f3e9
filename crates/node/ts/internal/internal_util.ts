// What `node:util` exports.

import { Buffer } from 'node-internal:internal_buffer';
import { compare as compareItems } from 'node-internal:assert_diff';
import { warn } from 'node-internal:warnings';
import * as host from 'node-internal:host';
import { colors } from 'node-internal:inspect_context';
import { isDeepStrictEqual } from 'node-internal:internal_comparisons';
import { invalidArgType, methodNotImplemented } from 'node-internal:internal_errors';
import { format, formatWithOptions, inspect, stripVTControlCharacters } from 'node-internal:internal_inspect';
import { MIMEParams, MIMEType } from 'node-internal:mime';
import { parseArgs } from 'node-internal:parse_args';
import { parseEnv } from 'node-internal:parse_env';
import { callbackify, promisify } from 'node-internal:promisify';
import { signals } from 'node-internal:signals';
import { getSystemErrorMap, getSystemErrorMessage, getSystemErrorName } from 'node-internal:system_errors';
import types from 'node-internal:util_types';
import * as natives from 'node-internal:util_natives';
import { validateBoolean, validateFunction, validateOneOf, validateString } from 'node-internal:validators';

const { TextDecoder, TextEncoder, AbortController, AbortSignal } = globalThis;

function inherits(constructor: any, superConstructor: any): void {
  if (constructor === undefined || constructor === null) throw invalidArgType('ctor', 'Function', constructor);
  if (superConstructor === undefined || superConstructor === null) {
    throw invalidArgType('superCtor', 'Function', superConstructor);
  }
  if (superConstructor.prototype === undefined) {
    throw invalidArgType('superCtor.prototype', 'Object', superConstructor.prototype);
  }
  Object.defineProperty(constructor, 'super_', { value: superConstructor, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, superConstructor.prototype);
}

function _extend(target: any, source: any): any {
  if (source === null || typeof source !== 'object') return target;
  return Object.assign(target, source);
}

const warnedCodes = new Set<string>();

function deprecate(fn: any, message: string, code?: string, _options?: unknown): any {
  if (code !== undefined) validateString(code, 'code');
  validateFunction(fn, 'fn');
  let warned = false;
  function deprecated(this: unknown, ...args: unknown[]): unknown {
    if (!warned) {
      warned = true;
      if (code === undefined || !warnedCodes.has(code)) {
        if (code !== undefined) warnedCodes.add(code);
        warn(message, 'DeprecationWarning', code, deprecated);
      }
    }
    if (new.target) return Reflect.construct(fn, args, new.target);
    return Reflect.apply(fn, this, args);
  }
  Object.setPrototypeOf(deprecated, fn);
  if (fn.prototype) deprecated.prototype = fn.prototype;
  Object.defineProperty(deprecated, 'length', { ...Object.getOwnPropertyDescriptor(fn, 'length') });
  return deprecated;
}
Object.defineProperty(deprecate, 'length', { value: 4 });

function debuglog(set: string, callback?: (log: any) => void): any {
  function log(...args: unknown[]): void {
    console.log(formatWithOptions({}, `${set.toUpperCase()}: ${format(...args)}\n`));
  }
  const logger: any = (...args: unknown[]): void => {
    if (typeof callback === 'function') {
      const once = callback;
      callback = undefined;
      once(log);
    }
    log(...args);
  };
  Object.defineProperty(logger, 'enabled', { get: () => true, configurable: true, enumerable: true });
  return logger;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function log(...args: unknown[]): void {
  const now = new Date();
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => `${part}`.padStart(2, '0')).join(':');
  console.log('%s - %s', `${now.getDate()} ${MONTHS[now.getMonth()]} ${time}`, format(...args));
}

async function aborted(signal: any, resource: any): Promise<void> {
  if (!(signal instanceof AbortSignal)) throw invalidArgType('signal', 'AbortSignal', signal);
  if (resource === null || (typeof resource !== 'object' && typeof resource !== 'function')) {
    throw invalidArgType('resource', 'Object', resource);
  }
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true } as any));
}

function styleText(styles: any, text: any, options: any = {}): string {
  const { validateStream = true, stream } = options ?? {};
  if (validateStream && stream !== undefined) {
    const isStream = stream !== null && typeof stream === 'object' && typeof (stream.write ?? stream.getReader ?? stream.pipe) === 'function';
    if (!isStream) throw invalidArgType('stream', ['ReadableStream', 'WritableStream', 'Stream'], stream);
  }
  const list = Array.isArray(styles) ? styles : [styles];
  let open = '';
  let close = '';
  for (const style of list) {
    if (style === 'none') continue;
    const codes = typeof style === 'string' && Object.hasOwn(colors, style) ? colors[style] : undefined;
    if (codes === undefined) validateOneOf(style, 'format', Object.keys(colors));
    open += `\u001b[${codes![0]}m`;
    close = `\u001b[${codes![1]}m${close}`;
  }
  validateString(text, 'text');
  return `${open}${text}${close}`;
}
Object.defineProperty(styleText, 'length', { value: 2 });

function toUSVString(input: unknown): string {
  return `${input}`.toWellFormed();
}

function diff(actual: any, expected: any): Array<[number, string]> {
  if (actual === expected) return [];
  const items = (value: any, name: string): string[] => {
    if (typeof value === 'string') return Array.from(value);
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw invalidArgType(name, ['string', 'string[]'], value);
  };
  const signs = { added: 1, removed: -1, common: 0 };
  return compareItems(items(actual, 'actual'), items(expected, 'expected')).map((line: any) => [
    signs[line.change as keyof typeof signs],
    line.text,
  ]);
}

function convertProcessSignalToExitCode(signalCode: any): number {
  validateOneOf(signalCode, 'signalCode', Object.keys(signals));
  return 128 + signals[signalCode]!;
}

function setTraceSigInt(enable: unknown): void {
  validateBoolean(enable, 'enable');
}

function transferableAbortController(): AbortController {
  return new AbortController();
}

function transferableAbortSignal(signal: any): AbortSignal {
  if (!(signal instanceof AbortSignal)) throw invalidArgType('signal', 'AbortSignal', signal);
  return signal;
}

function _errnoException(): never {
  throw methodNotImplemented('_errnoException');
}

function _exceptionWithHostPort(): never {
  throw methodNotImplemented('_exceptionWithHostPort');
}

function isArray(value: unknown): boolean {
  return Array.isArray(value);
}

const bare = natives.getCallSites.bind(undefined);
Object.defineProperty(bare, 'name', { value: 'bound getCallSites' });

const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
const isBuffer = (value: unknown): boolean => Buffer.isBuffer(value);
const isDate = (value: unknown): boolean => value instanceof Date;
const isError = (value: unknown): boolean => (Error as any).isError(value);
const isFunction = (value: unknown): boolean => typeof value === 'function';
const isNull = (value: unknown): boolean => value === null;
const isNullOrUndefined = (value: unknown): boolean => value === null || value === undefined;
const isNumber = (value: unknown): boolean => typeof value === 'number';
const isObject = (value: unknown): boolean => value !== null && typeof value === 'object';
const isPrimitive = (value: unknown): boolean => value === null || (typeof value !== 'object' && typeof value !== 'function');
const isRegExp = (value: unknown): boolean => value instanceof RegExp;
const isString = (value: unknown): boolean => typeof value === 'string';
const isSymbol = (value: unknown): boolean => typeof value === 'symbol';
const isUndefined = (value: unknown): boolean => value === undefined;

const util: Record<string, unknown> = {
  types,
  callbackify,
  promisify,
  inspect,
  format,
  formatWithOptions,
  stripVTControlCharacters,
  inherits,
  _extend,
  MIMEParams,
  MIMEType,
  toUSVString,
  log,
  aborted,
  debuglog,
  debug: debuglog,
  deprecate,
  getSystemErrorMap,
  getSystemErrorMessage,
  getSystemErrorName,
  TextEncoder,
  TextDecoder,
  parseArgs,
  parseEnv,
  styleText,
  transferableAbortController,
  transferableAbortSignal,
  getCallSite: bare,
  getCallSites: bare,
  isDeepStrictEqual,
  convertProcessSignalToExitCode,
  setTraceSigInt,
  diff,
  _errnoException,
  _exceptionWithHostPort,
  isArray,
  isBoolean,
  isBuffer,
  isDate,
  isError,
  isFunction,
  isNull,
  isNullOrUndefined,
  isNumber,
  isObject,
  isPrimitive,
  isRegExp,
  isString,
  isSymbol,
  isUndefined,
};
if (host.flag('remove_nodejs_compat_eol_v23')) {
  const ended = `isBoolean isBuffer isDate isError isFunction isNull isNullOrUndefined isNumber isObject isPrimitive isRegExp
    isString isSymbol isUndefined`;
  for (const name of ended.split(/\s+/)) util[name] = undefined;
}
export default util as any;
