//! Modules that a service outside knows (`moduleFallback`): how it is asked, and what its answers do.

use std::sync::{Arc, Mutex};

use crate::harness::Setup;
use crate::upstream::Upstream;

/// The different requests that a service has got: method and target, or the body.
type Asked = Arc<Mutex<Vec<String>>>;

/// A service that answers with what `answer` makes of a request's target or body.
fn service(answer: fn(&str) -> Option<String>) -> (Upstream, Asked) {
    let asked = Asked::default();
    let seen = asked.clone();
    let upstream = Upstream::start(move |peer| {
        while let Some(head) = peer.request() {
            let value = |name: &str| {
                let line = head
                    .lines()
                    .find(|line| line.to_lowercase().starts_with(name))?;
                line.split_once(": ").map(|(_, value)| value.to_owned())
            };
            let length = value("content-length").map_or(0, |length| length.parse().unwrap());
            let question = if head.starts_with("POST / ") {
                String::from_utf8(peer.bytes(length)).unwrap()
            } else {
                let target = head.split(' ').nth(1).unwrap();
                format!("{} {target}", value("x-resolve-method").unwrap())
            };
            let answer = answer(&question);
            let mut seen = seen.lock().unwrap();
            // Each isolate asks anew, and a Worker that is started to see whether it can is one more.
            if !seen.contains(&question) {
                seen.push(question);
            }
            drop(seen);
            peer.send(match answer {
                None => "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone".to_owned(),
                Some(to) if !to.starts_with('{') => {
                    format!("HTTP/1.1 301 Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
                }
                Some(module) => format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{module}",
                    module.len()
                ),
            });
        }
    });
    (upstream, asked)
}

fn get(code: &str, upstream: &Upstream, flags: &str) -> String {
    let fields = format!(
        r#"moduleFallback = "127.0.0.1:{}", compatibilityFlags = [{flags}]"#,
        upstream.port()
    );
    let server = Setup::new()
        .worker_with("main", code, &fields)
        .socket("http", "main")
        .argument("--experimental")
        .start();
    server.get("/").text()
}

#[test]
fn paths_are_asked_for_with_a_query() {
    let (upstream, asked) = service(|question| {
        let has = |specifier: &str| question.contains(&format!("specifier={specifier}&"));
        Some(if has("%2Fone.mjs") {
            r#"{"name":"one.mjs","esModule":"import three from './lib/two'; export default 'one ' + three;"}"#.into()
        } else if has("%2Flib%2Ftwo") {
            "/deep/three.cjs".into()
        } else if has("%2Fdeep%2Fthree.cjs") {
            r#"{"commonJsModule":"module.exports = 'three ' + require('four') + exports.constructor.name;"}"#.into()
        } else if has("%2Fdeep%2Ffour") {
            r#"{"name":"deep/four","text":"four "}"#.into()
        } else {
            return None;
        })
    });
    let text = get(
        "import one from './one.mjs';
         export default { async fetch() {
           const failures = [];
           for (const name of ['./none', 'node:nope']) await import(name).catch((error) => failures.push(error.message));
           const again = await import('./one.mjs');
           return new Response([one, again.default === one, ...failures].join('; '));
         } };",
        &upstream,
        "",
    );
    assert_eq!(
        text,
        "one three four Object; true; No such module \"none\".; No such module \"node:nope\"."
    );
    assert_eq!(
        *asked.lock().unwrap(),
        [
            "import /?specifier=%2Fone.mjs&referrer=%2Fmain.js&rawSpecifier=.%2Fone.mjs",
            "import /?specifier=%2Flib%2Ftwo&referrer=%2Fone.mjs&rawSpecifier=.%2Flib%2Ftwo",
            "import /?specifier=%2Fdeep%2Fthree.cjs&referrer=%2Fone.mjs&rawSpecifier=.%2Flib%2Ftwo",
            "require /?specifier=%2Fdeep%2Ffour&referrer=%2Fdeep%2Fthree.cjs&rawSpecifier=four",
            "import /?specifier=%2Fnone&referrer=%2Fmain.js&rawSpecifier=.%2Fnone",
            "import /?specifier=node%3Anope&referrer=%2Fmain.js&rawSpecifier=node%3Anope",
        ]
    );
}

#[test]
fn urls_are_asked_for_with_json() {
    let (upstream, asked) = service(|question| {
        Some(
            if question.contains(r#""specifier":"file:///bundle/value.json""#) {
                r#"{"json":"{\"answer\":42}"}"#.into()
            } else if question.contains(r#""specifier":"file:///bundle/moved""#) {
                "file:///elsewhere/moved.js".into()
            } else if question.contains(r#""specifier":"file:///elsewhere/moved.js""#) {
                r#"{"esModule":"export default import.meta.url;"}"#.into()
            } else if question.contains(r#""specifier":"file:///bundle/data""#) {
                r#"{"data":[0,127,255]}"#.into()
            } else {
                r#"{"name":"file:///other","text":"of another name"}"#.into()
            },
        )
    });
    let text = get(
        "import value from './value.json' with { type: 'json' };
         import moved from './moved';
         export default { async fetch() {
           const data = await import('./data?1');
           const failure = await import('./none').catch((error) => error.message);
           return new Response([value.answer, moved, new Uint8Array(data.default), failure].join('; '));
         } };",
        &upstream,
        r#""new_module_registry""#,
    );
    assert_eq!(
        text,
        "42; file:///elsewhere/moved.js; 0,127,255; Module not found: file:///bundle/none"
    );
    let question = |specifier: &str, raw: &str, more: &str| {
        format!(
            r#"{{"type":"import","specifier":"file:///{specifier}","rawSpecifier":"{raw}","referrer":"file:///bundle/main.js"{more}}}"#
        )
    };
    let attributes = r#","attributes":[{"name":"type","value":"json"}]"#;
    assert_eq!(
        *asked.lock().unwrap(),
        [
            question("bundle/value.json", "./value.json", attributes),
            question("bundle/moved", "./moved", ""),
            question("elsewhere/moved.js", "./moved", ""),
            question("bundle/data", "./data?1", ""),
            question("bundle/none", "./none", ""),
        ]
    );
}
