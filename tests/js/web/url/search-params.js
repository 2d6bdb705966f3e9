import { deepStrictEqual, strictEqual, throws } from 'node:assert';

export const parsing = {
  test() {
    deepStrictEqual([...new URLSearchParams('?a=1&b=2&a=3&&c')], [['a', '1'], ['b', '2'], ['a', '3'], ['c', '']]);
    deepStrictEqual([...new URLSearchParams('a+b=%26%zz')], [['a b', '&%zz']]);
    deepStrictEqual([...new URLSearchParams({ a: 1, b: 'x' })], [['a', '1'], ['b', 'x']]);
    deepStrictEqual([...new URLSearchParams([['a', 'b']])], [['a', 'b']]);
    deepStrictEqual([...new URLSearchParams(new URLSearchParams('a=b'))], [['a', 'b']]);
    throws(() => new URLSearchParams([['a']]), TypeError);
  },
};

export const lists = {
  test() {
    const params = new URLSearchParams('a=1&a=2&b=3');
    strictEqual(params.size, 3);
    strictEqual(params.get('a'), '1');
    deepStrictEqual(params.getAll('a'), ['1', '2']);
    strictEqual(params.get('z'), null);
    strictEqual(params.has('a', '2'), true);
    strictEqual(params.has('a', '9'), false);
    params.delete('a', '1');
    strictEqual(`${params}`, 'a=2&b=3');
    params.append('c', 'ä &=+~');
    strictEqual(`${params}`, 'a=2&b=3&c=%C3%A4+%26%3D%2B%7E');
    params.set('b', 'new');
    params.delete('c');
    strictEqual(params.toString(), 'a=2&b=new');
  },
};

export const order = {
  test() {
    const params = new URLSearchParams('z=1&a=2&z=0&b=3');
    params.sort();
    strictEqual(params.toString(), 'a=2&b=3&z=1&z=0');
    deepStrictEqual([...params.keys()], ['a', 'b', 'z', 'z']);
    deepStrictEqual([...params.values()], ['2', '3', '1', '0']);
    const seen = [];
    params.forEach((value, name, object) => seen.push(name + value + (object === params)));
    deepStrictEqual(seen, ['a2true', 'b3true', 'z1true', 'z0true']);
  },
};

export const ofUrl = {
  test() {
    const url = new URL('http://a/?x=1');
    const params = url.searchParams;
    params.append('y', '2');
    strictEqual(url.href, 'http://a/?x=1&y=2');
    url.search = '?z=3';
    deepStrictEqual([...params], [['z', '3']]);
    params.delete('z');
    strictEqual(url.href, 'http://a/');
  },
};
