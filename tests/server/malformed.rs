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
