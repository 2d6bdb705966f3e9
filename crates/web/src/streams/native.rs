//! Sources outside of JavaScript: bytes in memory, native bodies and other [`NativeSource`]s.
//!
//! 1. One read at a time.
//! 2. Cancelling stops a running read at once, and the source learns why.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::channel::oneshot;
use futures::future::{AbortHandle, Abortable};
use futures::{FutureExt, StreamExt};
use io::{IoContext, IoOwn, Owner};
use jsg::js::{Local, Value};
use jsg::promise::Continuation;
use jsg::{Error, Handle, Lock, Result, Strong};
use net::{Body, BodyError};

use super::memory::{Memory, SOURCE};
pub use super::native_error::{body_error, body_exception, thrown};
use super::native_sink::{NativeSource, StreamError, chunked, failure};
use super::readable::{ReadableStream, Source};
use super::request::ReadRequest;

/// The most bytes that one read without a buffer yields.
pub const READ_SIZE: usize = 4096;

/// A native source, owned by the event that made it.
#[derive(jsg::Trace)]
pub struct IoSource {
    reading: IoOwn<Reading>,
}

/// A source that is being read.
struct Reading {
    /// None after the end.
    source: RefCell<Option<Box<dyn NativeSource>>>,
    abort: RefCell<Option<AbortHandle>>,
}

/// A native body, with what its last chunk had beyond what was asked for.
struct BodySource {
    body: Body,
    rest: Bytes,
}

impl NativeSource for BodySource {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        limit: usize,
    ) -> Poll<Option<Result<Bytes, StreamError>>> {
        if self.rest.is_empty() {
            match ready!(self.body.poll_next(cx)) {
                Some(Ok(chunk)) => self.rest = chunk,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        let count = self.rest.len().min(limit);
        Poll::Ready(Some(Ok(self.rest.split_to(count))))
    }

    fn length(&self) -> Option<u64> {
        Some(self.body.length()? + self.rest.len() as u64)
    }

    fn at_hand(&self) -> usize {
        self.rest.len()
    }

    fn into_body(self: Box<Self>) -> Body {
        self.body.leave();
        if self.rest.is_empty() {
            return self.body;
        }
        let length = self.length();
        let first = futures::stream::once(std::future::ready(Ok(self.rest)));
        Body::stream(first.chain(chunks(self.body)), length)
    }
}

fn chunks(body: Body) -> impl futures::Stream<Item = Result<Bytes, BodyError>> {
    futures::stream::unfold(body, |mut body| async move {
        let item = body.next().await?;
        Some((item, body))
    })
}

/// The source for a body.
pub fn source(js: &Lock<'_, '_>, body: Body) -> Result<Source> {
    let body = match body.into_bytes() {
        Ok(bytes) => return Ok(Source::Memory(jsg::Untraced(Memory::new(js, bytes)))),
        Err(body) => body,
    };
    let rest = Bytes::new();
    owned(js, Box::new(BodySource { body, rest }))
}

/// The source for a [`NativeSource`].
pub fn owned(js: &Lock<'_, '_>, source: Box<dyn NativeSource>) -> Result<Source> {
    let reading = Reading {
        source: RefCell::new(Some(source)),
        abort: RefCell::new(None),
    };
    let reading = IoContext::current(js)?.own(SOURCE, reading);
    Ok(Source::Io(IoSource { reading }))
}

impl IoSource {
    pub fn owner(&self) -> Owner {
        self.reading.owner()
    }

    /// How many bytes are still to come, if that is known and this event may know it.
    pub fn length(&self, js: &Lock<'_, '_>) -> Option<u64> {
        let reading = self.reading.get(js).ok()?;
        reading.source.borrow().as_ref()?.length()
    }
}

impl Reading {
    /// Bytes that need no waiting.
    fn at_hand(&self, min: usize, limit: usize) -> Option<Bytes> {
        let mut source = self.source.borrow_mut();
        let source = source.as_mut().filter(|source| source.at_hand() >= min)?;
        let mut cx = Context::from_waker(futures::task::noop_waker_ref());
        match source.poll_read(&mut cx, limit) {
            Poll::Ready(Some(Ok(bytes))) => Some(bytes),
            _ => None,
        }
    }

    /// Reads until there are `min` bytes or the end has come.
    async fn read(self: Rc<Self>, min: usize, limit: usize) -> Result<Bytes, StreamError> {
        let mut bytes = Bytes::new();
        while bytes.len() < min {
            let next = poll_fn(|cx| match &mut *self.source.borrow_mut() {
                Some(source) => source.poll_read(cx, limit - bytes.len()),
                None => Poll::Ready(None),
            });
            match next.await {
                None => break,
                Some(Err(error)) => return Err(error),
                Some(Ok(chunk)) if bytes.is_empty() => bytes = chunk,
                Some(Ok(chunk)) => bytes = [&bytes[..], &chunk[..]].concat().into(),
            }
        }
        Ok(bytes)
    }

    /// The same of a source that guest code feeds: of a read and a write, the one that has waited hears first.
    fn read_from_guest(
        self: Rc<Self>,
        min: usize,
        limit: usize,
    ) -> impl Future<Output = Result<Bytes, StreamError>> {
        let mut read = Box::pin(self.read(min, limit));
        let mut cx = Context::from_waker(futures::task::noop_waker_ref());
        let at_once = read.as_mut().poll(&mut cx);
        async move {
            match at_once {
                Poll::Pending => read.await,
                Poll::Ready(result) => {
                    yield_now().await;
                    result
                }
            }
        }
    }

    fn waits_for_guest(&self) -> bool {
        let source = self.source.borrow();
        source
            .as_ref()
            .is_some_and(|source| source.waits_for_guest())
    }
}

/// Lets the other tasks of the event run.
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Reads from memory or from a source.
pub fn read<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, ReadableStream>, request: ReadRequest) {
    if !this.get().requests.borrow().is_empty() {
        let text = "This ReadableStream only supports a single pending read request at a time.";
        return fail(js, request, Error::type_error(text));
    }
    let (limit, min) = match &request.into {
        Some(into) => (into.length, into.min),
        None => (READ_SIZE, 1),
    };
    let io = match &mut *this.get().source.borrow_mut() {
        Source::Memory(memory) => match memory.0.split_to(js, limit) {
            Ok(bytes) => Ok(bytes),
            Err(error) => Err(Err(error)),
        },
        Source::Io(io) => Err(io.reading.get(js)),
        _ => Ok(Bytes::new()),
    };
    match io {
        Ok(bytes) if IoContext::try_current(js).is_some() => {
            // As from any other native source: not before the guest has had its turn.
            this.get().requests.borrow_mut().push_back(request);
            let stream = Strong::new(js, this);
            let task = async move {
                let finish: Continuation = Box::new(move |js| answer(js, stream.get(js), bytes));
                finish
            };
            // The context is there.
            let _ = spawn(js, false, task);
        }
        Ok(bytes) => deliver(js, this, request, bytes),
        Err(Err(error)) => fail(js, request, error),
        Err(Ok(reading)) => {
            if let Some(bytes) = reading.at_hand(min, limit) {
                return deliver(js, this, request, bytes);
            }
            this.get().requests.borrow_mut().push_back(request);
            if let Err(error) = wait(js, this, reading, limit, min) {
                let reason = jsg::promise::exception_of(js, error);
                ReadableStream::error(js, this, reason);
            }
        }
    }
}

