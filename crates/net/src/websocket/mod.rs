//! WebSockets (RFC 6455): connections that carry messages, pairs of ends within the process, and what joins them.
//!
//! A [`WebSocket`] is either one end of a [`pair`](WebSocket::pair), where messages are handed over as they are, or a
//! connection, where they are framed. Both wait: `send` is done when the message has been taken or written.
//!
//! | module | what |
//! |---|---|
//! | `frame` | heads of frames, masks |
//! | `reader` | bytes to messages, without I/O |
//! | `connection` | messages over a transport |
//! | `pair` | two ends within the process |
//! | `couple` | joins two WebSockets until both directions have ended |
//! | `deflate` | permessage-deflate |
//! | [`handshake`] | the HTTP side, of both roles |
//!
//! W1. One task receives from a WebSocket and one sends at a time.
//! W2. A connection holds at most one message that is being read, one that is being written, and one pong.

mod connection;
mod couple;
mod deflate;
mod frame;
pub mod handshake;
mod pair;
mod reader;

use std::any::Any;
use std::cell::RefCell;
use std::future::poll_fn;
use std::task::{Context, Poll};

use bytes::Bytes;

pub use connection::Role;
pub use couple::couple;
pub use deflate::Parameters;

use crate::http1::Upgraded;

/// What goes over a WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Bytes that should be UTF-8, but may be anything: whoever reads them replaces what is not.
    Text(Bytes),
    Binary(Bytes),
    /// Nothing comes after it.
    Close(Close),
}

/// Why a WebSocket is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// [`NO_STATUS`] stands for a frame that says nothing.
    pub code: u16,
    pub reason: String,
}

/// The close code of a Close frame without one (RFC 6455 §7.4.1).
pub const NO_STATUS: u16 = 1005;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The other side is gone without a Close.
    #[error("WebSocket peer disconnected")]
    Disconnected,
    /// The peer broke the protocol; it has been told with a Close of this code.
    #[error(
        "WebSocket protocol error; protocolError.statusCode = {code}; protocolError.description = {reason}"
    )]
    Protocol { code: u16, reason: String },
    #[error("{0}")]
    Failed(String),
}

/// Which message a header about extensions is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderOf {
    Request,
    Response,
}

/// See the module. Dropping it ends the connection, or lets the other end of the pair know.
pub struct WebSocket {
    kind: Kind,
    /// Dropped with the WebSocket.
    attached: RefCell<Vec<Box<dyn Any>>>,
}

enum Kind {
    Pair(pair::End),
    Connection(Box<connection::Connection>),
}

impl WebSocket {
    /// Two ends: what one sends the other receives.
    pub fn pair() -> (Self, Self) {
        let (first, second) = pair::new();
        (Self::new(Kind::Pair(first)), Self::new(Kind::Pair(second)))
    }

    /// A connection whose handshake is done.
    pub fn connection(upgraded: Upgraded, role: Role, deflate: Option<Parameters>) -> Self {
        let connection = connection::Connection::new(upgraded, role, deflate);
        Self::new(Kind::Connection(Box::new(connection)))
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            attached: RefCell::default(),
        }
    }

    /// Keeps `value` until the WebSocket is dropped.
    pub fn attach(&self, value: impl Any) {
        self.attached.borrow_mut().push(Box::new(value));
    }

    /// The next message, of at most `max` bytes. After a Close there is none.
    ///
    /// # Errors
    /// When none will come.
    pub async fn receive(&self, max: usize) -> Result<Message, Error> {
        poll_fn(|cx| self.poll_receive(cx, max)).await
    }

    pub fn poll_receive(&self, cx: &mut Context<'_>, max: usize) -> Poll<Result<Message, Error>> {
        match &self.kind {
            Kind::Pair(end) => end.poll_receive(cx, max),
            Kind::Connection(connection) => connection.poll_receive(cx, max),
        }
    }

    /// Sends a message; done when the other end has taken it or the system has.
    ///
    /// # Errors
    /// When nobody takes it any more.
    pub async fn send(&self, message: Message) -> Result<(), Error> {
        let mut message = Some(message);
        poll_fn(|cx| match &self.kind {
            Kind::Pair(end) => end.poll_send(cx, &mut message),
            Kind::Connection(connection) => connection.poll_send(cx, &mut message),
        })
        .await
    }

    /// Ready once what is sent cannot arrive any more.
    pub fn poll_aborted(&self, cx: &mut Context<'_>) -> Poll<()> {
        match &self.kind {
            Kind::Pair(end) => end.poll_aborted(cx),
            Kind::Connection(connection) => connection.poll_aborted(cx),
        }
    }

    /// The value of `Sec-WebSocket-Extensions` with which the messages of this WebSocket could be passed on as they
    /// are: empty for none. `None` when it does not matter.
    pub fn preferred_extensions(&self, header: HeaderOf) -> Option<String> {
        match &self.kind {
            Kind::Pair(_) => None,
            Kind::Connection(connection) => connection.preferred_extensions(header),
        }
    }
}

impl std::fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.kind {
            Kind::Pair(_) => "Pair",
            Kind::Connection(_) => "Connection",
        };
        f.debug_tuple("WebSocket").field(&kind).finish()
    }
}
