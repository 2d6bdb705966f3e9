//! `URL` and `URLSearchParams`: what the oldest and the newest date have in common, and what each has of its own.

mod legacy;
mod standard;

/// What both give, as pairs of a source and the text of its value.
const SAME: &[(&str, &str)] = &[
    (
        "(JSON.stringify(new URLSearchParams('a=b').entries().next()))",
        "{\"done\":false,\"value\":[\"a\",\"b\"]}",
    ),
    (
        "(String(new URLSearchParams('').keys().next().value))",
        "undefined",
    ),
    (
        "(() => { const it = new URLSearchParams('a=1&b=2').entries(); return it[Symbol.iterator]() === it })()",
        "true",
    ),
    (
        "(() => { const p = new URLSearchParams('').entries(); return Object.getPrototypeOf(Object.getPrototypeOf(p)) === Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())) })()",
        "true",
    ),
    (
        "([...new URLSearchParams('a=1&b=2').keys().map(x => x + 1)].join())",
        "a1,b1",
    ),
    (
        "(() => { const it = new URLSearchParams('a=1&b=2').keys(); it.next.call({}) })()",
        "TypeError: Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.",
    ),
    (
        "(new (new URLSearchParams('').keys().constructor)())",
        "TypeError: Illegal constructor",
    ),
    (
        "(Object.getOwnPropertyNames(Object.getPrototypeOf(new URLSearchParams('').keys())).join())",
        "next,constructor",
    ),
    (
        "(new URLSearchParams('').entries !== URLSearchParams.prototype[Symbol.iterator])",
        "true",
    ),
    ("(URLSearchParams.prototype[Symbol.iterator].name)", ""),
    (
        "(() => { const p = new URLSearchParams('a=1&b=2&c=3'); const r = []; for (const [k] of p) { r.push(k); p.delete(k); } return r.join() })()",
        "a,c",
    ),
    (
        "(() => { const p = new URLSearchParams('a=1'); let n = 0; const r = []; p.forEach((v, k, o) => { r.push(k, v, o === p); if (n++ < 2) p.append('z', n); }); return r.join() })()",
        "a,1,true,z,1,true,z,2,true",
    ),
    ("(new URLSearchParams({a: 1, b: 2}).toString())", "a=1&b=2"),
    (
        "(new URLSearchParams([['a', '1'], ['b', '2']]).toString())",
        "a=1&b=2",
    ),
    (
        "(new URLSearchParams(new URLSearchParams('x=y')).toString())",
        "x=y",
    ),
    ("(new URLSearchParams(null).toString())", "null="),
    ("(new URLSearchParams(undefined).toString())", ""),
    ("(new URLSearchParams(5).toString())", "5="),
    ("(new URLSearchParams(true).toString())", "true="),
    (
        "(new URLSearchParams(Symbol('x')).toString())",
        "TypeError: Cannot convert a Symbol value to a string",
    ),
    ("(new URLSearchParams(() => {}).toString())", ""),
    ("(new URLSearchParams(new Date(0)).toString())", ""),
    ("(new URLSearchParams({[Symbol('x')]: 1}).toString())", ""),
    (
        "(new URLSearchParams({a: Symbol('x')}).toString())",
        "TypeError: Cannot convert a Symbol value to a string",
    ),
    (
        "(new URLSearchParams({z: 1, a: 2, m: 3, 1: 4}).toString())",
        "1=4&z=1&a=2&m=3",
    ),
    (
        "(new URLSearchParams([['a', Symbol('x')]]))",
        "TypeError: Cannot convert a Symbol value to a string",
    ),
    (
        "(new URLSearchParams({[Symbol.iterator]: undefined, q: 1}).toString())",
        "q=1",
    ),
    (
        "(new URLSearchParams({[Symbol.iterator]: null, q: 1}).toString())",
        "q=1",
    ),
    (
        "(() => { class A { constructor() { this.x = 1 } get y() { return 2 } }; return new URLSearchParams(new A()).toString() })()",
        "x=1",
    ),
    (
        "(new URLSearchParams(Object.create({inherited: 1}, {own: {value: 2, enumerable: true}, hid: {value: 3}})).toString())",
        "own=2",
    ),
    (
        "(new URLSearchParams('?a=b&?c=d').toString())",
        "a=b&%3Fc=d",
    ),
    (
        "(new URLSearchParams('a=b&&c&=d&e=').toString())",
        "a=b&c=&=d&e=",
    ),
    (
        r#"(new URLSearchParams('a b=~!*()\'-._é😀').toString())"#,
        "a+b=%7E%21*%28%29%27-._%C3%A9%F0%9F%98%80",
    ),
    ("(new URLSearchParams('a=%ff').get('a'))", "\u{fffd}"),
    (
        "(() => { const p = new URLSearchParams('a=1&a=2&b=3'); p.set('a', 'x'); return p.toString() })()",
        "a=x&b=3",
    ),
    (
        "(() => { const p = new URLSearchParams('a=1'); p.set('b', 'x'); return p.toString() })()",
        "a=1&b=x",
    ),
    (
        "(() => { const p = new URLSearchParams('a=1&a=2'); p.delete('a', undefined); return p.toString() })()",
        "",
    ),
    (
        r#"(() => { const p = new URLSearchParams('z=b&a=b&z=a&a=a&\ufb03=1&\ud83c\udf08=2'); p.sort(); return p.toString() })()"#,
        "a=b&a=a&z=b&z=a&%F0%9F%8C%88=2&%EF%AC%83=1",
    ),
    ("(String(new URLSearchParams('a=1').get('b')))", "null"),
    (
        "(JSON.stringify(new URLSearchParams('a=1').getAll('b')))",
        "[]",
    ),
    (
        "(new URLSearchParams('a=1').forEach())",
        "TypeError: Failed to execute 'forEach' on 'URLSearchParams': parameter 1 is not of type 'function'.",
    ),
    (
        "(() => { const u = new URL('http://a/?x=1'); const p = u.searchParams; p.append('y', '2'); return u.href + u.search })()",
        "http://a/?x=1&y=2?x=1&y=2",
    ),
    (
        "(() => { const u = new URL('http://a/?x=1'); const p = u.searchParams; u.search = '?q=3'; return p.toString() + p.size })()",
        "q=31",
    ),
    (
        "(() => { const u = new URL('http://a/?x=1'); const p = u.searchParams; u.search = ''; p.append('a', 'b c'); return u.href })()",
        "http://a/?a=b+c",
    ),
    (
        "(() => { const u = new URL('http://a/?x=1'); const p = u.searchParams; u.href = 'http://b/?k'; return p.toString() + p.size })()",
        "k=1",
    ),
    (
        "(() => { const u = new URL('http://a/?x=1#h'); u.searchParams.delete('x'); return u.href })()",
        "http://a/#h",
    ),
    (
        "(() => { const u = new URL('http://a/?x=1 2'); u.searchParams.delete('none'); return u.href })()",
        "http://a/?x=1+2",
    ),
    (
        "(() => { const u = new URL('http://a/?x=1 2'); u.searchParams.sort(); return u.href })()",
        "http://a/?x=1+2",
    ),
    (
        "(() => { const u = new URL('http://a/?a=1'); return u.searchParams === u.searchParams })()",
        "true",
    ),
    (
        "(() => { const u = new URL('http://a/?a=1'); u.hash = '#'; return u.href })()",
        "http://a/?a=1#",
    ),
    (
        "(() => { const u = new URL('http://a/'); u.username = 'x y'; u.password = 'é'; return u.href })()",
        "http://x%20y:%C3%A9@a/",
    ),
    (
        "(() => { const u = new URL('http://a/'); u.href = 5; return u.href })()",
        "TypeError: Failed to set the 'href' property on 'URL': the provided value is not of type 'valid URL string'.",
    ),
    ("(new URL('/x', new URL('http://a/b')).href)", "http://a/x"),
    (
        "(new URL('/x', undefined).href)",
        "TypeError: Invalid URL string.",
    ),
    (
        "(new URL({toString() { return 'http://q/' }}).href)",
        "http://q/",
    ),
    ("(JSON.stringify(new URL('http://a/b')))", "\"http://a/b\""),
    ("(new URL('file:///x').origin)", "null"),
    ("(new URL('http://xn--/').href)", "http://xn--/"),
    (
        "(() => { class X extends URL { constructor(a) { super(a); this.q = 1 } get z() { return this.href } }; const x = new X('http://a/'); return x.z + x.q + (x instanceof URL) + x })()",
        "http://a/1truehttp://a/",
    ),
    (
        "(() => { const p = new URLSearchParams(); return p.size + p.toString() + typeof p.append('a', 'b') })()",
        "0undefined",
    ),
];
