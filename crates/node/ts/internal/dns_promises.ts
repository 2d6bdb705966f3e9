// What node:dns/promises exports; `promises` of node:dns is this module itself.

import * as constants from 'node-internal:dns_constants';
import { lookup as lookupWithCallback } from 'node-internal:dns_lookup';
import * as resolution from 'node-internal:dns_resolve';

export * from 'node-internal:dns_constants';
export const {
  getDefaultResultOrder,
  getServers,
  lookupService,
  resolve,
  resolve4,
  resolve6,
  resolveAny,
  resolveCaa,
  resolveCname,
  resolveMx,
  resolveNaptr,
  resolveNs,
  resolvePtr,
  resolveSoa,
  resolveSrv,
  resolveTxt,
  reverse,
  setDefaultResultOrder,
  setServers,
} = resolution;

export function lookup(hostname: string, options: any): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  // Wrong arguments are thrown.
  lookupWithCallback(hostname, options, (error: unknown, address: unknown, family: number) => {
    if (error) reject(error);
    else resolve(Array.isArray(address) ? address : { address, family });
  });
  return promise;
}

export class Resolver {
  cancel(): void {
    throw new Error('Not implemented');
  }

  setLocalAddress(): void {
    throw new Error('Not implemented');
  }

  getServers(): string[] {
    return getServers();
  }

  resolve(name: string, rrtype: string): Promise<unknown> {
    return resolve(name, rrtype);
  }

  resolve4(name: string, options: unknown): Promise<unknown> {
    return resolve4(name, options);
  }

  resolve6(name: string, options: unknown): Promise<unknown> {
    return resolve6(name, options);
  }

  resolveAny(): Promise<unknown> {
    return resolveAny();
  }

  resolveCaa(name: string): Promise<unknown> {
    return resolveCaa(name);
  }

  resolveCname(name: string): Promise<unknown> {
    return resolveCname(name);
  }

  resolveMx(name: string): Promise<unknown> {
    return resolveMx(name);
  }

  resolveNaptr(name: string): Promise<unknown> {
    return resolveNaptr(name);
  }

  resolveNs(name: string): Promise<unknown> {
    return resolveNs(name);
  }

  resolvePtr(name: string): Promise<unknown> {
    return resolvePtr(name);
  }

  resolveSoa(name: string): Promise<unknown> {
    return resolveSoa(name);
  }

  resolveSrv(name: string): Promise<unknown> {
    return resolveSrv(name);
  }

  resolveTxt(name: string): Promise<unknown> {
    return resolveTxt(name);
  }

  reverse(name: string): Promise<unknown> {
    return reverse(name);
  }

  setServers(): void {
    setServers();
  }
}

export default {
  reverse,
  resolveTxt,
  resolveCaa,
  resolveMx,
  resolveCname,
  resolveNs,
  resolvePtr,
  resolveSrv,
  resolveSoa,
  resolveNaptr,
  resolve4,
  resolve6,
  getServers,
  setServers,
  getDefaultResultOrder,
  setDefaultResultOrder,
  lookup,
  lookupService,
  resolve,
  resolveAny,
  Resolver,
  ...constants,
};
