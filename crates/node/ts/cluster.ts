// node:cluster: every Worker is the only one of its cluster.

import { EventEmitter } from 'node-internal:events';
import { addMissingMethods } from 'node-internal:unsupported';

class ClusterWorker extends EventEmitter {
  _connected = false;
  id = 0;

  constructor(_options: unknown) {
    super();
  }

  get process(): unknown {
    return (globalThis as any).process;
  }

  get exitedAfterDisconnect(): boolean {
    return this._connected;
  }

  isConnected(): boolean {
    return this._connected;
  }

  isDead(): boolean {
    return true;
  }

  send(_message: unknown, _handle: unknown, _options: unknown, _callback: unknown): boolean {
    return false;
  }

  kill(_signal: unknown): void {
    this._connected = false;
  }

  destroy(_signal: unknown): void {
    this._connected = false;
  }

  disconnect(): this {
    this._connected = false;
    return this;
  }
}
Object.defineProperty(ClusterWorker, 'name', { value: 'Worker' });

export class Cluster extends EventEmitter {
  Worker = ClusterWorker;
  isMaster = true;
  isPrimary = true;
  isWorker = false;
  SCHED_NONE = 1;
  SCHED_RR = 2;
  schedulingPolicy = 2;
  settings = {};
  workers = {};
}
addMissingMethods(Cluster.prototype, { setupPrimary: 1 }, 'cluster.');
addMissingMethods(Cluster.prototype, { setupWorker: 1 }, 'cluster.');
const { setupWorker } = Cluster.prototype as any;
Object.defineProperty(setupWorker, 'name', { value: 'setupMaster' });
delete (Cluster.prototype as any).setupWorker;
Object.defineProperty(Cluster.prototype, 'setupMaster', { value: setupWorker, writable: true, configurable: true });
addMissingMethods(Cluster.prototype, { disconnect: 0, fork: 1 }, 'cluster.');

const cluster: any = new Cluster();

export const _events: unknown[] = [];
export const _eventsCount = 0;
export const _maxListeners = 0;
export const { Worker, isMaster, isPrimary, isWorker, SCHED_NONE, SCHED_RR, schedulingPolicy, settings, workers } = cluster;

export function disconnect(_callback: unknown): unknown {
  return cluster.disconnect();
}

export function fork(_env: unknown): unknown {
  return cluster.fork();
}

export function setupMaster(_settings: unknown): unknown {
  return cluster.setupMaster();
}

export function setupPrimary(_settings: unknown): unknown {
  return cluster.setupPrimary();
}

export default cluster;
