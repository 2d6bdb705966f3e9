//! The HTTP message body outside of V8: empty, known bytes, or a stream.
//!
//! A body lives on one loop. Nothing is boxed for the empty and the known ones, and a body that came from a
//! connection or from a [`channel`](Body::channel) is passed on as it is. Invariants:
//!
//! 1. [`Body::length`] is exact when it is known: it becomes the content-length.
//! 2. A stream that ends without an error is complete. A truncated one ends with [`BodyError`], which the HTTP layer
//!    makes visible to the receiver by closing the connection early.
//! 3. A coded body is decoded from the first read on; before that the coded bytes can be had as they are.
//! 4. A stream yields the next chunk only when asked for it; at most one chunk is in flight beyond the channel's bound.

mod channel;
mod convert;
mod swallow;

use std::borrow::Cow;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::stream::LocalBoxStream;
use http_body::Frame;
use hyper::body::Incoming;

pub use channel::{BodySender, Closed};

use crate::http1::{UpgradeCallback, Upgraded};
use crate::websocket::WebSocket;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The peer closed, or the producer was dropped, before the end.
    #[error("the body ended before it was complete")]
    Incomplete,
    /// The peer broke the framing, or the connection failed.
    #[error("{0}")]
    Connection(String),
    /// The producer is out of reach, which a later try may mend; the text is for the guest.
    #[error("{0}")]
    Disconnected(Cow<'static, str>),
    /// The producer gave up on purpose.
    #[error("the body was aborted: {0}")]
    Aborted(String),
    /// Its coding is broken.
    #[error("{0}")]
    Coding(&'static str),
    #[error("the body is larger than {limit} bytes")]
    TooLarge { limit: usize },
    /// The producer is guest code and has thrown: the name of the error's class, and its text.
    #[error("{message}")]
    Thrown {
        class: Cow<'static, str>,
        message: String,
        /// The very value, written for whoever reads the body with an engine of the same kind.
        value: Option<Bytes>,
    },
}

/// See the module's documentation. `Default` is the empty body.
#[derive(Default)]
pub struct Body {
    kind: Kind,
}

#[derive(Default)]
enum Kind {
    #[default]
    Empty,
    Bytes(Bytes),
    Incoming(Incoming),
    Channel {
        receiver: channel::Receiver,
        length: Option<u64>,
    },
    Stream {
        source: LocalBoxStream<'static, Result<Bytes, BodyError>>,
        length: Option<u64>,
    },
    Coded {
        raw: Box<Body>,
        coding: Coding,
        decode: Decode,
    },
    Upgrade(Option<UpgradeCallback>),
    Connection(Option<Box<Upgraded>>),
    WebSocket(Option<Box<WebSocket>>),
}

/// A content-coding (RFC 9110 §8.4.1) that bodies are decoded from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Gzip,
    Brotli,
}

/// Makes the decoded body of a coded one.
pub type Decode = fn(Body, Coding) -> Body;

impl Body {
    pub fn empty() -> Self {
        Self::default()
    }

    /// A stream of any source. With `length` the source must yield exactly that many bytes.
    pub fn stream(
        source: impl futures::Stream<Item = Result<Bytes, BodyError>> + 'static,
        length: Option<u64>,
    ) -> Self {
        Self {
            kind: Kind::Stream {
                source: source.boxed_local(),
                length,
            },
        }
    }

    /// A body that breaks before its first byte.
    pub fn broken(error: BodyError) -> Self {
        Self::stream(futures::stream::once(std::future::ready(Err(error))), None)
    }

    /// A body fed through a sender that waits while `bound` bytes are unread.
    pub fn channel(bound: usize) -> (BodySender, Self) {
        Self::channel_with_length(bound, None)
    }

    /// The same with a known length, for a content-length instead of chunks.
    pub fn channel_with_length(bound: usize, length: Option<u64>) -> (BodySender, Self) {
        let (sender, receiver) = channel::new(bound);
        (
            sender,
            Self {
                kind: Kind::Channel { receiver, length },
            },
        )
    }

    /// The body of a 101 response, or of a 2xx one to CONNECT: once the head is written `callback` gets the
    /// connection.
    pub fn upgrade(callback: UpgradeCallback) -> Self {
        Self {
            kind: Kind::Upgrade(Some(callback)),
        }
    }

    /// The body of a 101 response that answers a request for a WebSocket. A server joins it to the client's connection;
    /// whoever made the request within the process gets it as it is.
    pub fn web_socket(web_socket: WebSocket) -> Self {
        Self {
            kind: Kind::WebSocket(Some(Box::new(web_socket))),
        }
    }

