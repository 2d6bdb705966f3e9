//! `ReadableStreamDefaultController` (Streams §4.6): a queue of any values.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use jsg::js::{Function, Local, Promise, Value};
use jsg::{Error, Handle, JsRef, Lock, Nullable, Result};

use super::controller::{self, Controlled, Driver};
use super::readable::ReadableStream;
use super::request::ReadRequest;
use super::source::chunk_size;

/// The side of a stream that its source feeds.
#[jsg::class]
pub struct ReadableStreamDefaultController {
    pub(super) driver: Driver,
    queue: RefCell<VecDeque<Entry>>,
    queued: Cell<f64>,
    high_water_mark: f64,
    size: RefCell<Option<JsRef<Function>>>,
    close_requested: Cell<bool>,
}

/// A value with its size (Streams §8.1).
#[derive(jsg::Trace)]
struct Entry {
    value: JsRef<Value>,
    size: f64,
}

impl Controlled for ReadableStreamDefaultController {
    fn driver(&self) -> &Driver {
        &self.driver
    }

    fn should_pull<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> bool {
        let controller = this.get();
        let Some(stream) = controller.driver.stream(js) else {
            return false;
        };
        let stream = stream.get();
        controller.can_enqueue(stream)
            && controller.driver.is_started()
            && (!stream.requests.borrow().is_empty() || controller.room() > 0.0)
    }

    fn yielded<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        value: Option<Local<'s, Value>>,
    ) -> Result<()> {
        match value {
            Some(value) => Self::enqueue_chunk(js, this, value),
            None => Self::close_stream(js, this),
        }
    }

    fn fail<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, reason: Local<'s, Value>) {
        let controller = this.get();
        let Some(stream) = controller.driver.stream(js) else {
            return;
        };
        if stream.get().is_readable() {
            controller.reset_queue();
            controller.clear();
            ReadableStream::error(js, stream, reason);
        }
    }
}

impl ReadableStreamDefaultController {
    pub(super) fn new(driver: Driver, high_water_mark: f64, size: Option<JsRef<Function>>) -> Self {
        Self {
            driver,
            queue: RefCell::default(),
            queued: Cell::new(0.0),
            high_water_mark,
            size: RefCell::new(size),
            close_requested: Cell::new(false),
        }
    }

    fn can_enqueue(&self, stream: &ReadableStream) -> bool {
        !self.close_requested.get() && stream.is_readable()
    }

    /// Whether chunks can come, or the end.
    pub(super) fn is_open(&self, js: &Lock<'_, '_>) -> bool {
        let stream = self.driver.stream(js);
        stream.is_some_and(|stream| self.can_enqueue(stream.get()))
    }

    /// Streams §4.9.4, ReadableStreamDefaultControllerHasBackpressure, the other way round.
    pub(super) fn wants_more(&self, js: &Lock<'_, '_>) -> bool {
        let stream = self.driver.stream(js);
        stream.is_some_and(|stream| {
            let waiting = !stream.get().requests.borrow().is_empty();
            self.can_enqueue(stream.get()) && (waiting || self.room() > 0.0)
        })
    }

    /// Streams §4.9.4, ReadableStreamDefaultControllerGetDesiredSize.
    pub(super) fn size_to_fill(&self, js: &Lock<'_, '_>) -> Option<f64> {
        desired_size(self.driver.stream(js)?.get(), self.room())
    }

    /// The size of all that is queued; none when nothing is.
    pub(super) fn total(&self) -> Option<f64> {
        let empty = self.queue.borrow().is_empty();
        (!empty).then(|| self.queued.get())
    }

    fn room(&self) -> f64 {
        self.high_water_mark - self.queued.get()
    }

    fn reset_queue(&self) {
        let queue = std::mem::take(&mut *self.queue.borrow_mut());
        drop(queue);
        self.queued.set(0.0);
    }

    fn clear(&self) {
        self.driver.clear();
        self.size.replace(None);
    }

