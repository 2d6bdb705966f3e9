//! WebSockets from the handshake to the last byte: Workers that accept them, pass them on, and open them.

use std::process::Command;

use crate::harness::{Setup, ours_only};
use crate::upstream::Upstream;
use crate::websocket_peer::{ACCEPT, CLOSE, FIN, KEY, RSV1, Socket, TEXT, close, request};

const ECHO: &str = "export default { fetch(request) {
  if (request.headers.get('Upgrade') !== 'websocket') return new Response('no socket');
  const [client, server] = Object.values(new WebSocketPair());
  server.accept();
  server.addEventListener('message', ({ data }) => server.send(`echo ${data}`));
  server.addEventListener('close', ({ code }) => console.log(`closed ${code};`));
  return new Response(null, { status: 101, webSocket: client, headers: { 'X-Own': 'yes' } });
} };";

#[test]
fn answers_a_handshake_as_the_standard_says() {
    let server = Setup::hello(ECHO).start();
    let socket = Socket::open(&server, "/");
    let expected = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-accept", ACCEPT),
        ("x-own", "yes"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(socket.head.first, "HTTP/1.1 101 Switching Protocols");
    assert_eq!(socket.head.headers, expected);
}

#[test]
fn refuses_handshakes_that_cannot_be_answered() {
    let server = Setup::hello(ECHO).start();
    let good = request("/", "");
    for (request, status, text) in [
        (
            good.replace("GET", "POST")
                .replace("Host", "Content-Length: 0\r\nHost"),
            400,
            "ERROR: WebSocket must be initiated with a GET request.",
        ),
        (
            good.replace("Version: 13", "Version: 12"),
            426,
            "ERROR: The requested WebSocket version is not supported.",
        ),
        (
            good.replace("Sec-WebSocket-Version: 13\r\n", ""),
            426,
            "ERROR: The requested WebSocket version is not supported.",
        ),
        (
            good.replace(&format!("Sec-WebSocket-Key: {KEY}\r\n"), ""),
            400,
            "ERROR: Missing Sec-WebSocket-Key",
        ),
    ] {
        let mut client = server.connect();
        client.send(request);
        let response = client.response();
        assert_eq!(response.status, status);
        assert_eq!(response.text(), text);
        assert_eq!(response.header("connection"), Some("close"));
        assert!(client.closed());
    }
    assert_eq!(server.get("/").text(), "no socket");
}

#[test]
fn a_response_with_a_socket_needs_a_request_for_one() {
    let code = "export default { fetch(request) {
      const [client, server] = Object.values(new WebSocketPair());
      server.accept();
      return new Response(null, { status: 101, webSocket: client });
    } };";
    let server = Setup::hello(code).start();
    assert_eq!(server.get("/").status, 500);
    server.stderr.line(
        "Worker tried to return a WebSocket in a response to a request which did not contain the header \"Upgrade: websocket\".",
    );
}

#[test]
fn passes_through_workers_and_services() {
    let relay = |to: &str| {
        let code = "export default { async fetch(request, env) {
          const response = await env.next.fetch(request);
          return new URL(request.url).pathname === '/untouched'
            ? response : new Response(null, response);
        } };";
        let fields = format!("bindings = [(name = \"next\", service = \"{to}\")]");
        (code, fields)
    };
    let inner = Setup::hello(ECHO).start();
    let (code, first) = relay("second");
    let (_, second) = relay("outside");
    let server = Setup::new()
        .worker_with("first", code, &first)
        .worker_with("second", code, &second)
        .service(&format!(
            "(name = \"outside\", external = (address = \"127.0.0.1:{}\", http = ()))",
            inner.port("http")
        ))
        .socket("http", "first")
        .start();
    for path in ["/untouched", "/again"] {
        let mut socket = Socket::open(&server, path);
        assert_eq!(socket.head.header("x-own"), Some("yes"));
        for text in ["one", "two", &"three ".repeat(100_000)] {
            socket.say(text);
            assert_eq!(socket.text(), format!("echo {text}"));
        }
        socket.send(FIN | CLOSE, close(4321, "done"));
        assert_eq!(socket.closed(), (Some(4321), "done".to_owned()));
        inner.stdout.line("closed 4321;");
    }
}

