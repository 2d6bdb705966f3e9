//! `network` services: which addresses a Worker can reach, by whatever name.

use crate::harness::Setup;
use crate::upstream::Upstream;

/// What a Worker with these lists gets for each of the URLs; `PORT` in them is the upstream's.
fn fetch_all(allow: &str, deny: &str, upstream: &Upstream, urls: &[&str]) -> Vec<String> {
    let server = Setup::new()
        .worker_with(
            "main",
            "export default { async fetch(request) {
               try { return new Response(await (await fetch(await request.text())).text()); }
               catch (error) { return new Response(error.message.replace(/reference = .*/, '')); }
             } };",
            r#"globalOutbound = "net""#,
        )
        .service(&format!(
            "(name = \"net\", network = (allow = {allow}, deny = {deny}))"
        ))
        .socket("http", "main")
        .start();
    let get = |url: &&str| {
        let url = url.replace("PORT", &upstream.port().to_string());
        let mut client = server.connect();
        client.send(format!(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{url}",
            url.len()
        ));
        client.response().text()
    };
    urls.iter().map(get).collect()
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const REFUSED: &str = "internal error; ";

/// Ways to name this machine.
const LOCAL_URLS: [&str; 8] = [
    "http://127.0.0.1:PORT/",
    "http://localhost:PORT/",
    "http://0.0.0.0:PORT/",
    "http://127.1:PORT/",
    "http://2130706433:PORT/",
    "http://0x7f.0.0.1:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://user:pass@127.0.0.1:PORT/",
];

#[test]
fn the_loopback_is_not_public() {
    let upstream = Upstream::fixed(OK);
    for lists in [
        (r#"["public"]"#, "[]"),
        (r#"["network"]"#, "[]"),
        (r#"["private"]"#, r#"["local"]"#),
        (r#"["public", "private"]"#, r#"["127.0.0.0/8"]"#),
    ] {
        let answers = fetch_all(lists.0, lists.1, &upstream, &LOCAL_URLS);
        for (url, answer) in LOCAL_URLS.iter().zip(answers) {
            let unmapped = lists.1.contains("127") && url.contains("0.0.0.0");
            assert!(unmapped || answer == REFUSED, "{lists:?} {url}: {answer}");
        }
    }
    assert!(upstream.connections() <= 1);
}

#[test]
fn the_loopback_can_be_allowed() {
    let upstream = Upstream::fixed(OK);
    for allow in [r#"["local"]"#, r#"["private"]"#] {
        let answers = fetch_all(allow, "[]", &upstream, &LOCAL_URLS);
        assert_eq!(answers, ["ok"; 8], "{allow}");
    }
}

#[test]
fn a_redirect_is_checked_too() {
    let inner = Upstream::fixed(OK);
    let location = inner.port();
    let outer = Upstream::start(move |peer| {
        while peer.request().is_some() {
            peer.send(format!(
                "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:{location}/\r\nContent-Length: 0\r\n\r\n"
            ));
        }
    });
    let urls = ["http://127.0.0.1:PORT/"];
    let answers = fetch_all(r#"["private"]"#, r#"["127.0.0.2/32"]"#, &outer, &urls);
    assert_eq!(answers, [REFUSED]);
    assert_eq!(inner.connections(), 0);
}

#[test]
fn the_implicit_internet_is_public() {
    let upstream = Upstream::fixed(OK);
    let server = Setup::new()
        .worker(
            "main",
            &format!(
                "export default {{ async fetch() {{
                   try {{ return await fetch('http://127.0.0.1:{}/'); }}
                   catch (error) {{ return new Response(error.message); }}
                 }} }};",
                upstream.port()
            ),
        )
        .socket("http", "main")
        .start();
    assert!(server.get("/").text().starts_with(REFUSED));
    server.stderr.line(&format!(
        "connecting to 127.0.0.1:{} is not allowed",
        upstream.port()
    ));
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn the_global_outbound_can_be_a_worker() {
    let server = Setup::new()
        .worker_with(
            "main",
            "export default { fetch() { return fetch('http://anything.invalid/x'); } };",
            r#"globalOutbound = "callee""#,
        )
        .worker(
            "callee",
            "export default { fetch(request) { return new Response(request.url); } };",
        )
        .socket("http", "main")
        .start();
    assert_eq!(server.get("/").text(), "http://anything.invalid/x");
}

#[test]
fn what_cannot_be_denied_is_refused_at_the_start() {
    for (group, message) in [
        ("network", "don't deny 'network', allow 'local' instead"),
        ("public", "don't deny 'public', allow 'private' instead"),
        ("1.2.3.4", "invalid CIDR: 1.2.3.4"),
    ] {
        let (status, _, stderr) = Setup::hello("export default {};")
            .service(&format!(
                "(name = \"net\", network = (deny = [\"{group}\"]))"
            ))
            .fail();
        assert_eq!(status, Some(1));
        assert!(
            stderr.contains(&format!("service net: {message}")),
            "{stderr}"
        );
    }
}
