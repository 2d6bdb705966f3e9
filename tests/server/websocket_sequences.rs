//! Sequences of frames, listed and made up, in pieces of all sizes, against a model of what RFC 6455 §5 asks for; and
//! compressed messages (RFC 7692) against an inflater.
//!
//! Answers to messages are a Worker's, those to control frames the server's own: each kind keeps its order.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

use crate::harness::{Server, Setup};
use crate::websocket_peer::{
    BINARY, CLOSE, FIN, Frame, PING, PONG, RSV1, Socket, TEXT, close, frame,
};

const ECHO: &str = "export default { fetch() {
  const [client, server] = Object.values(new WebSocketPair());
  server.accept();
  server.binaryType = 'arraybuffer';
  server.addEventListener('message', ({ data }) => server.send(data));
  return new Response(null, { status: 101, webSocket: client });
} };";

/// What comes back.
#[derive(Debug, Default, PartialEq)]
struct Answers {
    messages: Vec<Frame>,
    pongs: Vec<Frame>,
    /// Of a Close with a reason that is the server's own, the code.
    close: Option<Vec<u8>>,
}

const BREACH: [u8; 2] = 1002_u16.to_be_bytes();

/// What has to come back for frames that end with a Close.
fn model(frames: &[Frame]) -> Answers {
    let mut answers = Answers::default();
    let mut started: Option<Frame> = None;
    for (first, payload) in frames {
        let (is_final, opcode) = (first & FIN != 0, first & 0xf);
        // The bit for compression means nothing in a control frame, as for the real workerd.
        let reserved = if opcode >= CLOSE { 0x30 } else { 0x70 };
        let is_breach = first & reserved != 0
            || match opcode {
                0 => started.is_none(),
                TEXT | BINARY => started.is_some(),
                CLOSE | PING | PONG => !is_final,
                _ => true,
            };
        if is_breach {
            answers.close = Some(BREACH.to_vec());
            break;
        }
        match opcode {
            PING => answers.pongs.push((FIN | PONG, payload.clone())),
            PONG => {}
            CLOSE => {
                // No code, or the one that stands for none.
                let is_empty = payload.len() < 2 || payload[..2] == 1005_u16.to_be_bytes();
                answers.close = Some(if is_empty { vec![] } else { payload.clone() });
                break;
            }
            _ => {
                let (kind, mut message) = started.take().unwrap_or((opcode, vec![]));
                message.extend(payload);
                if !is_final {
                    started = Some((kind, message));
                } else if kind == TEXT {
                    let text = String::from_utf8_lossy(&message).into_owned();
                    answers.messages.push((FIN | TEXT, text.into_bytes()));
                } else {
                    answers.messages.push((FIN | BINARY, message));
                }
            }
        }
    }
    answers
}

/// Sends frames in pieces of this size and collects what comes back.
fn play(server: &Server, frames: &[Frame], piece: usize) -> Answers {
    let mut socket = Socket::open(server, "/");
    let bytes: Vec<u8> = frames
        .iter()
        .flat_map(|(first, payload)| frame(*first, payload))
        .collect();
    for piece in bytes.chunks(piece) {
        socket.client.try_send(piece);
    }
    let mut answers = Answers::default();
    while let Some((first, mut payload)) = socket.frame() {
        assert_eq!(answers.close, None, "nothing comes behind a Close");
        match first {
            _ if first & FIN == 0 || first & 0x70 != 0 => panic!("{first:#x}"),
            _ if first == FIN | CLOSE => {
                if payload.starts_with(&BREACH) {
                    payload.truncate(2);
                }
                answers.close = Some(payload);
            }
            _ if first == FIN | PONG => answers.pongs.push((first, payload)),
            _ => answers.messages.push((first, payload)),
        }
    }
    answers
}

