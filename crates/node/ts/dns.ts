// node:dns

import * as constants from 'node-internal:dns_constants';
import * as lookups from 'node-internal:dns_lookup';
import * as promises from 'node-internal:dns_promises';
import * as dns from 'node-internal:dns_resolve';
import { callbackify } from 'node-internal:promisify';

export * from 'node-internal:dns_constants';
export { promises };

export const reverse = callbackify(dns.reverse.bind(dns));
export const resolveTxt = callbackify(dns.resolveTxt.bind(dns));
export const resolveCaa = callbackify(dns.resolveCaa.bind(dns));
export const resolveMx = callbackify(dns.resolveMx.bind(dns));
export const resolveCname = callbackify(dns.resolveCname.bind(dns));
export const resolveNs = callbackify(dns.resolveNs.bind(dns));
export const resolvePtr = callbackify(dns.resolvePtr.bind(dns));
export const resolveSrv = callbackify(dns.resolveSrv.bind(dns));
export const resolveSoa = callbackify(dns.resolveSoa.bind(dns));
export const resolveNaptr = callbackify(dns.resolveNaptr.bind(dns));
export const resolve4 = callbackify(dns.resolve4.bind(dns));
export const resolve6 = callbackify(dns.resolve6.bind(dns));
export const getServers = dns.getServers.bind(dns);
export const setServers = dns.setServers.bind(dns);
export const getDefaultResultOrder = dns.getDefaultResultOrder.bind(dns);
export const setDefaultResultOrder = dns.setDefaultResultOrder.bind(dns);
export const lookup = lookups.lookup.bind(lookups);
export const lookupService = callbackify(dns.lookupService.bind(dns));
export const resolve = callbackify(dns.resolve.bind(dns));
export const resolveAny = callbackify(dns.resolveAny.bind(dns));

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

  resolve(...args: unknown[]): void {
    resolve(...args);
  }

  resolve4(...args: unknown[]): void {
    resolve4(...args);
  }

  resolve6(...args: unknown[]): void {
    resolve6(...args);
  }

  resolveAny(...args: unknown[]): void {
    resolveAny(...args);
  }

  resolveCaa(...args: unknown[]): void {
    resolveCaa(...args);
  }

  resolveCname(...args: unknown[]): void {
    resolveCname(...args);
  }

  resolveMx(...args: unknown[]): void {
    resolveMx(...args);
  }

  resolveNaptr(...args: unknown[]): void {
    resolveNaptr(...args);
  }

  resolveNs(...args: unknown[]): void {
    resolveNs(...args);
  }

  resolvePtr(...args: unknown[]): void {
    resolvePtr(...args);
  }

  resolveSoa(...args: unknown[]): void {
    resolveSoa(...args);
  }

  resolveSrv(...args: unknown[]): void {
    resolveSrv(...args);
  }

  resolveTxt(...args: unknown[]): void {
    resolveTxt(...args);
  }

  reverse(...args: unknown[]): void {
    reverse(...args);
  }

  setServers(): void {
    setServers();
  }
}

export default {
  getServers,
  lookup,
  lookupService,
  resolve,
  resolve4,
  resolve6,
  resolveAny,
  resolveCname,
  resolveCaa,
  resolveMx,
  resolveNaptr,
  resolveNs,
  resolvePtr,
  resolveSoa,
  resolveSrv,
  resolveTxt,
  reverse,
  setDefaultResultOrder,
  getDefaultResultOrder,
  setServers,
  Resolver,
  promises,
  ...constants,
};
