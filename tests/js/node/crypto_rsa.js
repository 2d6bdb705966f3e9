// Ciphers with keys of RSA of `node:crypto`, and signed keys with a challenge.

import assert from 'node:assert';
import * as crypto from 'node:crypto';
import { Buffer } from 'node:buffer';

const { RSA_PKCS1_PADDING, RSA_NO_PADDING, RSA_PKCS1_OAEP_PADDING } = crypto.constants;
const data = Buffer.from('some data');
const { publicKey, privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicPem = publicKey.export({ type: 'spki', format: 'pem' });
const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' });

export const paddings = {
  test() {
    for (const [open, hidden] of [[publicKey, privateKey], [publicPem, privatePem], [{ key: publicKey }, { key: privateKey }]]) {
      assert.deepStrictEqual(crypto.privateDecrypt(hidden, crypto.publicEncrypt(open, data)), data);
      assert.deepStrictEqual(crypto.publicDecrypt(open, crypto.privateEncrypt(hidden, data)), data);
    }
    const whole = Buffer.alloc(256, 1);
    const padding = RSA_NO_PADDING;
    const secret = crypto.publicEncrypt({ key: publicPem, padding }, whole);
    assert.deepStrictEqual(crypto.privateDecrypt({ key: privatePem, padding }, secret), whole);
    assert.throws(() => crypto.publicEncrypt({ key: publicPem, padding }, data), { message: 'Failed to cipher/decipher' });
    assert.throws(() => crypto.publicEncrypt({ key: publicPem, padding: 9 }, data), { message: 'Failed to set the padding' });
    assert.throws(() => crypto.publicEncrypt(publicKey, Buffer.alloc(300)), { message: 'Failed to cipher/decipher' });
    assert.throws(() => crypto.privateDecrypt(privateKey, whole), { message: 'Failed to cipher/decipher' });
  },
};

export const oaep = {
  test() {
    const padding = RSA_PKCS1_OAEP_PADDING;
    for (const options of [{}, { oaepHash: 'sha1' }, { oaepLabel: 'label' }, { oaepHash: 'sha512', oaepLabel: Buffer.from([1]) }]) {
      const secret = crypto.publicEncrypt({ key: publicPem, padding, ...options }, 'some data');
      assert.deepStrictEqual(crypto.privateDecrypt({ key: privatePem, padding, ...options }, secret), data);
      assert.throws(() => crypto.privateDecrypt({ key: privatePem, padding, oaepLabel: 'other' }, secret), {
        message: 'Failed to cipher/decipher',
      });
    }
    const refused = (options, error) => assert.throws(() => crypto.publicEncrypt({ key: publicPem, ...options }, data), error);
    refused({ padding, oaepHash: 'none' }, { message: 'Unsupported hash digest' });
    refused({ padding, oaepHash: 1 }, { code: 'ERR_INVALID_ARG_TYPE' });
    refused({ padding, oaepLabel: 1 }, { code: 'ERR_INVALID_ARG_TYPE' });
    refused({ padding: RSA_PKCS1_PADDING, oaepLabel: 'label' }, { message: 'Failed to set the OAEP label' });
  },
};

export const wrongArguments = {
  test() {
    assert.throws(() => crypto.publicEncrypt(), { code: 'ERR_MISSING_ARGS' });
    assert.throws(() => crypto.privateDecrypt(privateKey), { code: 'ERR_MISSING_ARGS' });
    assert.throws(() => crypto.publicEncrypt(privateKey, data), {
      code: 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE',
      message: 'Invalid key object type private, expected public.',
    });
    assert.throws(() => crypto.publicEncrypt(publicKey, 1), { name: 'TypeError' });
    const pair = crypto.generateKeyPairSync('ed25519');
    assert.throws(() => crypto.privateDecrypt(pair.privateKey, data), {
      message: 'publicEncrypt() currently only supports RSA keys',
    });
  },
};

export const constants = {
  test() {
    assert.deepStrictEqual([RSA_PKCS1_PADDING, RSA_NO_PADDING, RSA_PKCS1_OAEP_PADDING], [1, 3, 4]);
    assert.deepStrictEqual(Object.keys(crypto.constants), []);
  },
};

/** A key of 1024 bits with the challenge 'hello', signed with MD5. */
const SPKAC =
  'MIIBPzCBqTCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA5OXaWEWvJ3uKsfkOxdX056axLx4Xg06+YP/tjBP1/aKC7stJ5s4i3g1mir6YO4' +
  'LH+Ie/m4tkEebp2n+BPtKAcKtSmwfRjpipDUUglRplsSRDJGiGCNgd3d+3vEA3DyiN5m1deBQYS4lELwF09P8UAv9EogZo77kk6E2ioJBCMRkC' +
  'AwEAARYFaGVsbG8wDQYJKoZIhvcNAQEEBQADgYEA3WAvI83uWtpCJUXTyna5qyABbnOUVtek0WQFiIqhQzNL/ui4E/SAU/L4kNcgN6DR/vVKzo' +
  'vZbbeiXBYKuApPeWZ35ynl+mvRDhGMPo8fmoxYYy5fzrUmz+Yur4eiXFk9DyVxtiCwDxYF7DbCfc4l8dfY7kHPwcf7f9VFqVTHpj0=';

export const signedKeys = {
  test() {
    const { Certificate } = crypto;
    assert.strictEqual(Certificate.exportChallenge(SPKAC).toString(), 'hello');
    assert.strictEqual(new Certificate().exportChallenge(Buffer.from(`${SPKAC} \n`)).toString(), 'hello');
    const key = crypto.createPublicKey(Certificate().exportPublicKey(SPKAC));
    assert.strictEqual(key.asymmetricKeyDetails.modulusLength, 1024);
    assert.strictEqual(Certificate.verifySpkac(SPKAC), false);
    for (const wrong of ['none', '', ' \n']) {
      assert.strictEqual(Certificate.exportPublicKey(wrong).length, 0);
      assert.strictEqual(Certificate.exportChallenge(wrong).length, 0);
    }
    assert.throws(() => Certificate.exportChallenge(1), { code: 'ERR_INVALID_ARG_TYPE' });
  },
};
