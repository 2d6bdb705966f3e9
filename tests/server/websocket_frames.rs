//! Frames as clients send them, good and bad: what comes back over the wire.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::harness::{Server, Setup, ours_only};
use crate::websocket_peer::{
    BINARY, CLOSE, FIN, Frame, PING, PONG, RSV1, Socket, TEXT, close, frame, request,
};

/// Sends back what comes, and closes as the peer did.
const ECHO: &str = "export default { fetch(request) {
  const [client, server] = Object.values(new WebSocketPair());
  server.accept();
  server.binaryType = 'arraybuffer';
  server.addEventListener('message', ({ data }) => server.send(data));
  server.addEventListener('close', ({ code, reason, wasClean }) =>
    console.log(`closed ${code} ${reason} ${wasClean};`));
  server.addEventListener('error', ({ message }) => console.log(`failed ${message};`));
  return new Response(null, { status: 101, webSocket: client });
} };";

fn echo() -> Server {
    Setup::hello(ECHO).start()
}

/// What comes back up to the end of the connection.
fn answers(socket: &mut Socket) -> Vec<Frame> {
    std::iter::from_fn(|| socket.frame()).collect()
}

#[test]
fn messages_of_all_lengths_come_back() {
    let server = echo();
    let mut socket = Socket::open(&server, "/");
    for length in [0, 1, 125, 126, 127, 0xffff, 0x1_0000, 1 << 20, 9 << 20] {
        let message: Vec<u8> = (0..length).map(|index| index as u8).collect();
        socket.send(FIN | BINARY, &message);
        let (first, payload) = socket.frame().unwrap();
        assert_eq!(first, FIN | BINARY);
        assert!(payload == message, "of {length} bytes");
    }
}

#[test]
fn text_is_repaired_where_it_is_not_utf_8() {
    let server = echo();
    let mut socket = Socket::open(&server, "/");
    for (bytes, text) in [
        (&b"plain"[..], "plain"),
        (
            "\u{e9}\u{20ac}\u{1f600}".as_bytes(),
            "\u{e9}\u{20ac}\u{1f600}",
        ),
        (b"\xff\xfe", "\u{fffd}\u{fffd}"),
        (b"a\xed\xa0\x80b", "a\u{fffd}\u{fffd}\u{fffd}b"),
        (b"\xf0\x9f\x98", "\u{fffd}"),
        (b"\xef\xbb\xbfmark", "\u{feff}mark"),
        (b"nul\0", "nul\0"),
    ] {
        socket.send(FIN | TEXT, bytes);
        assert_eq!(socket.text(), text);
    }
}

#[test]
fn fragments_are_put_together_whatever_comes_between() {
    let server = echo();
    let mut socket = Socket::open(&server, "/");
    // A code point in two fragments, and control frames among them.
    socket.send(TEXT, b"\xe2\x82");
    socket.send(FIN | PING, "between");
    assert_eq!(socket.frame(), Some((FIN | PONG, b"between".to_vec())));
    socket.send(0, b"\xac");
    socket.send(FIN | PONG, "nobody asked");
    socket.send(0, "");
    socket.send(FIN, "!");
    assert_eq!(socket.text(), "\u{20ac}!");
    socket.send(0, "x");
    assert_eq!(socket.closed().0, Some(1002));

    let mut socket = Socket::open(&server, "/");
    socket.send(BINARY, "");
    for _ in 0..1000 {
        socket.send(0, "ab");
    }
    socket.send(FIN, "");
    assert_eq!(
        socket.frame(),
        Some((FIN | BINARY, "ab".repeat(1000).into()))
    );
}

#[test]
fn frames_in_any_pieces_are_the_same_frames() {
    let server = echo();
    let mut socket = Socket::open(&server, "/");
    let mut bytes = frame(TEXT, b"one ");
    bytes.extend(frame(FIN | PING, b"p"));
    bytes.extend(frame(FIN, &[b'x'; 130]));
    bytes.extend(frame(FIN | TEXT, b"two"));
    let expected = format!("one {}", "x".repeat(130));
    for piece in [1, 3, 7, bytes.len()] {
        for piece in bytes.chunks(piece) {
            socket.client.send(piece);
        }
        assert_eq!(socket.frame(), Some((FIN | PONG, b"p".to_vec())));
        assert_eq!(socket.text(), expected);
        assert_eq!(socket.text(), "two");
    }
}

