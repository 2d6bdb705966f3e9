// What the properties of a Writable say.

import { AbortError } from 'node-internal:internal_errors';
import { Writable } from 'node-internal:streams_writable';

Writable.prototype[Symbol.asyncDispose] = async function (): Promise<void> {
  let error: unknown = null;
  if (!this.destroyed) {
    error = this.writableFinished ? null : new AbortError();
    this.destroy(error);
  }
  if (this.closed) return;
  await new Promise<void>((resolve, reject) => {
    this.once('error', () => {});
    this.once('close', () => (this.errored && this.errored !== error ? reject(this.errored) : resolve()));
  });
};

type Reader = (state: any) => unknown;
const GETTERS: Record<string, Reader> = {
  closed: (state) => (state ? state.closed : false),
  writableFinished: (state) => (state ? state.finished : false),
  writableObjectMode: (state) => (state ? state.objectMode : false),
  writableBuffer: (state) => state?.getBuffer(),
  writableEnded: (state) => (state ? state.ending : false),
  writableNeedDrain: (state) => (state ? !state.destroyed && !state.ending && state.needDrain : false),
  writableHighWaterMark: (state) => state?.highWaterMark,
  writableCorked: (state) => (state ? state.corked : 0),
  writableLength: (state) => state?.length,
  errored: (state) => (state ? state.errored : null),
  writableAborted: (state) => Boolean(state.writable !== false && (state.destroyed || state.errored) && !state.finished),
};
for (const name of Object.keys(GETTERS)) {
  const read = GETTERS[name]!;
  Object.defineProperty(Writable.prototype, name, {
    enumerable: false,
    configurable: true,
    get(this: any) {
      return read(this._writableState);
    },
  });
}
Object.defineProperties(Writable.prototype, {
  destroyed: {
    configurable: true,
    get(this: any) {
      return this._writableState ? this._writableState.destroyed : false;
    },
    set(this: any, value: unknown) {
      if (this._writableState) this._writableState.destroyed = value;
    },
  },
  writable: {
    configurable: true,
    get(this: any) {
      const state = this._writableState;
      return Boolean(
        state && state.writable !== false && !state.destroyed && !state.errored && !state.ending && !state.ended
      );
    },
    set(this: any, value: unknown) {
      if (this._writableState) this._writableState.writable = Boolean(value);
    },
  },
});

export { Writable };
