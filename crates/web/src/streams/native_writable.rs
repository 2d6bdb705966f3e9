//! The writing end of a stream whose sink is outside of JavaScript.
//!
//! 1. One operation of the sink at a time; it belongs to the event at the head of the queue, which stays
//!    there until the operation has ended.
//! 2. Nothing follows a close or a pipe in the queue.
//! 3. An abort drops the running operation: what comes after it finds an empty queue.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use bytes::Bytes;
use futures::future::{AbortHandle, Abortable, LocalBoxFuture};
use io::IoOwn;
use jsg::js::{Local, Promise, Value};
use jsg::promise::{self, Continuation};
use jsg::{Error, Flag, Handle, JsRef, Lock, LockExt, Ref, Result, Strong, Untraced};

use super::byte_chunk::bytes_of;
use super::deferred::{Deferred, refused, resolved};
use super::native_sink::{NativeSink, StreamError};
use super::pipe::{DESTINATION_CLOSED, Pipe, being_piped_to};
use super::writable::{CLOSED, WritableStream};
use super::{native, native_pipe};

/// See the module.
#[derive(jsg::Trace)]
pub(super) struct NativeWriter {
    sink: IoOwn<Rc<dyn NativeSink>>,
    queue: RefCell<VecDeque<Event>>,
    pending_abort: RefCell<Option<PendingAbort>>,
    high_water_mark: Option<u64>,
    queued: Cell<u64>,
    /// Stops the running operation; plain data.
    running: Untraced<RefCell<Option<AbortHandle>>>,
}

#[derive(jsg::Trace)]
enum Event {
    Write {
        done: Deferred,
        length: u64,
        /// None when the sink has them.
        bytes: Untraced<Option<Bytes>>, // plain bytes
    },
    Close(Deferred),
    Flush(Deferred),
    Pipe(Ref<Pipe>),
}

#[derive(jsg::Trace)]
struct PendingAbort {
    done: Deferred,
    reason: JsRef<Value>,
}

/// What to do for the event at the head of the queue.
enum Step<'s> {
    Idle,
    Write(Bytes),
    Close,
    Flush,
    Pipe(Handle<'s, Pipe>),
}

impl Event {
    /// What is settled at the event's end; a pipe settles itself.
    fn done(self) -> Option<Deferred> {
        match self {
            Self::Write { done, .. } | Self::Close(done) | Self::Flush(done) => Some(done),
            Self::Pipe(_) => None,
        }
    }
}

impl NativeWriter {
    pub(super) fn new(sink: IoOwn<Rc<dyn NativeSink>>, high_water_mark: Option<u64>) -> Self {
        Self {
            sink,
            queue: RefCell::default(),
            pending_abort: RefCell::new(None),
            high_water_mark,
            queued: Cell::new(0),
            running: Untraced(RefCell::new(None)),
        }
    }

