// What `node:stream` exports: `Stream`, with all that is there as its properties.

import { Buffer } from 'node-internal:internal_buffer';
import * as types from 'node-internal:internal_types';
import { kCustomPromisify } from 'node-internal:promisify';
import { compose } from 'node-internal:streams_compose';
import { destroyer } from 'node-internal:streams_destroy';
import { Duplex, PassThrough, Transform, Writable, duplexPair } from 'node-internal:streams_duplex';
import { addAbortSignal, eos, finished } from 'node-internal:streams_finished';
import { Stream } from 'node-internal:streams_legacy';
import { Readable } from 'node-internal:streams_operators';
import { pipeline, pipelinePromise } from 'node-internal:streams_pipeline';
import {
  getDefaultHighWaterMark,
  isDestroyed,
  isDisturbed,
  isErrored,
  isReadable,
  isWritable,
  setDefaultHighWaterMark,
} from 'node-internal:streams_state';
import 'node-internal:streams_web';

export const promises = { finished, pipeline: pipelinePromise };

export function _uint8ArrayToBuffer(chunk: Uint8Array): Uint8Array {
  return Buffer.from(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength);
}

export function isUint8Array(value: unknown): boolean {
  return types.isUint8Array(value);
}

export function isArrayBufferView(value: unknown): boolean {
  return types.isArrayBufferView(value);
}

export const destroy = destroyer;

Object.assign(Stream, {
  isDestroyed,
  isDisturbed,
  isErrored,
  isReadable,
  isWritable,
  Readable,
  Writable,
  Duplex,
  Transform,
  PassThrough,
  duplexPair,
  pipeline,
  addAbortSignal,
  finished: eos,
  destroy,
  compose,
  setDefaultHighWaterMark,
  getDefaultHighWaterMark,
});
Stream.promises = promises;
Object.defineProperty(pipeline, kCustomPromisify, { enumerable: true, get: () => promises.pipeline });
Object.defineProperty(eos, kCustomPromisify, { enumerable: true, get: () => promises.finished });
Stream.Stream = Stream;
Object.assign(Stream, { _isArrayBufferView: isArrayBufferView, _isUint8Array: isUint8Array, _uint8ArrayToBuffer });

export {
  addAbortSignal,
  compose,
  Duplex,
  duplexPair,
  eos as finished,
  getDefaultHighWaterMark,
  isDestroyed,
  isDisturbed,
  isErrored,
  isReadable,
  isWritable,
  PassThrough,
  pipeline,
  Readable,
  setDefaultHighWaterMark,
  Stream,
  Transform,
  Writable,
};
