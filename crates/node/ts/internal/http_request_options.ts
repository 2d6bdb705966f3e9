// The options of a request of node:http: what they may be, and what the platform cannot follow.

import { Agent, globalAgent } from 'node-internal:http_agent';
import { _checkIsHttpToken } from 'node-internal:http_common';
import { coded, invalidArgType, invalidArgValue } from 'node-internal:internal_errors';
import { isURL, urlToHttpOptions } from 'node-internal:internal_url';
import { validateBoolean, validateFunction, validateInteger, validateString } from 'node-internal:validators';

const UNESCAPED = /[^\u0021-\u00ff]/;
/** What a URL parser takes for more than a path: two slashes of either kind, or a scheme. */
const NOT_ONLY_PATH = /^(?:[/\\]{2}|[^/\\]*:)/;

function notImplemented(name: string): Error {
  return coded(Error, 'ERR_OPTION_NOT_IMPLEMENTED', `The options.${name} option is not implemented`);
}

/** `(url[, options][, callback])` or `(options[, callback])`. */
export function requestArguments(input: any, options: any, callback: any): [any, any] {
  let base: any = {};
  if (typeof input === 'string') base = urlToHttpOptions(new URL(input));
  else if (isURL(input)) base = urlToHttpOptions(input);
  else [options, callback] = [input, options];
  if (typeof options === 'function') return [base, options];
  return [Object.assign(base, options), callback];
}

export function pathError(path: string): Error | undefined {
  if (!NOT_ONLY_PATH.test(path)) return undefined;
  return invalidArgValue('options.path', path, 'must be a path-only request target');
}

export function checkPath(path: any): void {
  if (!path) return;
  if (UNESCAPED.test(path)) {
    throw coded(TypeError, 'ERR_UNESCAPED_CHARACTERS', 'Request path contains unescaped characters');
  }
  const error = pathError(path);
  if (error) throw error;
}

/** The agent of a request, and the one whose protocol it has unless its own has one. */
export function agentsOf(options: any): [agent: any, fallback: any] {
  const fallback = options._defaultAgent || globalAgent;
  const { agent } = options;
  if (agent === false) return [new (fallback.constructor as typeof Agent)(undefined), fallback];
  if (agent == null) return [typeof options.createConnection === 'function' ? agent : fallback, fallback];
  if (typeof agent === 'object' && typeof agent.addRequest !== 'function') {
    throw invalidArgType('options.agent', ['Agent-like Object', 'undefined', 'false'], agent);
  }
  return [agent, fallback];
}

export function protocolOf(options: any, agent: any, fallback: any): string {
  const protocol = options.protocol || fallback.protocol;
  const expected = agent?.protocol || fallback.protocol;
  if (protocol === expected) return protocol;
  throw coded(TypeError, 'ERR_INVALID_PROTOCOL', `Protocol "${protocol}" not supported. Expected "${expected}"`);
}

export function hostOf(options: any): string {
  for (const name of ['hostname', 'host']) {
    const host = options[name];
    if (host != null && typeof host !== 'string') {
      throw invalidArgType(`options.${name}`, ['string', 'undefined', 'null'], host);
    }
    if (host) return host;
  }
  return 'localhost';
}

export function methodOf(method: any): string {
  if (method != null && typeof method !== 'string') throw invalidArgType('options.method', 'string', method);
  if (!method) return 'GET';
  if (!_checkIsHttpToken(method)) {
    throw coded(TypeError, 'ERR_INVALID_HTTP_TOKEN', `Method must be a valid HTTP token ["${method}"]`);
  }
  return method.toUpperCase();
}

/** Of options about connections, which are not ours to make. */
export function checkUnsupported(options: any): void {
  const { maxHeaderSize, insecureHTTPParser, createConnection, lookup, socketPath, joinDuplicateHeaders } = options;
  if (maxHeaderSize !== undefined) {
    validateInteger(maxHeaderSize, 'maxHeaderSize', 0);
    throw notImplemented('maxHeaderSize');
  }
  if (insecureHTTPParser !== undefined) validateBoolean(insecureHTTPParser, 'options.insecureHTTPParser');
  if (createConnection !== undefined) {
    validateFunction(createConnection, 'options.createConnection');
    throw notImplemented('createConnection');
  }
  if (lookup !== undefined) {
    validateFunction(lookup, 'options.lookup');
    throw notImplemented('lookup');
  }
  if (socketPath !== undefined) {
    validateString(socketPath, 'options.socketPath');
    throw notImplemented('socketPath');
  }
  if (joinDuplicateHeaders !== undefined) validateBoolean(joinDuplicateHeaders, 'options.joinDuplicateHeaders');
}

/** The value of the field Host, with the port where it is not the usual one. */
export function hostField(host: string, port: any, defaultPort: any): string {
  const isIPv6 = !host.startsWith('[') && host.indexOf(':') !== host.lastIndexOf(':');
  const name = isIPv6 ? `[${host}]` : host;
  return port && +port !== defaultPort ? `${name}:${port}` : name;
}
