//! The samples with Durable Objects, and what of them survives a kill.

use crate::harness::{Response, Server, Setup};
use crate::websocket_peer::Socket;

/// Starts a sample that stores in `data` of its own directory, or in that of a server before it.
fn stored(name: &str, before: Option<&Server>) -> Server {
    let setup = Setup::sample(name, "http").directory("data");
    let own = setup.path("data");
    let data = before.map_or(own, |server| server.path("data"));
    let argument = format!("--directory-path=data={}", data.display());
    setup.argument(&argument).start()
}

fn send(server: &Server, method: &str, path: &str, body: &str) -> Response {
    let mut client = server.connect();
    client.send(format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    client.response()
}

#[test]
fn counter() {
    let mut server = stored("durable-counter", None);
    for times in 1..=3 {
        let text = format!("/a was asked {times} times\n");
        assert_eq!(server.get("/a").text(), text);
    }
    assert_eq!(server.get("/b").text(), "/b was asked 1 times\n");
    server.end("KILL");
    let again = stored("durable-counter", Some(&server));
    assert_eq!(again.get("/a").text(), "/a was asked 4 times\n");
    assert_eq!(send(&again, "DELETE", "/a", "").status, 204);
    assert_eq!(again.get("/a").text(), "/a was asked 1 times\n");
}

#[test]
fn todo() {
    let mut server = stored("durable-todo", None);
    for (text, number) in [("water the plants", "1\n"), ("sing", "2\n")] {
        assert_eq!(send(&server, "POST", "/garden", text).text(), number);
    }
    assert_eq!(send(&server, "PUT", "/garden/1", "").status, 204);
    assert_eq!(send(&server, "DELETE", "/garden/7", "").status, 404);
    server.end("KILL");
    let again = stored("durable-todo", Some(&server));
    assert_eq!(
        again.get("/garden").text(),
        r#"[{"number":2,"text":"sing","done":0},{"number":1,"text":"water the plants","done":1}]"#
    );
    assert_eq!(again.get("/work").text(), "[]");
}

#[test]
fn alarm() {
    let mut server = stored("durable-alarm", None);
    assert_eq!(
        send(&server, "POST", "/now?seconds=0", "It is time.").status,
        202
    );
    server.stdout.line("now: It is time.");
    assert_eq!(
        send(&server, "POST", "/tea?seconds=1", "The tea is ready.").status,
        202
    );
    server.end("KILL");
    let again = stored("durable-alarm", Some(&server));
    again.stdout.line("tea: The tea is ready.");
    let now = again.get("/now");
    assert_eq!(now.text(), "It is time.\n");
    assert_eq!(again.get("/other").status, 404);
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

/// An alarm whose setter has its answer comes, whenever the server is killed.
#[test]
fn no_alarm_is_lost() {
    const ROUNDS: usize = 4;
    const ALARMS: usize = 12;
    let mut server = stored("durable-alarm", None);
    let mut killed = Vec::new();
    for round in 0..ROUNDS {
        let mut client = server.connect();
        let names: Vec<String> = (0..ALARMS)
            .map(|number| format!("a{round}-{number}"))
            .collect();
        for name in &names {
            client.send(format!(
                "POST /{name}?seconds=0.3 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
            ));
        }
        // Some have their answers; the others are somewhere on their way.
        let answered = ALARMS / 2 + round;
        for _ in 0..answered {
            assert_eq!(client.response().status, 202);
        }
        server.end("KILL");
        let again = stored("durable-alarm", Some(killed.first().unwrap_or(&server)));
        for name in &names[..answered] {
            let line = format!("{name}: hi");
            if !server.stdout.text().contains(&line) {
                again.stdout.line(&line);
            }
        }
        killed.push(std::mem::replace(&mut server, again));
    }
}
