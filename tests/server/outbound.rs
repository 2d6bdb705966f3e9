//! Requests of Workers to servers elsewhere: what goes over the wire, and what comes of failures.

use crate::harness::{Server, Setup, ours_only};
use crate::upstream::Upstream;

/// Runs `code` as the handler of a Worker that has the upstream as `env.UP` and as its global outbound.
pub fn with_upstream(upstream: &Upstream, options: &str, code: &str) -> Server {
    let port = upstream.port();
    Setup::new()
        .worker_with(
            "main",
            &format!(
                "const PORT = {port}; export default {{ async fetch(request, env) {{ {code} }} }};"
            ),
            r#"bindings = [(name = "UP", service = "up")], globalOutbound = "all""#,
        )
        .service(&format!(
            "(name = \"up\", external = (address = \"127.0.0.1:{port}\", http = ({options})))"
        ))
        .service(r#"(name = "all", network = (allow = ["public", "private"]))"#)
        .socket("http", "main")
        .start()
}

/// The real workerd writes them as they are.
#[test]
fn control_characters_do_not_go_over_the_wire() {
    if ours_only() {
        return;
    }
    let upstream = Upstream::echo();
    let server = with_upstream(
        &upstream,
        "",
        "const headers = { 'x-odd': 'a\\x01b', 'x-good': '1' };
         if (request.url.endsWith('/answer')) return new Response('', { headers });
         const unnamed = new Headers({ 'x-good': '1' });
         unnamed.set('é', '1');
         const asked = [fetch(`http://127.0.0.1:${PORT}/`, { headers }), env.UP.fetch('http://a/', { headers }),
           env.UP.fetch('http://a/', { headers: unnamed }).then((response) => response.text())];
         return Response.json((await Promise.allSettled(asked)).map((it) => it.value ?? `${it.reason}`));",
    );
    assert_eq!(server.get("/answer").status, 500);
    let refused = r#"TypeError: The header \"x-odd\" cannot be sent over HTTP."#;
    let sent = r"GET / HTTP/1.1\r\nHost: a\r\nX-Good: 1\r\n";
    assert_eq!(
        server.get("/").text(),
        format!(r#"["{refused}","{refused}","{sent}"]"#)
    );
}

#[test]
fn a_request_goes_over_the_wire() {
    let upstream = Upstream::echo();
    let server = with_upstream(
        &upstream,
        "",
        "return fetch(`http://127.0.0.1:${PORT}/a?b=c#d`, { headers: { 'x-a': '1', host: 'evil', te: 'x', connection: 'close',
           'keep-alive': 'x', upgrade: 'y', trailer: 'z' } });",
    );
    let host = upstream.port();
    assert_eq!(
        server.get("/").text().to_lowercase(),
        format!("get /a?b=c http/1.1\r\nhost: 127.0.0.1:{host}\r\nx-a: 1\r\n")
    );
}

#[test]
fn bodies_are_framed() {
    let upstream = Upstream::start(|peer| {
        while let Some(head) = peer.request() {
            let body = if head.contains("chunked") {
                peer.bytes(13)
            } else if head.contains("Content-Length: 3") {
                peer.bytes(3)
            } else {
                Vec::new()
            };
            let first = head.lines().next().unwrap().to_owned();
            let framing = head
                .lines()
                .find(|line| line.contains("ength") || line.contains("chunked"));
            let text = format!("{first} | {framing:?} | {}", body.escape_ascii());
            peer.send(format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}",
                text.len()
            ));
        }
    });
    let server = with_upstream(
        &upstream,
        "",
        "const stream = () => new ReadableStream({ type: 'bytes', start(c) { c.enqueue(new Uint8Array([97, 98, 99])); c.close(); } });
         const answers = [];
         for (const init of [{}, { method: 'POST' }, { method: 'DELETE' }, { method: 'PUT', body: 'abc' }, { method: 'POST', body: stream() }])
           answers.push(await (await env.UP.fetch('http://x/', init)).text());
         return new Response(answers.join('\\n'));",
    );
    assert_eq!(
        server.get("/").text(),
        "GET / HTTP/1.1 | None | \n\
         POST / HTTP/1.1 | Some(\"Content-Length: 0\") | \n\
         DELETE / HTTP/1.1 | Some(\"Content-Length: 0\") | \n\
         PUT / HTTP/1.1 | Some(\"Content-Length: 3\") | abc\n\
         POST / HTTP/1.1 | Some(\"Transfer-Encoding: chunked\") | 3\\r\\nabc\\r\\n0\\r\\n\\r\\n"
    );
    assert_eq!(upstream.connections(), 1, "connections are kept");
}

