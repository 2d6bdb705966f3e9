// What Node releases past their end of life had is gone with a flag; modules that an early date has all the same.
import assert from 'node:assert';
import crypto, { createCipher } from 'node:crypto';
import { Channel, tracingChannel } from 'node:diagnostics_channel';
import fs from 'node:fs/promises';
import util, { isBoolean } from 'node:util';

export default {
  async test() {
    assert.strictEqual(createCipher, undefined);
    assert.strictEqual(crypto.Decipher, undefined);
    assert.strictEqual(isBoolean, undefined);
    assert.strictEqual(util.isError, undefined);
    assert.strictEqual(typeof fs.readFile, 'function');
    assert.strictEqual(Object.hasOwn(Channel.prototype, Symbol.toStringTag), false);
    assert.strictEqual(tracingChannel('x').hasSubscribers(), false);
    await assert.rejects(import('test'), { message: 'No such module "test".' });
  },
};

export const removedNamesRemain = {
  test() {
    for (const name of ['createCipher', 'createDecipher', 'Cipher', 'Decipher']) {
      assert.strictEqual(name in crypto, true);
      assert.strictEqual(crypto[name], undefined);
    }
  },
};
