//! `--watch`: the server starts over when its files change.

use crate::harness::{Client, Form, Server, Setup};
use std::net::TcpListener;

fn code(answer: &str) -> String {
    format!("export default {{ fetch() {{ return new Response('{answer}'); }} }};")
}

/// Waits until the socket has been announced `times` times, and asks at the port of the last one.
fn ask(server: &Server, times: usize) -> String {
    let port = server.stdout.until(|text| {
        let mut ports = text.split("\"port\":").skip(1);
        let last = ports.nth(times - 1)?;
        last.split_once('}')?.0.parse().ok()
    });
    Client::to_port(port.expect("the socket is announced again"))
        .get("/")
        .text()
}

fn replace(server: &Server, file: &str, from: &str, to: &str) {
    let path = server.path(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from));
    std::fs::write(path, text.replace(from, to)).unwrap();
}

const NOTICE: &str = "Noticed configuration change, reloading shortly...\rReloading due to config change...                                      \n";

#[test]
fn embedded_files_and_the_config_are_watched() {
    let server = Setup::hello(&code("one")).argument("--watch").start();
    assert_eq!(ask(&server, 1), "one");
    replace(&server, "main.js", "one", "two");
    assert_eq!(ask(&server, 2), "two");
    assert_eq!(server.stderr.text(), NOTICE);
    std::fs::write(server.path("other.js"), code("three")).unwrap();
    replace(
        &server,
        "config.capnp",
        "embed \"main.js\"",
        "embed \"other.js\"",
    );
    assert_eq!(ask(&server, 3), "three");
    // As editors save.
    std::fs::write(server.path("other.js~"), code("four")).unwrap();
    std::fs::rename(server.path("other.js~"), server.path("other.js")).unwrap();
    assert_eq!(ask(&server, 4), "four");
}

#[test]
fn sigterm_ends_a_server_that_has_started_over() {
    let mut server = Setup::hello(&code("one")).argument("-w").start();
    replace(&server, "main.js", "one", "two");
    assert_eq!(ask(&server, 2), "two");
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_config_that_cannot_be_read_can_be_mended() {
    let server = Setup::hello(&code("one")).argument("--watch").start();
    replace(&server, "config.capnp", "sockets = [", "sockets = oops [");
    server
        .stderr
        .line("Can't start server due to config errors, waiting for config files to change...");
    replace(&server, "config.capnp", "sockets = oops [", "sockets = [");
    assert_eq!(ask(&server, 2), "one");
}

#[test]
fn a_config_of_wrong_content_can_be_mended() {
    let server = Setup::hello(&code("one")).argument("--watch").start();
    replace(&server, "main.js", "fetch()", "fetch(");
    server.stderr.line("  at main.js:1:");
    replace(&server, "main.js", "fetch(", "fetch()");
    assert_eq!(ask(&server, 2), "one");
}

#[test]
fn an_embedded_file_that_is_missing_is_waited_for() {
    let server = Setup::hello(&code("one")).argument("--watch").start();
    std::fs::rename(server.path("main.js"), server.path("away.js")).unwrap();
    server
        .stderr
        .line("Can't start server due to config errors, waiting for config files to change...");
    std::fs::rename(server.path("away.js"), server.path("main.js")).unwrap();
    assert_eq!(ask(&server, 2), "one");
}

#[test]
fn an_encoded_config_is_watched() {
    let server = Setup::hello(&code("one"))
        .form(Form::Message)
        .argument("--watch")
        .start();
    assert_eq!(ask(&server, 1), "one");
    let path = server.path("compiled");
    let mut message = std::fs::read(&path).unwrap();
    let at = message.windows(5).position(|part| part == b"'one'");
    message[at.unwrap()..][..5].copy_from_slice(b"'two'");
    std::fs::write(&path, message).unwrap();
    assert_eq!(ask(&server, 2), "two");
}

#[test]
fn a_file_that_is_no_part_of_the_config_changes_nothing() {
    let server = Setup::hello(&code("one")).argument("--watch").start();
    std::fs::write(server.path("unrelated.js"), "x").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(server.stderr.text(), "");
    assert_eq!(server.get("/").text(), "one");
}

#[test]
fn a_socket_handed_over_stays() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = Setup::hello(&code("one"))
        .argument("--socket-fd=http=0")
        .argument("--watch")
        .input(std::os::fd::OwnedFd::from(listener))
        .start();
    assert_eq!(Client::to_port(port).get("/").text(), "one");
    replace(&server, "main.js", "one", "two");
    assert_eq!(ask(&server, 2), "two");
    assert_eq!(Client::to_port(port).get("/").text(), "two");
}
