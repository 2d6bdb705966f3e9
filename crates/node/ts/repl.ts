// node:repl: no prompt to read from.

import module from 'node-internal:internal_module';
import { inspect } from 'node-internal:internal_inspect';
import { methodNotImplemented } from 'node-internal:internal_errors';
import { Interface } from 'node-internal:internal_readline';
import { addMissingMethods, missing } from 'node-internal:unsupported';

export const REPL_MODE_SLOPPY = Symbol('repl-sloppy');
export const REPL_MODE_STRICT = Symbol('repl-strict');

export class REPLServer extends Interface {
  constructor() {
    super();
    throw methodNotImplemented('REPLServer');
  }
}
addMissingMethods(REPLServer.prototype, { setupHistory: 2, defineCommand: 2, displayPrompt: 1, clearBufferedCommand: 0 });

export class Recoverable extends SyntaxError {
  err: unknown;

  constructor(err: unknown) {
    super();
    this.err = err;
  }
}

export const start = missing('start');
export const writer = missing('writer');
writer.options = { ...(inspect as any).defaultOptions, colors: true, showProxy: true };

export const builtinModules: string[] = module.builtinModules.filter((name: string) => !name.startsWith('_'));
export const _builtinLibs = builtinModules;

export default {
  writer,
  start,
  Recoverable,
  REPLServer,
  builtinModules,
  _builtinLibs,
  REPL_MODE_SLOPPY,
  REPL_MODE_STRICT,
};
