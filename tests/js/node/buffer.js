import assert from 'node:assert';

export const offsetsOfNumbers = {
  test() {
    const buffer = Buffer.alloc(8);
    for (const name of ['writeFloatLE', 'writeFloatBE', 'writeDoubleLE', 'writeDoubleBE']) {
      buffer[name](1.5, undefined);
      for (const offset of [null, '0', {}, true]) {
        assert.throws(() => buffer[name](1.5, offset), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
      }
    }
  },
};
