// Mocks of functions and properties, as `node:test` has them.

import { invalidArgType, invalidArgValue } from 'node-internal:internal_errors';
import {
  arrayPush,
  arraySlice,
  ErrorConstructor,
  objectDefineProperty,
  objectGetOwnPropertyDescriptor,
  objectGetPrototypeOf,
  ProxyConstructor,
  reflectApply,
  reflectConstruct,
  reflectGet,
} from 'node-internal:primordials';
import { validateBoolean, validateFunction, validateInteger, validateObject } from 'node-internal:validators';

type AnyFunction = (...args: any[]) => any;

interface Call {
  arguments: unknown[];
  error: unknown;
  result: unknown;
  stack: Error;
  target: unknown;
  this: unknown;
}

interface FunctionOptions {
  times?: number;
  getter?: boolean;
  setter?: boolean;
}

/** What a mock is made with: `undo` puts a mocked method back. */
interface Setup {
  original: AnyFunction;
  implementation: AnyFunction;
  times: number;
  undo: (() => void) | undefined;
}

// Gives code of this module access to what guests do not see.
let initialize: (context: MockFunctionContext, setup: Setup) => void;
let next: (context: MockFunctionContext) => AnyFunction;
let record: (context: MockFunctionContext, call: Call) => void;

/** What a mocked function knows about its calls. */
export class MockFunctionContext {
  static {
    Object.defineProperty(this, 'length', { value: 3 });
  }

  #calls: Call[] = [];
  #original: AnyFunction | undefined;
  #implementation: AnyFunction | undefined;
  #once: { call: number; implementation: AnyFunction }[] = [];
  #times = Infinity;
  #undo: (() => void) | undefined;

