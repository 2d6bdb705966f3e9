// `SocketAddress` of node:net: an IP address and a port.

import { coded } from 'node-internal:internal_errors';
import { inspect } from 'node-internal:internal_inspect';
import { isIPv4, isIPv6 } from 'node-internal:net_address';
import { validateObject, validateOneOf, validatePort, validateString, validateUint32 } from 'node-internal:validators';

export type Family = 'ipv4' | 'ipv6';
export const FAMILIES: Family[] = ['ipv4', 'ipv6'];

export class SocketAddress {
  #address: string;
  #port: number;
  #family: Family;
  #flowlabel: number;

  static isSocketAddress(value: unknown): value is SocketAddress {
    return value instanceof SocketAddress;
  }

  constructor(options: any = {}) {
    validateObject(options, 'options');
    let family = (options as any).family || 'ipv4';
    if (typeof family.toLowerCase === 'function') family = family.toLowerCase();
    validateOneOf(family, 'options.family', FAMILIES);
    this.#family = family as Family;
    const four = family === 'ipv4';
    const { address = four ? '127.0.0.1' : '::', port = 0, flowlabel = 0 } = options as any;
    validateString(address, 'options.address');
    this.#port = validatePort(port, 'options.port');
    validateUint32(flowlabel, 'options.flowlabel');
    this.#flowlabel = flowlabel;
    if (!(four ? isIPv4(address) : isIPv6(address))) {
      throw coded(TypeError, 'ERR_INVALID_ADDRESS', 'Invalid socket address');
    }
    this.#address = address;
  }

  get address(): string {
    return this.#address;
  }

  get port(): number {
    return this.#port;
  }

  get family(): Family {
    return this.#family;
  }

  get flowlabel(): number {
    return this.#flowlabel;
  }

  [inspect.custom](depth: number, options: any): unknown {
    if (depth < 0) return this;
    const inner = { ...options, depth: options.depth == null ? null : options.depth - 1 };
    return `SocketAddress ${inspect(this.toJSON(), inner)}`;
  }

  toJSON(): object {
    return { address: this.address, port: this.port, family: this.family, flowlabel: this.flowlabel };
  }

  static parse(input: string): SocketAddress | undefined {
    validateString(input, 'input');
    const parsed = URL.parse(`http://${input}`);
    if (parsed === null) return undefined;
    const inBrackets = /^\[(.*)\]$/.exec(parsed.hostname);
    const port = Number(parsed.port);
    try {
      if (inBrackets) return new SocketAddress({ address: inBrackets[1], port, family: 'ipv6' });
      return new SocketAddress({ address: parsed.hostname, port });
    } catch {
      // A host that is a name.
      return undefined;
    }
  }
}
