// node:vm: arguments are checked, and no code is run.

import { Buffer } from 'node-internal:internal_buffer';
import { coded, invalidArgType, methodNotImplemented, received } from 'node-internal:internal_errors';
import {
  validateAnyObject,
  validateArray,
  validateBoolean,
  validateInt32,
  validateObject,
  validateOneOf,
  validateString,
  validateStringArray,
  validateUint32,
} from 'node-internal:validators';

const kContext = Symbol('vm_context_symbol');

export const constants = Object.freeze(
  Object.assign(Object.create(null), {
    USE_MAIN_CONTEXT_DEFAULT_LOADER: Symbol('vm_dynamic_import_main_context_default'),
    DONT_CONTEXTIFY: Symbol('vm_context_no_contextify'),
  })
);

function validateOptional<T>(value: T, name: string, validate: (value: T, name: string) => void): void {
  if (value !== undefined) validate(value, name);
}

function validateImporter(value: unknown): void {
  if (value === undefined || typeof value === 'function' || value === constants.USE_MAIN_CONTEXT_DEFAULT_LOADER) return;
  validateBoolean(value, 'options.importModuleDynamically');
}

/** The options of a piece of source. */
function validateSource(options: any): void {
  const { filename, lineOffset, columnOffset, cachedData, produceCachedData } = options;
  validateOptional(filename, 'options.filename', validateString);
  validateOptional(lineOffset, 'options.lineOffset', (value, name) => validateInt32(value, name));
  validateOptional(columnOffset, 'options.columnOffset', (value, name) => validateInt32(value, name));
  if (cachedData !== undefined && !ArrayBuffer.isView(cachedData)) {
    throw invalidArgType('options.cachedData', ['Buffer', 'TypedArray', 'DataView'], cachedData);
  }
  validateOptional(produceCachedData, 'options.produceCachedData', validateBoolean);
  validateImporter(options.importModuleDynamically);
}

function validateRun(options: any): void {
  const given = typeof options === 'string' ? {} : (options ?? {});
  validateObject(given, 'options');
  const { breakOnSigint, displayErrors, timeout } = given as any;
  validateOptional(timeout, 'options.timeout', (value, name) => validateUint32(value, name, true));
  validateOptional(displayErrors, 'options.displayErrors', validateBoolean);
  validateOptional(breakOnSigint, 'options.breakOnSigint', validateBoolean);
}

export class Script {
  cachedDataRejected: boolean | undefined;
  cachedDataProduced: boolean | undefined;
  cachedData: Uint8Array | undefined;
  sourceMapURL: string | undefined;

  constructor(_code: unknown, options: any = {}) {
    if (typeof options === 'string') options = { filename: options };
    else validateObject(options, 'options');
    validateSource(options);
  }

  createCachedData(): Uint8Array {
    return Buffer.from([]);
  }

  runInThisContext(options?: any): never {
    validateRun(options);
    throw methodNotImplemented('runInThisContext');
  }

  runInContext(contextifiedObject: any, options?: any): never {
    requireContext(contextifiedObject);
    validateRun(options);
    throw methodNotImplemented('runInContext');
  }

  runInNewContext(_object?: unknown, options?: any): never {
    validateRun(options);
    throw methodNotImplemented('runInThisContext');
  }
}
Object.defineProperty(Script.prototype.runInThisContext, 'length', { value: 0 });
Object.defineProperty(Script.prototype.runInContext, 'length', { value: 1 });
Object.defineProperty(Script.prototype.runInNewContext, 'length', { value: 1 });

export function isContext(object: unknown): boolean {
  validateAnyObject(object, 'object');
  return kContext in (object as object);
}

function requireContext(object: unknown): void {
  if (isContext(object)) return;
  const text = `The "contextifiedObject" argument must be an vm.Context. Received ${received(object).replace(/^ *Received */, '')}`;
  throw coded(TypeError, 'ERR_INVALID_ARG_TYPE', text);
}

export function createContext(object: any = {}, options: any = {}): object {
  if (typeof object === 'symbol' && object === constants.DONT_CONTEXTIFY) object = {};
  if (isContext(object)) return object;
  validateObject(options, 'options');
  const { name, origin, codeGeneration, microtaskMode } = options as any;
  validateOptional(name, 'options.name', validateString);
  validateOptional(origin, 'options.origin', validateString);
  if (codeGeneration !== undefined) {
    validateObject(codeGeneration, 'options.codeGeneration');
    validateOptional(codeGeneration.strings, 'options.codeGeneration.strings', validateBoolean);
    validateOptional(codeGeneration.wasm, 'options.codeGeneration.wasm', validateBoolean);
  }
  validateOneOf(microtaskMode, 'options.microtaskMode', ['afterEvaluate', undefined]);
  validateImporter((options as any).importModuleDynamically);
  const context = Object.create(null);
  Object.defineProperty(context, kContext, { value: true });
  return context;
}
Object.defineProperty(createContext, 'length', { value: 0 });

export function createScript(code: unknown, options?: any): Script {
  return new Script(code, options);
}
Object.defineProperty(createScript, 'length', { value: 1 });

export function runInContext(code: unknown, contextifiedObject: unknown, options?: any): never {
  requireContext(contextifiedObject);
  return createScript(code, sourceOptions(options)).runInContext(contextifiedObject, options);
}
Object.defineProperty(runInContext, 'length', { value: 2 });

/** The options of running that are those of the source, too. */
function sourceOptions(options: any): any {
  return options === null ? undefined : options;
}

export function runInNewContext(code: unknown, object: unknown, options: any): never {
  return createScript(code, sourceOptions(options)).runInNewContext(object, options);
}

export function runInThisContext(code: unknown, options?: any): never {
  return createScript(code, sourceOptions(options)).runInThisContext(options);
}
Object.defineProperty(runInThisContext, 'length', { value: 1 });

export function compileFunction(code: unknown, params?: unknown, options: any = {}): never {
  validateString(code, 'code');
  validateOptional(params, 'params', validateStringArray);
  validateObject(options, 'options');
  validateSource(options);
  const { parsingContext, contextExtensions } = options as any;
  if (parsingContext !== undefined && (typeof parsingContext !== 'object' || !isContext(parsingContext))) {
    throw invalidArgType('options.parsingContext', 'Context', parsingContext);
  }
  if (contextExtensions !== undefined) {
    validateArray(contextExtensions, 'options.contextExtensions');
    for (let i = 0; i < contextExtensions.length; i++) {
      validateObject(contextExtensions[i], `options.contextExtensions[${i}]`);
    }
  }
  throw methodNotImplemented('compileFunction');
}
Object.defineProperty(compileFunction, 'length', { value: 1 });

export function measureMemory(options: any = {}): never {
  validateObject(options, 'options');
  const { mode, execution } = options as any;
  validateOptional(mode, 'options.mode', (value, name) => validateOneOf(value, name, ['summary', 'detailed']));
  validateOptional(execution, 'options.execution', (value, name) => validateOneOf(value, name, ['default', 'eager']));
  throw methodNotImplemented('measureMemory');
}
Object.defineProperty(measureMemory, 'length', { value: 0 });

export default {
  Script,
  createContext,
  createScript,
  runInContext,
  runInNewContext,
  runInThisContext,
  isContext,
  compileFunction,
  measureMemory,
  constants,
};
