//! Sources outside of JavaScript: bytes in memory and native bodies.
//!
//! 1. One read at a time: while one waits, its body is inside the task that will answer it.
//! 2. Cancelling drops the body at once, also out of a running read.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use futures::StreamExt;
use futures::future::{AbortHandle, Abortable};
use io::{IoContext, IoOwn};
use jsg::js::{Local, Object, Value};
use jsg::promise::{Continuation, GLOBAL_SCOPE};
use jsg::{Error, Handle, Lock, LockExt, Result, Strong};
use net::{Body, BodyError};

use super::readable::{ReadableStream, Source};
use super::request::ReadRequest;

/// The most bytes that one read without a buffer yields.
pub const READ_SIZE: usize = 4096;

/// A native body, owned by the event that made it.
#[derive(jsg::Trace)]
pub struct IoSource {
    body: IoOwn<IoBody>,
}

/// A body that is being read.
struct IoBody {
    /// None while a read runs, and after the end.
    body: RefCell<Option<Body>>,
    /// What the last chunk had beyond what was asked for.
    rest: RefCell<Bytes>,
    abort: RefCell<Option<AbortHandle>>,
}

/// The source for a body.
pub fn source(js: &Lock<'_, '_>, body: Body) -> Result<Source> {
    let body = match body.into_bytes() {
        Ok(bytes) => return Ok(Source::Memory(jsg::Untraced(bytes))),
        Err(body) => body,
    };
    let body = IoBody {
        body: RefCell::new(Some(body)),
        rest: RefCell::default(),
        abort: RefCell::new(None),
    };
    let body = IoContext::current(js)?.own("", body);
    Ok(Source::Io(IoSource { body }))
}

impl IoSource {
    /// How many bytes are still to come, if that is known and this event may know it.
    pub fn length(&self, js: &Lock<'_, '_>) -> Option<u64> {
        let io = self.body.get(js).ok()?;
        let length = io.body.borrow().as_ref()?.length()?;
        Some(length + io.rest.borrow().len() as u64)
    }
}

