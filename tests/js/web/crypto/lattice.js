import assert from 'node:assert';

const { subtle } = crypto;

const bytes = (buffer) => [...new Uint8Array(buffer)];

export const encapsulation = {
  async test() {
    for (const name of ['ML-KEM-768', 'ML-KEM-1024']) {
      const usages = ['encapsulateKey', 'encapsulateBits', 'decapsulateKey', 'decapsulateBits'];
      const { publicKey, privateKey } = await subtle.generateKey(name, true, usages);
      assert.deepEqual(publicKey.usages, usages.slice(0, 2));
      assert.deepEqual(privateKey.usages, usages.slice(2));
      const { sharedKey, ciphertext } = await subtle.encapsulateBits(name, publicKey);
      assert.equal(sharedKey.byteLength, 32);
      assert.deepEqual(bytes(await subtle.decapsulateBits(name, privateKey, ciphertext)), bytes(sharedKey));
      const key = await subtle.decapsulateKey(name, privateKey, ciphertext, 'AES-GCM', true, ['encrypt']);
      assert.deepEqual(bytes(await subtle.exportKey('raw', key)), bytes(sharedKey));
      const other = await subtle.encapsulateKey(name, publicKey, 'HKDF', false, ['deriveBits']);
      assert.equal(other.sharedKey.algorithm.name, 'HKDF');
      await assert.rejects(subtle.decapsulateBits(name, privateKey, ciphertext.slice(1)), {
        name: 'OperationError',
      });
      await assert.rejects(subtle.encapsulateBits(name, privateKey), { name: 'InvalidAccessError' });
    }
    await assert.rejects(subtle.generateKey('ML-KEM-512', true, ['decapsulateBits']), {
      name: 'NotSupportedError',
    });
  },
};

export const signatures = {
  async test() {
    const data = new Uint8Array([1, 2, 3]);
    for (const name of ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87']) {
      const { publicKey, privateKey } = await subtle.generateKey(name, true, ['sign', 'verify']);
      const signature = await subtle.sign(name, privateKey, data);
      assert.equal(await subtle.verify(name, publicKey, signature, data), true);
      assert.equal(await subtle.verify(name, publicKey, signature, new Uint8Array([1])), false);
      const algorithm = { name, context: new Uint8Array([9]) };
      const inContext = await subtle.sign(algorithm, privateKey, data);
      assert.equal(await subtle.verify(algorithm, publicKey, inContext, data), true);
      assert.equal(await subtle.verify(name, publicKey, inContext, data), false);
      await assert.rejects(subtle.sign({ name, context: new Uint8Array(256) }, privateKey, data), {
        name: 'OperationError',
        message: 'ML-DSA context must be at most 255 bytes.',
      });
    }
  },
};

// Seeds that are known give keys that are known: all formats are of the same two keys.
export const formats = {
  async test() {
    const hashes = [];
    for (const [name, length, usage, other] of [
      ['ML-KEM-768', 64, 'decapsulateBits', 'encapsulateBits'],
      ['ML-DSA-44', 32, 'sign', 'verify'],
    ]) {
      const seed = new Uint8Array(length).fill(7);
      const key = await subtle.importKey('raw-seed', seed, name, true, [usage]);
      const publicKey = await subtle.getPublicKey(key, [other]);
      assert.deepEqual(bytes(await subtle.exportKey('raw-seed', key)), [...seed]);
      for (const [format, from, usages] of [
        ['pkcs8', key, [usage]],
        ['jwk', key, [usage]],
        ['spki', publicKey, [other]],
        ['raw-public', publicKey, [other]],
        ['jwk', publicKey, [other]],
      ]) {
        const exported = await subtle.exportKey(format, from);
        const imported = await subtle.importKey(format, exported, name, true, usages);
        assert.deepEqual(await subtle.exportKey('jwk', imported), await subtle.exportKey('jwk', from));
        if (format === 'jwk') {
          assert.equal(exported.kty, 'AKP');
          await assert.rejects(subtle.importKey('jwk', { ...exported, alg: 'x' }, name, true, usages), {
            message: `JWK "alg" field "x" does not match "${name}".`,
          });
        } else {
          hashes.push(new Uint8Array(await subtle.digest('SHA-256', exported)).slice(0, 4).toHex());
        }
      }
      await assert.rejects(subtle.exportKey('raw', key), { name: 'NotSupportedError' });
      await assert.rejects(subtle.importKey('raw-seed', seed.slice(1), name, true, [usage]), {
        message: `Invalid ${name} seed length: expected ${length} bytes, got ${length - 1}`,
      });
    }
    assert.deepEqual(hashes, HASHES);
  },
};
const HASHES = ['0dc3a000', '88a3dd5a', 'c12e9e39', '5ae2cec4', '3dd001c7', '86c769d3'];

export const supports = {
  test() {
    const supported = [
      ['sign', 'ML-DSA-44'],
      ['generateKey', { name: 'AES-GCM', length: 128 }],
      ['encapsulateKey', 'ML-KEM-768', 'AES-GCM'],
      ['getPublicKey', 'RSA-OAEP'],
      ['digest', 'SHA3-256'],
    ];
    for (const question of supported) assert.equal(SubtleCrypto.supports(...question), true, question[0]);
    const not = [
      ['encrypt', 'AES-GCM'],
      ['generateKey', 'ML-KEM-512'],
      ['exportKey', 'HKDF'],
      ['encapsulateKey', 'ML-KEM-768', 'ECDSA'],
      ['encrypt', undefined],
      ['other', 'AES-GCM'],
    ];
    assert.throws(() => SubtleCrypto.supports('encrypt'), /parameter 2 is not of type 'Value'/);
    for (const question of not) assert.equal(SubtleCrypto.supports(...question), false, question[0]);
  },
};
