// The standard streams of `process`.
import assert from 'node:assert';
import process from 'node:process';
import { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';

export const output = {
  async test() {
    for (const [stream, fd] of [[process.stdout, 1], [process.stderr, 2]]) {
      assert.ok(stream instanceof Writable);
      assert.strictEqual(stream.fd, fd);
      assert.strictEqual(stream.readable, false);
      await new Promise((resolve) => stream.write('a line\nand ', resolve));
      stream.write(Buffer.from('another\n'));
    }
    assert.strictEqual(process.stdout, process.stdout);
  },
};

export const input = {
  async test() {
    assert.ok(process.stdin instanceof Readable);
    assert.strictEqual(process.stdin.fd, 0);
    assert.strictEqual(await text(process.stdin), '');
    process.stdout.end('the end');
    await finished(process.stdout);
  },
};
