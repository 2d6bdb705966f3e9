import { deepStrictEqual, ok, rejects, strictEqual, throws } from 'node:assert';

let asked;
let value;
let answer;

const decode = (bytes) => new TextDecoder().decode(bytes);

export default {
  async fetch(request) {
    const { method, headers } = request;
    const body = new Uint8Array(await request.arrayBuffer());
    const size = Number(headers.get('cf-r2-metadata-size') ?? 0);
    asked = JSON.parse(method === 'GET' ? headers.get('cf-r2-request') : decode(body.subarray(0, size)));
    strictEqual(method, ['head', 'get', 'list'].includes(asked.method) ? 'GET' : 'PUT');
    strictEqual(asked.version, 1);
    delete asked.version;
    value = decode(body.subarray(size));
    return answer();
  },
};

const told = {
  name: 'key',
  version: 'v',
  size: '5',
  etag: 'e',
  uploaded: '1000',
  storageClass: 'Standard',
};

/** An answer of the service, the value in pieces that are not those of the metadata. */
function found(metadata, content = '') {
  const head = new TextEncoder().encode(JSON.stringify(metadata));
  const all = new TextEncoder().encode(JSON.stringify(metadata) + content);
  return () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(all.slice(0, 3));
          controller.enqueue(all.slice(3, head.length + 2));
          if (all.length > head.length + 2) controller.enqueue(all.slice(head.length + 2));
          controller.close();
        },
      }),
      { headers: { 'cf-r2-metadata-size': String(head.length) } },
    );
}

function failed(status, v4code, message, metadata) {
  const headers = { 'cf-r2-error': JSON.stringify({ version: 1, v4code, message }) };
  if (metadata) headers['cf-r2-metadata-size'] = String(JSON.stringify(metadata).length);
  return () => new Response(metadata && JSON.stringify(metadata), { status, headers });
}

export const objects = {
  async test(_, { R2 }) {
    answer = found(
      {
        ...told,
        httpFields: { contentType: 'text/x', cacheExpiry: '0' },
        customFields: [{ k: 'a', v: 'b' }],
        checksums: { 0: '00ff', 4: '01' },
        range: { offset: '1' },
        ssec: { algorithm: 'aes256', keyMd5: 'm' },
      },
      'hello',
    );
    const head = await R2.head('key');
    deepStrictEqual(asked, { method: 'head', object: 'key' });
    strictEqual(head.constructor.name, 'HeadResult');
    deepStrictEqual(Object.keys(head), [
      'ssecKeyMd5', 'storageClass', 'range', 'customMetadata', 'httpMetadata', 'uploaded', 'checksums',
      'httpEtag', 'etag', 'size', 'version', 'key',
    ]);
    const { checksums, httpMetadata, range, ...rest } = head;
    deepStrictEqual(rest, {
      ssecKeyMd5: 'm',
      storageClass: 'Standard',
      customMetadata: { a: 'b' },
      uploaded: new Date(1000),
      httpEtag: '"e"',
      etag: 'e',
      size: 5,
      version: 'v',
      key: 'key',
    });
    deepStrictEqual({ ...range, suffix: undefined }, { offset: 1, length: 2 ** 64, suffix: undefined });
    strictEqual(httpMetadata.contentType, 'text/x');
    strictEqual(head.httpMetadata, httpMetadata);
    deepStrictEqual(Object.keys(checksums), ['sha512', 'sha384', 'sha256', 'sha1', 'md5']);
    deepStrictEqual(checksums.md5, new Uint8Array([0, 255]).buffer);
    strictEqual(JSON.stringify(checksums), '{"md5":"00ff","sha512":"01"}');
    const headers = new Headers();
    head.writeHttpMetadata(headers);
    deepStrictEqual([...headers], [['content-type', 'text/x'], ['expires', 'Thu, 01 Jan 1970 00:00:00 GMT']]);
    throws(() => (head.etag = 'x'), TypeError);

    const object = await R2.get('key');
    deepStrictEqual(asked, { method: 'get', object: 'key' });
    strictEqual(object.constructor.name, 'GetResult');
    strictEqual(Object.getPrototypeOf(object.constructor.prototype), Object.getPrototypeOf(head));
    ok(object.body instanceof ReadableStream);
    strictEqual(object.bodyUsed, false);
    strictEqual(await object.text(), 'hello');
    strictEqual(object.bodyUsed, true);
    await rejects(object.text(), TypeError);
    const blob = await (await R2.get('key')).blob();
    strictEqual(blob.type, 'text/x');
    strictEqual(await blob.text(), 'hello');
    strictEqual(decode(await (await R2.get('key')).bytes()), 'hello');
    strictEqual(await new Response((await R2.get('key')).body).text(), 'hello');

    answer = found(told, '');
    strictEqual(await (await R2.get('key')).text(), '');
    deepStrictEqual((await R2.head('é"\n')).httpMetadata, { ...(await R2.get('k')).httpMetadata });
    answer = found(told);
    await R2.head('é"\n');
    strictEqual(asked.object, 'é"\n');
  },
};