#[test]
fn frames_without_a_mask_are_taken_too() {
    let server = echo();
    let mut socket = Socket::open(&server, "/");
    socket.client.send(b"\x81\x02hi");
    assert_eq!(socket.text(), "hi");
}

#[test]
fn pings_are_answered_even_when_they_are_too_long() {
    let server = echo();
    let mut socket = Socket::open(&server, "/");
    for length in [0, 1, 125, 200] {
        let payload = vec![b'p'; length];
        socket.send(FIN | PING, &payload);
        assert_eq!(socket.frame(), Some((FIN | PONG, payload)));
    }
}

#[test]
fn who_breaks_the_protocol_is_told_and_left() {
    const COMPRESSED: &str = "Received a WebSocket frame whose compression bit was set, but the compression extension was not \
                              negotiated for this connection.";
    const RESERVED: &str = "Received frame had RSV bits 2 or 3 set";
    let server = echo();
    let cases: [(&[Frame], u16, &str); 13] = [
        (&[(FIN | RSV1 | TEXT, vec![b'x'])], 1002, COMPRESSED),
        (&[(FIN | 0x20 | TEXT, vec![])], 1002, RESERVED),
        (&[(FIN | 0x10 | PING, vec![])], 1002, RESERVED),
        (&[(FIN | 0x70 | BINARY, vec![])], 1002, RESERVED),
        (&[(FIN, vec![])], 1002, "Unexpected continuation frame"),
        (&[(0, vec![])], 1002, "Unexpected continuation frame"),
        (
            &[(TEXT, vec![]), (FIN | TEXT, vec![])],
            1002,
            "Missing continuation frame",
        ),
        (
            &[(TEXT, vec![]), (BINARY, vec![])],
            1002,
            "Missing continuation frame",
        ),
        (&[(FIN | 3, vec![])], 1002, "Unknown opcode 3"),
        (&[(FIN | 7, vec![b'x'])], 1002, "Unknown opcode 7"),
        (&[(FIN | 0xf, vec![])], 1002, "Unknown opcode 15"),
        (&[(PING, vec![])], 1002, "Received fragmented control frame"),
        (
            &[(CLOSE, vec![])],
            1002,
            "Received fragmented control frame",
        ),
    ];
    for (frames, code, reason) in cases {
        let mut socket = Socket::open(&server, "/");
        for (first, payload) in frames {
            socket.send(*first, payload);
        }
        assert_eq!(
            socket.closed(),
            (Some(code), reason.to_owned()),
            "{frames:?}"
        );
        server.stdout.line(&format!(
            "failed Uncaught Error: WebSocket protocol error; protocolError.statusCode = {code}; \
             protocolError.description = {reason};"
        ));
    }
}

#[test]
fn what_comes_before_a_breach_is_answered() {
    let server = echo();
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        for piece in [1, 100] {
            let mut socket = Socket::open(&server, "/");
            let mut bytes = frame(FIN | TEXT, b"before");
            bytes.extend(frame(FIN | opcode, b"x"));
            for piece in bytes.chunks(piece) {
                socket.client.try_send(piece);
            }
            assert_eq!(socket.text(), "before", "{opcode}");
            let reason = format!("Unknown opcode {opcode}");
            assert_eq!(socket.closed(), (Some(1002), reason));
        }
    }
}

#[test]
fn what_comes_before_the_end_of_a_connection_is_answered() {
    let server = echo();
    for length in [0, 100, 3_000_000] {
        let message = vec![b'x'; length];
        let mut stream = TcpStream::connect(("127.0.0.1", server.port("http"))).unwrap();
        stream.write_all(request("/", "").as_bytes()).unwrap();
        let mut bytes = frame(FIN | BINARY, &message);
        bytes.extend(frame(FIN | TEXT, b"first"));
        bytes.extend(frame(FIN | TEXT, b"last"));
        let mut writer = stream.try_clone().unwrap();
        let writing = std::thread::spawn(move || {
            writer.write_all(&bytes).unwrap();
            writer.shutdown(Shutdown::Write).unwrap();
        });
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        writing.join().unwrap();
        assert!(answer.ends_with(b"\x81\x05first\x81\x04last"), "{length}");
        server
            .stdout
            .line("closed 1006 WebSocket disconnected without sending Close frame. false;");
    }
    assert!(!server.stdout.text().contains("failed"));
}

