//! Peers that want to do harm: whatever they send or leave out, the server goes on serving and its memory stays bounded.
//!
//! What is refused byte for byte is in `malformed`, which servers a Worker can reach in `network`.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::harness::{Server, Setup, ours_only};
use crate::upstream::Upstream;

/// Counts requests, and tells what it has read of each.
const COUNT: &str = "let count = 0; export default { async fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === '/ok') return new Response('ok');
  count++;
  const body = await request.text().catch((error) => error.message);
  return new Response(`${count} ${request.method} ${pathname} [${body}]`);
} };";

fn serves(server: &Server) {
    assert_eq!(server.get("/ok").text(), "ok");
}

fn start(argument: &str) -> Server {
    Setup::hello(COUNT).argument(argument).start()
}

#[test]
fn a_head_that_never_ends_ends_the_connection() {
    if ours_only() {
        return;
    }
    let server = start("--head-timeout=1");
    let started = Instant::now();
    let mut waiting = server.connect();
    let mut kept = server.connect();
    assert_eq!(kept.get("/ok").status, 200);
    let mut dripping = TcpStream::connect(("127.0.0.1", server.port("http"))).unwrap();
    dripping.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    // Each line is progress, but not enough of it.
    while dripping.write_all(b"a: b\r\n").is_ok() {
        assert!(started.elapsed() < Duration::from_secs(20));
        serves(&server);
        sleep(Duration::from_millis(100));
    }
    assert!(waiting.closed());
    assert!(kept.closed());
    serves(&server);
}

#[test]
fn a_body_that_stops_breaks_off() {
    if ours_only() {
        return;
    }
    let server = start("--body-timeout=1");
    for framing in [
        "Content-Length: 10\r\n\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ] {
        let mut client = server.connect();
        client.send(format!("POST /slow HTTP/1.1\r\nHost: x\r\n{framing}"));
        serves(&server);
        let text = client.response().text();
        assert!(
            text.ends_with(" POST /slow [Network connection lost.]"),
            "{text}"
        );
        assert!(client.closed());
    }
    // Slow is not stopped.
    let mut client = server.connect();
    client.send("POST /fine HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n");
    for byte in ["a", "b", "c", "d"] {
        sleep(Duration::from_millis(400));
        client.send(byte);
    }
    assert!(client.response().text().ends_with("[abcd]"));
}

#[test]
fn a_large_head_is_refused() {
    let server = Setup::hello(COUNT).start();
    let filler = "x".repeat(1 << 20);
    for (request, status) in [
        (
            format!("GET / HTTP/1.1\r\nHost: x\r\nA: {filler}\r\n\r\n"),
            431,
        ),
        (
            format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", &filler[..100_000]),
            414,
        ),
        (
            format!(
                "GET / HTTP/1.1\r\nHost: x\r\n{}\r\n",
                "A: b\r\n".repeat(100_000)
            ),
            431,
        ),
        // Without an end.
        (format!("GET / HTTP/1.1\r\nHost: x\r\nA: {filler}"), 431),
    ] {
        let mut client = server.connect();
        client.try_send(request);
        assert_eq!(client.response().status, status);
        serves(&server);
    }
}

