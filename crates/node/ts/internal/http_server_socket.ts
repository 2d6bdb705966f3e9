// What a request has for a socket on a server: what is known of its connection, as an emitter of no events.

import { EventEmitter } from 'node-internal:events';
import { isIPv4 } from 'node-internal:net_address';

/** Addresses are known for as long as the request is. */
export function requestSocket(incoming: any, headers: Headers, localPort: number | null): any {
  const address = headers.get('cf-connecting-ip');
  const family = address && !isIPv4(address) ? 'IPv6' : 'IPv4';
  // Of the range that clients use.
  const port = (Math.random() * 0x8000) | 0x8000;
  const live =
    (value: unknown): (() => unknown) =>
    () =>
      incoming.destroyed ? undefined : value;
  const constant = (value: unknown): PropertyDescriptor => ({ value, writable: false, configurable: true });
  return Object.defineProperties(new (EventEmitter as any)(), {
    encrypted: constant(headers.get('x-forwarded-proto') === 'https'),
    readable: { get: () => incoming.readable, configurable: true },
    remoteFamily: { get: live(family), configurable: true },
    remoteAddress: { get: live(address ?? '127.0.0.1'), configurable: true },
    remotePort: { get: live(port), configurable: true },
    localAddress: constant(headers.get('host') ?? '127.0.0.1'),
    localPort: constant(localPort),
    destroy: constant((error: unknown) => incoming.destroy(error)),
  });
}
