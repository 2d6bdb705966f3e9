// `Agent` of node:http. The platform pools connections, so that an agent only has options.

import { EventEmitter } from 'node-internal:events';
import { methodNotImplemented } from 'node-internal:internal_errors';
import { validateNumber, validateOneOf } from 'node-internal:validators';

export class Agent extends (EventEmitter as any) {
  [key: string]: any;
  defaultPort: any;
  protocol: any;
  options: any;
  agentKeepAliveTimeoutBuffer = 1000;
  keepAliveMsecs: any = 1000;
  keepAlive: any = false;
  maxSockets: any;
  maxFreeSockets: any;
  scheduling: any = 'lifo';
  maxTotalSockets: any;
  totalSocketCount = 0;
  freeSockets = {};
  sockets = {};
  requests = {};

  static defaultMaxSockets = Infinity;

  constructor(given: any) {
    super({});
    const options = { __proto__: null, ...given };
    options.path = null;
    if (!('proxyEnv' in options)) options.proxyEnv = undefined;
    options.noDelay ??= true;
    this.options = options;
    this.defaultPort = options.defaultPort || 80;
    this.protocol = options.protocol || 'http:';
    this.keepAliveMsecs = options.keepAliveMsecs || 1000;
    this.keepAlive = options.keepAlive || false;
    this.maxSockets = options.maxSockets || Agent.defaultMaxSockets;
    this.maxFreeSockets = options.maxFreeSockets || 256;
    this.scheduling = options.scheduling || 'lifo';
    validateOneOf(this.scheduling, 'scheduling', ['fifo', 'lifo']);
    const { maxTotalSockets } = options;
    if (maxTotalSockets !== undefined) validateNumber(maxTotalSockets, 'maxTotalSockets', 1);
    this.maxTotalSockets = maxTotalSockets ?? Infinity;
  }

  createConnection(_options: any, _callback: any): void {
    throw methodNotImplemented('createConnection');
  }

  /** What connections are pooled by. */
  getName(options: any = {}): string {
    const { host, port, localAddress, family, socketPath } = options;
    let name = `${host || 'localhost'}:${port || ''}:${localAddress || ''}`;
    if (family === 4 || family === 6) name += `:${family}`;
    if (socketPath) name += `:${socketPath}`;
    return name;
  }

  addRequest(_req: any, _options: any): void {}

  createSocket(_req: any, _options: any, _callback: any): void {}

  removeSocket(_socket: any): void {}

  keepSocketAlive(_socket: any): boolean {
    return false;
  }

  reuseSocket(_socket: any, _req: any): void {}

  destroy(_error: any): void {}
}

export const globalAgent = new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 });
