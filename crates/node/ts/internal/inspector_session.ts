// The sessions of `node:inspector` and `node:inspector/promises`: an isolate inspects itself by the DevTools Protocol.
//
// For local development, with the flag `enable_nodejs_inspector_local_dev`.

import { EventEmitter } from 'node-internal:events';
import { ask, connect, disconnect } from 'node-internal:inspector_natives';
import { coded, invalidArgType } from 'node-internal:internal_errors';

type Callback = (error: Error | null, result?: object) => void;

function fault(code: string, message: string): Error {
  return coded(Error, `ERR_INSPECTOR_${code}`, message);
}

function isObject(value: unknown): value is Record<string, any> {
  return typeof value === 'object' && value !== null;
}

class BaseSession extends EventEmitter {
  #connection: number | undefined;
  #nextId = 1;
  #callbacks = new Map<number, Callback>();
  #waiting: string[] = [];
  #isDelivering = false;

  connect(): void {
    if (this.#connection !== undefined) throw fault('ALREADY_CONNECTED', 'The inspector session is already connected');
    this.#connection = connect();
  }

  connectToMainThread(): void {
    throw fault('NOT_WORKER', 'Current thread is not a worker');
  }

  disconnect(): void {
    if (this.#connection === undefined) return;
    disconnect(this.#connection);
    this.#connection = undefined;
    this.#waiting = [];
    for (const callback of this.#callbacks.values()) {
      queueMicrotask(() => callback(fault('CLOSED', 'Session was closed')));
    }
    this.#callbacks.clear();
    this.#nextId = 1;
  }

  postMessage(method: unknown, params: unknown, callback: Callback | undefined): void {
    if (typeof method !== 'string') throw invalidArgType('method', 'string', method);
    if (this.#connection === undefined) throw fault('NOT_CONNECTED', 'Session is not connected');
    const id = this.#nextId++;
    if (callback) this.#callbacks.set(id, callback);
    const message = isObject(params) ? { id, method, params } : { id, method };
    this.#waiting.push(...ask(this.#connection, JSON.stringify(message)));
    this.#deliver();
  }

  /** Whoever is told of a message may post the next: what that brings is told afterwards. */
  #deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    for (let message; (message = this.#waiting.shift()) !== undefined; ) {
      try {
        this.#receive(JSON.parse(message));
      } catch (error) {
        reportError(error);
      }
    }
    this.#isDelivering = false;
  }

  #receive(message: any): void {
    if (typeof message.id !== 'number') {
      this.emit(message.method, message);
      this.emit('inspectorNotification', message);
      return;
    }
    const callback = this.#callbacks.get(message.id);
    this.#callbacks.delete(message.id);
    if (!callback) return;
    if (message.error) callback(fault('COMMAND', `Inspector error ${message.error.code}: ${message.error.message}`));
    else callback(null, message.result);
  }
}

export class Session extends BaseSession {
  post(method: unknown, params?: unknown, callback?: unknown): void {
    if (!callback && typeof params === 'function') {
      callback = params;
      params = undefined;
    }
    this.postMessage(method, params, typeof callback === 'function' ? (callback as Callback) : undefined);
  }
}

export class PromiseSession extends BaseSession {
  post(method: unknown, params?: unknown): Promise<object | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<object | undefined>();
    this.postMessage(method, params, (error, result) => (error ? reject(error) : resolve(result)));
    return promise;
  }
}
