import { ok, strictEqual, notStrictEqual, throws, rejects, deepStrictEqual } from 'node:assert';

export const defaults = {
  test() {
    const request = new Request('http://example.com');
    strictEqual(request.url, 'http://example.com/');
    strictEqual(request.method, 'GET');
    strictEqual(request.body, null);
    strictEqual(request.bodyUsed, false);
    strictEqual(request.redirect, 'follow');
    strictEqual(request.keepalive, false);
    strictEqual(request.integrity, '');
    strictEqual(request.cf, undefined);
    ok(request.signal instanceof AbortSignal);
    strictEqual(Object.prototype.toString.call(request), '[object Request]');
  },
};

export const urls = {
  test() {
    strictEqual(new Request(new URL('http://a/b?c')).url, 'http://a/b?c');
    strictEqual(new Request({ toString: () => 'http://a/' }).url, 'http://a/');
    for (const url of ['', '/path', 'nonsense']) throws(() => new Request(url), TypeError);
  },
};

export const methods = {
  test() {
    strictEqual(new Request('http://a', { method: 'post' }).method, 'POST');
    strictEqual(new Request('http://a', { method: 'PATCH' }).method, 'PATCH');
    throws(() => new Request('http://a', { method: 'no such' }), TypeError);
    throws(() => new Request('http://a', { method: 'GET', body: 'x' }), TypeError);
    throws(() => new Request('http://a', { body: 'x' }), TypeError);
  },
};

export const fromAnother = {
  async test() {
    const first = new Request('http://a/', { method: 'POST', body: 'body', headers: { a: '1' }, redirect: 'manual' });
    const second = new Request(first, { headers: { b: '2' } });
    strictEqual(second.method, 'POST');
    strictEqual(second.redirect, 'manual');
    strictEqual(second.headers.get('a'), null);
    strictEqual(second.headers.get('b'), '2');
    strictEqual(await second.text(), 'body');
    // The body moved.
    strictEqual(first.bodyUsed, true);
    throws(() => new Request(first), TypeError);

    const moved = new Request('http://b/', new Request('http://a/', { method: 'PUT', body: 'x' }));
    strictEqual(moved.url, 'http://b/');
    strictEqual(moved.method, 'PUT');
    strictEqual(await moved.text(), 'x');
  },
};

export const cloning = {
  async test() {
    const request = new Request('http://a/', { method: 'POST', body: 'twice', headers: { a: 'b' } });
    const clone = request.clone();
    notStrictEqual(clone.headers, request.headers);
    clone.headers.set('a', 'c');
    strictEqual(request.headers.get('a'), 'b');
    deepStrictEqual(await Promise.all([request.text(), clone.text()]), ['twice', 'twice']);
    throws(() => request.clone(), TypeError);
    await rejects(request.text(), TypeError);
  },
};

export const options = {
  test() {
    throws(() => new Request('http://a', { redirect: 'sideways' }), TypeError);
    throws(() => new Request('http://a', 'not an object'), TypeError);
    const controller = new AbortController();
    const request = new Request('http://a', { signal: controller.signal });
    strictEqual(request.signal.aborted, false);
    controller.abort();
    strictEqual(request.signal.aborted, true);
    const plain = new Request('http://a', { cf: { colo: 'ABC' } });
    deepStrictEqual(plain.cf, { colo: 'ABC' });
  },
};

export const brands = {
  test() {
    throws(() => Request.prototype.method, TypeError);
    throws(() => Request.prototype.clone.call({}), TypeError);
    throws(() => Request('http://a'), TypeError);
    throws(() => new Request(), TypeError);
  },
};
