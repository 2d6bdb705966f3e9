//! A Worker that goes wrong is stopped and replaced, and nobody else notices. The real workerd has no such limits.

use crate::harness::{Server, Setup, ours_only};

/// Answers with a count that starts again when the Worker is replaced.
const WELL: &str =
    "let count = 0; export default { fetch() { return new Response(`${++count}`); } };";

const HUNGRY: &str = "let count = 0; export default { fetch(request) {
  if (!request.url.endsWith('/eat')) return new Response(`${++count}`);
  const hoard = [];
  for (;;) hoard.push(new Array(1000).fill(hoard.length));
} };";

const ENDLESS: &str = "let count = 0; export default { async fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === '/loop') for (;;);
  if (pathname === '/later') { await new Promise((resolve) => setTimeout(resolve, 1)); for (;;); }
  if (pathname === '/microtasks') { const again = () => Promise.resolve().then(again); await again(); }
  return new Response(`${++count}`);
} };";

fn start(code: &str, argument: &str) -> Server {
    Setup::new()
        .worker("bad", code)
        .worker("good", WELL)
        .socket("http", "bad")
        .socket("good", "good")
        .argument(argument)
        .argument("--threads=1")
        .start()
}

/// `path` ends badly, the Worker is replaced, the other one keeps its state.
fn survives(server: &mut Server, path: &str, reason: &str) {
    let before: u32 = server.connect_to("good").get("/").text().parse().unwrap();
    let mut client = server.connect();
    let used: u32 = client.get("/count").text().parse().unwrap();
    assert!(used >= 1);
    assert_eq!(client.get(path).status, 500);
    let line = server.stderr.line(reason);
    assert!(line.contains("bad"), "the Worker is not named: {line}");
    assert_eq!(
        server.connect_to("good").get("/").text(),
        (before + 1).to_string()
    );
    assert_eq!(
        server.get("/count").text(),
        "1",
        "the Worker was not replaced"
    );
    assert!(server.running());
}

#[test]
fn replaces_a_worker_that_exhausts_its_heap() {
    if ours_only() {
        return;
    }
    let mut server = start(HUNGRY, "--heap-limit-mib=32");
    survives(&mut server, "/eat", "memory");
    survives(&mut server, "/eat", "memory");
}

#[test]
fn replaces_a_worker_that_loops_for_ever() {
    if ours_only() {
        return;
    }
    for path in ["/loop", "/later", "/microtasks"] {
        let mut server = start(ENDLESS, "--cpu-limit-ms=300");
        survives(&mut server, path, "CPU");
    }
}

#[test]
fn serves_other_workers_while_one_loops_on_another_thread() {
    if ours_only() {
        return;
    }
    let server = Setup::new()
        .worker("bad", ENDLESS)
        .worker("good", WELL)
        .socket("http", "bad")
        .socket("good", "good")
        .argument("--cpu-limit-ms=1000")
        .argument("--threads=2")
        .start();
    let mut clients: Vec<_> = (0..2).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send("GET /loop HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    for _ in 0..20 {
        assert_eq!(server.connect_to("good").get("/").status, 200);
    }
    for client in &mut clients {
        assert_eq!(client.response().status, 500);
    }
}

#[test]
fn reports_an_endless_loop_at_start() {
    if ours_only() {
        return;
    }
    let (status, _, stderr) = Setup::hello("for (;;); export default {};")
        .argument("--cpu-limit-ms=300")
        .fail();
    assert_eq!(status, Some(1));
    assert!(stderr.starts_with("service main: "), "{stderr}");
}

#[test]
fn fails_a_worker_that_recurses_without_end() {
    let server = Setup::hello(
        "function deep() { return deep() + 1; }
         export default { fetch() { try { return new Response(deep()); } catch (error) { return new Response(`${error}`); } } };",
    )
    .start();
    assert_eq!(
        server.get("/").text(),
        "RangeError: Maximum call stack size exceeded"
    );
}

const QUITTER: &str = "import { abortIsolate } from 'cloudflare:workers';
let count = 0; export default { fetch(request) {
  if (request.url.endsWith('/abort')) try { abortIsolate('beyond repair'); } catch {}
  return new Response(`${++count}`);
} };";

#[test]
fn replaces_a_worker_that_aborts_its_isolate() {
    if ours_only() {
        return;
    }
    let mut server = start(QUITTER, "--cpu-limit-ms=0");
    survives(&mut server, "/abort", "Worker called abortIsolate()");
}
