// Arguments of node:net that come in several forms.

import { outOfRange } from 'node-internal:internal_errors';
import { validateNumber } from 'node-internal:validators';

const kNormalized = Symbol('normalizedArgs');
const MOST_MILLISECONDS = 2 ** 31 - 1;

export type Normalized = [options: any, callback: Function | null];

function marked(options: object, callback: Function | null): Normalized {
  const result: Normalized = [options, callback];
  (result as any)[kNormalized] = true;
  return result;
}

/** `(options)`, `(path)` or `(port, host)`, each with a callback at the end or without. */
export function _normalizeArgs(args: any[]): Normalized {
  if (args.length === 0) return marked({}, null);
  const [first, second] = args;
  let options: any = {};
  if (typeof first === 'object' && first !== null) {
    options = first;
  } else if (typeof first === 'string' && !(Number(first) >= 0)) {
    options.path = first;
  } else {
    options.port = first;
    if (typeof second === 'string') options.host = second;
  }
  const last = args[args.length - 1];
  return marked(options, typeof last === 'function' ? last : null);
}

/** As above, for arguments that may be its result. */
export function normalizedOnce(args: any[]): Normalized {
  return Array.isArray(args[0]) && (args[0] as any)[kNormalized] ? (args[0] as Normalized) : _normalizeArgs(args);
}

export function timerDuration(milliseconds: unknown, name: string): number {
  validateNumber(milliseconds, name);
  if (milliseconds < 0 || !Number.isFinite(milliseconds)) {
    throw outOfRange(name, 'a non-negative finite number', milliseconds);
  }
  return Math.min(milliseconds, MOST_MILLISECONDS);
}
