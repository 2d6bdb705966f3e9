//! `WritableStream` (Streams §5.2).
//!
//! 1. A stream's end is a controller that guest code drains or a native sink, never both.
//! 2. `state` leaves `Writable` once. A controller has a finer state of its own and may lag behind: a
//!    transform can break its stream before the controller has ended.
//! 3. No borrow of a field is held while guest code runs.

use std::cell::RefCell;
use std::rc::Rc;

use io::IoContext;
use jsg::js::{Local, Promise, Value};
use jsg::{Error, Flag, Handle, JsRef, Lock, LockExt, Ref, Result};

use super::deferred::{refused, resolved, to_guest};
use super::identity::{self, Counted};
use super::native_sink::NativeSink;
use super::native_writable::NativeWriter;
use super::pipe::{Caller, PipeToOptions};
use super::readable::ReadableStream;
use super::readable_api::has_constructors;
use super::sink::{ChunkSink, SharedSink, SinkAlgorithms, UnderlyingSink};
use super::source::QueuingStrategy;
use super::writable_controller::WritableStreamDefaultController;
use super::writer::WritableStreamDefaultWriter;

mod lock;

use lock::WriterLock;

/// A destination of chunks that one producer writes.
#[jsg::class]
pub struct WritableStream {
    pub(super) state: RefCell<State>,
    lock: RefCell<WriterLock>,
    pub(super) end: End,
    /// What `abort()` of a stream with a controller has returned first.
    aborted: RefCell<Option<JsRef<Promise>>>,
    made_for_event: bool,
}

/// Streams §5.2.3, slot `[[state]]`; "erroring" is known to the controller only.
#[derive(jsg::Trace)]
pub enum State {
    Writable,
    Closed,
    Errored(JsRef<Value>),
}

/// Where chunks go.
#[derive(jsg::Trace)]
pub(super) enum End {
    Guest(RefCell<Option<Ref<WritableStreamDefaultController>>>),
    Native(NativeWriter),
}

/// What the real workerd says of a locked stream.
pub const LOCKED: &str = "This WritableStream is currently locked to a writer.";
pub(super) const RELEASED: &str = "This WritableStream writer has been released.";
pub(super) const CLOSED: &str = "This WritableStream has been closed.";

impl WritableStream {
    fn over(js: &Lock<'_, '_>, end: End) -> Self {
        Self {
            made_for_event: IoContext::try_current(js).is_some(),
            state: RefCell::new(State::Writable),
            lock: RefCell::new(WriterLock::Free),
            end,
            aborted: RefCell::new(None),
        }
    }

    /// A stream without its controller yet.
    pub(super) fn unfinished(js: &Lock<'_, '_>) -> Self {
        Self::over(js, End::Guest(RefCell::new(None)))
    }

    /// A stream that [`drain_into`](Self::drain_into) gives its sink.
    pub fn without_sink(js: &Lock<'_, '_>) -> Self {
        Self::unfinished(js)
    }