#[test]
fn options_of_an_external_server_apply() {
    let upstream = Upstream::echo();
    let server = with_upstream(
        &upstream,
        r#"forwardedProtoHeader = "X-Proto", cfBlobHeader = "X-Cf", injectRequestHeaders = [(name = "a", value = "z"), (name = "c")],
           injectResponseHeaders = [(name = "content-length"), (name = "X-New", value = "n")]"#,
        "const response = await env.UP.fetch('https://foo.example:99/p?q',
           { headers: { a: 'b', c: 'd', 'x-proto': 'evil', 'x-cf': 'evil' }, cf: { x: 1 } });
         return new Response(`${response.headers.get('x-new')}${response.headers.has('content-length')} ${await response.text()}`);",
    );
    assert_eq!(
        server.get("/").text().to_lowercase(),
        "nfalse get /p?q http/1.1\r\nhost: foo.example:99\r\na: z\r\nx-cf: {\"x\":1}\r\nx-proto: https\r\n"
    );
}

#[test]
fn a_proxy_gets_the_whole_url() {
    let upstream = Upstream::echo();
    let server = with_upstream(
        &upstream,
        "style = proxy",
        "return env.UP.fetch('https://foo.example:99/p?q');",
    );
    assert_eq!(
        server.get("/").text(),
        "GET https://foo.example:99/p?q HTTP/1.1\r\n"
    );
}

#[test]
fn a_socket_can_lead_to_an_external_server() {
    let upstream = Upstream::echo();
    let server = Setup::new()
        .service(&format!(
            "(name = \"up\", external = (address = \"127.0.0.1:{}\", http = (cfBlobHeader = \"X-Cf\")))",
            upstream.port()
        ))
        .socket("http", "up")
        .start();
    let text = server.get("/path?query").text();
    assert!(
        text.starts_with("GET /path?query HTTP/1.1\r\nHost: example.com\r\n"),
        "{text}"
    );
    assert!(text.contains("{\"clientIp\":\"127.0.0.1:"), "{text}");
}

#[test]
fn failures_are_lost_connections() {
    const TELL: &str = "try {
           const response = await env.UP.fetch('http://x/', { method: request.headers.get('x-method') ?? 'GET' });
           return new Response(`${response.status} ${await response.text()}`);
         } catch (error) { return new Response(`${error.constructor.name} ${error.message} ${error.retryable}`); }";
    for answer in [
        "",
        "garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-",
        "HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    ] {
        let upstream = Upstream::start(move |peer| {
            peer.request();
            peer.send(answer);
        });
        let server = with_upstream(&upstream, "", TELL);
        assert_eq!(
            server.get("/").text(),
            "Error Network connection lost. true",
            "{answer:?}"
        );
    }
    let server = with_upstream(
        &Upstream::fixed(""),
        "",
        "try { await fetch('http://127.0.0.1:1/'); } catch (error) { return new Response(`${error.message} ${error.retryable}`); }",
    );
    assert_eq!(server.get("/").text(), "Network connection lost. true");
}

