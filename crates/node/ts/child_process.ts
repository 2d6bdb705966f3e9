// node:child_process: a Worker has no processes.

import { EventEmitter } from 'node-internal:events';
import { invalidArgType, methodNotImplemented } from 'node-internal:internal_errors';
import { missing } from 'node-internal:unsupported';
import { validateFunction, validateObject, validateString } from 'node-internal:validators';

export class ChildProcess extends EventEmitter {
  constructor() {
    super();
    throw methodNotImplemented('child_process.ChildProcess');
  }

  kill(_signal: unknown): boolean {
    return false;
  }

  send(_message: unknown, _handle: unknown, _options: unknown, _callback: unknown): boolean {
    return false;
  }

  disconnect(): void {}
  unref(): void {}
  ref(): void {}
  [Symbol.dispose](): void {}
}

export const _forkChild = missing('_forkChild', 2, 'child_process._forkChild');
export const execFile = missing('execFile', 4, 'child_process.execFile');
export const execFileSync = missing('execFileSync', 3, 'child_process.execFileSync');
export const execSync = missing('execSync', 2, 'child_process.execSync');
export const spawn = missing('spawn', 0, 'child_process.spawn');

export function exec(command: unknown, options: unknown, callback: unknown): never {
  validateString(command, 'command');
  if (typeof options === 'function') callback = options;
  else if (options !== undefined && options !== null) validateObject(options, 'options');
  if (callback !== undefined && callback !== null) validateFunction(callback, 'callback');
  throw methodNotImplemented('child_process.exec');
}

export function fork(modulePath: unknown, args: any, options: unknown): never {
  validateString(modulePath, 'modulePath');
  if (args !== undefined && args !== null && !Array.isArray(args)) {
    if (typeof args !== 'object') throw invalidArgType('args', 'Array', args);
    options = args;
  }
  if (options !== undefined && options !== null) validateObject(options, 'options');
  throw methodNotImplemented('child_process.fork');
}

export function spawnSync(command: unknown, args: unknown, options: unknown): never {
  validateString(command, 'command');
  const given = Array.isArray(args) ? options : (options ?? args);
  if (given !== undefined && given !== null) validateObject(given, 'options');
  throw methodNotImplemented('child_process.spawnSync');
}

export default { ChildProcess, _forkChild, exec, execFile, execFileSync, execSync, fork, spawn, spawnSync };
