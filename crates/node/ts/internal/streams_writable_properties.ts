// What the properties of a Writable say.

import { AbortError } from 'node-internal:internal_errors';
import { defineGetters } from 'node-internal:streams_state';
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

const GETTERS = {
  closed: (state: any) => (state ? state.closed : false),
  writableFinished: (state: any) => (state ? state.finished : false),
  writableObjectMode: (state: any) => (state ? state.objectMode : false),
  writableBuffer: (state: any) => state?.getBuffer(),
  writableEnded: (state: any) => (state ? state.ending : false),
  writableNeedDrain: (state: any) => (state ? !state.destroyed && !state.ending && state.needDrain : false),
  writableHighWaterMark: (state: any) => state?.highWaterMark,
  writableCorked: (state: any) => (state ? state.corked : 0),
  writableLength: (state: any) => state?.length,
  errored: (state: any) => (state ? state.errored : null),
  writableAborted: (state: any) => Boolean(state.writable !== false && (state.destroyed || state.errored) && !state.finished),
};
defineGetters(Writable.prototype, '_writableState', GETTERS, ['writableAborted']);
Object.defineProperties(Writable.prototype, {
  destroyed: {
    get(this: any) {
      return this._writableState ? this._writableState.destroyed : false;
    },
    set(this: any, value: unknown) {
      if (this._writableState) this._writableState.destroyed = value;
    },
  },
  writable: {
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
