// What a module offers by name alone: functions and methods that say that they are not implemented.

import { methodNotImplemented } from 'node-internal:internal_errors';

function withLength<F extends Function>(method: F, length: number): F {
  Object.defineProperty(method, 'length', { value: length, configurable: true });
  return method;
}

/** A function that throws; `said` is how the error calls it. */
export function missing(name: string, length = 0, said = name): any {
  const holder = {
    [name]: function () {
      throw methodNotImplemented(said);
    },
  };
  return withLength(holder[name]!, length);
}

/** Adds methods that throw, each given as its name and the number of its parameters. */
export function addMissingMethods(target: object, lengths: Record<string, number>, prefix = ''): void {
  for (const name of Object.keys(lengths)) {
    const holder = {
      [name]() {
        throw methodNotImplemented(prefix + name);
      },
    };
    Object.defineProperty(target, name, {
      value: withLength(holder[name]!, lengths[name]!),
      writable: true,
      configurable: true,
      enumerable: false,
    });
  }
}

/** An object of methods that throw. */
export function missingMembers(lengths: Record<string, number>, prefix: string): Record<string, any> {
  const members: Record<string, any> = {};
  addMissingMethods(members, lengths, prefix);
  for (const name of Object.keys(lengths)) Object.defineProperty(members, name, { enumerable: true });
  return members;
}
