// node:readline: a Worker has no terminal.

import { Interface } from 'node-internal:internal_readline';
import * as promises from 'node-internal:internal_readline_promises';

export { Interface, promises };

export function clearLine(): boolean {
  return false;
}

export function clearScreenDown(): boolean {
  return false;
}

export function createInterface(): Interface {
  return new Interface();
}

export function cursorTo(): boolean {
  return false;
}

export function emitKeypressEvents(): void {}

export function moveCursor(): boolean {
  return false;
}

export default { clearLine, clearScreenDown, createInterface, cursorTo, emitKeypressEvents, moveCursor, Interface, promises };
