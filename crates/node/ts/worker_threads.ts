// node:worker_threads: there is one thread, and no other can be started.

import * as host from 'node-internal:host';
import { EventEmitter } from 'node-internal:events';
import { methodNotImplemented } from 'node-internal:internal_errors';
import { missing } from 'node-internal:unsupported';

export const MessageChannel: any = host.messageClass('MessageChannel');
export const MessagePort: any = host.messageClass('MessagePort');

export class BroadcastChannel {
  constructor() {
    throw methodNotImplemented('BroadcastChannel');
  }
}

async function refuse(name: string): Promise<never> {
  throw methodNotImplemented(`Worker.${name}`);
}

export class Worker extends EventEmitter {
  constructor() {
    super();
    throw methodNotImplemented('Worker');
  }

  cpuUsage(_previous: unknown): Promise<never> {
    return refuse('cpuUsage');
  }

  postMessage(_value: unknown, _transfer: unknown): void {}

  async postMessageToThread(_id: unknown, _value: unknown, _transfer: unknown, _timeout: unknown): Promise<void> {}

  ref(): void {}
  unref(): void {}

  async terminate(): Promise<never> {
    return refuse('terminate');
  }

  async getHeapSnapshot(): Promise<never> {
    return refuse('getHeapSnapshot');
  }

  async getHeapStatistics(): Promise<never> {
    return refuse('getHeapStatistics');
  }

  async startCpuProfile(): Promise<never> {
    return refuse('startCpuProfile');
  }

  async startHeapProfile(): Promise<never> {
    return refuse('startHeapProfile');
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const environment = new Map<unknown, unknown>();

export const SHARE_ENV = Symbol.for('nodejs.worker_threads.SHARE_ENV');
export const isInternalThread = false;
export const isMainThread = true;
export const parentPort = null;
export const resourceLimits = {};
export const threadId = 0;
export const workerData = null;
export const postMessageToThread = missing('postMessageToThread', 4);

export function getEnvironmentData(key: unknown): unknown {
  return environment.get(key);
}

export function setEnvironmentData(key: unknown, value: unknown): void {
  environment.set(key, value);
}

export function isMarkedAsUntransferable(_value: unknown): boolean {
  return false;
}

export function markAsUncloneable(_value: unknown): void {}
export function markAsUntransferable(_value: unknown): void {}

export function moveMessagePortToContext(_port: unknown, _context: unknown): unknown {
  return new MessagePort();
}

export function receiveMessageOnPort(_port: unknown): undefined {
  return undefined;
}

export default {
  BroadcastChannel,
  MessageChannel,
  MessagePort,
  Worker,
  SHARE_ENV,
  getEnvironmentData,
  isMainThread,
  isMarkedAsUntransferable,
  markAsUntransferable,
  markAsUncloneable,
  moveMessagePortToContext,
  parentPort,
  receiveMessageOnPort,
  resourceLimits,
  setEnvironmentData,
  postMessageToThread,
  threadId,
  workerData,
  isInternalThread,
};
