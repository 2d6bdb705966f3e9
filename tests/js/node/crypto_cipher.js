// Ciphers of `node:crypto`.

import assert from 'node:assert';
import * as crypto from 'node:crypto';
import { Buffer } from 'node:buffer';

const filled = (size) => Buffer.alloc(size, 1);

export const known = {
  test() {
    const encrypt = (name, key, nonce) => crypto.createCipheriv(name, key, nonce).update('abc'.repeat(9), 'utf8', 'base64');
    const x = (size) => 'x'.repeat(size);
    assert.strictEqual(encrypt('aes-128-cbc', x(16), x(16)), '56itbHsxgRqh2yVt8Q6plw==');
    assert.strictEqual(encrypt('AES-128-cbc', crypto.createSecretKey(x(16), 'utf8'), x(16)), '56itbHsxgRqh2yVt8Q6plw==');
    assert.strictEqual(encrypt('des-ede3-cbc', x(24), x(8)), 'SbtsodVT07KLGSJcKQimK6AbZkVU+bIZ');
    assert.strictEqual(encrypt('rc4', x(24), ''), 'ZcxVeaVzMrRtjiFtPFkX3oBW1rkWLFZattv+');
    assert.strictEqual(encrypt('rc2-cbc', x(16), '12345678'), 'U3jt8T+XP+7PDsqDM39vHOA/iFNbOLZc');
  },
};

export const thereAndBack = {
  test() {
    for (const name of crypto.getCiphers()) {
      const { keyLength, ivLength, mode } = crypto.getCipherInfo(name);
      // What the AEADs besides ChaCha20 want is not the same everywhere.
      if (mode === 'ccm' || /siv|hmac|eax|randnonce|^x/.test(name)) continue;
      const [key, nonce] = [filled(keyLength), filled(ivLength)];
      const there = crypto.createCipheriv(name, key, nonce);
      const secret = Buffer.concat([there.update('some text', 'utf8'), there.final()]);
      assert.notStrictEqual(secret.toString(), 'some text');
      const back = crypto.createDecipheriv(name, key, nonce);
      if (mode === 'gcm' || name.startsWith('chacha')) back.setAuthTag(there.getAuthTag());
      assert.strictEqual(back.update(secret, undefined, 'utf8') + back.final('utf8'), 'some text', name);
    }
  },
};

export const streams = {
  async test() {
    const there = crypto.createCipheriv('aes-256-gcm', filled(32), filled(12));
    const back = crypto.createDecipheriv('aes-256-gcm', filled(32), filled(12));
    const pieces = [];
    there.on('data', (piece) => pieces.push(piece));
    await new Promise((resolve) => {
      there.on('end', resolve);
      there.write('some ');
      there.end('text');
    });
    back.setAuthTag(there.getAuthTag());
    back.setEncoding('utf8');
    let text = '';
    back.on('data', (piece) => (text += piece));
    await new Promise((resolve) => {
      back.on('end', resolve);
      for (const piece of pieces) back.write(piece);
      back.end();
    });
    assert.strictEqual(text, 'some text');
  },
};

