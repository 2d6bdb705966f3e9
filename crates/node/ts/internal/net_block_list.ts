// `BlockList` of node:net: rules that say which addresses are blocked.

import { coded, invalidArgValue, outOfRange } from 'node-internal:internal_errors';
import { inspect } from 'node-internal:internal_inspect';
import { addressBits, isIPv4, isIPv6 } from 'node-internal:net_address';
import { FAMILIES, type Family, SocketAddress } from 'node-internal:net_socket_address';
import { validateArray, validateInt32, validateOneOf, validateString } from 'node-internal:validators';

interface Rule {
  family: Family;
  text: string;
  /** Of an address of the rule's family. */
  blocks: (address: string) => boolean;
}

interface Given {
  address: string;
  family: Family;
}

const MAPPED = '::ffff:';

/** Rules as texts name the families otherwise than arguments do. */
function title(family: Family): string {
  return family === 'ipv4' ? 'IPv4' : 'IPv6';
}

function bits(address: string, family: Family): bigint {
  return addressBits(address, family === 'ipv4' ? 4 : 6);
}

function isValid({ address, family }: Given): boolean {
  return family === 'ipv4' ? isIPv4(address) : isIPv6(address);
}

function validateAddress(given: Given): void {
  if (!isValid(given)) {
    throw coded(TypeError, 'ERR_INVALID_IP_ADDRESS', `Invalid IP address: Invalid ${title(given.family)} address`);
  }
}

function read(address: unknown, family: unknown, name: string): Given {
  if (SocketAddress.isSocketAddress(address)) return { address: address.address, family: address.family };
  validateString(address, name);
  validateOneOf(family, 'family', FAMILIES);
  return { address, family: family as Family };
}

const FORMS = [
  /Subnet: (IPv4) (\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})/,
  /Address: (IPv4) (\d{1,3}(?:\.\d{1,3}){3})/,
  /Range: (IPv4) (\d{1,3}(?:\.\d{1,3}){3})-(\d{1,3}(?:\.\d{1,3}){3})/,
  /Subnet: (IPv6) ([\da-f:]{1,39})\/(\d{1,3})/i,
  /Address: (IPv6) ([\da-f:]{1,39})/i,
  /Range: (IPv6) ([\da-f:]{1,39})-([\da-f:]{1,39})/i,
];

export class BlockList {
  #rules: Rule[] = [];

  static isBlockList(value: unknown): value is BlockList {
    return value instanceof BlockList;
  }

  addAddress(address: unknown, family: unknown = 'ipv4'): void {
    const given = read(address, family, 'address');
    validateAddress(given);
    this.#rules.push({
      family: given.family,
      text: `Address: ${title(given.family)} ${given.address}`,
      blocks: (other) => other === given.address,
    });
  }

  addRange(start: unknown, end: unknown, family: unknown = 'ipv4'): void {
    const first = read(start, family, 'start');
    let last: string;
    if (SocketAddress.isSocketAddress(end)) {
      last = end.address;
      if (SocketAddress.isSocketAddress(start) && end.family !== first.family) {
        throw invalidArgValue('end', end, 'must be same family as start');
      }
    } else {
      validateString(end, 'end');
      last = end;
    }
    validateAddress(first);
    validateAddress({ address: last, family: first.family });
    const from = bits(first.address, first.family);
    const to = bits(last, first.family);
    if (from > to) throw invalidArgValue('start', first.address, 'must come before end');
    this.#rules.push({
      family: first.family,
      text: `Range: ${title(first.family)} ${first.address}-${last}`,
      blocks: (other) => {
        const value = bits(other, first.family);
        return from <= value && value <= to;
      },
    });
  }

  addSubnet(network: unknown, prefix: number, family: unknown = 'ipv4'): void {
    const given = read(network, family, 'network');
    validateInt32(prefix, 'prefix');
    const width = given.family === 'ipv4' ? 32 : 128;
    if (prefix < 0 || prefix > width) throw outOfRange('prefix', `between 0 and ${width}`, prefix);
    validateAddress(given);
    const rest = BigInt(width - prefix);
    const prefixBits = bits(given.address, given.family) >> rest;
    this.#rules.push({
      family: given.family,
      text: `Subnet: ${title(given.family)} ${given.address}/${prefix}`,
      blocks: (other) => bits(other, given.family) >> rest === prefixBits,
    });
  }

  check(address: unknown, family: unknown = 'ipv4'): boolean {
    const given = read(address, family, 'address');
    if (!isValid(given)) return false;
    const mapped = given.family === 'ipv6' && given.address.startsWith(MAPPED) ? given.address.slice(MAPPED.length) : '';
    return this.#rules.some((rule) => {
      if (rule.family === given.family) return rule.blocks(given.address);
      return rule.family === 'ipv4' && isIPv4(mapped) && rule.blocks(mapped);
    });
  }

  get rules(): string[] {
    return this.#rules.map(({ text }) => text);
  }

  [inspect.custom](depth: number, options: any): string {
    if (depth < 0) return '[BlockList]';
    const inner = { ...options, depth: options.depth == null ? null : options.depth - 1 };
    return `BlockList {\n  rules: ${inspect(this.rules, inner)}\n}`;
  }

  toJSON(): string[] {
    return this.rules;
  }

  fromJSON(data: unknown): void {
    let rules: unknown = data;
    if (typeof data === 'string') {
      try {
        rules = JSON.parse(data);
      } catch {
        throw invalidArgValue('data', data, 'must be valid JSON');
      }
    }
    validateArray(rules, 'data');
    for (const rule of rules as string[]) this.#addText(rule);
  }

  /** What is no rule is passed over. */
  #addText(text: string): void {
    for (const form of FORMS) {
      const found = form.exec(text);
      if (found === null) continue;
      const [kind, title, first, second] = found as unknown as [string, string, string, string];
      const family = title.toLowerCase();
      if (kind.startsWith('Subnet')) this.addSubnet(first, Number(second), family);
      else if (kind.startsWith('Address')) this.addAddress(first, family);
      else this.addRange(first, second, family);
      return;
    }
  }
}
