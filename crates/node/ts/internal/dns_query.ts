// Questions to the resolver, which is asked over HTTPS in its JSON form. Made-up names, such as that of a Hyperdrive
// binding, are known without it.

import natives from 'cloudflare-internal:sockets';
import { BADQUERY, BADRESP, NOTFOUND } from 'node-internal:dns_constants';
import { NodeError } from 'node-internal:internal_errors';

const RESOLVER = 'https://cloudflare-dns.com/dns-query';

export class DnsError extends NodeError {
  errno = undefined;
  hostname: string;
  syscall: string;

  constructor(hostname: string, code: string, syscall: string) {
    super(code, `${syscall} ${code} ${hostname}`);
    this.hostname = hostname;
    this.syscall = syscall;
  }
}

export interface Answer {
  name: string;
  TTL: number;
  data: string;
}

function syscallOf(type: string): string {
  return `query${type}`;
}

/** Node.js writes the types in the names of its calls with small letters. */
export function callName(type: string): string {
  return `query${type[0]}${type.slice(1).toLowerCase()}`;
}

async function ask(name: string, type: string): Promise<any> {
  const url = new URL(RESOLVER);
  url.searchParams.set('name', name);
  url.searchParams.set('type', type);
  try {
    const response = await fetch(url, { headers: { Accept: 'application/dns-json' } });
    if (response.ok) return await response.json();
  } catch {
    throw new DnsError(name, BADQUERY, syscallOf(type));
  }
  throw new DnsError(name, BADRESP, syscallOf(type));
}

/** The address of a made-up name, which is one of IPv4. Other names do not leave JavaScript for it. */
export function madeUpAddress(name: string): string | undefined {
  if (!name.endsWith('.hyperdrive.local') && !name.endsWith('.workers.alt')) return undefined;
  return natives.sockets.getDnsOverride(name) ?? undefined;
}

/** The records of a type; undefined if the answer has none. */
export async function query(name: string, type: string): Promise<Answer[] | undefined> {
  const madeUp = type === 'A' || type === 'AAAA' ? madeUpAddress(name) : undefined;
  if (madeUp !== undefined) return [{ name, TTL: 0, data: type === 'A' ? madeUp : `::ffff:${madeUp}` }];
  const answer = await ask(name, type);
  if ('error' in answer || !answer.Question[0]) throw new DnsError(name, BADRESP, syscallOf(type));
  if (answer.Answer?.[0]?.name === '') throw new DnsError(name, NOTFOUND, syscallOf(type));
  return answer.Answer ?? undefined;
}

/** As `query`, where none is a failure. */
export async function records(name: string, type: string, syscall = callName(type)): Promise<Answer[]> {
  const found = await query(name, type);
  if (found === undefined) throw new DnsError(name, NOTFOUND, syscall);
  return found;
}
