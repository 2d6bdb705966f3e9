// node:dgram: datagrams, which a Worker cannot send. Calls do nothing.

import { EventEmitter } from 'node-internal:events';
import { validateFunction, validateObject } from 'node-internal:validators';

export const Socket: any = function Socket(this: any, type: any, listener: any): any {
  if (typeof type === 'string') type = { type };
  validateObject(type, 'type');
  if (!(this instanceof Socket)) return new Socket(type, listener);
  EventEmitter.call(this, type);
  // Nothing will ever call it.
  if (listener !== undefined) validateFunction(listener, 'callback');
};
Object.setPrototypeOf(Socket, EventEmitter);
Socket.prototype = Object.create(EventEmitter.prototype, {
  constructor: { value: Socket, writable: true, configurable: true },
});

/** Methods by name, with the number of their parameters and what they give. */
const METHODS: [PropertyKey, number, (socket: any) => unknown][] = [
  ['bind', 3, (socket) => socket],
  ['connect', 3, () => undefined],
  ['disconnect', 0, () => undefined],
  ['sendto', 6, () => undefined],
  ['send', 6, () => undefined],
  ['close', 1, (socket) => socket],
  ['address', 0, () => ({})],
  ['remoteAddress', 0, () => ({})],
  ['setBroadcast', 1, () => undefined],
  ['setTTL', 1, () => undefined],
  ['setMulticastTTL', 1, () => undefined],
  ['setMulticastLoopback', 1, () => undefined],
  ['setMulticastInterface', 1, () => undefined],
  ['addMembership', 2, () => undefined],
  ['dropMembership', 2, () => undefined],
  ['addSourceSpecificMembership', 3, () => undefined],
  ['dropSourceSpecificMembership', 3, () => undefined],
  ['ref', 0, (socket) => socket],
  ['unref', 0, (socket) => socket],
  ['setRecvBufferSize', 1, () => undefined],
  ['setSendBufferSize', 1, () => undefined],
  ['getRecvBufferSize', 0, () => 0],
  ['getSendBufferSize', 0, () => 0],
  ['getSendQueueSize', 0, () => 0],
  ['getSendQueueCount', 0, () => 0],
];
for (const [name, length, result] of METHODS) {
  Socket.prototype[name] = Object.defineProperty(
    function (this: any) {
      return result(this);
    },
    'length',
    { value: length }
  );
}

Socket.prototype[Symbol.asyncDispose] = async function () {};

export function createSocket(type: unknown, listener: unknown): unknown {
  return new Socket(type, listener);
}

export default { createSocket, Socket };
