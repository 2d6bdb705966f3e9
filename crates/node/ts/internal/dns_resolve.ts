// Resolution of names by the type of record, with promises. Arguments are checked before there is a promise.

import { BADRESP, NOTFOUND } from 'node-internal:dns_constants';
import { DnsError, records } from 'node-internal:dns_query';
import * as format from 'node-internal:dns_records';
import { invalidArgValue } from 'node-internal:internal_errors';
import { validateOneOf, validateString } from 'node-internal:validators';

type Order = 'verbatim' | 'ipv4first' | 'ipv6first';

export const ORDERS: Order[] = ['verbatim', 'ipv4first', 'ipv6first'];

let defaultOrder: Order = 'verbatim';

export function getDefaultResultOrder(): Order {
  return defaultOrder;
}

export function setDefaultResultOrder(value: unknown): void {
  validateOneOf(value, 'dnsOrder', ORDERS);
  defaultOrder = value as Order;
}

export function getServers(): string[] {
  return ['1.1.1.1', '2606:4700:4700::1111', '1.0.0.1', '2606:4700:4700::1001'];
}

/** There is but one resolver. */
export function setServers(): void {
  throw new Error('Not implemented');
}

export async function lookupService(): Promise<void> {
  throw new Error('Not implemented');
}

export async function resolveAny(): Promise<void> {
  throw new Error('Not implemented');
}

async function formatted<T>(name: string, type: string, one: (data: string) => T): Promise<T[]> {
  return (await records(name, type)).map(({ data }) => one(data));
}

async function addresses(name: string, type: string, ttl: boolean): Promise<unknown[]> {
  return (await records(name, type)).map(({ TTL, data }) => (ttl ? { ttl: TTL, address: data } : data));
}

export function resolve4(name: string, options: any): Promise<unknown[]> {
  validateString(name, 'name');
  return addresses(name, 'A', !!options?.ttl);
}

export function resolve6(name: string, options: any): Promise<unknown[]> {
  validateString(name, 'name');
  return addresses(name, 'AAAA', !!options?.ttl);
}

export function resolveCname(name: string): Promise<string[]> {
  validateString(name, 'name');
  return formatted(name, 'CNAME', format.name);
}

export function resolveCaa(name: string): Promise<object[]> {
  validateString(name, 'name');
  return formatted(name, 'CAA', format.caa);
}

export function resolveMx(name: string): Promise<object[]> {
  validateString(name, 'name');
  return formatted(name, 'MX', (data) => {
    const record = format.mx(data);
    if (record === undefined) throw new DnsError(name, BADRESP, 'queryMx');
    return record;
  });
}

export function resolveNaptr(name: string): Promise<object[]> {
  validateString(name, 'name');
  return formatted(name, 'NAPTR', format.naptr);
}

export function resolveNs(name: string): Promise<string[]> {
  validateString(name, 'name');
  return formatted(name, 'NS', format.name);
}

export function resolvePtr(name: string): Promise<string[]> {
  validateString(name, 'name');
  return formatted(name, 'PTR', format.name);
}

export function resolveSoa(name: string): Promise<object> {
  validateString(name, 'name');
  return records(name, 'SOA').then(([first]) => {
    if (!first) throw new DnsError(name, NOTFOUND, 'querySoa');
    return format.soa(first.data);
  });
}

export function resolveSrv(name: string): Promise<object[]> {
  validateString(name, 'name');
  return formatted(name, 'SRV', format.srv);
}

export function resolveTxt(name: string): Promise<string[][]> {
  validateString(name, 'name');
  return formatted(name, 'TXT', format.txt);
}

export function reverse(name: string): Promise<string[]> {
  validateString(name, 'name');
  return formatted(name, 'PTR', format.name);
}

const BY_TYPE: Record<string, (name: string, options?: unknown) => Promise<unknown>> = {
  __proto__: null as never,
  A: resolve4,
  AAAA: resolve6,
  ANY: resolveAny,
  CAA: resolveCaa,
  CNAME: resolveCname,
  MX: resolveMx,
  NAPTR: resolveNaptr,
  NS: resolveNs,
  PTR: resolvePtr,
  SOA: resolveSoa,
  SRV: resolveSrv,
  TXT: resolveTxt,
};

export function resolve(name: string, rrtype: string): Promise<unknown> {
  validateString(name, 'name');
  const typed = typeof rrtype === 'string' ? BY_TYPE[rrtype] : undefined;
  if (typed === undefined) throw invalidArgValue('rrtype', rrtype);
  return typed(name);
}
