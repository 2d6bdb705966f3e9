import { ok, strictEqual } from 'node:assert';
import { bytes, hex, refused, subtle, unhex } from 'helpers.js';

/** A key of 512 bits. */
const RSA = {
  kty: 'RSA',
  n: 'r8diCowFdymN6v_Xu6Fkp-u4Hfe0uZ7RJExJE5gCGQgt7mYeO6i2oLQWqFcn8qVl8ZgdPWe7n_opWdDwLoGj3Q',
  e: 'AQAB',
  d: 'K2vINyzBiN8V9JAAfZPvpl9fGt_-n7-wkBPcFV_-XKo0vteUSkR-ZLZekS7rUyPC0OYGWgQS7d5Srlvvi2s2AQ',
  p: '2gHlvomqNYe0365vWUG-JXxMdFk5gcOAX633xxunJV0',
  q: 'zmmD-iUyYIDcoHkhgHJED2k3fnKyweMpJcW9lW-aEIE',
  dp: 'hiMMvUPvGqi5PbgSgxTUbjQgxqXvoEwuPLDJ-BSnr3E',
  dq: 'rId_vAd5WzZ6s1tsSEu6XdNJglTm268_RoZJF-5HrYE',
  qi: 'GsoeNQKF-pELfCCV6eH9Y-AH2Z1Xn1efhAAcKPtuizI',
};

const pair = async (algorithm, ...usages) => {
  const { publicKey, privateKey } = await subtle.generateKey(algorithm, false, usages);
  return [publicKey, privateKey];
};

/** What all four formats make of a key, in and out again. */
async function roundTrips(algorithm, [publicUsages, privateUsages], ...usages) {
  const { publicKey, privateKey } = await subtle.generateKey(algorithm, true, usages);
  for (const [key, format, kept] of [
    [publicKey, 'spki', publicUsages],
    [publicKey, 'jwk', publicUsages],
    [privateKey, 'pkcs8', privateUsages],
    [privateKey, 'jwk', privateUsages],
  ]) {
    const exported = await subtle.exportKey(format, key);
    const back = await subtle.importKey(format, exported, algorithm, true, kept);
    const text = (value) => (value instanceof ArrayBuffer ? hex(value) : JSON.stringify(value));
    strictEqual(text(await subtle.exportKey(format, back)), text(exported));
    strictEqual(back.type, key.type);
  }
}

export const ecdsa = {
  async test() {
    for (const [namedCurve, size] of [
      ['P-256', 64],
      ['P-384', 96],
      ['P-521', 132],
    ]) {
      const algorithm = { name: 'ECDSA', namedCurve };
      await roundTrips(algorithm, [['verify'], ['sign']], 'sign', 'verify');
      const [publicKey, privateKey] = await pair(algorithm, 'sign', 'verify');
      strictEqual(publicKey.extractable, true);
      const params = { name: 'ECDSA', hash: 'SHA-384' };
      const signature = await subtle.sign(params, privateKey, bytes(9));
      strictEqual(signature.byteLength, size);
      ok(await subtle.verify(params, publicKey, signature, bytes(9)));
      ok(!(await subtle.verify(params, publicKey, signature, bytes(8))));
      ok(!(await subtle.verify(params, publicKey, bytes(3), bytes(9))));
      const point = await subtle.exportKey('raw', publicKey);
      strictEqual(point.byteLength, size + 1);
      await refused([
        [
          'TypeError',
          'Missing "hash" in AlgorithmIdentifier. (ECDSA requires that the hash algorithm be specified at call time rather than on the key. This differs from other WebCrypto algorithms for historical reasons.)',
          () => subtle.sign('ECDSA', privateKey, bytes(1)),
        ],
        ['InvalidAccessError', 'Attempt to export non-extractable ECDSA key.', () => subtle.exportKey('raw', privateKey)],
        ['InvalidAccessError', 'Asymmetric pkcs8 export requires private key (not "public").', () => subtle.exportKey('pkcs8', publicKey)],
      ]);
    }
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const point = 'Failed to import raw EC key data';
    await refused([
      ['DataError', `${point}: Invalid point encoding..`, () => subtle.importKey('raw', bytes(65), algorithm, true, [])],
      ['DataError', `${point}: Point is not on curve..`, () => subtle.importKey('raw', bytes(65, 4), algorithm, true, [])],
      ['DataError', 'Invalid SPKI input.', () => subtle.importKey('spki', bytes(9), algorithm, true, [])],
      ['DataError', 'Invalid EC key in JSON Web Key; missing "x".', () => subtle.importKey('jwk', { kty: 'EC' }, algorithm, true, [])],
      [
        'SyntaxError',
        'Attempt to import public ECDSA key with invalid usage "sign".',
        () => subtle.importKey('jwk', { kty: 'EC' }, algorithm, true, ['sign']),
      ],
      [
        'SyntaxError',
        'Attempt to generate asymmetric keys with no valid private key usages.',
        () => subtle.generateKey(algorithm, true, ['verify']),
      ],
    ]);
  },
};

