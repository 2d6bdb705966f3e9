import { deepStrictEqual, ok, rejects, strictEqual, throws } from 'node:assert';

const bytes = async (blob) => [...await blob.bytes()];

export const parts = {
  async test() {
    const blob = new Blob([
      'aé', new Uint8Array([1, 2, 3]).subarray(1), new Uint16Array([5]), new DataView(new ArrayBuffer(2), 1),
      new Blob(['x']), new File(['y'], 'name'), 7,
    ]);
    deepStrictEqual(await bytes(blob), [97, 195, 169, 2, 3, 5, 0, 0, 120, 121, 55]);
    strictEqual(blob.size, 11);
    strictEqual(new Blob().size, 0);
    throws(() => new Blob('text'), TypeError);
    throws(() => new Blob(new Set(['a'])), TypeError);
    throws(() => new Blob([], { endings: 'native' }), { message: "The 'endings' field on 'Options' is not implemented." });
    throws(() => new Blob([new ArrayBuffer(100 << 20), new ArrayBuffer(100 << 20)]), RangeError);
  },
};

export const types = {
  test() {
    strictEqual(new Blob([], { type: 'A/B; C=D' }).type, 'a/b; c=d');
    strictEqual(new Blob([], { type: 'a/\u00e9' }).type, '');
    strictEqual(new Blob([], { type: 'a/\n' }).type, '');
  },
};

export const slices = {
  async test() {
    const blob = new Blob(['abcdef']);
    const part = blob.slice(-4, -1, 'X/Y');
    strictEqual(await part.text(), 'cde');
    strictEqual(part.type, 'x/y');
    strictEqual(await part.slice(1).text(), 'de');
    strictEqual(blob.slice(4, 2).size, 0);
    strictEqual(blob.slice(2, 100).size, 4);
    throws(() => blob.slice(2 ** 32), TypeError);
  },
};

export const reading = {
  async test() {
    const blob = new Blob(['\ufeffabc'], { type: 'a/b' });
    strictEqual((await blob.text()).length, 4);
    strictEqual((await blob.arrayBuffer()).byteLength, 6);
    strictEqual((await new Response(blob.stream()).bytes()).length, 6);
    const reader = blob.stream().getReader({ mode: 'byob' });
    strictEqual((await reader.read(new Uint8Array(2))).value.length, 2);
    strictEqual(new Response(blob).headers.get('content-type'), 'a/b');
    strictEqual(new Response(new Blob(['x'])).headers.get('content-type'), null);
  },
};

export const bodies = {
  async test() {
    const read = (type) => new Response('x', { headers: { 'content-type': type } }).blob();
    strictEqual((await read('Text/HTML; Charset=utf-8')).type, 'text/html;charset=utf-8');
    strictEqual((await read('bad')).type, '');
    strictEqual((await new Response(null).blob()).size, 0);
    const used = new Response('x');
    await used.text();
    await rejects(used.blob(), TypeError);
  },
};

export const files = {
  test() {
    const file = new File(['x'], 'a/b', { type: 'T/Y', lastModified: 5 });
    deepStrictEqual([file.name, file.type, file.lastModified, file.size], ['a/b', 't/y', 5, 1]);
    ok(file instanceof Blob);
    strictEqual(new File([], 'x', { lastModified: 'no number' }).lastModified, 0);
    ok(Math.abs(new File([], 'x').lastModified - Date.now()) < 1000);
    throws(() => new File([]), TypeError);
  },
};

export const clones = {
  async test() {
    const blob = structuredClone(new Blob(['abc'], { type: 'a/b' }));
    strictEqual(await blob.text(), 'abc');
    strictEqual(blob.type, 'a/b');
    throws(() => structuredClone(new File([], 'x')), { name: 'DataCloneError' });
  },
};
