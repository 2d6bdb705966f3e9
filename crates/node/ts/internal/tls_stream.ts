// A socket over a stream of any kind, for TLS sockets that are given one.

import { Buffer } from 'node-internal:internal_buffer';
import { coded } from 'node-internal:internal_errors';
import { Socket } from 'node-internal:net_socket';

interface Waiting {
  view: Uint8Array;
  resolve: (result: { value: Uint8Array; done: boolean }) => void;
}

/** What the stream gives, in the form of a reader of bytes. */
class Incoming {
  #chunks: Uint8Array[] = [];
  #ended = false;
  #waiting: Waiting[] = [];

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#serve();
  }

  end(): void {
    this.#ended = true;
    this.#serve();
  }

  read(view: Uint8Array): Promise<{ value: Uint8Array; done: boolean }> {
    return new Promise((resolve) => {
      this.#waiting.push({ view, resolve });
      this.#serve();
    });
  }

  releaseLock(): void {}

  #serve(): void {
    while (this.#waiting.length > 0 && (this.#chunks.length > 0 || this.#ended)) {
      const { view, resolve } = this.#waiting.shift()!;
      const chunk = this.#chunks[0];
      if (chunk === undefined) {
        resolve({ value: view.subarray(0, 0), done: true });
        continue;
      }
      const taken = chunk.subarray(0, view.length);
      view.set(taken);
      if (taken.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(taken.length);
      resolve({ value: view.subarray(0, taken.length), done: false });
    }
  }
}

function handleOver(stream: any, incoming: Incoming): any {
  const closed = Promise.withResolvers<void>();
  const write = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      stream.write(bytes, (error: unknown) => (error ? reject(error) : resolve()));
    });
  return {
    reading: true,
    bytesRead: 0,
    bytesWritten: 0,
    socket: {
      startTls(): never {
        throw new Error('startTls() should not be called for a duplex stream');
      },
      upgraded: false,
      secureTransport: 'off',
      closed: closed.promise,
      close(): Promise<void> {
        queueMicrotask(closed.resolve);
        return closed.promise;
      },
      opened: Promise.resolve({}),
    },
    reader: incoming,
    writer: {
      write,
      close: () => new Promise<void>((resolve) => stream.end(resolve)),
      releaseLock(): void {},
    },
    options: { host: '0.0.0.0', port: 0, addressType: 4 },
  };
}

export class JSStreamSocket extends Socket {
  [key: string]: any;

  constructor(stream: any) {
    const incoming = new Incoming();
    const handle = handleOver(stream, incoming);
    super({ handle });
    this.stream = stream;
    stream.pause();
    const receive = (chunk: any): void => {
      if (typeof chunk !== 'string' && stream.readableObjectMode !== true) {
        incoming.push(Buffer.from(chunk));
        return;
      }
      stream.pause();
      stream.removeListener('data', receive);
      const text = 'Stream has StringDecoder set or is in objectMode';
      this.emit('error', coded(Error, 'ERR_STREAM_WRAP', text));
    };
    stream.on('data', receive);
    stream.on('error', (error: unknown) => this.emit('error', error));
    stream.once('end', () => incoming.end());
    stream.once('close', () => {
      incoming.end();
      this.destroy();
    });
    handle.socket.closed.then(() => this.doClose());
  }

  isClosing(): boolean {
    return !this.readable || !this.writable;
  }

  readStart(): number {
    this.stream.resume();
    return 0;
  }

  readStop(): number {
    this.stream.pause();
    return 0;
  }

  doShutdown(_request: unknown): number {
    queueMicrotask(() => this.stream.end());
    return 0;
  }

  doClose(): void {
    this.stream.destroy();
  }
}
