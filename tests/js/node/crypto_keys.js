// The keys of `node:crypto`: fresh ones, their forms, and those that come from WebCrypto.

import assert from 'node:assert';
import * as crypto from 'node:crypto';
import { Buffer } from 'node:buffer';
import { promisify } from 'node:util';

const { subtle } = globalThis.crypto;
const { KeyObject } = crypto;

const PAIRS = [
  ['rsa', { modulusLength: 1024 }, { modulusLength: 1024, publicExponent: 65537n }],
  ['ec', { namedCurve: 'P-256' }, { namedCurve: 'prime256v1' }],
  ['ec', { namedCurve: 'secp224r1' }, { namedCurve: 'secp224r1' }],
  ['ed25519', {}, {}],
  ['x25519', {}, {}],
];

export const pairs = {
  test() {
    for (const [type, options, details] of PAIRS) {
      const { publicKey, privateKey } = crypto.generateKeyPairSync(type, options);
      for (const key of [publicKey, privateKey]) {
        assert.strictEqual(key.asymmetricKeyType, type);
        assert.deepStrictEqual(key.asymmetricKeyDetails, details);
      }
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
      assert.ok(crypto.createPrivateKey(pem).equals(privateKey));
      assert.ok(crypto.createPublicKey(privateKey).equals(publicKey) && !publicKey.equals(privateKey));
      const spki = publicKey.export({ type: 'spki', format: 'der' });
      assert.ok(crypto.createPublicKey({ key: spki, format: 'der', type: 'spki' }).equals(publicKey));
    }
  },
};

export const pairsOfOtherThreads = {
  async test() {
    const generate = promisify(crypto.generateKeyPair);
    const publicKeyEncoding = { type: 'spki', format: 'pem' };
    const { publicKey, privateKey } = await generate('rsa', { modulusLength: 2048, publicKeyEncoding });
    assert.strictEqual(crypto.createPublicKey(privateKey).export(publicKeyEncoding), publicKey);
    await assert.rejects(generate('ec', { namedCurve: 'none' }), { message: 'Invalid or unsupported curve' });
    await assert.rejects(generate('rsa', { modulusLength: 2048, publicExponent: 4 }), { message: 'Failed to generate key' });
    await assert.rejects(generate('dsa', {}), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => crypto.generateKeyPair('ed25519', {}), { code: 'ERR_INVALID_ARG_TYPE' });
  },
};

export const limits = {
  test() {
    const generate = (type, options) => () => crypto.generateKeyPairSync(type, options);
    assert.throws(generate('rsa', { modulusLength: 16385 }), {
      name: 'RangeError',
      message: 'RSA modulusLength exceeds maximum (16384)',
    });
    assert.throws(generate('rsa', { modulusLength: 0 }), { message: 'Failed to set modulus length' });
    assert.throws(generate('dh', { prime: Buffer.alloc(1025) }), { message: 'DH prime exceeds maximum size' });
    assert.throws(generate('dh', { group: 'modp1' }), { message: 'Invalid or unsupported group' });
    assert.throws(generate('dh', { group: 'modp14', generator: 2 }), { code: 'ERR_INCOMPATIBLE_OPTION_PAIR' });
    assert.throws(generate('dh', {}), { code: 'ERR_MISSING_OPTION' });
  },
};