    /// The WebSocket of a 101 response, once.
    pub fn take_web_socket(&mut self) -> Option<WebSocket> {
        match &mut self.kind {
            Kind::WebSocket(web_socket) => web_socket.take().map(|web_socket| *web_socket),
            _ => None,
        }
    }

    /// The body of a 101 response that a client got, or of a 2xx one to CONNECT: the connection itself.
    pub fn connection(upgraded: Upgraded) -> Self {
        Self {
            kind: Kind::Connection(Some(Box::new(upgraded))),
        }
    }

    /// The connection that came with a response, if it switched protocols.
    pub fn take_connection(&mut self) -> Option<Upgraded> {
        match &mut self.kind {
            Kind::Connection(connection) => connection.take().map(|connection| *connection),
            _ => None,
        }
    }

    /// The same body again, if it is all there.
    pub fn duplicate(&self) -> Option<Self> {
        match &self.kind {
            Kind::Empty => Some(Self::empty()),
            Kind::Bytes(bytes) => Some(bytes.clone().into()),
            _ => None,
        }
    }

    pub(crate) fn take_upgrade(&mut self) -> Option<UpgradeCallback> {
        match &mut self.kind {
            Kind::Upgrade(callback) => callback.take(),
            _ => None,
        }
    }

    /// A body that is in a coding and reads as what it decodes to.
    pub fn coded(raw: Self, coding: Coding, decode: Decode) -> Self {
        Self {
            kind: Kind::Coded {
                raw: Box::new(raw),
                coding,
                decode,
            },
        }
    }

    /// The coded bytes of a body in this coding that nobody has read from; else the body again.
    ///
    /// # Errors
    /// When it is not in this coding, or no longer.
    pub fn into_coded(self, wanted: Coding) -> Result<Self, Self> {
        match self.kind {
            Kind::Coded { raw, coding, .. } if coding == wanted => Ok(*raw),
            kind => Err(Self { kind }),
        }
    }

    /// Whether it is known that no bytes will come.
    pub fn is_empty(&self) -> bool {
        self.length() == Some(0)
    }

    /// Whether it is read from a producer, as opposed to being all there.
    pub fn is_stream(&self) -> bool {
        !matches!(
            self.kind,
            Kind::Empty
                | Kind::Bytes(_)
                | Kind::Upgrade(_)
                | Kind::Connection(_)
                | Kind::WebSocket(_)
        )
    }

    /// The exact number of bytes still to come, if known.
    pub fn length(&self) -> Option<u64> {
        match &self.kind {
            Kind::Empty | Kind::Upgrade(_) | Kind::Connection(_) | Kind::WebSocket(_) => Some(0),
            Kind::Bytes(bytes) => Some(bytes.len() as u64),
            Kind::Incoming(incoming) => http_body::Body::size_hint(incoming).exact(),
            Kind::Channel { length, .. } | Kind::Stream { length, .. } => *length,
            Kind::Coded { .. } => None,
        }
    }

