// Agreement of `node:crypto`: over numbers, over curves, and of key objects.

import assert from 'node:assert';
import * as crypto from 'node:crypto';
import { Buffer } from 'node:buffer';

const INVALID_TYPE = { code: 'ERR_INVALID_ARG_TYPE' };

export const groups = {
  test() {
    const [one, other] = [0, 1].map(() => crypto.getDiffieHellman('modp14'));
    assert.throws(() => one.getPublicKey(), { message: 'No public key' });
    assert.throws(() => one.computeSecret(Buffer.from([5])), { message: /error computing shared secret$/ });
    one.generateKeys();
    const secret = one.computeSecret(other.generateKeys('hex'), 'hex', 'base64');
    assert.strictEqual(secret, other.computeSecret(one.getPublicKey(), null, 'base64'));
    assert.strictEqual(one.getPrime().length, 256);
    assert.deepStrictEqual(one.getGenerator('hex'), '02');
    assert.strictEqual(one.setPublicKey, undefined);
    for (const name of ['modp5', 'modp1', undefined]) {
      assert.throws(() => crypto.createDiffieHellmanGroup(name), { message: /^Failed to init DiffieHellmanGroup: invalid group/ });
    }
  },
};

export const numbers = {
  test() {
    const prime = crypto.getDiffieHellman('modp14').getPrime();
    const dh = crypto.DiffieHellman(prime.toString('hex'), 'hex');
    assert.strictEqual(dh.verifyError, 8);
    assert.strictEqual(crypto.createDiffieHellman(prime, Buffer.from([3])).verifyError, 4);
    assert.strictEqual(crypto.createDiffieHellman(Buffer.from([23]), 5).verifyError, 0);
    assert.strictEqual(crypto.createDiffieHellman(Buffer.from([15])).verifyError, 9);
    dh.setPrivateKey('05', 'hex');
    assert.deepStrictEqual(dh.generateKeys(), Buffer.from([32]));
    for (const key of [Buffer.from([1]), prime]) {
      assert.throws(() => dh.setPublicKey(key), { name: 'RangeError' });
      assert.throws(() => dh.computeSecret(key), { name: 'RangeError' });
    }
    assert.throws(() => dh.computeSecret(Buffer.alloc(0)), { message: 'DiffieHellman computeSecret() failed: invalid key' });
    assert.throws(() => dh.computeSecret(5), INVALID_TYPE);
  },
};

export const limits = {
  test() {
    const refused = (args, error) => assert.throws(() => crypto.createDiffieHellman(...args), error);
    const failed = (reason) => ({ message: `DiffieHellman init failed: ${reason}` });
    refused([10001], { name: 'RangeError', ...failed('requested prime size too large') });
    refused([1], failed('could not generate parameters'));
    refused([32, Buffer.from([2])], failed('invalid parameters'));
    refused([Buffer.alloc(1251, 1)], { name: 'RangeError', ...failed('key is too large') });
    refused([Buffer.alloc(0)], failed('invalid key'));
    refused([Buffer.from([22])], failed('Invalid DH prime generated'));
    refused([Buffer.from([23]), Buffer.alloc(1251, 1)], failed('generator is too large'));
    refused([Buffer.from([23]), 1], failed('generator too small'));
    refused([Buffer.from([23]), Buffer.from([0, 1])], failed('invalid generator'));
    refused([Buffer.from([23]), Buffer.from([23])], failed('Invalid DH prime generated'));
    refused([{}], INVALID_TYPE);
    assert.strictEqual(crypto.createDiffieHellman(64).getPrime().length, 8);
  },
};

export const curves = {
  test() {
    assert.deepStrictEqual(crypto.getCurves(), ['secp224r1', 'prime256v1', 'secp384r1', 'secp521r1']);
    for (const curve of crypto.getCurves()) {
      const [one, other] = [0, 1].map(() => crypto.createECDH(curve));
      assert.throws(() => one.getPrivateKey(), { message: 'Failed to get ECDH private key' });
      assert.throws(() => one.getPublicKey(), { message: 'Failed to get ECDH public key' });
      assert.throws(() => one.computeSecret(Buffer.from([0])), { message: 'Invalid keypair' });
      const point = one.generateKeys();
      const short = other.generateKeys('hex', 'compressed');
      assert.deepStrictEqual(one.computeSecret(short, 'hex'), other.computeSecret(point));
      assert.deepStrictEqual(crypto.ECDH.convertKey(short, curve, 'hex'), other.getPublicKey());
      one.setPrivateKey(other.getPrivateKey('base64'), 'base64');
      assert.deepStrictEqual(one.getPublicKey(), other.getPublicKey());
      assert.throws(() => one.computeSecret(Buffer.alloc(point.length)), { message: 'Failed to set point' });
      assert.throws(() => one.setPrivateKey(Buffer.alloc(100, 255)), { message: 'Private key is not valid for specified curve.' });
      assert.throws(() => one.getPublicKey('hex', 'none'), { code: 'ERR_INVALID_ARG_VALUE' });
    }
    assert.throws(() => crypto.createECDH('P-256'), { message: 'Invalid curve' });
    assert.throws(() => crypto.createECDH('secp256k1'), { message: 'Failed to create key using named curve' });
    assert.throws(() => crypto.ECDH(), INVALID_TYPE);
    assert.throws(() => crypto.ECDH.convertKey(Buffer.from([0]), 'prime256v1'), { message: 'Failed to set point' });
  },
};

export const keyObjects = {
  test() {
    for (const [type, options] of [['ec', { namedCurve: 'P-384' }], ['x25519'], ['dh', { group: 'modp14' }]]) {
      const [one, other] = [0, 1].map(() => crypto.generateKeyPairSync(type, options));
      const secret = crypto.diffieHellman({ privateKey: one.privateKey, publicKey: other.publicKey });
      assert.deepStrictEqual(secret, crypto.diffieHellman({ privateKey: other.privateKey, publicKey: one.publicKey }));
      assert.throws(() => crypto.diffieHellman({ privateKey: one.publicKey, publicKey: one.publicKey }), INVALID_TYPE);
    }
    const [one, other] = ['P-256', 'P-384'].map((namedCurve) => crypto.generateKeyPairSync('ec', { namedCurve }));
    assert.throws(() => crypto.diffieHellman({ privateKey: one.privateKey, publicKey: other.publicKey }), {
      message: 'Failed to derive shared diffie-hellman secret',
    });
    const { publicKey } = crypto.generateKeyPairSync('x25519');
    assert.throws(() => crypto.diffieHellman({ privateKey: one.privateKey, publicKey }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => crypto.diffieHellman({ privateKey: one.privateKey }), INVALID_TYPE);
    const { publicKey: number } = crypto.generateKeyPairSync('dh', { group: 'modp14' });
    assert.throws(() => number.export({ type: 'spki', format: 'pem' }), { message: 'Failed to export key' });
  },
};