    /// Gives a stream its sink.
    pub fn drain_into<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        sink: Rc<dyn ChunkSink>,
    ) -> Result<()> {
        let algorithms = SinkAlgorithms::Native(SharedSink(sink));
        let strategy = QueuingStrategy::default();
        let controller = WritableStreamDefaultController::tie(js, this, algorithms, strategy);
        WritableStreamDefaultController::start(js, controller, None)
    }

    /// A stream into a native sink; it belongs to the current event. With a high-water mark, in bytes,
    /// the writer's `ready` tells of back-pressure; the sink itself is never asked for more than one
    /// write at a time.
    ///
    /// # Errors
    /// At global scope: the documented error.
    pub fn from_sink(
        js: &Lock<'_, '_>,
        sink: Rc<dyn NativeSink>,
        high_water_mark: Option<u64>,
    ) -> Result<Self> {
        let sink = IoContext::current(js)?.own("Writable", sink);
        let native = NativeWriter::new(sink, high_water_mark);
        Ok(Self::over(js, End::Native(native)))
    }

    /// A stream of any values, into a sink of functions.
    ///
    /// # Errors
    /// What the functions throw when they are called at the start.
    pub fn of_values<'s>(
        js: &mut Lock<'s, '_>,
        sink: UnderlyingSink<'s>,
        strategy: QueuingStrategy<'s>,
    ) -> Result<Handle<'s, Self>> {
        let stream = Self::unfinished(js);
        let stream = Handle::new(js, stream);
        WritableStreamDefaultController::set_up(js, stream, sink, strategy)?;
        Ok(stream)
    }

    /// Whether nothing can be written any more, though nothing has failed.
    pub fn is_closed_or_closing(&self) -> bool {
        self.is_closed() || self.native().is_some_and(NativeWriter::is_closing)
    }

    pub fn is_locked(&self) -> bool {
        !matches!(*self.lock.borrow(), WriterLock::Free)
    }

    pub(super) fn is_writable(&self) -> bool {
        matches!(*self.state.borrow(), State::Writable)
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(*self.state.borrow(), State::Closed)
    }

    pub(super) fn stored_error<'s>(&self, js: &Lock<'s, '_>) -> Option<Local<'s, Value>> {
        match &*self.state.borrow() {
            State::Errored(reason) => Some(reason.get(js)),
            _ => None,
        }
    }

    pub(super) fn controller<'s>(
        &self,
        js: &Lock<'s, '_>,
    ) -> Option<Handle<'s, WritableStreamDefaultController>> {
        match &self.end {
            End::Guest(controller) => controller.borrow().as_ref().map(|held| held.get(js)),
            End::Native(_) => None,
        }
    }

    pub(super) fn native(&self) -> Option<&NativeWriter> {
        match &self.end {
            End::Guest(_) => None,
            End::Native(native) => Some(native),
        }
    }

    pub(super) fn set_controller<'s>(
        &self,
        js: &Lock<'s, '_>,
        controller: Handle<'s, WritableStreamDefaultController>,
    ) {
        if let End::Guest(place) = &self.end {
            place.replace(Some(Ref::new(js, controller)));
        }
    }

    /// The error that the stream is about to end with, or has ended with.
    pub(super) fn erroring<'s>(&self, js: &Lock<'s, '_>) -> Option<Local<'s, Value>> {
        self.stored_error(js).or_else(|| {
            self.is_writable()
                .then(|| self.controller(js)?.get().erroring(js))
                .flatten()
        })
    }

    /// The way into the stream for a writer in another event. Nobody can write here any more.
    ///
    /// # Errors
    /// It is locked.
    pub fn hand_over<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
    ) -> Result<Rc<dyn NativeSink>> {
        if this.get().is_locked() {
            return Err(Error::type_error(LOCKED));
        }
        if this.get().native().is_some() {
            let sink = NativeWriter::sink(js, this)?;
            this.get().lock.replace(WriterLock::Taken);
            return Ok(sink);
        }
        // What is written there is piped into the stream here.
        let (source, sink) = identity::pair(None, Counted::Read);
        let source = ReadableStream::from_source(js, source)?;
        let source = Handle::new(js, source);
        let options = PipeToOptions::default();
        let piped = super::pipe::pipe(js, source, this, options, Caller::PipeThrough)?;
        jsg::promise::mark_handled(piped);
        Ok(sink)
    }

    /// Whether an event was running when it was made.
    pub(super) fn was_made_for_an_event(&self) -> bool {
        self.made_for_event
    }

    /// The end of a stream, seen by its writer or pipe. Without effect if it had ended before.
    pub(super) fn finish<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        result: Result<(), Local<'s, Value>>,
    ) {
        let stream = this.get();
        if !stream.is_writable() {
            return;
        }
        stream.state.replace(match result {
            Ok(()) => State::Closed,
            Err(reason) => State::Errored(JsRef::new(js, reason)),
        });
        if let Some(controller) = stream.controller(js) {
            controller.get().clear_algorithms();
        }
        if let Some(writer) = stream.writer(js) {
            writer.get().settle_closed(js, result);
            writer.get().resolve_ready(js);
            if stream.native().is_some() && !js.flag(Flag::TypescriptImplementedStreams) {
                stream.lock.replace(WriterLock::Taken);
            }
        } else if let Some(pipe) = stream.pipe(js) {
            if stream.native().is_none() {
                pipe.get().destination_ended(js, result);
            }
            stream.unlock_pipe();
        }
    }

    /// Streams §5.3.2, WritableStreamAbort.
    pub fn abort_stream<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Promise>> {
        let stream = this.get();
        let reason = reason.unwrap_or_else(|| jsg::js::undefined(js).into());
        if stream.native().is_some() {
            return NativeWriter::abort(js, this, reason);
        }
        if let Some(aborted) = &*stream.aborted.borrow() {
            return Ok(aborted.get(js));
        }
        let aborted = match stream.controller(js).filter(|_| stream.is_writable()) {
            Some(controller) => WritableStreamDefaultController::abort(js, controller, reason)?,
            None => resolved(js),
        };
        let kept = JsRef::new(js, aborted);
        stream.aborted.replace(Some(kept));
        Ok(aborted)
    }

    /// Streams §5.3.2, WritableStreamClose.
    pub fn close_stream<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
    ) -> Result<Local<'s, Promise>> {
        let stream = this.get();
        if stream.native().is_some() {
            return NativeWriter::close(js, this);
        }
        if let Some(reason) = stream.stored_error(js) {
            if js.flag(Flag::PedanticWpt) {
                return Ok(refused(js, "This WritableStream has been errored."));
            }
            return Ok(jsg::promise::rejected(js, reason));
        }
        match stream.controller(js).filter(|_| stream.is_writable()) {
            Some(controller) => WritableStreamDefaultController::close(js, controller),
            None => Ok(refused(js, CLOSED)),
        }
    }

    /// A promise for the moment when a native sink has all that was written; nothing can be written
    /// any more from now on. None when guest code drains the stream.
    ///
    /// # Errors
    /// When another event owns the sink.
    pub fn flush_stream<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
    ) -> Result<Option<Local<'s, Promise>>> {
        if this.get().native().is_none() {
            return Ok(None);
        }
        NativeWriter::flush(js, this).map(Some)
    }

    /// Streams §5.3.5, WritableStreamDefaultWriterWrite.
    pub fn write_chunk<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        chunk: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Promise>> {
        let stream = this.get();
        if stream.native().is_some() {
            return NativeWriter::write(js, this, chunk);
        }
        if let Some(reason) = stream.stored_error(js) {
            return Ok(jsg::promise::rejected(js, reason));
        }
        match stream.controller(js).filter(|_| stream.is_writable()) {
            Some(controller) => {
                let chunk = chunk.unwrap_or_else(|| jsg::js::undefined(js).into());
                WritableStreamDefaultController::write(js, controller, chunk)
            }
            None => Ok(refused(js, CLOSED)),
        }
    }

    /// Streams §5.3.5, WritableStreamDefaultWriterGetDesiredSize.
    pub(super) fn desired_size(&self, js: &Lock<'_, '_>) -> Option<f64> {
        match &*self.state.borrow() {
            State::Closed => return Some(0.0),
            State::Errored(_) => return None,
            State::Writable => {}
        }
        if let Some(native) = self.native() {
            return Some(native.desired_size());
        }
        match self.controller(js) {
            Some(controller) => controller.get().desired_size(js),
            None => Some(0.0),
        }
    }
}

