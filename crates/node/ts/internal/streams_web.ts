// Streams of Node as streams of the standard, and the other way round.

import { Buffer } from 'node-internal:internal_buffer';
import { AbortError, invalidArgType, invalidArgValue } from 'node-internal:internal_errors';
import { destroyer } from 'node-internal:streams_destroy';
import { Duplex, Readable } from 'node-internal:streams_duplex';
import { eos } from 'node-internal:streams_finished';
import {
  isDestroyed,
  isReadable,
  isReadableStream,
  isWritable,
  isWritableEnded,
  isWritableStream,
  nop,
} from 'node-internal:streams_state';
import { validateBoolean, validateObject } from 'node-internal:validators';
import { Writable } from 'node-internal:streams_writable_properties';

/** What the web stream is told where the other one was closed too early. */
function failureOf(error: any): any {
  return error?.code === 'ERR_STREAM_PREMATURE_CLOSE' ? new AbortError(undefined, { cause: error }) : error;
}

function countStrategy(objectMode: boolean, highWaterMark: number): any {
  return objectMode ? new CountQueuingStrategy({ highWaterMark }) : { highWaterMark };
}

export function readableToWeb(readable: any, options: any = {}): ReadableStream {
  if (typeof readable?._readableState !== 'object') throw invalidArgType('streamReadable', 'stream.Readable', readable);
  if (isDestroyed(readable) || !isReadable(readable)) {
    const closed = new ReadableStream();
    void closed.cancel();
    return closed;
  }
  const objectMode: boolean = readable.readableObjectMode;
  const strategy = options?.strategy ?? countStrategy(objectMode, readable.readableHighWaterMark);
  let controller: any;
  const cleanUp = eos(readable, (error: any) => {
    const failure = failureOf(error);
    cleanUp();
    // Errors after this one have nobody to tell.
    readable.on('error', nop);
    if (failure) controller.error(failure);
    else controller.close();
  });
  readable.pause();
  readable.on('data', (chunk: any) => {
    if (chunk instanceof Buffer && !objectMode) {
      chunk = new Uint8Array(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength);
    }
    controller.enqueue(chunk);
    if (controller.desiredSize <= 0) readable.pause();
  });
  readable.pause();
  return new ReadableStream(
    {
      start(given) {
        controller = given;
      },
      pull() {
        readable.resume();
      },
      cancel(reason) {
        destroyer(readable, reason);
      },
    },
    strategy
  );
}

export function readableFromWeb(stream: any, options: any = {}): any {
  if (!isReadableStream(stream)) throw invalidArgType('readableStream', 'ReadableStream', stream);
  validateObject(options, 'options');
  const { highWaterMark, encoding, objectMode = false, signal } = options as any;
  if (encoding !== undefined && !Buffer.isEncoding(encoding)) throw invalidArgValue('options.encoding', encoding);
  validateBoolean(objectMode, 'options.objectMode');
  const reader = stream.getReader();
  let isClosed = false;
  const readable: any = new Readable({
    objectMode,
    highWaterMark,
    encoding,
    signal,
    read() {
      reader.read().then(
        ({ value, done }: any) => readable.push(done ? null : value),
        (error: unknown) => destroyer(readable, error)
      );
    },
    destroy(error: any, callback: any) {
      const done = (): void => callback(error);
      if (isClosed) done();
      else reader.cancel(error).then(done, done);
    },
  });
  reader.closed.then(
    () => {
      isClosed = true;
    },
    (error: unknown) => {
      isClosed = true;
      destroyer(readable, error);
    }
  );
  return readable;
}

export function writableToWeb(writable: any): WritableStream {
  if (typeof writable?._writableState !== 'object') throw invalidArgType('streamWritable', 'stream.Writable', writable);
  if (isDestroyed(writable) || !isWritable(writable)) {
    const closed = new WritableStream();
    void closed.close();
    return closed;
  }
  let controller: any;
  let room: PromiseWithResolvers<void> | undefined;
  let closing: PromiseWithResolvers<void> | undefined;
  const cleanUp = eos(writable, (error: any) => {
    const failure = failureOf(error);
    cleanUp();
    writable.on('error', nop);
    if (failure) {
      room?.reject(failure);
      closing?.reject(failure);
      closing = undefined;
      controller?.error(failure);
    } else if (closing) {
      closing.resolve();
      closing = undefined;
      return;
    } else {
      controller?.error(new AbortError());
    }
    controller = undefined;
  });
  writable.on('drain', () => room?.resolve());
  return new WritableStream(
    {
      start(given) {
        controller = given;
      },
      async write(chunk) {
        if (!writable.writableNeedDrain && writable.write(chunk)) return;
        room = Promise.withResolvers();
        try {
          await room.promise;
        } finally {
          room = undefined;
        }
      },
      abort(reason) {
        destroyer(writable, reason);
      },
      close() {
        if (closing === undefined && !isWritableEnded(writable)) {
          closing = Promise.withResolvers();
          writable.end();
        }
        return closing?.promise;
      },
    },
    countStrategy(writable.writableObjectMode, writable.writableHighWaterMark)
  );
}