    /// The bytes, if the body is all there (the empty one included).
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.kind {
            Kind::Empty => Some(&[]),
            Kind::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The bytes, if the body is all there; else the body again.
    ///
    /// # Errors
    /// When it is read from a producer.
    pub fn into_bytes(self) -> Result<Bytes, Self> {
        match self.kind {
            Kind::Empty => Ok(Bytes::new()),
            Kind::Bytes(bytes) => Ok(bytes),
            kind => Err(Self { kind }),
        }
    }

    /// Tells the producer that the body is handed to somebody outside of the event that made it.
    pub fn leave(&self) {
        if let Kind::Channel { receiver, .. } = &self.kind {
            receiver.leave();
        }
    }

    /// The next chunk, never an empty one; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes, BodyError>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            let item = match &mut self.kind {
                Kind::Empty | Kind::Upgrade(_) | Kind::Connection(_) | Kind::WebSocket(_) => None,
                Kind::Bytes(_) => match std::mem::take(&mut self.kind) {
                    Kind::Bytes(bytes) => Some(Ok(bytes)),
                    _ => None,
                },
                Kind::Incoming(incoming) => match std::task::ready!(poll_incoming(incoming, cx)) {
                    Some(Ok(frame)) => match frame.into_data() {
                        Ok(bytes) => Some(Ok(bytes)),
                        // Trailers are not exposed to Workers.
                        Err(_trailers) => continue,
                    },
                    Some(Err(error)) => Some(Err(error)),
                    None => None,
                },
                Kind::Channel { receiver, length } => {
                    let item = std::task::ready!(receiver.poll_next(cx));
                    count_down(length, &item);
                    item
                }
                Kind::Stream { source, length } => {
                    let item = std::task::ready!(source.poll_next_unpin(cx));
                    count_down(length, &item);
                    item
                }
                Kind::Coded { .. } => {
                    if let Kind::Coded {
                        raw,
                        coding,
                        decode,
                    } = std::mem::take(&mut self.kind)
                    {
                        self.kind = decode(*raw, coding).kind;
                    }
                    continue;
                }
            };
            match &item {
                Some(Ok(bytes)) if bytes.is_empty() => continue,
                // Nothing comes after an end or an error, and the producer is let go.
                None | Some(Err(_)) => self.kind = Kind::Empty,
                Some(Ok(_)) => {}
            }
            return Poll::Ready(item);
        }
    }

    /// Reads everything, at most `limit` bytes.
    pub async fn collect(mut self, limit: usize) -> Result<Bytes, BodyError> {
        if self.length().is_some_and(|length| length > limit as u64) {
            return Err(BodyError::TooLarge { limit });
        }
        let Some(first) = self.next().await.transpose()? else {
            return Ok(Bytes::new());
        };
        let Some(second) = self.next().await.transpose()? else {
            return within(first, limit);
        };
        let mut all = BytesMut::with_capacity((first.len() + second.len()).min(limit));
        let mut chunk = Some((first, Some(second)));
        while let Some((bytes, then)) = chunk.take() {
            if all.len() + bytes.len() > limit {
                return Err(BodyError::TooLarge { limit });
            }
            all.extend_from_slice(&bytes);
            chunk = match then {
                Some(then) => Some((then, None)),
                None => self.next().await.transpose()?.map(|bytes| (bytes, None)),
            };
        }
        Ok(all.freeze())
    }
}

fn within(bytes: Bytes, limit: usize) -> Result<Bytes, BodyError> {
    if bytes.len() > limit {
        Err(BodyError::TooLarge { limit })
    } else {
        Ok(bytes)
    }
}

fn count_down(length: &mut Option<u64>, item: &Option<Result<Bytes, BodyError>>) {
    if let (Some(left), Some(Ok(bytes))) = (length, item) {
        *left = left.saturating_sub(bytes.len() as u64);
    }
}

fn poll_incoming(
    incoming: &mut Incoming,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
    http_body::Body::poll_frame(Pin::new(incoming), cx).map_err(|error| {
        if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
            BodyError::Incomplete
        } else {
            let source = std::error::Error::source(&error)
                .map(|source| format!(": {source}"))
                .unwrap_or_default();
            BodyError::Connection(format!("{error}{source}"))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;

    fn chunks(parts: &'static [&'static str]) -> Body {
        Body::stream(
            futures::stream::iter(
                parts
                    .iter()
                    .map(|part| Ok(Bytes::from_static(part.as_bytes()))),
            ),
            None,
        )
    }

    #[test]
    fn collects_within_the_limit() {
        for (parts, text) in [
            (&[][..], ""),
            (&["a"], "a"),
            (&["a", "", "bc", "d"], "abcd"),
        ] {
            assert_eq!(
                block_on(chunks(parts).collect(4)),
                Ok(Bytes::from_static(text.as_bytes()))
            );
        }
        assert_eq!(
            block_on(chunks(&["abc", "de"]).collect(4)),
            Err(BodyError::TooLarge { limit: 4 })
        );
        assert_eq!(
            block_on(chunks(&["abcde"]).collect(4)),
            Err(BodyError::TooLarge { limit: 4 })
        );
        assert_eq!(
            block_on(Body::from("abcde").collect(4)),
            Err(BodyError::TooLarge { limit: 4 })
        );
    }

    #[test]
    fn counts_down_a_known_length() {
        let (mut sender, mut body) = Body::channel_with_length(10, Some(3));
        assert_eq!(body.length(), Some(3));
        block_on(sender.send(Bytes::from_static(b"ab"))).unwrap();
        assert_eq!(block_on(body.next()), Some(Ok(Bytes::from_static(b"ab"))));
        assert_eq!(body.length(), Some(1));
    }

    #[test]
    fn known_bytes_are_yielded_once() {
        let mut body = Body::from("x");
        assert_eq!(body.as_bytes(), Some(&b"x"[..]));
        assert_eq!(block_on(body.next()), Some(Ok(Bytes::from_static(b"x"))));
        assert_eq!(block_on(body.next()), None);
    }
}
