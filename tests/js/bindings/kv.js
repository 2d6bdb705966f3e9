import { deepStrictEqual, rejects, strictEqual, throws } from 'node:assert';
import { WorkerEntrypoint } from 'cloudflare:workers';

let asked;
let deleted;
let answer;

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const headers = Object.fromEntries(request.headers);
    delete headers['transfer-encoding'];
    asked = { method: request.method, url: request.url, headers, body: await request.arrayBuffer() };
    return answer?.() ?? new Response('null');
  }

  delete(names) {
    deleted = names;
    return 'deleted';
  }
}

const KEY = 'https://fake-host/key?urlencoded=true';
const text = () => new TextDecoder().decode(asked.body);
const found = (body) => () =>
  new Response(body, { headers: { 'cf-kv-metadata': '{"m":1}', 'cf-cache-status': 'HIT' } });

export const values = {
  async test(_, { KV }) {
    answer = found('{"v":1}');
    strictEqual(await KV.get('key'), '{"v":1}');
    deepStrictEqual(
      { ...asked, body: text() },
      { method: 'GET', url: KEY, headers: { 'cf-kv-flprod-405': KEY }, body: '' },
    );
    deepStrictEqual(await KV.get('key', 'json'), { v: 1 });
    strictEqual((await KV.get('key', { type: 'arrayBuffer' })).byteLength, 7);
    strictEqual(await new Response(await KV.get('key', 'stream')).text(), '{"v":1}');
    deepStrictEqual(await KV.getWithMetadata('key'), { value: '{"v":1}', metadata: { m: 1 }, cacheStatus: 'HIT' });
    await KV.get('a/é ?&', { cacheTtl: 60 });
    strictEqual(asked.url, 'https://fake-host/a%2F%C3%A9%20%3F&?urlencoded=true&cache_ttl=60');

    answer = () => new Response('x', { status: 404 });
    strictEqual(await KV.get('key'), null);
    deepStrictEqual(await KV.getWithMetadata('key'), { value: null, metadata: null, cacheStatus: null });
  },
};

export const bulk = {
  async test(_, { KV }) {
    answer = () => new Response('{"a":1,"b":null,"10":2}');
    const map = await KV.get(['a', 'b'], { type: 'json', cacheTtl: 30 });
    deepStrictEqual(map, new Map([['a', 1], ['b', null]]));
    strictEqual(asked.method, 'POST');
    strictEqual(asked.url, 'https://fake-host/bulk/get');
    strictEqual(text(), '{"keys":["a","b"],"type":"json","cacheTtl":"30"}');
    await KV.getWithMetadata(['a']);
    strictEqual(text(), '{"keys":["a"],"withMetadata":true}');
    answer = () => new Response('', { status: 400 });
    await rejects(KV.get(['a']), { name: 'Error', message: 'KV GET_BULK failed: 400 Bad Request' });
  },
};

export const lists = {
  async test(_, { KV }) {
    answer = () => new Response('{"keys":[{"name":"a","metadata":"{\\"x\\":1}"},{"name":"b"}],"list_complete":true}');
    deepStrictEqual(await KV.list({ limit: 5, prefix: 'p/x y', cursor: 'c' }), {
      keys: [{ name: 'a', metadata: { x: 1 } }, { name: 'b' }],
      list_complete: true,
      cacheStatus: null,
    });
    strictEqual(asked.headers['cf-kv-flprod-405'], 'https://fake-host?key_count_limit=5&prefix=p%2Fx+y&cursor=c');
    await KV.list({ limit: -1, prefix: null });
    strictEqual(asked.headers['cf-kv-flprod-405'], 'https://fake-host');
    answer = () => new Response('', { status: 500 });
    await rejects(KV.list(), { name: 'Error', message: 'KV GET failed: 500 Internal Server Error' });
  },
};

export const storing = {
  async test(_, { KV }) {
    answer = undefined;
    strictEqual(await KV.put('key', 'é', { expiration: 5, expirationTtl: 60, metadata: { a: 'ü' } }), undefined);
    strictEqual(asked.method, 'PUT');
    strictEqual(asked.url, `${KEY}&expiration=5&expiration_ttl=60`);
    strictEqual(asked.headers['cf-kv-metadata'], '{"a":"ü"}');
    strictEqual(asked.headers['content-type'], 'text/plain;charset=UTF-8');
    strictEqual(asked.headers['content-length'], '2');
    await KV.put('key', new Uint8Array([1, 2, 3]).subarray(1));
    deepStrictEqual(new Uint8Array(asked.body), new Uint8Array([2, 3]));
    strictEqual(asked.headers['content-type'], undefined);
    await KV.put('key', new Response('streamed').body);
    strictEqual(text(), 'streamed');
    await KV.put('key', 5);
    strictEqual(text(), '5');
    for (const value of [{}, [], () => 1, new Date(0)]) {
      await rejects(async () => KV.put('key', value), {
        name: 'TypeError',
        message:
          'KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams as values.',
      });
    }
    answer = () => new Response('', { status: 429, statusText: 'Slow' });
    await rejects(KV.put('key', 'x'), { name: 'Error', message: 'KV PUT failed: 429 Slow' });
    await rejects(KV.delete('key'), { name: 'Error', message: 'KV DELETE failed: 429 Slow' });
    answer = undefined;
    strictEqual(await KV.delete('a,b'), undefined);
    strictEqual(asked.method, 'DELETE');
    strictEqual(asked.url, 'https://fake-host/a%2Cb?urlencoded=true');
    strictEqual(await KV.deleteBulk(['a', 'b']), 'deleted');
    deepStrictEqual(deleted, ['a', 'b']);
  },
};

export const refusals = {
  async test(_, { KV }) {
    const long = 'x'.repeat(513);
    const tooLong = (method) => `KV ${method} failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512.`;
    await rejects(KV.get(''), { name: 'TypeError', message: 'Key name cannot be empty.' });
    await rejects(KV.put('..', 'x'), { name: 'TypeError', message: '".." is not allowed as a key name.' });
    await rejects(KV.delete(long), { name: 'Error', message: tooLong('DELETE') });
    throws(() => KV.getWithMetadata(long), { name: 'Error', message: tooLong('GET') });
    throws(() => KV.get(), {
      name: 'TypeError',
      message: "Failed to execute 'get' on 'KvNamespace': parameter 1 is not of type 'string or Array'.",
    });
    answer = found('{x');
    await rejects(KV.get('key', 'xml'), {
      name: 'TypeError',
      message: 'Unknown response type. Possible types are "text", "arrayBuffer", "json", and "stream".',
    });
    await rejects(KV.get('key', 'json'), SyntaxError);
    answer = () => {
      throw new RangeError('boom');
    };
    await rejects(KV.get('key'), { name: 'RangeError', message: 'boom' });
  },
};
