// `Server` of node:net, for connections that come to the Worker's `connect` handler.

import { EventEmitter } from 'node-internal:events';
import { coded, invalidArgValue } from 'node-internal:internal_errors';
import { isIP } from 'node-internal:net_address';
import { _normalizeArgs } from 'node-internal:net_arguments';
import { BoundSocket, kConsume } from 'node-internal:net_bound';
import { concrete, handleOf, inFamily } from 'node-internal:net_connect';
import { BindError } from 'node-internal:net_errors';
import { Socket } from 'node-internal:net_socket';
import { ANY_IPV4, ANY_IPV6, type Endpoint, bindPort, connectionClosed, kState, startReading } from 'node-internal:net_state';
import {
  GATEWAY_ADDRESS,
  type Handler,
  addHandler,
  ephemeralPort,
  freeDeclaredPort,
  hasDeclaredPorts,
  holdPort,
  isDeclaredPort,
  releasePort,
  removeHandler,
} from 'node-internal:port_table';
import {
  validateBoolean,
  validateFunction,
  validateNumber,
  validateObject,
  validatePort,
  validateString,
} from 'node-internal:validators';

function endpoint(address: string, port: number): Endpoint {
  const family = isIP(address);
  return family === 0 ? { address, port } : { address, port, family: `IPv${family}` };
}

/** `undefined` for what is no authority. A `*` is any address. */
function parseAuthority(authority: unknown): Endpoint | undefined {
  const parts = typeof authority === 'string' ? /^\[?([^\]]*?)\]?:(\d+)$/.exec(authority) : null;
  if (parts === null) return undefined;
  return endpoint(parts[1] === '*' ? ANY_IPV4 : parts[1]!, Number(parts[2]));
}

/** The end that a server listens on with these options. Throws what its 'error' event tells. */
function listenOn(options: any): Endpoint {
  const { reusePort = false } = options;
  const asked = options.port == null ? 0 : validatePort(options.port, 'options.port');
  validateBoolean(reusePort, 'options.reusePort');
  let host = options.host ?? (options.ipv6Only ? ANY_IPV6 : ANY_IPV4);
  validateString(host, 'options.host');
  if (host === 'localhost') host = '127.0.0.1';
  return endpoint(host, bindPort(host, listeningPort(host, asked), reusePort));
}

/** Where connections come on some ports only, a server listens on one of them. */
function listeningPort(host: string, port: number): number {
  if (!hasDeclaredPorts()) return port;
  if (port !== 0) {
    if (!isDeclaredPort(port)) throw new BindError('EADDRNOTAVAIL', host, port);
    return port;
  }
  const free = freeDeclaredPort();
  if (free === 0) throw new BindError('EADDRINUSE', host, 0);
  return free;
}

function adopt(bound: BoundSocket): Endpoint {
  const { address, ephemeral } = bound[kConsume]();
  if (!hasDeclaredPorts() || isDeclaredPort(address.port)) return address;
  releasePort(address.port);
  if (!ephemeral) throw new BindError('EADDRNOTAVAIL', address.address, address.port);
  const port = freeDeclaredPort();
  if (port === 0 || !holdPort(port)) throw new BindError('EADDRINUSE', address.address, 0);
  return { ...address, port };
}

export class Server extends (EventEmitter as any) {
  [key: string]: any;
  #address: Endpoint | null = null;
  #connections = 0;
  #closing = false;
  #handler: Handler = { connect: (socket: any) => this.#accept(socket) };
  allowHalfOpen: boolean;
  pauseOnConnect: boolean;
  noDelay: boolean;
  keepAlive: boolean;
  keepAliveInitialDelay: number;
  highWaterMark: number | undefined;
  maxConnections: number | undefined = undefined;

