//! `WritableStreamDefaultController` (Streams §5.4): a queue of writes that guest code takes.
//!
//! Two things are older than the standard: without a write or close method nothing waits, everything is
//! done at once (unless `pedantic_wpt`), and without a start method the stream is started at once.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use jsg::js::{Function, Local, Promise, Value};
use jsg::promise;
use jsg::{DomException, Error, Flag, Handle, JsRef, Lock, LockExt, Ref, Result};

use super::controller::{receiver, settle};
use super::deferred::{Deferred, after, resolved};
use super::sink::{SinkAlgorithms, UnderlyingSink};
use super::source::{QueuingStrategy, chunk_size};
use super::writable::{CLOSED, RELEASED, WritableStream};
use crate::abort::{AbortSignal, Origin};

mod algorithms;

use algorithms::{
    AbortDone, AbortFailed, CloseDone, CloseFailed, StartFailed, Started, WriteDone, WriteFailed,
};

/// The side of a stream that its sink empties.
#[jsg::class]
pub struct WritableStreamDefaultController {
    stream: Ref<WritableStream>,
    abort_signal: Ref<AbortSignal>,
    state: RefCell<State>,
    algorithms: RefCell<SinkAlgorithms>,
    size: RefCell<Option<JsRef<Function>>>,
    started: Cell<bool>,
    backpressure: Cell<bool>,
    high_water_mark: f64,
    queued: Cell<f64>,
    writes: RefCell<VecDeque<WriteRequest>>,
    in_flight_write: RefCell<Option<Written>>,
    in_flight_close: RefCell<Option<Deferred>>,
    close_request: RefCell<Option<Deferred>>,
    pending_abort: RefCell<Option<PendingAbort>>,
}

#[derive(jsg::Trace)]
enum State {
    Writable,
    Erroring(JsRef<Value>),
    Closed,
    Errored(JsRef<Value>),
}

#[derive(jsg::Trace)]
struct WriteRequest {
    written: Written,
    chunk: JsRef<Value>,
}

#[derive(jsg::Trace)]
struct Written {
    done: Deferred,
    size: f64,
}

/// Streams §5.2.3, "pending abort request".
#[derive(jsg::Trace)]
struct PendingAbort {
    done: Deferred,
    was_erroring: bool,
}