export const failures = {
  async test(_, { R2 }) {
    answer = failed(404, 10007, 'None.');
    strictEqual(await R2.head('key'), null);
    strictEqual(await R2.get('key'), null);
    strictEqual(await R2.delete('key'), undefined);
    await rejects(R2.list(), { name: 'Error', message: 'list: None. (10007)' });
    answer = failed(412, 10031, 'Not so.', told);
    const head = await R2.get('key', { onlyIf: { etagMatches: 'e' } });
    strictEqual(head.constructor.name, 'HeadResult');
    strictEqual(await R2.put('key', 'v'), null);
    answer = failed(400, 10001, 'Bad.');
    await rejects(R2.get('key'), { name: 'Error', message: 'get: Bad. (10001)' });
    await rejects(R2.put('key', ''), { message: 'put: Bad. (10001)' });
    await rejects(R2.delete('key'), { message: 'delete: Bad. (10001)' });
    answer = () => new Response(null, { status: 500 });
    await rejects(R2.createMultipartUpload('key'), { message: 'createMultipartUpload: Unspecified error (0)' });
  },
};

export const conditions = {
  async test(_, { R2 }) {
    answer = found(told);
    const get = async (options) => {
      await R2.get('key', options);
      const { method, object, ...rest } = asked;
      return rest;
    };
    deepStrictEqual(await get({ range: { offset: 0, length: 1e30 } }), {
      range: { offset: '0', length: '9223372036854775808' },
    });
    deepStrictEqual(await get({ range: { suffix: 2 } }), { range: { suffix: '2' } });
    deepStrictEqual(await get({ range: new Headers({ range: 'bytes=1-' }) }), { rangeHeader: 'bytes=1-' });
    deepStrictEqual(await get({ onlyIf: { etagMatches: '*', uploadedAfter: new Date(5), secondsGranularity: true } }), {
      onlyIf: { etagMatches: [{ type: 'wildcard' }], uploadedAfter: '5', secondsGranularity: true },
    });
    const headers = { 'if-none-match': 'W/"a", "b"', 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:01 GMT' };
    deepStrictEqual(await get({ onlyIf: new Headers(headers) }), {
      onlyIf: {
        etagDoesNotMatch: [{ value: 'a', type: 'weak' }, { value: 'b', type: 'strong' }],
        uploadedBefore: '1000',
        secondsGranularity: true,
      },
    });
    for (const [options, name, message] of [
      [{ range: { offset: -1 } }, 'RangeError', 'Invalid range. Starting offset (-1) must be greater than or equal to 0.'],
      [{ range: { length: 1.5 } }, 'RangeError', 'Invalid range. Length (1.5) must be an integer, not floating point.'],
      [{ range: { suffix: -1 } }, 'RangeError', 'Invalid suffix. Suffix (-1) must be greater than or equal to 0.'],
      [{ range: { suffix: 1, length: 1 } }, 'TypeError', 'Suffix is incompatible with length.'],
      [{ range: { offset: NaN } }, 'RangeError', 'Invalid range. Starting offset (nan) must be greater than or equal to 0.'],
      [{ onlyIf: { etagMatches: '"e"' } }, 'TypeError', 'Conditional ETag should not be wrapped in quotes ("e").'],
      [{ onlyIf: new Headers({ 'if-match': 'e' }) }, 'Error', 'Invalid ETag in if-match header'],
      [{ onlyIf: new Headers({ 'if-match': '"a" W/"b"' }) }, 'Error', "Comma was expected to separate etags. Encountered a weak quotation character 'W' instead. This would otherwise indicate the start of a new weak etag."],
      [{ ssecKey: 'zz' }, 'Error', 'SSE-C Key has invalid format'],
      [{ ssecKey: new Uint8Array(31) }, 'Error', 'SSE-C Key must be 32 bytes in length'],
    ]) {
      await rejects(R2.get('key', options), { name, message });
    }
  },
};

export const puts = {
  async test(_, { R2 }) {
    answer = () => Response.json(told);
    const object = await R2.put('key', 'héllo', {
      httpMetadata: { contentType: 'text/x', cacheExpiry: new Date(7) },
      customMetadata: { a: 'b' },
      md5: 'aB'.repeat(16),
      storageClass: 'Standard',
      ssecKey: new Uint8Array(32),
    });
    strictEqual(value, 'héllo');
    deepStrictEqual(asked, {
      method: 'put',
      object: 'key',
      customFields: [{ k: 'a', v: 'b' }],
      httpFields: { contentType: 'text/x', cacheExpiry: '7' },
      md5: 'q6urq6urq6urq6urq6urqw==',
      storageClass: 'Standard',
      ssec: { key: '0'.repeat(64) },
    });
    deepStrictEqual(object.customMetadata, { a: 'b' });
    strictEqual(object.httpMetadata.contentType, 'text/x');
    await R2.put('key', null, { sha1: new Uint8Array(20) });
    deepStrictEqual([asked.sha1, value], ['0'.repeat(40), '']);
    await R2.put('key', new Uint8Array([97, 98]).subarray(1));
    strictEqual(value, 'b');
    await R2.put('key', new Blob(['blob']));
    strictEqual(value, 'blob');
    await R2.put('key', new Response('stream').body);
    strictEqual(value, 'stream');
    const { readable, writable } = new FixedLengthStream(5);
    const writer = writable.getWriter();
    writer.write(new TextEncoder().encode('fixed'));
    writer.close();
    await R2.put('key', readable);
    strictEqual(value, 'fixed');
    await rejects(R2.put('key', new ReadableStream()), {
      name: 'TypeError',
      message: 'Provided readable stream must have a known length (request/response body or readable half of FixedLengthStream)',
    });
    await rejects(R2.put('key', '', { md5: 'a' }), { message: 'MD5 is 32 hex characters, not 1' });
    await rejects(R2.put('key', '', { sha256: new Uint8Array(1) }), { message: 'SHA-256 is 32 bytes, not 1' });
    await rejects(R2.put('key', '', { md5: 'z'.repeat(32) }), { message: "Provided MD5 wasn't a valid hex string" });
    await rejects(R2.put('key', '', { md5: 'a'.repeat(32), sha1: 'a' }), {
      name: 'TypeError',
      message: 'You cannot specify multiple hashing algorithms.',
    });
    let reason;
    const stream = new ReadableStream({ cancel: (why) => (reason = why) });
    await rejects(R2.put('key', stream, { sha1: '' }), TypeError);
    strictEqual(reason.message, 'Stream cancelled because the associated put operation encountered an error.');
  },
};

export const lists = {
  async test(_, { R2 }) {
    const honors = Cloudflare.compatibilityFlags.r2_list_honor_include;
    answer = found({ objects: [told], truncated: true, cursor: 'c', delimitedPrefixes: ['p/'] });
    const list = await R2.list({ limit: 2, prefix: 'p', cursor: 'b', delimiter: '/', startAfter: 's' });
    deepStrictEqual(asked, {
      method: 'list',
      limit: 2,
      prefix: 'p',
      cursor: 'b',
      delimiter: '/',
      startAfter: 's',
      include: honors ? [] : [0, 1],
      newRuntime: true,
    });
    deepStrictEqual([list.truncated, list.cursor, list.delimitedPrefixes], [true, 'c', ['p/']]);
    const [object] = list.objects;
    deepStrictEqual(object.customMetadata, honors ? undefined : {});
    if (honors) {
      throws(() => object.writeHttpMetadata(new Headers()), {
        name: 'TypeError',
        message: "HTTP metadata unknown for key `key`. Did you forget to add 'httpMetadata' to `include` when listing?",
      });
    }
    const { objects } = await R2.list({ include: ['customMetadata'] });
    deepStrictEqual(asked.include, honors ? [1] : [0, 1]);
    deepStrictEqual(objects[0].customMetadata, {});
    await rejects(R2.list({ include: ['x'] }), { name: 'RangeError', message: 'Unsupported include value x' });
    answer = () => new Response();
    await R2.delete(['a', 'b']);
    deepStrictEqual(asked, { method: 'delete', objects: ['a', 'b'] });
  },
};

export const uploads = {
  async test(_, { R2 }) {
    answer = () => Response.json({ uploadId: 'u' });
    const upload = await R2.createMultipartUpload('key', { httpMetadata: new Headers({ 'content-type': 't' }) });
    deepStrictEqual(asked, { method: 'createMultipartUpload', object: 'key', httpFields: { contentType: 't' } });
    deepStrictEqual(Object.entries(upload), [['uploadId', 'u'], ['key', 'key']]);
    answer = () => Response.json({ etag: 'e' });
    deepStrictEqual(await upload.uploadPart(2, 'part'), { partNumber: 2, etag: 'e' });
    deepStrictEqual([asked, value], [{ method: 'uploadPart', object: 'key', uploadId: 'u', partNumber: 2 }, 'part']);
    await rejects(upload.uploadPart(0, ''), {
      name: 'TypeError',
      message: 'Part number must be between 1 and 10000 (inclusive). Actual value was: 0',
    });
    const again = R2.resumeMultipartUpload('key', 'u');
    answer = () => Response.json(told);
    const object = await again.complete([{ partNumber: 2, etag: 'e' }]);
    strictEqual(object.constructor.name, 'HeadResult');
    deepStrictEqual(asked, {
      method: 'completeMultipartUpload',
      object: 'key',
      uploadId: 'u',
      parts: [{ etag: 'e', part: 2 }],
    });
    answer = () => new Response();
    strictEqual(await again.abort(), undefined);
    deepStrictEqual(asked, { method: 'abortMultipartUpload', object: 'key', uploadId: 'u' });
  },
};
