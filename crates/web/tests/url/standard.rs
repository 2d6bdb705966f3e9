//! As the real workerd has them at its newest date.

use jsg_test::{check_all, eval, expose, isolate};

use super::SAME;

fn check(cases: &[(&str, &str)]) {
    isolate().enter(|js| {
        expose::<web::url::Url>(js);
        expose::<web::url::UrlSearchParams>(js);
        check_all(cases, |source| eval(js, &format!("'use strict'; {source}")));
    });
}

#[test]
fn the_newest_date_shares_most_with_the_other() {
    check(SAME);
}

#[test]
fn urls_and_their_parameters_behave_as_the_standard_says() {
    check(&[
        (
            "(() => { const it = new URLSearchParams('').entries(); return Object.keys(it.next()).join() })()",
            "done,value",
        ),
        (
            "(new URLSearchParams([['a', '1', '2']]).toString())",
            "TypeError: Invalid URL search params sequence.",
        ),
        (
            "(new URLSearchParams(['ab', 'cd']).toString())",
            "TypeError: Incorrect type: the provided value is not of type 'Sequence'.",
        ),
        (
            "(new URLSearchParams([1]).toString())",
            "TypeError: Incorrect type: the provided value is not of type 'Sequence'.",
        ),
        (
            "(new URLSearchParams([['a']]).toString())",
            "TypeError: Invalid URL search params sequence.",
        ),
        (
            "(new URLSearchParams([null]).toString())",
            "TypeError: Incorrect type: the provided value is not of type 'Sequence'.",
        ),
        (
            "(new URLSearchParams(new Map([['a', 'b']])).toString())",
            "a=b",
        ),
        (
            "(new URLSearchParams(new String('a=b')).toString())",
            "TypeError: Incorrect type: the provided value is not of type 'Sequence'.",
        ),
        (
            r#"(new URLSearchParams({'\ud800': 1, '\ufffd': 2}).toString())"#,
            "%EF%BF%BD=2",
        ),
        (
            r#"(new URLSearchParams({'\ud800': 1, 'b': 3, '\ufffd': 2}).toString())"#,
            "%EF%BF%BD=2&b=3",
        ),
        (
            "(new URLSearchParams('a=%zz&b=%41+%20').toString())",
            "a=%25zz&b=A++",
        ),
        (
            "(() => { const p = new URLSearchParams('a=1&a=2'); p.delete('a', '1'); return p.toString() })()",
            "a=2",
        ),
        (
            "(() => { const p = new URLSearchParams('a=1&a=2'); return [p.has('a', '2'), p.has('a', '3'), p.has('a', undefined), p.has('x')].join() })()",
            "true,false,true,false",
        ),
        (
            "(new URLSearchParams('a=1').get())",
            "TypeError: Failed to execute 'get' on 'URLSearchParams': parameter 1 is not of type 'USVString'.",
        ),
        (
            "(new URLSearchParams('a=1').set('a'))",
            "TypeError: Failed to execute 'set' on 'URLSearchParams': parameter 2 is not of type 'USVString'.",
        ),
        (
            "(new URLSearchParams('a=1').has())",
            "TypeError: Failed to execute 'has' on 'URLSearchParams': parameter 1 is not of type 'USVString'.",
        ),
        (
            "(new URLSearchParams('a=1').delete())",
            "TypeError: Failed to execute 'delete' on 'URLSearchParams': parameter 1 is not of type 'USVString'.",
        ),
        (
            "(() => { const u = new URL('http://a/?a=1'); const p = u.searchParams; u.searchParams = 'b=2'; return u.href })()",
            "TypeError: Cannot assign to read only property 'searchParams' of object '[object URL]'",
        ),
        (
            "(() => { const u = new URL('http://a/?'); return u.href + '|' + u.search + '|' + u.searchParams.size })()",
            "http://a/?||0",
        ),
        (
            "(() => { const u = new URL('http://a/'); u.port = '99999'; return u.href })()",
            "http://a/",
        ),
        (
            "(() => { const u = new URL('http://a/'); u.protocol = 'zz'; return u.href })()",
            "http://a/",
        ),
        (
            "(() => { const u = new URL('http://a/'); u.host = ''; return u.href })()",
            "http://a/",
        ),
        (
            "(() => { const u = new URL('http://a/'); u.hostname = 'x y'; return u.href })()",
            "http://a/",
        ),
        (
            "(() => { const u = new URL('http://a/'); u.origin = 'x'; return u.href })()",
            "TypeError: Cannot assign to read only property 'origin' of object '[object URL]'",
        ),
        (
            "(new URL('/x', null).href)",
            "TypeError: Invalid URL string.",
        ),
        (
            "(URL.canParse('http://a') + ',' + URL.canParse('x') + ',' + URL.canParse('x', 'http://a') + ',' + URL.canParse('x', undefined))",
            "true,false,true,false",
        ),
        (
            "(String(URL.parse('x')) + URL.parse('x', 'http://a').href)",
            "nullhttp://a/x",
        ),
        (
            "(URL.parse())",
            "TypeError: Failed to execute 'parse' on 'URL': parameter 1 is not of type 'USVString'.",
        ),
        (
            "(URL.parse(Symbol('x')))",
            "TypeError: Cannot convert a Symbol value to a string",
        ),
        ("(URL.parse.call(null, 'http://a').href)", "http://a/"),
        (
            "(URL.revokeObjectURL())",
            "TypeError: Failed to execute 'revokeObjectURL' on 'URL': parameter 1 is not of type 'USVString'.",
        ),
        ("(new URL('data:text/plain,hi').origin)", "null"),
        ("(new URL('blob:http://a/x').origin)", "http://a"),
        (
            r#"(new URL('http://\ud800/').href)"#,
            "TypeError: Invalid URL string.",
        ),
        (
            r#"(new URL('http://a/\ud800?\udfff').href)"#,
            "http://a/%EF%BF%BD?%EF%BF%BD",
        ),
        ("(new URL('http://ü.com/').host)", "xn--tda.com"),
    ]);
}
