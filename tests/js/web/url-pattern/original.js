import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert';

const NAMES = ['protocol', 'username', 'password', 'hostname', 'port', 'pathname', 'search', 'hash'];
const shown = (pattern) => NAMES.map((name) => pattern[name]);

export const constructorStrings = {
  test() {
    const patterns = {
      'https://*.example.com/foo/*': ['https', '', '', '*.example.com', '', '/foo/*', '', ''],
      'https://a#b': ['https', '', '', 'a', '', '', '', 'b'],
      'data\\:foo*': ['data', '', '', '', '', 'foo*', '', ''],
    };
    for (const [text, expected] of Object.entries(patterns)) {
      deepStrictEqual(shown(new URLPattern(text)), expected, text);
    }
    const relative = new URLPattern('b', 'https://u:p@x/a/b?d');
    deepStrictEqual(shown(relative), ['https', 'u', 'p', 'x', '', '/a/b', '', '']);
    strictEqual('hasRegExpGroups' in relative, false);
  },
};

export const matches = {
  test() {
    const pattern = new URLPattern({ pathname: '/:a/:b?' });
    const { groups } = pattern.exec({ pathname: '/x' }).pathname;
    deepStrictEqual(groups, { a: 'x', b: '' });
    strictEqual(pattern.exec('/x'), null);
    ok(pattern.test('/x', 'https://y'));
    const ignoring = new URLPattern({ hostname: 'FOO' }, { ignoreCase: true });
    ok(ignoring.test({ hostname: 'foo' }));
  },
};

export const mistakes = {
  test() {
    const syntax = 'Syntax error in URL Pattern';
    for (const [args, message] of [
      [['/a'], `${syntax}: a relative pattern must have a base URL.`],
      [[{ pathname: '/(a' }], `${syntax}: invalid regex segment at 2`],
      [[{ pathname: '/:' }], `${syntax}: invalid name start at 1`],
      [[{ pathname: '/{a' }], `${syntax}: Missing required close token`],
      [[{ pathname: '/a}' }], `${syntax}: Missing required end token`],
      [[{ pathname: '/:a/:a' }], `${syntax}: Duplicated part names [a]`],
      [[{ pathname: '/([)' }], 'Invalid regular expression syntax.'],
      [[{ port: 'a' }], syntax],
      [['/a', 'no URL'], 'Invalid base URL.'],
    ]) {
      throws(() => new URLPattern(...args), { name: 'TypeError', message }, JSON.stringify(args));
    }
    const pattern = new URLPattern();
    throws(() => pattern.exec({}, 'https://x'), {
      message: 'A baseURL is not allowed when input is an object.',
    });
    throws(() => pattern.exec({ port: 'x' }), { message: 'Invalid URL port component' });
    throws(() => pattern.exec({ hostname: 'a b' }), { message: 'Invalid URL hostname component' });
  },
};
