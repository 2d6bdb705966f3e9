import { deepStrictEqual, strictEqual, throws } from 'node:assert';

export const names = {
  test() {
    const headers = new Headers({ 'X-Upper': 'a' });
    strictEqual(headers.get('x-upper'), 'a');
    strictEqual(headers.has('X-UPPER'), true);
    deepStrictEqual([...headers], [['x-upper', 'a']]);
    for (const name of ['a b', 'a:b', 'a\0']) throws(() => headers.set(name, ''), TypeError, JSON.stringify(name));
  },
};

export const values = {
  test() {
    const headers = new Headers();
    headers.set('a', ' \t padded \t ');
    strictEqual(headers.get('a'), 'padded');
    headers.set('a', 12);
    strictEqual(headers.get('a'), '12');
    headers.set('a', null);
    strictEqual(headers.get('a'), 'null');
    for (const value of ['a\nb', 'a\rb', 'a\0b']) throws(() => headers.set('a', value), TypeError);
    strictEqual(headers.get('missing'), null);
  },
};

export const combining = {
  test() {
    const headers = new Headers();
    headers.append('b', '1');
    headers.append('a', '2');
    headers.append('B', '3');
    strictEqual(headers.get('b'), '1, 3');
    deepStrictEqual([...headers.keys()], ['a', 'b']);
    deepStrictEqual([...headers.values()], ['2', '1, 3']);
    headers.set('b', 'only');
    strictEqual(headers.get('b'), 'only');
    headers.delete('B');
    strictEqual(headers.has('b'), false);
  },
};

export const cookies = {
  test() {
    const headers = new Headers();
    headers.append('set-cookie', 'a=1');
    headers.append('Set-Cookie', 'b=2');
    deepStrictEqual(headers.getSetCookie(), ['a=1', 'b=2']);
    deepStrictEqual(headers.getAll('set-cookie'), ['a=1', 'b=2']);
    strictEqual(headers.get('set-cookie'), 'a=1, b=2');
    // One entry each: a combined value could not be taken apart again.
    deepStrictEqual([...headers], [['set-cookie', 'a=1'], ['set-cookie', 'b=2']]);
    throws(() => headers.getAll('a'), TypeError);
  },
};

export const construction = {
  test() {
    const expected = [['a', '1'], ['b', '2']];
    deepStrictEqual([...new Headers([['b', '2'], ['a', '1']])], expected);
    deepStrictEqual([...new Headers(new Map([['b', '2'], ['a', '1']]))], expected);
    deepStrictEqual([...new Headers(new Headers({ a: '1', b: '2' }))], expected);
    deepStrictEqual([...new Headers(undefined)], []);
    throws(() => new Headers([['a']]), TypeError);
    throws(() => new Headers([['a', 'b', 'c']]), TypeError);
    throws(() => Headers(), TypeError);
  },
};

export const iteration = {
  test() {
    const headers = new Headers({ a: '1', b: '2' });
    const seen = [];
    const self = {};
    headers.forEach(function (value, name, object) {
      seen.push([name, value, object === headers, this === self]);
    }, self);
    deepStrictEqual(seen, [['a', '1', true, true], ['b', '2', true, true]]);
    strictEqual(headers.entries().next().value.join(), 'a,1');
    strictEqual(Object.prototype.toString.call(headers), '[object Headers]');
  },
};

export const immutable = {
  test() {
    const { headers } = Response.redirect('http://example.com/');
    throws(() => headers.set('a', 'b'), { name: 'TypeError', message: "Can't modify immutable headers." });
  },
};

// Between Workers passes what HTTP cannot carry, both ways.
export default {
  fetch(request) {
    return new Response(null, { headers: [['x-echo', request.headers.get('x-odd')], ['x-twice', 'a'], ['x-twice', 'b\x02c']] });
  },
};

export const controlCharacters = {
  async test(_, { SELF }) {
    for (let code = 1; code < 32; code++) {
      const value = `a${String.fromCharCode(code)}b`;
      if ('\r\n'.includes(value[1])) continue;
      const { headers } = await SELF.fetch('http://a/', { headers: { 'X-Odd': value } });
      deepStrictEqual([headers.get('x-echo'), headers.get('x-twice')], [value, 'a, b\x02c'], `${code}`);
      const copy = new Request('http://a/', new Request('http://a/', { headers: { 'x-odd': value } }));
      strictEqual((await SELF.fetch(copy)).headers.get('x-echo'), value);
    }
  },
};
