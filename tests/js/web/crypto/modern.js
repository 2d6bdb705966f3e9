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

/** RFC 8439, section 2.8.2, is in the tests of the library; here is what the API adds. */
export const chaCha20Poly1305 = {
  async test() {
    const name = 'ChaCha20-Poly1305';
    const [iv, data] = [new Uint8Array(12), new Uint8Array(5)];
    const usages = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'];
    const key = await subtle.importKey('raw-secret', new Uint8Array(32), name.toLowerCase(), true, usages);
    strictEqual(key.algorithm.name, name);
    const sealed = await subtle.encrypt({ name, iv }, key, data);
    strictEqual(hex(sealed), '9f07e7be55dcdb137b2c8ef4d479672215e044fdf5');
    strictEqual(hex(await subtle.encrypt({ name, iv, additionalData: data }, key, data)), '9f07e7be552924ac8daaddc0232b9edb49f4ee7e65');
    strictEqual(hex(await subtle.decrypt({ name, iv, tagLength: 128 }, key, sealed)), '0000000000');
    strictEqual((await subtle.exportKey('jwk', key)).alg, 'C20P');
    const wrapped = await subtle.wrapKey('raw-secret', key, key, { name, iv });
    const unwrapped = await subtle.unwrapKey('raw-secret', wrapped, key, { name, iv }, name, true, ['encrypt']);
    strictEqual(hex(await subtle.exportKey('raw-secret', unwrapped)), hex(new Uint8Array(32)));
    const secret = await subtle.importKey('raw', bytes(32), 'HKDF', false, ['deriveKey']);
    const derived = await subtle.deriveKey({ name: 'HKDF', hash: 'SHA-256', salt: data, info: data }, secret, name, true, ['encrypt']);
    strictEqual((await subtle.exportKey('raw-secret', derived)).byteLength, 32);
    strictEqual((await subtle.generateKey(name, true, usages)).type, 'secret');
    const jwk = await subtle.exportKey('jwk', key);
    const imported = (changes) => subtle.importKey('jwk', { ...jwk, ...changes }, name, true, ['encrypt']);
    await refused([
      ['SyntaxError', 'Secret/private CryptoKeys must have at least one usage.', () => subtle.generateKey(name, true, [])],
      ['NotSupportedError', 'Unrecognized key import format "raw".', () => subtle.importKey('raw', bytes(32), name, true, ['encrypt'])],
      ['DataError', 'ChaCha20-Poly1305 key must be 256 bits.', () => subtle.importKey('raw-secret', bytes(31), name, true, ['encrypt'])],
      ['DataError', 'ChaCha20-Poly1305 JWK kty must be oct.', () => imported({ kty: 'x' })],
      ['DataError', 'ChaCha20-Poly1305 JWK alg must be C20P.', () => imported({ alg: 'x' })],
      ['DataError', 'ChaCha20-Poly1305 JWK must have a use of "enc".', () => imported({ use: 'sig' })],
      ['DataError', 'ChaCha20-Poly1305 JWK key_ops does not contain encrypt.', () => imported({ key_ops: ['sign'] })],
      ['DataError', 'ChaCha20-Poly1305 JWK key must be 256 bits.', () => imported({ k: 'AA' })],
      ['DataError', 'ChaCha20-Poly1305 JWK requires a base64url key.', () => imported({ k: undefined })],
      ['NotSupportedError', 'ChaCha20-Poly1305 key only supports exporting "raw-secret" and "jwk", not "raw".', () => subtle.exportKey('raw', key)],
      ['TypeError', 'Missing field "iv" in "algorithm".', () => subtle.encrypt({ name }, key, data)],
      ['OperationError', 'ChaCha20-Poly1305 IV must be 12 bytes long.', () => subtle.encrypt({ name, iv: data }, key, data)],
      ['OperationError', 'ChaCha20-Poly1305 tag length must be 128 bits.', () => subtle.encrypt({ name, iv, tagLength: 96 }, key, data)],
      ['OperationError', 'ChaCha20-Poly1305 authentication failed.', () => subtle.decrypt({ name, iv: bytes(12, 1) }, key, sealed)],
      ['OperationError', 'ChaCha20-Poly1305 ciphertext is shorter than its authentication tag.', () => subtle.decrypt({ name, iv }, key, data)],
    ]);
  },
};
