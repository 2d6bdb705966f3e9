import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert';

const NAMES = ['protocol', 'username', 'password', 'hostname', 'port', 'pathname', 'search', 'hash'];
const shown = (pattern) => NAMES.map((name) => pattern[name]);
const inputs = (result) => result && NAMES.map((name) => result[name].input);

export const constructorStrings = {
  test() {
    deepStrictEqual(shown(new URLPattern()), Array(8).fill('*'));
    const patterns = {
      'https://*.example.com/foo/*': ['https', '*', '*', '*.example.com', '', '/foo/*', '*', '*'],
      'https://a#b': ['https', '*', '*', 'a', '', '/', '', 'b'],
      'http{s}?://u@a:80/b?c': ['http{s}?', 'u', '*', 'a', '80', '/b', 'c', '*'],
      'https://EXAMPLE.com:443/a b': ['https', '*', '*', 'example.com', '', '/a%20b', '*', '*'],
      'data\\:foo*': ['data', '*', '*', '', '', 'foo*', '*', '*'],
      'https://[\\:\\:1]/': ['https', '*', '*', '[\\:\\:1]', '', '/', '*', '*'],
    };
    for (const [text, expected] of Object.entries(patterns)) {
      deepStrictEqual(shown(new URLPattern(text)), expected, text);
    }
    const relative = new URLPattern('b?c', 'https://x/a/b?d');
    deepStrictEqual(shown(relative), ['https', '*', '*', 'x', '', '/a/b', 'c', '*']);
  },
};

export const dictionaries = {
  test() {
    const pathname = (text) => new URLPattern({ pathname: text }).pathname;
    strictEqual(pathname('/:a{b}'), '{/:a}b');
    strictEqual(pathname('/{a/:b}*'), '/{a/:b}*');
    strictEqual(pathname('(.*)(x)'), '*(x)');
    strictEqual(pathname('/a\\?b#c'), '/a%3Fb%23c');
    strictEqual(pathname('/a/../b'), '/b');
    strictEqual(new URLPattern({ port: '443', protocol: 'https' }).port, '');
    strictEqual(new URLPattern({ hostname: 'é.com' }).hostname, 'xn--9ca.com');
    const inherited = new URLPattern({ pathname: 'z', baseURL: 'https://u@x:8080/a+b/c?d' });
    deepStrictEqual(shown(inherited), ['https', '*', '*', 'x', '8080', '/a\\+b/z', '*', '*']);
    strictEqual(new URLPattern(null).pathname, '*');
  },
};

export const matches = {
  test() {
    const pattern = new URLPattern({ pathname: '/:category/*', hostname: '{:sub.}?example.com' });
    const result = pattern.exec('/a/b?c', 'https://x.example.com');
    deepStrictEqual(Object.keys(result), ['inputs', ...NAMES]);
    deepStrictEqual(result.inputs, ['/a/b?c', 'https://x.example.com']);
    deepStrictEqual(result.pathname, { input: '/a/b', groups: { category: 'a', 0: 'b' } });
    deepStrictEqual(result.hostname, { input: 'x.example.com', groups: { sub: 'x' } });
    deepStrictEqual(result.search, { input: 'c', groups: { 0: 'c' } });
    strictEqual(pattern.exec('https://example.com/a/').hostname.groups.sub, undefined);
    strictEqual(pattern.exec('https://example.org/a/'), null);
    ok(pattern.test({ pathname: '/a/', hostname: 'example.com' }));
    ok(!pattern.test({ pathname: '/a', hostname: 'example.com' }));
    ok(!pattern.test({ port: 'no port' }));
    const ignoring = new URLPattern({ pathname: '/Foo', hostname: 'a' }, { ignoreCase: true });
    ok(ignoring.test({ pathname: '/fOO', hostname: 'a' }));
  },
};

export const relativeTextHasWhatItNames = {
  test() {
    const any = new URLPattern();
    deepStrictEqual(inputs(any.exec('a?b#c')), ['', '', '', '', '', '/a', 'b', 'c']);
    deepStrictEqual(inputs(any.exec('')), ['', '', '', '', '', '', '', '']);
    deepStrictEqual(inputs(any.exec('//x:1/y')), ['', '', '', 'x', '1', '/y', '', '']);
    strictEqual(any.exec('http://'), null);
    strictEqual(any.exec('x', 'y'), null);
  },
};

export const regularExpressions = {
  test() {
    const pattern = new URLPattern({ pathname: '/:id(\\d+)' });
    strictEqual(pattern.hasRegExpGroups, true);
    strictEqual(new URLPattern({ pathname: '/:id' }).hasRegExpGroups, false);
    ok(pattern.test({ pathname: '/12' }));
    ok(!pattern.test({ pathname: '/a' }));
    const nested = new URLPattern({ pathname: '/:a/((?<foo>x))' });
    deepStrictEqual(nested.exec({ pathname: '/y/x' }).pathname.groups, { a: 'y', 0: 'x' });
  },
};

export const mistakes = {
  test() {
    const message = 'Failed to construct URLPattern';
    for (const args of [
      ['/a'],
      [{ pathname: '/(a' }],
      [{ pathname: '/:' }],
      [{ pathname: '/{a' }],
      [{ pathname: '/:a/:a' }],
      [{ pathname: '/([)' }],
      [{ pathname: '/()' }],
      [{ hostname: 'a b' }],
      [{ port: 'a' }],
      [{}, 'https://x'],
      ['/a', 'no URL'],
    ]) {
      throws(() => new URLPattern(...args), { name: 'TypeError', message }, JSON.stringify(args));
    }
    const pattern = new URLPattern();
    throws(() => pattern.exec({}, 'https://x'), { message: 'Failed to exec URLPattern' });
    throws(() => pattern.test({}, 'https://x'), { message: 'Failed to test URLPattern' });
  },
};

export const aReplacedExec = {
  test() {
    const { exec } = RegExp.prototype;
    const pattern = new URLPattern({ pathname: '/(y)' });
    try {
      RegExp.prototype.exec = () => ({ 0: 'match', 1: 'group', length: 2 });
      strictEqual(pattern.exec({ pathname: '/y' }), null);
      RegExp.prototype.exec = () => [];
      ok(pattern.test({ pathname: '/y' }));
    } finally {
      RegExp.prototype.exec = exec;
    }
  },
};
