// `lookup()` of node:dns: addresses of a name.

import { NOTFOUND } from 'node-internal:dns_constants';
import { type Answer, DnsError, madeUpAddress, query } from 'node-internal:dns_query';
import { ORDERS, getDefaultResultOrder } from 'node-internal:dns_resolve';
import { coded, invalidArgType } from 'node-internal:internal_errors';
import { isIP } from 'node-internal:net_address';
import { nextTick } from 'node-internal:process_common';
import { validateBoolean, validateFunction, validateNumber, validateOneOf, validateString } from 'node-internal:validators';

type Callback = (error: unknown, address?: unknown, family?: number) => void;

interface Wanted {
  family: 0 | 4 | 6;
  all: boolean;
  order: string;
}

interface Address {
  address: string;
  family: number;
}

const FAMILIES = [0, 4, 6];

function wantedOf(options: any): Wanted {
  const wanted: Wanted = { family: 0, all: false, order: getDefaultResultOrder() };
  if (options?.hints != null) {
    validateNumber(options.hints, 'options.hints');
    throw coded(Error, 'ERR_OPTION_NOT_IMPLEMENTED', 'The options.hints option is not implemented');
  }
  if (options?.family === 'IPv4') wanted.family = 4;
  else if (options?.family === 'IPv6') wanted.family = 6;
  else if (options?.family != null) {
    validateOneOf(options.family, 'options.family', FAMILIES);
    wanted.family = options.family;
  }
  if (options?.all != null) {
    validateBoolean(options.all, 'options.all');
    wanted.all = options.all;
  }
  if (options?.verbatim != null) {
    validateBoolean(options.verbatim, 'options.verbatim');
    wanted.order = options.verbatim ? 'verbatim' : 'ipv4first';
  }
  if (options?.order != null) {
    validateOneOf(options.order, 'options.order', ORDERS);
    wanted.order = options.order;
  }
  return wanted;
}

export function lookup(hostname: string, options: any, callback: any): void {
  if (hostname) validateString(hostname, 'hostname');
  let wanted: Wanted;
  if (typeof options === 'function') {
    callback = options;
    wanted = wantedOf(undefined);
  } else if (typeof options === 'number') {
    validateFunction(callback, 'callback');
    validateOneOf(options, 'family', FAMILIES);
    wanted = wantedOf({ family: options });
  } else if (options !== undefined && typeof options !== 'object') {
    validateFunction(arguments.length === 2 ? options : callback, 'callback');
    throw invalidArgType('options', ['integer', 'object'], options);
  } else {
    validateFunction(callback, 'callback');
    wanted = wantedOf(options);
  }
  const known = hostname && isIP(hostname);
  if (!hostname) {
    if (wanted.all) nextTick(callback, null, []);
    else nextTick(callback, null, null, wanted.family === 6 ? 6 : 4);
  } else if (known) {
    if (wanted.all) nextTick(callback, null, [{ address: hostname, family: known }]);
    else nextTick(callback, null, hostname, known);
  } else {
    find(hostname, wanted).then(
      (found) => deliver(found, wanted.all, callback),
      (error: unknown) => nextTick(callback, error)
    );
  }
}

/** What the callback throws is an error of the Worker, as it would be in any other task. */
function deliver(found: Address[], all: boolean, callback: Callback): void {
  try {
    if (all) callback(null, found);
    else callback(null, found[0]?.address, found[0]?.family);
  } catch (error) {
    nextTick(callback, error);
  }
}

async function find(name: string, { family, order }: Wanted): Promise<Address[]> {
  if (family !== 0) {
    const type = family === 4 ? 'A' : 'AAAA';
    const found = await query(name, type);
    if (found === undefined) throw new DnsError(name, NOTFOUND, `query${type}`);
    return found.map(({ data }) => ({ address: data, family }));
  }
  const madeUp = madeUpAddress(name);
  if (madeUp !== undefined) return [{ address: madeUp, family: 4 }];
  // One of the families is enough.
  const none = (): Answer[] => [];
  const [four, six] = await Promise.all([query(name, 'A').catch(none), query(name, 'AAAA').catch(none)]);
  const fours = (four ?? []).map(({ data }) => ({ address: data, family: 4 }));
  const sixes = (six ?? []).map(({ data }) => ({ address: data, family: 6 }));
  if (fours.length + sixes.length === 0) throw new DnsError(name, NOTFOUND, 'queryA');
  return order === 'ipv6first' ? [...sixes, ...fours] : [...fours, ...sixes];
}
