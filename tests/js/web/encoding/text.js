import { deepStrictEqual, strictEqual, throws } from 'node:assert';

export const encode = {
  test() {
    const encoder = new TextEncoder();
    strictEqual(encoder.encoding, 'utf-8');
    deepStrictEqual(encoder.encode(), new Uint8Array());
    deepStrictEqual(encoder.encode('aé€😀'), new Uint8Array([97, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80]));
    // A lone surrogate has no encoding.
    deepStrictEqual(encoder.encode('\ud800'), new Uint8Array([0xef, 0xbf, 0xbd]));
  },
};

export const encodeInto = {
  test() {
    const encoder = new TextEncoder();
    const target = new Uint8Array(4);
    deepStrictEqual({ ...encoder.encodeInto('a€é', target) }, { read: 2, written: 4 });
    deepStrictEqual(target, new Uint8Array([97, 0xe2, 0x82, 0xac]));
    deepStrictEqual({ ...encoder.encodeInto('€', new Uint8Array(2)) }, { read: 0, written: 0 });
  },
};

export const decode = {
  test() {
    const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 97, 0xff]);
    strictEqual(new TextDecoder().decode(bytes), 'a\ufffd');
    strictEqual(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), '\ufeffa\ufffd');
    throws(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes), TypeError);
    strictEqual(new TextDecoder().decode(), '');
    strictEqual(new TextDecoder().decode(bytes.buffer.slice(3, 4)), 'a');
  },
};

export const streaming = {
  test() {
    const decoder = new TextDecoder();
    strictEqual(decoder.decode(new Uint8Array([0xe2, 0x82]), { stream: true }), '');
    strictEqual(decoder.decode(new Uint8Array([0xac]), { stream: true }), '€');
    strictEqual(decoder.decode(new Uint8Array([0xe2]), { stream: true }), '');
    strictEqual(decoder.decode(), '\ufffd');
  },
};

export const labels = {
  test() {
    for (const [label, encoding] of [
      ['UTF8', 'utf-8'], [' utf-8 ', 'utf-8'], ['latin1', 'windows-1252'], ['utf-16', 'utf-16le'], ['sjis', 'shift_jis'],
    ]) {
      strictEqual(new TextDecoder(label).encoding, encoding);
    }
    strictEqual(new TextDecoder('latin1').decode(new Uint8Array([0x80, 0xe9])), '€é');
    strictEqual(new TextDecoder('utf-16be').decode(new Uint8Array([0, 97])), 'a');
    throws(() => new TextDecoder('no-such-encoding'), RangeError);
  },
};

export const longTexts = {
  test() {
    const encoder = new TextEncoder();
    for (const unit of ['plain', 'Grüße', 'Ελλάδα! ', '😀 and ü', '日本', 'lone \ud800 one', '\udc00']) {
      for (const count of [1, 7, 100, 5000]) {
        const source = unit.repeat(count);
        const bytes = encoder.encode(source);
        strictEqual(bytes.length, Buffer.byteLength(source));
        strictEqual(new TextDecoder().decode(bytes), source.toWellFormed());
        const target = new Uint8Array(bytes.length);
        deepStrictEqual(encoder.encodeInto(source, target), { read: source.length, written: bytes.length });
        deepStrictEqual(target, bytes);
      }
    }
  },
};
