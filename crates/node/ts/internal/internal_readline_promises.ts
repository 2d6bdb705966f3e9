// `node:readline/promises`, of which `node:readline` has the same functions.

import { EventEmitter } from 'node-internal:events';
import { Interface as Plain } from 'node-internal:internal_readline';

export class Interface extends EventEmitter {
  terminal = false;
  line = '';
  cursor = 0;

  question(_query: unknown, _options: unknown): Promise<string> {
    return Promise.resolve('');
  }
}
for (const key of Reflect.ownKeys(Plain.prototype)) {
  if (key === 'constructor' || key === 'question') continue;
  Object.defineProperty(Interface.prototype, key, Object.getOwnPropertyDescriptor(Plain.prototype, key)!);
}

export class Readline {
  clearLine(_direction: unknown): this {
    return this;
  }

  clearScreenDown(): this {
    return this;
  }

  commit(): Promise<void> {
    return Promise.resolve();
  }

  cursorTo(_x: unknown, _y: unknown): this {
    return this;
  }

  moveCursor(_dx: unknown, _dy: unknown): this {
    return this;
  }

  rollback(): this {
    return this;
  }
}

export function createInterface(): Interface {
  return new Interface();
}
