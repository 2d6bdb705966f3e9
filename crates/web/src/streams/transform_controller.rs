//! `TransformStreamDefaultController` (Streams §6.3, §6.4): what joins the two sides.
//!
//! Where `pedantic_wpt` is off, this is the real workerd's older behaviour: an error breaks the
//! writable side at once, past its queue, and a close does not know of a running abort or cancel.

use std::cell::{Cell, RefCell};

use jsg::js::{Function, Local, Object, Promise, Value};
use jsg::promise;
use jsg::{Error, Flag, Handle, JsRef, Lock, LockExt, Nullable, Ref, Result};

use super::controller::{self, Algorithms, Driver};
use super::default_controller::ReadableStreamDefaultController;
use super::deferred::{Deferred, after, refused, resolved};
use super::readable::{ReadableStream, Source};
use super::sink::SinkAlgorithms;
use super::source::QueuingStrategy;
use super::writable::WritableStream;
use super::writable_controller::WritableStreamDefaultController;

mod algorithms;

pub use algorithms::TransformAlgorithms;
use algorithms::call;

/// The side of a transform stream that its transformer feeds.
#[jsg::class]
pub struct TransformStreamDefaultController {
    /// None when the readable side has ended.
    readable: RefCell<Option<Ref<ReadableStreamDefaultController>>>,
    writable: RefCell<Option<Ref<WritableStream>>>,
    algorithms: RefCell<TransformAlgorithms>,
    backpressure: Cell<bool>,
    backpressure_change: RefCell<Deferred>,
    started: Deferred,
    /// The chunk whose transformation waits for the end of back-pressure.
    waiting: RefCell<Option<JsRef<Value>>>,
    /// Why it is being aborted or cancelled.
    reason: RefCell<Option<JsRef<Value>>>,
    finish: RefCell<Option<JsRef<Promise>>>,
    finish_started: Cell<bool>,
}

const NOT_READABLE: &str = "The readable side of this TransformStream is no longer readable.";

type Streams<'s> = (Handle<'s, ReadableStream>, Handle<'s, WritableStream>);

