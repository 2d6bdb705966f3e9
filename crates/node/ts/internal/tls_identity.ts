// Whether a certificate is one of a host (RFC 6125), and the names of protocols over TLS as they are sent.

import { Buffer } from 'node-internal:internal_buffer';
import { NodeError, coded } from 'node-internal:internal_errors';
import { isIP } from 'node-internal:net_address';

class IdentityError extends NodeError {
  reason: string;
  host: string;
  cert: unknown;

  constructor(reason: string, host: string, cert: unknown) {
    super('ERR_TLS_CERT_ALTNAME_INVALID', reason);
    this.reason = reason;
    this.host = host;
    this.cert = cert;
  }
}

function withoutDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host;
}

/** In small letters, but for those beyond ASCII. */
function labelsOf(host: string): string[] {
  const lower = withoutDot(host).replace(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 32));
  return lower.split('.');
}

function matches(host: string[], pattern: string): boolean {
  if (!pattern) return false;
  const labels = labelsOf(pattern);
  if (labels.length !== host.length) return false;
  // Names in Unicode have no known form here, and blanks and control characters are no part of a name.
  if (labels.some((label) => label === '' || /[^\u0021-\u007f]/u.test(label))) return false;
  if (labels.slice(1).some((label, i) => label !== host[i + 1])) return false;
  const [first] = labels as [string];
  const parts = first.split('*');
  // Coded names are not matched by their code.
  if (parts.length === 1 || first.includes('xn--')) return first === host[0];
  if (parts.length > 2 || labels.length < 3) return false;
  const [start, end] = parts as [string, string];
  const label = host[0]!;
  return label.length >= start.length + end.length && label.startsWith(start) && label.endsWith(end);
}

const JSON_STRING = /^"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/;

/** The names of a certificate's list, in which parts that need it are JSON strings. */
function namesOf(list: string): string[] {
  if (!list.includes('"')) return list.split(', ');
  const names: string[] = [];
  let name = '';
  let rest = list;
  while (rest !== '') {
    const special = rest.search(/[",]/);
    if (special === -1) {
      name += rest;
      break;
    }
    name += rest.slice(0, special);
    rest = rest.slice(special);
    if (rest[0] === ',') {
      names.push(name);
      name = '';
      rest = rest.slice(2);
      continue;
    }
    const text = JSON_STRING.exec(rest)?.[0];
    if (text === undefined) {
      throw coded(SyntaxError, 'ERR_TLS_CERT_ALTNAME_FORMAT', 'Invalid subject alternative name string');
    }
    name += JSON.parse(text);
    rest = rest.slice(text.length);
  }
  names.push(name);
  return names;
}

/** The shortest form of an address; empty for what is none. */
function canonicalAddress(address: string): string {
  switch (isIP(address)) {
    case 4:
      return address;
    case 6:
      return URL.parse(`http://[${address.replace(/%.*$/, '')}]`)?.hostname.slice(1, -1) ?? '';
    default:
      return '';
  }
}

function reasonAgainst(host: string, certificate: any): string | undefined {
  const { subject, subjectaltname } = certificate;
  const names = subjectaltname ? namesOf(subjectaltname) : [];
  const of = (prefix: string): string[] =>
    names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const dnsNames = of('DNS:');
  if (isIP(host)) {
    const addresses = of('IP Address:').map(canonicalAddress);
    if (addresses.includes(canonicalAddress(host))) return undefined;
    return `IP: ${host} is not in the cert's list: ${addresses.join(', ')}`;
  }
  const labels = labelsOf(host);
  if (dnsNames.length > 0) {
    if (dnsNames.some((pattern) => matches(labels, pattern))) return undefined;
    return `Host: ${host}. is not in the cert's altnames: ${subjectaltname}`;
  }
  // The common name counts only where there are no other names.
  const common = subject?.CN;
  if (!common) return 'Cert does not contain a DNS name';
  if ([common].flat().some((pattern) => matches(labels, pattern))) return undefined;
  return `Host: ${host}. is not cert's CN: ${common}`;
}

export function checkServerIdentity(hostname: any, cert: any): Error | undefined {
  const host = withoutDot(`${hostname}`);
  const reason = reasonAgainst(host, cert);
  return reason === undefined ? undefined : new IdentityError(reason, host, cert);
}

/** Each protocol after its length. */
function listed(protocols: string[]): Uint8Array {
  const parts = protocols.map((protocol, i) => {
    const bytes = Buffer.from(protocol);
    if (bytes.length > 255) {
      const name = `The byte length of the protocol at index ${i} exceeds the maximum length.`;
      throw coded(RangeError, 'ERR_OUT_OF_RANGE', `${name} It must be <= 255. Received ${bytes.length}`);
    }
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  });
  return Buffer.concat(parts);
}

export function convertALPNProtocols(protocols: any, out: any): void {
  if (Array.isArray(protocols)) {
    out.ALPNProtocols = listed(protocols);
  } else if (ArrayBuffer.isView(protocols)) {
    const { buffer, byteOffset, byteLength } = protocols;
    out.ALPNProtocols = Buffer.from(buffer.slice(byteOffset, byteOffset + byteLength));
  }
}
