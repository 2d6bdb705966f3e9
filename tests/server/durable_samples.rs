//! The samples with Durable Objects.

use crate::harness::{Response, Server, Setup};
use crate::websocket_peer::Socket;

fn send(server: &Server, method: &str, path: &str, body: &str) -> Response {
    let mut client = server.connect();
    client.send(format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    client.response()
}

#[test]
fn chat() {
    let server = Setup::sample("durable-chat", "http").start();
    let mut ada = Socket::open(&server, "/lobby?name=Ada");
    assert_eq!(ada.text(), "Ada has come");
    let mut bob = Socket::open(&server, "/lobby?name=Bob");
    let mut elsewhere = Socket::open(&server, "/elsewhere?name=Eve");
    assert_eq!(elsewhere.text(), "Eve has come");
    for everybody in [&mut ada, &mut bob] {
        assert_eq!(everybody.text(), "Bob has come");
    }
    ada.say("hello");
    for everybody in [&mut ada, &mut bob] {
        assert_eq!(everybody.text(), "Ada: hello");
    }
    bob.say("@Ada psst");
    ada.say("ping");
    let mut heard = [ada.text(), ada.text()];
    heard.sort();
    assert_eq!(heard, ["Bob whispers: psst", "pong"]);
    bob.send(0x88, 1000u16.to_be_bytes());
    assert_eq!(bob.closed(), (Some(1000), String::new()));
    assert_eq!(ada.text(), "Bob has gone");
    assert_eq!(server.get("/").status, 426);
}

#[test]
fn rpc() {
    let server = Setup::sample("durable-rpc", "http").start();
    for answer in ["Yours. 1 left.\n", "Yours. 0 left.\n", "No more tea.\n"] {
        assert_eq!(send(&server, "POST", "/tea", "").text(), answer);
    }
    assert_eq!(server.get("/tea").text(), "0 left\n");
    assert_eq!(server.get("/coffee").text(), "2 left\n");
}