export const agreement = {
  async test() {
    for (const algorithm of [{ name: 'ECDH', namedCurve: 'P-384' }, { name: 'X25519' }]) {
      await roundTrips(algorithm, [[], ['deriveBits', 'deriveKey']], 'deriveBits', 'deriveKey');
      const [onePublic, onePrivate] = await pair(algorithm, 'deriveBits', 'deriveKey');
      const [otherPublic, otherPrivate] = await pair(algorithm, 'deriveBits');
      const params = { name: algorithm.name, public: otherPublic };
      const secret = hex(await subtle.deriveBits(params, onePrivate, null));
      strictEqual(hex(await subtle.deriveBits({ ...params, public: onePublic }, otherPrivate, null)), secret);
      const part = await subtle.deriveBits(params, onePrivate, 12);
      strictEqual(hex(part), `${secret.slice(0, 3)}0`);
      const key = await subtle.deriveKey(params, onePrivate, { name: 'AES-GCM', length: 128 }, true, ['encrypt']);
      strictEqual(hex(await subtle.exportKey('raw', key)), secret.slice(0, 32));
      await refused([
        ['TypeError', 'Missing field "public" in "derivedKeyParams".', () => subtle.deriveBits(algorithm.name, onePrivate, 8)],
        [
          'InvalidAccessError',
          'The provided key has type "private", not "public"',
          () => subtle.deriveBits({ ...params, public: otherPrivate }, onePrivate, 8),
        ],
        ['OperationError', /^Derived key length \(512 bits\) is too long/, () => subtle.deriveBits(params, onePrivate, 512)],
      ]);
    }
    // RFC 7748 §6.1.
    const key = await subtle.importKey(
      'pkcs8',
      unhex('302e020100300506032b656e0422042077076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'),
      'X25519',
      false,
      ['deriveBits'],
    );
    const peer = unhex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
    const publicKey = await subtle.importKey('raw', peer, 'X25519', true, []);
    strictEqual(
      hex(await subtle.deriveBits({ name: 'X25519', public: publicKey }, key, 256)),
      '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742',
    );
    const nothing = await subtle.importKey('raw', bytes(32), 'X25519', true, []);
    await refused([
      [
        'OperationError',
        'Failed to derive EDDH key: public key routines INVALID_PEER_KEY.',
        () => subtle.deriveBits({ name: 'X25519', public: nothing }, key, 256),
      ],
    ]);
  },
};

/** RFC 8032 §7.1. */
export const ed25519 = {
  async test() {
    await roundTrips({ name: 'Ed25519' }, [['verify'], ['sign']], 'sign', 'verify');
    const jwk = {
      kty: 'OKP',
      crv: 'Ed25519',
      d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    };
    for (const algorithm of [{ name: 'Ed25519' }, { name: 'NODE-ED25519', namedCurve: 'NODE-ED25519' }]) {
      const { name } = algorithm;
      const privateKey = await subtle.importKey('jwk', jwk, algorithm, true, ['sign']);
      const publicKey = await subtle.importKey('jwk', { ...jwk, d: undefined }, algorithm, true, ['verify']);
      const signature = await subtle.sign(name, privateKey, bytes(0));
      strictEqual(
        hex(signature),
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
      );
      ok(await subtle.verify(name, publicKey, signature, bytes(0)));
      ok(!(await subtle.verify(name, publicKey, signature, bytes(1))));
      await refused([['OperationError', `Invalid ${name} signature length 3`, () => subtle.verify(name, publicKey, bytes(3), bytes(0))]]);
    }
    await refused([
      ['DataError', 'Ed25519 raw keys must be exactly 32-bytes (provided 3).', () => subtle.importKey('raw', bytes(3), 'Ed25519', true, [])],
      ['NotSupportedError', 'Only Ed25519 is supported but "X" was requested.', () => subtle.importKey('jwk', { kty: 'OKP', crv: 'X' }, 'Ed25519', true, [])],
      ['NotSupportedError', 'EDDSA curve "X" isn\'t supported.', () => subtle.generateKey({ name: 'NODE-ED25519', namedCurve: 'X' }, true, ['sign'])],
    ]);
  },
};

