// Certificates of `node:crypto`.

import { Buffer } from 'node-internal:internal_buffer';
import { pairedKey, PrivateKeyObject, PublicKeyObject, stateOf } from 'node-internal:crypto_keys';
import * as natives from 'node-internal:crypto_natives';
import { invalidArgType, invalidArgValue } from 'node-internal:internal_errors';
import { validateBoolean, validateObject, validateString } from 'node-internal:validators';

const VIEWS = ['string', 'Buffer', 'TypedArray', 'DataView'];
const SWITCHES = ['multiLabelWildcards', 'partialWildcards', 'singleLabelSubdomains', 'wildcards'];

/** By the name in OpenSSL: bits of the order, and the name of NIST. */
const CURVES: Record<string, [number, string]> = {
  secp224r1: [224, 'P-224'],
  prime256v1: [256, 'P-256'],
  secp384r1: [384, 'P-384'],
  secp521r1: [521, 'P-521'],
};

/** What a host's name may be compared with. */
function rulesOf(options: any): [wildcards: boolean, subject: boolean | undefined] {
  if (options == null) return [true, undefined];
  validateObject(options, 'options');
  for (const name of SWITCHES) {
    if ((options as any)[name] !== undefined) validateBoolean((options as any)[name], `options.${name}`);
  }
  const { wildcards = true, subject = 'default' } = options as any;
  validateString(subject, 'options.subject');
  if (!['default', 'always', 'never'].includes(subject)) throw new Error('Invalid subject option');
  return [wildcards, subject === 'default' ? undefined : subject === 'always'];
}

function asBuffer(bytes: Uint8Array): any {
  return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}

/** Values by their names; those of one name as a list. */
function attributesOf(parts: string[]): Record<string, string | string[]> {
  const found = new Map<string, string[]>();
  for (let i = 0; i < parts.length; i += 2) {
    const values = found.get(parts[i]!) ?? [];
    found.set(parts[i]!, [...values, parts[i + 1]!]);
  }
  return Object.fromEntries(Array.from(found, ([name, values]) => [name, values.length === 1 ? values[0]! : values]));
}

/** Places by what can be learnt there, from a text of one a line; a place may be written as JSON. */
function placesOf(text: string): Record<string, string[]> {
  const places: Record<string, string[]> = {};
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon === -1) continue;
    const place = line.slice(colon + 1);
    (places[line.slice(0, colon)] ??= []).push(place.startsWith('"') ? JSON.parse(place) : place);
  }
  return places;
}

/** What the old form tells of the key. */
function keyParts(handle: natives.KeyHandle | undefined): Record<string, unknown> {
  const kind = handle?.kind();
  if (kind === 'rsa') {
    const { n, e } = natives.jwkOf(handle!) as any;
    const exponent = Buffer.from(e, 'base64url').toString('hex');
    return {
      modulus: Buffer.from(n, 'base64url').toString('hex').toUpperCase(),
      bits: natives.detailsOf(handle!).modulusLength,
      exponent: `0x${exponent.replace(/^0+/, '')}`,
      pubkey: asBuffer(natives.exportKey(handle!, 'spki', 'der')),
    };
  }
  if (kind !== 'ec') return {};
  const asn1Curve = natives.detailsOf(handle!).namedCurve as string;
  const [bits, nistCurve] = CURVES[asn1Curve]!;
  // The point is the end of the key.
  const pubkey = asBuffer(natives.exportKey(handle!, 'spki', 'der')).subarray(-(2 * Math.ceil(bits / 8) + 1));
  return { bits, pubkey, asn1Curve, nistCurve };
}

export class X509Certificate {
  #handle: natives.CertificateHandle;
  #texts: Record<string, string | undefined> | undefined;
  #publicKey: unknown;
  #raw: any;
  #keyUsage: string[] | undefined;
  #legacy: unknown;

