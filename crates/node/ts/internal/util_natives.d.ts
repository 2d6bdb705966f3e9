// What inspection and comparison need from the engine, as the internal module `node-internal:util_natives`.
//
// Every function takes any value. None of them runs code of a Worker: no getters, no proxy traps.

/** Own keys that are no array indexes: names first, then symbols. */
export function getOwnNonIndexProperties(value: object, filter: 'all' | 'enumerable'): PropertyKey[];

/** State of a promise; `result` is the value or the reason and undefined while pending. */
export function getPromiseDetails(promise: Promise<unknown>): {
  state: 'pending' | 'fulfilled' | 'rejected';
  result: unknown;
};

/** Target and handler of a proxy, both null when it is revoked; undefined for anything else. */
export function getProxyDetails(value: unknown): { target: object | null; handler: object | null } | undefined;

/**
 * What is left in a map or set iterator, or what is in a weak collection (or Map or Set), without consuming it. With
 * `isKeyValue`, keys and values alternate.
 */
export function previewEntries(value: object): { entries: unknown[]; isKeyValue: boolean };

/** The engine's class name of an object, whatever its prototype. */
export function getConstructorName(value: object): string;

/**
 * For an object of an API class (Request, Headers, ...): the names of properties that only inspection shows, with the
 * symbol under which each can be read from the object. Undefined for any other value.
 */
export function getApiProperties(value: object): Array<[name: string, symbol: symbol]> | undefined;

/** Gives the prototype of a class what those of native classes have, its tag among it where they have one. */
export function markRuntimeClass(prototype: object, name: string): void;

/** Call sites of the caller, newest first, at most `frames`. */
export function getCallSites(frames?: number): Array<{
  functionName: string;
  scriptName: string;
  scriptId: string;
  lineNumber: number;
  columnNumber: number;
  column: number;
}>;

export function isArgumentsObject(value: unknown): value is IArguments;
export function isArrayBuffer(value: unknown): value is ArrayBuffer;
export function isAsyncFunction(value: unknown): boolean;
export function isBigIntObject(value: unknown): boolean;
export function isBooleanObject(value: unknown): boolean;
export function isDataView(value: unknown): value is DataView;
export function isDate(value: unknown): value is Date;
export function isExternal(value: unknown): boolean;
export function isGeneratorFunction(value: unknown): boolean;
export function isGeneratorObject(value: unknown): boolean;
export function isMap(value: unknown): value is Map<unknown, unknown>;
export function isMapIterator(value: unknown): boolean;
export function isModuleNamespaceObject(value: unknown): boolean;
export function isNativeError(value: unknown): value is Error;
export function isNumberObject(value: unknown): boolean;
export function isPromise(value: unknown): value is Promise<unknown>;
export function isProxy(value: unknown): boolean;
export function isRegExp(value: unknown): value is RegExp;
export function isSet(value: unknown): value is Set<unknown>;
export function isSetIterator(value: unknown): boolean;
export function isSharedArrayBuffer(value: unknown): value is SharedArrayBuffer;
export function isStringObject(value: unknown): boolean;
export function isSymbolObject(value: unknown): boolean;
export function isWeakMap(value: unknown): value is WeakMap<object, unknown>;
export function isWeakSet(value: unknown): value is WeakSet<object>;