#[jsg::methods]
impl WritableStream {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        super::as_standard::<Self>(builder);
    }

    #[jsg(constructor)]
    fn new<'s>(
        js: &mut Lock<'s, '_>,
        call: &jsg::Call<'s>,
        sink: Option<UnderlyingSink<'s>>,
        strategy: Option<QueuingStrategy<'s>>,
    ) -> Result<Handle<'s, Self>> {
        if !has_constructors(js) {
            return Err(Error::error(
                "To use the new WritableStream() constructor, enable the streams_enable_constructors compatibility \
                 flag. Refer to the docs for more information: \
                 https://developers.cloudflare.com/workers/platform/compatibility-dates/#compatibility-flags",
            ));
        }
        let stream = Self::unfinished(js);
        let stream = call.attach(js, stream);
        let (sink, strategy) = (sink.unwrap_or_default(), strategy.unwrap_or_default());
        WritableStreamDefaultController::set_up(js, stream, sink, strategy)?;
        Ok(stream)
    }

    #[jsg(getter)]
    fn locked(&self) -> bool {
        self.is_locked()
    }

    #[jsg(method, promise)]
    fn abort<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Promise>> {
        let aborted = if this.get().is_locked() {
            refused(js, LOCKED)
        } else {
            Self::abort_stream(js, this, reason)?
        };
        to_guest(js, aborted)
    }

    #[jsg(method, promise)]
    fn close<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Result<Local<'s, Promise>> {
        let closed = if this.get().is_locked() {
            refused(js, LOCKED)
        } else {
            Self::close_stream(js, this)?
        };
        to_guest(js, closed)
    }

    #[jsg(method)]
    fn get_writer<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
    ) -> Result<Handle<'s, WritableStreamDefaultWriter>> {
        WritableStreamDefaultWriter::acquire(js, this)
    }

    #[jsg(inspect_getter, name = "state")]
    fn inspect_state(&self, js: &mut Lock<'_, '_>) -> &'static str {
        if self.stored_error(js).is_some() {
            "errored"
        } else if self.erroring(js).is_some() {
            "erroring"
        } else if self.is_closed() || self.native().is_some_and(NativeWriter::is_closing) {
            "closed"
        } else {
            "writable"
        }
    }

    #[jsg(inspect_getter)]
    fn expects_bytes(&self) -> bool {
        self.native().is_some()
    }
}
