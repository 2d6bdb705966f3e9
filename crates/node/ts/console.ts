// node:console: the global console, its functions on their own, and consoles that write to streams.

import { Console } from 'node-internal:internal_console';
import process from 'node-internal:internal_process';
import { missing } from 'node-internal:unsupported';

const global: any = globalThis.console;

function bound(name: string): any {
  return global[name].bind(global);
}

export const assert = bound('assert');
export const clear = bound('clear');
export { Console };
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

const noop = (): void => {};

// The export is the global console itself, which thereby gets more of what that of Node.js has.
Object.assign(global, {
  context,
  _times: new Map(),
  _ignoreErrors: true,
  _stderrErrorHandler: noop,
  _stdoutErrorHandler: noop,
  _stderr: process.stderr,
  _stdout: process.stdout,
  Console,
  createTask,
});

export default global;