impl TransformStreamDefaultController {
    /// Streams §6.4.1, InitializeTransformStream, and §6.4.3, SetUp…FromTransformer.
    pub(super) fn set_up<'s>(
        js: &mut Lock<'s, '_>,
        algorithms: TransformAlgorithms,
        start: Option<(Local<'s, Function>, Option<Local<'s, Object>>)>,
        writable_strategy: QueuingStrategy<'s>,
        readable_strategy: QueuingStrategy<'s>,
    ) -> Result<Streams<'s>> {
        let this = Self {
            readable: RefCell::new(None),
            writable: RefCell::new(None),
            algorithms: RefCell::new(algorithms),
            backpressure: Cell::new(true),
            backpressure_change: RefCell::new(Deferred::handled(js)),
            started: Deferred::new(js),
            waiting: RefCell::new(None),
            reason: RefCell::new(None),
            finish: RefCell::new(None),
            finish_started: Cell::new(false),
        };
        let this = Handle::new(js, this);
        let started = this.get().started.promise(js);
        let readable = Self::readable_side(js, this, readable_strategy, started)?;

        let writable = WritableStream::unfinished(js);
        let writable = Handle::new(js, writable);
        let algorithms = SinkAlgorithms::Transform(Ref::new(js, this));
        let sink =
            WritableStreamDefaultController::tie(js, writable, algorithms, writable_strategy);
        WritableStreamDefaultController::start(js, sink, Some(started))?;
        this.get().writable.replace(Some(Ref::new(js, writable)));

        let starting = start.map(|(start, object)| {
            let controller = this.object().into();
            call(js, start, object, &[controller])
        });
        after::<Started, StartFailed>(js, starting, this)?;
        Ok((readable, writable))
    }

    fn readable_side<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        strategy: QueuingStrategy<'s>,
        started: Local<'s, Promise>,
    ) -> Result<Handle<'s, ReadableStream>> {
        let stream = Handle::new(js, ReadableStream::with_source(Source::Gone));
        let driver = Driver::new(Algorithms::Transform(Ref::new(js, this)));
        let mark = strategy.high_water_mark.map_or(1.0, |mark| mark.0);
        let size = strategy.size.map(|size| JsRef::new(js, size));
        let controller = ReadableStreamDefaultController::new(driver, mark, size);
        let controller = Handle::new(js, controller);
        let source = Source::Default(Ref::new(js, controller));
        stream.get().source.replace(source);
        let kept = Ref::new(js, controller);
        this.get().readable.replace(Some(kept));
        controller::begin(js, stream, controller, Some(started))?;
        Ok(stream)
    }

    fn readable<'s>(
        &self,
        js: &Lock<'s, '_>,
    ) -> Option<Handle<'s, ReadableStreamDefaultController>> {
        self.readable.borrow().as_ref().map(|held| held.get(js))
    }

    fn writable<'s>(&self, js: &Lock<'s, '_>) -> Option<Handle<'s, WritableStream>> {
        self.writable.borrow().as_ref().map(|held| held.get(js))
    }

    fn readable_error<'s>(&self, js: &Lock<'s, '_>) -> Option<Local<'s, Value>> {
        let stream = self.readable(js)?.get().driver.stream(js)?;
        stream.get().stored_error(js)
    }

    /// Streams §6.4.1, TransformStreamSetBackpressure.
    fn set_backpressure(&self, js: &mut Lock<'_, '_>, backpressure: bool) {
        let next = Deferred::handled(js);
        let before = self.backpressure_change.replace(next);
        self.backpressure.set(backpressure);
        before.resolve(js);
    }

    /// Streams §6.4.1, TransformStreamErrorWritableAndUnblockWrite.
    fn error_writable<'s>(&self, js: &mut Lock<'s, '_>, reason: Local<'s, Value>) {
        self.algorithms.replace(TransformAlgorithms::Cleared);
        if let Some(writable) = self.writable(js) {
            if !js.flag(Flag::PedanticWpt) {
                WritableStream::finish(js, writable, Err(reason));
            } else if let Some(controller) = writable.get().controller(js) {
                WritableStreamDefaultController::error_if_needed(js, controller, reason);
            }
            self.writable.replace(None);
        }
        if self.backpressure.get() {
            self.set_backpressure(js, false);
        }
    }

    /// Streams §6.4.1, TransformStreamError.
    fn fail<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, reason: Local<'s, Value>) {
        if let Some(readable) = this.get().readable(js) {
            controller::Controlled::fail(js, readable, reason);
            this.get().readable.replace(None);
        }
        this.get().error_writable(js, reason);
    }

    /// Streams §6.4.3, TransformStreamDefaultControllerEnqueue.
    pub(super) fn enqueue_chunk<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        chunk: Local<'s, Value>,
    ) -> Result<()> {
        let not_readable = || Error::type_error(NOT_READABLE);
        let readable = this.get().readable(js).ok_or_else(not_readable)?;
        if !readable.get().is_open(js) {
            return Err(not_readable());
        }
        ReadableStreamDefaultController::enqueue_chunk(js, readable, chunk)?;
        if !readable.get().is_open(js) {
            return Ok(());
        }
        let backpressure = !readable.get().wants_more(js);
        if backpressure != this.get().backpressure.get()
            && js.flag(Flag::FixupTransformStreamBackpressure)
        {
            this.get().set_backpressure(js, true);
        }
        Ok(())
    }

    /// Streams §6.4.4, TransformStreamDefaultSinkWriteAlgorithm.
    pub(super) fn write<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        chunk: Local<'s, Value>,
    ) -> Result<Local<'s, Promise>> {
        let Some(writable) = this.get().writable(js) else {
            return Ok(refused(js, "Writing to the TransformStream failed."));
        };
        if let Some(reason) = writable.get().erroring(js) {
            return Ok(promise::rejected(js, reason));
        }
        if !this.get().backpressure.get() {
            return Self::transform(js, this, chunk);
        }
        let kept = JsRef::new(js, chunk);
        this.get().waiting.replace(Some(kept));
        let change = this.get().backpressure_change.borrow().promise(js);
        let go_on = promise::reaction::<Unblocked>(js, this);
        change.then(js, go_on).ok_or(Error::Pending)
    }

    /// The promise of a finish that runs already, when `pedantic_wpt` asks for one finish only.
    fn running_finish<'s>(&self, js: &Lock<'s, '_>) -> Option<Local<'s, Promise>> {
        self.finish.borrow().as_ref().map(|finish| finish.get(js))
    }

    fn keep_finish<'s>(&self, js: &Lock<'s, '_>, finish: Local<'s, Promise>) {
        self.finish.replace(Some(JsRef::new(js, finish)));
    }

    fn keep_reason<'s>(&self, js: &Lock<'s, '_>, reason: Local<'s, Value>) {
        self.reason.replace(Some(JsRef::new(js, reason)));
    }

    fn kept_reason<'s>(&self, js: &Lock<'s, '_>) -> Local<'s, Value> {
        match &*self.reason.borrow() {
            Some(reason) => reason.get(js),
            None => jsg::js::undefined(js).into(),
        }
    }

    /// Streams §6.4.4, TransformStreamDefaultSinkAbortAlgorithm.
    pub(super) fn abort<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) -> Result<Local<'s, Promise>> {
        let controller = this.get();
        if let Some(finish) = controller.running_finish(js) {
            return Ok(finish);
        }
        if js.flag(Flag::PedanticWpt) && controller.finish_started.replace(true) {
            Self::fail(js, this, reason);
            return Ok(promise::rejected(js, reason));
        }
        controller.keep_reason(js, reason);
        let cancelling = Self::run_cancel(js, this, reason);
        let finish = after::<AbortDone, FinishFailed>(js, cancelling, this)?;
        controller.keep_finish(js, finish);
        Ok(finish)
    }

    /// Streams §6.4.4, TransformStreamDefaultSinkCloseAlgorithm.
    pub(super) fn close<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
    ) -> Result<Local<'s, Promise>> {
        let controller = this.get();
        let pedantic = js.flag(Flag::PedanticWpt);
        if pedantic && controller.finish_started.replace(true) {
            if let Some(finish) = controller.running_finish(js) {
                return Ok(finish);
            }
            let writable = controller.writable(js);
            let reason = writable.and_then(|writable| writable.get().erroring(js));
            return Ok(match reason.or_else(|| controller.readable_error(js)) {
                Some(reason) => promise::rejected(js, reason),
                None => resolved(js),
            });
        }
        let flushing = Self::run_flush(js, this);
        let finish = after::<Flushed, TransformFailed>(js, flushing, this)?;
        if pedantic {
            controller.keep_finish(js, finish);
        }
        Ok(finish)
    }

    /// Streams §6.4.5, TransformStreamDefaultSourcePullAlgorithm.
    pub(super) fn pull<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Local<'s, Promise> {
        if this.get().backpressure.get() {
            this.get().set_backpressure(js, false);
        }
        this.get().backpressure_change.borrow().promise(js)
    }

    /// Streams §6.4.5, TransformStreamDefaultSourceCancelAlgorithm.
    pub(super) fn cancel<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) -> Result<Local<'s, Promise>> {
        let controller = this.get();
        if js.flag(Flag::PedanticWpt) && controller.finish_started.replace(true) {
            if let Some(finish) = controller.running_finish(js) {
                return Ok(finish);
            }
            return Ok(match controller.readable_error(js) {
                Some(reason) => promise::rejected(js, reason),
                None => resolved(js),
            });
        }
        controller.keep_reason(js, reason);
        let cancelling = Self::run_cancel(js, this, reason);
        let finish = after::<Cancelled, CancelFailed>(js, cancelling, this)?;
        controller.keep_finish(js, finish);
        Ok(finish)
    }
}

