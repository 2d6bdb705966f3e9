// What `node:crypto` exports.

import * as ciphers from 'node-internal:crypto_cipher';
import { constants } from 'node-internal:crypto_constants';
import * as derive from 'node-internal:crypto_derive';
import * as agreement from 'node-internal:crypto_dh';
import * as digests from 'node-internal:crypto_hash';
import { generateKey, generateKeyPair, generateKeyPairSync, generateKeySync } from 'node-internal:crypto_key_generation';
import { createPrivateKey, createPublicKey } from 'node-internal:crypto_key_input';
import * as keys from 'node-internal:crypto_keys';
import * as primes from 'node-internal:crypto_primes';
import * as random from 'node-internal:crypto_random';
import * as rsaCiphers from 'node-internal:crypto_rsa_cipher';
import { scrypt, scryptSync } from 'node-internal:crypto_scrypt';
import * as signatures from 'node-internal:crypto_sign';
import { Certificate } from 'node-internal:crypto_spkac';
import { X509Certificate } from 'node-internal:crypto_x509';
import * as host from 'node-internal:host';
import { methodNotImplemented } from 'node-internal:internal_errors';
import { missing, missingMembers } from 'node-internal:unsupported';

const scope = globalThis as any;

const crypto: any = {
  constants,
  ...agreement,
  ...ciphers,
  ...rsaCiphers,
  Certificate,
  X509Certificate,
  ...derive,
  scrypt,
  scryptSync,
  Hash: digests.Hash,
  Hmac: digests.Hmac,
  createHash: digests.createHash,
  createHmac: digests.createHmac,
  getHashes: digests.getHashes,
  hash: digests.hash,
  KeyObject: keys.KeyObject,
  SecretKeyObject: keys.SecretKeyObject,
  createSecretKey: keys.createSecretKey,
  PublicKeyObject: keys.PublicKeyObject,
  PrivateKeyObject: keys.PrivateKeyObject,
  createPrivateKey,
  createPublicKey,
  ...signatures,
  generateKey,
  generateKeySync,
  generateKeyPair,
  generateKeyPairSync,
  ...primes,
  ...random,
  pseudoRandomBytes: random.randomBytes,
  CryptoKey: scope.CryptoKey,
  secureHeapUsed: function secureHeapUsed() {
    return { total: 0, used: 0, utilization: 0, min: 0 };
  },
  getFips: function getFips() {
    return true;
  },
  setFips: function setFips(_enabled: unknown) {
    throw methodNotImplemented('setFips');
  },
  get fips(): boolean {
    return true;
  },
  set fips(_enabled: unknown) {
    throw methodNotImplemented('setFips');
  },
  webcrypto: scope.crypto,
  subtle: scope.crypto.subtle,
};
const ended = { createCipher: 0, createDecipher: 0, Cipher: 0, Decipher: 0 };
// What Node.js has removed leaves its names behind.
for (const name of Object.keys(ended)) crypto[name] = undefined;
if (!host.flag('remove_nodejs_compat_eol_v22')) Object.assign(crypto, missingMembers(ended, ''));
crypto.setEngine = missing('setEngine', 2, 'crypto.setEngine');

export default crypto;
