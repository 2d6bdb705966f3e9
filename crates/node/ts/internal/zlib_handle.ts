// What a stream of `node:zlib` has as `_handle`: a coder with the interface that Node's own has, which some packages use.

import { type ZlibStream as Coder, openZlib } from 'node-internal:zlib_natives';
import { constants } from 'node-internal:zlib_constants';

/** The part of a view that two numbers of a guest's name. */
function part(view: ArrayBufferView, offset: number, length: number, what: string): Uint8Array {
  if (offset + length > view.byteLength) throw new Error(`${what} access is not within bounds`);
  return new Uint8Array(view.buffer, view.byteOffset + offset, length);
}

export class ZlibStream {
  #mode: number;
  #coder: Coder | undefined;
  #state: ArrayBufferView | undefined;
  #callback: (() => void) | undefined;
  onerror: any;

  constructor(mode: any) {
    if (!(mode >= constants.DEFLATE! && mode <= constants.UNZIP!)) throw new TypeError('Invalid zlib mode');
    this.#mode = mode;
  }

  initialize(windowBits: any, level: any, memLevel: any, strategy: any, state: any, callback: any, dictionary?: any): void {
    this.#coder?.close();
    this.#coder = openZlib(this.#mode, level, windowBits, memLevel, strategy, dictionary ?? new Uint8Array());
    this.#state = state;
    this.#callback = callback;
  }

  params(level: any, _strategy: any): void {
    this.#coder?.setLevel(level);
  }

  reset(): void {
    this.#coder?.reset();
  }

  close(): void {
    this.#coder?.close();
  }

  setLevel(level: number): void {
    this.#open().setLevel(level);
  }

  #open(): Coder {
    if (this.#coder === undefined) throw new Error('Zlib stream is not initialized');
    return this.#coder;
  }

  /** As the coder's; where results cannot be written, nothing is done. */
  step(input: Uint8Array, flush: number, room: number): Uint8Array {
    if (this.#state === undefined || this.#state.byteLength < 8) throw new Error('Invalid write result buffer');
    return this.#open().step(input, flush, room);
  }

  get consumed(): number {
    return this.#open().consumed;
  }

  get finished(): boolean {
    return this.#open().finished;
  }

  get message(): string | undefined {
    return this.#open().message;
  }

  get code(): string | undefined {
    return this.#open().code;
  }

  get number(): number {
    return this.#open().number;
  }

  /** Codes what is in one buffer into another; how much is left of both is in the first two numbers of the state. */
  writeSync(flush: any, input: any, inOffset: any, inLength: any, output: any, outOffset: any, outLength: any): void {
    // What converts them may change the buffers.
    const [kind, from, size, to, room] = [flush | 0, inOffset >>> 0, inLength >>> 0, outOffset >>> 0, outLength >>> 0];
    const source = input == null ? new Uint8Array() : part(input, from, size, 'Input');
    const target = part(output, to, room, 'Output');
    const made = this.step(source, kind, room);
    target.set(made);
    const state = this.#state!;
    const left = new Uint32Array(state.buffer as ArrayBuffer, state.byteOffset, 2);
    [left[0], left[1]] = [room - made.byteLength, source.byteLength - this.consumed];
    if (this.message !== undefined) this.onerror?.(this.message, this.number, this.code);
  }

  write(flush: any, input: any, inOffset: any, inLength: any, output: any, outOffset: any, outLength: any): void {
    this.writeSync(flush, input, inOffset, inLength, output, outOffset, outLength);
    this.#callback?.();
  }
}
