//! Any bytes as what comes over a WebSocket: messages within the limit, then an end. The first byte says which side it is
//! and what was agreed on, the second in what pieces they come.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use net::http1::Upgraded;
use net::websocket::{Message, Parameters, Role, WebSocket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const MAX: usize = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    let Some((&[kind, piece], bytes)) = bytes.split_first_chunk() else {
        return;
    };
    let role = match kind & 1 {
        0 => Role::Server,
        _ => Role::Client,
    };
    let parameters = (kind & 2 != 0).then_some(Parameters {
        inbound_no_context: kind & 4 != 0,
        outbound_no_context: kind & 8 != 0,
        inbound_bits: (kind & 16 != 0).then_some(8 + (kind >> 5)),
        outbound_bits: (kind & 16 != 0).then_some(15 - (kind >> 5)),
    });
    fuzz::run(async {
        let (near, far) = tokio::io::duplex(1 << 16);
        let (mut answers, mut questions) = tokio::io::split(far);
        let asked = async {
            for piece in bytes.chunks(usize::from(piece) + 1) {
                if questions.write_all(piece).await.is_err() {
                    break;
                }
            }
            let _ = questions.shutdown().await;
        };
        let answered = async {
            let _ = answers.read_to_end(&mut Vec::new()).await;
        };
        let echoed = async {
            let upgraded = Upgraded {
                io: Box::new(near),
                read_ahead: Bytes::new(),
                kept: None,
            };
            let socket = WebSocket::connection(upgraded, role, parameters);
            while let Ok(message) = socket.receive(MAX).await {
                if let Message::Text(bytes) | Message::Binary(bytes) = &message {
                    assert!(bytes.len() <= MAX);
                }
                let is_last = matches!(message, Message::Close(_));
                if socket.send(message).await.is_err() || is_last {
                    break;
                }
            }
        };
        tokio::join!(echoed, asked, answered);
    });
});
