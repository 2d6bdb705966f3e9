import { strictEqual } from 'node:assert';
import { bytes, hex, refused, subtle } from 'helpers.js';

/** FIPS 202; only digest() knows these functions. */
export const sha3 = {
  async test() {
    const abc = new TextEncoder().encode('abc');
    strictEqual(
      hex(await subtle.digest('sha3-256', abc)),
      '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532',
    );
    strictEqual((await subtle.digest('SHA3-384', abc)).byteLength, 48);
    strictEqual((await subtle.digest({ name: 'SHA3-512' }, abc)).byteLength, 64);
    await refused([
      [
        'NotSupportedError',
        'Unrecognized or unimplemented digest algorithm requested.',
        () => subtle.generateKey({ name: 'HMAC', hash: 'SHA3-256' }, true, ['sign']),
      ],
    ]);
  },
};

export const formats = {
  async test() {
    const secret = await subtle.importKey('raw-secret', bytes(16, 3), 'AES-GCM', true, ['encrypt']);
    strictEqual(hex(await subtle.exportKey('raw-secret', secret)), hex(bytes(16, 3)));
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const { publicKey } = await subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const point = await subtle.exportKey('raw-public', publicKey);
    const back = await subtle.importKey('raw-public', point, algorithm, true, ['verify']);
    strictEqual(hex(await subtle.exportKey('raw', back)), hex(point));
    await refused([
      ['NotSupportedError', 'Unrecognized key import format "raw-public".', () => subtle.importKey('raw-public', bytes(16), 'AES-GCM', true, ['encrypt'])],
      ['NotSupportedError', 'Unrecognized key import format "raw-secret".', () => subtle.importKey('raw-secret', point, algorithm, true, [])],
      [
        'NotSupportedError',
        'HKDF key must be imported in "raw" format (requested "raw-seed")',
        () => subtle.importKey('raw-seed', bytes(16), 'HKDF', false, ['deriveBits']),
      ],
      [
        'TypeError',
        'Import data provided for buffer-based import formats must be a buffer source.',
        () => subtle.importKey('raw-secret', {}, 'AES-GCM', true, ['encrypt']),
      ],
      ['InvalidAccessError', 'Cannot export "ECDSA" in "raw-seed" format.', () => subtle.exportKey('raw-seed', publicKey)],
    ]);
  },
};

export const publicKeys = {
  async test() {
    for (const [algorithm, usages, kept] of [
      [{ name: 'ECDSA', namedCurve: 'P-521' }, ['sign'], ['verify']],
      [{ name: 'ECDH', namedCurve: 'P-256' }, ['deriveBits'], []],
      [{ name: 'Ed25519' }, ['sign'], ['verify']],
      [{ name: 'X25519' }, ['deriveBits'], []],
      [{ name: 'RSA-OAEP', hash: 'SHA-1', modulusLength: 1024, publicExponent: bytes(1, 3) }, ['decrypt'], ['encrypt', 'wrapKey']],
    ]) {
      const { publicKey, privateKey } = await subtle.generateKey(algorithm, false, usages);
      const found = await subtle.getPublicKey(privateKey, kept);
      strictEqual(JSON.stringify(found.usages), JSON.stringify(kept));
      strictEqual(hex(await subtle.exportKey('spki', found)), hex(await subtle.exportKey('spki', publicKey)));
      await refused([
        ['InvalidAccessError', 'The getPublicKey operation requires a private key.', () => subtle.getPublicKey(publicKey, [])],
        [
          'SyntaxError',
          `Attempt to import public ${algorithm.name} key with invalid usage "sign".`,
          () => subtle.getPublicKey(privateKey, ['sign']),
        ],
      ]);
    }
    const secret = await subtle.importKey('raw', bytes(16), 'AES-GCM', true, ['encrypt']);
    await refused([
      ['NotSupportedError', 'The getPublicKey operation is not supported for symmetric keys.', () => subtle.getPublicKey(secret, [])],
    ]);
  },
};
