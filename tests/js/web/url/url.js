import { strictEqual, throws } from 'node:assert';

export const parts = {
  test() {
    const url = new URL('HTTPS://user:pass@EXAMPLE.com:8443/a/../b%20c?q=1#frag');
    strictEqual(url.href, 'https://user:pass@example.com:8443/b%20c?q=1#frag');
    strictEqual(url.origin, 'https://example.com:8443');
    strictEqual(url.protocol, 'https:');
    strictEqual(url.username, 'user');
    strictEqual(url.password, 'pass');
    strictEqual(url.host, 'example.com:8443');
    strictEqual(url.hostname, 'example.com');
    strictEqual(url.port, '8443');
    strictEqual(url.pathname, '/b%20c');
    strictEqual(url.search, '?q=1');
    strictEqual(url.hash, '#frag');
    strictEqual(`${url}`, url.href);
    strictEqual(JSON.stringify(url), JSON.stringify(url.href));
  },
};

export const bases = {
  test() {
    strictEqual(new URL('../c?d', 'http://a/b/x/y').href, 'http://a/b/c?d');
    strictEqual(new URL('//h/p', 'https://a').href, 'https://h/p');
    strictEqual(new URL('#f', new URL('http://a/?q')).href, 'http://a/?q#f');
    throws(() => new URL('/only/a/path'), { name: 'TypeError', message: 'Invalid URL string.' });
    throws(() => new URL('x', 'mailto:a@b'), TypeError);
  },
};

export const hosts = {
  test() {
    strictEqual(new URL('http://bücher.example').hostname, 'xn--bcher-kva.example');
    strictEqual(new URL('http://0x7f.1').hostname, '127.0.0.1');
    strictEqual(new URL('http://[::1]:80').host, '[::1]');
    strictEqual(new URL('http://a:80').port, '');
    for (const url of ['http://', 'http://a:99999', 'http://[::1', 'http://a b', 'http://1.2.3.400']) {
      throws(() => new URL(url), TypeError, url);
    }
  },
};

export const setters = {
  test() {
    const url = new URL('http://a/');
    url.protocol = 'https';
    url.host = 'b:81';
    url.pathname = 'x y';
    url.search = 'k=v';
    url.hash = 'h';
    url.username = 'u@';
    strictEqual(url.href, 'https://u%40@b:81/x%20y?k=v#h');
    url.port = '';
    url.search = '';
    url.hash = '';
    strictEqual(url.href, 'https://u%40@b/x%20y');
    // What makes no sense is ignored.
    url.port = 'x';
    url.protocol = 'foo';
    strictEqual(url.href, 'https://u%40@b/x%20y');
    throws(() => { url.href = 'nonsense'; }, TypeError);
  },
};

export const statics = {
  test() {
    strictEqual(URL.canParse('http://a'), true);
    strictEqual(URL.canParse('a'), false);
    strictEqual(URL.canParse('a', 'http://b'), true);
    strictEqual(URL.parse('http://a').href, 'http://a/');
    strictEqual(URL.parse('a'), null);
  },
};

export const shape = {
  test() {
    throws(() => URL('http://a'), TypeError);
    throws(() => new URL(), TypeError);
    strictEqual(Object.prototype.toString.call(new URL('http://a')), '[object URL]');
    strictEqual(new URL('http://a').searchParams instanceof URLSearchParams, true);
    const url = new URL('http://a');
    strictEqual(url.searchParams, url.searchParams);
  },
};
