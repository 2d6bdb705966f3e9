// What `node:crypto` has in Rust, as the internal module `node-internal:crypto_natives`.

export interface HashHandle {
  update(data: Uint8Array): void;
  digest(): Uint8Array;
  copy(): HashHandle;
}

/** Undefined if there is no such function. */
export function openHash(name: string): HashHandle | undefined;
export function openHmac(name: string, key: Uint8Array): HashHandle | undefined;
/** Zero if there is no such function. */
export function digestSize(name: string): number;
/** Undefined if that is too long. */
export function hkdf(name: string, length: number, key: Uint8Array, salt: Uint8Array, info: Uint8Array): Uint8Array | undefined;
export function pbkdf2(name: string, length: number, iterations: number, password: Uint8Array, salt: Uint8Array): Uint8Array;
/** The same on another thread. */
export function pbkdf2Later(
  name: string,
  length: number,
  iterations: number,
  password: Uint8Array,
  salt: Uint8Array
): Promise<Uint8Array>;
/** `cost`: N, r, p and the memory that may be used. */
export function scrypt(length: number, password: Uint8Array, salt: Uint8Array, ...cost: number[]): Uint8Array;
/** The same on another thread. */
export function scryptLater(length: number, password: Uint8Array, salt: Uint8Array, ...cost: number[]): Promise<Uint8Array>;

export interface CipherHandle {
  update(data: ArrayBuffer | ArrayBufferView): Uint8Array;
  finish(): Uint8Array;
  setAAD(data: ArrayBuffer | ArrayBufferView, textLength?: number): void;
  setAutoPadding(pad: boolean): void;
  setAuthTag(tag: ArrayBuffer | ArrayBufferView): void;
  getAuthTag(): Uint8Array;
}

export function openCipher(
  encrypts: boolean,
  name: string,
  key: Uint8Array,
  nonce: Uint8Array,
  tagLength: number | undefined
): CipherHandle;

type Search = [bits: number, safe: boolean, add?: Uint8Array, rem?: Uint8Array];

export function randomPrime(...search: Search): Uint8Array;
/** The same on another thread. */
export function randomPrimeLater(...search: Search): Promise<Uint8Array>;
export function isPrime(candidate: Uint8Array, checks: number): boolean;
/** The same on another thread. */
export function isPrimeLater(candidate: Uint8Array, checks: number): Promise<boolean>;

export interface KeyHandle {
  /** What Node calls its type. */
  kind(): string;
  isPrivate(): boolean;
  signHash(name: string, hash: Uint8Array, padding?: number, salt?: number): Uint8Array;
  verifyHash(name: string, hash: Uint8Array, signature: Uint8Array, padding?: number, salt?: number): boolean;
  sign(data: Uint8Array, name?: string): Uint8Array;
  verify(data: Uint8Array, signature: Uint8Array, name?: string): boolean;
  numbersOf(signature: Uint8Array): Uint8Array;
  derOf(signature: Uint8Array): Uint8Array;
}

/** Undefined if that is none. */
export function readPrivateKey(data: Uint8Array, isPem: boolean, type?: string, passphrase?: Uint8Array): KeyHandle | undefined;
export function readPublicKey(data: Uint8Array, isPem: boolean, type?: string, passphrase?: Uint8Array): KeyHandle | undefined;
/** Undefined for keys of WebCrypto. */
export function publicKeyOf(key: KeyHandle): KeyHandle | undefined;
/** The bytes of a secret key, the handle of any other one. */
export function partsOf(key: CryptoKey): KeyHandle | Uint8Array;
export function isExtractable(key: CryptoKey): boolean;
export function webJwk(key: CryptoKey): object;
export function secretJwk(key: Uint8Array): object;
export function jwkOf(key: KeyHandle): object;
export function keyFromJwk(jwk: object, isPrivate: boolean): KeyHandle;
/** The public exponent is given as bytes. */
export function detailsOf(key: KeyHandle): Record<string, unknown>;
export function sameKeys(one: KeyHandle, other: KeyHandle): boolean;
/** The bytes of the text for a PEM. */
export function exportKey(key: KeyHandle, type: string, format: string, cipher?: string, passphrase?: Uint8Array): Uint8Array;
export function toCryptoKey(key: KeyHandle | Uint8Array, algorithm: unknown, extractable: boolean, usages: string[]): CryptoKey;
/** A public key and its private one. */
export function generatePair(...request: [type: string, ...details: unknown[]]): KeyHandle[];
/** The same on another thread. */
export function generatePairLater(...request: [type: string, ...details: unknown[]]): Promise<KeyHandle[]>;

/** The operations of Node by their names. */
export function rsaCipher(
  key: KeyHandle,
  operation: string,
  data: Uint8Array,
  padding: number,
  digest: string,
  label?: Uint8Array
): Uint8Array;

export interface DhHandle {
  verifyError(): number;
  generateKeys(): Uint8Array;
  computeSecret(peer: Uint8Array): Uint8Array;
  prime(): Uint8Array;
  generator(): Uint8Array;
  publicKey(): Uint8Array;
  privateKey(): Uint8Array;
  setPublicKey(key: Uint8Array): void;
  setPrivateKey(key: Uint8Array): void;
}

export function openDh(sizeOrPrime: number | Uint8Array, generator: number | Uint8Array): DhHandle;
export function openDhGroup(name: string): DhHandle;

export interface EcdhHandle {
  generateKeys(): void;
  computeSecret(peer: Uint8Array): Uint8Array;
  privateKey(): Uint8Array;
  publicKey(form: string): Uint8Array;
  setPrivateKey(key: Uint8Array): void;
}

export function openEcdh(curve: string): EcdhHandle;
export function convertPoint(point: Uint8Array, curve: string, form: string): Uint8Array;
/** What a private and a public key share. */
export function agree(own: KeyHandle, peer: KeyHandle): Uint8Array;

/** Empty if there is none. */
export function spkacKey(text: Uint8Array): Uint8Array;
export function spkacChallenge(text: Uint8Array): Uint8Array;

export interface CertificateHandle {
  /** By the names of the properties; the PEM as `pem`. */
  texts(): Record<string, string | undefined>;
  keyUsage(): string[] | undefined;
  /** Names and values by turns. */
  attributes(ofSubject: boolean): string[];
  raw(): Uint8Array;
  isAuthority(): boolean;
  publicKey(): KeyHandle | undefined;
  checkHost(host: string, wildcards: boolean, subject?: boolean): string | undefined;
  checkEmail(email: string, wildcards: boolean, subject?: boolean): boolean;
  checkIp(ip: string): boolean;
  isIssuedBy(issuer: CertificateHandle): boolean;
  isSignedBy(key: KeyHandle): boolean;
  /** Whether it is for the public part of a private key. */
  isOf(key: KeyHandle): boolean;
}

/** Undefined if that is none. */
export function readCertificate(data: Uint8Array): CertificateHandle | undefined;
