// node:console: the functions of the global console, on their own.

import { missing } from 'node-internal:unsupported';

const global: any = globalThis.console;

function bound(name: string): any {
  return global[name].bind(global);
}

export const assert = bound('assert');
export const clear = bound('clear');
export const Console = missing('Console', 1, 'Console.Console');
export const context = missing('context', 0, 'Console.context');
export const count = bound('count');
export const countReset = bound('countReset');
export const createTask = missing('createTask', 0, 'Console.createTask');
export const debug = bound('debug');
export const dir = bound('dir');
export const dirxml = bound('dirxml');
export const error = bound('error');
export const group = bound('group');
export const groupCollapsed = bound('groupCollapsed');
export const groupEnd = bound('groupEnd');
export const info = bound('info');
export const log = bound('log');
export const profile = bound('profile');
export const profileEnd = bound('profileEnd');
export const table = bound('table');
export const time = bound('time');
export const timeEnd = bound('timeEnd');
export const timeLog = bound('timeLog');
export const timeStamp = bound('timeStamp');
export const trace = bound('trace');
export const warn = bound('warn');

function noop(): void {}

const all: any = {};
const SHARED = `debug error info log warn dir dirxml table trace group groupCollapsed groupEnd clear count countReset
  assert profile profileEnd time timeLog timeEnd timeStamp`;
for (const name of SHARED.split(/\s+/)) all[name] = global[name];
Object.assign(all, {
  context,
  _times: new Map(),
  _ignoreErrors: true,
  _stderrErrorHandler: noop,
  _stdoutErrorHandler: noop,
  Console,
  createTask,
});
Object.defineProperty(all, Symbol.toStringTag, { value: 'console', configurable: true });

export default all;
