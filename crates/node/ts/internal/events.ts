// EventEmitter.

import { coded, invalidArgType } from 'node-internal:internal_errors';
import { inspect } from 'node-internal:internal_inspect';
import { kRejection, kShapeMode, emitterSymbols } from 'node-internal:events_symbols';
import { validateAbortSignal, validateBoolean, validateFunction, validateNumber } from 'node-internal:validators';
import { warn } from 'node-internal:warnings';

const { kCapture, errorMonitor, kMaxEventTargetListeners, kMaxEventTargetListenersWarned } = emitterSymbols;

type Listener = ((...args: any[]) => any) & { listener?: Listener; warned?: boolean };

let defaultMaxListeners = 10;
let captureByDefault = false;



export const EventEmitter: any = function EventEmitter(this: any, opts: any) {
  EventEmitter.init.call(this, opts);
};

EventEmitter.prototype._events = undefined;
EventEmitter.prototype._eventsCount = 0;
EventEmitter.prototype._maxListeners = undefined;
Object.defineProperty(EventEmitter.prototype, kCapture, { value: false, writable: true, enumerable: false });

EventEmitter.init = function (this: any, opts: any) {
  if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
    this._events = Object.create(null);
    this._eventsCount = 0;
  }
  this._maxListeners = this._maxListeners || undefined;
  this.domain = null;
  if (opts?.captureRejections) {
    validateBoolean(opts.captureRejections, 'options.captureRejections');
    this[kCapture] = Boolean(opts.captureRejections);
  } else {
    // Own property only where it says something that the prototype does not.
    this[kCapture] = EventEmitter.prototype[kCapture];
  }
};
Object.defineProperty(EventEmitter.init, 'name', { value: '' });

function checkListener(listener: unknown): asserts listener is Listener {
  validateFunction(listener, 'listener');
}

function maxListenersOf(emitter: any): number {
  return emitter._maxListeners === undefined ? defaultMaxListeners : emitter._maxListeners;
}

/** Sees to it that a listener's rejected promise becomes an `error` event. */
function captureRejection(emitter: any, result: any, type: PropertyKey, args: unknown[]): void {
  if (!emitter[kCapture]) return;
  try {
    const { then } = result;
    if (typeof then !== 'function') return;
    then.call(result, undefined, (error: unknown) => {
      queueMicrotask(() => rejectionToEvent(emitter, error, type, args));
    });
  } catch (error) {
    emitter.emit('error', error);
  }
}

function rejectionToEvent(emitter: any, error: unknown, type: PropertyKey, args: unknown[]): void {
  if (typeof emitter[kRejection] === 'function') {
    emitter[kRejection](error, type, ...args);
    return;
  }
  // A listener of the error event that fails in its turn must not start this again.
  const previous = emitter[kCapture];
  try {
    emitter[kCapture] = false;
    emitter.emit('error', error);
  } finally {
    emitter[kCapture] = previous;
  }
}

/** Throws the error that nobody listens for. */
function unhandledError(args: unknown[]): never {
  const error = args[0];
  if (error instanceof Error) throw error;
  let text: string;
  try {
    text = inspect(error);
  } catch {
    text = `${error}`;
  }
  const wrapped = coded(Error, 'ERR_UNHANDLED_ERROR', `Unhandled error. (${text})`) as any;
  wrapped.context = error;
  throw wrapped;
}

EventEmitter.prototype.emit = function emit(type: PropertyKey, ...args: unknown[]): boolean {
  const events = this._events;
  if (type === 'error') {
    if (events !== undefined && events[errorMonitor] !== undefined) this.emit(errorMonitor, ...args);
    if (events === undefined || events.error === undefined) unhandledError(args);
  }
  const handler = events?.[type];
  if (handler === undefined) return false;
  if (typeof handler === 'function') {
    const result = Reflect.apply(handler, this, args);
    if (result !== undefined && result !== null) captureRejection(this, result, type, args);
  } else {
    const listeners = handler.slice();
    for (let i = 0; i < listeners.length; i++) {
      const result = Reflect.apply(listeners[i], this, args);
      if (result !== undefined && result !== null) captureRejection(this, result, type, args);
    }
  }
  return true;
};

function warnOfLeak(emitter: any, type: PropertyKey, list: any): void {
  list.warned = true;
  const found = `Possible EventEmitter memory leak detected. ${list.length} ${String(type)} listeners added to`;
  const advice = 'Use emitter.setMaxListeners() to increase limit';
  console.log(`${found} an EventEmitter. ${advice}`);
  const warning: any = new Error(`${found} ${inspect(emitter, { depth: -1 })}. ${advice}`);
  warning.name = 'MaxListenersExceededWarning';
  warning.emitter = emitter;
  warning.type = type;
  warning.count = list.length;
  warn(warning);
}

