//! Requests and answers.

use crate::harness::Setup;

#[test]
fn says_hello() {
    let server =
        Setup::hello("export default { fetch() { return new Response('hello'); } };").start();
    let response = server.get("/");
    assert_eq!(response.first, "HTTP/1.1 200 OK");
    assert_eq!(response.header("content-length"), Some("5"));
    assert_eq!(
        response.header("content-type"),
        Some("text/plain;charset=UTF-8")
    );
    assert_eq!(response.header("date"), None);
    assert_eq!(response.text(), "hello");
}

#[test]
fn serves_a_worker_in_service_worker_syntax() {
    let server = Setup::new()
        .file("sw.js", "addEventListener('fetch', (event) => event.respondWith(new Response(`sw ${event.request.url}`)));")
        .service(r#"(name = "main", worker = (serviceWorkerScript = embed "sw.js", compatibilityDate = "2026-11-01"))"#)
        .socket("http", "main")
        .start();
    assert_eq!(server.get("/a?b").text(), "sw http://example.com/a?b");
}

#[test]
fn shows_the_request_to_the_worker() {
    let server = Setup::hello(
        "export default { fetch(request) {
           return new Response([request.method, request.url, JSON.stringify([...request.headers])].join('\\n'));
         } };",
    )
    .start();
    let mut client = server.connect();
    client.send(
        "DELETE /x%20y/../z?q=%zz HTTP/1.1\r\nhost: example.com\r\nB: 1\r\nA:  2 \r\nb: 3\r\n\r\n",
    );
    assert_eq!(
        client.response().text(),
        "DELETE\nhttp://example.com/x%20y/../z?q=%zz\n[[\"a\",\"2\"],[\"b\",\"1, 3\"],[\"host\",\"example.com\"]]"
    );
}

#[test]
fn keeps_a_connection_alive() {
    let server = Setup::hello(
        "let count = 0; export default { fetch() { return new Response(`${++count}`); } };",
    )
    .start();
    let mut client = server.connect();
    for expected in ["1", "2", "3"] {
        let response = client.get("/");
        assert_eq!(response.header("connection"), None);
        assert_eq!(response.text(), expected);
    }
}

#[test]
fn closes_a_connection_when_the_client_says_so() {
    let server =
        Setup::hello("export default { fetch() { return new Response('bye'); } };").start();
    let mut client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_eq!(client.response().text(), "bye");
    assert!(client.closed());
}

#[test]
fn answers_pipelined_requests_in_their_order() {
    let server = Setup::hello(
        "export default { async fetch(request) {
           const { pathname } = new URL(request.url);
           if (pathname === '/slow') await new Promise((resolve) => setTimeout(resolve, 100));
           return new Response(pathname);
         } };",
    )
    .start();
    let mut client = server.connect();
    let request = |path| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    client.send([request("/slow"), request("/2"), request("/3")].concat());
    let answers: Vec<String> = (0..3).map(|_| client.response().text()).collect();
    assert_eq!(answers, ["/slow", "/2", "/3"]);
}

#[test]
fn answers_head_without_a_body() {
    let server = Setup::hello(
        "export default { fetch(request) { return new Response(request.method, { headers: { a: 'b' } }); } };",
    )
    .start();
    let mut client = server.connect();
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    let head = client.head();
    assert_eq!(head.status, 200);
    assert_eq!(head.header("a"), Some("b"));
    assert_eq!(head.header("content-length"), Some("4"));
    // Had there been a body, this answer would not begin where it does.
    assert_eq!(client.get("/").text(), "GET");
}

#[test]
fn sends_statuses_without_a_body() {
    let server = Setup::hello(
        "export default { fetch(request) {
           const status = Number(new URL(request.url).pathname.slice(1));
           return new Response(null, { status });
         } };",
    )
    .start();
    let mut client = server.connect();
    for (path, first) in [
        ("/204", "HTTP/1.1 204 No Content"),
        ("/304", "HTTP/1.1 304 Not Modified"),
    ] {
        client.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        let head = client.head();
        assert_eq!(head.first, first);
        assert_eq!(head.header("transfer-encoding"), None);
    }
    let missing = client.get("/404");
    assert_eq!(missing.first, "HTTP/1.1 404 Not Found");
    assert_eq!(missing.header("content-length"), Some("0"));
}

#[test]
fn sends_a_status_text_and_several_headers_of_one_name() {
    let server = Setup::hello(
        "export default { fetch() {
           const headers = new Headers();
           headers.append('set-cookie', 'a=1');
           headers.append('set-cookie', 'b=2');
           headers.append('x', '1');
           headers.append('x', '2');
           return new Response('', { status: 299, statusText: 'Fine', headers });
         } };",
    )
    .start();
    let response = server.get("/");
    assert_eq!(response.first, "HTTP/1.1 299 Fine");
    let values = |name: &str| -> Vec<&str> {
        let headers = response.headers.iter().filter(|(key, _)| key == name);
        headers.map(|(_, value)| value.as_str()).collect()
    };
    assert_eq!(values("set-cookie"), ["a=1", "b=2"]);
    assert_eq!(values("x"), ["1", "2"]);
}

