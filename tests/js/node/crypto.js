// node:crypto: digests, HMAC, key derivation and random values.
import assert from 'node:assert';
import crypto from 'node:crypto';
import { types } from 'node:util';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';

const later = (call, ...args) =>
  new Promise((resolve, reject) => call(...args, (error, value) => (error ? reject(error) : resolve(value))));

export const digests = {
  async test() {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    const hash = crypto.createHash('sha256').update('a');
    const copy = hash.copy();
    assert.strictEqual(hash.update(Buffer.from('bc')).digest('hex'), abc);
    assert.strictEqual(copy.update('626 3', 'utf8').digest().length, 32);
    assert.throws(() => hash.update('x'), { code: 'ERR_CRYPTO_HASH_FINALIZED' });
    assert.strictEqual(crypto.hash('RSA-SHA1', 'abc'), 'a9993e364706816aba3e25717850c26c9cd0d89d');
    const short = crypto.createHash('sha512-256').update('a').digest('hex');
    assert.strictEqual(short, '455e518824bc0601f9fb858ff5c37d417d67c2f8e0df2babe4808858aea830f8');
    assert.throws(() => crypto.createHash('nope'), { message: 'Digest method not supported' });
    const streamed = await pipeline(Readable.from(['a', 'bc']), crypto.createHash('sha256'), buffer);
    assert.strictEqual(streamed.toString('hex'), abc);
  },
};

export const hmac = {
  test() {
    const expected = '342e519ce0ad6c03a36b98eeb3f1d130db4813b9df4d1160eda488d712dc78ee';
    const key = crypto.createSecretKey('k', 'utf8');
    assert.ok(types.isKeyObject(key));
    for (const each of ['k', Buffer.from('k'), key]) {
      assert.strictEqual(crypto.createHmac('sha256', each).update('abc').digest('hex'), expected);
    }
    const done = crypto.createHmac('md5', 'k'.repeat(100));
    assert.strictEqual(done.digest().length, 16);
    assert.strictEqual(done.digest('hex'), '');
    assert.throws(() => crypto.createHmac('sha256', 5), { code: 'ERR_INVALID_ARG_TYPE' });
  },
};

export const derivation = {
  async test() {
    const hkdf = ['sha256', 'key', 'salt', 'info', 20];
    const derived = '9ca0d662557439e3b83365f2da4626d35da195c6';
    assert.strictEqual(Buffer.from(crypto.hkdfSync(...hkdf)).toString('hex'), derived);
    assert.strictEqual(Buffer.from(await later(crypto.hkdf, ...hkdf)).toString('hex'), derived);
    const pbkdf2 = ['p', 's', 10, 20, 'sha256'];
    assert.strictEqual(crypto.pbkdf2Sync(...pbkdf2).toString('hex'), '1d6f1f7051b420b93e23f010e486cfea6ccfee90');
    assert.deepStrictEqual(await later(crypto.pbkdf2, ...pbkdf2), crypto.pbkdf2Sync(...pbkdf2));
    await assert.rejects(later(crypto.pbkdf2, 'p', 's', 10, 20, 'nope'), TypeError);
    assert.throws(() => crypto.pbkdf2Sync('p', 's', 1, 5101, 'sha1'), RangeError);
  },
};

export const scrypt = {
  async test() {
    const cost = { N: 1024, blockSize: 8, p: 16 };
    const derived = 'fdbabe1c9d3472007856e7190d01e9fe';
    assert.strictEqual(crypto.scryptSync('password', 'NaCl', 16, cost).toString('hex'), derived);
    assert.strictEqual((await later(crypto.scrypt, 'password', 'NaCl', 16, cost)).toString('hex'), derived);
    const message = 'Scrypt failed: cost exceeds maximum (1048576).';
    assert.throws(() => crypto.scryptSync('p', 's', 1, { N: 1024, r: 1, p: 1025 }), { name: 'RangeError', message });
    await assert.rejects(later(crypto.scrypt, 'p', 's', 1, { N: 3 }), { message: 'Scrypt failed' });
    assert.throws(() => crypto.scryptSync('p', 's', 1, { N: 2, cost: 2 }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => crypto.scryptSync('p', 's', 1, { N: -1 }), { code: 'ERR_OUT_OF_RANGE' });
  },
};

export const random = {
  async test() {
    assert.strictEqual(crypto.randomBytes(65536).length, 65536);
    assert.notDeepStrictEqual(crypto.randomBytes(16), crypto.randomBytes(16));
    const filled = Buffer.alloc(32);
    crypto.randomFillSync(filled, 16);
    assert.ok(filled.subarray(0, 16).every((byte) => byte === 0) && filled.subarray(16).some((byte) => byte !== 0));
    for (let i = 0; i < 100; i++) assert.ok([5, 6, 7].includes(crypto.randomInt(5, 8)));
    assert.strictEqual(await later(crypto.randomInt, 1), 0);
    assert.throws(() => crypto.randomInt(5, 3), { code: 'ERR_OUT_OF_RANGE' });
    assert.throws(() => crypto.randomInt(1.5), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
    assert.match(crypto.randomUUID(), /^[0-9a-f-]{36}$/);
    assert.strictEqual(crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('b')), false);
    assert.strictEqual(crypto.webcrypto, globalThis.crypto);
  },
};

export const primes = {
  async test() {
    const range = { name: 'RangeError' };
    const prime = crypto.generatePrimeSync(64, { bigint: true, add: 24n, rem: 23n });
    assert.ok(prime >> 63n === 1n && prime % 24n === 23n && crypto.checkPrimeSync(prime));
    assert.strictEqual(crypto.generatePrimeSync(64).byteLength, 8);
    assert.throws(() => crypto.generatePrimeSync(1), { message: 'Error while generating prime' });
    assert.throws(() => crypto.generatePrimeSync(8193), { message: 'generatePrime size exceeds maximum (8192 bits)' });
    assert.throws(() => crypto.generatePrimeSync(32, { add: 5n }), { message: 'Invalid values for add and rem', ...range });
    assert.throws(() => crypto.generatePrimeSync(3, { add: 12n, rem: 11n }), range);
    assert.throws(() => crypto.generatePrimeSync(32, { rem: -1n }), { code: 'ERR_OUT_OF_RANGE' });
    assert.strictEqual(typeof (await later(crypto.generatePrime, 64, { bigint: true })), 'bigint');
    await assert.rejects(later(crypto.generatePrime, 8193), range);

    assert.deepStrictEqual([0n, 1n, 2n, 7n, 8n].map((number) => crypto.checkPrimeSync(number)), [false, false, true, true, false]);
    assert.strictEqual(await later(crypto.checkPrime, Buffer.from([0, 5]), { checks: 64 }), true);
    await assert.rejects(later(crypto.checkPrime, 7n, { checks: 65 }), { message: 'Invalid number of checks', ...range });
    assert.throws(() => crypto.checkPrimeSync(Buffer.alloc(1025)), range);
    assert.throws(() => crypto.checkPrimeSync('7'), { code: 'ERR_INVALID_ARG_TYPE' });
  },
};

export const secretKeys = {
  async test() {
    assert.strictEqual(crypto.generateKeySync('aes', { length: 192 }).symmetricKeySize, 24);
    assert.strictEqual((await later(crypto.generateKey, 'hmac', { length: 129 })).symmetricKeySize, 16);
    assert.throws(() => crypto.generateKeySync('hmac', { length: 7 }), { code: 'ERR_OUT_OF_RANGE' });
    await assert.rejects(later(crypto.generateKey, 'aes', { length: 7 }), { code: 'ERR_INVALID_ARG_VALUE' });
  },
};
