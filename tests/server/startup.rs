//! How a server starts, and what keeps it from starting.

use crate::harness::{Setup, ours_only};
use std::net::TcpListener;

const HELLO: &str = "export default { fetch() { return new Response('hello'); } };";

#[test]
fn reports_a_syntax_error_with_its_position() {
    let (status, stdout, stderr) = Setup::hello("export default {\n  fetch( {\n} }").fail();
    assert_eq!(status, Some(1));
    assert_eq!(
        stderr,
        "service main: Uncaught SyntaxError: Unexpected token '}'\n  at main.js:3:2\n"
    );
    assert_eq!(stdout, "");
}

#[test]
fn reports_an_exception_with_its_position() {
    let (status, _, stderr) =
        Setup::hello("\n\n  throw new TypeError('at start');\nexport default {};").fail();
    assert_eq!(status, Some(1));
    assert_eq!(
        stderr,
        "service main: Uncaught TypeError: at start\n  at main.js:3:9\n"
    );
}

#[test]
fn reports_every_broken_worker_at_once() {
    let (status, stdout, stderr) = Setup::new()
        .worker("syntax", "export default {\n  fetch( {\n} }")
        .worker("fine", HELLO)
        .worker("missing", "import 'nothing';\nexport default {};")
        .worker("thrown", "throw new TypeError('at start');")
        .file("sw.js", "addEventListener('fetch', (e) => e.respondWith(new Response('x'));")
        .service(r#"(name = "script", worker = (serviceWorkerScript = embed "sw.js", compatibilityDate = "2026-11-01"))"#)
        .service(r#"(name = "json", worker = (modules = [(name = "m.js", esModule = "export default {}"), (name = "j.json", json = "{oops")], compatibilityDate = "2026-11-01"))"#)
        .socket("http", "fine")
        .fail();
    assert_eq!(status, Some(1));
    assert_eq!(stdout, "");
    assert_eq!(
        stderr,
        "\
service syntax: Uncaught SyntaxError: Unexpected token '}'
  at syntax.js:3:2
service missing: Uncaught Error: No such module \"nothing\".
  imported from \"missing.js\"
service thrown: Uncaught TypeError: at start
  at thrown.js:1:7
service script: Uncaught SyntaxError: missing ) after argument list
  at script:1:64
service script: No event handlers were registered. This script does nothing.
service json: Uncaught SyntaxError: Expected property name or '}' in JSON at position 1 (line 1 column 2)
:1:1
"
    );
}

#[test]
fn reports_three_faults_of_a_config() {
    let worker = r#"worker = (modules = [(name = "m.js", esModule = "export default {}")], compatibilityDate = "2026-11-01")"#;
    let (status, _, stderr) = Setup::new()
        .service(&format!("(name = \"main\", {worker})"))
        .service(&format!("(name = \"main\", {worker})"))
        .service(r#"(name = "dateless", worker = (modules = [(name = "m.js", esModule = "export default {}")]))"#)
        .socket("http", "nobody")
        .fail();
    assert_eq!(status, Some(1));
    assert_eq!(
        stderr,
        "\
Config defines multiple services named \"main\".
service dateless: Worker must specify compatibilityDate.
Socket \"http\" refers to a service \"nobody\", but no such service is defined.
"
    );
}

#[test]
fn refuses_an_address_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (status, _, stderr) = Setup::new()
        .worker("main", HELLO)
        .socket_at("http", &address, "\"main\"")
        .fail();
    assert_eq!(status, Some(1));
    assert_eq!(
        stderr,
        "Socket \"http\": bind(): Address already in use (os error 98)\n"
    );
}

#[test]
fn listens_on_two_sockets() {
    let server = Setup::new()
        .worker(
            "a",
            "export default { fetch() { return new Response('a'); } };",
        )
        .worker(
            "b",
            "export default { fetch() { return new Response('b'); } };",
        )
        .socket("first", "a")
        .socket("second", "b")
        .start();
    assert_eq!(server.connect_to("first").get("/").text(), "a");
    assert_eq!(server.connect_to("second").get("/").text(), "b");
}

#[test]
fn takes_the_address_of_a_socket_from_the_command_line() {
    let server = Setup::new()
        .worker("main", HELLO)
        .socket_at("http", "203.0.113.1:1", "\"main\"")
        .argument("--socket-addr=http=127.0.0.1:0")
        .start();
    assert_eq!(server.get("/").text(), "hello");
}

#[test]
fn listens_on_a_unix_socket() {
    let server = Setup::hello(HELLO)
        .socket_at("local", "unix:local.sock", "\"main\"")
        .spawn();
    server.port("http");
    let path = server.path("local.sock");
    server.stderr.until(|_| {
        std::os::unix::net::UnixStream::connect(&path)
            .is_ok()
            .then_some(())
    });
    let mut client = server.connect_unix("local.sock");
    assert_eq!(client.get("/").text(), "hello");
    assert_eq!(client.get("/again").text(), "hello");
}

#[test]
fn serves_a_named_entrypoint_with_props_on_a_socket() {
    let server = Setup::new()
        .worker(
            "main",
            "import { WorkerEntrypoint } from 'cloudflare:workers';
             export class Named extends WorkerEntrypoint { fetch() { return Response.json(this.ctx.props); } }",
        )
        .socket_at("http", "127.0.0.1:0", r#"(name = "main", entrypoint = "Named", props = (json = "{\"a\":1}"))"#)
        .start();
    assert_eq!(server.get("/").text(), "{\"a\":1}");
}

#[test]
fn runs_as_many_isolates_as_threads() {
    if ours_only() {
        return;
    }
    let code =
        "let id; export default { fetch() { return new Response(id ??= crypto.randomUUID()); } };";
    let ids = |server: &crate::harness::Server| -> std::collections::HashSet<String> {
        (0..200).map(|_| server.get("/").text()).collect()
    };
    // Who reads the control descriptor expects one loop.
    assert_eq!(ids(&Setup::hello(code).start()).len(), 1);
    assert_eq!(
        ids(&Setup::hello(code).argument("--threads=2").start()).len(),
        2
    );
}
