// `TLSSocket` of node:tls, and how one connects.
//
// The platform speaks TLS. A connection starts in the clear and is secured at once, so that a socket which was connected
// by other means is secured the same way.

import { NodeError, coded } from 'node-internal:internal_errors';
import * as host from 'node-internal:host';
import { _normalizeArgs } from 'node-internal:net_arguments';
import { handleOf } from 'node-internal:net_connect';
import { Socket } from 'node-internal:net_socket';
import { connectionClosed, connectionOpened, startReading } from 'node-internal:net_state';
import { SecureContext } from 'node-internal:tls_context';
import { JSStreamSocket } from 'node-internal:tls_stream';
import {
  validateBuffer,
  validateFunction,
  validateInt32,
  validateNumber,
  validateObject,
  validateString,
  validateUint32,
} from 'node-internal:validators';

const kConnectOptions = Symbol('connect-options');

class EarlyEndError extends NodeError {
  path: unknown;
  host: unknown;
  port: unknown;
  localAddress: unknown;

  constructor({ path, host, port, localAddress }: any) {
    super('ECONNRESET', 'Client network socket disconnected before secure TLS connection was established');
    Object.assign(this, { path, host, port, localAddress });
  }
}

function unsupported(name: string): Error {
  return coded(Error, 'ERR_OPTION_NOT_IMPLEMENTED', `The options.${name} option is not implemented`);
}

function checkIdentityOption({ checkServerIdentity }: any): void {
  if (checkServerIdentity === undefined) return;
  validateFunction(checkServerIdentity, 'options.checkServerIdentity');
  // The certificate, which it would be called with, is not known here.
  if (host.flag('throw_on_not_implemented_tls_options')) throw unsupported('checkServerIdentity');
}

function checkOptions(options: any): void {
  for (const name of ['enableTrace', 'isServer', 'server', 'requestCert']) {
    if (options[name]) throw unsupported(name);
  }
  if (options.rejectUnauthorized === false) throw unsupported('rejectUnauthorized');
  if (options.ALPNProtocols !== undefined) throw unsupported('ALPNProtocols');
  if (options.SNICallback !== undefined) throw unsupported('SNICallback');
  if (options.requestOCSP) throw unsupported('requestOCSP');
  const { secureContext } = options;
  if (secureContext !== undefined && !(secureContext instanceof (SecureContext as any))) {
    throw coded(TypeError, 'ERR_TLS_INVALID_CONTEXT', 'context must be a SecureContext');
  }
  if (options.pskCallback !== undefined) throw unsupported('pskCallback');
  checkIdentityOption(options);
}

export const TLSSocket: any = function TLSSocket(this: any, socket: any, opts: any): void {
  const options = { ...opts };
  checkOptions(options);
  Object.assign(this, {
    _tlsOptions: options,
    _secureEstablished: false,
    _securePending: false,
    _newSessionPending: false,
    _controlReleased: false,
    secureConnecting: true,
    servername: options.servername ?? null,
    authorized: false,
    encrypted: true,
  });
  let wrap = null;
  if (socket) wrap = socket instanceof Socket ? socket : new JSStreamSocket(socket);
  const handle = wrap?._handle ?? null;
  Socket.call(this, {
    handle: this._wrapHandle(wrap, handle, wrap !== null && wrap.writableLength > 0),
    allowHalfOpen: socket ? socket.allowHalfOpen : options.allowHalfOpen,
    highWaterMark: options.highWaterMark,
    onread: socket ? null : options.onread,
    signal: options.signal,
  });
  this._parent = handle;
  this._parentWrap = wrap;
  this.ssl = this._handle;
  this.on('error', (error: unknown) => this._tlsError(error));
  this._init();
};
Object.setPrototypeOf(TLSSocket.prototype, Socket.prototype);
Object.setPrototypeOf(TLSSocket, Socket);

const methods: Record<string, Function> = {
  disableRenegotiation: function disableRenegotiation(): void {},

  _wrapHandle: function _wrapHandle(this: any, wrap: any, handle: any, _isWriting: boolean): any {
    if (!handle) return null;
    this.once('close', () => this._destroySSL());
    wrap?.once('close', () => this.destroy());
    return handle;
  },

  _destroySSL: function _destroySSL(this: any): void {
    this._handle?.socket.close();
  },

  _init: function _init(this: any): void {
    this.on('error', (error: unknown) => {
      if (this._hadError) return;
      this._hadError = true;
      if (this._secureEstablished) this._emitTLSError(error);
      else this.destroy(error);
    });
    const { handshakeTimeout } = this._tlsOptions;
    if (handshakeTimeout > 0) this.setTimeout(handshakeTimeout, () => this._handleTimeout());
    if (this._parentWrap instanceof JSStreamSocket) {
      // There is nothing to wait for.
      queueMicrotask(() => {
        this._finishInit();
        this._parentWrap.readStart();
        startReading(this);
      });
    } else {
      this.on('connect', () => this._finishInit());
    }
  },

  renegotiate: function (options: any, callback: any): boolean {
    validateObject(options, 'options');
    if (callback !== undefined) validateFunction(callback, 'callback');
    return false;
  },

  exportKeyingMaterial: function exportKeyingMaterial(length: any, label: any, context: any): never {
    validateUint32(length, 'length', true);
    validateString(label, 'label');
    if (context !== undefined) validateBuffer(context, 'context');
    throw new Error('exportKeyingMaterial is not implemented');
  },

  setMaxSendFragment: function setMaxSendFragment(size: any): boolean {
    validateInt32(size, 'size');
    return false;
  },

  _handleTimeout: function _handleTimeout(this: any): void {
    this._emitTLSError(coded(Error, 'ERR_TLS_HANDSHAKE_TIMEOUT', 'TLS handshake timeout'));
  },

  _emitTLSError: function _emitTLSError(this: any, error: any): void {
    const told = this._tlsError(error);
    if (told) this.emit('error', told);
  },

  _tlsError: function _tlsError(this: any, error: any): any {
    this.emit('_tlsError', error);
    return this._controlReleased ? error : null;
  },

  _releaseControl: function _releaseControl(this: any): boolean {
    if (this._controlReleased) return false;
    this._controlReleased = true;
    return true;
  },

  /** The connection is there, and secure. */
  _finishInit: function _finishInit(this: any): void {
    if (!this._handle) return;
    this._secureEstablished = true;
    if (this._tlsOptions.handshakeTimeout > 0) this.setTimeout(0);
    this.emit('secure');
  },

  _start: function _start(this: any): void {
    if (this.connecting) {
      this.once('connect', () => this._start());
      return;
    }
    const wrap = this._parentWrap;
    if (wrap != null && wrap._handle == null) {
      wrap.once('connect', () => {
        if (wrap._handle != null) this._handle = wrap._handle;
        this._start();
      });
      return;
    }
    if (this._handle?.socket.secureTransport === 'starttls') secure(this, this._handle);
  },

  setServername: function setServername(this: any, name: any): void {
    validateString(name, 'name');
    this.servername = name;
  },

  setSession: function (_session: any): void {},
};