    fn of<'a, 's>(stream: &'a Handle<'s, WritableStream>) -> Result<&'a Self> {
        let native = stream.get().native();
        native.ok_or_else(|| Error::Internal("a stream without a native sink".into()))
    }

    /// Whether a close is queued.
    pub(super) fn is_closing(&self) -> bool {
        matches!(
            self.queue.borrow().back(),
            Some(Event::Close(_) | Event::Flush(_))
        )
    }

    fn is_piping(&self) -> bool {
        matches!(self.queue.borrow().back(), Some(Event::Pipe(_)))
    }

    /// Queues a pipe that holds the stream's lock (see [`native_pipe`]). What has ended already ends it.
    pub(super) fn pipe<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, WritableStream>,
        pipe: Handle<'s, Pipe>,
    ) -> Result<()> {
        let (stream, native) = (this.get(), Self::of(&this)?);
        let source = pipe.get().source(js);
        let source_error = source.and_then(|source| source.get().stored_error(js));
        let source_closed = source.is_none_or(|source| source.get().is_closed());
        if source_error.is_none() && !source_closed {
            let ended = stream.stored_error(js).or_else(|| {
                (stream.is_closed() || native.is_closing())
                    .then(|| promise::exception_of(js, Error::type_error(DESTINATION_CLOSED)))
            });
            if let Some(reason) = ended {
                pipe.get().set_over();
                stream.unlock_pipe();
                pipe.get().cancel_source(js, reason);
                pipe.get().settle(js, Err(reason));
                return Ok(());
            }
        }
        let kept = Ref::new(js, pipe);
        native.queue.borrow_mut().push_back(Event::Pipe(kept));
        Self::ensure_running(js, this)
    }

    /// Takes a pipe off the queue.
    pub(super) fn pipe_over<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, WritableStream>,
    ) -> Result<()> {
        let _ = js;
        let native = Self::of(&this)?;
        native.running.take();
        if matches!(native.queue.borrow().front(), Some(Event::Pipe(_))) {
            let over = native.next_event();
            drop(over);
        }
        Ok(())
    }

    /// Ends the stream with an error that is not the sink's own.
    pub(super) fn fail<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, WritableStream>,
        reason: Local<'s, Value>,
    ) -> Result<()> {
        let native = Self::of(&this)?;
        if this.get().is_writable() {
            native.abort_sink(js, reason)?;
            native.drain(js, this, reason);
        } else {
            this.get().unlock_pipe();
        }
        Ok(())
    }

    pub(super) fn sink<'s>(
        js: &Lock<'s, '_>,
        this: Handle<'s, WritableStream>,
    ) -> Result<Rc<dyn NativeSink>> {
        let sink = Self::of(&this)?.sink.get(js)?;
        Ok(Rc::clone(&sink))
    }

    /// What stops the operation that now runs.
    pub(super) fn set_running(this: Handle<'_, WritableStream>, handle: AbortHandle) -> Result<()> {
        Self::of(&this)?.running.replace(Some(handle));
        Ok(())
    }

    pub(super) fn desired_size(&self) -> f64 {
        match self.high_water_mark {
            Some(mark) => mark as f64 - self.queued.get() as f64,
            None => 1.0,
        }
    }

    pub(super) fn write<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, WritableStream>,
        chunk: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Promise>> {
        let (stream, native) = (this.get(), Self::of(&this)?);
        if stream.is_closed() || native.is_closing() {
            return Ok(refused(js, CLOSED));
        }
        if native.is_piping() {
            return Ok(being_piped_to(js));
        }
        if let Some(reason) = stream.stored_error(js) {
            return Ok(jsg::promise::rejected(js, reason));
        }
        let Some(chunk) = chunk else {
            return Ok(resolved(js));
        };
        let bytes = bytes_of(js, chunk)?;
        if bytes.is_empty() {
            return Ok(resolved(js));
        }
        let done = Deferred::new(js);
        let written = done.promise(js);
        let length = bytes.len() as u64;
        native.adjust(js, stream, |queued| queued + length);
        native.queue.borrow_mut().push_back(Event::Write {
            done,
            length,
            bytes: Untraced(Some(bytes)),
        });
        Self::ensure_running(js, this)?;
        Ok(written)
    }

    /// Closes the stream when all that is queued has been written.
    pub(super) fn close<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, WritableStream>,
    ) -> Result<Local<'s, Promise>> {
        let (stream, native) = (this.get(), Self::of(&this)?);
        if stream.is_closed() || native.is_closing() {
            return Ok(resolved(js));
        }
        if native.is_piping() {
            return Ok(being_piped_to(js));
        }
        if let Some(reason) = stream.stored_error(js) {
            return Ok(jsg::promise::rejected(js, reason));
        }
        let done = Deferred::new(js);
        let closed = done.promise(js);
        native.queue.borrow_mut().push_back(Event::Close(done));
        Self::ensure_running(js, this)?;
        Ok(closed)
    }

    /// A promise for the moment when all that is queued has been written. The stream counts as closing
    /// until then.
    pub(super) fn flush<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, WritableStream>,
    ) -> Result<Local<'s, Promise>> {
        let (stream, native) = (this.get(), Self::of(&this)?);
        if stream.is_closed() || native.is_closing() {
            return Ok(refused(js, CLOSED));
        }
        if let Some(reason) = stream.stored_error(js) {
            return Ok(jsg::promise::rejected(js, reason));
        }
        let done = Deferred::new(js);
        let flushed = done.promise(js);
        native.queue.borrow_mut().push_back(Event::Flush(done));
        Self::ensure_running(js, this)?;
        Ok(flushed)
    }

    pub(super) fn abort<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, WritableStream>,
        reason: Local<'s, Value>,
    ) -> Result<Local<'s, Promise>> {
        let native = Self::of(&this)?;
        if let Some(pending) = &*native.pending_abort.borrow() {
            return Ok(pending.done.promise(js));
        }
        if !this.get().is_writable() {
            return Ok(resolved(js));
        }
        if js.flag(Flag::InternalWritableStreamAbortClearsQueue) || native.queue.borrow().is_empty()
        {
            native.abort_sink(js, reason)?;
            native.drain(js, this, reason);
            return Ok(resolved(js));
        }
        let done = Deferred::new(js);
        let aborted = done.promise(js);
        let reason = JsRef::new(js, reason);
        let pending = PendingAbort { done, reason };
        native.pending_abort.replace(Some(pending));
        Ok(aborted)
    }

    /// Stops what runs and tells the sink.
    fn abort_sink<'s>(&self, js: &mut Lock<'s, '_>, reason: Local<'s, Value>) -> Result<()> {
        let sink = self.sink.get(js)?;
        if let Some(running) = self.running.take() {
            running.abort();
        }
        let reason = native::thrown(js, reason);
        sink.abort(reason);
        Ok(())
    }

    /// Ends the stream and everything that is queued with an error.
    fn drain<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        this: Handle<'s, WritableStream>,
        reason: Local<'s, Value>,
    ) {
        WritableStream::finish(js, this, Err(reason));
        while let Some(event) = self.next_event() {
            match event {
                Event::Pipe(pipe) => {
                    let pipe = pipe.get(js);
                    pipe.get().set_over();
                    pipe.get().cancel_source(js, reason);
                    pipe.get().settle(js, Err(reason));
                }
                event => {
                    if let Some(done) = event.done() {
                        done.reject(js, reason);
                    }
                }
            }
        }
    }

    /// One at a time: traced references must not lie in a list outside of their object.
    fn next_event(&self) -> Option<Event> {
        self.queue.borrow_mut().pop_front()
    }

    /// Changes how much is queued; with a high-water mark that may be back-pressure, or its end.
    fn adjust(
        &self,
        js: &mut Lock<'_, '_>,
        stream: &WritableStream,
        change: impl FnOnce(u64) -> u64,
    ) {
        self.queued.set(change(self.queued.get()));
        if self.high_water_mark.is_some()
            && let Some(writer) = stream.writer(js)
        {
            if self.desired_size() <= 0.0 {
                writer.get().renew_ready(js);
            } else {
                writer.get().resolve_ready(js);
            }
        }
    }

    fn ensure_running<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, WritableStream>) -> Result<()> {
        if Self::of(&this)?.queue.borrow().len() == 1 {
            Self::run_head(js, this)?;
        }
        Ok(())
    }

    /// Starts the operation for the head of the queue.
    fn run_head<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, WritableStream>) -> Result<()> {
        let native = Self::of(&this)?;
        let step = match native.queue.borrow_mut().front_mut() {
            None => Step::Idle,
            Some(Event::Write { bytes, .. }) => Step::Write(bytes.0.take().unwrap_or_default()),
            Some(Event::Close(_)) => Step::Close,
            Some(Event::Flush(_)) => Step::Flush,
            Some(Event::Pipe(pipe)) => Step::Pipe(pipe.get(js)),
        };
        match step {
            Step::Idle => Ok(()),
            Step::Pipe(pipe) => native_pipe::start(js, pipe),
            Step::Flush => {
                if let Some(done) = native.next_event().and_then(Event::done) {
                    done.resolve(js);
                }
                Ok(())
            }
            Step::Write(bytes) => {
                let sink = native.sink.get(js)?;
                native.spawn(js, this, &**sink, sink.write(bytes), Self::written)
            }
            Step::Close => {
                let sink = native.sink.get(js)?;
                native.spawn(js, this, &**sink, sink.close(), Self::closed)
            }
        }
    }

    fn spawn<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        this: Handle<'s, WritableStream>,
        sink: &dyn NativeSink,
        operation: LocalBoxFuture<'static, Result<(), StreamError>>,
        then: Then,
    ) -> Result<()> {
        let (handle, registration) = AbortHandle::new_pair();
        self.running.replace(Some(handle));
        let operation = Abortable::new(operation, registration);
        let stream = Strong::new(js, this);
        let task = async move {
            let result = operation.await;
            let finish: Continuation = Box::new(move |js| {
                // Aborted: the queue has been answered already.
                if let Ok(result) = result {
                    let this = stream.get(js);
                    let result = result.map_err(|error| native::body_exception(js, error));
                    // Nobody is left to hear of a failure here but the queue, which has.
                    let _ = then(js, this, result);
                }
            });
            finish
        };
        native::spawn(js, sink.waits_for_guest(), task)
    }

    fn written<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, WritableStream>,
        result: Result<(), Local<'s, Value>>,
    ) -> Result<()> {
        let native = Self::of(&this)?;
        native.running.take();
        let Some(Event::Write { done, length, .. }) = native.next_event() else {
            return Ok(());
        };
        match result {
            Ok(()) => {
                done.resolve(js);
                native.adjust(js, this.get(), |queued| queued.saturating_sub(length));
                native.abort_if_pending(js, this)?;
                Self::run_head(js, this)
            }
            Err(reason) => {
                native.adjust(js, this.get(), |queued| queued.saturating_sub(length));
                done.reject(js, reason);
                if !native.abort_if_pending(js, this)? {
                    native.abort_sink(js, reason)?;
                    native.drain(js, this, reason);
                }
                Ok(())
            }
        }
    }

    /// Carries out an abort that has waited for the running operation.
    fn abort_if_pending<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        this: Handle<'s, WritableStream>,
    ) -> Result<bool> {
        let Some(PendingAbort { done, reason }) = self.pending_abort.take() else {
            return Ok(false);
        };
        let reason = reason.get(js);
        self.abort_sink(js, reason)?;
        self.drain(js, this, reason);
        done.resolve(js);
        Ok(true)
    }

    fn closed<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, WritableStream>,
        result: Result<(), Local<'s, Value>>,
    ) -> Result<()> {
        let native = Self::of(&this)?;
        native.running.take();
        let request = native.next_event().and_then(Event::done);
        let pending = native.pending_abort.take().map(|pending| pending.done);
        for done in request.into_iter().chain(pending) {
            match result {
                Ok(()) => done.resolve(js),
                Err(reason) => done.reject(js, reason),
            }
        }
        WritableStream::finish(js, this, result);
        Ok(())
    }
}

/// What follows an operation.
type Then = for<'s, 'i> fn(
    &mut Lock<'s, 'i>,
    Handle<'s, WritableStream>,
    Result<(), Local<'s, Value>>,
) -> Result<()>;