#[test]
fn the_end_of_either_side_reaches_the_other_one() {
    let inner = Setup::hello(ECHO).start();
    let server = Setup::new()
        .service(&format!(
            "(name = \"outside\", external = (address = \"127.0.0.1:{}\", http = ()))",
            inner.port("http")
        ))
        .worker_with(
            "main",
            "export default { fetch: (request, env) => env.outside.fetch(request) };",
            "bindings = [(name = \"outside\", service = \"outside\")]",
        )
        .socket("http", "main")
        .start();
    let mut socket = Socket::open(&server, "/");
    socket.say("a");
    assert_eq!(socket.text(), "echo a");
    drop(socket);
    inner.stdout.line("closed 1006;");

    let mut socket = Socket::open(&server, "/");
    socket.say("b");
    assert_eq!(socket.text(), "echo b");
    drop(inner);
    assert_eq!(socket.frame(), None);
}

#[test]
fn a_worker_talks_to_a_server_of_its_own() {
    let upstream = Upstream::start(|peer| {
        let head = peer.request().unwrap();
        assert!(head.starts_with("GET /chat?a=b HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("Sec-WebSocket-Version: 13\r\n"), "{head}");
        assert!(
            head.contains("Sec-WebSocket-Protocol: one, two\r\n"),
            "{head}"
        );
        let key = head.split("Sec-WebSocket-Key: ").nth(1).unwrap();
        let accept = accept(key.split('\r').next().unwrap());
        peer.send(format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Protocol: two\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        ));
        peer.send(b"\x81\x05hello".as_slice());
        peer.send(b"\x88\x05\x0f\xa0bye".as_slice());
        peer.rest();
    });
    let code = "export default { async fetch(request, env) {
      const log = [];
      const socket = new WebSocket(`ws://127.0.0.1:${env.port}/chat?a=b`, ['one', 'two']);
      log.push(socket.readyState, socket.url, socket.protocol);
      socket.addEventListener('open', () => log.push('open', socket.readyState, socket.protocol));
      socket.addEventListener('message', ({ data }) => log.push(data));
      await new Promise((resolve) => socket.addEventListener('close', ({ code, reason, wasClean }) => {
        log.push('close', code, reason, wasClean, socket.readyState);
        resolve();
      }));
      return new Response(log.join());
    } };";
    let port = upstream.port();
    let server = Setup::new()
        .worker_with(
            "main",
            code,
            &format!("globalOutbound = \"net\", bindings = [(name = \"port\", text = \"{port}\")]"),
        )
        .service("(name = \"net\", network = (allow = [\"private\"]))")
        .socket("http", "main")
        .start();
    let expected =
        format!("0,ws://127.0.0.1:{port}/chat?a=b,,open,1,two,hello,close,4000,bye,true,3");
    assert_eq!(server.get("/").text(), expected);
}

/// `Sec-WebSocket-Accept` of a key.
fn accept(key: &str) -> String {
    net::websocket::handshake::accept_key(key.as_bytes())
}

