// Textual IP addresses: what they are, and their bytes.

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`);
const GROUP = /^[0-9a-fA-F]{1,4}$/;
const ZONE = /%[0-9a-zA-Z\-.:]+$/;

export function isIPv4(input: unknown): boolean {
  return IPV4.test(`${input}`);
}

export function isIPv6(input: unknown): boolean {
  return groupsOf(`${input}`) !== undefined;
}

export function isIP(input: unknown): 0 | 4 | 6 {
  if (isIPv4(input)) return 4;
  return isIPv6(input) ? 6 : 0;
}

/** The eight groups of an IPv6 address (RFC 4291 §2.2), which may have a zone. */
function groupsOf(input: string): number[] | undefined {
  const halves = input.replace(ZONE, '').split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, i) => groupsOfHalf(half, i === halves.length - 1));
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  return [...head, ...new Array(8 - head.length - tail.length).fill(0), ...tail];
}

/** `undefined` if a part is no group; the last part of an address may be one of IPv4. */
function groupsOfHalf(half: string, last: boolean): number[] | undefined {
  if (half === '') return [];
  const groups: number[] = [];
  const parts = half.split(':');
  for (const [i, part] of parts.entries()) {
    if (GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else if (last && i === parts.length - 1 && isIPv4(part)) {
      const [a, b, c, d] = part.split('.').map(Number) as [number, number, number, number];
      groups.push(a * 256 + b, c * 256 + d);
    } else {
      return undefined;
    }
  }
  return groups;
}

/** An address as a number of 32 or 128 bits. */
export function addressBits(address: string, family: 4 | 6): bigint {
  const parts = family === 4 ? address.split('.').map(Number) : groupsOf(address)!;
  const width = family === 4 ? 8n : 16n;
  let bits = 0n;
  for (const part of parts) bits = (bits << width) | BigInt(part);
  return bits;
}
