// Sessions with V8's inspector, as the internal module `node-internal:inspector_natives`.

/** Begins a session; its number. */
export function connect(): number;
/** Gives V8 a message; its answer, with what it had to tell since the last time. */
export function ask(session: number, message: string): string[];
export function disconnect(session: number): void;