#[test]
fn nobody_to_answer_is_no_answer() {
    let upstream = Upstream::fixed("");
    let server = with_upstream(
        &upstream,
        "",
        "const { pathname, searchParams } = new URL(request.url);
         if (pathname === '/lost') return env.UP.fetch('http://x/');
         throw Object.assign(new RangeError('mine'), Object.fromEntries(searchParams));",
    );
    for path in ["/lost", "/?retryable=true"] {
        let mut client = server.connect();
        client.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"));
        assert!(client.closed(), "{path}");
    }
    server
        .stderr
        .line("HTTP connection failed: the handler sent no response");
    for path in ["/", "/?overloaded=1", "/?overloaded=1&retryable=1"] {
        assert_eq!(server.get(path).status, 500, "{path}");
    }
    server.stderr.line("remote.jsg.RangeError: mine");
}

#[test]
fn a_body_may_end_with_the_connection() {
    let upstream = Upstream::start(|peer| {
        peer.request();
        peer.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 Fine Thing\r\n\r\nuntil the end");
    });
    let server = with_upstream(&upstream, "", "return env.UP.fetch('http://x/');");
    let mut client = server.connect();
    let response = client.get("/");
    assert_eq!(response.first, "HTTP/1.1 200 Fine Thing");
    assert_eq!(response.text(), "until the end");
}

#[test]
fn a_stale_connection_is_replaced() {
    // Each connection takes one request and is closed before the next.
    let upstream = Upstream::start(|peer| {
        peer.request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        peer.request();
    });
    let server = with_upstream(
        &upstream,
        "",
        "const answers = [];
         for (const method of ['GET', 'GET', 'HEAD'])
           answers.push((await env.UP.fetch('http://x/', { method })).status);
         return new Response(answers.join());",
    );
    assert_eq!(server.get("/").text(), "200,200,200");
}