  constructor(buffer: any) {
    if (typeof buffer === 'string') buffer = Buffer.from(buffer);
    if (!ArrayBuffer.isView(buffer)) throw invalidArgType('buffer', VIEWS, buffer);
    const bytes = new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength);
    const handle = natives.readCertificate(bytes);
    if (handle === undefined) throw invalidArgValue('buffer', buffer, 'is not a valid certificate');
    this.#handle = handle;
  }

  #text(name: string): string | undefined {
    this.#texts ??= this.#handle.texts();
    return this.#texts[name];
  }

  get subject(): string | undefined {
    return this.#text('subject');
  }

  get subjectAltName(): string | undefined {
    return this.#text('subjectAltName');
  }

  get issuer(): string | undefined {
    return this.#text('issuer');
  }

  get issuerCertificate(): undefined {
    return undefined;
  }

  get infoAccess(): string | undefined {
    return this.#text('infoAccess');
  }

  get validFrom(): string | undefined {
    return this.#text('validFrom');
  }

  get validTo(): string | undefined {
    return this.#text('validTo');
  }

  get fingerprint(): string | undefined {
    return this.#text('fingerprint');
  }

  get fingerprint256(): string | undefined {
    return this.#text('fingerprint256');
  }

  get fingerprint512(): string | undefined {
    return this.#text('fingerprint512');
  }

  get keyUsage(): string[] | undefined {
    this.#keyUsage ??= this.#handle.keyUsage();
    return this.#keyUsage;
  }

  get serialNumber(): string | undefined {
    return this.#text('serialNumber');
  }

  get raw(): any {
    this.#raw ??= asBuffer(this.#handle.raw());
    return this.#raw;
  }

  get publicKey(): any {
    if (this.#publicKey === undefined) {
      const handle = this.#handle.publicKey();
      this.#publicKey = handle && pairedKey(handle);
    }
    return this.#publicKey;
  }

  toString(): any {
    return this.#text('pem');
  }

  toJSON(): any {
    return this.toString();
  }

  get ca(): boolean {
    return this.#handle.isAuthority();
  }

  checkHost(name: any, options: any): string | undefined {
    validateString(name, 'name');
    return this.#handle.checkHost(name, ...rulesOf(options)) ?? undefined;
  }

  checkEmail(email: any, options: any): string | undefined {
    validateString(email, 'email');
    return this.#handle.checkEmail(email, ...rulesOf(options)) ? email : undefined;
  }

  checkIP(ip: any, options: any): string | undefined {
    validateString(ip, 'ip');
    rulesOf(options);
    return this.#handle.checkIp(ip) ? ip : undefined;
  }

  checkIssued(otherCert: any): boolean {
    if (!(otherCert instanceof X509Certificate)) throw invalidArgType('otherCert', 'X509Certificate', otherCert);
    return this.#handle.isIssuedBy(otherCert.#handle);
  }

  checkPrivateKey(pkey: any): boolean {
    if (!(pkey instanceof PrivateKeyObject)) throw invalidArgType('pkey', 'KeyObject', pkey);
    return this.#handle.isOf(stateOf(pkey)!.handle!);
  }

  verify(pkey: any): boolean {
    if (!(pkey instanceof PublicKeyObject)) throw invalidArgType('pkey', 'KeyObject', pkey);
    return this.#handle.isSignedBy(stateOf(pkey)!.handle!);
  }

  toLegacyObject(): any {
    this.#legacy ??= this.#describe();
    return this.#legacy;
  }

  #describe(): Record<string, unknown> {
    const { modulus, bits, exponent, pubkey, asn1Curve, nistCurve } = keyParts(this.#handle.publicKey());
    return {
      subject: attributesOf(this.#handle.attributes(true)),
      subjectAltName: this.subjectAltName ?? '',
      infoAccess: placesOf(this.infoAccess ?? ''),
      issuer: attributesOf(this.#handle.attributes(false)),
      ca: this.ca,
      modulus,
      bits,
      exponent,
      pubkey,
      asn1Curve,
      nistCurve,
      valid_from: this.validFrom,
      valid_to: this.validTo,
      fingerprint: this.fingerprint,
      fingerprint256: this.fingerprint256,
      fingerprint512: this.fingerprint512,
      serialNumber: this.serialNumber,
      ext_key_usage: this.keyUsage,
      raw: this.raw,
    };
  }
}
