//! As the real workerd has them at its oldest date.

use jsg_test::{at, check_all, eval, expose, isolate_with};

use super::SAME;

fn check(cases: &[(&str, &str)]) {
    isolate_with(at("2021-11-02")).enter(|js| {
        expose::<web::url::LegacyUrl>(js);
        expose::<web::url::LegacyUrlSearchParams>(js);
        check_all(cases, |source| eval(js, &format!("'use strict'; {source}")));
    });
}

#[test]
fn the_oldest_date_shares_most_with_the_other() {
    check(SAME);
}

#[test]
fn members_behave_as_before_the_standard_ones() {
    check(&[
        (
            "(() => { const it = new URLSearchParams('').entries(); return Object.keys(it.next()).join() })()",
            "done",
        ),
        (
            "(new URLSearchParams([['a', '1', '2']]).toString())",
            "TypeError: To initialize a URLSearchParams object from an array-of-arrays, each inner array must have exactly two elements.",
        ),
        (
            "(new URLSearchParams(['ab', 'cd']).toString())",
            "TypeError: Incorrect type for array element 0: the provided value is not of type 'Array'.",
        ),
        (
            "(new URLSearchParams([1]).toString())",
            "TypeError: Incorrect type for array element 0: the provided value is not of type 'Array'.",
        ),
        (
            "(new URLSearchParams([['a']]).toString())",
            "TypeError: To initialize a URLSearchParams object from an array-of-arrays, each inner array must have exactly two elements.",
        ),
        (
            "(new URLSearchParams([null]).toString())",
            "TypeError: Incorrect type for array element 0: the provided value is not of type 'Array'.",
        ),
        (
            "(new URLSearchParams(new Map([['a', 'b']])).toString())",
            "",
        ),
        (
            "(new URLSearchParams(new String('a=b')).toString())",
            "0=a&1=%3D&2=b",
        ),
        (
            "(new URLSearchParams('a=%zz&b=%41+%20').toString())",
            "a=zz&b=A++",
        ),
        (
            "(() => { const p = new URLSearchParams('a=1&a=2'); p.delete('a', '1'); return p.toString() })()",
            "",
        ),
        (
            "(() => { const p = new URLSearchParams('a=1&a=2'); return [p.has('a', '2'), p.has('a', '3'), p.has('a', undefined), p.has('x')].join() })()",
            "true,true,true,false",
        ),
        (
            "(new URLSearchParams('a=1').get())",
            "TypeError: Failed to execute 'get' on 'URLSearchParams': parameter 1 is not of type 'string'.",
        ),
        (
            "(new URLSearchParams('a=1').set('a'))",
            "TypeError: Failed to execute 'set' on 'URLSearchParams': parameter 2 is not of type 'string'.",
        ),
        (
            "(new URLSearchParams('a=1').has())",
            "TypeError: Failed to execute 'has' on 'URLSearchParams': parameter 1 is not of type 'string'.",
        ),
        (
            "(new URLSearchParams('a=1').delete())",
            "TypeError: Failed to execute 'delete' on 'URLSearchParams': parameter 1 is not of type 'string'.",
        ),
        (
            "(() => { const u = new URL('http://a/?a=1'); const p = u.searchParams; u.searchParams = 'b=2'; return u.href })()",
            "TypeError: Cannot assign to read only property 'searchParams' of object '[object Object]'",
        ),
        (
            "(() => { const u = new URL('http://a/?'); return u.href + '|' + u.search + '|' + u.searchParams.size })()",
            "http://a/||0",
        ),
        (
            "(() => { const u = new URL('http://a/'); u.port = '99999'; return u.href })()",
            "http://a:99999/",
        ),
        (
            "(() => { const u = new URL('http://a/'); u.protocol = 'zz'; return u.href })()",
            "zz://a/",
        ),
        (
            "(() => { const u = new URL('http://a/'); u.host = ''; return u.href })()",
            "http:///",
        ),
        (
            "(() => { const u = new URL('http://a/'); u.hostname = 'x y'; return u.href })()",
            "TypeError: Invalid hostname when stringifying URL.",
        ),
        (
            "(() => { const u = new URL('http://a/'); u.origin = 'x'; return u.href })()",
            "TypeError: Cannot assign to read only property 'origin' of object '[object Object]'",
        ),
        (
            "(new URL('/x', null).href)",
            "TypeError: Invalid base URL string.",
        ),
        (
            "(new URL('data:text/plain,hi').origin)",
            "TypeError: Invalid URL string.",
        ),
        (
            "(new URL('blob:http://a/x').origin)",
            "TypeError: Invalid URL string.",
        ),
        (
            "(new URL('http://ü.com/').host)",
            "TypeError: Invalid URL string.",
        ),
    ]);
}