#[test]
fn turns_an_exception_into_a_500_and_a_line_in_the_log() {
    let server = Setup::hello(
        "export default { async fetch(request) {
           const { pathname } = new URL(request.url);
           if (pathname === '/later') await new Promise((resolve) => setTimeout(resolve, 1));
           if (pathname === '/nothing') return;
           throw new RangeError(`boom at ${pathname}`);
         } };",
    )
    .start();
    for path in ["/now", "/later"] {
        let response = server.get(path);
        assert_eq!(response.first, "HTTP/1.1 500 Internal Server Error");
        assert_eq!(response.header("content-length"), Some("21"));
        assert_eq!(response.header("content-type"), None);
        assert_eq!(response.text(), "Internal Server Error");
        let line = server.stderr.line(&format!("boom at {path}"));
        assert!(line.contains(": error: Uncaught exception: "), "{line}");
        assert!(
            line.ends_with(&format!("jsg.RangeError: boom at {path}")),
            "{line}"
        );
    }
    assert_eq!(server.get("/nothing").status, 500);
    let line = server.stderr.line("did not resolve to");
    assert!(
        line.ends_with(
            "jsg.TypeError: Incorrect type for Promise: the Promise did not resolve to 'Response'."
        ),
        "{line}"
    );
}

#[test]
fn refuses_a_worker_without_a_fetch_handler() {
    let server = Setup::hello("export default { test() {} };").start();
    assert_eq!(server.get("/").status, 500);
    let hint = "Received a FetchEvent but we lack a handler for FetchEvents. Did you remember to export a fetch() function?";
    assert_eq!(server.stderr.line("FetchEvents"), hint);
    let line = server.stderr.line("does not export");
    assert!(
        line.ends_with("jsg.Error: Handler does not export a fetch() function."),
        "{line}"
    );
}

#[test]
fn hints_are_not_mixed_with_what_the_worker_logs() {
    let code = "export default { async fetch() {
      const target = new EventTarget();
      target.addEventListener('x', () => 5);
      target.dispatchEvent(new Event('x'));
      console.warn('done');
      return new Response('fine');
    } };";
    let quiet = Setup::hello(code).start();
    assert_eq!(quiet.get("/").text(), "fine");
    assert_eq!(quiet.stderr.line(""), "done");
    let verbose = Setup::hello(code).argument("--verbose").start();
    assert_eq!(verbose.get("/").text(), "fine");
    let line = verbose.stderr.line("will be ignored");
    let hint =
        "info: console warning; message = An event handler returned a value of type \"number\"";
    assert!(line.contains(hint), "{line}");
}

#[test]
fn finds_that_a_request_will_never_be_answered() {
    let server =
        Setup::hello("export default { fetch() { return new Promise(() => {}); } };").start();
    assert_eq!(server.get("/").status, 500);
    let line = server.stderr.line("had hung");
    assert!(line.ends_with("The Workers runtime canceled this request because it detected that your Worker's code had hung and would never generate a response. Refer to: https://developers.cloudflare.com/workers/observability/errors/"), "{line}");
}

#[test]
fn finishes_wait_until_after_the_answer() {
    let server = Setup::hello(
        "export default { fetch(request, env, ctx) {
           ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 50)).then(() => console.log('afterwards')));
           return new Response('now');
         } };",
    )
    .start();
    assert_eq!(server.get("/").text(), "now");
    server.stdout.line("afterwards");
}

#[test]
fn prints_the_console_to_the_right_stream() {
    let server = Setup::hello(
        "console.log('global', { scope: [1, 2] });
         export default { fetch() {
           console.log('a %s', 'log'); console.info('an info'); console.debug('a debug');
           console.warn('a warning'); console.error('an error', null);
           return new Response('');
         } };",
    )
    .start();
    server.get("/");
    for line in ["global { scope: [ 1, 2 ] }", "a log", "an info", "a debug"] {
        assert_eq!(server.stdout.line(line), line);
    }
    for line in ["a warning", "an error null"] {
        assert_eq!(server.stderr.line(line), line);
    }
}

#[test]
fn passes_through_on_exception_only_where_there_is_an_origin() {
    let server = Setup::hello(
        "export default { fetch(request, env, ctx) { ctx.passThroughOnException(); throw new Error('no origin'); } };",
    )
    .start();
    assert_eq!(server.get("/").status, 500);
}

#[test]
fn rejections_that_nobody_handles_are_told_of_and_no_more() {
    let code = "let told = 0;
addEventListener('unhandledrejection', () => ++told);
addEventListener('rejectionhandled', () => (told += 100));
let promise;
export default { async fetch(request) {
  if (request.url.endsWith('reject')) promise = Promise.reject(new Error('nobody'));
  else if (request.url.endsWith('handle')) promise.catch(() => {});
  return new Response(String(told));
} };";
    let server = Setup::hello(code).start();
    // One connection, so that all go to one isolate.
    let mut client = server.connect();
    for (path, expected) in [
        ("/reject", "0"),
        ("/", "1"),
        ("/handle", "1"),
        ("/", "101"),
        ("/reject", "101"),
        ("/", "102"),
    ] {
        assert_eq!(client.get(path).text(), expected, "{path}");
    }
}
