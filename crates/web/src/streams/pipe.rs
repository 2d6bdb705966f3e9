//! `pipeTo()` and `pipeThrough()` (Streams §4.9.1, ReadableStreamPipeTo).
//!
//! 1. A pipe holds both locks until it is over. `source` is none from the moment that it has given the
//!    source's lock back: never is a lock released that somebody else may have taken since.
//! 2. Into a stream of guest code a pipe is a loop of reads and writes. Into a native sink it waits in the
//!    sink's queue for its turn; from a native source it then never enters JavaScript.

use std::cell::{Cell, RefCell};

use jsg::js::{Local, Object, Promise, Value};
use jsg::promise;
use jsg::{Error, Handle, JsRef, Lock, Ref, Result};

use super::deferred::{Deferred, refused, resolved};
use super::native_writable::NativeWriter;
use super::readable::ReadableStream;
use super::request::{ReadRequest, Receiver};
use super::writable::WritableStream;
use crate::abort::AbortSignal;

/// `StreamPipeOptions`.
#[derive(Default, Clone, Copy, jsg::Dictionary)]
pub struct PipeToOptions<'s> {
    pub prevent_abort: Option<bool>,
    pub prevent_cancel: Option<bool>,
    pub prevent_close: Option<bool>,
    pub signal: Option<Handle<'s, AbortSignal>>,
}

/// One pipe. JavaScript never sees this class.
#[jsg::class]
pub struct Pipe {
    source: RefCell<Option<Ref<ReadableStream>>>,
    pub(super) destination: Ref<WritableStream>,
    pub(super) signal: Option<Ref<AbortSignal>>,
    pub(super) prevent_abort: bool,
    pub(super) prevent_cancel: bool,
    pub(super) prevent_close: bool,
    /// The pipe's own promise; none when it is settled.
    done: RefCell<Option<Deferred>>,
    over: Cell<bool>,
    /// The error that the source was released with.
    pub(super) failure: RefCell<Option<JsRef<Value>>>,
}

#[jsg::methods]
impl Pipe {}

/// Who gets the pipe's promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    PipeTo,
    /// Nobody: its rejection is no failure of the guest's.
    PipeThrough,
}

pub(super) const DESTINATION_CLOSED: &str = "This destination writable stream is closed.";

/// Pipes `source` into `destination`; neither is locked.
pub fn pipe<'s>(
    js: &mut Lock<'s, '_>,
    source: Handle<'s, ReadableStream>,
    destination: Handle<'s, WritableStream>,
    options: PipeToOptions<'s>,
    caller: Caller,
) -> Result<Local<'s, Promise>> {
    source.get().check_owner(js)?;
    source.get().set_disturbed();
    let done = match caller {
        Caller::PipeTo => Deferred::new(js),
        Caller::PipeThrough => Deferred::handled(js),
    };
    let promise = done.promise(js);
    if destination.get().native().is_none() && !destination.get().was_made_for_an_event() {
        return Err(Error::error(
            "Unable to pipe to a WritableStream created outside of a request",
        ));
    }
    let pipe = Pipe {
        source: RefCell::new(Some(Ref::new(js, source))),
        destination: Ref::new(js, destination),
        signal: options.signal.map(|signal| Ref::new(js, signal)),
        prevent_abort: options.prevent_abort.unwrap_or(false),
        prevent_cancel: options.prevent_cancel.unwrap_or(false),
        prevent_close: options.prevent_close.unwrap_or(false),
        done: RefCell::new(Some(done)),
        over: Cell::new(false),
        failure: RefCell::new(None),
    };
    let pipe = Handle::new(js, pipe);
    if destination.get().native().is_some() {
        if let Some(reason) = pipe.get().abort_reason(js) {
            return Ok(settled(js, caller, Err(reason)));
        }
        source.get().lock_to_pipe();
        destination.get().lock_to_pipe(js, pipe);
        NativeWriter::pipe(js, destination, pipe)?;
    } else {
        source.get().lock_to_pipe();
        destination.get().lock_to_pipe(js, pipe);
        Pipe::run(js, pipe)?;
    }
    Ok(promise)
}