/// Reads from memory or from a body.
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
        Source::Memory(bytes) => {
            let count = bytes.0.len().min(limit);
            Ok(bytes.0.split_to(count))
        }
        Source::Io(io) => Err(io.body.get(js)),
        _ => Ok(Bytes::new()),
    };
    match io {
        Ok(bytes) => deliver(js, this, request, bytes),
        Err(Err(error)) => fail(js, request, error),
        Err(Ok(io)) => {
            let rest = io.rest.borrow().len();
            if rest >= min {
                let bytes = io.rest.borrow_mut().split_to(rest.min(limit));
                return deliver(js, this, request, bytes);
            }
            this.get().requests.borrow_mut().push_back(request);
            if let Err(error) = wait(js, this, &io, limit, min) {
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

/// Starts the task that answers the read at the head of the stream's queue.
fn wait<'s>(
    js: &mut Lock<'s, '_>,
    this: Handle<'s, ReadableStream>,
    io: &Rc<IoBody>,
    limit: usize,
    min: usize,
) -> Result<()> {
    let executor = js.executor().ok_or_else(|| Error::error(GLOBAL_SCOPE))?;
    let body = io.body.borrow_mut().take();
    let rest = std::mem::take(&mut *io.rest.borrow_mut());
    let (abort, registration) = AbortHandle::new_pair();
    io.abort.replace(Some(abort));
    let read = Abortable::new(read_some(body.unwrap_or_default(), rest, min), registration);
    let (io, stream) = (Rc::downgrade(io), Strong::new(js, this));
    executor.spawn(Box::pin(async move {
        let result = read.await;
        let finish: Continuation = Box::new(move |js| {
            // Aborted: the stream has been cancelled, and with it the read.
            let (Ok(result), Some(io)) = (result, io.upgrade()) else {
                return;
            };
            io.abort.replace(None);
            let this = stream.get(js);
            match result {
                Ok((mut bytes, body)) => {
                    let first = bytes.split_to(bytes.len().min(limit));
                    io.rest.replace(bytes);
                    io.body.replace(Some(body));
                    let request = this.get().requests.borrow_mut().pop_front();
                    if let Some(request) = request {
                        deliver(js, this, request, first);
                    }
                }
                Err(error) => {
                    let reason = jsg::promise::exception_of(js, body_error(error));
                    ReadableStream::error(js, this, reason);
                }
            }
        });
        finish
    }));
    Ok(())
}

/// Reads until there are `min` bytes or the end has come.
async fn read_some(mut body: Body, rest: Bytes, min: usize) -> Result<(Bytes, Body), BodyError> {
    let mut bytes = rest;
    while bytes.len() < min {
        match body.next().await {
            None => break,
            Some(Err(error)) => return Err(error),
            Some(Ok(chunk)) if bytes.is_empty() => bytes = chunk,
            Some(Ok(chunk)) => bytes = [&bytes[..], &chunk[..]].concat().into(),
        }
    }
    Ok((bytes, body))
}

/// Lets a source go.
pub fn cancel(js: &Lock<'_, '_>, source: &Source) {
    if let Source::Io(io) = source
        && let Ok(io) = io.body.get(js)
    {
        if let Some(abort) = io.abort.borrow_mut().take() {
            abort.abort();
        }
        let body = io.body.borrow_mut().take();
        drop(body);
    }
}

/// A source as a body: a native one nobody has read is passed on as it is.
pub fn into_body(js: &Lock<'_, '_>, source: Source) -> Result<Body> {
    match source {
        Source::Memory(bytes) => Ok(Body::from(bytes.0)),
        Source::Io(io) => {
            let io = io.body.get(js)?;
            let body = io.body.borrow_mut().take().unwrap_or_default();
            body.leave();
            let rest = std::mem::take(&mut *io.rest.borrow_mut());
            if rest.is_empty() {
                return Ok(body);
            }
            let length = body.length().map(|length| length + rest.len() as u64);
            let first = futures::stream::once(std::future::ready(Ok(rest)));
            Ok(Body::stream(first.chain(chunks(body)), length))
        }
        _ => Ok(Body::empty()),
    }
}

fn chunks(body: Body) -> impl futures::Stream<Item = Result<Bytes, BodyError>> {
    futures::stream::unfold(body, |mut body| async move {
        let item = body.next().await?;
        Some((item, body))
    })
}

/// The names of DOM exceptions that a body may end with.
const DOM_NAMES: &[&str] = &[
    "AbortError",
    "DataCloneError",
    "DataError",
    "InvalidStateError",
    "NotSupportedError",
    "OperationError",
    "TimeoutError",
];

/// What a guest reads when a body breaks.
pub fn body_error(error: BodyError) -> Error {
    match error {
        BodyError::Incomplete | BodyError::Connection(_) => Error::Disconnected {
            message: "Network connection lost.".into(),
        },
        BodyError::Aborted(reason) => Error::error(reason),
        BodyError::Coding(text) => Error::type_error(text),
        BodyError::TooLarge { .. } => Error::type_error("Memory limit exceeded before EOF."),
        BodyError::Thrown { class, message } => match &*class {
            "TypeError" => Error::type_error(message),
            "RangeError" => Error::range_error(message),
            "SyntaxError" => Error::syntax_error(message),
            _ => match DOM_NAMES.iter().find(|name| **name == class) {
                Some(name) => Error::dom(name, message),
                None => Error::error(message),
            },
        },
    }
}

/// The value of a broken body for a promise.
pub fn body_exception<'s>(js: &mut Lock<'s, '_>, error: BodyError) -> Local<'s, Value> {
    jsg::promise::exception_of(js, body_error(error))
}

/// What guest code has thrown, as the end of a body: the classes that the real workerd tells apart on the
/// way keep their name.
pub fn thrown<'s>(js: &mut Lock<'s, '_>, reason: Local<'s, Value>) -> BodyError {
    let mut class = Cow::Borrowed("Error");
    let mut message = None;
    if let Some(exception) = Handle::<jsg::DomException>::from_value(js, reason) {
        class = exception.get().name_str().to_owned().into();
        message = Some(exception.get().message_str().to_owned());
    } else if reason.is_native_error()
        && let Ok(error) = Local::<Object>::try_from(reason)
    {
        let text = |js: &mut Lock<'s, '_>, name: &str| {
            let key = jsg::intern(js, name);
            let value =
                jsg::promise::try_catch(js, |js| error.get(js, key.into()).ok_or(Error::Pending));
            value
                .ok()
                .filter(|value| value.is_string())
                .map(|value| value.to_rust_string_lossy(js))
        };
        if let Some(name) = text(js, "name") {
            class = name.into();
        }
        message = text(js, "message");
    }
    let message = message.unwrap_or_else(|| reason.to_rust_string_lossy(js));
    BodyError::Thrown { class, message }
}
