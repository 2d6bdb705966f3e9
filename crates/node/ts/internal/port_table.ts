// The TCP ports of an isolate: who is bound to them, and who takes connections and requests to them.
//
// No such port is bound on the machine. An isolate has them for itself, so that programs which listen on a port and
// say which one find each other: servers here, and the handlers of `cloudflare:node` that pass events to them.

import natives from 'cloudflare-internal:sockets';

const FIRST_EPHEMERAL = 49152;
const LAST = 65535;

/** Addresses of a reserved block (RFC 1112 §4), by which ends of connections go that have none. */
export const HOST_ADDRESS = '240.1.0.1';
export const GATEWAY_ADDRESS = '240.1.255.254';

export interface Handler {
  fetch?: (request: Request, env?: unknown, context?: unknown) => Promise<Response>;
  connect?: (socket: any, env?: unknown, context?: unknown) => Promise<void>;
}

interface Port {
  holders: number;
  shared: boolean;
  /** Connections from outside come on this port. */
  declared: boolean;
  handlers: Handler[];
}

const ports = new Map<number, Port>();
let nextEphemeral = FIRST_EPHEMERAL;
/** Gives back ports of sockets that were forgotten rather than closed. */
let forgotten: FinalizationRegistry<number> | undefined;

for (const port of natives.sockets.getInboundPorts()) {
  ports.set(port, { holders: 0, shared: false, declared: true, handlers: [] });
}

/** A port of the upper range that nobody holds, and which is not held by this; 0 if all are. */
export function ephemeralPort(): number {
  for (let i = FIRST_EPHEMERAL; i <= LAST; i++) {
    const port = nextEphemeral;
    nextEphemeral = port === LAST ? FIRST_EPHEMERAL : port + 1;
    if (!ports.has(port)) return port;
  }
  return 0;
}

export function hasDeclaredPorts(): boolean {
  for (const { declared } of ports.values()) if (declared) return true;
  return false;
}

export function isDeclaredPort(port: number): boolean {
  return ports.get(port)?.declared ?? false;
}

/** A declared port that nobody holds, or 0. */
export function freeDeclaredPort(): number {
  for (const [port, { declared, holders }] of ports) if (declared && holders === 0) return port;
  return 0;
}

/** Whether the caller holds the port now. Several may, if all of them say so. */
export function holdPort(port: number, shared = false): boolean {
  const known = ports.get(port);
  if (known === undefined) {
    ports.set(port, { holders: 1, shared, declared: false, handlers: [] });
    return true;
  }
  if (known.holders > 0 && !(known.shared && shared)) return false;
  if (known.holders === 0) known.shared = shared;
  known.holders += 1;
  return true;
}

export function releasePort(port: number): void {
  const known = ports.get(port);
  if (known === undefined) return;
  known.holders -= 1;
  if (known.holders !== 0) return;
  if (known.declared) known.handlers = [];
  else ports.delete(port);
}

/** Has the port released when its owner is collected, unless that is unwatched by then. */
export function watchOwner(owner: object, port: number): void {
  if (typeof FinalizationRegistry !== 'function') return;
  forgotten ??= new FinalizationRegistry(releasePort);
  forgotten.register(owner, port, owner);
}

export function unwatchOwner(owner: object): void {
  forgotten?.unregister(owner);
}

export function addHandler(port: number, handler: Handler): void {
  ports.get(port)?.handlers.push(handler);
}

export function removeHandler(port: number, handler: Handler): void {
  const handlers = ports.get(port)?.handlers;
  const index = handlers?.indexOf(handler) ?? -1;
  if (index !== -1) handlers!.splice(index, 1);
}

/** The handler whose turn it is. */
export function handlerOf(port: number): Handler | undefined {
  const handlers = ports.get(port)?.handlers;
  const next = handlers?.shift();
  if (next !== undefined) handlers!.push(next);
  return next;
}
