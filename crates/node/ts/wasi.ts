// node:wasi: not implemented.

import { methodNotImplemented } from 'node-internal:internal_errors';
import { validateArray, validateBoolean, validateInt32, validateObject, validateOneOf } from 'node-internal:validators';
import { addMissingMethods } from 'node-internal:unsupported';

export class WASI {
  constructor(options: any = {}) {
    validateObject(options, 'options');
    const { args, env, preopens, returnOnExit, stdin, stdout, stderr, version } = options as any;
    if (version !== undefined) validateOneOf(version, 'options.version', ['unstable', 'preview1']);
    if (args !== undefined) validateArray(args, 'options.args');
    if (env !== undefined) validateObject(env, 'options.env');
    if (preopens !== undefined) validateObject(preopens, 'options.preopens');
    if (stdin !== undefined) validateInt32(stdin, 'options.stdin', 0);
    if (stdout !== undefined) validateInt32(stdout, 'options.stdout', 0);
    if (stderr !== undefined) validateInt32(stderr, 'options.stderr', 0);
    if (returnOnExit !== undefined) validateBoolean(returnOnExit, 'options.returnOnExit');
    throw methodNotImplemented('WASI');
  }
}
addMissingMethods(WASI.prototype, { finalizeBindings: 1, start: 1, initialize: 1 }, 'WASI.');
Object.defineProperty(WASI.prototype, 'getImportObject', {
  value: {
    getImportObject() {
      return {};
    },
  }.getImportObject,
  writable: true,
  configurable: true,
});

export default { WASI };
