// node:_http_server

import { kConnectionsCheckingInterval, kServerResponse } from 'node-internal:http_common';
import { STATUS_CODES } from 'node-internal:http_constants';
import {
  Server,
  ServerResponse,
  _connectionListener,
  httpServerPreClose,
  setupConnectionsTracking,
  storeHTTPOptions,
} from 'node-internal:http_server';

export { STATUS_CODES, kServerResponse };
export * from 'node-internal:http_server';

export default {
  STATUS_CODES,
  Server,
  ServerResponse,
  setupConnectionsTracking,
  storeHTTPOptions,
  _connectionListener,
  kServerResponse,
  httpServerPreClose,
  kConnectionsCheckingInterval,
};