function add(emitter: any, type: PropertyKey, listener: Listener, first: boolean): any {
  checkListener(listener);
  let events = emitter._events;
  if (events === undefined) {
    events = emitter._events = Object.create(null);
    emitter._eventsCount = 0;
  } else if (events.newListener !== undefined) {
    emitter.emit('newListener', type, listener.listener ?? listener);
    // The listeners may have replaced the table.
    events = emitter._events;
  }
  const present = events[type];
  if (present === undefined) {
    events[type] = listener;
    ++emitter._eventsCount;
    return emitter;
  }
  let list: any = present;
  if (typeof present === 'function') list = events[type] = first ? [listener, present] : [present, listener];
  else if (first) list.unshift(listener);
  else list.push(listener);
  const most = maxListenersOf(emitter);
  if (most > 0 && list.length > most && !list.warned) warnOfLeak(emitter, type, list);
  return emitter;
}

EventEmitter.prototype.addListener = function addListener(type: PropertyKey, listener: Listener) {
  return add(this, type, listener, false);
};
EventEmitter.prototype.on = EventEmitter.prototype.addListener;

EventEmitter.prototype.prependListener = function prependListener(type: PropertyKey, listener: Listener) {
  return add(this, type, listener, true);
};

/** A listener that removes itself when it is called. */
function onceListener(emitter: any, type: PropertyKey, listener: Listener): Listener {
  const state: any = { fired: false, wrapFn: undefined, target: emitter, type, listener };
  const wrapped: Listener = onceWrapper.bind(state);
  wrapped.listener = listener;
  state.wrapFn = wrapped;
  return wrapped;
}

function onceWrapper(this: any, ...args: unknown[]): unknown {
  if (this.fired) return undefined;
  this.target.removeListener(this.type, this.wrapFn);
  this.fired = true;
  return Reflect.apply(this.listener, this.target, args);
}

EventEmitter.prototype.once = function once(type: PropertyKey, listener: Listener) {
  checkListener(listener);
  this.on(type, onceListener(this, type, listener));
  return this;
};

EventEmitter.prototype.prependOnceListener = function prependOnceListener(type: PropertyKey, listener: Listener) {
  checkListener(listener);
  this.prependListener(type, onceListener(this, type, listener));
  return this;
};

EventEmitter.prototype.removeListener = function removeListener(type: PropertyKey, listener: Listener) {
  checkListener(listener);
  const events = this._events;
  const list = events?.[type];
  if (list === undefined) return this;
  if (list === listener || list.listener === listener) {
    this._eventsCount -= 1;
    if (this[kShapeMode]) {
      events[type] = undefined;
    } else if (this._eventsCount === 0) {
      this._events = Object.create(null);
    } else {
      delete events[type];
    }
    if (events.removeListener) this.emit('removeListener', type, list.listener || listener);
  } else if (typeof list !== 'function') {
    let position = list.length - 1;
    while (position >= 0 && list[position] !== listener && list[position].listener !== listener) position--;
    if (position < 0) return this;
    if (position === 0) list.shift();
    else list.splice(position, 1);
    if (list.length === 1) events[type] = list[0];
    if (events.removeListener !== undefined) this.emit('removeListener', type, listener);
  }
  return this;
};
EventEmitter.prototype.off = EventEmitter.prototype.removeListener;

EventEmitter.prototype.removeAllListeners = function removeAllListeners(type?: PropertyKey) {
  const events = this._events;
  if (events === undefined) return this;
  if (events.removeListener === undefined) {
    // Nobody wants to know.
    if (arguments.length === 0) {
      this._events = Object.create(null);
      this._eventsCount = 0;
    } else if (events[type!] !== undefined) {
      if (--this._eventsCount === 0) this._events = Object.create(null);
      else delete events[type!];
    }
    this[kShapeMode] = false;
    return this;
  }
  if (arguments.length === 0) {
    for (const key of Reflect.ownKeys(events)) {
      if (key !== 'removeListener') this.removeAllListeners(key);
    }
    this.removeAllListeners('removeListener');
    this._events = Object.create(null);
    this._eventsCount = 0;
    this[kShapeMode] = false;
    return this;
  }
  const listeners = events[type!];
  if (typeof listeners === 'function') {
    this.removeListener(type, listeners);
  } else if (listeners !== undefined) {
    for (let i = listeners.length - 1; i >= 0; i--) this.removeListener(type, listeners[i]);
  }
  return this;
};

function listenersOf(emitter: any, type: PropertyKey, unwrap: boolean): Listener[] {
  const found = emitter._events?.[type];
  if (found === undefined) return [];
  const list: Listener[] = typeof found === 'function' ? [found] : found.slice();
  return unwrap ? list.map((listener) => listener.listener ?? listener) : list;
}

