// Errors of node:net. Those that say what the system said are plain errors, as in Node.js.

import { NodeError } from 'node-internal:internal_errors';

/** As the system numbers them on Linux. */
const NUMBERS: Record<string, number> = {
  __proto__: null as never,
  ECONNREFUSED: -111,
  ECONNRESET: -104,
  EPIPE: -32,
  ETIMEDOUT: -110,
  EHOSTUNREACH: -113,
  ENETUNREACH: -101,
  ENOTFOUND: -3008,
  EAI_AGAIN: -3001,
};

/** A call on a connection that failed. */
export function callError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, errno: NUMBERS[code], syscall });
}

/** A connection that there is none of. */
export function connectError(code: string, address: string, port: number): Error {
  return Object.assign(new Error(`connect ${code} ${address}:${port}`), {
    code,
    errno: NUMBERS[code],
    syscall: 'connect',
    address,
    port,
  });
}

export class LookupError extends Error {
  code: string;
  errno: number | undefined;
  syscall = 'getaddrinfo';
  hostname: string;

  constructor(code: string, hostname: string) {
    super(`getaddrinfo ${code} ${hostname}`);
    this.code = code;
    this.errno = NUMBERS[code];
    this.hostname = hostname;
  }
}

/** A port that cannot be listened on: EADDRINUSE or EADDRNOTAVAIL. */
export class BindError extends NodeError {
  syscall = 'bind';
  address: string;
  port: number;

  constructor(code: string, address: string, port: number) {
    super(code, `bind ${code} ${address}:${port}`);
    this.address = address;
    this.port = port;
  }
}

export class NoBufferError extends NodeError {
  syscall = 'read';

  constructor() {
    super('ENOBUFS', 'read ENOBUFS');
  }
}
