import { deepStrictEqual, ok, rejects, strictEqual, throws } from 'node:assert';

const bytes = (...values) => new Uint8Array(values);

export const kinds = {
  async test() {
    const cases = [
      ['text', 'text', 'text/plain;charset=UTF-8'],
      ['grün', 'grün', 'text/plain;charset=UTF-8'],
      [bytes(97, 98), 'ab', null],
      [bytes(97, 98, 99).subarray(1), 'bc', null],
      [bytes(97).buffer, 'a', null],
      [new DataView(bytes(97, 98).buffer, 1), 'b', null],
      [new Blob(['blob'], { type: 'a/b' }), 'blob', 'a/b'],
      [new URLSearchParams({ a: '1 2' }), 'a=1+2', 'application/x-www-form-urlencoded;charset=UTF-8'],
      [123, '123', 'text/plain;charset=UTF-8'],
      [{}, '[object Object]', 'text/plain;charset=UTF-8'],
    ];
    for (const [body, text, type] of cases) {
      const response = new Response(body);
      strictEqual(response.headers.get('content-type'), type);
      strictEqual(await response.text(), text);
    }
    strictEqual(new Response('x', { headers: { 'Content-Type': 'own/type' } }).headers.get('content-type'), 'own/type');
  },
};

export const readers = {
  async test() {
    strictEqual(await new Response('text').text(), 'text');
    deepStrictEqual(await new Response('{"a": 1}').json(), { a: 1 });
    deepStrictEqual(new Uint8Array(await new Response('ab').arrayBuffer()), bytes(97, 98));
    deepStrictEqual(await new Response('ab').bytes(), bytes(97, 98));
    const blob = await new Response('ab', { headers: { 'content-type': 'a/b' } }).blob();
    strictEqual(blob.size, 2);
    strictEqual(blob.type, 'a/b');
    strictEqual(await blob.text(), 'ab');
    strictEqual(await new Response().text(), '');
    strictEqual((await new Response().arrayBuffer()).byteLength, 0);
  },
};

export const once = {
  async test() {
    const response = new Response('once');
    strictEqual(response.bodyUsed, false);
    const reading = response.text();
    strictEqual(response.bodyUsed, true);
    await rejects(response.text(), TypeError);
    strictEqual(await reading, 'once');
    await rejects(response.json(), TypeError);
    // Nothing to use up.
    const empty = new Response();
    await empty.text();
    strictEqual(empty.bodyUsed, false);
    await empty.text();
  },
};

export const broken = {
  async test() {
    await rejects(new Response('{').json(), SyntaxError);
    await rejects(new Response('').json(), SyntaxError);
    await rejects(new Response('x').formData(), TypeError);
    await rejects(new Response('x', { headers: { 'content-type': 'multipart/form-data' } }).formData(), TypeError);
  },
};

export const decoding = {
  async test() {
    // A byte order mark is not text, and what is no UTF-8 is replaced.
    strictEqual(await new Response(bytes(0xef, 0xbb, 0xbf, 97)).text(), 'a');
    strictEqual(await new Response(bytes(97, 0xff, 98)).text(), 'a\ufffdb');
    deepStrictEqual(await new Response(bytes(0xef, 0xbb, 0xbf, 0x31)).json(), 1);
  },
};

export const copies = {
  async test() {
    const source = bytes(97, 98);
    const response = new Response(source);
    source[0] = 120;
    strictEqual(await response.text(), 'ab');
    ok(source.byteLength === 2);
  },
};

export const streams = {
  async test() {
    const response = new Response('stream');
    ok(response.body instanceof ReadableStream);
    strictEqual(response.body, response.body);
    const reader = response.body.getReader();
    strictEqual(response.body.locked, true);
    await rejects(response.text(), TypeError);
    const { value, done } = await reader.read();
    strictEqual(done, false);
    strictEqual(new TextDecoder().decode(value), 'stream');
    strictEqual((await reader.read()).done, true);
    throws(() => new Response(response.body), TypeError);
  },
};