    /// Streams §4.6.4, [[PullSteps]].
    pub(super) fn pull_steps<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        stream: Handle<'s, ReadableStream>,
        request: ReadRequest,
    ) {
        let controller = this.get();
        let entry = controller.queue.borrow_mut().pop_front();
        let Some(entry) = entry else {
            stream.get().requests.borrow_mut().push_back(request);
            return controller::pull_if_needed(js, this);
        };
        let left = (controller.queued.get() - entry.size).max(0.0);
        let empty = controller.queue.borrow().is_empty();
        controller.queued.set(if empty { 0.0 } else { left });
        let value = entry.value.get(js);
        // Unlike in the standard, only a read that has to wait pulls.
        if empty && controller.close_requested.get() {
            controller.clear();
            ReadableStream::close(js, stream);
        }
        request.chunk(js, value);
    }

    /// Streams §4.6.4, [[CancelSteps]].
    pub(super) fn cancel<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) -> Result<Local<'s, Promise>> {
        this.get().reset_queue();
        let result = controller::cancel(js, this, reason);
        this.get().clear();
        result
    }

    /// Streams §4.9.4, ReadableStreamDefaultControllerEnqueue.
    pub fn enqueue_chunk<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        chunk: Local<'s, Value>,
    ) -> Result<()> {
        let controller = this.get();
        let stream = controller
            .driver
            .stream(js)
            .filter(|stream| controller.can_enqueue(stream.get()))
            .ok_or_else(|| Error::type_error("Unable to enqueue"))?;
        let size = controller.size.borrow().as_ref().map(|size| size.get(js));
        let size = match size {
            None => Ok(1.0),
            Some(size) => chunk_size(js, size, chunk),
        };
        let size = match size {
            // The stream is broken by it, but the source need not know.
            Err(reason) => {
                Self::fail(js, this, reason);
                return Ok(());
            }
            Ok(size) => size,
        };
        // The size algorithm, which runs even when somebody waits for the chunk, may have ended the stream.
        if !controller.can_enqueue(stream.get()) {
            return Ok(());
        }
        // A chunk of no size is lost, as in the real workerd.
        if size == 0.0 {
            controller::pull_if_needed(js, this);
            return Ok(());
        }
        let request = stream.get().requests.borrow_mut().pop_front();
        match request {
            Some(request) => request.chunk(js, chunk),
            None => {
                let value = JsRef::new(js, chunk);
                controller
                    .queue
                    .borrow_mut()
                    .push_back(Entry { value, size });
                controller.queued.set(controller.queued.get() + size);
            }
        }
        controller::pull_if_needed(js, this);
        Ok(())
    }

    /// Streams §4.9.4, ReadableStreamDefaultControllerClose.
    pub fn close_stream<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Result<()> {
        let controller = this.get();
        let stream = controller
            .driver
            .stream(js)
            .filter(|stream| controller.can_enqueue(stream.get()))
            .ok_or_else(|| Error::type_error("This ReadableStream is closed."))?;
        controller.close_requested.set(true);
        // The source has ended, and hears of no cancel, whatever is left to read.
        controller.clear();
        if controller.queue.borrow().is_empty() {
            ReadableStream::close(js, stream);
        }
        Ok(())
    }
}

#[jsg::methods]
impl ReadableStreamDefaultController {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        super::as_standard::<Self>(builder);
    }

    #[jsg(prototype_getter)]
    fn desired_size(&self, js: &mut Lock<'_, '_>) -> Nullable<f64> {
        Nullable(self.size_to_fill(js))
    }

    #[jsg(method)]
    fn close<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Result<()> {
        Self::close_stream(js, this)
    }

    #[jsg(method)]
    fn enqueue<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        chunk: Option<Local<'s, Value>>,
    ) -> Result<()> {
        let chunk = chunk.unwrap_or_else(|| jsg::js::undefined(js).into());
        Self::enqueue_chunk(js, this, chunk)
    }

    #[jsg(method)]
    fn error<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, reason: Option<Local<'s, Value>>) {
        let reason = reason.unwrap_or_else(|| jsg::js::undefined(js).into());
        Self::fail(js, this, reason);
    }
}

/// Streams §4.9.4, "…GetDesiredSize": none of a broken stream, 0 of a closed one.
pub(super) fn desired_size(stream: &ReadableStream, room: f64) -> Option<f64> {
    match *stream.state.borrow() {
        super::readable::State::Readable => Some(room),
        super::readable::State::Closed => Some(0.0),
        super::readable::State::Errored(_) => None,
    }
}