#[test]
fn each_ping_of_a_slow_client_is_answered() {
    let server = echo();
    let mut socket = Socket::open(&server, "/");
    for number in 0..10 {
        let payload = format!("payload-{number}").into_bytes();
        for piece in frame(FIN | PING, &payload).chunks(1) {
            socket.client.send(piece);
        }
        assert_eq!(socket.frame(), Some((FIN | PONG, payload)));
    }
    socket.say("still there");
    assert_eq!(socket.text(), "still there");
}

#[test]
fn a_message_that_is_too_large_is_refused_by_its_head() {
    let server = echo();
    let mut socket = Socket::open(&server, "/");
    socket
        .client
        .send(b"\x82\xff\x00\x00\x00\x00\x02\x00\x00\x01\x00\x00\x00\x00");
    let reason = "Message is too large: 33554433 > 33554432";
    assert_eq!(socket.closed(), (Some(1009), reason.to_owned()));

    let mut socket = Socket::open(&server, "/");
    socket.send(BINARY, vec![0; 1000]);
    socket
        .client
        .send(b"\x80\xff\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00");
    let reason = "Message is too large: 33554432 > 33553432";
    assert_eq!(socket.closed(), (Some(1009), reason.to_owned()));
}

#[test]
fn a_close_is_answered_with_what_it_says() {
    let server = echo();
    for (payload, code, reason, event) in [
        (close(1000, ""), Some(1000), "", "closed 1000  true;"),
        (
            close(4000, "bye"),
            Some(4000),
            "bye",
            "closed 4000 bye true;",
        ),
        (
            close(1001, "\u{e9}"),
            Some(1001),
            "\u{e9}",
            "closed 1001 \u{e9} true;",
        ),
        (close(999, "low"), Some(999), "low", "closed 999 low true;"),
        (close(1005, ""), None, "", "closed 1005  true;"),
        (
            close(1006, "never"),
            Some(1006),
            "never",
            "closed 1006 never true;",
        ),
        (close(1015, ""), Some(1015), "", "closed 1015  true;"),
        (close(65535, ""), Some(65535), "", "closed 65535  true;"),
        (vec![], None, "", "closed 1005  true;"),
        (vec![b'x'], None, "", "closed 1005  true;"),
    ] {
        let mut socket = Socket::open(&server, "/");
        socket.send(FIN | CLOSE, &payload);
        assert_eq!(socket.closed(), (code, reason.to_owned()), "{payload:?}");
        server.stdout.line(event);
    }
}

#[test]
fn nothing_is_read_behind_a_close() {
    let server = echo();
    let mut socket = Socket::open(&server, "/");
    let mut bytes = frame(FIN | TEXT, b"before");
    bytes.extend(frame(FIN | CLOSE, &close(1000, "")));
    bytes.extend(frame(FIN | TEXT, b"behind"));
    bytes.extend(frame(FIN | PING, b"behind"));
    socket.client.send(bytes);
    assert_eq!(
        answers(&mut socket),
        [
            (FIN | TEXT, b"before".to_vec()),
            (FIN | CLOSE, close(1000, ""))
        ]
    );
}

#[test]
fn a_client_that_goes_without_a_close_is_an_abnormal_close() {
    let server = echo();
    let lost = "closed 1006 WebSocket disconnected without sending Close frame. false;";
    let mut socket = Socket::open(&server, "/");
    socket.say("hello");
    assert_eq!(socket.text(), "hello");
    drop(socket);
    server.stdout.line(lost);
}

#[test]
fn a_socket_lasts_when_the_server_is_told_to_end() {
    let mut server = echo();
    let mut socket = Socket::open(&server, "/");
    server.signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    socket.say("hello");
    assert_eq!(socket.text(), "hello");
    socket.send(FIN | CLOSE, close(1000, ""));
    assert_eq!(socket.closed().0, Some(1000));
    drop(socket);
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_server_that_is_told_to_end_does_not_wait_for_who_has_left() {
    if ours_only() {
        return;
    }
    let deaf = "export default { fetch() {
      const [client, server] = Object.values(new WebSocketPair());
      server.accept({ allowHalfOpen: true });
      server.addEventListener('close', () => console.log('a Close has come'));
      return new Response(null, { status: 101, webSocket: client });
    } };";
    let mut server = Setup::hello(deaf).start();
    let mut socket = Socket::open(&server, "/");
    socket.send(FIN | CLOSE, close(1000, ""));
    server.stdout.line("a Close has come");
    drop(socket);
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
}