#[track_caller]
fn check(server: &Server, frames: &[Frame], piece: usize) {
    let mut frames = frames.to_vec();
    frames.push((FIN | CLOSE, close(1000, "")));
    let (actual, expected) = (play(server, &frames, piece), model(&frames));
    // Not all bytes of them.
    let shown: Vec<_> = frames
        .iter()
        .map(|(first, payload)| format!("{first:x} {}", payload.len()))
        .collect();
    let shown = format!("{} in pieces of {piece}", shown.join(", "));
    assert_eq!(actual.close, expected.close, "{shown}");
    // Of several pings the last one may stand for all.
    let mut pings = expected.pongs.iter();
    let all = actual
        .pongs
        .iter()
        .all(|pong| pings.any(|ping| ping == pong));
    assert!(all, "{:x?}: {shown}", actual.pongs);
    assert_eq!(
        actual.pongs.is_empty(),
        expected.pongs.is_empty(),
        "{shown}"
    );
    assert!(
        actual.messages == expected.messages,
        "other messages: {shown}"
    );
}

/// One text in as many frames as it has bytes.
fn bytewise(text: &[u8]) -> Vec<Frame> {
    let last = text.len() - 1;
    let frame = |(index, byte): (usize, &u8)| {
        let opcode = if index == 0 { TEXT } else { 0 };
        let end = if index == last { FIN } else { 0 };
        (opcode | end, vec![*byte])
    };
    text.iter().enumerate().map(frame).collect()
}

#[test]
fn texts_in_all_states_of_repair() {
    let server = Setup::hello(ECHO).start();
    let continuations: Vec<u8> = (0x80..0xc0).collect();
    let starts: Vec<u8> = (0xc0..=0xff).flat_map(|start| [start, b' ']).collect();
    for text in [
        "Hello-\u{b5}@\u{df}\u{f6}\u{e4}\u{fc}\u{e0}\u{e1}-UTF-8!!".as_bytes(),
        b"\0\x7f\xdf\xbf\xef\xbf\xbf",
        b"\xee\x80\x80",
        b"\xf4\x8f\xbf\xbf",
        b"\xf4\x90\x80\x80",
        b"\xce",
        b"\xce\xba\xe1",
        b"\xf8\x88\x80\x80\x80",
        b"\xfc\x84\x80\x80\x80\x80",
        b"\xf7\xbf\xbf\xbf",
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xf0\x80\x80\xaf",
        b"\xed\xa0\x80\xed\xb0\x80",
        b"\xfe\xfe\xff\xff",
        &continuations,
        &starts,
    ] {
        check(&server, &[(FIN | TEXT, text.to_vec())], usize::MAX);
        check(&server, &bytewise(text), usize::MAX);
    }
}

#[test]
fn all_closes() {
    let server = Setup::hello(ECHO).start();
    let codes = [
        0, 999, 1000, 1001, 1003, 1004, 1005, 1006, 1007, 1011, 1015, 1016, 2999, 3000, 4999, 5000,
        65535,
    ];
    for code in codes {
        for reason in ["", "reason", &"*".repeat(123)] {
            check(&server, &[(FIN | CLOSE, close(code, reason))], usize::MAX);
        }
    }
    for payload in [vec![], vec![b'x']] {
        check(&server, &[(FIN | CLOSE, payload)], 1);
    }
}

/// xorshift64*.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// Mostly good ones: a breach ends a sequence.
fn frame_of(random: &mut Random, is_open: &mut bool) -> Frame {
    let opcode = match random.below(40) {
        0 => random.pick(&[0, TEXT, 3, 7, 11, 15]),
        1..6 => PING,
        6..9 => PONG,
        _ if *is_open => 0,
        _ => random.pick(&[TEXT, BINARY]),
    };
    let is_control = opcode >= CLOSE;
    let is_final = random.below(if is_control { 40 } else { 2 }) > 0;
    if !is_control {
        *is_open = !is_final;
    }
    let reserved = match random.below(60) {
        0 => random.pick(&[0x40, 0x20, 0x10, 0x70]),
        _ => 0,
    };
    let length = match is_control {
        true => random.below(126),
        false if random.below(20) == 0 => random.pick(&[65535, 65536]),
        false => random.pick(&[0, 1, 7, 125, 126, 127, 1000, 4000]),
    };
    let payload = (0..length).map(|_| random.below(256) as u8).collect();
    let end = if is_final { FIN } else { 0 };
    (opcode | end | reserved, payload)
}

