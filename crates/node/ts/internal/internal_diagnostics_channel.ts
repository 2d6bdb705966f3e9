// `node:diagnostics_channel`: named channels that modules publish on.

import * as host from 'node-internal:host';
import { invalidArgType } from 'node-internal:internal_errors';
import { validateObject } from 'node-internal:validators';

type Subscriber = (message: unknown, name: PropertyKey) => void;

const construction = Symbol('construction');
const channels = new Map<PropertyKey, Channel>();

function callSafely(run: () => void): void {
  try {
    run();
  } catch (error) {
    reportError(error);
  }
}

function checkFunction(method: string, position: number, value: unknown): asserts value is Subscriber {
  if (typeof value === 'function') return;
  throw new TypeError(`Failed to execute '${method}' on 'DiagnosticsChannelModule': parameter ${position} is not of type 'function'.`);
}

export class Channel {
  #name: PropertyKey;
  #subscribers: Subscriber[] = [];
  #stores = new Map<any, ((data: unknown) => unknown) | undefined>();

  constructor(...args: any[]) {
    if (args[0] !== construction) throw new TypeError('Illegal constructor');
    this.#name = args[1];
  }


  static #has(channel: Channel): boolean {
    return channel.#subscribers.length > 0 || channel.#stores.size > 0;
  }

  static has(channel: Channel): boolean {
    return Channel.#has(channel);
  }

  publish(...args: any[]): void {
    const message = args[0];
    // Who subscribes meanwhile is not told.
    for (const subscriber of this.#subscribers) callSafely(() => subscriber(message, this.#name));
    host.traceMessage(String(this.#name), message);
  }

  subscribe(subscription: Subscriber): void {
    checkFunction('subscribe', 1, subscription);
    this.#subscribers = [...this.#subscribers, subscription];
  }

  unsubscribe(subscription: Subscriber): boolean {
    const at = this.#subscribers.indexOf(subscription);
    if (at === -1) return false;
    this.#subscribers = this.#subscribers.toSpliced(at, 1);
    return true;
  }

  bindStore(store: any, transform?: (data: unknown) => unknown): void {
    this.#stores.set(store, transform);
  }

  unbindStore(store: any): void {
    this.#stores.delete(store);
  }

  runStores(...given: any[]): unknown {
    const [data, callback, self, ...args] = given;
    let run = (): unknown => {
      this.publish(data);
      return Reflect.apply(callback, self, args);
    };
    for (const [store, transform] of [...this.#stores]) {
      const next = run;
      run = () => {
        let context = data;
        if (transform) {
          try {
            context = transform(data);
          } catch (error) {
            callSafely(() => {
              throw error;
            });
            return next();
          }
        }
        return store.run(context, next);
      };
    }
    return run();
  }
}
if (host.flag('set_tostring_tag')) Object.defineProperty(Channel.prototype, Symbol.toStringTag, { value: 'Channel', configurable: true, writable: true });
Object.defineProperty(Channel, 'length', { value: 2 });
Object.defineProperty(Channel.prototype.bindStore, 'length', { value: 2 });
const { has } = Channel;
delete (Channel as any).has;

/** A property with the flag, a method before it. */
function defineHasSubscribers(prototype: object, method: (this: any) => boolean): void {
  const getter = {
    get(): boolean {
      return method.call(this);
    },
  };
  const isGetter = host.flag('diagnostics_channel_has_subscribers_getter');
  Object.defineProperty(prototype, 'hasSubscribers', {
    ...(isGetter ? getter : { value: method, writable: true }),
    configurable: true,
  });
}
const ofChannel = {
  hasSubscribers(this: any): boolean {
    return has(this);
  },
};
defineHasSubscribers(Channel.prototype, ofChannel.hasSubscribers);

export function channel(name: PropertyKey): Channel {
  let found = channels.get(name);
  if (found === undefined) {
    found = new Channel(construction, name);
    channels.set(name, found);
  }
  return found;
}

export function hasSubscribers(name: PropertyKey): boolean {
  const found = channels.get(name);
  return found !== undefined && has(found);
}

export function subscribe(name: PropertyKey, subscription: Subscriber): void {
  checkFunction('subscribe', 2, subscription);
  channel(name).subscribe(subscription);
}

export function unsubscribe(name: PropertyKey, subscription: Subscriber): void {
  channels.get(name)?.unsubscribe(subscription);
}

const kStart = Symbol('kStart');
const kEnd = Symbol('kEnd');
const kAsyncStart = Symbol('kAsyncStart');
const kAsyncEnd = Symbol('kAsyncEnd');
const kError = Symbol('kError');
const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

export class TracingChannel {
  [kStart]!: Channel;
  [kEnd]!: Channel;
  [kAsyncStart]!: Channel;
  [kAsyncEnd]!: Channel;
  [kError]!: Channel;

  constructor() {
    throw new TypeError('Illegal constructor');
  }

  get start(): Channel {
    return this[kStart];
  }

  get end(): Channel {
    return this[kEnd];
  }

  get asyncStart(): Channel {
    return this[kAsyncStart];
  }

  get asyncEnd(): Channel {
    return this[kAsyncEnd];
  }

  get error(): Channel {
    return this[kError];
  }

  subscribe(subscriptions: Partial<Record<(typeof EVENTS)[number], Subscriber>>): void {
    for (const event of EVENTS) if (subscriptions[event] !== undefined) this[event].subscribe(subscriptions[event]!);
  }

  unsubscribe(subscriptions: Partial<Record<(typeof EVENTS)[number], Subscriber>>): boolean {
    let all = true;
    for (const event of EVENTS) {
      if (subscriptions[event] !== undefined && !this[event].unsubscribe(subscriptions[event]!)) all = false;
    }
    return all;
  }

  traceSync(fn: any, context: any = {}, self?: any, ...args: any[]): unknown {
    return this[kStart].runStores(context, () => {
      try {
        context.result = Reflect.apply(fn, self, args);
        return context.result;
      } catch (error) {
        context.error = error;
        this[kError].publish(context);
        throw error;
      } finally {
        this[kEnd].publish(context);
      }
    });
  }

  tracePromise(fn: any, context: any = {}, self?: any, ...args: any[]): unknown {
    const settle = (): void => {
      this[kAsyncStart].publish(context);
      this[kAsyncEnd].publish(context);
    };
    return this[kStart].runStores(context, () => {
      try {
        const promise = Promise.resolve(Reflect.apply(fn, self, args));
        return promise.then(
          (result) => {
            context.result = result;
            settle();
            return result;
          },
          (error) => {
            context.error = error;
            this[kError].publish(context);
            settle();
            throw error;
          }
        );
      } catch (error) {
        context.error = error;
        this[kError].publish(context);
        throw error;
      } finally {
        this[kEnd].publish(context);
      }
    });
  }

  traceCallback(fn: any, position: number = -1, context: any = {}, self?: any, ...args: any[]): unknown {
    const tracing = this;
    const callback = args.at(position);
    function wrapped(this: unknown, ...results: unknown[]): unknown {
      if (results[0]) {
        context.error = results[0];
        tracing[kError].publish(context);
      } else {
        context.result = results[1];
      }
      return tracing[kAsyncStart].runStores(context, () => {
        try {
          if (callback) return Reflect.apply(callback, this, results);
          return undefined;
        } finally {
          tracing[kAsyncEnd].publish(context);
        }
      });
    }
    args.splice(position, 1, wrapped);
    return this[kStart].runStores(context, () => {
      try {
        return Reflect.apply(fn, self, args);
      } catch (error) {
        context.error = error;
        this[kError].publish(context);
        throw error;
      } finally {
        this[kEnd].publish(context);
      }
    });
  }
}
defineHasSubscribers(TracingChannel.prototype, function hasSubscribers(this: any): boolean {
  return EVENTS.some((event) => has(this[event]));
});
for (const name of ['traceSync', 'tracePromise', 'traceCallback'] as const) {
  Object.defineProperty(TracingChannel.prototype[name], 'length', { value: 1 });
}

function checkChannel(value: unknown, name: string): Channel {
  if (!(value instanceof Channel)) throw invalidArgType(name, 'Channel', value);
  return value;
}

export function tracingChannel(nameOrChannels: any): TracingChannel {
  const tracing = Object.create(TracingChannel.prototype);
  const symbols = [kStart, kEnd, kAsyncStart, kAsyncEnd, kError];
  if (typeof nameOrChannels !== 'string') validateObject(nameOrChannels, 'channels');
  for (let i = 0; i < EVENTS.length; i++) {
    const event = EVENTS[i]!;
    tracing[symbols[i]!] =
      typeof nameOrChannels === 'string'
        ? channel(`tracing:${nameOrChannels}:${event}`)
        : checkChannel(nameOrChannels[event], `channels.${event}`);
  }
  return tracing;
}

export default { hasSubscribers, channel, subscribe, unsubscribe, tracingChannel, Channel };
