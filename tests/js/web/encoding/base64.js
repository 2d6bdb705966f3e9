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

export const encodedCharacters = {
  test() {
    const encoder = new TextEncoder();
    const decoder = new TextDecoder();
    const pieces = ['', 'a', 'plain ASCII, long enough for more than a register', 'Gr\u00fc\u00dfe', '\u0395\u03bb\u03bb\u03ac\u03b4\u03b1', '\u20ac', '\u{1f600}', '\ud800', '\udc00', '\u{1f600}\ud83d', '\ude00\u{1f600}'];
    for (const first of pieces) {
      for (const second of pieces) {
        for (const repeated of [1, 7, 40]) {
          const text = (first + second).repeat(repeated);
          const bytes = encoder.encode(text);
          strictEqual(decoder.decode(bytes), text.toWellFormed());
          strictEqual(bytes.length, encoder.encodeInto(text, new Uint8Array(text.length * 3)).written);
        }
      }
    }
  },
};

export const base64OfStringsWithWideRepresentation = {
  test() {
    // A slice of a string with wide characters.
    const narrow = ('\u20ac' + 'abcdefghijklmnopqrstuvwxyz\u00ff').slice(1);
    strictEqual(btoa(narrow), 'YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXr/');
    strictEqual(atob(('\u20ac' + 'YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXr/').slice(1)), narrow);
    throws(() => btoa('\u20ac'), { name: 'InvalidCharacterError' });
    throws(() => atob('\u20ac'), { name: 'InvalidCharacterError' });
    throws(() => atob('\u00ff'), { name: 'InvalidCharacterError' });
    strictEqual(atob(' Y Q = = '), 'a');
    throws(() => atob(), { message: "Failed to execute 'atob' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'string'." });
    strictEqual(atob(null), '\u009e\u00e9e');
  },
};
