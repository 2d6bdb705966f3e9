// The coders of `node:zlib`, as the internal module `node-internal:zlib_natives`.

export interface ZlibStream {
  /** Codes some of `input` into at most `room` bytes, which it returns. */
  step(input: Uint8Array, flush: number, room: number): Uint8Array;
  /** Lets go of what it needs. It can do nothing any more. */
  close(): void;
  reset(): void;
  setLevel(level: number): void;
  /** Bytes of input that the last step has used. */
  readonly consumed: number;
  readonly finished: boolean;
  /** What went wrong in the last step. */
  readonly message: string | undefined;
  readonly code: string | undefined;
  readonly number: number;
}

export function openZlib(
  mode: number,
  level: number,
  windowBits: number,
  memLevel: number,
  strategy: number,
  dictionary: Uint8Array
): ZlibStream;
/** `parameters` alternate with their values; undefined if one is wrong. */
export function openBrotli(encode: boolean, parameters: number[]): ZlibStream | undefined;
/** As `openBrotli`, with the size of what is to come, if it is known; the text of what is wrong. */
export function openZstd(encode: boolean, parameters: number[], size: number | undefined): ZlibStream | string;
export function crc32(data: ArrayBufferView | ArrayBuffer, start: number): number;
