// What a socket of node:net keeps for itself, and what its parts share.

import natives from 'cloudflare-internal:sockets';
import { BindError, NoBufferError, callError } from 'node-internal:net_errors';
import { Buffer } from 'node-internal:internal_buffer';
import { invalidArgType } from 'node-internal:internal_errors';
import { isUint8Array } from 'node-internal:internal_types';
import { ephemeralPort, holdPort, releasePort, unwatchOwner } from 'node-internal:port_table';
import { Duplex } from 'node-internal:streams_base';

export const kState = Symbol('kState');
export const kReinitializeHandle = Symbol('kReinitializeHandle');
export const kUpdateTimer = Symbol('kUpdateTimer');

export const ANY_IPV4 = '0.0.0.0';
export const ANY_IPV6 = '::';

export interface Endpoint {
  address: string;
  family?: string | undefined;
  port: number;
}

/** The connection below a socket, as its `_handle`. */
export interface Handle {
  socket: any;
  reader: any;
  writer: any;
  bytesRead: number;
  bytesWritten: number;
  /** Whether the socket wants more. */
  reading: boolean;
  /** Whether there is a loop that reads; it may be waiting although nothing more is wanted. */
  loops?: boolean;
  /** Another socket reads from here on. */
  handedOver?: boolean;
  options: { host: string; port: number; addressType: number };
}

export class State {
  /** Of the writes that are not done. */
  lastWriteSize = 0;
  timer: any = null;
  bytesRead = 0;
  bytesWritten = 0;
  remote: Partial<Endpoint> | null = null;
  local: Endpoint | null = null;
  /** Whether the port of `local` is held. */
  holdsPort = false;
  nextBuffer: () => any = () => new Uint8Array(4096);
  onRead: ((length: number, buffer: any) => unknown) | undefined;
  /** Where the memory of buffers went that were read into, for those who read into the same again. */
  moved: WeakMap<object, Uint8Array> | undefined;
}

/**
 * Holds a port of the isolate, or any of the upper range for 0.
 *
 * Throws EADDRINUSE.
 */
export function bindPort(address: string, port: number, shared = false): number {
  const found = port === 0 ? ephemeralPort() : port;
  if (found === 0 || !holdPort(found, shared)) throw new BindError('EADDRINUSE', address, found);
  return found;
}

export function releaseLocal(socket: any): void {
  const state: State = socket[kState];
  if (state.holdsPort) {
    unwatchOwner(socket);
    releasePort(state.local!.port);
    state.holdsPort = false;
  }
  state.local = null;
}

/** This socket and those around it: TLS over a socket of another kind. */
export function* withWrappers(socket: any): Generator<any> {
  for (let each = socket; each != null; each = each._parentWrap) yield each;
}

export function stopTimers(socket: any): void {
  for (const each of withWrappers(socket)) {
    clearTimeout(each[kState].timer);
    each[kState].timer = null;
  }
}

/** What a read or write failed with, as Node.js says it if the cause is known. */
export function ioError(socket: any, syscall: 'read' | 'write', error: unknown): unknown {
  const code =
    syscall === 'read' ? natives.sockets.getReadFailureCode(socket) : natives.sockets.getWriteFailureCode(socket);
  return code === undefined ? error : callError(code, syscall);
}

export function startReading(socket: any): void {
  const handle: Handle | null = socket._handle;
  if (!handle) return;
  handle.reading = true;
  if (handle.loops) return;
  handle.loops = true;
  readAll(socket, handle)
    .catch((error: unknown) => {
      // Who closes a socket, or gives its connection away, ends the read that waits.
      if (socket._handle === handle && !handle.handedOver && !socket.destroyed) {
        socket.destroy(ioError(handle.socket, 'read', error));
      }
    })
    .finally(() => {
      handle.loops = false;
      handle.reading = false;
    });
}

async function readAll(socket: any, handle: Handle): Promise<void> {
  const state: State = socket[kState];
  while (handle.reading && socket._handle === handle) {
    const given = state.nextBuffer();
    if (!isUint8Array(given)) throw invalidArgType('onread.buffer', ['Buffer', 'Uint8Array'], given);
    const view = state.moved?.get(given) ?? given;
    const { byteOffset, byteLength } = view as Uint8Array;
    if (byteLength === 0) throw new NoBufferError();
    const { value, done } = await handle.reader.read(view);
    if (socket.destroyed || socket._handle !== handle) return;
    socket._unrefTimer();
    if (done) {
      socket.push(null);
      // With nothing left to read, the end is told without being asked for.
      Duplex.prototype.read.call(socket, 0);
      return;
    }
    const { buffer } = value;
    const isWhole = byteOffset + byteLength <= buffer.byteLength;
    state.moved?.set(given, isWhole ? new Uint8Array(buffer, byteOffset, byteLength) : new Uint8Array(0));
    if (value.byteLength === 0) continue;
    handle.bytesRead += value.byteLength;
    const chunk = Buffer.from(buffer, value.byteOffset, value.byteLength);
    const goesOn = state.onRead ? state.onRead(chunk.byteLength, chunk) !== false : socket.push(chunk);
    if (!goesOn) return;
  }
}

/** The peer has closed the connection. */
export function connectionClosed(socket: any): void {
  const handle: Handle | null = socket._handle;
  // What becomes a connection over TLS is not at its end.
  if (handle?.socket.upgraded) return;
  stopTimers(socket);
  // A read that waits will see the end, or why there is one.
  if (socket.destroyed || handle == null || handle.loops) return;
  socket.push(null);
  socket.read(0);
}

export function connectionOpened(socket: any): void {
  if (socket.destroyed) return;
  socket.connecting = false;
  socket._unrefTimer();
  socket.emit('connect');
  socket.emit('ready');
  if (!socket.isPaused()) startReading(socket);
}
