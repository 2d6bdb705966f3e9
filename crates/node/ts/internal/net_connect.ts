// How a socket of node:net gets its connection: from the platform's `connect()`, after a lookup if there is one.

import natives from 'cloudflare-internal:sockets';
import { coded, invalidArgType, invalidArgValue } from 'node-internal:internal_errors';
import { isIP } from 'node-internal:net_address';
import { LookupError, connectError } from 'node-internal:net_errors';
import {
  ANY_IPV4,
  ANY_IPV6,
  type Endpoint,
  type Handle,
  type State,
  bindPort,
  connectionClosed,
  connectionOpened,
  kState,
} from 'node-internal:net_state';
import { HOST_ADDRESS, ephemeralPort, watchOwner } from 'node-internal:port_table';
import { validateBoolean, validateFunction, validateInt32, validateNumber, validatePort } from 'node-internal:validators';

function invalidAddress(address: unknown): TypeError {
  return coded(TypeError, 'ERR_INVALID_IP_ADDRESS', `Invalid IP address: ${address}`);
}

/** Starts to connect. Wrong options throw; all else is told by events. */
export function startConnecting(socket: any, options: any): void {
  const { host = 'localhost', family, hints, lookup, localAddress, localPort, port } = options;
  const hasLocal = localAddress !== undefined || localPort !== undefined;
  if (socket[kState].local !== null && hasLocal) {
    throw invalidArgValue('options', options, 'localAddress and localPort cannot be used with an adopted bound socket');
  }
  if (localAddress && !isIP(localAddress)) throw invalidAddress(localAddress);
  if (localPort) validateNumber(localPort, 'options.localPort');
  if (typeof port !== 'number' && typeof port !== 'string') {
    throw invalidArgType('options.port', ['number', 'string'], port);
  }
  const number = validatePort(port);
  // Neither has an effect: the platform chooses among the addresses of a name.
  if (options.autoSelectFamily != null) validateBoolean(options.autoSelectFamily, 'options.autoSelectFamily');
  if (options.autoSelectFamilyAttemptTimeout != null) {
    validateInt32(options.autoSelectFamilyAttemptTimeout, 'options.autoSelectFamilyAttemptTimeout', 1);
  }
  socket._unrefTimer();
  socket.connecting = true;
  if (lookup != null) validateFunction(lookup, 'options.lookup');
  const type = isIP(host);
  if (type !== 0 || lookup == null) {
    attempt(socket, { host, port: number, family: type, type }, options);
    return;
  }
  lookup(host, { family: family || type, hints }, (error: any, address: string, found: any) => {
    socket.emit('lookup', error, address, found, host);
    if (error) {
      socket.destroy(error);
      return;
    }
    if (isIP(address) === 0) throw invalidAddress(address);
    if (![4, 6, 'IPv4', 'IPv6'].includes(found)) throw invalidArgValue('family', found, 'must be 4 or 6');
    attempt(socket, { host: address, port: number, family: found, type }, options);
  });
}

interface Target {
  host: string;
  port: number;
  /** Of the address that is connected to. */
  family: unknown;
  /** Of the host that was asked for: 0 for a name. */
  type: number;
}

function attempt(socket: any, target: Target, options: any): void {
  const { port, family, type } = target;
  const address = `${target.host}`;
  const state: State = socket[kState];
  state.remote = { address: target.host, port, family: family === 4 ? 'IPv4' : family === 6 ? 'IPv6' : undefined };
  const host = family === 6 ? `[${address}]` : target.host;
  socket.autoSelectFamilyAttemptedAddresses = [`${host}:${port}`];
  // The platform looks names up, and no attempt is told of where that fails.
  let told = isIP(address) !== 0;
  const tell = (): void => {
    if (!told) socket.emit('connectionAttempt', host, port, type);
    told = true;
  };
  if (told) socket.emit('connectionAttempt', host, port, type);
  socket._host = `${host}`;
  try {
    chooseLocal(socket, family === 6, options);
    const opened = natives.sockets.connect(`${host}:${port}`, {
      // The stream above decides what the end of one direction means for the other.
      allowHalfOpen: true,
      secureTransport: socket.encrypted ? 'on' : 'starttls',
    });
    socket._handle = handleOf(opened, { host: socket._host, port, addressType: type });
    socket._undestroy();
    const failed = (cause: unknown): void => {
      if (socket.destroyed || socket._handle?.socket !== opened) return;
      const error = failureOf(opened, address, port, cause);
      if (error instanceof LookupError) {
        socket.emit('lookup', error, undefined, undefined, address);
      } else {
        tell();
        socket.emit('connectionAttemptFailed', host, port, type, error);
      }
      socket.destroy(error);
    };
    opened.opened.then(() => {
      if (!socket.destroyed) tell();
      connectionOpened(socket);
    }, failed);
    opened.closed.then(
      () => {
        if (socket._handle?.socket === opened) connectionClosed(socket);
      },
      (error: unknown) => {
        if (socket.connecting) failed(error);
        else socket.destroy(error);
      }
    );
  } catch (error) {
    socket.destroy(error);
  }
}

export function handleOf(socket: any, options: Handle['options']): Handle {
  return {
    socket,
    writer: socket.writable.getWriter(),
    reader: socket.readable.getReader({ mode: 'byob' }),
    bytesRead: 0,
    bytesWritten: 0,
    reading: false,
    options,
  };
}

function failureOf(socket: any, address: string, port: number, cause: unknown): unknown {
  const code = natives.sockets.getConnectFailureCode(socket);
  if (code === undefined) return cause;
  if (code === 'ENOTFOUND' || code.startsWith('EAI_')) return new LookupError(code, address);
  return connectError(code, address, port);
}

/** The local end: that of a bound socket, or one of which only a port that was asked for is held. */
function chooseLocal(socket: any, isIPv6: boolean, { localAddress, localPort }: any): void {
  const state: State = socket[kState];
  if (state.local === null) {
    const address = localAddress ?? (isIPv6 ? ANY_IPV6 : ANY_IPV4);
    const holds = localPort != null && localPort !== 0;
    const port = holds ? bindPort(address, localPort) : ephemeralPort();
    state.local = { address, family: isIP(address) === 6 ? 'IPv6' : 'IPv4', port };
    state.holdsPort = holds;
    if (holds) watchOwner(socket, port);
  }
  state.local = concrete(state.local);
}

/** A synthetic address in the form that a family has it. */
export function inFamily(address: string, family: string | undefined): string {
  return family === 'IPv6' ? `::ffff:${address}` : address;
}

/** What an end that was bound to any address is called once it is connected. */
export function concrete(local: Endpoint): Endpoint {
  if (local.address !== ANY_IPV4 && local.address !== ANY_IPV6) return local;
  return { ...local, address: inFamily(HOST_ADDRESS, local.family) };
}
