// The options of a server of node:http.

import { kIncomingMessage, kServerResponse } from 'node-internal:http_common';
import { IncomingMessage } from 'node-internal:http_incoming';
import { ServerResponse } from 'node-internal:http_response';
import { coded, outOfRange } from 'node-internal:internal_errors';
import { validateBoolean, validateInteger } from 'node-internal:validators';

function notImplemented(name: string): Error {
  return coded(Error, 'ERR_OPTION_NOT_IMPLEMENTED', `The ${name} option is not implemented`);
}

function refuseInteger(options: any, name: string, least?: number): void {
  if (options[name] === undefined) return;
  validateInteger(options[name], name, least);
  throw notImplemented(name);
}

function integer(options: any, name: string, otherwise: number): number {
  if (options[name] === undefined) return otherwise;
  validateInteger(options[name], name, 0);
  return options[name];
}

function boolean(options: any, name: string, otherwise: boolean): boolean {
  if (options[name] === undefined) return otherwise;
  validateBoolean(options[name], `options.${name}`);
  return options[name];
}

/** Stores options in the server that is the receiver. Those about connections are refused, unless they ask for nothing. */
export function storeHTTPOptions(this: any, options: any): void {
  this[kIncomingMessage] = options.IncomingMessage || IncomingMessage;
  this[kServerResponse] = options.ServerResponse || ServerResponse;
  refuseInteger(options, 'maxHeaderSize', 0);
  boolean(options, 'insecureHTTPParser', false);
  this.requestTimeout = integer(options, 'requestTimeout', 300_000);
  this.headersTimeout = integer(options, 'headersTimeout', Math.min(60_000, this.requestTimeout));
  const { requestTimeout, headersTimeout } = this;
  if (requestTimeout > 0 && headersTimeout > requestTimeout) {
    throw outOfRange('headersTimeout', '<= requestTimeout', headersTimeout);
  }
  refuseInteger(options, 'keepAliveTimeout', 0);
  refuseInteger(options, 'keepAliveTimeoutBuffer');
  refuseInteger(options, 'connectionsCheckingInterval', 0);
  this.requireHostHeader = boolean(options, 'requireHostHeader', true);
  this.joinDuplicateHeaders = boolean(options, 'joinDuplicateHeaders', false);
  this.rejectNonStandardBodyWrites = boolean(options, 'rejectNonStandardBodyWrites', false);
}
