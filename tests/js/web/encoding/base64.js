import { strictEqual, throws } from 'node:assert';

const invalid = { name: 'InvalidCharacterError', code: 5 };

export const encode = {
  test() {
    strictEqual(btoa(''), '');
    strictEqual(btoa('a'), 'YQ==');
    strictEqual(btoa('\x00\xff'), 'AP8=');
    strictEqual(btoa(null), 'bnVsbA==');
    throws(() => btoa('€'), invalid);
  },
};

export const decode = {
  test() {
    strictEqual(atob('YQ=='), 'a');
    strictEqual(atob('YQ'), 'a');
    strictEqual(atob(' Y\tQ\n= = '), 'a');
    strictEqual(atob('AP8='), '\x00\xff');
    for (const text of ['Y', 'YQ=', 'Y===', 'YQ==YQ==', '-_', 'a$']) throws(() => atob(text), invalid, text);
  },
};

export const thrown = {
  test() {
    throws(() => atob('*'), (error) => error instanceof DOMException && error instanceof Error);
  },
};
