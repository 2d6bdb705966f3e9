// `compose()`: several streams as one.

import { AbortError, invalidArgValue, missingArgs } from 'node-internal:internal_errors';
import { destroyer } from 'node-internal:streams_destroy';
import { Duplex, duplexFrom } from 'node-internal:streams_duplexify';
import { eos } from 'node-internal:streams_finished';
import { Readable } from 'node-internal:streams_flow';
import { pipelineImpl } from 'node-internal:streams_pipeline';
import {
  isNodeStream,
  isReadable,
  isReadableStream,
  isTransformStream,
  isWebStream,
  isWritable,
  isWritableStream,
} from 'node-internal:streams_state';

type Callback = ((error?: any) => void) | null | undefined;

function canRead(stream: any): boolean {
  return Boolean(isReadable(stream) || isReadableStream(stream) || isTransformStream(stream));
}

function canWrite(stream: any): boolean {
  return Boolean(isWritable(stream) || isWritableStream(stream) || isTransformStream(stream));
}

export function compose(...streams: any[]): any {
  if (streams.length === 0) throw missingArgs('streams');
  if (streams.length === 1) return duplexFrom(streams[0]);
  const given = [...streams];
  const last = streams.length - 1;
  if (typeof streams[0] === 'function') streams[0] = duplexFrom(streams[0]);
  if (typeof streams[last] === 'function') streams[last] = duplexFrom(streams[last]);
  streams.forEach((stream, index) => {
    if (!isNodeStream(stream) && !isWebStream(stream)) return;
    if (index < last && !canRead(stream)) throw invalidArgValue(`streams[${index}]`, given[index], 'must be readable');
    if (index > 0 && !canWrite(stream)) throw invalidArgValue(`streams[${index}]`, given[index], 'must be writable');
  });
  return new Composition(streams).duplex;
}

class Composition {
  duplex: any;
  #whenDrained: Callback;
  #whenFinished: Callback;
  #whenReadable: Callback;
  #whenClosed: Callback;

  constructor(streams: any[]) {
    const head = streams[0];
    const tail = pipelineImpl(streams, (error: any) => this.#over(error));
    const writable = canWrite(head);
    const readable = canRead(tail);
    this.duplex = new Duplex({
      writableObjectMode: Boolean(head?.writableObjectMode),
      readableObjectMode: Boolean(tail?.readableObjectMode),
      writable,
      readable,
    });
    if (writable) this.#write(head, tail);
    if (readable) this.#read(tail);
    this.duplex._destroy = (error: any, callback: any) => {
      if (!error && this.#whenClosed !== null) error = new AbortError();
      this.#whenReadable = null;
      this.#whenDrained = null;
      this.#whenFinished = null;
      if (isNodeStream(tail)) destroyer(tail, error);
      if (this.#whenClosed === null) callback(error);
      else this.#whenClosed = callback;
    };
  }

  #over(error: any): void {
    const callback = this.#whenClosed;
    this.#whenClosed = null;
    if (callback) callback(error);
    else if (error) this.duplex.destroy(error);
    else if (!this.duplex.readable && !this.duplex.writable) this.duplex.destroy();
  }

  #write(head: any, tail: any): void {
    const { duplex } = this;
    if (isNodeStream(head)) {
      duplex._write = (chunk: any, encoding: any, callback: any) => {
        if (head.write(chunk, encoding)) callback();
        else this.#whenDrained = callback;
      };
      duplex._final = (callback: any) => {
        head.end();
        this.#whenFinished = callback;
      };
      head.on('drain', () => {
        const callback = this.#whenDrained;
        this.#whenDrained = null;
        callback?.();
      });
    } else {
      const writer = (isTransformStream(head) ? head.writable : head).getWriter();
      duplex._write = async (chunk: any, _encoding: any, callback: any) => {
        try {
          await writer.ready;
          writer.write(chunk).catch(() => {});
          callback();
        } catch (error) {
          callback(error);
        }
      };
      duplex._final = async (callback: any) => {
        try {
          await writer.ready;
          writer.close().catch(() => {});
          this.#whenFinished = callback;
        } catch (error) {
          callback(error);
        }
      };
    }
    eos(isTransformStream(tail) ? tail.readable : tail, () => {
      const callback = this.#whenFinished;
      this.#whenFinished = null;
      callback?.();
    });
  }

  #read(tail: any): void {
    const { duplex } = this;
    if (isNodeStream(tail)) {
      tail.on('readable', () => {
        const callback = this.#whenReadable;
        this.#whenReadable = null;
        callback?.();
      });
      tail.on('end', () => duplex.push(null));
      duplex._read = () => {
        for (;;) {
          const chunk = tail.read();
          if (chunk === null) {
            this.#whenReadable = duplex._read;
            return;
          }
          if (!duplex.push(chunk)) return;
        }
      };
      return;
    }
    const reader = (isTransformStream(tail) ? tail.readable : tail).getReader();
    duplex._read = async () => {
      for (;;) {
        try {
          const { value, done } = await reader.read();
          if (!duplex.push(done ? null : value) || done) return;
        } catch {
          return;
        }
      }
    };
  }
}

Readable.prototype.compose = function (...streams: any[]): any {
  return compose(this, ...streams);
};
