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
use jsg::convert::BufferSource;
use jsg::js::{Local, Promise, Value};
use jsg::promise::{Continuation, GLOBAL_SCOPE};
use jsg::{Error, Flag, FromJs, Handle, JsRef, Lock, LockExt, Result, Strong, Untraced};

use super::deferred::{Deferred, refused, resolved};
use super::native_sink::{NativeSink, StreamError};
use super::writable::{CLOSED, WritableStream};

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
}

#[derive(jsg::Trace)]
struct PendingAbort {
    done: Deferred,
    reason: JsRef<Value>,
}

/// What to do for the event at the head of the queue.
enum Step {
    Idle,
    Write(Bytes),
    Close,
    Flush,
}

impl Event {
    fn done(self) -> Deferred {
        match self {
            Self::Write { done, .. } | Self::Close(done) | Self::Flush(done) => done,
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
            native.drain(js, this.get(), reason);
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
    fn abort_sink<'s>(&self, js: &Lock<'s, '_>, reason: Local<'s, Value>) -> Result<()> {
        let sink = self.sink.get(js)?;
        if let Some(running) = self.running.take() {
            running.abort();
        }
        sink.abort(StreamError::thrown(js, reason));
        Ok(())
    }

    /// Ends the stream and everything that is queued with an error.
    fn drain<'s>(&self, js: &mut Lock<'s, '_>, stream: &WritableStream, reason: Local<'s, Value>) {
        stream.finish(js, Err(reason));
        while let Some(event) = self.next_event() {
            event.done().reject(js, reason);
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
        };
        match step {
            Step::Idle => Ok(()),
            Step::Flush => {
                if let Some(event) = native.next_event() {
                    event.done().resolve(js);
                }
                Ok(())
            }
            Step::Write(bytes) => {
                let operation = native.sink.get(js)?.write(bytes);
                native.spawn(js, this, operation, Self::written)
            }
            Step::Close => {
                let operation = native.sink.get(js)?.close();
                native.spawn(js, this, operation, Self::closed)
            }
        }
    }

    fn spawn<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        this: Handle<'s, WritableStream>,
        operation: LocalBoxFuture<'static, Result<(), StreamError>>,
        then: Then,
    ) -> Result<()> {
        let executor = js.executor().ok_or_else(|| Error::error(GLOBAL_SCOPE))?;
        let (handle, registration) = AbortHandle::new_pair();
        self.running.replace(Some(handle));
        let operation = Abortable::new(operation, registration);
        let stream = Strong::new(js, this);
        executor.spawn(Box::pin(async move {
            let result = operation.await;
            let finish: Continuation = Box::new(move |js| {
                // Aborted: the queue has been answered already.
                if let Ok(result) = result {
                    let this = stream.get(js);
                    let result = result.map_err(|error| error.exception(js));
                    // Nobody is left to hear of a failure here but the queue, which has.
                    let _ = then(js, this, result);
                }
            });
            finish
        }));
        Ok(())
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
                native.abort_if_pending(js, this.get())?;
                Self::run_head(js, this)
            }
            Err(reason) => {
                native.adjust(js, this.get(), |queued| queued.saturating_sub(length));
                done.reject(js, reason);
                if !native.abort_if_pending(js, this.get())? {
                    native.abort_sink(js, reason)?;
                    native.drain(js, this.get(), reason);
                }
                Ok(())
            }
        }
    }

    /// Carries out an abort that has waited for the running operation.
    fn abort_if_pending<'s>(&self, js: &mut Lock<'s, '_>, stream: &WritableStream) -> Result<bool> {
        let Some(PendingAbort { done, reason }) = self.pending_abort.take() else {
            return Ok(false);
        };
        let reason = reason.get(js);
        self.abort_sink(js, reason)?;
        self.drain(js, stream, reason);
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
        let request = native.next_event().map(Event::done);
        let pending = native.pending_abort.take().map(|pending| pending.done);
        for done in request.into_iter().chain(pending) {
            match result {
                Ok(()) => done.resolve(js),
                Err(reason) => done.reject(js, reason),
            }
        }
        this.get().finish(js, result);
        Ok(())
    }
}

/// What follows an operation.
type Then = for<'s, 'i> fn(
    &mut Lock<'s, 'i>,
    Handle<'s, WritableStream>,
    Result<(), Local<'s, Value>>,
) -> Result<()>;

/// The bytes of a chunk: strings are taken as UTF-8.
pub(super) fn bytes_of<'s>(js: &mut Lock<'s, '_>, chunk: Local<'s, Value>) -> Result<Bytes> {
    if chunk.is_string() {
        return String::from_js(js, chunk).map(Bytes::from);
    }
    if let Some(source) = BufferSource::try_from_js(js, chunk)? {
        return Ok(source.to_vec().into());
    }
    let text = "This TransformStream is being used as a byte stream, but received an object of \
                non-ArrayBuffer/ArrayBufferView type on its writable side.";
    crate::console::warn(js, text);
    Err(Error::type_error(text))
}