#[test]
fn a_request_is_not_smuggled_in_another_one() {
    let server = Setup::hello(COUNT).start();
    const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    // Where the first request ends is beyond doubt, so that the second one is a request of its own.
    for clear in [
        "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        "Content-Length: 3\n\nabc",
        "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n00000000000000000000\r\n\r\n",
    ] {
        let mut client = server.connect();
        client.send(format!("POST /p HTTP/1.1\r\nHost: x\r\n{clear}{SMUGGLED}"));
        assert!(
            client.response().text().ends_with("POST /p [abc]"),
            "{clear:?}"
        );
        assert!(
            client.response().text().ends_with("GET /smuggled []"),
            "{clear:?}"
        );
    }
    // It is in doubt: the request is refused, or is the last one of its connection.
    for (doubtful, status) in [
        ("Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400),
        ("Content-Length: 3, 3\r\n\r\nabc", 400),
        ("Content-Length: +3\r\n\r\nabc", 400),
        ("Content-Length: 0x3\r\n\r\nabc", 400),
        (
            "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            200,
        ),
        (
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            200,
        ),
        ("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n", 400),
        ("X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("X: y\r\n\tfolded\r\n\r\n", 400),
        ("X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", 200),
        (
            "Transfer-Encoding: chunked\r\n\r\n3\r\r\nabc\r\n0\r\n\r\n",
            200,
        ),
        (
            "Transfer-Encoding: chunked\r\n\r\n3;\nabc\r\n0\r\n\r\n",
            200,
        ),
    ] {
        let mut client = server.connect();
        client.try_send(format!(
            "POST /p HTTP/1.1\r\nHost: x\r\n{doubtful}{SMUGGLED}"
        ));
        let response = client.response();
        assert_eq!(response.status, status, "{doubtful:?}");
        assert!(client.closed(), "{doubtful:?}");
    }
    let mut old = server.connect();
    old.send(format!(
        "POST /p HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SMUGGLED}"
    ));
    assert_eq!(old.response().status, 400);
    assert!(old.closed());
    serves(&server);
}

#[test]
fn a_worker_cannot_split_its_answer() {
    let server = Setup::hello(
        r"export default { fetch(request) {
            const tries = [
              () => new Response('', { headers: { a: 'b\r\nX-Evil: 1' } }),
              () => new Response('', { headers: { 'a\r\nX-Evil: 1': 'b' } }),
              () => new Response('', { statusText: 'OK\r\nX-Evil: 1' }),
              () => { const headers = new Headers(); headers.append('a', 'b\nX-Evil: 1'); return new Response('', { headers }); },
              () => Response.redirect('http://x/\r\nX-Evil: 1'),
              () => { const response = new Response(''); response.headers.set('a', 'b\0'); return response; },
            ];
            try { return tries[new URL(request.url).pathname.slice(1)](); }
            catch (error) { return new Response(error.name, { status: 400 }); }
          } };",
    )
    .start();
    for index in 0..6 {
        let response = server.get(&format!("/{index}"));
        assert_eq!(response.header("x-evil"), None, "{index}");
        // A URL loses its line breaks; all else is an error.
        let wanted = if index == 4 { 302 } else { 400 };
        assert_eq!(response.status, wanted, "{index}: {}", response.text());
    }
}

#[test]
fn a_compressed_bomb_is_decoded_only_as_far_as_it_is_read() {
    const MEMBERS: usize = 2048;
    let bomb = gzip_of_a_mebibyte().repeat(MEMBERS);
    let upstream = Upstream::start(move |peer| {
        while peer.request().is_some() {
            peer.send(format!(
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
                bomb.len()
            ));
            peer.send(&bomb);
        }
    });
    let server = Setup::new()
        .worker_with(
            "main",
            "export default { async fetch(request, { UP }) {
               if (request.url.endsWith('/ok')) return new Response('ok');
               const { body } = await UP.fetch('http://x/');
               if (request.url.endsWith('/pass')) return new Response(body);
               let size = 0;
               for await (const chunk of body) {
                 size += chunk.byteLength;
                 if (size > 1 << 20) break;
               }
               return new Response('enough');
             } };",
            "bindings = [(name = \"UP\", service = \"up\")]",
        )
        .service(&format!(
            "(name = \"up\", external = (address = \"127.0.0.1:{}\", http = ()))",
            upstream.port()
        ))
        .socket("http", "main")
        .start();
    serves(&server);
    let before = server.resident();
    assert_eq!(server.get("/read").text(), "enough");
    // This client takes what it is sent slowly.
    let mut slow = server.connect();
    slow.send("GET /pass HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(slow.head().status, 200);
    for _ in 0..10 {
        slow.chunk();
        sleep(Duration::from_millis(50));
        serves(&server);
    }
    let grown = server.resident().saturating_sub(before);
    assert!(grown < 64 << 10, "{grown} KiB for the beginning of a body");
}