export const tags = {
  test() {
    const there = crypto.createCipheriv('aes-128-gcm', filled(16), filled(12), { authLengthTag: 8 });
    assert.strictEqual(there.setAAD('aa', { encoding: 'hex' }), there);
    assert.throws(() => there.getAuthTag(), { message: 'Auth tag is only available once cipher context has been finalized' });
    const secret = there.update('text', 'utf8');
    there.final();
    const tag = there.getAuthTag();
    assert.strictEqual(tag.length, 8);
    assert.strictEqual(there.getAuthTag().length, 0);

    const back = () => crypto.createDecipheriv('aes-128-gcm', filled(16), filled(12));
    let wrong = back();
    wrong.setAuthTag(tag);
    wrong.update(secret);
    assert.throws(() => wrong.final(), { message: 'Authentication failed' });
    assert.throws(() => back().final(), { message: 'No auth tag provided' });
    assert.throws(() => back().setAuthTag(filled(3)), { message: 'Invalid authentication tag length' });
    // A tag may come after the text.
    const late = back();
    late.setAAD(Buffer.from('aa', 'hex'));
    assert.strictEqual(late.update(secret).toString(), 'text');
    late.setAuthTag(tag);
    late.final();

    wrong = crypto.createDecipheriv('chacha20-poly1305', filled(32), filled(12));
    wrong.setAuthTag(filled(16));
    assert.throws(() => wrong.setAuthTag(filled(16)), { message: 'Auth tag is already set' });
    assert.throws(() => wrong.update('a', 'utf8'), { name: 'OperationError' });
    const once = crypto.createCipheriv('chacha20-poly1305', filled(32), filled(12));
    once.update('a', 'utf8');
    assert.throws(() => once.update('b', 'utf8'), { message: 'update() can only be invoked once on an AEAD' });
  },
};

export const padding = {
  test() {
    const cipher = () => crypto.createCipheriv('aes-128-cbc', filled(16), filled(16));
    const open = cipher().setAutoPadding(false);
    assert.strictEqual(open.update(filled(16)).length, 16);
    assert.strictEqual(open.final().length, 0);
    const odd = cipher().setAutoPadding(false);
    odd.update(filled(15));
    assert.throws(() => odd.final(), { message: 'Authentication failed' });
    const done = cipher();
    assert.strictEqual(done.final().length, 16);
    const message = 'Cipher/decipher context has already been finalized';
    for (const use of ['final', 'setAutoPadding']) assert.throws(() => done[use](), { message });
    assert.throws(() => done.setAAD(filled(1)), { message });
  },
};

export const refusals = {
  test() {
    const open = (...args) => () => crypto.createCipheriv(...args);
    assert.throws(open('nope', filled(16), filled(16)), { message: 'Unknown or unsupported cipher: nope' });
    assert.throws(open('aes-128-cbc', filled(15), filled(16)), { message: 'Invalid key length' });
    for (const nonce of [null, filled(15), '']) {
      assert.throws(open('aes-128-cbc', filled(16), nonce), { message: 'Invalid initialization vector' });
    }
    assert.throws(open('aes-128-gcm', filled(16), filled(12), { authLengthTag: 3 }), {
      message: 'Invalid authentication tag length',
    });
    assert.throws(open('aes-128-cbc', 5, filled(16)), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(open('aes-128-cbc', filled(16), 5), { code: 'ERR_INVALID_ARG_TYPE' });
    const cipher = crypto.createCipheriv('aes-128-ecb', filled(16), null);
    assert.throws(() => cipher.update('a'), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => cipher.update(5), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => cipher.setAAD(filled(1)), { message: 'Cipher does not support authenticated mode' });
  },
};

export const information = {
  test() {
    const name = 'id-aes192-GCM';
    const expected = { name, nid: 898, blockSize: 1, ivLength: 5, keyLength: 24, mode: 'gcm' };
    assert.deepStrictEqual(crypto.getCipherInfo('aes-192-gcm', { ivLength: 5 }), expected);
    assert.strictEqual(crypto.getCipherInfo(419).name, 'AES-128-CBC');
    assert.strictEqual(crypto.getCipherInfo(906).name, 'AES-256-CTR');
    assert.strictEqual(crypto.getCipherInfo('ChaCha20-Poly1305').nid, 950);
    for (const [each, options] of [['aes-128-gcm', { ivLength: 0 }], ['aes-128-cbc', { keyLength: 15 }], ['nope'], [950]]) {
      assert.strictEqual(crypto.getCipherInfo(each, options), undefined);
    }
    assert.throws(() => crypto.getCipherInfo(), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => crypto.createCipher(), { message: 'The createCipher method is not implemented' });
  },
};