impl WritableStreamDefaultController {
    /// Streams §5.5.4, SetUpWritableStreamDefaultControllerFromUnderlyingSink.
    pub(super) fn set_up<'s>(
        js: &mut Lock<'s, '_>,
        stream: Handle<'s, WritableStream>,
        sink: UnderlyingSink<'s>,
        strategy: QueuingStrategy<'s>,
    ) -> Result<()> {
        let UnderlyingSink { object, members } = sink;
        if members.kind.is_some() && js.flag(Flag::PedanticWpt) {
            let text = "Invalid underlying sink type. Only undefined is valid.";
            return Err(Error::range_error(text));
        }
        let algorithms = SinkAlgorithms::Guest {
            object: object.map(|object| JsRef::new(js, object)),
            write: members.write.map(|write| JsRef::new(js, write)),
            close: members.close.map(|close| JsRef::new(js, close)),
            abort: members.abort.map(|abort| JsRef::new(js, abort)),
        };
        let controller = Self::tie(js, stream, algorithms, strategy);
        let started = match members.start {
            Some(start) => {
                let receiver = receiver(js, object);
                let result = promise::try_catch(js, |js| {
                    start
                        .call(js, receiver, &[controller.object().into()])
                        .ok_or(Error::Pending)
                });
                Some(settle(js, result))
            }
            None => None,
        };
        Self::start(js, controller, started)
    }

    /// Makes the controller of a new stream.
    pub(super) fn tie<'s>(
        js: &mut Lock<'s, '_>,
        stream: Handle<'s, WritableStream>,
        algorithms: SinkAlgorithms,
        strategy: QueuingStrategy<'s>,
    ) -> Handle<'s, Self> {
        let signal = AbortSignal::create(js, Origin::Guest);
        let high_water_mark = strategy.high_water_mark.map_or(1.0, |mark| mark.0);
        let controller = Self {
            stream: Ref::new(js, stream),
            abort_signal: Ref::new(js, signal),
            state: RefCell::new(State::Writable),
            algorithms: RefCell::new(algorithms),
            size: RefCell::new(strategy.size.map(|size| JsRef::new(js, size))),
            started: Cell::new(false),
            backpressure: Cell::new(high_water_mark <= 0.0),
            high_water_mark,
            queued: Cell::new(0.0),
            writes: RefCell::default(),
            in_flight_write: RefCell::new(None),
            in_flight_close: RefCell::new(None),
            close_request: RefCell::new(None),
            pending_abort: RefCell::new(None),
        };
        let controller = Handle::new(js, controller);
        stream.get().set_controller(js, controller);
        controller
    }

    /// Goes on when the start algorithm has ended.
    pub(super) fn start<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        started: Option<Local<'s, Promise>>,
    ) -> Result<()> {
        after::<Started, StartFailed>(js, started, this).map(|_| ())
    }

    pub(super) fn is_started(&self) -> bool {
        self.started.get()
    }

    pub(super) fn has_backpressure(&self) -> bool {
        self.backpressure.get()
    }

    pub(super) fn is_writable(&self) -> bool {
        matches!(*self.state.borrow(), State::Writable)
    }

    fn is_erroring(&self) -> bool {
        matches!(*self.state.borrow(), State::Erroring(_))
    }

    pub(super) fn erroring<'s>(&self, js: &Lock<'s, '_>) -> Option<Local<'s, Value>> {
        match &*self.state.borrow() {
            State::Erroring(reason) => Some(reason.get(js)),
            _ => None,
        }
    }

    fn stored_error<'s>(&self, js: &Lock<'s, '_>) -> Option<Local<'s, Value>> {
        match &*self.state.borrow() {
            State::Errored(reason) => Some(reason.get(js)),
            _ => None,
        }
    }

    pub(super) fn clear_algorithms(&self) {
        self.algorithms.replace(SinkAlgorithms::Cleared);
        self.size.replace(None);
    }

    fn room(&self) -> f64 {
        self.high_water_mark - self.queued.get()
    }

    pub(super) fn desired_size(&self, js: &Lock<'_, '_>) -> Option<f64> {
        (!(js.flag(Flag::PedanticWpt) && self.is_erroring())).then(|| self.room())
    }

    /// Streams §5.3.2, WritableStreamCloseQueuedOrInFlight.
    fn is_closing(&self) -> bool {
        self.close_request.borrow().is_some() || self.in_flight_close.borrow().is_some()
    }

    /// Streams §5.3.2, WritableStreamAbort.
    pub(super) fn abort<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) -> Result<Local<'s, Promise>> {
        let controller = this.get();
        let signalled = if reason.is_undefined() && js.flag(Flag::PedanticWpt) {
            DomException::create(js, "AbortError", "This writable stream has been aborted.")
        } else {
            reason
        };
        let signal = controller.abort_signal.get(js);
        AbortSignal::trigger(js, signal, Some(signalled))?;
        if matches!(
            *controller.state.borrow(),
            State::Closed | State::Errored(_)
        ) {
            return Ok(resolved(js));
        }
        if let Some(pending) = &*controller.pending_abort.borrow() {
            return Ok(pending.done.promise(js));
        }
        let done = Deferred::new(js);
        let aborted = done.promise(js);
        let was_erroring = controller.is_erroring();
        let pending = PendingAbort { done, was_erroring };
        controller.pending_abort.replace(Some(pending));
        if !was_erroring {
            Self::start_erroring(js, this, reason);
        }
        Ok(aborted)
    }

    /// Streams §5.3.2, WritableStreamClose.
    pub(super) fn close<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
    ) -> Result<Local<'s, Promise>> {
        let controller = this.get();
        if matches!(*controller.state.borrow(), State::Closed) {
            return Err(Error::type_error(CLOSED));
        }
        if let Some(reason) = controller.stored_error(js) {
            return Ok(promise::rejected(js, reason));
        }
        if controller.is_closing() {
            let text = "Cannot close a writer that is already being closed";
            return Err(Error::type_error(text));
        }
        let request = Deferred::new(js);
        let closed = request.promise(js);
        controller.close_request.replace(Some(request));
        if controller.has_backpressure() && controller.is_writable() {
            controller.resolve_ready(js);
        }
        Self::advance_queue(js, this);
        Ok(closed)
    }

    fn resolve_ready(&self, js: &mut Lock<'_, '_>) {
        if let Some(writer) = self.stream.get(js).get().writer(js) {
            writer.get().resolve_ready(js);
        }
    }

    fn reject_ready<'s>(&self, js: &mut Lock<'s, '_>, reason: Local<'s, Value>) {
        if let Some(writer) = self.stream.get(js).get().writer(js) {
            writer.get().reject_ready(js, reason);
        }
    }

    /// Streams §5.5.4, WritableStreamDefaultControllerWrite.
    pub(super) fn write<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        chunk: Local<'s, Value>,
    ) -> Result<Local<'s, Promise>> {
        let controller = this.get();
        let size = controller.size.borrow().as_ref().map(|size| size.get(js));
        let size = match size {
            None => 1.0,
            Some(size) => match chunk_size(js, size, chunk) {
                Ok(size) => size,
                Err(reason) => {
                    if controller.is_writable() {
                        Self::start_erroring(js, this, reason);
                    }
                    return Ok(promise::rejected(js, reason));
                }
            },
        };
        if js.flag(Flag::WritableStreamSpecCompliantWriter)
            && !controller.stream.get(js).get().is_locked()
        {
            return Err(Error::type_error(RELEASED));
        }
        if let Some(reason) = controller.stored_error(js) {
            return Ok(promise::rejected(js, reason));
        }
        if controller.is_closing() || matches!(*controller.state.borrow(), State::Closed) {
            return Err(Error::type_error("This ReadableStream is closed."));
        }
        if let Some(reason) = controller.erroring(js) {
            return Ok(promise::rejected(js, reason));
        }
        let done = Deferred::new(js);
        let written = done.promise(js);
        let request = WriteRequest {
            written: Written { done, size },
            chunk: JsRef::new(js, chunk),
        };
        controller.writes.borrow_mut().push_back(request);
        controller.queued.set(controller.queued.get() + size);
        controller.update_backpressure(js);
        Self::advance_queue(js, this);
        Ok(written)
    }

    /// Streams §5.3.2, WritableStreamUpdateBackpressure.
    fn update_backpressure(&self, js: &mut Lock<'_, '_>) {
        let backpressure = self.room() <= 0.0;
        if self.backpressure.replace(backpressure) == backpressure {
            return;
        }
        if let Some(writer) = self.stream.get(js).get().writer(js) {
            if backpressure {
                writer.get().renew_ready(js);
            } else {
                writer.get().resolve_ready(js);
            }
        }
    }

    /// What is queued will not be written; what is in flight may.
    pub(super) fn cancel_writes<'s>(&self, js: &mut Lock<'s, '_>, reason: Local<'s, Value>) {
        while let Some(request) = self.next_write() {
            request.written.done.reject(js, reason);
        }
    }

    /// One at a time: traced references must not lie in a list outside of their object.
    fn next_write(&self) -> Option<WriteRequest> {
        self.writes.borrow_mut().pop_front()
    }

    /// Streams §5.5.4, WritableStreamDefaultControllerAdvanceQueueIfNeeded.
    fn advance_queue<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        let controller = this.get();
        if !controller.started.get()
            || controller.in_flight_write.borrow().is_some()
            || controller.in_flight_close.borrow().is_some()
        {
            return;
        }
        if controller.is_erroring() {
            return Self::finish_erroring(js, this);
        }
        if !controller.is_writable() {
            return;
        }
        // What the reactions return and throw is nobody's concern.
        let _ = match controller.next_write() {
            Some(WriteRequest { written, chunk }) => {
                controller.in_flight_write.replace(Some(written));
                let chunk = chunk.get(js);
                let writing = Self::run_write(js, this, chunk);
                after::<WriteDone, WriteFailed>(js, writing, this)
            }
            None => {
                let Some(request) = controller.close_request.take() else {
                    return;
                };
                controller.in_flight_close.replace(Some(request));
                let closing = Self::run_close(js, this);
                after::<CloseDone, CloseFailed>(js, closing, this)
            }
        };
    }

    /// Streams §5.3.2, WritableStreamStartErroring.
    fn start_erroring<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, reason: Local<'s, Value>) {
        let controller = this.get();
        controller.reject_ready(js, reason);
        let kept = JsRef::new(js, reason);
        controller.state.replace(State::Erroring(kept));
        if controller.in_flight_write.borrow().is_none()
            && controller.in_flight_close.borrow().is_none()
            && controller.started.get()
        {
            Self::finish_erroring(js, this);
        }
    }

    /// Streams §5.5.4, WritableStreamDefaultControllerErrorIfNeeded.
    pub(super) fn error_if_needed<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) {
        if this.get().is_writable() {
            this.get().clear_algorithms();
            Self::start_erroring(js, this, reason);
        }
    }

    /// Streams §5.3.2, WritableStreamFinishErroring.
    fn finish_erroring<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        let controller = this.get();
        let Some(reason) = controller.erroring(js) else {
            return;
        };
        let kept = JsRef::new(js, reason);
        controller.state.replace(State::Errored(kept));
        controller.cancel_writes(js, reason);
        let was_erroring = controller
            .pending_abort
            .borrow()
            .as_ref()
            .map(|pending| pending.was_erroring);
        match was_erroring {
            None => Self::reject_close(js, this),
            Some(true) => {
                controller.settle_abort(js, Err(reason));
                Self::reject_close(js, this);
            }
            Some(false) => {
                let aborting = Self::run_abort(js, this, reason);
                let _ = after::<AbortDone, AbortFailed>(js, aborting, this);
            }
        }
    }

    fn settle_abort<'s>(&self, js: &mut Lock<'s, '_>, result: Result<(), Local<'s, Value>>) {
        let pending = self.pending_abort.take();
        match (pending, result) {
            (None, _) => {}
            (Some(pending), Ok(())) => pending.done.resolve(js),
            (Some(pending), Err(reason)) => pending.done.reject(js, reason),
        }
    }

    /// Streams §5.3.2, WritableStreamRejectCloseAndClosedPromiseIfNeeded.
    fn reject_close<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        let controller = this.get();
        controller.clear_algorithms();
        let Some(reason) = controller.stored_error(js) else {
            return;
        };
        let request = controller.close_request.take();
        if let Some(request) = request {
            request.reject(js, reason);
        }
        controller.pending_abort.replace(None);
        let stream = controller.stream.get(js);
        WritableStream::finish(js, stream, Err(reason));
    }

    /// Streams §5.3.2, WritableStreamDealWithRejection.
    fn deal_with_rejection<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) {
        if this.get().is_writable() {
            Self::start_erroring(js, this, reason);
        } else {
            Self::finish_erroring(js, this);
        }
    }
}

#[jsg::methods]
impl WritableStreamDefaultController {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        super::as_standard::<Self>(builder);
    }

    #[jsg(prototype_getter)]
    fn signal<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, AbortSignal> {
        self.abort_signal.get(js)
    }

    #[jsg(method)]
    fn error<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, reason: Option<Local<'s, Value>>) {
        let reason = reason.unwrap_or_else(|| jsg::js::undefined(js).into());
        Self::error_if_needed(js, this, reason);
    }
}