fn settled<'s>(
    js: &mut Lock<'s, '_>,
    caller: Caller,
    result: Result<(), Local<'s, Value>>,
) -> Local<'s, Promise> {
    let promise = match result {
        Ok(()) => resolved(js),
        Err(reason) => promise::rejected(js, reason),
    };
    if caller == Caller::PipeThrough {
        promise::mark_handled(promise);
    }
    promise
}

impl Pipe {
    /// The source, while its lock is held.
    pub(super) fn source<'s>(&self, js: &Lock<'s, '_>) -> Option<Handle<'s, ReadableStream>> {
        self.source.borrow().as_ref().map(|source| source.get(js))
    }

    /// The reason of the signal's abort.
    pub(super) fn abort_reason<'s>(&self, js: &mut Lock<'s, '_>) -> Option<Local<'s, Value>> {
        let signal = self.signal.as_ref()?.get(js);
        signal
            .get()
            .is_aborted()
            .then(|| signal.get().reason_value(js))
    }

    /// Gives the source's lock back; with a reason the source is cancelled.
    pub(super) fn release_source<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        reason: Option<Local<'s, Value>>,
    ) {
        let source = self.source.take().map(|source| source.get(js));
        if let Some(source) = source {
            ReadableStream::release_pipe(js, source, reason);
        }
    }

    /// The same for an error of the destination, or of the pipe itself.
    pub(super) fn cancel_source<'s>(&self, js: &mut Lock<'s, '_>, reason: Local<'s, Value>) {
        self.release_source(js, (!self.prevent_cancel).then_some(reason));
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.get()
    }

    /// The end of the pipe as far as the destination is concerned.
    pub(super) fn set_over(&self) {
        self.over.set(true);
    }

    pub(super) fn settle<'s>(&self, js: &mut Lock<'s, '_>, result: Result<(), Local<'s, Value>>) {
        let done = self.done.take();
        match (done, result) {
            (None, _) => {}
            (Some(done), Ok(())) => done.resolve(js),
            (Some(done), Err(reason)) => done.reject(js, reason),
        }
    }

    /// Lets both locks go.
    fn leave<'s>(&self, js: &mut Lock<'s, '_>) {
        self.set_over();
        self.destination.get(js).get().unlock_pipe();
    }

    /// The destination has ended while the pipe held it.
    pub(super) fn destination_ended<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        result: Result<(), Local<'s, Value>>,
    ) {
        let reason = match result {
            Err(reason) => reason,
            Ok(()) => promise::exception_of(js, Error::type_error(DESTINATION_CLOSED)),
        };
        self.set_over();
        self.cancel_source(js, reason);
    }

    /// Ends the pipe when its signal is aborted.
    fn check_signal<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Result<bool> {
        let Some(reason) = this.get().abort_reason(js) else {
            return Ok(false);
        };
        let pipe = this.get();
        pipe.cancel_source(js, reason);
        pipe.leave(js);
        if pipe.prevent_abort {
            pipe.settle(js, Err(reason));
        } else {
            Self::abort_destination(js, this, reason)?;
        }
        Ok(true)
    }

    /// Aborts the destination; the pipe fails with the reason when that has succeeded.
    fn abort_destination<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) -> Result<()> {
        let kept = JsRef::new(js, reason);
        this.get().failure.replace(Some(kept));
        let destination = this.get().destination.get(js);
        let aborted = WritableStream::abort_stream(js, destination, Some(reason))?;
        promise::react::<Aborted, Rejected>(js, aborted, this)?;
        Ok(())
    }

    /// One round of the loop into a stream of guest code.
    fn run<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Result<()> {
        let pipe = this.get();
        let destination = pipe.destination.get(js);
        let Some(source) = pipe.source(js).filter(|_| !pipe.is_over()) else {
            pipe.settle(js, Ok(()));
            return Ok(());
        };
        if Self::check_signal(js, this)? {
            return Ok(());
        }
        if let Some(reason) = source.get().stored_error(js) {
            pipe.release_source(js, None);
            pipe.leave(js);
            if pipe.prevent_abort {
                pipe.settle(js, Err(reason));
                return Ok(());
            }
            return Self::abort_destination(js, this, reason);
        }
        if let Some(reason) = destination.get().erroring(js) {
            pipe.cancel_source(js, reason);
            pipe.leave(js);
            pipe.settle(js, Err(reason));
            return Ok(());
        }
        if source.get().is_closed() {
            pipe.release_source(js, None);
            pipe.leave(js);
            if pipe.prevent_close {
                pipe.settle(js, Ok(()));
                return Ok(());
            }
            let closed = match WritableStream::close_stream(js, destination) {
                Ok(closed) => closed,
                Err(error) => promise::rejected_with(js, error),
            };
            promise::react::<Closed, Rejected>(js, closed, this)?;
            return Ok(());
        }
        if destination.get().is_closed() {
            let reason = promise::exception_of(js, Error::type_error(DESTINATION_CLOSED));
            pipe.cancel_source(js, reason);
            pipe.leave(js);
            pipe.settle(js, Err(reason));
            return Ok(());
        }
        let read = read(js, source);
        promise::react::<Read, Again>(js, read, this)?;
        Ok(())
    }
}

