// The Worker that a module runs in, as the internal module `node-internal:host`.

/** The Worker's environment; undefined for a classic script. */
export function bindings(): Record<string, unknown> | undefined;
/** A public built-in module as `require` gives it; undefined if there is none of this name. */
export function builtin(specifier: string): any;
export function isBuiltin(specifier: string): boolean;
/** The namespace of an internal module, for what is needed late or seldom. */
export function load(specifier: string): any;
/** What `require(specifier)` gives in the module at `referrer`, a path in the bundle. */
export function require(specifier: string, referrer: string): any;
/** Whether the compatibility flag that this name enables is on. */
export function flag(name: string): boolean;
/** Ends the event; does nothing without one. */
export function exit(code: number): void;
/** Tells the event's tail Workers of a message on a diagnostics channel. */
export function traceMessage(channel: string, message: unknown): void;
/** A class that may not be in the global scope. */
export function messageClass(name: 'MessageChannel' | 'MessagePort'): any;
export function startTimer(callback: Function, delay: number, repeat: boolean, args: unknown[]): number;
export function clearTimer(id: number): void;
export function startImmediate(callback: Function, args: unknown[]): object;
export function clearImmediate(immediate: unknown): boolean;