EventEmitter.prototype.listeners = function listeners(type: PropertyKey) {
  return listenersOf(this, type, true);
};

EventEmitter.prototype.rawListeners = function rawListeners(type: PropertyKey) {
  return listenersOf(this, type, false);
};

EventEmitter.prototype.listenerCount = function listenerCount(type: PropertyKey, listener?: Listener): number {
  const found = this._events?.[type];
  if (found === undefined) return 0;
  const matches = (item: Listener): boolean => listener == null || item === listener || item.listener === listener;
  if (typeof found === 'function') return matches(found) ? 1 : 0;
  return listener == null ? found.length : found.filter(matches).length;
};
Object.defineProperty(EventEmitter.prototype.listenerCount, 'length', { value: 1 });

EventEmitter.prototype.eventNames = function eventNames(): PropertyKey[] {
  return this._eventsCount > 0 ? Reflect.ownKeys(this._events) : [];
};

EventEmitter.prototype.setMaxListeners = function setMaxListeners(n: number) {
  validateNumber(n, 'setMaxListeners', 0);
  this._maxListeners = n;
  return this;
};

EventEmitter.prototype.getMaxListeners = function getMaxListeners(): number {
  return maxListenersOf(this);
};

function _getMaxListeners(target: any): number {
  if (typeof target?.getMaxListeners === 'function') return maxListenersOf(target);
  if (typeof target?.[kMaxEventTargetListeners] === 'number') return target[kMaxEventTargetListeners];
  if (target instanceof EventTarget) return defaultMaxListeners;
  throw invalidArgType('emitter', ['EventEmitter', 'EventTarget'], target);
}

function setMaxListeners(n: number = defaultMaxListeners, ...eventTargets: any[]): void {
  validateNumber(n, 'setMaxListeners', 0);
  if (eventTargets.length === 0) {
    defaultMaxListeners = n;
    return;
  }
  for (const target of eventTargets) {
    if (target instanceof EventTarget) {
      (target as any)[kMaxEventTargetListeners] = n;
      (target as any)[kMaxEventTargetListenersWarned] = false;
    } else if (typeof target?.setMaxListeners === 'function') {
      target.setMaxListeners(n);
    } else {
      throw invalidArgType('eventTargets', ['EventEmitter', 'EventTarget'], target);
    }
  }
}

function listenerCount(emitter: any, type: PropertyKey): number {
  if (typeof emitter.listenerCount === 'function') return emitter.listenerCount(type);
  return EventEmitter.prototype.listenerCount.call(emitter, type);
}

function getEventListeners(emitterOrTarget: any, type: PropertyKey): Listener[] {
  if (typeof emitterOrTarget?.listeners === 'function') return emitterOrTarget.listeners(type);
  throw invalidArgType('emitter', ['EventEmitter'], emitterOrTarget);
}

function addAbortListener(signal: AbortSignal, listener: Listener): Disposable {
  if (signal === undefined) throw invalidArgType('signal', 'AbortSignal', signal);
  validateAbortSignal(signal, 'signal');
  validateFunction(listener, 'listener');
  let remove: (() => void) | undefined;
  if (signal.aborted) {
    queueMicrotask(() => listener());
  } else {
    signal.addEventListener('abort', listener, { once: true } as any);
    remove = () => signal.removeEventListener('abort', listener);
  }
  return {
    [Symbol.dispose]() {
      remove?.();
    },
  } as Disposable;
}

EventEmitter.usingDomains = false;
EventEmitter.captureRejectionSymbol = kRejection;
EventEmitter.errorMonitor = errorMonitor;
Object.defineProperties(EventEmitter, {
  captureRejections: {
    enumerable: true,
    get: () => captureByDefault,
    set: (value) => {
      validateBoolean(value, 'EventEmitter.captureRejections');
      captureByDefault = value;
      EventEmitter.prototype[kCapture] = value;
    },
  },
  defaultMaxListeners: {
    enumerable: true,
    get: function () {
      return defaultMaxListeners;
    },
    set: function (value) {
      validateNumber(value, 'defaultMaxListeners', 0);
      defaultMaxListeners = value;
    },
  },
  kMaxEventTargetListeners: { value: kMaxEventTargetListeners },
  kMaxEventTargetListenersWarned: { value: kMaxEventTargetListenersWarned },
});
Object.assign(EventEmitter, {
  setMaxListeners,
  getMaxListeners: _getMaxListeners,
  listenerCount,
  getEventListeners,
  addAbortListener,
  EventEmitter,
});

export { _getMaxListeners as getMaxListeners, addAbortListener, getEventListeners, listenerCount, setMaxListeners };
