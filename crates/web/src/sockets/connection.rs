//! The bytes behind a socket's two streams, outside of the isolate.
//!
//! 1. The streams exist before the connection does: their operations wait for it.
//! 2. A connection can be taken away, for TLS: both streams are at their end then.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use futures::future::LocalBoxFuture;
use io::channel::{Opened, StartTls};
use net::client::Connected;
use net::{Body, BodyError};
use tokio::io::{AsyncReadExt, AsyncWrite};

use super::failure::{Failures, name};
use crate::streams::native_sink::failure;
use crate::streams::{NativeSink, StreamError};

/// The most bytes of one read.
const READ: usize = 16 * 1024;

/// What is said of a connection that is not there any more.
pub(super) const TAKEN: &str = "The socket connection is closed or was already taken.";

/// See the module.
pub struct Connection {
    state: RefCell<State>,
    starter: RefCell<Option<Rc<dyn StartTls>>>,
    reader: RefCell<Option<Waker>>,
    writer: RefCell<Option<Waker>>,
    /// Of whoever waits for the end of what the peer sends, and for the peer to hang up.
    watchers: RefCell<Vec<Waker>>,
    ended: Cell<bool>,
    /// Whether the end of what is sent has been sent.
    shut: Cell<bool>,
    pub failures: Failures,
}

enum State {
    Opening,
    Open(Connected),
    /// Taken away, or closed from here.
    Gone,
    Failed(StreamError),
}

impl Connection {
    pub fn opening() -> Rc<Self> {
        Rc::new(Self {
            state: RefCell::new(State::Opening),
            starter: RefCell::new(None),
            reader: RefCell::default(),
            writer: RefCell::default(),
            watchers: RefCell::default(),
            ended: Cell::new(false),
            shut: Cell::new(false),
            failures: Failures::default(),
        })
    }

    /// The connection is there.
    pub fn open(&self, opened: Opened) {
        if matches!(*self.state.borrow(), State::Opening) {
            self.starter.replace(opened.tls);
            self.set(State::Open(opened.io));
        }
    }

    /// Closes the connection: reads end, writes fail with `error`.
    pub fn fail(&self, error: StreamError) {
        self.set(State::Failed(error));
    }

    /// There will be no connection, if there is none.
    pub fn give_up(&self) {
        if matches!(*self.state.borrow(), State::Opening) {
            self.set(State::Gone);
        }
    }

    /// Closes the connection.
    pub fn close(&self) {
        self.set(State::Gone);
    }

    /// Takes the connection away, with the way to make it secure.
    pub fn take(&self) -> Option<(Connected, Option<Rc<dyn StartTls>>)> {
        if !matches!(*self.state.borrow(), State::Open(_)) {
            return None;
        }
        match self.set(State::Gone) {
            State::Open(io) => Some((io, self.starter.take())),
            _ => None,
        }
    }

    fn set(&self, state: State) -> State {
        let before = self.state.replace(state);
        let wakers = [self.reader.take(), self.writer.take()];
        for waker in wakers.into_iter().flatten() {
            waker.wake();
        }
        self.wake_watchers();
        before
    }

    /// Takes the connection away once it is there, with what it needs to live on.
    ///
    /// # Errors
    /// There is none, and will be none.
    pub async fn take_when_open(self: Rc<Self>) -> Result<Connected, StreamError> {
        poll_fn(|cx| {
            match &*self.state.borrow() {
                State::Opening => {}
                State::Open(_) => return Poll::Ready(Ok(())),
                State::Gone => return Poll::Ready(Err(failure("TypeError", TAKEN))),
                State::Failed(error) => return Poll::Ready(Err(error.clone())),
            }
            self.watchers.borrow_mut().push(cx.waker().clone());
            Poll::Pending
        })
        .await?;
        match self.take() {
            Some((io, _)) => Ok(io),
            None => Err(failure("TypeError", TAKEN)),
        }
    }

    fn wake_watchers(&self) {
        for waker in self.watchers.take() {
            waker.wake();
        }
    }

