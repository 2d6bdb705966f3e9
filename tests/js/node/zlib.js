// node:zlib: at once, with callbacks, and as streams.
import assert from 'node:assert';
import zlib, { constants } from 'node:zlib';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as consumers from 'node:stream/consumers';
import { promisify } from 'node:util';

const PAIRS = [
  ['deflate', 'inflate'],
  ['deflateRaw', 'inflateRaw'],
  ['gzip', 'gunzip'],
  ['gzip', 'unzip'],
  ['deflate', 'unzip'],
  ['brotliCompress', 'brotliDecompress'],
];
const className = (call) => call[0].toUpperCase() + call.slice(1);

export const roundTrips = {
  async test() {
    const text = 'what was coded is decoded; '.repeat(5000);
    for (const [code, decode] of PAIRS) {
      assert.strictEqual(zlib[`${decode}Sync`](zlib[`${code}Sync`](text)).toString(), text);
      const coded = await promisify(zlib[code])(text);
      assert.strictEqual((await promisify(zlib[decode])(coded)).toString(), text);
      const chunks = [text.slice(0, 10), text.slice(10, 70000), text.slice(70000)];
      const through = await pipeline(
        Readable.from(chunks, { objectMode: false }),
        new zlib[className(code)]({ chunkSize: 4096 }),
        new zlib[className(decode)]({ chunkSize: 16384 }),
        consumers.text
      );
      assert.strictEqual(through, text);
    }
  },
};

export const bytes = {
  test() {
    assert.strictEqual(zlib.gzipSync('abc').toString('hex'), '1f8b08000000000000034b4c4a0600c241243503000000');
    assert.strictEqual(zlib.brotliCompressSync('abc').toString('hex'), '0b018061626303');
    assert.strictEqual(zlib.crc32('abc'), 891568578);
    assert.strictEqual(zlib.crc32('a', 1), 2679148245);
    const joined = Buffer.concat([zlib.gzipSync('abc'), zlib.gzipSync('def'), Buffer.alloc(4)]);
    assert.strictEqual(zlib.gunzipSync(joined).toString(), 'abcdef');
  },
};

export const failures = {
  async test() {
    const garbage = Buffer.from('garbage');
    assert.throws(() => zlib.inflateSync(garbage), { message: 'incorrect header check' });
    assert.throws(() => zlib.inflateSync(zlib.deflateSync('abc').subarray(0, 5)), { message: 'unexpected end of file' });
    assert.throws(() => zlib.deflateSync('a', { level: 99 }), RangeError);
    assert.throws(() => zlib.inflateSync(zlib.deflateSync('a'.repeat(1000)), { maxOutputLength: 10 }), {
      message: 'Memory limit exceeded',
    });
    assert.throws(() => new zlib.Deflate({ chunkSize: 5 }), { code: 'ERR_OUT_OF_RANGE' });
    assert.throws(() => new zlib.BrotliCompress({ params: { 99: 1 } }), { code: 'ERR_BROTLI_INVALID_PARAM' });
    await assert.rejects(promisify(zlib.deflate)('a', { maxOutputLength: 0 }), RangeError);
    const failed = (stream, chunk) => pipeline(Readable.from([chunk]), stream, consumers.buffer);
    await assert.rejects(failed(zlib.createInflate(), garbage), { code: 'Z_DATA_ERROR', errno: -3 });
    await assert.rejects(failed(zlib.createBrotliDecompress(), garbage), { code: 'ERR__ERROR_FORMAT_PADDING_1' });
  },
};

export const dictionaries = {
  async test() {
    const dictionary = Buffer.from('abc');
    const coded = zlib.deflateSync('abcabc', { dictionary });
    assert.strictEqual(zlib.inflateSync(coded, { dictionary }).toString(), 'abcabc');
    assert.throws(() => zlib.inflateSync(coded), { message: 'Missing dictionary' });
    assert.throws(() => zlib.inflateSync(coded, { dictionary: Buffer.from('x') }), { message: 'Bad dictionary' });
  },
};

