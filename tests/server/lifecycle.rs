//! How a server is told to end.

use crate::harness::{PATIENCE, Setup, ours_only};
use std::time::Instant;

const SLOW: &str = "export default { async fetch(request) {
  if (request.url.endsWith('/slow')) {
    console.log('begun');
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
  return new Response('done');
} };";

#[test]
fn finishes_requests_in_flight_on_sigterm() {
    let mut server = Setup::hello(SLOW).start();
    let mut client = server.connect();
    client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    server.stdout.line("begun");
    server.signal("TERM");
    assert_eq!(client.response().text(), "done");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn ends_at_once_on_sigterm_when_idle() {
    let mut server = Setup::hello(SLOW).start();
    // An idle connection keeps nobody.
    let mut client = server.connect();
    assert_eq!(client.get("/").text(), "done");
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
    assert!(client.closed());
}

#[test]
fn stops_listening_on_sigterm() {
    let mut server = Setup::hello(SLOW).start();
    let mut client = server.connect();
    client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    server.stdout.line("begun");
    let port = server.port("http");
    server.signal("TERM");
    let start = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
        assert!(start.elapsed() < PATIENCE, "it still listens");
        assert!(server.running(), "it ended with a request in flight");
    }
    assert_eq!(client.response().text(), "done");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn drains_on_sigint_too() {
    // The real workerd dies of the signal.
    if ours_only() {
        return;
    }
    let mut server = Setup::hello(SLOW).start();
    let mut client = server.connect();
    client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    server.stdout.line("begun");
    server.signal("INT");
    assert_eq!(client.response().text(), "done");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn gives_up_on_requests_after_the_drain_timeout() {
    if ours_only() {
        return;
    }
    let mut server = Setup::hello(
        "export default { async fetch() {
           console.log('begun');
           await new Promise((resolve) => setTimeout(resolve, 600_000));
         } };",
    )
    .argument("--drain-timeout=1")
    .start();
    let mut client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    server.stdout.line("begun");
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
    assert!(client.closed());
}

#[test]
fn ends_when_there_is_nothing_to_listen_on() {
    let (status, stdout, stderr) = Setup::new().worker("main", SLOW).fail();
    assert_eq!(
        (status, stdout.as_str(), stderr.as_str()),
        (Some(0), "", "")
    );
}
