// node:http

import { Agent, globalAgent } from 'node-internal:http_agent';
import { ClientRequest } from 'node-internal:http_client';
import { validateHeaderName, validateHeaderValue } from 'node-internal:http_common';
import { METHODS, STATUS_CODES } from 'node-internal:http_constants';
import { IncomingMessage } from 'node-internal:http_incoming';
import { OutgoingMessage } from 'node-internal:http_outgoing';
import { checkServerEnabled } from 'node-internal:http_response';
import { Server, ServerResponse, _connectionListener } from 'node-internal:http_server';
import { methodNotImplemented } from 'node-internal:internal_errors';
import { validateInteger } from 'node-internal:validators';

export const { WebSocket, CloseEvent, MessageEvent } = globalThis;

export const maxHeaderSize = 16384;

export function request(url: any, options: any, cb: any): any {
  return new ClientRequest(url, options, cb);
}

export function get(url: any, options: any, cb: any): any {
  const req = request(url, options, cb);
  req.end();
  return req;
}

export function createServer(options: any, handler: any): any {
  checkServerEnabled('createServer');
  return new Server(options, handler);
}

export function setMaxIdleHTTPParsers(max: any): void {
  validateInteger(max, 'max', 1);
  throw methodNotImplemented('setMaxIdleHTTPParsers');
}

export {
  Agent,
  ClientRequest,
  IncomingMessage,
  METHODS,
  OutgoingMessage,
  STATUS_CODES,
  Server,
  ServerResponse,
  _connectionListener,
  globalAgent,
  validateHeaderName,
  validateHeaderValue,
};

export default {
  validateHeaderName,
  validateHeaderValue,
  METHODS,
  STATUS_CODES,
  ClientRequest,
  request,
  get,
  OutgoingMessage,
  Agent,
  globalAgent,
  IncomingMessage,
  Server,
  ServerResponse,
  createServer,
  maxHeaderSize,
  setMaxIdleHTTPParsers,
  _connectionListener,
  WebSocket,
  CloseEvent,
  MessageEvent,
};
