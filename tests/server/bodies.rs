//! Bodies: of known length, in chunks, streamed both ways, and given up.

use crate::harness::{Client, Setup};

const ECHO: &str = "export default { fetch(request) { return new Response(request.body); } };";
const LENGTH: &str = "export default { async fetch(request) {
  return new Response(`${(await request.arrayBuffer()).byteLength}`);
} };";

#[test]
fn echoes_a_body_of_known_length() {
    let server = Setup::hello(ECHO).start();
    let mut client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world");
    let response = client.response();
    assert_eq!(response.header("content-length"), Some("11"));
    assert_eq!(response.text(), "hello world");
}

#[test]
fn echoes_a_body_in_chunks() {
    let server = Setup::hello(ECHO).start();
    let mut client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
    let response = client.response();
    assert_eq!(response.header("transfer-encoding"), Some("chunked"));
    assert_eq!(response.text(), "hello world");
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    assert_eq!(client.response().text(), "");
}

#[test]
fn echoes_a_large_body() {
    let server = Setup::hello(ECHO).start();
    let body: Vec<u8> = (0..3_000_000_u32)
        .map(|index| (index % 251) as u8)
        .collect();
    let (mut client, sent) = (server.connect(), body.clone());
    client.send(format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
        sent.len()
    ));
    // In pieces that fit the sockets' buffers: an echo stops reading when nobody reads it.
    let mut received = Vec::new();
    let mut pieces = sent.chunks(50_000);
    client.send(pieces.next().unwrap());
    assert_eq!(client.head().header("content-length"), Some("3000000"));
    received.extend(client.bytes(50_000));
    for piece in pieces {
        client.send(piece);
        received.extend(client.bytes(piece.len()));
    }
    assert!(received == body);
}

#[test]
fn a_worker_does_not_frame_its_bodies() {
    let server = Setup::hello(
        "const stream = () => new ReadableStream({ start(controller) {
           controller.enqueue(new TextEncoder().encode('hello'));
           controller.close();
         } });
         export default { fetch(request) {
           const body = request.url.endsWith('/known') ? 'hello' : stream();
           return new Response(body, { headers: { 'content-length': '9', 'connection': 'close', 'te': 'x' } });
         } };",
    )
    .start();
    let mut client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let response = client.response();
    assert_eq!(response.header("content-length"), None);
    assert_eq!(response.header("te"), None);
    assert_eq!(response.text(), "hello");
    client.send("GET /known HTTP/1.1\r\nHost: a\r\n\r\n");
    let response = client.response();
    assert_eq!(response.header("content-length"), Some("5"));
    assert_eq!(response.text(), "hello");
    client.send("HEAD /known HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.head().header("content-length"), Some("9"));
}

/// A head is written with what follows it, so that nothing is sent of a response that fails at once.
#[test]
fn a_stream_that_fails_closes_the_connection() {
    let server = Setup::hello(
        "const fail = () => { throw new Error('of the stream'); };
         const sources = {
           '/start': { start: fail },
           '/error': { start(controller) { controller.error(new Error('of the stream')); } },
           '/pull': { pull: fail },
           '/rejected': { pull: async () => fail() },
           '/both': { pull(controller) { controller.enqueue(new Uint8Array(5)); fail(); } },
           '/bytes': { type: 'bytes', pull: fail },
           '/late': { pull: () => scheduler.wait(30).then(fail) },
         };
         export default { async fetch(request, env) {
           return new Response(new ReadableStream(sources[new URL(request.url).pathname]), { headers: { 'content-length': '5' } });
         } };",
    )
    .start();
    let ask = |method: &str, path: &str, version: &str| {
        let mut client = server.connect();
        client.send(format!("{method} {path} HTTP/{version}\r\nHost: a\r\n\r\n"));
        client
    };
    for path in ["/start", "/error", "/pull", "/rejected", "/both", "/bytes"] {
        for version in ["1.1", "1.0"] {
            let rest = ask("GET", path, version).rest();
            assert_eq!(String::from_utf8_lossy(&rest), "", "{path} {version}");
        }
        let head = ask("HEAD", path, "1.1").head();
        assert_eq!(
            (head.status, head.header("content-length")),
            (200, Some("5")),
            "{path}"
        );
    }
    let mut client = ask("GET", "/late", "1.1");
    let head = client.head();
    assert_eq!(head.status, 200);
    assert_eq!(head.header("transfer-encoding"), Some("chunked"));
    assert!(client.rest().is_empty());
}

