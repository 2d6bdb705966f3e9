//! Requests over HTTP/1.1 that no service gets to see. Expected bytes are those of the real workerd.

use std::rc::Rc;

use crate::harness::{answer, serve};
use crate::http1::{Echo, local};

#[tokio::test]
async fn refuses_malformed_requests_like_the_real_one() {
    const METHOD: &str = "invalid HTTP method parsed";
    const URI: &str = "invalid URI";
    const VERSION: &str = "invalid HTTP version parsed";
    const HEADER: &str = "invalid HTTP header parsed";
    const LENGTH: &str = "invalid content-length parsed";
    const ENCODING: &str = "invalid transfer-encoding parsed";
    const LONG_URI: &str = "URI too long";
    const LONG_HEAD: &str = "message head is too large";
    let long_uri = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(100_000));
    let long_head = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nA: {}\r\n\r\n",
        "a".repeat(1_000_000)
    );
    let cases: &[(&str, &str)] = &[
        ("garbage\r\n\r\n", METHOD),
        ("\x16\x03\x01\x02\r\n\r\n", METHOD),
        ("GET\r\nHost: x\r\n\r\n", METHOD),
        (" GET / HTTP/1.1\r\nHost: x\r\n\r\n", METHOD),
        ("GET\t/\tHTTP/1.1\r\nHost: x\r\n\r\n", METHOD),
        ("GET /\r\nHost: x\r\n\r\n", URI),
        ("GET  HTTP/1.1\r\nHost: x\r\n\r\n", URI),
        ("GET  /  HTTP/1.1\r\nHost: x\r\n\r\n", URI),
        ("GET /\u{1} HTTP/1.1\r\nHost: x\r\n\r\n", URI),
        ("GET ?foo HTTP/1.1\r\nHost: x\r\n\r\n", URI),
        ("GET /\"<>{}|^` HTTP/1.1\r\nHost: x\r\n\r\n", URI),
        ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", VERSION),
        ("GET / HTTP/0.9\r\nHost: x\r\n\r\n", VERSION),
        ("GET / foo HTTP/1.1\r\nHost: x\r\n\r\n", VERSION),
        ("GET / HTTP/1.1\r\nHost: x\r\nfoo\r\n\r\n", HEADER),
        ("GET / HTTP/1.1\r\nHost: x\r\nfoo : a\r\n\r\n", HEADER),
        ("GET / HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n", HEADER),
        ("GET / HTTP/1.1\r\nHost: x\r\nfo(o: a\r\n\r\n", HEADER),
        ("GET / HTTP/1.1\r\nHost: x\r\nfoo: a\r\n b\r\n\r\n", HEADER),
        ("GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", HEADER),
        ("GET / HTTP/1.1\r\nHost: x\r\nfoo: a\0b\r\n\r\n", HEADER),
        (
            "POST /text HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
            LENGTH,
        ),
        (
            "POST /text HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc",
            LENGTH,
        ),
        (
            "POST /text HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc",
            LENGTH,
        ),
        (
            "POST /text HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 2\r\n\r\nabc",
            LENGTH,
        ),
        (
            "POST /text HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\nabc",
            LENGTH,
        ),
        (
            "POST /text HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nabc",
            ENCODING,
        ),
        (
            "POST /text HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\nabc",
            ENCODING,
        ),
        (
            "POST /text HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "unexpected transfer-encoding parsed",
        ),
        (&long_uri, LONG_URI),
        (&long_head, LONG_HEAD),
    ];
    local(async {
        let server = serve(Rc::new(Echo)).await;
        for &(request, text) in cases {
            let status = match text {
                LONG_URI => "414 URI Too Long",
                LONG_HEAD => "431 Request Header Fields Too Large",
                _ => "400 Bad Request",
            };
            let length = text.len();
            let expected = format!(
                "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nConnection: close\r\n\
                 Content-Length: {length}\r\n\r\n{text}"
            );
            let shown: String = request.chars().take(60).collect();
            assert_eq!(server.exchange(request).await, expected, "{shown:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn answers_what_no_service_gets_to_see() {
    const UNKNOWN: &str = "HTTP/1.1 501 Not Implemented\r\nConnection: close\r\nContent-Length: 35\r\n\
                           Content-Type: text/plain\r\n\r\nERROR: Unrecognized request method.";
    let cases = [
        ("FOO / HTTP/1.1\r\nHost: x\r\n\r\n", UNKNOWN),
        ("FOO / HTTP/1.1\r\n\r\n", UNKNOWN),
        ("get / HTTP/1.1\r\nHost: x\r\n\r\n", UNKNOWN),
        ("M-SEARCH / HTTP/1.1\r\nHost: x\r\n\r\n", UNKNOWN),
        (
            "GET / HTTP/1.0\r\n\r\n",
            "HTTP/1.0 400 Bad Request\r\nContent-Length: 11\r\n\r\nBad Request",
        ),
        // Heads that end before they are complete get nothing.
        ("GET /none HTTP/1.1\r\nHost: x\r\n\r\n", ""),
        (
            "POST /text HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
            "",
        ),
        (
            "POST /text HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX0\r\n\r\n",
            "",
        ),
    ];
    local(async {
        let server = serve(Rc::new(Echo)).await;
        for (request, expected) in cases {
            assert_eq!(server.exchange(request).await, expected, "{request:?}");
        }
        let mut client = server.connect().await;
        for host in ["", "Host:\r\n"] {
            client.send(&format!("GET / HTTP/1.1\r\n{host}\r\n")).await;
            client
                .expect("HTTP/1.1 400 Bad Request\r\nContent-Length: 11\r\n\r\nBad Request")
                .await;
        }
        client
            .send("PURGE /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            .await;
        client.expect(&answer("hello")).await;
    })
    .await;
}

#[tokio::test]
async fn a_half_sent_head_gets_no_answer() {
    local(async {
        let server = serve(Rc::new(Echo)).await;
        let mut client = server.connect().await;
        client.send("GET / HTTP/1.1\r\nHost: x\r\n").await;
        client.end().await;
        assert_eq!(client.rest().await, "");
    })
    .await;
}
