// node:net

import { invalidArgValue } from 'node-internal:internal_errors';
import { isIP, isIPv4, isIPv6 } from 'node-internal:net_address';
import { _normalizeArgs } from 'node-internal:net_arguments';
import { BlockList } from 'node-internal:net_block_list';
import { BoundSocket } from 'node-internal:net_bound';
import { Server } from 'node-internal:net_server';
import { Socket } from 'node-internal:net_socket';
import { SocketAddress } from 'node-internal:net_socket_address';
import { validateInt32 } from 'node-internal:validators';

export function connect(...args: any[]): any {
  const normalized = _normalizeArgs(args);
  const [options] = normalized;
  const socket = new Socket(options);
  if (options.timeout) socket.setTimeout(options.timeout);
  return socket.destroyed ? socket : socket.connect(normalized);
}

export const createConnection = connect;

export function createServer(options: any, connectionListener: any): any {
  return new Server(options, connectionListener);
}

/** The platform chooses. */
export function getDefaultAutoSelectFamily(): boolean {
  return false;
}

export function setDefaultAutoSelectFamily(val: unknown): void {
  if (val) throw invalidArgValue('val', val);
}

let attemptTimeout = 10;

export function getDefaultAutoSelectFamilyAttemptTimeout(): number {
  return attemptTimeout;
}

/** Without an effect but on what the above returns. */
export function setDefaultAutoSelectFamilyAttemptTimeout(val: number): void {
  validateInt32(val, 'val', 1);
  attemptTimeout = Math.max(val, 10);
}

export const Stream = Socket;
export { BlockList, BoundSocket, Server, Socket, SocketAddress, _normalizeArgs, isIP, isIPv4, isIPv6 };

export default {
  BlockList,
  BoundSocket,
  SocketAddress,
  Stream: Socket,
  Server,
  Socket,
  connect,
  createConnection,
  createServer,
  getDefaultAutoSelectFamily,
  setDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout,
  setDefaultAutoSelectFamilyAttemptTimeout,
  isIP,
  isIPv4,
  isIPv6,
  _normalizeArgs,
};