fn gzip_of_a_mebibyte() -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&vec![0; 1 << 20]).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_name_that_leads_inward_is_refused_on_every_hop() {
    let secret = Upstream::fixed("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret");
    let inward = secret.port();
    // The first hop is allowed; it leads to a name that means this machine.
    let outer = Upstream::start(move |peer| {
        while let Some(head) = peer.request() {
            let target = if head.starts_with("GET /again") {
                format!("http://localhost:{inward}/")
            } else {
                "/again".to_owned()
            };
            peer.send(format!(
                "HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"
            ));
        }
    });
    let server = Setup::new()
        .worker_with(
            "main",
            &format!(
                "export default {{ async fetch(request, {{ FRONT }}) {{
                   if (request.url.endsWith('/ok')) return new Response('ok');
                   const tried = [];
                   for (const to of [FRONT, globalThis]) {{
                     const url = to === FRONT ? 'http://front/' : 'http://localhost:{inward}/';
                     try {{ tried.push(await (await to.fetch(url)).text()); }} catch (error) {{ tried.push(error.constructor.name); }}
                   }}
                   return new Response(tried.join());
                 }} }};"
            ),
            "bindings = [(name = \"FRONT\", service = \"front\")], globalOutbound = \"net\"",
        )
        .worker_with(
            "front",
            &format!(
                "export default {{ fetch(request) {{
                   const url = new URL(request.url);
                   if (url.hostname === 'front') url.host = '127.0.0.2:{}';
                   return fetch(new Request(url, request));
                 }} }};",
                outer.port()
            ),
            "globalOutbound = \"net\"",
        )
        .service(r#"(name = "net", network = (allow = ["127.0.0.2/32"], deny = ["::1/128"]))"#)
        .socket("http", "main")
        .start();
    let text = server.get("/").text();
    assert!(!text.contains("secret"), "{text}");
    assert_eq!(secret.connections(), 0);
    serves(&server);
}

#[test]
fn an_origin_that_never_answers_costs_one_connection() {
    let silent = Upstream::start(|peer| {
        peer.rest();
    });
    let server = Setup::new()
        .worker_with(
            "main",
            "export default { fetch(request, { UP }) {
               return request.url.endsWith('/ok') ? new Response('ok') : UP.fetch('http://x/');
             } };",
            "bindings = [(name = \"UP\", service = \"up\")]",
        )
        .service(&format!(
            "(name = \"up\", external = (address = \"127.0.0.1:{}\", http = ()))",
            silent.port()
        ))
        .socket("http", "main")
        .start();
    let mut clients: Vec<_> = (0..50).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    let started = Instant::now();
    while silent.connections() < 50 {
        assert!(started.elapsed() < Duration::from_secs(20));
        sleep(Duration::from_millis(5));
    }
    serves(&server);
    // Those who give up take their requests to the origin with them.
    drop(clients);
    serves(&server);
}

#[test]
fn a_client_that_has_said_all_still_gets_its_answer() {
    let server = Setup::hello(COUNT).start();
    for request in [
        "GET /half HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /half HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port("http"))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }
    // One that ends in the middle of its request is let go.
    for request in [
        "GET /half HTTP/1.1\r\nHo",
        "POST /half HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na",
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port("http"))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
    }
    serves(&server);
}

#[test]
fn ten_thousand_idle_connections_fit() {
    if ours_only() {
        return;
    }
    // Each takes a descriptor here and one in the server, which inherits the limit.
    const SPARE: u64 = 200;
    let resource = rustix::process::Resource::Nofile;
    let mut limits = rustix::process::getrlimit(resource);
    limits.current = limits.maximum;
    let _ = rustix::process::setrlimit(resource, limits);
    let allowed = rustix::process::getrlimit(resource)
        .current
        .unwrap_or(u64::MAX);
    let count = usize::try_from(allowed.saturating_sub(SPARE).min(10_000)).unwrap();

    let server = Setup::hello(COUNT).start();
    serves(&server);
    let before = server.resident();
    let mut idle = Vec::with_capacity(count);
    for index in 0..count {
        let stream = TcpStream::connect(("127.0.0.1", server.port("http"))).unwrap();
        if index % 2 == 0 {
            // Half of them in the middle of a head.
            (&stream).write_all(b"GET / HTTP/1.1\r\n").unwrap();
        }
        idle.push(stream);
    }
    serves(&server);
    let grown = server.resident().saturating_sub(before);
    let each = grown / count.max(1);
    assert!(each < 48, "{each} KiB for each of {count} connections");
    // One of them wakes up.
    let mut last = idle.pop().unwrap();
    last.write_all(b"GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    last.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
}
