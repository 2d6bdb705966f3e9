// Paths, addresses, queries and text in pieces: `node:path`, `node:url`, `node:querystring`, `node:string_decoder`.
import assert from 'node:assert';
import path from 'node:path';
import querystring from 'node:querystring';
import url from 'node:url';
import { StringDecoder } from 'node:string_decoder';

export const paths = {
  test() {
    assert.strictEqual(path.join('/a', '../b', './c'), '/b/c');
    assert.strictEqual(path.relative('/a/b', '/a/c/d'), '../c/d');
    assert.strictEqual(path.win32.resolve('C:\\a', '..\\b'), 'C:\\b');
    assert.strictEqual(path.win32.basename('C:\\a\\b.txt', '.txt'), 'b');
    assert.deepStrictEqual({ ...path.parse('/x/y.tar.gz') }, { root: '/', dir: '/x', base: 'y.tar.gz', ext: '.gz', name: 'y.tar' });
    assert.throws(() => path.join(1), { code: 'ERR_INVALID_ARG_TYPE' });
  },
};

export const legacyUrls = {
  test() {
    const scp = url.parse('git+ssh://git@github.com:npm/npm');
    assert.strictEqual(scp.host, 'github.com');
    assert.strictEqual(scp.pathname, '/:npm/npm');
    assert.strictEqual(url.parse('\bhttp://a.com/\b').host, 'a.com');
    assert.strictEqual(url.parse('http://0x1/').hostname, '0x1');
    assert.throws(() => url.parse('http://[::1]:x/'), { name: 'Error', code: 'ERR_INVALID_URL' });
    assert.strictEqual(url.resolve('/one/two/three', 'four'), '/one/two/four');
    assert.strictEqual(url.fileURLToPath('file:///a%20b'), '/a b');
  },
};

export const queries = {
  test() {
    const parse = (text, maxKeys) => ({ ...querystring.parse(text, null, null, { maxKeys }) });
    assert.deepStrictEqual(parse('&a', 1), {});
    assert.deepStrictEqual(parse('a&&b&c=1', 2), { a: '' });
    assert.deepStrictEqual(parse('%\u0100=1'), { '%\u0100': '1' });
    assert.strictEqual(querystring.stringify({ a: ['x', 'y'], b: ' ' }), 'a=x&a=y&b=%20');
  },
};

export const textInPieces = {
  test() {
    const pieces = (encoding, ...parts) => {
      const decoder = new StringDecoder(encoding);
      return [...parts.map((part) => decoder.write(Buffer.from(part, 'hex'))), decoder.end()];
    };
    assert.deepStrictEqual(pieces('utf8', 'e282', 'ac'), ['', '€', '']);
    assert.deepStrictEqual(pieces('utf8', 'f69b', 'd1'), ['', '\ufffd\ufffd', '\ufffd']);
    assert.deepStrictEqual(pieces('utf16le', '3dd8', '4d'), ['', '', '\ud83d']);
    assert.deepStrictEqual(pieces('base64', '61', '6263'), ['', 'YWJj', '']);
    const decoder = new StringDecoder('utf16le');
    decoder.write(Buffer.from('0103', 'hex').subarray(1));
    const [state] = Object.getOwnPropertySymbols(decoder);
    assert.deepStrictEqual([...decoder[state]], [3, 0, 0, 0, 1, 1, 3]);
    decoder[state][5] = 100;
    assert.throws(() => decoder.write(Buffer.from('x')), { message: 'Buffered bytes cannot exceed 4' });
  },
};

export const concatenation = {
  test() {
    const memory = new ArrayBuffer(100, { maxByteLength: 200 });
    const list = [new Uint8Array(memory).fill(1), null];
    Object.defineProperty(list, 1, { get: () => (memory.resize(0), new Uint8Array([2])) });
    // The getter has run before the first part is copied.
    assert.strictEqual(Buffer.concat(list, 3).toString('hex'), '020000');
  },
};

export const sizes = {
  test() {
    const range = 'The value of "size" is out of range. It must be 0 to 2147483647. Received 1_099_511_627_776';
    assert.throws(() => Buffer.alloc(2 ** 40), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: range });
    assert.throws(() => Buffer.alloc(NaN), { name: 'RangeError', code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => Buffer.concat('x'), /^TypeError.*"list" argument must be an \(Buffer\|Uint8Array\)\[\]/);
    assert.throws(() => Buffer.concat([Buffer.alloc(1)], -1), { code: 'ERR_OUT_OF_RANGE' });
  },
};
