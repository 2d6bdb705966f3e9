// node:https

import { ClientRequest } from 'node-internal:http_client';
import { checkServerEnabled } from 'node-internal:http_response';
import { requestArguments } from 'node-internal:http_request_options';
import { Agent, globalAgent } from 'node-internal:https_agent';
import { Server } from 'node-internal:https_server';

export function request(...args: any[]): any {
  const [options, callback] = requestArguments(args[0], args[1], args[2]);
  return new ClientRequest({ ...options, _defaultAgent: globalAgent }, callback, undefined);
}

export function get(input: any, options: any, cb: any): any {
  const req = request(input, options, cb);
  req.end();
  return req;
}

export function createServer(options: any, handler: any): any {
  checkServerEnabled('createServer');
  return new Server(options, handler);
}

export { Agent, Server, globalAgent };

export default {
  get,
  request,
  Agent,
  globalAgent,
  createServer,
  Server,
};
