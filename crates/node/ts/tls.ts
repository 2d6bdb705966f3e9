// node:tls

import * as host from 'node-internal:host';
import * as constants from 'node-internal:tls_constants';
import { SecureContext, createSecureContext } from 'node-internal:tls_context';
import { checkServerIdentity, convertALPNProtocols } from 'node-internal:tls_identity';
import { TLSSocket, connect } from 'node-internal:tls_socket';
import { missing } from 'node-internal:unsupported';

export function createServer(): never {
  throw new Error('Not implemented');
}

export function Server(): never {
  throw new Error('Not implemented');
}

export function getCiphers(): never {
  throw new Error('Not implemented');
}

export const createSecurePair: any = host.flag('remove_nodejs_compat_eol_v24') ? undefined : missing('createSecurePair');

export * from 'node-internal:tls_constants';
export { SecureContext, TLSSocket, checkServerIdentity, connect, convertALPNProtocols, createSecureContext };

export default {
  SecureContext,
  Server,
  TLSSocket,
  connect,
  createSecureContext,
  createServer,
  checkServerIdentity,
  convertALPNProtocols,
  getCiphers,
  createSecurePair,
  ...constants,
};
