// node:http2: its constants. Nothing else is implemented.

import { Buffer } from 'node-internal:internal_buffer';
import { constants } from 'node-internal:http2_constants';
import { methodNotImplemented } from 'node-internal:internal_errors';
import { missing } from 'node-internal:unsupported';

function missingClass(name: string): any {
  return class {
    static readonly name = '';

    constructor() {
      throw methodNotImplemented(name);
    }
  };
}

export const Http2ServerRequest = missingClass('http2.Http2ServerRequest');
export const Http2ServerResponse = missingClass('http2.Http2ServerResponse');
export const connect = missing('connect', 0, 'http2.connect');
export const createSecureServer = missing('createSecureServer', 0, 'http2.createSecureServer');
export const createServer = missing('createServer', 0, 'http2.createServer');
export const performServerHandshake = missing('performServerHandshake', 0, 'http2.performServerHandshake');

export function getDefaultSettings(): object {
  return {};
}

export function getPackedSettings(): Uint8Array {
  return Buffer.from([]);
}

export function getUnpackedSettings(): object {
  return {};
}

export const sensitiveHeaders = Symbol('nodejs.http2.sensitiveHeaders');
export { constants };

export default {
  constants,
  createSecureServer,
  createServer,
  Http2ServerRequest,
  Http2ServerResponse,
  connect,
  getDefaultSettings,
  getPackedSettings,
  getUnpackedSettings,
  performServerHandshake,
  sensitiveHeaders,
};