#[test]
fn a_request_that_may_have_had_an_effect_is_not_repeated() {
    let upstream = Upstream::start(|peer| {
        peer.request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        peer.request();
    });
    let server = with_upstream(
        &upstream,
        "",
        "const first = await (await env.UP.fetch('http://x/')).text();
         try { await env.UP.fetch('http://x/', { method: 'POST' }); } catch (error) { return new Response(`${first} ${error.message}`); }",
    );
    assert_eq!(server.get("/").text(), "ok Network connection lost.");
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn an_abort_closes_the_connection() {
    let (sent, ended) = std::sync::mpsc::channel();
    let sent = std::sync::Mutex::new(sent);
    let upstream = Upstream::start(move |peer| {
        peer.request();
        peer.rest();
        sent.lock().unwrap().send(()).unwrap();
    });
    let server = with_upstream(
        &upstream,
        "",
        "const controller = new AbortController();
         setTimeout(() => controller.abort(), 20);
         try { await env.UP.fetch('http://x/', { signal: controller.signal }); } catch (error) { return new Response(error.name); }",
    );
    assert_eq!(server.get("/").text(), "AbortError");
    ended.recv_timeout(crate::harness::PATIENCE).unwrap();
}

#[test]
fn bodies_stream_both_ways() {
    let upstream = Upstream::start(|peer| {
        peer.request();
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        // Each chunk comes back before the next one is sent.
        for _ in 0..3 {
            let chunk = peer.bytes(6);
            peer.send(chunk);
        }
        peer.bytes(5);
        peer.send("0\r\n\r\n");
    });
    let server = with_upstream(
        &upstream,
        "",
        "return env.UP.fetch('http://x/', { method: 'POST', body: request.body });",
    );
    let mut client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send("1\r\na\r\n");
    assert_eq!(client.head().status, 200);
    assert_eq!(client.chunk().unwrap(), b"a");
    for letter in [b"b", b"c"] {
        client.send([&b"1\r\n"[..], letter, b"\r\n"].concat());
        assert_eq!(client.chunk().unwrap(), letter);
    }
    client.send("0\r\n\r\n");
    assert_eq!(client.chunk(), None);
}

#[test]
fn an_address_of_the_command_line_replaces_the_config() {
    let upstream = Upstream::echo();
    let server = Setup::new()
        .service("(name = \"up\", external = (http = ()))")
        .socket("http", "up")
        .argument(&format!("--external-addr=up=127.0.0.1:{}", upstream.port()))
        .start();
    assert_eq!(server.get("/").status, 200);
}

#[test]
fn an_external_server_may_be_a_unix_socket() {
    use std::io::{Read, Write};
    let setup = Setup::new();
    let path = setup.path("up.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = [0; 1024];
        let _ = stream.read(&mut buffer);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let server = setup
        .service(&format!(
            "(name = \"up\", external = (address = \"unix:{}\", http = ()))",
            path.display()
        ))
        .socket("http", "up")
        .start();
    assert_eq!(server.get("/").text(), "ok");
}

#[test]
fn a_server_that_never_answers_holds_up_nobody_else() {
    let silent = Upstream::start(|peer| {
        peer.rest();
    });
    let server = with_upstream(
        &silent,
        "",
        "if (request.url.endsWith('/slow')) return env.UP.fetch('http://x/'); return new Response('ok');",
    );
    let mut slow = server.connect();
    slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    for _ in 0..3 {
        assert_eq!(server.get("/").text(), "ok");
    }
}

#[test]
fn header_values_cannot_split_a_message() {
    let upstream = Upstream::echo();
    let server = with_upstream(
        &upstream,
        "",
        r"const tries = [];
          for (const value of ['a\r\nX: y', 'a\nX: y', 'a\0b'])
            try { await env.UP.fetch('http://x/', { headers: { a: value } }); tries.push('sent'); } catch (error) { tries.push(error.name); }
          for (const url of ['http://x/\r\nX: y', 'http://x/ HTTP/1.1\r\nX:y', 'http://x/%0d%0aX:y'])
            tries.push((await (await env.UP.fetch(url)).text()).split('\r\n').length);
          try { await env.UP.fetch('http://x/', { method: 'GET / HTTP/1.1\r\nX: y' }); tries.push('sent'); } catch (error) { tries.push(error.name); }
          return new Response(tries.join());",
    );
    assert_eq!(
        server.get("/").text(),
        "TypeError,TypeError,TypeError,3,3,3,TypeError"
    );
}

#[test]
fn a_framing_that_contradicts_itself_is_no_response() {
    for (answer, expected) in [
        // Both: a smuggler's message. What the length would hide is not read as another response.
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "ok",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
            "Network connection lost.",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
            "Network connection lost.",
        ),
    ] {
        let upstream = Upstream::start(move |peer| {
            peer.request();
            peer.send(answer);
        });
        let server = with_upstream(
            &upstream,
            "",
            "try { return new Response(await (await env.UP.fetch('http://x/')).text()); } catch (error) { return new Response(error.message); }",
        );
        assert_eq!(server.get("/").text(), expected, "{answer:?}");
    }
}

#[test]
fn a_response_may_have_very_many_headers() {
    let upstream = Upstream::start(|peer| {
        while let Some(head) = peer.request() {
            let lines: String = (0..1500).map(|n| format!("x-{n}: {n}\r\n")).collect();
            let body = head.lines().next().unwrap_or_default();
            let length = body.len();
            peer.send(format!(
                "HTTP/1.1 200 OK\r\n{lines}Content-Length: {length}\r\n\r\n{body}"
            ));
        }
    });
    let server = with_upstream(
        &upstream,
        "",
        "const answers = [];
         for (const init of [{}, { method: 'POST', body: 'abc' }, {}]) {
           const response = await env.UP.fetch('http://x/', init);
           answers.push([...response.headers].length, response.headers.get('x-1499'), await response.text());
         }
         return Response.json(answers);",
    );
    assert_eq!(
        server.get("/").text(),
        r#"[1501,"1499","GET / HTTP/1.1",1501,"1499","POST / HTTP/1.1",1501,"1499","GET / HTTP/1.1"]"#
    );
}
