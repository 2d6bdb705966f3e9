// node:domain: domains that catch nothing.

import { EventEmitter } from 'node-internal:events';

export class Domain extends EventEmitter {
  members: unknown = undefined;

  _errorHandler(error: unknown): never {
    throw error;
  }

  enter(): void {}
  exit(): void {}
  add(_emitter: unknown): void {}
  remove(_emitter: unknown): void {}

  run(callback: any, ...args: unknown[]): unknown {
    return Reflect.apply(callback, this, args);
  }

  intercept(callback: unknown): unknown {
    return callback;
  }

  bind(callback: unknown): unknown {
    return callback;
  }
}

export function createDomain(): Domain {
  return new Domain();
}

export const active = null;
export const create = createDomain();
export default { Domain, active, createDomain, create };