#[jsg::methods]
impl TransformStreamDefaultController {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        super::as_standard::<Self>(builder);
    }

    #[jsg(prototype_getter)]
    fn desired_size(&self, js: &mut Lock<'_, '_>) -> Nullable<f64> {
        let readable = self.readable(js);
        Nullable(readable.and_then(|readable| readable.get().size_to_fill(js)))
    }

    #[jsg(method)]
    fn enqueue<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        chunk: Local<'s, Value>,
    ) -> Result<()> {
        Self::enqueue_chunk(js, this, chunk)
    }

    #[jsg(method)]
    fn error<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, reason: Local<'s, Value>) {
        Self::fail(js, this, reason);
    }

    #[jsg(method)]
    fn terminate<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Result<()> {
        if let Some(readable) = this.get().readable(js) {
            ReadableStreamDefaultController::close_stream(js, readable)?;
            this.get().readable.replace(None);
        }
        let error = Error::type_error("The transform stream has been terminated");
        let reason = promise::exception_of(js, error);
        this.get().error_writable(js, reason);
        Ok(())
    }
}

jsg::reactions! {
    TransformStreamDefaultController;

    Started = |js, this, _value| {
        this.get().started.resolve(js);
        resolved(js)
    }

    StartFailed = |js, this, reason| {
        this.get().started.reject(js, reason);
        resolved(js)
    }

    /// The end of back-pressure: the chunk that has waited is transformed.
    Unblocked = |js, this, _value| {
        let erroring = match this.get().writable(js).and_then(|w| w.get().controller(js)) {
            Some(controller) => controller.get().erroring(js),
            None => None,
        };
        let chunk = this.get().waiting.take().map(|chunk| chunk.get(js));
        match (erroring, chunk) {
            (Some(reason), _) => promise::rejected(js, reason),
            (None, Some(chunk)) => TransformStreamDefaultController::transform(js, this, chunk)?,
            (None, None) => resolved(js),
        }
    }

    Transformed = |js, _this, _value| {
        resolved(js)
    }

    TransformFailed = |js, this, reason| {
        TransformStreamDefaultController::fail(js, this, reason);
        promise::rejected(js, reason)
    }

    AbortDone = |js, this, _value| {
        if let Some(reason) = this.get().readable_error(js) {
            promise::rejected(js, reason)
        } else {
            let reason = this.get().kept_reason(js);
            TransformStreamDefaultController::fail(js, this, reason);
            resolved(js)
        }
    }

    FinishFailed = |js, this, reason| {
        TransformStreamDefaultController::fail(js, this, reason);
        promise::rejected(js, reason)
    }

    Flushed = |js, this, _value| {
        let broken = if js.flag(Flag::PedanticWpt) { this.get().readable_error(js) } else { None };
        if let Some(reason) = broken {
            promise::rejected(js, reason)
        } else {
            if let Some(readable) = this.get().readable(js)
                && readable.get().is_open(js)
            {
                ReadableStreamDefaultController::close_stream(js, readable)?;
            }
            resolved(js)
        }
    }

    Cancelled = |js, this, _value| {
        let broken = if js.flag(Flag::PedanticWpt) { this.get().readable_error(js) } else { None };
        let reason = this.get().kept_reason(js);
        this.get().readable.replace(None);
        this.get().error_writable(js, reason);
        match broken {
            Some(broken) => promise::rejected(js, broken),
            None => resolved(js),
        }
    }

    CancelFailed = |js, this, reason| {
        this.get().readable.replace(None);
        this.get().error_writable(js, reason);
        promise::rejected(js, reason)
    }
}