export const flushing = {
  async test() {
    const deflate = zlib.createDeflate();
    const inflate = zlib.createInflate({ finishFlush: constants.Z_SYNC_FLUSH });
    deflate.pipe(inflate);
    deflate.write('first');
    await new Promise((resolve) => deflate.flush(resolve));
    assert.strictEqual(String(await new Promise((resolve) => inflate.once('data', resolve))), 'first');
    await new Promise((resolve) => deflate.params(9, constants.Z_DEFAULT_STRATEGY, resolve));
    deflate.end(' and last');
    assert.strictEqual(await consumers.text(inflate), ' and last');
    assert.strictEqual(deflate.bytesWritten, 14);
    const closed = zlib.createGzip();
    await new Promise((resolve) => closed.close(resolve));
    assert.strictEqual(closed.destroyed, true);
  },
};

export const zstd = {
  async test() {
    const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag, ZSTD_c_windowLog } = zlib.constants;
    const text = Buffer.from('hello zstd '.repeat(500));
    const coded = zlib.zstdCompressSync(text);
    assert.strictEqual(coded.toString('hex'), '28b52ffd607c149d00005868656c6c6f207a7374642001006ee5be7801');
    assert.deepStrictEqual(zlib.zstdDecompressSync(coded), text);
    const params = { [ZSTD_c_compressionLevel]: 19, [ZSTD_c_checksumFlag]: 1 };
    assert.deepStrictEqual(zlib.zstdDecompressSync(zlib.zstdCompressSync(text, { params })), text);
    const window = { params: { [ZSTD_c_windowLog]: 5 } };
    const outOfBound = 'Setting parameter failed: Parameter is out of bound';
    assert.throws(() => zlib.zstdCompressSync(text, window), { message: outOfBound });
    assert.throws(() => zlib.createZstdCompress(window), { code: 'ERR_ZLIB_INITIALIZATION_FAILED' });
    assert.throws(() => zlib.createZstdCompress({ params: { 999: 1 } }), { code: 'ERR_ZSTD_INVALID_PARAM' });
    assert.throws(() => zlib.zstdDecompressSync(coded.subarray(0, 12)), { message: 'unexpected end of file' });
    assert.throws(() => zlib.zstdDecompressSync('garbage!'), {
      message: 'Zstd decompression failed: Unknown frame descriptor',
    });
    // What is made of little may be much: in pieces, none within the other.
    const zeros = zlib.zstdCompressSync(Buffer.alloc(1 << 24));
    let length = 0;
    const stream = zlib.createZstdDecompress();
    stream.end(zeros);
    for await (const chunk of stream) length += chunk.length;
    assert.strictEqual(length, 1 << 24);
  },
};

// What some packages reach for.
export const handles = {
  test() {
    const deflate = zlib.createDeflate();
    const { constructor: ZlibStream } = deflate._handle;
    assert.throws(() => new ZlibStream(0), { name: 'TypeError', message: 'Invalid zlib mode' });
    const input = Buffer.from('some text');
    const output = Buffer.alloc(64);
    const { _handle: handle, _writeState: state } = deflate;
    handle.writeSync(constants.Z_FINISH, input, 0, input.length, output, 0, output.length);
    assert.strictEqual(state[1], 0);
    assert.deepStrictEqual(zlib.inflateSync(output.subarray(0, 64 - state[0])), input);
    const bounds = { name: 'Error', message: 'Output access is not within bounds' };
    assert.throws(() => handle.writeSync(0, input, 0, 1, output, 60, 5), bounds);
    const resizable = new ArrayBuffer(64, { maxByteLength: 64 });
    const shrink = { valueOf: () => (resizable.resize(0), 64) };
    assert.throws(() => handle.writeSync(0, input, 0, 1, new Uint8Array(resizable), 0, shrink), bounds);
  },
};
