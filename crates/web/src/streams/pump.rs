//! Feeding a native body from a stream that guest code feeds.
//!
//! 1. The next chunk is read only when the channel has taken the last one: back-pressure reaches the
//!    guest's `pull`.
//! 2. One task a pump waits for what the guest cannot tell: room in the channel, or that the reader
//!    has gone. The pump's end wakes it, and it ends too.
//! 3. The task holds the event, but for the arguments of calls: who is called may itself last as long
//!    as the event, and the two would wait for each other.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures::{FutureExt, task::noop_waker_ref};
use io::IoContext;
use jsg::convert::BufferSource;
use jsg::js::{Local, Value};
use jsg::promise::{Continuation, GLOBAL_SCOPE};
use jsg::{Error, FromJs, Handle, Lock, LockExt, Ref, Result, Strong, Trace};
use net::{Body, BodySender};

use super::readable::ReadableStream;
use super::request::{ReadRequest, Receiver};
use super::rounds::Rounds;

/// How many bytes may wait in the channel.
const BOUND: usize = 64 << 10;

/// What a stream is cancelled with when the other side of a call has done with it.
const RELEASED: &str =
    "ReadableStream sent over RPC was canceled or released by the remote execution context.";

/// Who reads the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Trace)]
pub enum Consumer {
    Http,
    /// Who has made the request that it answers.
    Response,
    /// The receiver of a remote call's arguments or result.
    Message {
        /// Whether the event lasts until the pump has ended.
        holds: bool,
    },
}

/// Carries chunks over. JavaScript never sees this class.
#[jsg::class]
pub struct Pump {
    stream: Ref<ReadableStream>,
    consumer: Consumer,
    shared: Rc<Shared>,
    rounds: Rounds,
}

struct Shared {
    /// None when the pump has ended.
    sender: RefCell<Option<BodySender>>,
    /// A chunk that found the channel full.
    waiting: RefCell<Option<Bytes>>,
    waker: RefCell<Option<Waker>>,
}

/// Why the task woke up.
enum Woken {
    Sent,
    ReaderGone,
    Ended,
}

#[jsg::methods]
impl Pump {}

/// The body that `stream`, already locked, will fill.
pub fn start<'s>(
    js: &mut Lock<'s, '_>,
    stream: Handle<'s, ReadableStream>,
    consumer: Consumer,
) -> Result<Body> {
    if js.executor().is_none() {
        return Err(Error::error(GLOBAL_SCOPE));
    }
    if let Some(context) = IoContext::try_current(js) {
        context.count_guest_body();
    }
    let length = stream.get().length(js);
    let (sender, body) = Body::channel_with_length(BOUND, length);
    let pump = Pump {
        stream: Ref::new(js, stream),
        consumer,
        shared: Rc::new(Shared {
            sender: RefCell::new(Some(sender)),
            waiting: RefCell::new(None),
            waker: RefCell::new(None),
        }),
        rounds: Rounds::default(),
    };
    let pump = Handle::new(js, pump);
    Pump::read(js, pump);
    Pump::watch(js, pump);
    Ok(body)
}