  static {
    initialize = (context, setup) => {
      context.#original = setup.original;
      context.#implementation = setup.implementation;
      context.#times = setup.times;
      context.#undo = setup.undo;
    };
    next = (context) => {
      const call = context.#calls.length;
      let implementation = context.#implementation!;
      const kept: { call: number; implementation: AnyFunction }[] = [];
      for (let i = 0; i < context.#once.length; i++) {
        const once = context.#once[i]!;
        if (once.call === call) implementation = once.implementation;
        else arrayPush(kept, once);
      }
      context.#once = kept;
      if (call + 1 === context.#times) context.restore();
      return implementation;
    };
    record = (context, call) => {
      arrayPush(context.#calls, call);
    };
  }

  get calls(): Call[] {
    return arraySlice(this.#calls, 0);
  }

  callCount(): number {
    return this.#calls.length;
  }

  mockImplementation(implementation: AnyFunction): void {
    validateFunction(implementation, 'implementation');
    this.#implementation = implementation;
  }

  mockImplementationOnce(implementation: AnyFunction, onCall?: number): void {
    validateFunction(implementation, 'implementation');
    const call = onCall ?? this.#calls.length;
    validateInteger(call, 'onCall', this.#calls.length);
    arrayPush(this.#once, { call, implementation });
  }

  restore(): void {
    if (this.#undo) this.#undo();
    else this.#implementation = this.#original;
  }

  resetCalls(): void {
    this.#calls = [];
  }
}

interface Access {
  type: 'get' | 'set';
  value: unknown;
  stack: Error;
}

/** What a mocked property knows about its uses. */
class MockPropertyContext {
  #object: object;
  #name: PropertyKey;
  #descriptor: PropertyDescriptor;
  #value: unknown;
  #accesses: Access[] = [];
  #once: { access: number; value: unknown }[] = [];

  constructor(object: object, name: PropertyKey, descriptor: PropertyDescriptor, value: unknown) {
    this.#object = object;
    this.#name = name;
    this.#descriptor = descriptor;
    this.#value = value;
    objectDefineProperty(object, name, {
      configurable: descriptor.configurable,
      enumerable: descriptor.enumerable,
      get: () => this.#use('get', this.#value),
      set: (value) => {
        this.mockImplementation(this.#use('set', value));
      },
    } as PropertyDescriptor);
  }

  #use(type: 'get' | 'set', usual: unknown): unknown {
    const access = this.#accesses.length;
    let value = usual;
    const kept: { access: number; value: unknown }[] = [];
    for (let i = 0; i < this.#once.length; i++) {
      const once = this.#once[i]!;
      if (once.access === access) value = once.value;
      else arrayPush(kept, once);
    }
    this.#once = kept;
    arrayPush(this.#accesses, { type, value, stack: new ErrorConstructor() });
    return value;
  }

  get accesses(): Access[] {
    return arraySlice(this.#accesses, 0);
  }

  accessCount(): number {
    return this.#accesses.length;
  }

  mockImplementation(value: unknown): void {
    this.#value = value;
  }

  mockImplementationOnce(value: unknown, onAccess?: number): void {
    const access = onAccess ?? this.#accesses.length;
    validateInteger(access, 'onAccess', this.#accesses.length);
    arrayPush(this.#once, { access, value });
  }

  resetAccesses(): void {
    this.#accesses = [];
  }

  restore(): void {
    objectDefineProperty(this.#object, this.#name, this.#descriptor);
  }
}

function isOptions(value: unknown): boolean {
  return value !== null && typeof value === 'object';
}

function validateName(value: unknown, name: string): asserts value is PropertyKey {
  if (typeof value !== 'string' && typeof value !== 'symbol') throw invalidArgType(name, ['string', 'symbol'], value);
}

function validateOwner(value: unknown): asserts value is object {
  if (typeof value !== 'function') validateObject(value, 'object');
}

function timesOf(options: FunctionOptions): number {
  const { times = Infinity } = options;
  if (times !== Infinity) validateInteger(times, 'options.times', 1);
  return times;
}

/** The property of an object or of what it inherits from. */
function findDescriptor(object: object, name: PropertyKey): PropertyDescriptor | undefined {
  for (let owner: object | null = object; owner !== null; owner = objectGetPrototypeOf(owner)) {
    const descriptor = objectGetOwnPropertyDescriptor(owner, name);
    if (descriptor) return descriptor;
  }
  return undefined;
}

/** A function that acts as `original` does, but calls what its context says. */
function mocked(context: MockFunctionContext, setup: Setup): AnyFunction {
  initialize(context, setup);
  const run = (call: Call, body: () => unknown): unknown => {
    try {
      call.result = body();
      return call.result;
    } catch (error) {
      call.error = error;
      throw error;
    } finally {
      record(context, call);
    }
  };
  const fresh = (args: unknown[], target: unknown, receiver: unknown): Call => ({
    arguments: args,
    error: undefined,
    result: undefined,
    stack: new ErrorConstructor(),
    target,
    this: receiver,
  });
  return new ProxyConstructor(setup.original, {
    apply(_, receiver, args) {
      const implementation = next(context);
      return run(fresh(args, undefined, receiver), () => reflectApply(implementation, receiver, args));
    },
    construct(target, args, newTarget) {
      const implementation = next(context);
      const call = fresh(args, target, undefined);
      return run(call, () => {
        call.this = reflectConstruct(implementation, args, newTarget);
        return call.this;
      }) as object;
    },
    get(target, name, receiver) {
      return name === 'mock' ? context : reflectGet(target, name, receiver);
    },
  });
}

/** Makes mocks, and undoes them together. */
export class MockTracker {
  #contexts: { restore(): void }[] = [];

  fn(
    original: any = function original() {},
    implementation: any = original,
    options: FunctionOptions = {}
  ): AnyFunction {
    if (isOptions(original)) {
      options = original;
      original = function original() {};
      implementation = original;
    } else if (isOptions(implementation)) {
      options = implementation;
      implementation = original;
    }
    validateFunction(original, 'original');
    validateFunction(implementation, 'implementation');
    validateObject(options, 'options');
    const context = new MockFunctionContext();
    arrayPush(this.#contexts, context);
    const setup = { original, implementation, times: timesOf(options), undo: undefined };
    return mocked(context, setup as unknown as Setup);
  }

  method(object: any, methodName: any, implementation: any = undefined, options: FunctionOptions = {}): AnyFunction {
    validateName(methodName, 'methodName');
    validateOwner(object);
    if (isOptions(implementation)) {
      options = implementation;
      implementation = undefined;
    }
    if (implementation !== undefined) validateFunction(implementation, 'implementation');
    validateObject(options, 'options');
    const { getter = false, setter = false } = options as FunctionOptions;
    const times = timesOf(options);
    validateBoolean(getter, 'options.getter');
    validateBoolean(setter, 'options.setter');
    if (getter && setter) throw invalidArgValue('options.setter', setter, "cannot be used with 'options.getter'");
    const descriptor = findDescriptor(object, methodName);
    const original = getter ? descriptor?.get : setter ? descriptor?.set : descriptor?.value;
    if (typeof original !== 'function') throw invalidArgValue('methodName', original, 'must be a method');

    const context = new MockFunctionContext();
    arrayPush(this.#contexts, context);
    const undo = () => {
      objectDefineProperty(object, methodName, descriptor!);
    };
    const mock = mocked(context, { original, implementation: implementation ?? original, times, undo });
    const replacement: PropertyDescriptor = {
      configurable: descriptor!.configurable!,
      enumerable: descriptor!.enumerable!,
    };
    if (getter || setter) {
      replacement.get = getter ? mock : descriptor!.get!;
      replacement.set = setter ? mock : descriptor!.set!;
    } else {
      replacement.writable = descriptor!.writable!;
      replacement.value = mock;
    }
    objectDefineProperty(object, methodName, replacement);
    return mock;
  }

  getter(object: any, methodName: any, implementation: any = undefined, options: FunctionOptions = {}): AnyFunction {
    if (isOptions(implementation)) {
      options = implementation;
      implementation = undefined;
    }
    validateObject(options, 'options');
    const { getter = true } = options as FunctionOptions;
    if (getter === false) throw invalidArgValue('options.getter', getter, 'cannot be false');
    return this.method(object, methodName, implementation, { ...options, getter });
  }

  setter(object: any, methodName: any, implementation: any = undefined, options: FunctionOptions = {}): AnyFunction {
    if (isOptions(implementation)) {
      options = implementation;
      implementation = undefined;
    }
    validateObject(options, 'options');
    const { setter = true } = options as FunctionOptions;
    if (setter === false) throw invalidArgValue('options.setter', setter, 'cannot be false');
    return this.method(object, methodName, implementation, { ...options, setter });
  }

  property(object: any, propertyName: any, given: unknown): object {
    validateOwner(object);
    validateName(propertyName, 'propertyName');
    const descriptor = objectGetOwnPropertyDescriptor(object, propertyName);
    if (!descriptor) throw invalidArgValue('propertyName', propertyName, 'is not a property of the object');
    const value = arguments.length > 2 ? given : descriptor.value;
    const context = new MockPropertyContext(object, propertyName, descriptor, value);
    arrayPush(this.#contexts, context);
    return new ProxyConstructor(object, {
      get(target, name, receiver) {
        return name === 'mock' ? context : reflectGet(target, name, receiver);
      },
    });
  }

  reset(): void {
    this.restoreAll();
    this.#contexts = [];
  }

  restoreAll(): void {
    for (let i = 0; i < this.#contexts.length; i++) this.#contexts[i]!.restore();
  }
}
