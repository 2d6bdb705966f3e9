import { ok, rejects, strictEqual, throws } from 'node:assert';

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');

export const algorithms = {
  async test() {
    for (const [name, expected] of [
      ['md5', '25f9e794323b453885f5181f1b624d0b'],
      [{ name: 'SHA-1' }, 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
      ['crc32', 'cbf43926'],
      ['crc32c', 'e3069283'],
      ['CRC64nvme', 'ae8b14860a799888'],
      ['crc64nvme', 'ae8b14860a799888'],
    ]) {
      const stream = new crypto.DigestStream(name);
      const writer = stream.getWriter();
      await writer.write('1234');
      await writer.write(new TextEncoder().encode('x56789').subarray(1));
      await writer.write(new ArrayBuffer(0));
      strictEqual(stream.bytesWritten, 9n);
      await writer.close();
      strictEqual(hex(await stream.digest), expected);
      strictEqual(stream.digest, stream.digest);
    }
    throws(() => new crypto.DigestStream('CRC-32'), {
      name: 'NotSupportedError',
      message: 'Unrecognized or unimplemented digest algorithm requested.',
    });
    throws(() => new crypto.DigestStream(), {
      name: 'TypeError',
      message: "Failed to construct 'DigestStream': constructor parameter 1 is not of type 'string or HashAlgorithm'.",
    });
  },
};

export const shape = {
  test() {
    const stream = new crypto.DigestStream('SHA-256');
    ok(stream instanceof WritableStream);
    strictEqual(stream.constructor, crypto.DigestStream);
    const names = [];
    for (const name in crypto) names.push(name);
    ok(names.includes('DigestStream'));
    strictEqual(globalThis.DigestStream, undefined);
  },
};

export const pipes = {
  async test() {
    const stream = new crypto.DigestStream('SHA-1');
    await new Response('abc').body.pipeTo(stream);
    strictEqual(hex(await stream.digest), 'a9993e364706816aba3e25717850c26c9cd0d89d');
  },
};

export const failures = {
  async test() {
    const message =
      'DigestStream is a byte stream but received an object of non-ArrayBuffer/ArrayBufferView/string type on its writable side.';
    const wrong = new crypto.DigestStream('md5');
    await rejects(wrong.getWriter().write(1), { name: 'TypeError', message });

    const aborted = new crypto.DigestStream('md5');
    const reason = new Error('stop');
    const watched = rejects(aborted.digest, reason);
    await aborted.abort(reason);
    await watched;

    const disposed = new crypto.DigestStream('md5');
    const gone = { name: 'TypeError', message: 'The DigestStream was disposed.' };
    const seen = rejects(disposed.digest, gone);
    disposed[Symbol.dispose]();
    disposed[Symbol.dispose]();
    await seen;
    await rejects(disposed.getWriter().write('x'), gone);
  },
};
