// What `node:buffer` has in Rust, as the internal module `node-internal:buffer_natives`. Encodings are the numbers of
// `buffer_encodings`.

export function byteLengthUtf8(text: string): number;
export function encode(text: string, encoding: number): Uint8Array;
/** Writes what fits without cutting a character; returns how many bytes that is. */
export function writeString(target: Uint8Array, text: string, offset: number, length: number, encoding: number): number;
export function decode(source: Uint8Array, start: number, end: number, encoding: number): string;
export function compare(left: Uint8Array, right: Uint8Array): -1 | 0 | 1;
/** Repeats a pattern that is not empty. */
export function fillWith(target: Uint8Array, pattern: Uint8Array, start: number, end: number): Uint8Array;
/** Index of the first, or last, match whose index is a multiple of `step`; -1 for none. */
export function indexOfBytes(source: Uint8Array, needle: Uint8Array, from: number, forward: boolean, step: number): number;
/** Reverses each element of `size` bytes. */
export function swap<B extends Uint8Array>(target: B, size: number): B;
export function isAscii(bytes: ArrayBufferView | ArrayBuffer): boolean;
export function isUtf8(bytes: ArrayBufferView | ArrayBuffer): boolean;
export function transcode(source: Uint8Array, from: number, to: number): Uint8Array;
