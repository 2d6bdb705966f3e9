import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert';
import { bytes, hex, refused, subtle, unhex } from 'helpers.js';

const raw = (algorithm, key, ...usages) => subtle.importKey('raw', key, algorithm, true, usages);

/** RFC 4231, RFC 1321, FIPS 180-4. */
export const digests = {
  async test() {
    const abc = new TextEncoder().encode('abc');
    strictEqual(hex(await subtle.digest('MD5', abc)), '900150983cd24fb0d6963f7d28e17f72');
    strictEqual(hex(await subtle.digest({ name: 'sha-1' }, abc.buffer)), 'a9993e364706816aba3e25717850c26c9cd0d89d');
    strictEqual(
      hex(await subtle.digest('SHA-256', abc.subarray(3))),
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    // Long work is done elsewhere; its result is the same.
    strictEqual(hex(await subtle.digest('SHA-1', bytes(3 << 20))), '1e5f8def40bb0cb0f7156b9c2bab9efb49cfb699');
    await refused([
      ['NotSupportedError', 'Unrecognized or unimplemented digest algorithm requested.', () => subtle.digest('SHA3-256', abc)],
      ['NotSupportedError', 'Unrecognized or unimplemented digest algorithm requested.', () => subtle.digest({}, abc)],
      [
        'TypeError',
        "Failed to execute 'digest' on 'SubtleCrypto': parameter 2 is not of type 'BufferSource'.",
        () => subtle.digest('SHA-1', 'abc'),
      ],
      [
        'TypeError',
        'Cannot initialize N7workerd3api12SubtleCrypto13HashAlgorithmE with required members from an undefined or null value.',
        () => subtle.digest(null, abc),
      ],
    ]);
  },
};

export const hmac = {
  async test() {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const key = await raw(algorithm, bytes(20, 0x0b), 'sign', 'verify');
    const data = new TextEncoder().encode('Hi There');
    const signature = await subtle.sign('hmac', key, data);
    strictEqual(hex(signature), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7');
    ok(await subtle.verify('HMAC', key, signature, data));
    ok(!(await subtle.verify('HMAC', key, signature, bytes(1))));
    ok(!(await subtle.verify('HMAC', key, bytes(3), data)));
    strictEqual(
      JSON.stringify(key),
      '{"usages":["sign","verify"],"algorithm":{"name":"HMAC","hash":{"name":"SHA-256"},"length":160},"extractable":true,"type":"secret"}',
    );
    strictEqual(
      JSON.stringify(await subtle.exportKey('jwk', key)),
      '{"kty":"oct","key_ops":["sign","verify"],"alg":"HS256","ext":true,"k":"CwsLCwsLCwsLCwsLCwsLCwsLCws"}',
    );
    // Members that are not there became undefined ones.
    const all = 'kty,use,key_ops,alg,ext,crv,x,y,d,n,e,p,q,dp,dq,qi,oth,k,pub,priv';
    const names = Object.keys(await subtle.exportKey('jwk', key)).join();
    ok(names === (Cloudflare.compatibilityFlags.enable_fast_jsg_struct ? all : 'kty,key_ops,alg,ext,k'));
    const odd = await subtle.importKey('raw', bytes(2, 0xff), { ...algorithm, length: 11 }, true, ['sign']);
    strictEqual(hex(await subtle.exportKey('raw', odd)), 'ffe0');
    strictEqual((await subtle.generateKey(algorithm, false, ['sign'])).algorithm.length, 512);
    await refused([
      ['TypeError', 'Missing field "hash" in "algorithm".', () => subtle.generateKey('HMAC', true, ['sign'])],
      [
        'DataError',
        'Imported HMAC key length (8) must be a non-zero value up to 7 bits less than, and no greater than, the bit length of the raw key data (16).',
        () => subtle.importKey('raw', bytes(2), { ...algorithm, length: 8 }, true, ['sign']),
      ],
      [
        'DataError',
        'HMAC "jwk" key import specifies "alg" that is incompatible with the hash name (encountered "HS1", expected "HS256").',
        () => subtle.importKey('jwk', { kty: 'oct', k: 'AA', alg: 'HS1' }, algorithm, true, ['sign']),
      ],
      ['SyntaxError', 'Attempt to import secret HMAC key with invalid usage "encrypt".', () => raw(algorithm, bytes(2), 'encrypt')],
    ]);
  },
};

export const keys = {
  async test() {
    const key = await raw('AES-GCM', bytes(16), 'encrypt');
    strictEqual(key.algorithm, key.algorithm);
    strictEqual(key.usages, key.usages);
    deepStrictEqual(Object.keys(key), ['usages', 'algorithm', 'extractable', 'type']);
    ok(key instanceof CryptoKey);
    const closed = await subtle.importKey('raw', bytes(16), 'AES-GCM', false, ['encrypt']);
    await refused([
      ['InvalidAccessError', 'Attempt to export non-extractable AES-GCM key.', () => subtle.exportKey('raw', closed)],
      [
        'NotSupportedError',
        'AES-GCM key only supports exporting "raw", "raw-secret" & "jwk", not "spki".',
        () => subtle.exportKey('spki', key),
      ],
      [
        'NotSupportedError',
        'Key format "raw-secret" requires the webcrypto_modern_algorithms flag.',
        () => subtle.exportKey('raw-secret', key),
      ],
      ['NotSupportedError', 'Unrecognized key import format "x".', () => subtle.importKey('x', bytes(16), 'AES-GCM', true, [])],
      [
        'NotSupportedError',
        'Unrecognized key import algorithm "AES" requested.',
        () => subtle.importKey('raw', bytes(16), 'AES', true, []),
      ],
      ['SyntaxError', 'Secret/private CryptoKeys must have at least one usage.', () => raw('AES-GCM', bytes(16))],
      [
        'InvalidAccessError',
        'Requested algorithm "AES-CBC" does not match this CryptoKey\'s algorithm "AES-GCM".',
        () => subtle.encrypt('AES-CBC', key, bytes(1)),
      ],
      [
        'InvalidAccessError',
        'Requested key usage "decrypt" does not match any usage listed in this CryptoKey.',
        () => subtle.decrypt('AES-GCM', key, bytes(1)),
      ],
      [
        'TypeError',
        'Import data provided for "jwk" import format must be a JsonWebKey.',
        () => subtle.importKey('jwk', bytes(16), 'AES-GCM', true, ['encrypt']),
      ],
      [
        'DataError',
        'Symmetric "jwk" key contains duplicate value "sign", in "key_op".',
        () =>
          subtle.importKey('jwk', { kty: 'oct', k: 'AAAAAAAAAAAAAAAAAAAAAA', key_ops: ['sign', 'sign'] }, 'AES-GCM', true, [
            'encrypt',
          ]),
      ],
      [
        'DataCloneError',
        'Could not serialize object of type "CryptoKey". This type does not support serialization.',
        async () => structuredClone(key),
      ],
    ]);
  },
};

/** NIST SP 800-38A for CTR and CBC, the test cases of the GCM specification. */
export const aes = {
  async test() {
    const key = unhex('2b7e151628aed2a6abf7158809cf4f3c');
    const block = unhex('6bc1bee22e409f96e93d7e117393172a');
    const ctr = await raw('AES-CTR', key, 'encrypt', 'decrypt');
    const counter = unhex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff');
    const once = await subtle.encrypt({ name: 'AES-CTR', counter, length: 64 }, ctr, block);
    strictEqual(hex(once), '874d6191b620e3261bef6864990db6ce');
    // A counter of one bit wraps after its first block.
    const first = { name: 'AES-CTR', counter: unhex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfefe'), length: 1 };
    const both = hex(await subtle.encrypt({ ...first, counter }, ctr, bytes(32)));
    strictEqual(both.slice(32), hex(await subtle.encrypt(first, ctr, bytes(16))));

    const cbc = await raw('AES-CBC', key, 'encrypt', 'decrypt');
    const iv = unhex('000102030405060708090a0b0c0d0e0f');
    const padded = await subtle.encrypt({ name: 'AES-CBC', iv }, cbc, block);
    strictEqual(hex(padded), '7649abac8119b246cee98e9b12e9197d8964e0b149c10b7b682e6e39aaeb731c');
    strictEqual(hex(await subtle.decrypt({ name: 'AES-CBC', iv }, cbc, padded)), hex(block));

    const gcm = await raw('AES-GCM', bytes(16), 'encrypt', 'decrypt');
    const params = { name: 'AES-GCM', iv: bytes(12) };
    const sealed = await subtle.encrypt(params, gcm, bytes(16));
    strictEqual(hex(sealed), '0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf');
    const bound = { ...params, additionalData: bytes(2), tagLength: 96 };
    const short = await subtle.encrypt(bound, gcm, bytes(0));
    strictEqual(short.byteLength, 12);
    strictEqual((await subtle.decrypt(bound, gcm, short)).byteLength, 0);
    const large = bytes(2 << 20, 7);
    strictEqual(hex(await subtle.decrypt(params, gcm, await subtle.encrypt(params, gcm, large))), hex(large));

    const failed =
      'Decryption failed. This could be due to a ciphertext authentication failure, bad padding, incorrect CryptoKey, or another algorithm-specific reason. Input length was';
    await refused([
      ['OperationError', 'Counter block values will repeat.', () => subtle.encrypt({ ...first, counter }, ctr, bytes(33))],
      ['TypeError', 'Missing "counter" member in "algorithm".', () => subtle.encrypt('AES-CTR', ctr, bytes(1))],
      ['OperationError', 'Invalid counter of 129 bits length provided.', () => subtle.encrypt({ ...first, length: 129 }, ctr, bytes(1))],
      ['TypeError', 'Missing field "iv" in "algorithm".', () => subtle.encrypt('AES-CBC', cbc, bytes(1))],
      ['OperationError', 'AES-CBC IV must be 16 bytes long (provided 1).', () => subtle.decrypt({ name: 'AES-CBC', iv: bytes(1) }, cbc, bytes(16))],
      ['OperationError', `${failed} 20, output length expected to be 16 for AES-CBC`, () => subtle.decrypt({ name: 'AES-CBC', iv }, cbc, bytes(20))],
      ['OperationError', `${failed} 4, output length expected to be 4 for AES-GCM`, () => subtle.decrypt(params, gcm, bytes(20))],
      ['OperationError', 'Invalid AES-GCM tag length 8.', () => subtle.encrypt({ ...params, tagLength: 8 }, gcm, bytes(1))],
      ['OperationError', 'AES-GCM IV must not be empty.', () => subtle.encrypt({ ...params, iv: bytes(0) }, gcm, bytes(1))],
    ]);
  },
};

/** RFC 5869 and RFC 6070. */
export const derivation = {
  async test() {
    const hkdf = await subtle.importKey('raw', bytes(22, 0x0b), 'HKDF', false, ['deriveBits', 'deriveKey']);
    const params = { name: 'HKDF', hash: 'SHA-256', salt: unhex('000102030405060708090a0b0c'), info: unhex('f0f1f2f3f4f5f6f7f8f9') };
    strictEqual(
      hex(await subtle.deriveBits(params, hkdf, 336)),
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    );
    const derived = await subtle.deriveKey(params, hkdf, { name: 'AES-CBC', length: 128 }, true, ['encrypt']);
    strictEqual(hex(await subtle.exportKey('raw', derived)), '3cb25f25faacd57a90434f64d0362f2a');
    const text = (value) => new TextEncoder().encode(value);
    const pbkdf2 = await subtle.importKey('raw', text('password'), 'PBKDF2', false, ['deriveBits', 'deriveKey']);
    const rounds = (iterations) => ({ name: 'PBKDF2', hash: 'SHA-1', salt: text('salt'), iterations });
    strictEqual(hex(await subtle.deriveBits(rounds(2), pbkdf2, 160)), 'ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957');
    strictEqual(hex(await subtle.deriveBits(rounds(4096), pbkdf2, 160)), '4b007901b765489abead49d926f721d065a429c1');
    const signing = await subtle.deriveKey(rounds(4096), pbkdf2, { name: 'HMAC', hash: 'SHA-1', length: 160 }, true, ['sign']);
    strictEqual(hex(await subtle.exportKey('raw', signing)), '4b007901b765489abead49d926f721d065a429c1');
    // Long ago this length was refused before there was a promise.
    let early = false;
    try {
      await subtle.deriveBits(params, hkdf, -8).catch(() => {});
    } catch {
      early = true;
    }
    strictEqual(early, !Cloudflare.compatibilityFlags.capture_async_api_throws);
    await refused([
      ['OperationError', 'PBKDF2 cannot derive a key with null length.', () => subtle.deriveBits(rounds(1), pbkdf2, null)],
      ['OperationError', 'HKDF requires a derived key length that is a multiple of eight (requested 9).', () => subtle.deriveBits(params, hkdf, 9)],
      ['TypeError', 'deriveBits length must be an unsigned long integer.', () => subtle.deriveBits(params, hkdf, -8)],
      ['OperationError', 'HKDF deriveBits failed.', () => subtle.deriveBits(params, hkdf, 8 * 256 * 32)],
      ['SyntaxError', 'HKDF key cannot be extractable.', () => raw('HKDF', bytes(1), 'deriveBits')],
      ['NotSupportedError', 'Unrecognized derived key type "ECDH" requested.', () => subtle.deriveKey(params, hkdf, 'ECDH', true, [])],
    ]);
  },
};

/** RFC 3394 §4.1, and wrapping by encryption. */
export const wrapping = {
  async test() {
    const wrapper = await raw('AES-KW', unhex('000102030405060708090a0b0c0d0e0f'), 'wrapKey', 'unwrapKey');
    const key = await raw('AES-CBC', unhex('00112233445566778899aabbccddeeff'), 'encrypt');
    const wrapped = await subtle.wrapKey('raw', key, wrapper, 'AES-KW');
    strictEqual(hex(wrapped), '1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5');
    const back = await subtle.unwrapKey('raw', wrapped, wrapper, 'AES-KW', 'AES-CBC', true, ['decrypt']);
    strictEqual(hex(await subtle.exportKey('raw', back)), '00112233445566778899aabbccddeeff');
    const gcm = await raw('AES-GCM', bytes(16), 'wrapKey', 'unwrapKey');
    const params = { name: 'AES-GCM', iv: bytes(12) };
    const json = await subtle.wrapKey('jwk', key, gcm, params);
    const read = await subtle.unwrapKey('jwk', json, gcm, params, 'AES-CBC', false, ['encrypt']);
    strictEqual(read.extractable, false);
    await refused([
      ['OperationError', 'AES-KW key unwrapping failed.', () => subtle.unwrapKey('raw', bytes(24), wrapper, 'AES-KW', 'AES-CBC', true, ['encrypt'])],
      [
        'OperationError',
        'Provided a wrapped key to unwrap this is 128 bits that is less than the minimal length of 192 bits.',
        () => subtle.unwrapKey('raw', bytes(16), wrapper, 'AES-KW', 'AES-CBC', true, ['encrypt']),
      ],
    ]);
  },
};

export const detachedWhileArgumentsAreRead = {
  async test() {
    const buffer = new ArrayBuffer(16);
    const algorithm = { name: 'AES-GCM', get length() { structuredClone(buffer, { transfer: [buffer] }); return 128; } };
    await rejects(crypto.subtle.importKey('raw', buffer, algorithm, false, ['encrypt']), /Imported AES key length must be/);
  },
};