export const encryptedForms = {
  test() {
    const { privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 1024 });
    const lock = { cipher: 'aes-256-cbc', passphrase: 'secret' };
    for (const [form, head] of [
      [{ type: 'pkcs8', format: 'pem' }, '-----BEGIN ENCRYPTED PRIVATE KEY-----'],
      [{ type: 'pkcs1', format: 'pem' }, '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED'],
      [{ type: 'pkcs8', format: 'der' }, '0'],
    ]) {
      const key = privateKey.export({ ...form, ...lock });
      assert.ok(key.toString('latin1').startsWith(head));
      // The derivation is by HMAC-SHA-256, whose identifier it names.
      if (form.format === 'der') assert.ok(key.includes(Buffer.from('06082a864886f70d0209', 'hex')));
      const read = (passphrase) => crypto.createPrivateKey({ key, ...form, passphrase });
      assert.ok(read('secret').equals(privateKey));
      for (const wrong of ['other', undefined]) assert.throws(() => read(wrong), { message: 'Failed to parse private key' });
    }
    const refused = (options, error) => assert.throws(() => privateKey.export(options), error);
    refused({ type: 'pkcs8', format: 'pem', cipher: 'none', passphrase: '' }, { message: 'Unknown cipher: none' });
    refused({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc' }, { code: 'ERR_INVALID_ARG_TYPE' });
    refused({ type: 'pkcs1', format: 'der', ...lock }, { code: 'ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS' });
    refused({ type: 'sec1', format: 'pem' }, { code: 'ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS' });
    refused({ type: 'spki', format: 'pem' }, { message: 'Failed to export key' });
    refused({ type: 'pkcs8', format: 'text' }, { message: 'Invalid key format' });
    refused({}, { message: 'Missing type option' });
  },
};

export const jsonWebKeys = {
  test() {
    for (const [type, options] of PAIRS) {
      if (options.namedCurve === 'secp224r1') continue;
      const { publicKey, privateKey } = crypto.generateKeyPairSync(type, options);
      const [open, hidden] = [publicKey, privateKey].map((key) => key.export({ format: 'jwk' }));
      assert.ok(open.d === undefined && hidden.d !== undefined);
      assert.ok(crypto.createPublicKey({ key: open, format: 'jwk' }).equals(publicKey));
      assert.ok(crypto.createPublicKey({ key: hidden, format: 'jwk' }).equals(publicKey));
      assert.ok(crypto.createPrivateKey({ key: hidden, format: 'jwk' }).equals(privateKey));
      assert.throws(() => crypto.createPrivateKey({ key: open, format: 'jwk' }), {
        message: `${open.kty} JWK missing d parameter`,
      });
      assert.throws(() => crypto.createPrivateKey({ key: { ...hidden, d: '!' }, format: 'jwk' }), {
        message: `${open.kty} JWK invalid d parameter`,
      });
    }
    assert.throws(() => crypto.createPublicKey({ key: { kty: 'EC', crv: 'secp256k1' } }), { message: 'EC JWK unsupported curve' });
    assert.throws(() => crypto.createPublicKey({ key: { kty: 'EC', crv: 'none' } }), { message: 'EC JWK unsupported crv parameter' });
    assert.throws(() => crypto.createPublicKey({ key: { kty: 'oct', k: 'aa' } }), {
      message: 'JWK public key import is not implemented for this key type',
    });
  },
};

export const keysOfWebCrypto = {
  async test() {
    const { publicKey, privateKey } = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const key = KeyObject.from(privateKey);
    assert.ok(key instanceof crypto.PrivateKeyObject && KeyObject.from(publicKey) instanceof crypto.PublicKeyObject);
    assert.strictEqual(key.asymmetricKeyType, 'ec');
    assert.deepStrictEqual(key.export({ format: 'jwk' }), await subtle.exportKey('jwk', privateKey));
    assert.deepStrictEqual(key.export({ type: 'pkcs8', format: 'der' }), Buffer.from(await subtle.exportKey('pkcs8', privateKey)));
    assert.throws(() => key.export({ type: 'spki', format: 'pem' }), { name: 'TypeError', message: 'Failed to encode private key' });
    assert.throws(() => crypto.createPublicKey(key), { message: 'Failed to derive public key from private key' });

    const data = Buffer.from('data');
    assert.ok(crypto.verify('sha256', data, publicKey, crypto.sign('sha256', data, privateKey)));
    const own = crypto.createPrivateKey(key.export({ type: 'pkcs8', format: 'pem' }));
    assert.ok(!own.equals(key) && KeyObject.from(privateKey).equals(key));

    const hidden = await subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const secret = KeyObject.from(hidden);
    assert.strictEqual(secret.symmetricKeySize, 64);
    assert.throws(() => secret.export(), { name: 'TypeError', message: 'Unable to export non-extractable key' });
    assert.throws(() => crypto.hkdfSync('sha256', secret, '', '', 8), { message: 'Unable to export non-extractable key' });
    assert.ok(KeyObject.from(hidden).equals(secret));
    const mac = await subtle.sign('HMAC', hidden, data);
    assert.deepStrictEqual(crypto.createHmac('sha256', secret).update(data).digest(), Buffer.from(mac));
    assert.deepStrictEqual(crypto.createHmac('sha256', hidden).update(data).digest(), Buffer.from(mac));
    assert.throws(() => crypto.createHmac('sha256', privateKey), {
      message: 'Invalid key object type private, expected secret.',
    });
  },
};

export const keysForWebCrypto = {
  async test() {
    const { publicKey, privateKey } = crypto.generateKeyPairSync('ed25519');
    const data = Buffer.from('data');
    const signature = await subtle.sign('Ed25519', privateKey.toCryptoKey('Ed25519', false, ['sign']), data);
    assert.ok(crypto.verify(null, data, publicKey, Buffer.from(signature)));
    assert.ok(await subtle.verify('Ed25519', publicKey.toCryptoKey('Ed25519', true, new Set(['verify'])), signature, data));

    const secret = crypto.generateKeySync('aes', { length: 128 });
    const key = secret.toCryptoKey('AES-CBC', false, ['encrypt']);
    assert.deepStrictEqual({ ...key.algorithm }, { name: 'AES-CBC', length: 128 });
    assert.throws(() => KeyObject.from(key).toCryptoKey('AES-CBC', true, ['encrypt']), { name: 'InvalidAccessError' });
    assert.throws(() => secret.toCryptoKey('AES-CBC', true, []), { name: 'SyntaxError' });
    assert.throws(() => secret.toCryptoKey('AES-CBC', true), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => secret.toCryptoKey('AES-CBC', true, ['none']), { code: 'ERR_INVALID_ARG_VALUE' });
  },
};

export const wrongArguments = {
  test() {
    for (const make of [() => new KeyObject(), () => new crypto.SecretKeyObject()]) {
      assert.throws(make, { name: 'Error', message: 'Illegal constructor' });
    }
    assert.throws(() => KeyObject.from(1), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => crypto.createPrivateKey({ key: 'x', type: 'spki' }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => crypto.createPublicKey({ key: 'x', type: 'pkcs8' }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => crypto.createPublicKey(crypto.createSecretKey('x')), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => crypto.createPublicKey('none'), { message: 'Failed to parse public key' });
    assert.strictEqual(crypto.createSecretKey('x').equals(1), false);
  },
};
