//! Requests that are no HTTP: a smoke test through the whole server of what the HTTP layer tests in full.

use crate::harness::Setup;

/// The bytes, the status and the body. Chunks overrule a length, so that one is no mistake.
const CASES: &[(&str, u16, &str)] = &[
    ("garbage\r\n\r\n", 400, "invalid HTTP method parsed"),
    (
        "\x16\x03\x01\x02\r\n\r\n",
        400,
        "invalid HTTP method parsed",
    ),
    ("GET\r\nHost: x\r\n\r\n", 400, "invalid HTTP method parsed"),
    ("GET /\r\nHost: x\r\n\r\n", 400, "invalid URI"),
    ("GET  HTTP/1.1\r\nHost: x\r\n\r\n", 400, "invalid URI"),
    (
        "get / HTTP/1.1\r\nHost: x\r\n\r\n",
        501,
        "ERROR: Unrecognized request method.",
    ),
    (
        "FOO / HTTP/1.1\r\nHost: x\r\n\r\n",
        501,
        "ERROR: Unrecognized request method.",
    ),
    ("GET / HTTP/1.1\r\n\r\n", 400, "Bad Request"),
    ("GET / HTTP/1.0\r\n\r\n", 400, "Bad Request"),
    ("GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "Bad Request"),
    (
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        500,
        "Internal Server Error",
    ),
    (
        "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
        400,
        "invalid HTTP version parsed",
    ),
    (
        "GET / FOO/1.1\r\nHost: x\r\n\r\n",
        400,
        "invalid HTTP version parsed",
    ),
    (
        "GET / foo HTTP/1.1\r\nHost: x\r\n\r\n",
        400,
        "invalid HTTP version parsed",
    ),
    (
        "GET / HTTP/1.1\r\nHost: x\r\nfoo\r\n\r\n",
        400,
        "invalid HTTP header parsed",
    ),
    (
        "GET / HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n",
        400,
        "invalid HTTP header parsed",
    ),
    (
        "GET / HTTP/1.1\r\nHost: x\r\nfo(o: a\r\n\r\n",
        400,
        "invalid HTTP header parsed",
    ),
    (
        "GET / HTTP/1.1\r\nHost: x\r\nfo o: a\r\n\r\n",
        400,
        "invalid HTTP header parsed",
    ),
    (
        "GET / HTTP/1.1\r\nHost: x\r\nfoo: a\0b\r\n\r\n",
        400,
        "invalid HTTP header parsed",
    ),
    (
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        400,
        "invalid content-length parsed",
    ),
    (
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        400,
        "invalid content-length parsed",
    ),
    (
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        400,
        "invalid content-length parsed",
    ),
    (
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        200,
        "fine",
    ),
    (
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        400,
        "invalid transfer-encoding parsed",
    ),
];

#[test]
fn refuses_requests_that_are_no_http() {
    let server = Setup::hello(
        "export default { async fetch(request) { await request.arrayBuffer(); return new Response(new URL(request.url) && 'fine'); } };",
    )
    .start();
    for (bytes, status, body) in CASES {
        let mut client = server.connect();
        client.try_send(bytes);
        let response = client.response();
        assert_eq!(
            (response.status, response.text().as_str()),
            (*status, *body),
            "{bytes:?}"
        );
    }
    assert_eq!(server.get("/").text(), "fine");
}

#[test]
fn a_refused_head_request_gets_a_head_alone() {
    let server = Setup::hello("export default { fetch: () => new Response('fine') };").start();
    for (request, status, length) in [
        ("HEAD / HTTP/1.1\r\nHost: x\r\nfoo\r\n\r\n", "400", 26),
        ("HEAD / HTTP/9\r\nHost: x\r\n\r\n", "400", 27),
        ("HEAD / HTTP/1.1\r\n\r\n", "400", 11),
    ] {
        let mut client = server.connect();
        client.try_send(request);
        let answer = client.head();
        assert_eq!(answer.status.to_string(), status);
        assert_eq!(
            answer.header("content-length"),
            Some(length.to_string().as_str())
        );
        client.try_send("GET / HTTP/1.0\r\nHost: x\r\n\r\n");
        let rest = client.rest();
        assert!(rest.is_empty() || rest.starts_with(b"HTTP/1."), "{rest:?}");
    }
}

#[test]
fn a_false_preface_of_http2_gets_no_answer() {
    let server = Setup::hello(
        "export default { async fetch(request) { await request.arrayBuffer(); return new Response('fine'); } };",
    )
    .start();
    let mut client = server.connect();
    // Almost the preface of HTTP/2.
    client.try_send("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n");
    // The server's own settings and the reason of the end at most.
    let rest = client.rest();
    assert!(!rest.starts_with(b"HTTP/"), "{rest:?}");
    assert_eq!(server.get("/").text(), "fine");
}

/// Bodies in chunks that are none, and how much of them can be read.
const BAD_CHUNKS: &[(&str, &str)] = &[
    ("ZZ\r\nabc\r\n0\r\n\r\n", ""),
    ("-3\r\nabc\r\n0\r\n\r\n", ""),
    ("3\nabc\n0\n\n", ""),
    ("fffffffffffffffff\r\nabc", ""),
    ("3\r\nabcXX0\r\n\r\n", "abc"),
    ("3\r\nabc\r\nZ\r\n", "abc"),
];

#[test]
fn hangs_up_on_a_bad_chunk() {
    let server = Setup::hello(
        "export default { async fetch(request) {
           const { pathname } = new URL(request.url);
           if (pathname === '/uncaught') return new Response(await request.text());
           if (pathname === '/echo') return new Response(request.body);
           try { return new Response(await request.text()); } catch (error) { return new Response(`${error}`); }
         } };",
    )
    .start();
    for (chunks, read) in BAD_CHUNKS {
        let send = |path: &str| {
            let mut client = server.connect();
            client.try_send(format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"
            ));
            client
        };
        let mut client = send("/caught");
        assert_eq!(
            client.response().text(),
            "Error: Network connection lost.",
            "{chunks:?}"
        );
        assert!(client.closed(), "{chunks:?}");

        assert!(send("/uncaught").closed(), "{chunks:?}");

        let mut client = send("/echo");
        if !read.is_empty() {
            assert_eq!(client.head().status, 200);
            assert_eq!(client.chunk().as_deref(), Some(read.as_bytes()));
        }
        assert!(client.closed(), "{chunks:?}");
    }
    server
        .stderr
        .line("HTTP connection failed: the handler sent no response");
    assert_eq!(server.get("/caught").status, 200);
}

#[test]
fn takes_many_headers() {
    let server = Setup::hello(
        "export default { fetch(request) { return new Response(`${[...request.headers].length}`); } };",
    )
    .start();
    let request = |count: usize| {
        let lines: String = (1..count).map(|index| format!("h{index}: v\r\n")).collect();
        format!("GET / HTTP/1.1\r\nHost: x\r\n{lines}\r\n")
    };
    // On one connection, the last two of them sent at once.
    let mut client = server.connect();
    for count in [100, 101, 5] {
        client.send(request(count));
        assert_eq!(client.response().text(), count.to_string());
    }
    client.send([request(3), request(16 * 1024)].concat());
    assert_eq!(client.response().text(), "3");
    assert_eq!(client.response().text(), "16384");

    // The first request of a connection, and one behind another.
    for before in [0, 1] {
        let mut client = server.connect();
        client.try_send([request(2).repeat(before), request(16 * 1024 + 1)].concat());
        if before > 0 {
            assert_eq!(client.response().text(), "2");
        }
        let refused = client.response();
        assert_eq!(
            (refused.status, refused.text().as_str()),
            (431, "message head is too large")
        );
    }
    assert_eq!(server.get("/").status, 200);
}
