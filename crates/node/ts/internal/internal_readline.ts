// What `node:readline` and `node:readline/promises` share: an interface that reads nothing.

import { EventEmitter } from 'node-internal:events';

export class Interface extends EventEmitter {
  terminal = false;
  line = '';
  cursor = 0;

  getPrompt(): string {
    return '';
  }

  setPrompt(_prompt: unknown): void {}
  prompt(_preserve: unknown): void {}

  question(_query: unknown, options: any, callback: any): void {
    const answer = typeof options === 'function' ? options : callback;
    if (typeof answer === 'function') answer('');
  }

  pause(): this {
    return this;
  }

  resume(): this {
    return this;
  }

  close(): void {}
  write(_data: unknown, _key: unknown): void {}

  getCursorPos(): object {
    return { rows: 0, cols: 0 };
  }

  [Symbol.dispose](): void {}

  async [Symbol.asyncDispose](): Promise<void> {}

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    yield '';
  }
}