export function writableFromWeb(stream: any, options: any = {}): any {
  if (!isWritableStream(stream)) throw invalidArgType('writableStream', 'WritableStream', stream);
  validateObject(options, 'options');
  const { highWaterMark, decodeStrings = true, objectMode = false, signal } = options as any;
  validateBoolean(objectMode, 'options.objectMode');
  validateBoolean(decodeStrings, 'options.decodeStrings');
  const state = { isClosed: false };
  const writer = stream.getWriter();
  const writable: any = new Writable({
    highWaterMark,
    objectMode,
    decodeStrings,
    signal,
    ...writingTo(writer, state, () => writable),
  });
  follow(writer, state, () => writable);
  return writable;
}

function follow(writer: any, state: { isClosed: boolean }, stream: () => any): void {
  writer.closed.then(
    () => {
      state.isClosed = true;
    },
    (error: unknown) => {
      state.isClosed = true;
      destroyer(stream(), error);
    }
  );
}

/** The methods of a stream of Node that writes to `writer`. */
function writingTo(writer: any, state: { isClosed: boolean }, stream: () => any): any {
  return {
    writev(chunks: any[], callback: any) {
      const done = (error?: unknown): void => callback(error);
      writer.ready.then(
        () => Promise.all(chunks.map((each) => writer.write(each.chunk))).then(() => done(), done),
        done
      );
    },
    write(chunk: any, encoding: any, callback: any) {
      if (typeof chunk === 'string' && stream()._writableState.decodeStrings && !stream().writableObjectMode) {
        chunk = Buffer.from(chunk, encoding);
      }
      const done = (error?: unknown): void => {
        if (error) destroyer(stream(), error);
        else callback();
      };
      writer.ready.then(() => writer.write(chunk).then(() => done(), done), done);
    },
    destroy(error: any, callback: any) {
      const done = (): void => callback(error);
      if (state.isClosed) done();
      else if (error !== null && error !== undefined) writer.abort(error).then(done, done);
      else writer.close().then(done, done);
    },
    final(callback: any) {
      const done = (error?: unknown): void => callback(error);
      if (state.isClosed) done();
      else writer.close().then(() => done(), done);
    },
  };
}

export function pairToWeb(duplex: any): { readable: ReadableStream; writable: WritableStream } {
  if (typeof duplex?._writableState !== 'object' || typeof duplex?._readableState !== 'object') {
    throw invalidArgType('duplex', 'stream.Duplex', duplex);
  }
  if (isDestroyed(duplex)) {
    const writable = new WritableStream();
    const readable = new ReadableStream();
    void writable.close();
    void readable.cancel();
    return { readable, writable };
  }
  return { writable: writableToWeb(duplex), readable: readableToWeb(duplex) };
}

export function pairFromWeb(pair: any, options: any = {}): any {
  validateObject(pair, 'pair');
  const { readable, writable } = pair;
  if (!isReadableStream(readable)) throw invalidArgType('pair.readable', 'ReadableStream', readable);
  if (!isWritableStream(writable)) throw invalidArgType('pair.writable', 'WritableStream', writable);
  validateObject(options, 'options');
  const { allowHalfOpen = false, objectMode = false, encoding, decodeStrings = true, highWaterMark, signal } = options as any;
  validateBoolean(objectMode, 'options.objectMode');
  if (encoding !== undefined && !Buffer.isEncoding(encoding)) throw invalidArgValue('options.encoding', encoding);
  const writer = writable.getWriter();
  const reader = readable.getReader();
  const reading = { isClosed: false };
  const writing = { isClosed: false };
  const methods = writingTo(writer, writing, () => duplex);
  const duplex: any = new Duplex({
    allowHalfOpen,
    highWaterMark,
    objectMode,
    encoding,
    decodeStrings,
    signal,
    ...methods,
    read() {
      reader.read().then(
        ({ value, done }: any) => duplex.push(done ? null : value),
        (error: unknown) => destroyer(duplex, error)
      );
    },
    destroy(error: any, callback: any) {
      const done = (): void => callback(error);
      const closings: Promise<unknown>[] = [];
      if (!writing.isClosed) closings.push(error ? writer.abort(error) : writer.close());
      if (!reading.isClosed) closings.push(reader.cancel(error));
      if (closings.length === 0) done();
      else Promise.all(closings).then(done, done);
    },
  });
  follow(writer, writing, () => duplex);
  follow(reader, reading, () => duplex);
  return duplex;
}

Object.assign(Readable, {
  fromWeb: function (stream: any, options: any): any {
    return readableFromWeb(stream, options);
  },
  toWeb: function (readable: any, options: any): any {
    return readableToWeb(readable, options);
  },
});
Object.assign(Writable, {
  fromWeb: function (stream: any, options: any): any {
    return writableFromWeb(stream, options);
  },
  toWeb: function (writable: any): any {
    return writableToWeb(writable);
  },
});
Object.assign(Duplex, {
  fromWeb: function (pair: any, options: any): any {
    return pairFromWeb(pair, options);
  },
  toWeb: function (duplex: any): any {
    return pairToWeb(duplex);
  },
});
