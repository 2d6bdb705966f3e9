// The module `cloudflare:workers`.
//
// What depends on the event or on `withEnv()` is looked up at each use, so that an import of it
// stays valid for the life of the Worker.

import natives from 'cloudflare-internal:workers';

const { entrypoints, environment } = natives;

export const {
  WorkerEntrypoint,
  DurableObject,
  WorkflowEntrypoint,
  RpcTarget,
  RpcStub,
  RpcPromise,
  RpcProperty,
  ServiceStub,
  restore,
  tracing,
} = natives;

// For each trap: how many of its arguments count, and what it gives while there is no object.
const TRAPS: Record<string, [number, () => unknown]> = {
  get: [1, () => undefined],
  has: [1, () => false],
  ownKeys: [0, () => []],
  getOwnPropertyDescriptor: [1, () => undefined],
  set: [2, () => true],
  deleteProperty: [1, () => true],
  defineProperty: [2, () => true],
};
const READING = ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor'];
const ALL = Object.keys(TRAPS);

// The object that `current()` gives at each use.
function live(
  current: () => object | undefined,
  traps: string[],
  read?: (value: unknown, owner: object) => unknown
): object {
  const handler: Record<string, unknown> = {};
  for (const name of traps) {
    const [count, absent] = TRAPS[name];
    const operation = Reflect[name];
    handler[name] = (_: object, ...values: unknown[]): unknown => {
      const owner = current();
      if (!owner) return absent();
      values.length = count;
      const value = operation(owner, ...values);
      return read && name === 'get' ? read(value, owner) : value;
    };
  }
  return new Proxy({}, handler);
}

export const env = live(() => environment.getCurrentEnv(), ALL);

export const exports = live(() => environment.getCurrentExports(), READING);

// Methods of the cache need their owner as `this`.
export const cache = live(
  () => entrypoints.getCtxCache(),
  READING,
  (value, owner) => (typeof value === 'function' ? value.bind(owner) : value)
);

export const waitUntil = entrypoints.waitUntil.bind(entrypoints);

export function withEnv(newEnv: unknown, fn: () => unknown): unknown {
  return environment.withEnv(newEnv, fn);
}

export function withExports(newExports: unknown, fn: () => unknown): unknown {
  return environment.withExports(newExports, fn);
}

export function withEnvAndExports(newEnv: unknown, newExports: unknown, fn: () => unknown): unknown {
  return environment.withEnvAndExports(newEnv, newExports, fn);
}

export function abortIsolate(reason?: string): void {
  entrypoints.abortIsolate(reason);
}
