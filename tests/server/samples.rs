//! The configs under `samples`, as their README files run them.

use std::path::Path;

use net::tls::{Alpn, TlsOptions};

use crate::harness::Setup;
use crate::https;
use crate::upstream::Upstream;
use crate::websocket_peer::{CLOSE, FIN, Socket, close};

#[test]
fn reverse_proxy() {
    let origin = Upstream::start(|peer| {
        while let Some(head) = peer.request() {
            let length = head.len();
            peer.send(format!(
                "HTTP/1.1 200 OK\r\nServer: secret\r\nX-Own: yes\r\nContent-Length: {length}\r\n\r\n{head}"
            ));
        }
    });
    let server = Setup::sample("reverse-proxy", "http")
        .argument(&format!(
            "--external-addr=origin=127.0.0.1:{}",
            origin.port()
        ))
        .start();
    let mut client = server.connect();
    client.send("GET /app/page?q HTTP/1.1\r\nHost: site.example\r\nX-Forwarded-For: 192.0.2.1\r\nCookie: a=b\r\n\r\n");
    let response = client.response();
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(response.header("server"), None);
    assert_eq!(response.header("x-own"), Some("yes"));
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    let seen = response.text().to_ascii_lowercase();
    for line in [
        "get /page?q http/1.1\r\n",
        "\r\nhost: site.example\r\n",
        "\r\nx-forwarded-for: 127.0.0.1\r\n",
        "\r\nx-forwarded-host: site.example\r\n",
        "\r\nx-forwarded-proto: http\r\n",
        "\r\nvia: 1.1 sample\r\n",
        "\r\ncookie: a=b\r\n",
    ] {
        assert!(seen.contains(line), "{line:?} in {seen}");
    }
    client.send("POST /app/x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
    assert!(client.response().text().starts_with("POST /x HTTP/1.1\r\n"));
    assert_eq!(server.get("/healthy").text(), "yes\n");
    assert_eq!(server.get("/other").status, 404);
}

#[test]
fn reverse_proxy_without_its_server() {
    let server = Setup::sample("reverse-proxy", "http")
        .argument("--external-addr=origin=127.0.0.1:1")
        .start();
    assert_eq!(server.get("/app/").status, 502);
    server.stderr.line("origin: Network connection lost.");
}

#[test]
fn forward_proxy() {
    let origin = Upstream::echo();
    let server = Setup::sample("forward-proxy", "proxy").start();
    let get = |url: &str, host: &str| {
        let mut client = server.connect_to("proxy");
        client.send(format!(
            "GET {url} HTTP/1.1\r\nHost: {host}\r\nProxy-Connection: keep-alive\r\n\r\n"
        ));
        client.response()
    };
    let host = format!("127.0.0.1:{}", origin.port());
    let answer = get(&format!("http://{host}/a?b"), &host);
    assert_eq!(
        answer.text(),
        format!("GET /a?b HTTP/1.1\r\nHost: {host}\r\n")
    );
    for blocked in ["ads.example", "x.tracker.example"] {
        let refused = get(&format!("http://{blocked}/"), blocked);
        assert_eq!(refused.text(), format!("{blocked} is blocked.\n"));
    }
    let secrets = get("http://169.254.169.254/", "169.254.169.254");
    assert_eq!(secrets.status, 502);
}

#[test]
fn static_site() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/static-site");
    let server = Setup::sample("static-site", "https")
        .argument(&format!(
            "--directory-path=files={}",
            sample.join("site").display()
        ))
        .start();
    let certificate = std::fs::read_to_string(sample.join("certificate.pem")).unwrap();
    let trust = TlsOptions {
        trusted_certificates: vec![certificate.into()],
        ..TlsOptions::default()
    };
    let get = |path: &str, headers: &str| {
        https::run(async {
            let mut stream = https::connect(&server, &trust, Alpn::Http1).await.unwrap();
            let request = format!(
                "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"
            );
            https::exchange(&mut stream, &request).await.unwrap()
        })
    };
    let page = get("/", "");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    for part in [
        "\r\nContent-Type: text/html;charset=UTF-8\r\n",
        "\r\nStrict-Transport-Security: max-age=31536000\r\n",
        "<h1>It works</h1>",
    ] {
        assert!(page.contains(part), "{part:?} in {page}");
    }
    assert!(get("/style.css", "").contains("text/css"));
    let modified = page.lines().find(|line| line.starts_with("Last-Modified"));
    let known = modified
        .unwrap()
        .replace("Last-Modified", "If-Modified-Since");
    let unchanged = get("/", &format!("{known}\r\n"));
    assert!(unchanged.starts_with("HTTP/1.1 304"), "{unchanged}");
    let part = get("/style.css", "Range: bytes=0-1\r\n");
    assert!(
        part.starts_with("HTTP/1.1 206") && part.ends_with("\r\n\r\nh1"),
        "{part}"
    );
    let directory = get("/more", "");
    assert!(
        directory.starts_with("HTTP/1.1 301") && directory.contains("/more/"),
        "{directory}"
    );
    assert!(get("/more/", "").contains("<h1>More</h1>"));
    let missing = get("/nope", "");
    assert!(missing.starts_with("HTTP/1.1 404") && missing.contains("<h1>Not here</h1>"));
}

#[test]
fn streaming_transform() {
    let server = Setup::sample("streaming-transform", "http").start();
    let mut client = server.connect();
    client.send(
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n8\r\none\ntwo\n\r\n",
    );
    assert_eq!(client.head().status, 200);
    // The answer starts while the request goes on.
    let mut text = Vec::new();
    while !text.ends_with(b"two\n") {
        text.extend(client.chunk().unwrap());
    }
    client.send("5\r\nthree\r\n0\r\n\r\n");
    while let Some(chunk) = client.chunk() {
        text.extend(chunk);
    }
    assert_eq!(text, b"1\tone\n2\ttwo\n3\tthree\n");
    assert_eq!(server.get("/").status, 400);
}

#[test]
fn websocket_chat() {
    let server = Setup::sample("websocket-chat", "http").start();
    let mut socket = Socket::open(&server, "/");
    assert_eq!(socket.text(), "Who are you?");
    for (said, answer) in [
        ("hello", "Stranger, you have said 1 things so far."),
        ("My name is Ada", "Hello Ada!"),
        ("fine", "Ada, you have said 2 things so far."),
    ] {
        socket.say(said);
        assert_eq!(socket.text(), answer);
    }
    socket.say("bye");
    assert_eq!(socket.frame(), Some((FIN | CLOSE, close(1000, "Bye!"))));
    // Who does not answer is waited for.
    socket.send(FIN | CLOSE, close(1000, ""));
    assert_eq!(socket.frame(), None);
    assert_eq!(server.get("/").status, 426);
}