  constructor(options: any, connectionListener: any) {
    super();
    if (typeof options === 'function') {
      connectionListener = options;
      options = {};
    } else if (options == null) {
      options = {};
    } else {
      validateObject(options, 'options');
    }
    if (connectionListener !== undefined) {
      validateFunction(connectionListener, 'connectionListener');
      (this as any).on('connection', connectionListener);
    }
    const delay = options.keepAliveInitialDelay;
    if (delay !== undefined) validateNumber(delay, 'options.keepAliveInitialDelay');
    this.allowHalfOpen = options.allowHalfOpen ?? false;
    this.pauseOnConnect = Boolean(options.pauseOnConnect);
    this.noDelay = Boolean(options.noDelay);
    this.keepAlive = Boolean(options.keepAlive);
    this.keepAliveInitialDelay = Math.trunc(Math.max(delay ?? 0, 0) / 1000);
    this.highWaterMark = options.highWaterMark;
  }

  listen(...args: any[]): this {
    const [options, callback] = _normalizeArgs(args);
    if (this.#address !== null) {
      const text = 'Listen method has been called more than once without closing.';
      throw coded(Error, 'ERR_SERVER_ALREADY_LISTEN', text);
    }
    if (callback !== null) this.once('listening', callback);
    const bound = [options, options.handle].find(BoundSocket.isBoundSocket);
    if (!bound) {
      if (options.path != null) throw invalidArgValue('options.path', options.path, 'is not supported');
      if (options.handle != null || options.fd != null) {
        throw invalidArgValue('options', options, 'only a net.BoundSocket handle is supported');
      }
    }
    try {
      this.#address = bound ? adopt(bound) : listenOn(options);
    } catch (error) {
      if (!(error instanceof BindError)) throw error;
      queueMicrotask(() => this.emit('error', error));
      return this;
    }
    this.#closing = false;
    addHandler(this.#address.port, this.#handler);
    queueMicrotask(() => this.emit('listening'));
    return this;
  }

  address(): Endpoint | null {
    return this.#address === null ? null : { ...this.#address };
  }

  get listening(): boolean {
    return this.#address !== null;
  }

  close(callback: any): this {
    if (typeof callback === 'function') {
      const running = this.#address !== null;
      this.once('close', () => {
        if (running) callback();
        else callback(coded(Error, 'ERR_SERVER_NOT_RUNNING', 'Server is not running.'));
      });
    }
    if (this.#address !== null) {
      removeHandler(this.#address.port, this.#handler);
      releasePort(this.#address.port);
      this.#address = null;
    }
    this.#closing = true;
    this.#tellClosed();
    return this;
  }

  /** Once there are no connections left. */
  #tellClosed(): void {
    if (!this.#closing || this.#address !== null || this.#connections > 0) return;
    this.#closing = false;
    queueMicrotask(() => this.emit('close'));
  }

  getConnections(callback: any): this {
    validateFunction(callback, 'cb');
    const count = this.#connections;
    queueMicrotask(() => callback(null, count));
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#address === null) return;
    await new Promise<void>((resolve) => this.close(() => resolve()));
  }

  /** Lasts as long as the connection. */
  async #accept(connection: any): Promise<void> {
    const info = await connection.opened;
    if (this.#address === null) {
      await connection.close();
      return;
    }
    const local = concrete(this.#address);
    const remote = parseAuthority(info.remoteAddress) ?? {
      address: inFamily(GATEWAY_ADDRESS, local.family),
      family: local.family ?? 'IPv4',
      port: ephemeralPort(),
    };
    if (this.maxConnections !== undefined && this.#connections >= this.maxConnections) {
      this.emit('drop', {
        localAddress: local.address,
        localPort: local.port,
        localFamily: local.family,
        remoteAddress: remote.address,
        remotePort: remote.port,
        remoteFamily: remote.family,
      });
      await connection.close();
      return;
    }
    const socket = new Socket({ allowHalfOpen: this.allowHalfOpen, highWaterMark: this.highWaterMark });
    const { address: host, port } = remote;
    socket._handle = handleOf(connection, { host, port, addressType: isIP(host) });
    socket[kState].remote = { ...remote };
    socket[kState].local = local;
    socket.server = this;
    socket._server = this;
    socket._undestroy();
    this.#connections += 1;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    connection.closed.then(
      () => connectionClosed(socket),
      (error: unknown) => socket.destroy(error)
    );
    if (this.pauseOnConnect) socket.pause();
    this.emit('connection', socket);
    if (!socket.isPaused() && !socket._handle.reading) startReading(socket);
    await closed;
    this.#connections -= 1;
    this.#tellClosed();
  }
}
