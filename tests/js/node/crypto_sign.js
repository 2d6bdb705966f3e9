// Keys in pairs and signatures of `node:crypto`, with WebCrypto as the other side.

import assert from 'node:assert';
import * as crypto from 'node:crypto';
import { Buffer } from 'node:buffer';
import { inspect } from 'node:util';

const data = Buffer.from('some data');
const { subtle } = globalThis.crypto;
const RSA = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A fresh pair: keys for WebCrypto, and as PEM. */
async function pair(algorithm) {
  const keys = await subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const pem = async (format, key, label) => {
    const der = Buffer.from(await subtle.exportKey(format, key)).toString('base64');
    return `-----BEGIN ${label}-----\n${der.match(/.{1,64}/g).join('\n')}\n-----END ${label}-----\n`;
  };
  const privatePem = await pem('pkcs8', keys.privateKey, 'PRIVATE KEY');
  return { ...keys, privatePem, publicPem: await pem('spki', keys.publicKey, 'PUBLIC KEY') };
}

const sign = (key, options) => crypto.createSign('RSA-SHA256').update(data).sign({ key, ...options });
const verify = (key, signature, options) => crypto.createVerify('sha256').update(data).verify({ key, ...options }, signature);

export const rsa = {
  async test() {
    const { publicKey, privatePem, publicPem } = await pair({ name: 'RSASSA-PKCS1-v1_5', ...RSA });
    const signature = sign(privatePem);
    assert.ok(await subtle.verify('RSASSA-PKCS1-v1_5', publicKey, signature, data));
    assert.ok(verify(publicPem, signature));
    assert.deepStrictEqual(crypto.sign('sha256', data, privatePem), signature);
    assert.ok(crypto.verify('sha256', data, publicPem, signature));
    signature[0] ^= 1;
    assert.ok(!verify(publicPem, signature) && !crypto.verify('sha256', data, publicPem, signature));

    const key = crypto.createPrivateKey(privatePem);
    assert.strictEqual(key.asymmetricKeyType, 'rsa');
    assert.strictEqual(key.asymmetricKeyDetails.modulusLength, 2048);
    assert.strictEqual(key.asymmetricKeyDetails.publicExponent, 65537n);
    assert.match(inspect(key), /^PrivateKeyObject \{\s+type: 'rsa',/);
    assert.throws(() => sign(privatePem, { padding: 9 }), { message: 'Failed to set RSA parameters for signature' });
  },
};

export const pss = {
  async test() {
    const { publicKey, privatePem, publicPem } = await pair({ name: 'RSA-PSS', ...RSA });
    const padding = crypto.constants?.RSA_PKCS1_PSS_PADDING ?? 6;
    const signature = sign(privatePem, { padding });
    assert.ok(await subtle.verify({ name: 'RSA-PSS', saltLength: 32 }, publicKey, signature, data));
    assert.ok(verify(publicPem, signature, { padding }));
    assert.ok(!verify(publicPem, signature, { padding, saltLength: 20 }));
    assert.ok(!verify(publicPem, signature));
  },
};

export const ellipticCurves = {
  async test() {
    const { publicKey, privatePem, publicPem } = await pair(EC);
    const numbers = sign(privatePem, { dsaEncoding: 'ieee-p1363' });
    assert.ok(await subtle.verify(EC, publicKey, numbers, data));
    assert.ok(verify(publicPem, numbers, { dsaEncoding: 'ieee-p1363' }));
    assert.ok(!verify(publicPem, numbers));
    assert.ok(verify(publicPem, sign(privatePem)));
    assert.strictEqual(crypto.createPublicKey(publicPem).asymmetricKeyDetails.namedCurve, 'prime256v1');
    const later = await new Promise((resolve, reject) =>
      crypto.sign('sha256', data, privatePem, (error, signature) => (error ? reject(error) : resolve(signature)))
    );
    assert.ok(verify(publicPem, later));
  },
};

export const ed25519 = {
  async test() {
    const { publicKey, privatePem, publicPem } = await pair({ name: 'Ed25519' });
    const signature = crypto.sign(null, data, privatePem);
    assert.ok(await subtle.verify('Ed25519', publicKey, signature, data));
    assert.ok(crypto.verify(undefined, data, publicPem, signature));
    assert.throws(() => crypto.sign('sha256', data, privatePem), { message: 'Failed to initialize signing context' });
    assert.throws(() => sign(privatePem), { message: 'Failed to set signature digest' });
    assert.throws(() => verify(publicPem, signature), { message: 'Unsupported operation for this key' });
  },
};

export const streams = {
  async test() {
    const { privatePem, publicPem } = await pair(EC);
    const signer = crypto.createSign('sha256');
    signer.write('some ');
    signer.end('data');
    const signature = signer.sign(privatePem, 'base64');
    assert.throws(() => signer.sign(privatePem), { message: 'Signing context has already been finalized' });
    const verifier = crypto.createVerify('sha256').update('some data');
    assert.ok(verifier.verify(publicPem, signature, 'base64'));
    assert.throws(() => verifier.update(data), { message: 'Verification context has already been finalized' });
    assert.throws(() => crypto.createSign('nope'), { message: 'Unknown digest: nope' });
    assert.throws(() => crypto.createSign('sha1').sign(), { code: 'ERR_CRYPTO_SIGN_KEY_REQUIRED' });
  },
};

export const keyObjects = {
  async test() {
    const { privatePem, publicPem } = await pair(EC);
    const [key, open] = [crypto.createPrivateKey(privatePem), crypto.createPublicKey(publicPem)];
    assert.deepStrictEqual([key.type, open.type], ['private', 'public']);
    assert.strictEqual(open.export({ type: 'spki', format: 'pem' }), publicPem);
    assert.strictEqual(key.export({ type: 'pkcs8', format: 'pem' }), privatePem);
    const der = key.export({ type: 'pkcs8', format: 'der' });
    assert.ok(key.equals(crypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })));
    for (const from of [key, privatePem, publicPem]) assert.ok(crypto.createPublicKey(from).equals(open));
    assert.ok(!key.equals(open));
    assert.ok(verify(publicPem, crypto.createSign('sha256').update(data).sign(key)));

    assert.throws(() => key.export(), { message: 'Missing type option' });
    assert.throws(() => key.export({ type: 'spki', format: 'pem' }), { message: 'Failed to export key' });
    assert.throws(() => open.export({ type: 'pkcs1', format: 'pem' }), { message: 'PKCS1 can only be used for RSA keys' });
    assert.throws(() => crypto.createPrivateKey(publicPem), { message: 'Failed to parse private key' });
    assert.throws(() => crypto.createPublicKey('x'), { message: 'Failed to parse public key' });
    assert.throws(() => crypto.createPublicKey(open), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => crypto.createPrivateKey({ key: 'x', type: 'y' }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => crypto.createSign('sha256').sign(open), { code: 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE' });
  },
};