#[test]
fn urls_keep_the_ways_of_the_older_parser() {
    check(&[
        (
            "(() => { const r = []; for (let i = 0; i < 128; i++) { const u = new URL('http://h/'); u.pathname = 'x%' + i.toString(16).padStart(2, '0') + 'y'; if (u.pathname !== '/x' + String.fromCharCode(i) + 'y') r.push(i) } return r.join() })()",
            "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,34,35,37,47,60,62,63,92,96,123,125,127",
        ),
        (
            "(() => { const r = []; for (let i = 0; i < 128; i++) { const u = new URL('http://h/'); u.hash = 'x%' + i.toString(16).padStart(2, '0') + 'y'; if (u.hash !== '#x' + String.fromCharCode(i) + 'y') r.push(i) } return r.join() })()",
            "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,34,37,60,62,96,127",
        ),
        (
            "(() => { const r = []; for (let i = 0; i < 128; i++) { const u = new URL('http://x%' + i.toString(16).padStart(2, '0') + 'y@h/'); if (u.username !== 'x' + String.fromCharCode(i) + 'y') r.push(i) } return r.join() })()",
            "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,34,35,37,47,58,59,60,61,62,63,64,91,92,93,94,96,123,124,125,127",
        ),
        (
            "(() => { const r = []; for (let i = 0; i < 128; i++) { const u = new URL('http://h/?x%' + i.toString(16).padStart(2, '0') + 'y'); if (u.search !== '?x' + String.fromCharCode(i) + 'y') r.push(i) } return r.join() })()",
            "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,43,44,47,58,59,60,61,62,63,64,91,92,93,94,96,123,124,125,126,127",
        ),
        (
            "(() => { const r = []; for (let i = 0; i < 128; i++) { try { new URL('http://x%' + i.toString(16).padStart(2, '0') + 'y/'); r.push(i) } catch {} } return r.join() })()",
            "45,46,48,49,50,51,52,53,54,55,56,57,58,65,66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,93,95,97,98,99,100,101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120,121,122",
        ),
        (
            "(() => { const r = []; for (let i = 1; i < 128; i++) { try { new URL('x' + String.fromCharCode(i) + 'y://h'); r.push(i) } catch {} } return r.join() })()",
            "43,45,46,48,49,50,51,52,53,54,55,56,57,65,66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,97,98,99,100,101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120,121,122",
        ),
        ("(new URL('HTTP://EXAMPLE.com').href)", "http://example.com"),
        ("(new URL('http://example.com').pathname)", "/"),
        (
            "(new URL('http://example.com?a').href)",
            "http://example.com?a",
        ),
        (
            "(new URL('http://example.com:80/').href)",
            "http://example.com/",
        ),
        (
            "(new URL('https://example.com:/').href)",
            "https://example.com/",
        ),
        (
            "(new URL('foo://example.com:80/').href)",
            "foo://example.com:80/",
        ),
        (
            "(new URL('http://a/b/../c/./d//e/').href)",
            "http://a/c/d/e/",
        ),
        (
            "(new URL('http://a/%zz').href)",
            "TypeError: Invalid URL string.",
        ),
        ("(new URL('http://a/%e2%82').href)", "http://a/%E2%82"),
        (
            "(new URL('http://a/?a=%zz').href)",
            "TypeError: Invalid URL string.",
        ),
        ("(new URL('http://a/#').href)", "http://a/#"),
        ("(new URL('http://a/#').hash)", ""),
        (
            "(new URL('http://a/?a&b=&=c&&d=e=f').href)",
            "http://a/?a&b=&=c&d=e%3Df",
        ),
        ("(new URL('http://a/?a b+c').href)", "http://a/?a+b+c"),
        ("(new URL('http://u:p@h').href)", "http://u:p@h"),
        ("(new URL('http://u@h').href)", "http://u@h"),
        ("(new URL('http://:p@h').href)", "http://:p@h"),
        ("(new URL('http://@h').href)", "http://@h"),
        (
            "(new URL('http:/a').href)",
            "TypeError: Invalid URL string.",
        ),
        ("(new URL('http:a').href)", "TypeError: Invalid URL string."),
        ("(new URL('//a').href)", "TypeError: Invalid URL string."),
        (
            "(new URL('a b://c').href)",
            "TypeError: Invalid URL string.",
        ),
        (
            "(new URL(' http://a/').href)",
            "TypeError: Invalid URL string.",
        ),
        ("(new URL('http://').href)", "http://"),
        ("(new URL('http:///x').href)", "http:///x"),
        ("(new URL('http://[::1]:80/').host)", "[::1]:80"),
        ("(new URL('http://[::1]:80/').hostname)", "["),
        ("(new URL('http://[::1]:80/').port)", ":1]:80"),
        ("(new URL('http://[::1]:80/').href)", "http://[::1]:80/"),
        ("(new URL('', 'http://a/b?c#d').href)", "http://a/b?c#d"),
        ("(new URL('x', 'http://a/b/c?d#e').href)", "http://a/b/x"),
        ("(new URL('../x', 'http://a/b/c/d').href)", "http://a/b/x"),
        ("(new URL('/x', 'http://a/b/c/d').href)", "http://a/x"),
        (
            "(new URL('?x', 'http://a/b/c/?d#e').href)",
            "http://a/b/c/?x",
        ),
        (
            "(new URL('#x', 'http://a/b/c/?d#e').href)",
            "http://a/b/c/?d#x",
        ),
        ("(new URL('//q/z', 'http://u:p@a/b').href)", "http://q/z"),
        ("(new URL('https://q/z', 'http://a/b').href)", "https://q/z"),
        ("(new URL('https:z', 'http://a/b').href)", "https://a/z"),
        ("(new URL('z:80', 'http://a/b').href)", "z://a/80"),
        ("(new URL('/z', 'http://u:p@a/b').href)", "http://u:p@a/z"),
        ("(new URL('.', 'http://a/b/c').href)", "http://a/b/"),
        ("(new URL('..', 'http://a/b/c').href)", "http://a/"),
        ("(new URL('x', 'http://a').href)", "http://a/x"),
        (
            "(new URL('x', 'nope'))",
            "TypeError: Invalid base URL string.",
        ),
        (
            "(new URL('http://a b/', 'http://x/'))",
            "TypeError: Invalid relative URL string.",
        ),
        (
            "(new URL('http://ü/', 'http://x/'))",
            "TypeError: Invalid relative URL string.",
        ),
        ("(new URL('nope'))", "TypeError: Invalid URL string."),
        (
            "(new URL())",
            "TypeError: Failed to construct 'URL': constructor parameter 1 is not of type 'string'.",
        ),
        (
            "(() => { const u = new URL('http://a/'); u.href = 'nope' })()",
            "TypeError: Failed to set the 'href' property on 'URL': the provided value is not of type 'valid URL string'.",
        ),
        (
            "(() => { const u = new URL('http://a/'); u.href = 'http://b/c'; return u.href })()",
            "http://b/c",
        ),
        (
            "(() => { const u = new URL('http://a/?x=1'); u.searchParams; u.href = 'http://b/c?y=2'; return u.href + u.searchParams })()",
            "http://b/c?y=2y=2",
        ),
        (
            "(() => { const u = new URL('http://a/?x=1'); const p = u.searchParams; u.search = '?z'; return u.href + p + p.size })()",
            "http://a/?zz=1",
        ),
        (
            "(() => { const u = new URL('http://a/?x'); const p = u.searchParams; p.append('y', ''); return u.href + '|' + p + '|' + p.get('x') })()",
            "http://a/?x&y=|x=&y=|",
        ),
        (
            "(() => { const u = new URL('http://a/?x'); const p = u.searchParams; p.set('x', '1'); p.delete('q'); return u.href })()",
            "http://a/?x=1",
        ),
        (
            "(() => { const u = new URL('http://a:81/'); u.host = 'b'; return u.href })()",
            "http://b:81/",
        ),
        (
            "(() => { const u = new URL('http://a:81/'); u.host = 'b:'; return u.href })()",
            "http://b:81/",
        ),
        (
            "(() => { const u = new URL('http://a:81/'); u.host = 'b:80'; return u.href })()",
            "http://b/",
        ),
        (
            "(() => { const u = new URL('http://a:81/'); u.hostname = 'b:99'; return u.href })()",
            "http://b:81/",
        ),
        (
            "(() => { const u = new URL('http://a:81/'); u.port = ''; return u.href })()",
            "http://a/",
        ),
        (
            "(() => { const u = new URL('http://a:81/'); u.port = '80'; return u.href + u.port })()",
            "http://a/",
        ),
        (
            "(() => { const u = new URL('http://a:81/'); u.port = 'x'; return u.href })()",
            "http://a:x/",
        ),
        (
            "(() => { const u = new URL('http://a:443/'); u.protocol = 'https'; return u.href })()",
            "https://a/",
        ),
        (
            "(() => { const u = new URL('http://a:443/'); u.protocol = 'ws:foo'; return u.href })()",
            "ws://a:443/",
        ),
        (
            "(() => { const u = new URL('http://a/'); u.protocol = '9'; return u.href })()",
            "http://a/",
        ),
        (
            "(() => { const u = new URL('http://a/'); u.username = 'x:y@z'; return u.href })()",
            "http://x%3Ay%40z@a/",
        ),
        (
            "(() => { const u = new URL('http://a/'); u.password = 'x'; return u.href })()",
            "http://:x@a/",
        ),
        (
            "(() => { const u = new URL('http://u:p@a/'); u.password = ''; return u.href })()",
            "http://u@a/",
        ),
        (
            "(() => { const u = new URL('http://u:p@a/'); u.username = ''; return u.href })()",
            "http://:p@a/",
        ),
        (
            "(() => { const u = new URL('http://a/b'); u.pathname = 'c/../d//e/.'; return u.href })()",
            "http://a/d/e/",
        ),
        (
            "(() => { const u = new URL('http://a/b'); u.pathname = '%zz'; return u.href })()",
            "http://a/b",
        ),
        (
            "(() => { const u = new URL('http://a/b'); u.pathname = ''; return u.href })()",
            "http://a/",
        ),
        (
            "(() => { const u = new URL('http://a/b'); u.pathname = '/%2e%2e/x'; return u.href })()",
            "TypeError: Invalid pathname when stringifying URL.",
        ),
        (
            "(() => { const u = new URL('http://a/b'); u.search = 'a=b#c'; return u.href })()",
            "http://a/b?a=b%23c",
        ),
        (
            "(() => { const u = new URL('http://a/b'); u.search = '?a=%zz'; return u.href })()",
            "http://a/b",
        ),
        (
            "(() => { const u = new URL('http://a/b?q'); u.search = ''; return u.href })()",
            "http://a/b",
        ),
        (
            "(() => { const u = new URL('http://a/b'); u.hash = '##x y'; return u.href })()",
            "http://a/b##x%20y",
        ),
        (
            "(() => { const u = new URL('http://a/b'); u.hash = '%zz'; return u.href })()",
            "http://a/b#zz",
        ),
        (
            "(() => { const u = new URL('http://a/b#c'); u.hash = ''; return u.href + u.hash })()",
            "http://a/b#",
        ),
        ("(new URL('http://a:81/b').origin)", "http://a:81"),
        ("(new URL('wss://a/b').origin)", "wss://a"),
        ("(new URL('foo://a/b').origin)", "null"),
        ("(new URL('file:///b').origin)", "null"),
        ("(new URL('blob://a/b').origin)", "null"),
        ("(new URL('http://a/b').protocol)", "http:"),
        (
            "(new URL('http://a/b').toJSON() + new URL('http://a/b') + JSON.stringify(new URL('http://a/b')))",
            "http://a/bhttp://a/b\"http://a/b\"",
        ),
        (
            r#"(new URL('http://a/\u00e9?\u00e9#\u00e9').href)"#,
            "http://a/%C3%A9?%C3%A9#%C3%A9",
        ),
        (
            r#"(new URL('http://a/{}|\\^`"<>[]?{}|\\^`"<>[]#{}|\\^`"<>[]').href)"#,
            "http://a/%7B%7D|%5C^%60%22%3C%3E[]?%7B%7D%7C%5C%5E%60%22%3C%3E%5B%5D#{}|\\^%60%22%3C%3E[]",
        ),
        (
            "(Object.keys(new URL('http://a/')).join())",
            "hash,searchParams,search,pathname,port,hostname,host,password,username,protocol,origin,href",
        ),
        ("(new URLSearchParams('?a=b').toString())", "a=b"),
        (
            "(new URLSearchParams('a&b=&=c&&d').toString())",
            "a=&b=&=c&d=",
        ),
        ("(new URLSearchParams('a=%4').get('a'))", "\u{4}"),
        ("(new URLSearchParams('a=%').get('a'))", ""),
        ("(new URLSearchParams('a=%e2%82').get('a'))", "\u{fffd}"),
        ("(new URLSearchParams('a#b=c').toString())", "a%23b=c"),
        ("(new URLSearchParams([['a','b']]).toString())", "a=b"),
        (
            "(new URLSearchParams(new URLSearchParams('a=b&c')).toString())",
            "a=b&c=",
        ),
        (
            "(new URLSearchParams([1]))",
            "TypeError: Incorrect type for array element 0: the provided value is not of type 'Array'.",
        ),
        (
            "(new URLSearchParams({a: Symbol('x')}))",
            "TypeError: Cannot convert a Symbol value to a string",
        ),
        (
            "(new URLSearchParams(new URL('http://a/?q=1'))+'')",
            "hash=&searchParams=q%3D1&search=%3Fq%3D1&pathname=%2F&port=&hostname=a&host=a&password=&username=&protocol=http%3A&origin=http%3A%2F%2Fa&href=http%3A%2F%2Fa%2F%3Fq%3D1",
        ),
        (
            "(() => { const u = new URL('http://a/?x=1'); u.searchParams.sort(); u.searchParams.append('a', 'b c'); u.searchParams.sort(); return u.href })()",
            "http://a/?a=b+c&x=1",
        ),
        (
            "(() => { const p = new URLSearchParams('a=1&b=2&a=3'); p.set('a', 'x'); p.set('n', 'y'); p.delete('b'); return p + '' + p.size + p.has('a') + p.getAll('a') + p.get('zz') + [...p].join('|') + [...p.keys()] + [...p.values()] })()",
            "a=x&n=y2truexnulla,x|n,ya,nx,y",
        ),
    ]);
}