fn fail<'s>(js: &mut Lock<'s, '_>, request: ReadRequest, error: Error) {
    let reason = jsg::promise::exception_of(js, error);
    request.error(js, reason);
}

/// Answers a read; no bytes are the end.
fn deliver<'s>(
    js: &mut Lock<'s, '_>,
    this: Handle<'s, ReadableStream>,
    request: ReadRequest,
    bytes: Bytes,
) {
    if bytes.is_empty() {
        let back = request
            .into
            .as_ref()
            .and_then(|into| this.get().give_back(js, into));
        ReadableStream::close(js, this);
        return request.close(js, back);
    }
    request.bytes(js, bytes);
}

/// Answers the read at the head of the stream's queue; it may have been cancelled.
fn answer<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, ReadableStream>, bytes: Bytes) {
    if !this.get().is_readable() {
        return;
    }
    let request = this.get().requests.borrow_mut().pop_front();
    if let Some(request) = request {
        deliver(js, this, request, bytes);
    }
}

/// Starts the task that answers the read at the head of the stream's queue.
fn wait<'s>(
    js: &mut Lock<'s, '_>,
    this: Handle<'s, ReadableStream>,
    reading: Rc<Reading>,
    limit: usize,
    min: usize,
) -> Result<()> {
    let by_guest = reading.waits_for_guest();
    let (abort, registration) = AbortHandle::new_pair();
    reading.abort.replace(Some(abort));
    let read = match by_guest {
        true => Rc::clone(&reading)
            .read_from_guest(min, limit)
            .left_future(),
        false => Rc::clone(&reading).read(min, limit).right_future(),
    };
    let read = Abortable::new(read, registration);
    let stream = Strong::new(js, this);
    let task = async move {
        let result = read.await;
        let finish: Continuation = Box::new(move |js| {
            // Aborted: the stream has been cancelled, and with it the read.
            let Ok(result) = result else {
                return;
            };
            reading.abort.replace(None);
            let this = stream.get(js);
            match result {
                Ok(bytes) => answer(js, this, bytes),
                Err(error) => {
                    let reason = body_exception(js, error);
                    ReadableStream::error(js, this, reason);
                }
            }
        });
        finish
    };
    spawn(js, by_guest, task)
}

