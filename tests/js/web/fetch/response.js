import { deepStrictEqual, rejects, strictEqual, throws } from 'node:assert';

export const defaults = {
  test() {
    const response = new Response();
    strictEqual(response.status, 200);
    strictEqual(response.statusText, '');
    strictEqual(response.ok, true);
    strictEqual(response.redirected, false);
    strictEqual(response.url, '');
    strictEqual(response.body, null);
    strictEqual(response.type, 'default');
    deepStrictEqual([...response.headers], []);
    strictEqual(Object.prototype.toString.call(response), '[object Response]');
  },
};

export const statuses = {
  test() {
    strictEqual(new Response(null, { status: 404 }).ok, false);
    strictEqual(new Response(null, { status: 404 }).statusText, '');
    strictEqual(new Response(null, { status: 299, statusText: 'Custom' }).statusText, 'Custom');
    strictEqual(new Response(null, { status: 299 }).statusText, '');
    for (const status of [0, 100, 199, 600, 1000, -1]) throws(() => new Response(null, { status }), RangeError);
    for (const status of [204, 205, 304]) {
      strictEqual(new Response(null, { status }).status, status);
      throws(() => new Response('body', { status }), TypeError);
    }
    throws(() => new Response(null, { statusText: 'line\nbreak' }), TypeError);
  },
};

export const json = {
  async test() {
    const response = Response.json({ a: [1, null] }, { status: 201, headers: { x: 'y' } });
    strictEqual(response.status, 201);
    strictEqual(response.headers.get('content-type'), 'application/json');
    strictEqual(response.headers.get('x'), 'y');
    strictEqual(await response.clone().text(), '{"a":[1,null]}');
    deepStrictEqual(await response.json(), { a: [1, null] });
    strictEqual(Response.json('x', { headers: { 'content-type': 'own/type' } }).headers.get('content-type'), 'own/type');
    throws(() => Response.json(1n), TypeError);
  },
};

export const redirects = {
  test() {
    const response = Response.redirect('http://example.com/a b');
    strictEqual(response.status, 302);
    strictEqual(response.headers.get('location'), 'http://example.com/a%20b');
    for (const status of [301, 302, 303, 307, 308]) strictEqual(Response.redirect('http://a/', status).status, status);
    throws(() => Response.redirect('http://a/', 200), RangeError);
    throws(() => Response.redirect('no url'), TypeError);
  },
};

export const errors = {
  test() {
    const response = Response.error();
    strictEqual(response.type, 'error');
    strictEqual(response.status, 0);
    strictEqual(response.ok, false);
  },
};

export const cloning = {
  async test() {
    const response = new Response('twice', { status: 202, headers: { a: 'b' } });
    const clone = response.clone();
    strictEqual(clone.status, 202);
    strictEqual(clone.headers.get('a'), 'b');
    strictEqual(await response.text(), 'twice');
    strictEqual(response.bodyUsed, true);
    strictEqual(clone.bodyUsed, false);
    strictEqual(await clone.text(), 'twice');
    throws(() => response.clone(), TypeError);
  },
};

export const copying = {
  async test() {
    const original = new Response('text', { status: 203, headers: { a: 'b' } });
    const copy = new Response(original.body, original);
    strictEqual(copy.status, 203);
    strictEqual(copy.headers.get('a'), 'b');
    copy.headers.set('a', 'c');
    strictEqual(original.headers.get('a'), 'b');
    strictEqual(await copy.text(), 'text');
    await rejects(original.text(), TypeError);
  },
};