#[test]
fn sequences_that_are_made_up() {
    let server = Setup::hello(ECHO).start();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for _ in 0..250 {
        let mut is_open = false;
        let count = 1 + random.below(12);
        let frames: Vec<_> = (0..count)
            .map(|_| frame_of(&mut random, &mut is_open))
            .collect();
        let piece = random.pick(&[1400, 4096, 65536, usize::MAX]);
        check(&server, &frames, piece);
        if frames.iter().map(|frame| frame.1.len()).sum::<usize>() < 2000 {
            check(&server, &frames, 1);
        }
    }
}

/// The bytes of a message as a client compresses it (RFC 7692 §7.2.1).
fn compressed(deflate: &mut Compress, message: &[u8]) -> Vec<u8> {
    if message.is_empty() {
        return vec![0];
    }
    let mut bytes = Vec::with_capacity(message.len() + 1024);
    deflate
        .compress_vec(message, &mut bytes, FlushCompress::Sync)
        .unwrap();
    assert!(bytes.ends_with(b"\0\0\xff\xff"));
    bytes.truncate(bytes.len() - 4);
    bytes
}

#[test]
fn compressed_messages_come_back() {
    let server = Setup::hello(ECHO).start();
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let text = "{\"name\": \"value\", \"list\": [1, 2, 3]} ".repeat(4500);
    let noise: Vec<u8> = (0..150_000).map(|_| random.below(256) as u8).collect();
    for offer in [
        "permessage-deflate",
        "permessage-deflate; client_no_context_takeover",
        "permessage-deflate; server_no_context_takeover",
        "permessage-deflate; server_max_window_bits=9",
        "permessage-deflate; server_max_window_bits=12; server_no_context_takeover",
    ] {
        let header = format!("Sec-WebSocket-Extensions: {offer}\r\n");
        let mut socket = Socket::open_with(&server, "/", &header);
        let agreed = socket.head.header("sec-websocket-extensions").unwrap();
        let forgets = |who: &str| agreed.contains(&format!("{who}_no_context_takeover"));
        let (client_forgets, server_forgets) = (forgets("client"), forgets("server"));
        let mut deflate = Compress::new(Compression::default(), false);
        let mut inflate = Decompress::new(false);
        for (opcode, source) in [(TEXT, text.as_bytes()), (BINARY, &noise)] {
            for length in [0, 16, 64, 1024, 16384, 131_072] {
                for pieces in [1, 5] {
                    let message = &source[length / 7..][..length];
                    if client_forgets {
                        deflate.reset();
                    }
                    let bytes = compressed(&mut deflate, message);
                    let size = bytes.len().div_ceil(pieces).max(1);
                    let count = bytes.len().div_ceil(size);
                    for (index, piece) in bytes.chunks(size).enumerate() {
                        let start = if index == 0 { RSV1 | opcode } else { 0 };
                        let end = if index + 1 == count { FIN } else { 0 };
                        socket.send(start | end, piece);
                    }
                    let (first, mut answer) = socket.frame().unwrap();
                    if first & RSV1 != 0 {
                        answer.extend(b"\0\0\xff\xff");
                        if server_forgets {
                            inflate.reset(false);
                        }
                        let mut plain = Vec::with_capacity(length + 1);
                        inflate
                            .decompress_vec(&answer, &mut plain, FlushDecompress::Sync)
                            .unwrap();
                        answer = plain;
                    }
                    assert_eq!(first & !RSV1, FIN | opcode, "{offer}");
                    assert!(answer == message, "{offer}: {length} in {pieces}");
                }
            }
        }
    }
}