/// Runs a task of the current event.
pub(super) fn spawn(
    js: &Lock<'_, '_>,
    waits_for_guest: bool,
    task: impl Future<Output = Continuation> + 'static,
) -> Result<()> {
    let context = IoContext::current(js)?;
    if waits_for_guest {
        context.add_background_then(task);
    } else {
        context.add_task_then(task);
    }
    Ok(())
}

/// Lets a source go; gives what a read that still waits fails with.
pub fn cancel<'s>(js: &mut Lock<'s, '_>, source: &Source, reason: Local<'s, Value>) -> StreamError {
    let error = if reason.is_undefined() {
        failure("Error", "Stream was cancelled.")
    } else {
        thrown(js, reason)
    };
    if let Source::Io(io) = source
        && let Ok(reading) = io.reading.get(js)
    {
        if let Some(abort) = reading.abort.take() {
            abort.abort();
        }
        let source = reading.source.take();
        if let Some(mut source) = source {
            source.cancel(error.clone());
        }
    }
    error
}

/// Lets the reads that wait fail when the guest has had its turn.
pub fn fail_later<'s>(
    js: &mut Lock<'s, '_>,
    this: Handle<'s, ReadableStream>,
    error: StreamError,
) -> Result<()> {
    let stream = Strong::new(js, this);
    let task = async move {
        let finish: Continuation = Box::new(move |js| {
            let reason = body_exception(js, error);
            ReadableStream::fail_requests(js, stream.get(js), reason);
        });
        finish
    };
    spawn(js, false, task)
}

/// Takes the native source out of its stream; none when it has ended.
pub fn take(js: &Lock<'_, '_>, source: Source) -> Result<Option<Box<dyn NativeSource>>> {
    match source {
        Source::Memory(memory) => {
            let body = Body::from(memory.get(js)?.clone());
            let rest = Bytes::new();
            let source: Box<dyn NativeSource> = Box::new(BodySource { body, rest });
            Ok((memory.length() > 0).then_some(source))
        }
        Source::Io(io) => Ok(io.reading.get(js)?.source.take()),
        _ => Ok(None),
    }
}

/// Takes the native source out of a stream that stays as it is.
pub fn take_from<'s>(
    js: &Lock<'s, '_>,
    stream: Handle<'s, ReadableStream>,
) -> Result<Option<Box<dyn NativeSource>>> {
    let source = stream.get().source.replace(Source::Gone);
    take(js, source)
}

/// A source as a body: a native one nobody has read is passed on as it is.
pub fn into_body(js: &Lock<'_, '_>, source: Source) -> Result<Body> {
    if let Source::Memory(memory) = source {
        return Ok(Body::from(memory.get(js)?.clone()));
    }
    match take(js, source)? {
        None => Ok(Body::empty()),
        Some(source) if source.waits_for_guest() => kept_alive(js, source),
        Some(source) => Ok(source.into_body()),
    }
}

/// A body that guest code of this event will fill: the event lasts until it has been read.
fn kept_alive(js: &Lock<'_, '_>, source: Box<dyn NativeSource>) -> Result<Body> {
    let context = IoContext::current(js)?;
    context.count_guest_body();
    let (guard, gone) = oneshot::channel::<()>();
    let hold = context.hold();
    context.add_task(async move {
        // The sender sends nothing: it is dropped.
        let _ = gone.await;
        drop(hold);
    });
    Ok(chunked(Watched {
        source,
        ended: false,
        _guard: guard,
    }))
}

/// A source whose end of life somebody waits for.
struct Watched {
    source: Box<dyn NativeSource>,
    ended: bool,
    _guard: oneshot::Sender<()>,
}

impl Drop for Watched {
    /// Whoever fills the body hears that nobody wants the rest.
    fn drop(&mut self) {
        if !self.ended && self.source.length() != Some(0) {
            self.source.cancel(StreamError::Incomplete);
        }
    }
}

impl NativeSource for Watched {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        limit: usize,
    ) -> Poll<Option<Result<Bytes, StreamError>>> {
        let item = self.source.poll_read(cx, limit);
        self.ended |= matches!(item, Poll::Ready(None | Some(Err(_))));
        item
    }

    fn length(&self) -> Option<u64> {
        self.source.length()
    }

    fn into_body(self: Box<Self>) -> Body {
        chunked(*self)
    }
}
