// `process.emitWarning()`.

import { invalidArgType } from 'node-internal:internal_errors';
import { validateString } from 'node-internal:validators';

/** The error that a warning is. */
export function makeWarning(warning: any, type: any, code: any, constructor: any, caller: Function): Error {
  let detail: string | undefined;
  if (type !== null && typeof type === 'object' && !Array.isArray(type)) {
    constructor = type.ctor;
    code = type.code;
    if (typeof type.detail === 'string') detail = type.detail;
    type = type.type || 'Warning';
  } else if (typeof type === 'function') {
    constructor = type;
    code = undefined;
    type = 'Warning';
  }
  if (type !== undefined) validateString(type, 'type');
  if (typeof code === 'function') {
    constructor = code;
    code = undefined;
  } else if (code !== undefined) {
    validateString(code, 'code');
  }
  if (typeof warning === 'string') {
    const made: any = new Error(warning);
    made.name = String(type || 'Warning');
    if (code !== undefined) made.code = code;
    if (detail !== undefined) made.detail = detail;
    (Error as any).captureStackTrace(made, constructor || caller);
    return made;
  }
  if (!(warning instanceof Error)) throw invalidArgType('warning', 'string or Error', warning);
  return warning;
}
