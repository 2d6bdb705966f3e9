// `BoundSocket` of node:net: a port that is held before it is known what for.

import { coded, invalidArgValue } from 'node-internal:internal_errors';
import { isIP } from 'node-internal:net_address';
import { ANY_IPV4, ANY_IPV6, type Endpoint, bindPort } from 'node-internal:net_state';
import { releasePort, unwatchOwner, watchOwner } from 'node-internal:port_table';
import { validateBoolean, validateObject, validatePort, validateString } from 'node-internal:validators';

/** Gives the port to the caller; under this name in every version of the class. */
export const kConsume = Symbol('kBoundSocketConsume');

export class BoundSocket {
  #address: Endpoint | null;
  #ephemeral: boolean;

  static isBoundSocket(value: unknown): value is BoundSocket {
    return typeof value === 'object' && value !== null && #address in value;
  }

  constructor(options: any = {}) {
    validateObject(options, 'options');
    const { path, ipv6Only = false, reusePort = false } = options as any;
    if (path !== undefined) throw invalidArgValue('options.path', path, 'is not supported');
    const port = validatePort((options as any).port ?? 0, 'options.port');
    validateBoolean(ipv6Only ?? false, 'options.ipv6Only');
    validateBoolean(reusePort ?? false, 'options.reusePort');
    const address = (options as any).host ?? (ipv6Only ? ANY_IPV6 : ANY_IPV4);
    validateString(address, 'options.host');
    const family = isIP(address);
    if (family === 0) {
      const reason = 'must be a numeric IP address; net.BoundSocket does not perform DNS resolution';
      throw invalidArgValue('options.host', address, reason);
    }
    this.#ephemeral = port === 0;
    this.#address = { address, family: `IPv${family}`, port: bindPort(address, port, reusePort ?? false) };
    watchOwner(this, this.#address.port);
  }

  #held(): Endpoint {
    if (this.#address !== null) return this.#address;
    const text = 'The bound socket has already been adopted by a server or socket';
    throw coded(Error, 'ERR_SOCKET_HANDLE_ADOPTED', text);
  }

  #letGo(): Endpoint {
    const held = this.#held();
    unwatchOwner(this);
    this.#address = null;
    return held;
  }

  address(): Endpoint {
    return this.#held();
  }

  /** There are no descriptors. */
  fd(): number {
    this.#held();
    return -1;
  }

  close(): void {
    releasePort(this.#letGo().port);
  }

  [Symbol.dispose](): void {
    if (this.#address !== null) this.close();
  }

  [kConsume](): { address: Endpoint; ephemeral: boolean } {
    return { address: this.#letGo(), ephemeral: this.#ephemeral };
  }
}