#[test]
fn compresses_what_the_client_can_read() {
    let server = Setup::hello(ECHO).start();
    for (offer, answer) in [
        ("permessage-deflate", Some("permessage-deflate")),
        (
            "permessage-deflate; client_max_window_bits",
            Some("permessage-deflate; client_max_window_bits=15"),
        ),
        (
            "permessage-deflate; server_max_window_bits=10; client_no_context_takeover",
            Some("permessage-deflate; client_no_context_takeover; server_max_window_bits=10"),
        ),
        (
            "x-unknown, permessage-deflate; server_no_context_takeover",
            Some("permessage-deflate; server_no_context_takeover"),
        ),
        ("permessage-deflate; server_max_window_bits=99", None),
        ("x-unknown", None),
    ] {
        let header = format!("Sec-WebSocket-Extensions: {offer}\r\n");
        let mut socket = Socket::open_with(&server, "/", &header);
        assert_eq!(
            socket.head.header("sec-websocket-extensions"),
            answer,
            "{offer}"
        );
        if answer == Some("permessage-deflate") {
            // "Hello" of RFC 7692 §7.2.3.1, in two frames, twice, the second time with the context of the first.
            socket.send(RSV1 | TEXT, b"\xf2\x48\xcd");
            socket.send(FIN, b"\xc9\xc9\x07\x00");
            let (first, payload) = socket.frame().unwrap();
            assert_eq!(first, FIN | RSV1 | TEXT);
            assert_ne!(payload, b"echo Hello");
            socket.send(FIN | RSV1 | TEXT, b"\xf2\x00\x11\x00\x00");
            let (_, again) = socket.frame().unwrap();
            assert!(again.len() < payload.len(), "{again:?}");
            // What is not compressed may come, too.
            socket.say("Hello");
            assert_eq!(socket.frame().unwrap().0, FIN | RSV1 | TEXT);
            socket.send(FIN | RSV1 | TEXT, b"\xff\xff\xff");
            assert_eq!(socket.frame().unwrap().0, FIN | CLOSE);
        } else if answer.is_none() {
            socket.say("plain");
            assert_eq!(socket.text(), "echo plain");
        }
    }
}

#[test]
fn runs_over_tls_on_both_sides() {
    let inner = Setup::new()
        .worker("main", ECHO)
        .file("server.pem", include_str!("../certificates/server.pem"))
        .file("server.key", include_str!("../certificates/server.key"))
        .secure_socket(
            "https",
            "main",
            "keypair = (privateKey = embed \"server.key\", certificateChain = embed \"server.pem\")",
        )
        .start();
    let port = inner.port("https");
    let code = "export default { async fetch(request, env) {
      const socket = new WebSocket(`wss://localhost:${env.port}/`);
      const log = [];
      await new Promise((resolve) => {
        socket.addEventListener('open', () => socket.send('x'.repeat(100000)));
        socket.addEventListener('message', ({ data }) => { log.push(data.length); socket.close(1000); });
        socket.addEventListener('error', ({ message }) => log.push(message));
        socket.addEventListener('close', ({ code }) => { log.push(code); resolve(); });
      });
      return new Response(log.join());
    } };";
    let bindings =
        format!("globalOutbound = \"net\", bindings = [(name = \"port\", text = \"{port}\")]");
    let ask = |trusted: &str| {
        Setup::new()
            .worker_with("main", code, &bindings)
            .file("ca.pem", include_str!("../certificates/ca.pem"))
            .service(&format!(
                "(name = \"net\", network = (allow = [\"private\"], tlsOptions = ({trusted})))"
            ))
            .socket("http", "main")
            .start()
            .get("/")
            .text()
    };
    assert_eq!(
        ask("trustedCertificates = [embed \"ca.pem\"]"),
        "100005,1000"
    );
    assert!(ask("").ends_with(",1006"), "an unknown certificate");
}

#[test]
fn http_2_has_no_upgrade() {
    if ours_only() {
        return;
    }
    let code = "export default { fetch(request) {
      if (request.url.endsWith('/plain')) return new Response('fine');
      const [client, server] = Object.values(new WebSocketPair());
      server.accept();
      return new Response(null, { status: 101, webSocket: client });
    } };";
    let server = Setup::hello(code).start();
    let curl = |path: &str, header: &str| {
        let url = format!("http://127.0.0.1:{}{path}", server.port("http"));
        let mut command = Command::new("curl");
        command.args([
            "-s",
            "--http2-prior-knowledge",
            "-w",
            " %{http_code}",
            "-H",
            header,
        ]);
        let output = command.arg(&url).output().ok()?;
        Some(String::from_utf8(output.stdout).unwrap())
    };
    let Some(answer) = curl("/", "a: b") else {
        return;
    };
    assert!(answer.ends_with(" 500"), "{answer}");
    // The header is malformed there (RFC 9113 §8.2.2), and curl may leave it out.
    let answer = curl("/", "Upgrade: websocket").unwrap_or_default();
    assert!(!answer.ends_with(" 101"), "{answer}");
    assert_eq!(curl("/plain", "a: b").unwrap_or_default(), "fine 200");
}