/// Reads a chunk. The promise is for an object whose `value` is the result.
pub(super) fn read<'s>(
    js: &mut Lock<'s, '_>,
    source: Handle<'s, ReadableStream>,
) -> Local<'s, Promise> {
    let resolver = promise::resolver(js);
    let receiver = Receiver::Promise(JsRef::new(js, resolver));
    ReadableStream::read(js, source, ReadRequest::new(receiver));
    resolver.get_promise(js)
}

/// The chunk in what [`read`] has come to; none at the end.
pub(super) fn chunk_of<'s>(
    js: &mut Lock<'s, '_>,
    wrapped: Local<'s, Value>,
) -> Result<Option<Local<'s, Value>>> {
    let (done, value) = (jsg::intern(js, "done"), jsg::intern(js, "value"));
    let lost = || Error::Internal("a read without its result".into());
    let wrapped = Local::<Object>::try_from(wrapped).map_err(|_| lost())?;
    let result = wrapped.get(js, value.into()).ok_or(Error::Pending)?;
    let result = Local::<Object>::try_from(result).map_err(|_| lost())?;
    if result.get(js, done.into()).ok_or(Error::Pending)?.is_true() {
        return Ok(None);
    }
    result.get(js, value.into()).ok_or(Error::Pending).map(Some)
}

jsg::reactions! {
    Pipe;

    Read = |js, this, result| {
        let chunk = chunk_of(js, result)?;
        let pipe = this.get();
        if pipe.is_over() {
            pipe.settle(js, Ok(()));
        } else if !Pipe::check_signal(js, this)? {
            match chunk {
                None => Pipe::run(js, this)?,
                Some(chunk) => {
                    let destination = pipe.destination.get(js);
                    let written = match WritableStream::write_chunk(js, destination, Some(chunk)) {
                        Ok(written) => written,
                        Err(error) => promise::rejected_with(js, error),
                    };
                    promise::react::<Again, WriteFailed>(js, written, this)?;
                }
            }
        }
    }

    Again = |js, this, _value| {
        Pipe::run(js, this)?;
    }

    /// The destination itself ends the pipe's hold on it when the error has reached it.
    WriteFailed = |js, this, reason| {
        this.get().cancel_source(js, reason);
        this.get().settle(js, Err(reason));
    }

    Aborted = |js, this, _value| {
        let reason = match &*this.get().failure.borrow() {
            Some(reason) => reason.get(js),
            None => jsg::js::undefined(js).into(),
        };
        this.get().settle(js, Err(reason));
    }

    Closed = |js, this, _value| {
        this.get().settle(js, Ok(()));
    }

    Rejected = |js, this, reason| {
        this.get().settle(js, Err(reason));
    }
}

/// What the real workerd says to a second producer while a pipe waits or runs.
pub(super) fn being_piped_to<'s>(js: &mut Lock<'s, '_>) -> Local<'s, Promise> {
    refused(js, "This WritableStream is currently being piped to.")
}
