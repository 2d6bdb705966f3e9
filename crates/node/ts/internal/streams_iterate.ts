// Readables as async iterators, and Readables of iterables.

import { Buffer } from 'node-internal:internal_buffer';
import { invalidArgType } from 'node-internal:internal_errors';
import { aggregate, destroyer, streamError } from 'node-internal:streams_destroy';
import { eos } from 'node-internal:streams_finished';
import { Readable } from 'node-internal:streams_flow';
import { nextTick, nop } from 'node-internal:streams_state';
import { validateObject } from 'node-internal:validators';

Readable.prototype[Symbol.asyncIterator] = function (): any {
  return iteratorOf(this);
};

Readable.prototype.iterator = function (options: any): any {
  if (options !== undefined) validateObject(options, 'options');
  return iteratorOf(this, options);
};

function iteratorOf(stream: any, options?: any): any {
  if (typeof stream.read !== 'function') stream = Readable.wrap(stream, { objectMode: true });
  const iterator: any = iterate(stream, options);
  iterator.stream = stream;
  return iterator;
}

async function* iterate(stream: any, options: any): AsyncGenerator<any> {
  let wake = nop;
  // Undefined while the stream goes on, null once it is over.
  let error: any;
  const onReadable = (): void => wake();
  stream.on('readable', onReadable);
  const cleanUp = eos(stream, { writable: false }, (failure: any) => {
    error = failure ? aggregate(error, failure) : null;
    wake();
  });
  try {
    for (;;) {
      const chunk = stream.destroyed ? null : stream.read();
      if (chunk !== null) {
        yield chunk;
      } else if (error) {
        throw error;
      } else if (error === null) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = nop;
      }
    }
  } catch (failure) {
    error = aggregate(error, failure);
    throw error;
  } finally {
    if ((error || options?.destroyOnReturn !== false) && (error === undefined || stream._readableState.autoDestroy)) {
      destroyer(stream, null);
    } else {
      stream.off('readable', onReadable);
      cleanUp();
    }
  }
}

/** Reads `iterable` into a stream that `make` gives. */
export function from(make: any, iterable: any, options?: any): any {
  if (typeof iterable === 'string' || iterable instanceof Buffer) {
    return new make({
      objectMode: true,
      ...options,
      read(this: any) {
        this.push(iterable);
        this.push(null);
      },
    });
  }
  const isAsync = Boolean(iterable?.[Symbol.asyncIterator]);
  if (!isAsync && !iterable?.[Symbol.iterator]) throw invalidArgType('iterable', ['Iterable'], iterable);
  const iterator = isAsync ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]();
  // A chunk at a time: the source may be lazy.
  const readable = new make({ objectMode: true, highWaterMark: 1, ...options });
  let isReading = false;
  readable._read = () => {
    if (isReading) return;
    isReading = true;
    void readOn();
  };
  readable._destroy = (error: any, callback: any) => {
    close(error).then(
      () => nextTick(callback, error),
      (failure) => nextTick(callback, failure || error)
    );
  };

  async function close(error: any): Promise<void> {
    const hadError = error !== undefined && error !== null;
    if (hadError && typeof iterator.throw === 'function') {
      const { value, done } = await iterator.throw(error);
      await value;
      if (done) return;
    }
    if (typeof iterator.return === 'function') {
      const { value } = await iterator.return();
      await value;
    }
  }

  async function readOn(): Promise<void> {
    for (;;) {
      try {
        const { value, done } = isAsync ? await iterator.next() : iterator.next();
        if (done) {
          readable.push(null);
          return;
        }
        const chunk = value && typeof value.then === 'function' ? await value : value;
        if (chunk === null) {
          isReading = false;
          throw streamError('ERR_STREAM_NULL_VALUES', 'May not write null values to stream', TypeError);
        }
        if (!readable.push(chunk)) {
          isReading = false;
          return;
        }
      } catch (error) {
        readable.destroy(error);
        return;
      }
    }
  }
  return readable;
}

Readable.from = function (iterable: any, options: any): any {
  return from(Readable, iterable, options);
};

/** A Readable of a stream of the old kind. */
export function wrap(source: any, options: any): any {
  return new Readable({
    objectMode: source.readableObjectMode ?? source.objectMode ?? true,
    ...options,
    destroy(error: any, callback: any) {
      destroyer(source, error);
      callback(error);
    },
  }).wrap(source);
}
Readable.wrap = wrap;

export { Readable };