/// As if it were sent: whoever writes it is not to see the difference.
#[test]
fn the_body_for_head_is_taken() {
    let worker = "let log = [];
         const note = (name) => () => log.push(name);
         export default { async fetch(request, env, ctx) {
           switch (new URL(request.url).pathname) {
             case '/pulled': {
               let left = 3;
               return new Response(new ReadableStream({
                 async pull(controller) {
                   await scheduler.wait(20);
                   if (left-- > 0) controller.enqueue(new Uint8Array(9));
                   else { log.push('pulled'); controller.close(); }
                 },
                 cancel: note('cancelled'),
               }));
             }
             case '/written': {
               const { readable, writable } = new FixedLengthStream(3);
               const writer = writable.getWriter();
               ctx.waitUntil(writer.write(new Uint8Array(3)).then(() => writer.close()).then(note('written'), note('failed')));
               return new Response(readable);
             }
             case '/empty': return new Response('');
             case '/inner': return env.SELF.fetch('http://a/written', { method: 'HEAD' });
             case '/log': return new Response(log.join());
           }
         } };";
    let server = Setup::new()
        .worker_with(
            "main",
            worker,
            "bindings = [(name = \"SELF\", service = \"main\")]",
        )
        .socket("http", "main")
        .start();
    let mut client = server.connect();
    for (path, length) in [("/pulled", None), ("/written", Some("3")), ("/empty", None)] {
        client.send(format!("HEAD {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!(client.head().header("content-length"), length, "{path}");
    }
    drop(client);
    assert_eq!(server.get("/inner").text(), "");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(server.get("/log").text(), "written,written,pulled");
}

#[test]
fn reads_all_kinds_of_body() {
    let server = Setup::hello(
        "export default { async fetch(request) {
           switch (new URL(request.url).pathname) {
             case '/text': return new Response(await request.text());
             case '/json': return Response.json(await request.json());
             case '/bytes': return new Response(await request.arrayBuffer());
             case '/unread': return new Response('unread');
           }
         } };",
    )
    .start();
    let mut client = server.connect();
    let mut post = |path: &str, kind: &str, body: &str| {
        let length = body.len();
        client.send(format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
        ));
        client.response().text()
    };
    assert_eq!(post("/text", "text/plain", "grün"), "grün");
    assert_eq!(
        post("/json", "application/json", "{ \"a\" : [1] }"),
        "{\"a\":[1]}"
    );
    assert_eq!(post("/bytes", "x/y", "bytes"), "bytes");
    assert_eq!(post("/unread", "x/y", "nobody reads this"), "unread");
    assert_eq!(
        post("/text", "text/plain", "still in step"),
        "still in step"
    );
}

#[test]
fn fails_a_request_whose_json_is_broken() {
    let server = Setup::hello(
        "export default { async fetch(request) { return Response.json(await request.json()); } };",
    )
    .start();
    let mut client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n{");
    assert_eq!(client.response().status, 500);
    let line = server.stderr.line("JSON");
    assert!(line.contains("jsg.SyntaxError: "), "{line}");
}

#[test]
fn streams_chunk_by_chunk() {
    let server = Setup::hello(ECHO).start();
    let mut client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    assert_eq!(client.head().status, 200);
    assert_eq!(client.chunk().unwrap(), b"a");
    // Each chunk is sent only after the echo of the one before.
    for piece in ["b", "c", "d"] {
        client.send(format!("1\r\n{piece}\r\n"));
        assert_eq!(client.chunk().unwrap(), piece.as_bytes());
    }
    client.send("0\r\n\r\n");
    assert_eq!(client.chunk(), None);
}

#[test]
fn streams_what_a_worker_produces() {
    let server = Setup::hello(
        "const encoder = new TextEncoder();
         export default { fetch() {
           let count = 0;
           return new Response(new ReadableStream({
             async pull(controller) {
               await new Promise((resolve) => setTimeout(resolve, 1));
               if (++count === 5) return controller.close();
               controller.enqueue(encoder.encode(`chunk ${count}`));
             },
           }));
         } };",
    )
    .start();
    let mut client = server.connect();
    let response = client.get("/");
    assert_eq!(response.header("transfer-encoding"), Some("chunked"));
    assert_eq!(response.text(), "chunk 1chunk 2chunk 3chunk 4");
    assert_eq!(client.get("/").text().len(), 28);
}

#[test]
fn breaks_the_connection_when_a_stream_fails_midway() {
    let server = Setup::hello(
        "export default { fetch() {
           let count = 0;
           return new Response(new ReadableStream({
             async pull(controller) {
               if (++count === 2) {
                 await new Promise((resolve) => setTimeout(resolve, 100));
                 throw new Error('stream broke');
               }
               controller.enqueue(new Uint8Array([120]));
             },
           }));
         } };",
    )
    .start();
    let mut client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.head().status, 200);
    assert_eq!(client.chunk().unwrap(), b"x");
    // No last chunk: the client can tell that the body is not complete.
    assert!(client.closed());
    server.stderr.line("remote.jsg.Error: stream broke");
}

#[test]
fn asks_for_the_body_with_100_continue() {
    let server = Setup::hello(LENGTH).start();
    let mut client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    assert_eq!(client.head().first, "HTTP/1.1 100 Continue");
    client.send("abc");
    assert_eq!(client.response().text(), "3");
}

#[test]
fn asks_for_the_body_that_an_answer_is_made_of() {
    let server =
        Setup::hello("export default { fetch: (request) => new Response(request.body) };").start();
    let mut client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    assert_eq!(client.head().first, "HTTP/1.1 100 Continue");
    client.send("abc");
    assert_eq!(client.response().text(), "abc");
    // Nobody reads it: the client keeps it.
    let server = Setup::hello("export default { fetch: () => new Response('no need') };").start();
    let mut client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    assert_eq!(client.response().text(), "no need");
}

#[test]
fn a_body_cut_short_is_an_error_for_its_reader() {
    let server = Setup::hello(
        "export default { async fetch(request) {
           try { await request.text(); console.log('complete'); } catch (error) { console.log(`cut: ${error.name}`); throw error; }
         } };",
    )
    .start();
    let mut client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
    drop(client);
    // The event may be cancelled before it can say so; the server serves on in either case.
    let mut client: Client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    client.response();
    server.stdout.line("complete");
}

#[test]
fn survives_clients_that_leave_before_the_answer_ends() {
    let server = Setup::hello(
        "const block = new Uint8Array(65536);
         export default { fetch(request) {
           if (request.url.endsWith('/small')) return new Response('small');
           return new Response(new ReadableStream({ pull(controller) { controller.enqueue(block); } }));
         } };",
    )
    .start();
    for _ in 0..10 {
        let mut client = server.connect();
        client.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(client.head().status, 200);
        assert!(client.chunk().unwrap().len() >= 65536);
    }
    assert_eq!(server.get("/small").text(), "small");
}
