//! Streams outside of JavaScript: what a native source and a native sink have to offer, and errors that
//! travel through them.

use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::LocalBoxFuture;
use jsg::js::{Global, Local, Value};
use jsg::{Error, ErrorKind, Lock};
use net::{Body, BodyError};

use super::native::body_error;

/// Why a native stream has failed: every later use of it fails with the same.
#[derive(Clone, Debug)]
pub enum StreamError {
    /// Guest code has said why.
    Thrown(Global<Value>),
    /// An error with this text.
    Js(ErrorKind, Rc<str>),
    Body(BodyError),
}

impl StreamError {
    pub fn thrown<'s>(js: &Lock<'s, '_>, reason: Local<'s, Value>) -> Self {
        Self::Thrown(Global::new(js, reason))
    }

    pub fn type_error(text: &str) -> Self {
        Self::Js(ErrorKind::TypeError, text.into())
    }

    /// What the guest reads.
    pub fn exception<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        jsg::promise::exception_of(js, self.clone().into())
    }
}

impl From<StreamError> for Error {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Thrown(value) => Self::Value(value),
            StreamError::Js(kind, text) => Self::Js {
                kind,
                message: text.to_string().into(),
            },
            StreamError::Body(error) => body_error(error),
        }
    }
}

impl From<BodyError> for StreamError {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

impl From<StreamError> for BodyError {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Body(error) => error,
            StreamError::Js(_, text) => Self::Aborted(text.to_string()),
            StreamError::Thrown(_) => Self::Aborted("the stream was aborted".into()),
        }
    }
}

/// Where the bytes of a [`WritableStream`](super::WritableStream) go.
///
/// One operation at a time: the stream starts the next when the future of the last has ended. The
/// futures run as tasks of the event; dropping one abandons the operation.
pub trait NativeSink: 'static {
    /// Takes a chunk, never an empty one. Ready when there is room for the next: this is all the
    /// back-pressure there is.
    fn write(&self, bytes: Bytes) -> LocalBoxFuture<'static, Result<(), StreamError>>;
    /// No more comes.
    fn close(&self) -> LocalBoxFuture<'static, Result<(), StreamError>>;
    /// No more comes, and what came is not all.
    fn abort(&self, reason: StreamError);
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
    fn is_fed_by_guest(&self) -> bool {
        false
    }

    /// The source as a body for the HTTP layer.
    fn into_body(self: Box<Self>) -> Body;
}

/// A source as a body, chunk by chunk.
pub fn chunked(mut source: impl NativeSource) -> Body {
    let length = source.length();
    let chunks = futures::stream::poll_fn(move |cx| {
        source
            .poll_read(cx, usize::MAX)
            .map(|item| item.map(|chunk| chunk.map_err(BodyError::from)))
    });
    Body::stream(chunks, length)
}
