//! Streams outside of JavaScript: what a native source and a native sink have to offer, and errors that
//! travel through them.

use std::task::{Context, Poll};

use bytes::Bytes;
pub use io::sink::NativeSink;
use net::{Body, BodyError};

/// Why a native stream has failed: every later use of it fails with the same. What guest code throws
/// is taken in by [`native::thrown`](super::native::thrown) and given back as an error of the same
/// class and text.
pub type StreamError = BodyError;

/// An error of an ECMAScript class.
pub fn failure(class: &'static str, text: &str) -> StreamError {
    StreamError::Thrown {
        class: class.into(),
        message: text.to_owned(),
        value: None,
    }
}

/// Where the bytes of a [`ReadableStream`](super::ReadableStream) come from.
pub trait NativeSource: 'static {
    /// The next bytes, at most `limit`, never none; `None` at the end.
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        limit: usize,
    ) -> Poll<Option<Result<Bytes, StreamError>>>;

    /// How many bytes are still to come, if that is known.
    fn length(&self) -> Option<u64> {
        None
    }

    /// Nobody will read any more. Without it, dropping the source says so.
    fn cancel(&mut self, _reason: StreamError) {}

    /// Whether waiting for it is waiting for guest code of the same event, not for the outside world.
    fn waits_for_guest(&self) -> bool {
        false
    }

    /// Whether it is the readable side of an identity stream itself.
    fn is_identity(&self) -> bool {
        false
    }

    /// How many bytes a read gets without waiting.
    fn at_hand(&self) -> usize {
        0
    }

    /// The source as a body for the HTTP layer.
    fn into_body(self: Box<Self>) -> Body;
}

/// A source as a body, chunk by chunk.
pub fn chunked(mut source: impl NativeSource) -> Body {
    let length = source.length();
    let chunks = futures::stream::poll_fn(move |cx| source.poll_read(cx, usize::MAX));
    Body::stream(chunks, length)
}
