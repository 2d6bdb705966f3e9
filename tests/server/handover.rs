//! Sockets that another process has opened, as systemd does it: `--socket-fd`.

use std::net::{TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixListener};

use crate::harness::{Client, PATIENCE, Setup};

const WHO: &str = "export default { fetch(request) { return new Response(request.url); } };";

fn elsewhere() -> Setup {
    Setup::new()
        .worker("main", WHO)
        .socket_elsewhere("http", "main")
}

#[test]
fn a_listening_socket_is_taken_over() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // This connection is waiting before the server is there.
    let early = Client::to_port(port);
    let server = elsewhere()
        .input(OwnedFd::from(listener))
        .argument("--socket-fd=http=0")
        .start();
    assert_eq!(server.port("http"), port);
    for mut client in [early, server.connect()] {
        assert_eq!(client.get("/a").text(), "http://example.com/a");
    }
}

#[test]
fn a_socket_handed_over_replaces_the_address_of_the_config() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = Setup::new()
        .worker("main", WHO)
        .socket_at("http", "192.0.2.1:80", "\"main\"")
        .input(OwnedFd::from(listener))
        .argument("-Shttp=0")
        .start();
    assert_eq!(server.port("http"), port);
    assert_eq!(server.get("/").status, 200);
}

#[test]
fn a_unix_socket_is_taken_over() {
    let setup = elsewhere();
    let listener = UnixListener::bind(setup.path("sock")).unwrap();
    let server = setup
        .input(OwnedFd::from(listener))
        .argument("--socket-fd=http=0")
        .start();
    assert_eq!(server.connect_unix("sock").get("/").status, 200);
}

#[test]
fn a_socket_that_does_not_listen_is_refused() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (status, _, stderr) = elsewhere()
        .input(OwnedFd::from(socket))
        .argument("--socket-fd=http=0")
        .fail();
    assert_eq!(status, Some(1));
    let expected = "error: --socket-fd=http=0: Socket for http is not listening.\n";
    assert!(stderr.starts_with(expected), "{stderr}");
}

#[test]
fn an_address_and_a_descriptor_contradict_each_other() {
    let (status, _, stderr) = elsewhere()
        .argument("--socket-fd=http=99")
        .argument("--socket-addr=http=127.0.0.1:0")
        .fail();
    assert_eq!(status, Some(1));
    let expected = "error: socket 'http' is given both --socket-addr and --socket-fd; use one\n";
    assert!(stderr.starts_with(expected), "{stderr}");
}

#[test]
fn an_address_of_the_command_line_replaces_the_config() {
    let server = Setup::new()
        .worker("main", WHO)
        .socket_at("http", "192.0.2.1:80", "\"main\"")
        .socket_elsewhere("other", "main")
        .argument("--socket-addr=http=127.0.0.1:0")
        .argument("-sother=unix:sock")
        .start();
    assert_eq!(server.get("/").status, 200);
    assert_eq!(server.connect_unix("sock").get("/").status, 200);
}

/// What one write gives is what one read of a control descriptor takes, for some readers.
#[test]
fn a_port_is_announced_in_one_piece() {
    let (control, theirs) = UnixDatagram::pair().unwrap();
    control.set_read_timeout(Some(PATIENCE)).unwrap();
    let _server = Setup::hello(WHO)
        .input(OwnedFd::from(theirs))
        .argument("--control-fd=0")
        .argument("--inspector-addr=127.0.0.1:0")
        .spawn();
    for start in [
        "{\"event\":\"listen-inspector\",\"port\":",
        "{\"event\":\"listen\",\"socket\":\"http\",\"port\":",
    ] {
        let mut line = [0; 200];
        let length = control.recv(&mut line).unwrap();
        let line = String::from_utf8_lossy(&line[..length]);
        assert!(line.starts_with(start) && line.ends_with("}\n"), "{line}");
    }
}
