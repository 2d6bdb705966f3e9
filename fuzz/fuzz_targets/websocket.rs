//! Any bytes as what comes over a WebSocket: messages within the limit, then an end. The first byte says which side it is
//! and what was agreed on, the second in what pieces they come.

#![no_main]

use bytes::Bytes;
use fuzz::connection::{over, record};
use libfuzzer_sys::fuzz_target;
use net::http1::Upgraded;
use net::websocket::{Close, Message, Parameters, Role, WebSocket};
use tokio::io::DuplexStream;

const MAX: usize = 1 << 20;

fn open(near: DuplexStream, role: Role, kind: u8) -> WebSocket {
    let parameters = (kind & 2 != 0).then_some(Parameters {
        inbound_no_context: kind & 4 != 0,
        outbound_no_context: kind & 8 != 0,
        inbound_bits: (kind & 16 != 0).then_some(8 + (kind >> 5)),
        outbound_bits: (kind & 16 != 0).then_some(15 - (kind >> 5)),
    });
    let upgraded = Upgraded {
        io: Box::new(near),
        read_ahead: Bytes::new(),
        kept: None,
    };
    WebSocket::connection(upgraded, role, parameters)
}

async fn echo(socket: WebSocket) {
    while let Ok(message) = socket.receive(MAX).await {
        if let Message::Text(bytes) | Message::Binary(bytes) = &message {
            assert!(bytes.len() <= MAX);
        }
        let is_last = matches!(message, Message::Close(_));
        if socket.send(message).await.is_err() || is_last {
            break;
        }
    }
}

/// Some of what a good other side does.
async fn talk(socket: WebSocket) {
    let messages = [
        Message::Text(Bytes::from_static(b"a text")),
        Message::Binary(Bytes::from(vec![0; 300])),
        Message::Text(Bytes::from("ab".repeat(200))),
        Message::Close(Close {
            code: 1000,
            reason: "done".into(),
        }),
    ];
    for message in messages {
        if socket.send(message).await.is_err() || socket.receive(MAX).await.is_err() {
            return;
        }
    }
}

fn roles(kind: u8) -> (Role, Role) {
    match kind & 1 {
        0 => (Role::Server, Role::Client),
        _ => (Role::Client, Role::Server),
    }
}

/// Frames of this kind, in pieces, with masks of zeros where they are a client's.
fn frames(kind: u8, first_bytes: &[u8]) -> Vec<u8> {
    let mut frames = vec![kind, 255];
    for first in first_bytes {
        match kind & 1 {
            0 => frames.extend_from_slice(&[*first, 0x82, 0, 0, 0, 0, b'a', b'b']),
            _ => frames.extend_from_slice(&[*first, 2, b'a', b'b']),
        }
    }
    frames
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for kind in [0, 1] {
        // A message in three pieces with a ping between, a pong, an end.
        seeds.push(frames(kind, &[0x01, 0x00, 0x89, 0x80, 0x8a, 0x82, 0x88]));
        for agreed in [0, 2, 2 | 4 | 8, 2 | 16, 2 | 16 | 7 << 5] {
            let kind = kind | agreed;
            let (near, far) = roles(kind);
            let recorded = fuzz::run(record(
                async |io| talk(open(io, far, kind)).await,
                async |io| echo(open(io, near, kind)).await,
            ));
            seeds.push([&[kind, 255], &recorded[..]].concat());
        }
    }
    seeds
}

fuzz_target!(init: fuzz::plant(seeds), |bytes: &[u8]| {
    let Some((&[kind, piece], bytes)) = bytes.split_first_chunk() else {
        return;
    };
    let (near, _) = roles(kind);
    fuzz::run(over(bytes, usize::from(piece) + 1, async |io| {
        echo(open(io, near, kind)).await;
    }));
});