/** Goes on over TLS with the connection of `before`. */
function secure(socket: any, before: any): void {
  // A read that waits ends now, which is no failure.
  before.handedOver = true;
  before.writer.releaseLock();
  before.reader.releaseLock();
  try {
    const name = socket.servername;
    const secured = before.socket.startTls(name == null ? undefined : { expectedServerHostname: name });
    const handle = handleOf(secured, before.options);
    handle.reading = true;
    socket._handle = handle;
    socket.encrypted = true;
    const { host, port, addressType } = before.options;
    secured.opened.then(
      () => connectionOpened(socket),
      (error: unknown) => {
        socket.emit('connectionAttemptFailed', host, port, addressType, error);
        socket.destroy(error);
      }
    );
    secured.closed.then(
      () => connectionClosed(socket),
      (error: unknown) => socket.destroy(error)
    );
  } catch (error) {
    socket.destroy(error);
  }
}

function notImplemented(name: string, parameters: number): Function {
  const throws = (): never => {
    throw new Error(`${name} is not implemented`);
  };
  return parameters === 0
    ? function () {
        throws();
      }
    : function (_one: unknown) {
        throws();
      };
}

methods['getPeerCertificate'] = notImplemented('getPeerCertificate', 1);
methods['getCertificate'] = notImplemented('TLSSocket.getCertificate', 0);
methods['getPeerX509Certificate'] = notImplemented('TLSSocket.getPeerX509Certificate', 1);
methods['getX509Certificate'] = notImplemented('TLSSocket.getX509Certificate', 0);
methods['setKeyCert'] = notImplemented('TLSSocket.setKeyCert', 1);

// The platform tells nothing of these.
const UNKNOWN = `getCipher getSharedSigalgs getEphemeralKeyInfo getFinished getPeerFinished getProtocol getSession
  getTLSTicket isSessionReused enableTrace`;
for (const name of UNKNOWN.split(/\s+/)) {
  methods[name] = (() =>
    function () {
      return null;
    })();
}

// Methods that have no names of their own have none in the real workerd either.
for (const name of ['renegotiate', 'setSession']) Object.defineProperty(methods[name], 'name', { value: '' });
Object.assign(TLSSocket.prototype, methods);

/** `([port,] [host,] [options,] [callback])`, where options may follow what they are merged with. */
function connectArguments(args: any[]): [any, Function | null] {
  const [options, callback] = _normalizeArgs(args);
  const more = [args[1], args[2]].find((arg) => arg !== null && typeof arg === 'object');
  if (more !== undefined) Object.assign(options, more);
  return [options, callback];
}

function secured(this: any): void {
  this.authorized = true;
  this.secureConnecting = false;
  this.emit('secureConnect');
  this.removeListener('end', endedEarly);
}

function endedEarly(this: any): void {
  if (this._hadError) return;
  this._hadError = true;
  this.destroy(new EarlyEndError(this[kConnectOptions] ?? {}));
}

export function connect(...args: any[]): any {
  const [options, callback] = connectArguments(args);
  if (options.minDHSize !== undefined) {
    validateNumber(options.minDHSize, 'options.minDHSize', 1);
    throw unsupported('minDHSize');
  }
  if (options.rejectUnauthorized === false) throw unsupported('rejectUnauthorized');
  if (options.pskCallback !== undefined) throw unsupported('pskCallback');
  checkIdentityOption(options);
  const { allowHalfOpen, ALPNProtocols, enableTrace, highWaterMark, secureContext, onread, signal, lookup } = options;
  const socket = new TLSSocket(options.socket, {
    allowHalfOpen,
    pipe: !!options.path,
    ALPNProtocols,
    enableTrace,
    highWaterMark,
    secureContext,
    onread,
    signal,
    lookup,
    rejectUnauthorized: true,
  });
  socket[kConnectOptions] = options;
  if (options.servername !== undefined) socket.servername = options.servername;
  if (callback) socket.once('secureConnect', callback);
  if (!options.socket) {
    if (options.timeout) socket.setTimeout(options.timeout);
    socket.connect(options, () => socket._start());
  }
  socket._releaseControl();
  if (options.session) socket.setSession(options.session);
  if (options.socket) socket._start();
  socket.on('secure', secured);
  socket.prependListener('end', endedEarly);
  return socket;
}
