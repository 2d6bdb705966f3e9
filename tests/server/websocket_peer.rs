//! WebSockets by hand: frames over a raw connection, whatever they say.

use crate::harness::{Client, Response, Server};

pub const TEXT: u8 = 0x1;
pub const BINARY: u8 = 0x2;
pub const CLOSE: u8 = 0x8;
pub const PING: u8 = 0x9;
pub const PONG: u8 = 0xa;
pub const FIN: u8 = 0x80;
pub const RSV1: u8 = 0x40;

/// The key of RFC 6455 §1.3, and what proves that it was read.
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
pub const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A client that has a WebSocket.
pub struct Socket {
    pub client: Client,
    pub head: Response,
}

/// A frame: its first byte and its payload.
pub type Frame = (u8, Vec<u8>);

/// The head of a request for a WebSocket, with more headers.
pub fn request(path: &str, headers: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{headers}\r\n"
    )
}

/// The bytes of a masked frame.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x11, 0x22, 0x33, 0x44];
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..126 => bytes.push(0x80 | short as u8),
        middle @ 126..0x1_0000 => {
            bytes.push(0x80 | 126);
            bytes.extend((middle as u16).to_be_bytes());
        }
        long => {
            bytes.push(0x80 | 127);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    bytes.extend(MASK);
    let masked = payload.iter().zip(MASK.iter().cycle());
    bytes.extend(masked.map(|(byte, key)| byte ^ key));
    bytes
}

/// The payload of a Close.
pub fn close(code: u16, reason: &str) -> Vec<u8> {
    let mut payload = code.to_be_bytes().to_vec();
    payload.extend(reason.as_bytes());
    payload
}

impl Socket {
    pub fn open(server: &Server, path: &str) -> Self {
        Self::open_with(server, path, "")
    }

    #[track_caller]
    pub fn open_with(server: &Server, path: &str, headers: &str) -> Self {
        Self::over(server.connect(), path, headers)
    }

    #[track_caller]
    pub fn over(mut client: Client, path: &str, headers: &str) -> Self {
        client.send(request(path, headers));
        let head = client.head();
        assert_eq!(head.status, 101, "{}", head.first);
        Self { client, head }
    }

    /// Sends a frame of its own.
    pub fn send(&mut self, first: u8, payload: impl AsRef<[u8]>) {
        self.client.try_send(frame(first, payload.as_ref()));
    }

    /// Sends a whole text message.
    pub fn say(&mut self, text: &str) {
        self.send(FIN | TEXT, text);
    }

    /// The next frame; `None` when the connection has ended.
    #[track_caller]
    pub fn frame(&mut self) -> Option<Frame> {
        if self.client.closed() {
            return None;
        }
        let head = self.client.bytes(2);
        assert_eq!(head[1] & 0x80, 0, "a server does not mask");
        let length = match head[1] {
            126 => self.length(2),
            127 => self.length(8),
            short => short.into(),
        };
        Some((head[0], self.client.bytes(length)))
    }

    fn length(&mut self, size: usize) -> usize {
        let bytes = self.client.bytes(size);
        bytes
            .iter()
            .fold(0, |length, byte| length << 8 | usize::from(*byte))
    }

    /// The next frame is a whole text message.
    #[track_caller]
    pub fn text(&mut self) -> String {
        let (first, payload) = self.frame().unwrap();
        assert_eq!(first, FIN | TEXT, "{payload:?}");
        String::from_utf8(payload).unwrap()
    }

    /// The next frame is a Close, and the last; its code and reason.
    #[track_caller]
    pub fn closed(&mut self) -> (Option<u16>, String) {
        let (first, payload) = self.frame().unwrap();
        assert_eq!(first, FIN | CLOSE, "{}", String::from_utf8_lossy(&payload));
        assert_eq!(self.frame(), None);
        match payload.split_first_chunk::<2>() {
            None => (None, String::new()),
            Some((code, reason)) => (
                Some(u16::from_be_bytes(*code)),
                String::from_utf8(reason.to_vec()).unwrap(),
            ),
        }
    }
}
