//! `WritableStreamDefaultWriter` (Streams §5.3).

use std::cell::RefCell;

use jsg::js::{Local, Promise, Value};
use jsg::{Error, Handle, Lock, Nullable, Ref, Result};

use super::deferred::{Deferred, Shown, captured, refused, to_guest};
use super::writable::{LOCKED, RELEASED, WritableStream};

/// Writes chunk by chunk.
#[jsg::class]
pub struct WritableStreamDefaultWriter {
    /// None when the lock has been released.
    stream: RefCell<Option<Ref<WritableStream>>>,
    /// Those that are still to be settled.
    closed: RefCell<Option<Deferred>>,
    ready: RefCell<Option<Deferred>>,
    shown_closed: Shown,
    shown_ready: RefCell<Shown>,
}

impl WritableStreamDefaultWriter {
    fn over<'s>(js: &mut Lock<'s, '_>, stream: Handle<'s, WritableStream>) -> Result<Self> {
        if stream.get().is_locked() {
            return Err(Error::type_error(LOCKED));
        }
        let closed = Deferred::handled(js);
        let ready = Deferred::handled(js);
        Ok(Self {
            stream: RefCell::new(Some(Ref::new(js, stream))),
            shown_closed: Shown::new(js, closed.promise(js)),
            shown_ready: RefCell::new(Shown::new(js, ready.promise(js))),
            closed: RefCell::new(Some(closed)),
            ready: RefCell::new(Some(ready)),
        })
    }

    /// A writer that holds the stream's lock.
    pub(super) fn acquire<'s>(
        js: &mut Lock<'s, '_>,
        stream: Handle<'s, WritableStream>,
    ) -> Result<Handle<'s, Self>> {
        let writer = Self::over(js, stream)?;
        let writer = Handle::new(js, writer);
        WritableStream::lock_to_writer(js, stream, writer);
        Ok(writer)
    }

    fn stream<'s>(&self, js: &Lock<'s, '_>) -> Option<Handle<'s, WritableStream>> {
        self.stream.borrow().as_ref().map(|stream| stream.get(js))
    }

    pub(super) fn settle_closed<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        result: Result<(), Local<'s, Value>>,
    ) {
        let closed = self.closed.take();
        match (closed, result) {
            (None, _) => {}
            (Some(closed), Ok(())) => closed.resolve(js),
            (Some(closed), Err(reason)) => closed.reject(js, reason),
        }
    }

    pub(super) fn resolve_ready(&self, js: &mut Lock<'_, '_>) {
        let ready = self.ready.take();
        if let Some(ready) = ready {
            ready.resolve(js);
        }
    }

    /// Rejects `ready` unless it has been settled.
    pub(super) fn reject_pending_ready<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        reason: Local<'s, Value>,
    ) -> bool {
        let ready = self.ready.take();
        let pending = ready.is_some();
        if let Some(ready) = ready {
            ready.reject(js, reason);
        }
        pending
    }

    /// Streams §5.3.5, WritableStreamDefaultWriterEnsureReadyPromiseRejected.
    pub(super) fn reject_ready<'s>(&self, js: &mut Lock<'s, '_>, reason: Local<'s, Value>) {
        if !self.reject_pending_ready(js, reason) {
            let ready = Deferred::handled(js);
            ready.reject(js, reason);
            self.shown_ready.replace(Shown::new(js, ready.promise(js)));
            self.ready.replace(Some(ready));
        }
    }

    /// A new `ready`, for back-pressure.
    pub(super) fn renew_ready(&self, js: &mut Lock<'_, '_>) {
        let ready = Deferred::handled(js);
        self.shown_ready.replace(Shown::new(js, ready.promise(js)));
        self.ready.replace(Some(ready));
    }
}

#[jsg::methods]
impl WritableStreamDefaultWriter {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        super::as_standard::<Self>(builder);
    }

    #[jsg(constructor)]
    fn new<'s>(
        js: &mut Lock<'s, '_>,
        call: &jsg::Call<'s>,
        stream: Handle<'s, WritableStream>,
    ) -> Result<Handle<'s, Self>> {
        let writer = Self::over(js, stream)?;
        let writer = call.attach(js, writer);
        WritableStream::lock_to_writer(js, stream, writer);
        Ok(writer)
    }

    #[jsg(getter, name = "closed")]
    fn closed_promise<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        self.shown_closed.get(js)
    }

    #[jsg(getter, name = "ready")]
    fn ready_promise<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        self.shown_ready.borrow().get(js)
    }

    #[jsg(getter)]
    fn desired_size(&self, js: &mut Lock<'_, '_>) -> Result<Nullable<f64>> {
        match self.stream(js) {
            Some(stream) => Ok(Nullable(stream.get().desired_size(js))),
            None => Err(Error::type_error(RELEASED)),
        }
    }

    #[jsg(method, promise)]
    fn abort<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        reason: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Promise>> {
        let aborted = match self.stream(js) {
            Some(stream) => WritableStream::abort_stream(js, stream, reason)?,
            None => refused(js, RELEASED),
        };
        to_guest(js, aborted)
    }

    #[jsg(method)]
    fn close<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        let closed = match self.stream(js) {
            Some(stream) => captured(js, |js| WritableStream::close_stream(js, stream))?,
            None => refused(js, RELEASED),
        };
        to_guest(js, closed)
    }

    #[jsg(method)]
    fn write<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        chunk: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Promise>> {
        let written = match self.stream(js) {
            Some(stream) => captured(js, |js| WritableStream::write_chunk(js, stream, chunk))?,
            None => refused(js, RELEASED),
        };
        to_guest(js, written)
    }

    #[jsg(method)]
    fn release_lock<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        if let Some(stream) = this.get().stream(js) {
            WritableStream::release_writer(js, stream, this);
            this.get().stream.replace(None);
        }
    }
}