export const rsaSignatures = {
  async test() {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' };
    const publicJwk = { kty: 'RSA', n: RSA.n, e: RSA.e };
    const privateKey = await subtle.importKey('jwk', RSA, algorithm, true, ['sign']);
    const publicKey = await subtle.importKey('jwk', publicJwk, algorithm, true, ['verify']);
    strictEqual(privateKey.algorithm.modulusLength, 512);
    strictEqual(hex(privateKey.algorithm.publicExponent), '010001');
    const signature = await subtle.sign(algorithm.name, privateKey, bytes(3));
    strictEqual(
      hex(signature),
      '6385eb68ebd9263995ead38edd549f1ffb36d215dc70c279838e58c3a4f67a321830b00e23bf49af68f657df53153dc7f78f4464b291b5261776bb7e0dbbb84c',
    );
    ok(await subtle.verify(algorithm.name, publicKey, signature, bytes(3)));
    ok(!(await subtle.verify(algorithm.name, publicKey, signature, bytes(4))));
    const raw = await subtle.importKey('jwk', RSA, 'RSA-RAW', true, ['sign']);
    strictEqual(hex(await subtle.sign('RSA-RAW', raw, bytes(64))), hex(bytes(64)));
    const pss = await subtle.importKey('jwk', RSA, { name: 'RSA-PSS', hash: 'SHA-256' }, true, ['sign']);
    const generated = { name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 1024, publicExponent: unhex('010001') };
    await roundTrips(generated, [['verify'], ['sign']], 'sign', 'verify');
    const [verifying, signing] = await pair(generated, 'sign', 'verify');
    const params = { name: 'RSA-PSS', saltLength: 20 };
    ok(await subtle.verify(params, verifying, await subtle.sign(params, signing, bytes(3)), bytes(3)));
    await refused([
      ['OperationError', 'key too small for signing with given digest and salt length', () => subtle.sign({ ...params, saltLength: 31 }, pss, bytes(1))],
      ['DataError', 'Failed to provide salt for RSA-PSS key operation which requires a salt', () => subtle.sign('RSA-PSS', pss, bytes(1))],
      ['TypeError', 'Failed to provide salt for RSA-PSS key operation which requires a salt', () => subtle.verify('RSA-PSS', verifying, bytes(1), bytes(1))],
      ['DataError', 'Blind Signing requires presigned data (65 bytes) to be smaller than the key (64 bytes).', () => subtle.sign('RSA-RAW', raw, bytes(65))],
      [
        'DataError',
        'Blind Signing requires presigned data value to be strictly smaller than RSA keymodulus, consider using a larger key size.',
        () => subtle.sign('RSA-RAW', raw, bytes(64, 255)),
      ],
      [
        'DataError',
        'Invalid RSA private key in JSON Web Key; if one Prime Factor or CRT Exponent/Coefficient parameter is present, then they must all be present ("p", "q", "dp", "dq", "qi").',
        () => subtle.importKey('jwk', { ...RSA, p: undefined }, algorithm, true, ['sign']),
      ],
      [
        'DataError',
        'JSON Web Key Algorithm parameter "alg" ("RS256") does not match requested hash algorithm "RS256".',
        () => subtle.importKey('jwk', { ...publicJwk, alg: 'RS256' }, algorithm, true, ['verify']),
      ],
      ['OperationError', 'The "publicExponent" must be either 3 or 65537, but got 17.', () => subtle.generateKey({ ...generated, publicExponent: bytes(1, 17) }, true, ['sign'])],
      [
        'OperationError',
        'The modulus length must be a multiple of 8 and between 256 and 16k, but 65000 was requested.',
        () => subtle.generateKey({ ...generated, modulusLength: 65000 }, true, ['sign']),
      ],
      ['SyntaxError', 'Attempt to generate RSA-PSS key with invalid usage "encrypt".', () => subtle.generateKey(generated, true, ['encrypt'])],
    ]);
  },
};

export const rsaEncryption = {
  async test() {
    const algorithm = { name: 'RSA-OAEP', hash: 'SHA-1', modulusLength: 1024, publicExponent: unhex('03') };
    await roundTrips(algorithm, [['encrypt'], ['decrypt', 'unwrapKey']], 'encrypt', 'decrypt', 'unwrapKey');
    const [publicKey, privateKey] = await pair(algorithm, 'encrypt', 'decrypt', 'wrapKey', 'unwrapKey');
    const params = { name: 'RSA-OAEP', label: bytes(3, 1) };
    const secret = await subtle.encrypt(params, publicKey, bytes(9, 7));
    strictEqual(hex(await subtle.decrypt(params, privateKey, secret)), '070707070707070707');
    const key = await subtle.importKey('raw', bytes(16), 'AES-GCM', true, ['encrypt']);
    const wrapped = await subtle.wrapKey('raw', key, publicKey, 'RSA-OAEP');
    strictEqual((await subtle.unwrapKey('raw', wrapped, privateKey, 'RSA-OAEP', 'AES-GCM', true, ['encrypt'])).type, 'secret');
    await refused([
      ['OperationError', 'RSA-OAEP failed encrypt/decrypt.', () => subtle.decrypt('RSA-OAEP', privateKey, secret)],
      ['OperationError', 'RSA-OAEP failed encrypt/decrypt.', () => subtle.encrypt('RSA-OAEP', publicKey, bytes(87))],
      ['InvalidAccessError', 'Cannot export "RSA-OAEP" in "raw" format.', () => subtle.exportKey('raw', publicKey)],
    ]);
  },
};