impl Pump {
    /// Reads while chunks are there and the channel takes them.
    fn read<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        this.get().rounds.run(|| {
            let stream = this.get().stream.get(js);
            let receiver = Receiver::Pump(Ref::new(js, this));
            ReadableStream::read(js, stream, ReadRequest::new(receiver));
        });
    }

    pub(super) fn chunk<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        chunk: Local<'s, Value>,
    ) {
        match BufferSource::try_from_js(js, chunk) {
            Ok(Some(bytes)) => Self::bytes(js, this, bytes.to_vec().into()),
            // What leaves the isolate may be text, unlike what is collected within.
            _ if chunk.is_string() => {
                let text = chunk.to_rust_string_lossy(js);
                Self::bytes(js, this, text.into());
            }
            _ => {
                let text = "This ReadableStream did not return bytes.";
                let reason = jsg::promise::exception_of(js, Error::type_error(text));
                Self::error(js, this, reason);
                this.get().cancel(js, reason);
            }
        }
    }

    pub(super) fn bytes<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, bytes: Bytes) {
        let shared = &this.get().shared;
        match shared.try_send(&bytes) {
            Poll::Ready(true) => Self::read(js, this),
            Poll::Ready(false) => Self::reader_gone(js, this),
            Poll::Pending => {
                shared.waiting.replace(Some(bytes));
                shared.wake();
            }
        }
    }

    pub(super) fn close<'s>(_: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        let shared = &this.get().shared;
        if let Some(sender) = shared.sender.borrow_mut().take() {
            sender.finish();
        }
        shared.wake();
    }

    pub(super) fn error<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) {
        let shared = &this.get().shared;
        let error = super::native::thrown(js, reason);
        let sender = shared.sender.borrow_mut().take();
        if let Some(sender) = sender {
            sender.fail(error);
            if this.get().consumer == Consumer::Response {
                io::context::report_failed_response(js, reason);
            }
        }
        shared.wake();
    }

    fn reader_gone<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        let sender = this.get().shared.sender.borrow_mut().take();
        drop(sender);
        this.get().shared.wake();
        let reason = match this.get().consumer {
            Consumer::Http | Consumer::Response => jsg::js::undefined(js).into(),
            Consumer::Message { .. } => jsg::promise::exception_of(js, Error::error(RELEASED)),
        };
        this.get().cancel(js, reason);
    }

    fn cancel<'s>(&self, js: &mut Lock<'s, '_>, reason: Local<'s, Value>) {
        let stream = self.stream.get(js);
        if let Ok(cancelled) = ReadableStream::cancel_stream(js, stream, reason) {
            jsg::promise::mark_handled(cancelled);
        }
    }

    /// Starts the task, unless the pump has ended.
    fn watch<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        let shared = Rc::clone(&this.get().shared);
        let Some(executor) = js.executor() else {
            return;
        };
        if shared.sender.borrow().is_none() {
            return;
        }
        let pump = Strong::new(js, this);
        let holds = this.get().consumer != Consumer::Message { holds: false };
        let context = IoContext::try_current(js).filter(|_| holds);
        let hold = context.map(|context| context.hold());
        executor.spawn(
            js,
            Box::pin(async move {
                let woken = std::future::poll_fn(|cx| shared.poll(cx)).await;
                let finish: Continuation = Box::new(move |js| {
                    let this = pump.get(js);
                    match woken {
                        Woken::Ended => {}
                        Woken::ReaderGone => Self::reader_gone(js, this),
                        Woken::Sent => {
                            Self::read(js, this);
                            Self::watch(js, this);
                        }
                    }
                    drop(hold);
                });
                finish
            }),
        );
    }
}

impl Shared {
    fn wake(&self) {
        let waker = self.waker.borrow_mut().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Queues the chunk if there is room; false when nobody will read it.
    fn try_send(&self, bytes: &Bytes) -> Poll<bool> {
        let mut sender = self.sender.borrow_mut();
        let Some(sender) = &mut *sender else {
            return Poll::Ready(false);
        };
        self.send(sender, bytes, &mut Context::from_waker(noop_waker_ref()))
    }

    fn send(&self, sender: &mut BodySender, bytes: &Bytes, cx: &mut Context<'_>) -> Poll<bool> {
        match sender.poll_ready(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(_)) => Poll::Ready(false),
            Poll::Ready(Ok(())) => Poll::Ready(matches!(
                sender.send(bytes.clone()).now_or_never(),
                Some(Ok(()))
            )),
        }
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<Woken> {
        let mut sender = self.sender.borrow_mut();
        let Some(sender) = &mut *sender else {
            return Poll::Ready(Woken::Ended);
        };
        self.waker.replace(Some(cx.waker().clone()));
        let waiting = self.waiting.borrow_mut().take();
        if let Some(bytes) = waiting {
            return match self.send(sender, &bytes, cx) {
                Poll::Ready(true) => Poll::Ready(Woken::Sent),
                Poll::Ready(false) => Poll::Ready(Woken::ReaderGone),
                Poll::Pending => {
                    self.waiting.replace(Some(bytes));
                    Poll::Pending
                }
            };
        }
        match std::pin::pin!(sender.closed()).poll_unpin(cx) {
            Poll::Ready(()) => Poll::Ready(Woken::ReaderGone),
            Poll::Pending => Poll::Pending,
        }
    }
}