    /// Completes when the last of what the peer sends has been read: true. False when there is no such end.
    pub async fn read_to_end(self: Rc<Self>) -> bool {
        poll_fn(|cx| {
            if self.ended.get() {
                return Poll::Ready(true);
            }
            if matches!(*self.state.borrow(), State::Gone | State::Failed(_)) {
                return Poll::Ready(false);
            }
            self.watchers.borrow_mut().push(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Completes when both directions have ended, or the peer is known to have gone: true. False when the connection was
    /// closed from here.
    pub async fn hung_up(self: Rc<Self>) -> bool {
        poll_fn(|cx| {
            if self.ended.get() && self.shut.get() {
                return Poll::Ready(true);
            }
            let polled = match &*self.state.borrow() {
                State::Opening => Poll::Pending,
                State::Open(io) => io.poll_hangup(cx),
                State::Gone | State::Failed(_) => return Poll::Ready(false),
            };
            if polled.is_ready() {
                return Poll::Ready(true);
            }
            self.watchers.borrow_mut().push(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// What the peer sends.
    pub fn body(self: &Rc<Self>) -> Body {
        let connection = self.clone();
        let mut buffer = BytesMut::new();
        Body::stream(
            futures::stream::poll_fn(move |cx| connection.poll_read(&mut buffer, cx)),
            None,
        )
    }

    fn poll_read(
        &self,
        buffer: &mut BytesMut,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        let mut state = self.state.borrow_mut();
        let io = match &mut *state {
            State::Opening => {
                self.reader.replace(Some(cx.waker().clone()));
                return Poll::Pending;
            }
            State::Gone | State::Failed(_) => return Poll::Ready(None),
            State::Open(io) => io,
        };
        // Kept, so that a connection that is taken away wakes its reader.
        self.reader.replace(Some(cx.waker().clone()));
        buffer.reserve(READ);
        let read = match pin!(io.read_buf(buffer)).poll(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(read) => read,
        };
        drop(state);
        match read {
            Ok(0) => self.end(),
            Ok(_) => Poll::Ready(Some(Ok(buffer.split().freeze()))),
            // A peer that leaves TLS without a word is at its end all the same.
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => self.end(),
            Err(error) => {
                let text = error.to_string();
                self.failures.read.set(name(&text));
                Poll::Ready(Some(Err(BodyError::Connection(text))))
            }
        }
    }

    /// The peer sends no more.
    fn end(&self) -> Poll<Option<Result<Bytes, BodyError>>> {
        self.ended.set(true);
        self.wake_watchers();
        Poll::Ready(None)
    }

    /// Runs an operation on the writing side, once there is one.
    fn poll_write_side<R>(
        &self,
        cx: &mut Context<'_>,
        operation: impl FnOnce(Pin<&mut Connected>, &mut Context<'_>) -> Poll<std::io::Result<R>>,
    ) -> Poll<Result<R, StreamError>> {
        self.writer.replace(Some(cx.waker().clone()));
        match &mut *self.state.borrow_mut() {
            State::Opening => Poll::Pending,
            State::Gone => Poll::Ready(Err(failure(
                "TypeError",
                "This WritableStream has been closed.",
            ))),
            State::Failed(error) => Poll::Ready(Err(error.clone())),
            State::Open(io) => operation(Pin::new(io), cx).map_err(|error| {
                let text = error.to_string();
                self.failures.write.set(name(&text));
                BodyError::Connection(text)
            }),
        }
    }
}

/// The sink of a socket's writable stream.
pub struct Sink(pub Rc<Connection>);

impl NativeSink for Sink {
    fn write(&self, mut bytes: Bytes) -> LocalBoxFuture<'static, Result<(), StreamError>> {
        let connection = self.0.clone();
        Box::pin(async move {
            while !bytes.is_empty() {
                let count = poll_fn(|cx| {
                    connection.poll_write_side(cx, |io, cx| io.poll_write(cx, &bytes))
                })
                .await?;
                bytes::Buf::advance(&mut bytes, count);
            }
            poll_fn(|cx| connection.poll_write_side(cx, |io, cx| io.poll_flush(cx))).await
        })
    }

    fn close(&self) -> LocalBoxFuture<'static, Result<(), StreamError>> {
        let connection = self.0.clone();
        Box::pin(async move {
            poll_fn(|cx| connection.poll_write_side(cx, |io, cx| io.poll_shutdown(cx))).await?;
            connection.shut.set(true);
            connection.wake_watchers();
            Ok(())
        })
    }

    fn abort(&self, _reason: StreamError) {
        // Best effort: a peer that takes nothing learns of it when the connection goes.
        let mut cx = Context::from_waker(Waker::noop());
        if let State::Open(io) = &mut *self.0.state.borrow_mut() {
            let _ = Pin::new(io).poll_shutdown(&mut cx);
        }
        self.0.shut.set(true);
        self.0.wake_watchers();
    }
}
