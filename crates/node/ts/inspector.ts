// node:inspector: a Worker cannot inspect itself, but for sessions in local development.

import { Network, Session, console } from 'node-internal:internal_inspector';

export { Network, Session, console };

export function close(): void {}

export function open(_port: unknown, _host: unknown, _wait: unknown): object {
  return {
    [Symbol.dispose](): Promise<void> {
      return Promise.resolve();
    },
  };
}

export function url(): undefined {
  return undefined;
}

export function waitForDebugger(): void {}

export default { Session, close, console, open, url, waitForDebugger, Network };
