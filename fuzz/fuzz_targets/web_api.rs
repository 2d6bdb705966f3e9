//! Any text as what Workers give to interfaces that parse: they return or throw.

#![no_main]

use jsg::js::{Function, Global, Local, String as Text};
use libfuzzer_sys::fuzz_target;

/// Matching takes as long as its regular expression says: only what backtracks little is matched.
const CALLS: &str = "(text, other) => {
  const match = (...init) => {
    const pattern = new URLPattern(...init);
    return (text.match(/[*+(]/g) ?? []).length > 2 ? [...Object.values(pattern)] : pattern.exec(other.slice(0, 20));
  };
  const calls = [
    () => { const url = new URL(text); if (new URL(url.href).href !== url.href) throw 'href' },
    () => new URL(text, other).href,
    () => { const url = new URL('http://a/b?c#d');
      for (const key of ['href', 'protocol', 'host', 'hostname', 'port', 'pathname', 'search', 'hash', 'username',
        'password']) { url[key] = text; if (new URL(url.href).href !== url.href) throw 'href' } },
    () => [...new URLSearchParams(text)].length,
    () => match(text),
    () => match(text, 'http://a/'),
    () => match({ pathname: text }),
    () => new URLPattern({ hostname: text, protocol: other }),
    () => atob(text),
    () => new Headers([[text, other]]).get(text),
    () => new Headers({ cookie: text, 'content-type': other }).entries().next(),
    () => new Request(text),
    () => new Request('http://a/', { method: text, headers: { a: other } }),
    () => new Response(text, { statusText: other, headers: { 'content-type': text } }),
    () => new TextDecoder(text).decode(new TextEncoder().encode(other)),
    () => new Blob([text], { type: other }).type,
    () => new File([other], text).name,
    () => { const data = new FormData(); data.append(text, other); new Response(data) },
    () => new WebSocket(text, other),
    () => new CompressionStream(text),
    () => new Event(text).type,
    () => new URLSearchParams([[text, other]]).toString(),
    () => { const data = new URLSearchParams(text); data.sort(); data.append(other, text); data.delete(text, other) },
    () => URL.canParse(text, other),
    () => new URLPattern(text, other, { ignoreCase: true }),
    () => btoa(text),
    () => structuredClone({ [text]: other }),
    () => new DOMException(text, other).code,
    () => new Headers([['if-range', text], ['range', other]]).getSetCookie(),
    () => new Response(null, { headers: { 'cache-control': text, vary: other } }).clone().headers.get('vary'),
    () => new EventSource(text),
    () => reportError,
  ];
  for (const call of calls) {
    try { call() } catch (error) { if (error === 'href') throw error }
  }
}";

thread_local! {
    static FUNCTION: Global<Function> = fuzz::isolate().enter(|js| {
        let function = jsg::run_script(js, CALLS, "calls.js").expect("a script");
        let function = Local::<Function>::try_from(function).expect("a function");
        Global::new(js, function)
    });
}

/// Texts of many kinds, some with another behind U+0001.
const SEEDS: &[&str] = &[
    "http://user:pass@a.example:8080/b/../c;d?e=f&g#h\u{1}../i?j#k",
    "file:///C|/a/%2e%2e/b\u{1}//host/c",
    "http://[::1%25]:80/\u{1}http://0x7f.1/",
    "https://xn--fsq.example/\u{1}https://\u{4f60}\u{597d}.example/\u{df}",
    "/books/:id(\\\\d+)?/{a}*/*\u{1}http://a/books/12/a/b",
    "https://:sub.example.com{:port}?/:a+?q=:b#:c\u{1}https://x.example.com/1/2?q=3#4",
    "(a|b*)+c{d}?\u{1}aabbbc",
    "text/html; charset=\"utf-8\"; a=b\u{1}text/html;charset=gbk",
    "a=b; c=\"d\"; e\u{1}text/plain",
    "YWJj ZA==\u{1}YQ",
    "shift_jis\u{1}\u{82}\u{a0}",
    "wss://a/b\u{1}chat",
    "a > b.c#d[e^='f' i]:not(g):nth-child(2n+1), *\u{1}<a><b class=c id=d e=fg>x</b><!-- y --></a>",
    "x-name\u{1}value, \"quoted\", W/\"etag\"",
    "bytes=0-4, -5\u{1}Thu, 01 Jan 1970 00:00:00 GMT",
    "data:text/plain;base64,YQ==\u{1}blob:http://a/b",
];

fuzz_target!(init: fuzz::plant(|| SEEDS.to_vec()), |bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (text, other) = text.split_once('\u{1}').unwrap_or((&text, &text));
    FUNCTION.with(|function| {
        fuzz::isolate().enter(|js| {
            let function = Local::new(js, function);
            let result = jsg::promise::try_catch(js, |js| {
                let text = Text::new(js, text).ok_or(jsg::Error::Pending)?;
                let other = Text::new(js, other).ok_or(jsg::Error::Pending)?;
                let calls = [text.into(), other.into()];
                function
                    .call(js, text.into(), &calls)
                    .ok_or(jsg::Error::Pending)
            });
            if let Err(error) = result {
                panic!("{text:?}: {}", error.to_rust_string_lossy(js));
            }
            jsg::Isolate::drain_microtasks(js);
        });
    });
});
