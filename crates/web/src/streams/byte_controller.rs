//! `ReadableByteStreamController` (Streams §4.7): a queue of bytes.
//!
//! Bytes are copied out of the guest's buffer when they are enqueued, and into the reader's when
//! they are read; a consumer in Rust takes them as they are. Every read without a buffer of its own
//! gets one, so that the source may write into it, but only when the source asks.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use bytes::Bytes;
use jsg::convert::BufferSource;
use jsg::js::{ArrayBuffer, Local, Promise, Uint8Array, Value};
use jsg::{Error, Flag, Handle, Lock, LockExt, Nullable, Ref, Result};

use super::byob_request::ReadableStreamBYOBRequest;
use super::controller::{self, Controlled, Driver};
use super::default_controller::desired_size;
use super::native::READ_SIZE;
use super::pull_into::{PullInto, commit};
use super::readable::ReadableStream;
use super::request::ReadRequest;
pub use super::view::ViewKind;

/// The side of a byte stream that its source feeds.
#[jsg::class]
pub struct ReadableByteStreamController {
    pub(super) driver: Driver,
    pub(super) queue: jsg::Untraced<RefCell<VecDeque<Bytes>>>, // plain bytes
    pub(super) queued: Cell<usize>,
    high_water_mark: f64,
    auto_allocate: Option<usize>,
    close_requested: Cell<bool>,
    pub(super) pending: RefCell<VecDeque<PullInto>>,
    pub(super) byob_request: RefCell<Option<Ref<ReadableStreamBYOBRequest>>>,
}

pub(super) const NOT_DETACHABLE: &str = "Unable to use non-detachable ArrayBuffer.";

impl Controlled for ReadableByteStreamController {
    fn driver(&self) -> &Driver {
        &self.driver
    }

    fn should_pull<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> bool {
        let controller = this.get();
        let Some(stream) = controller.driver.stream(js) else {
            return false;
        };
        stream.get().is_readable()
            && !controller.close_requested.get()
            && controller.driver.is_started()
            && (!controller.pending.borrow().is_empty() || controller.room() > 0.0)
    }

    fn yielded<'s>(
        _: &mut Lock<'s, '_>,
        _: Handle<'s, Self>,
        _: Option<Local<'s, Value>>,
    ) -> Result<()> {
        Err(Error::Internal("a byte stream over an iterator".into()))
    }

    fn fail<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, reason: Local<'s, Value>) {
        let controller = this.get();
        let Some(stream) = controller.driver.stream(js) else {
            return;
        };
        if stream.get().is_readable() {
            controller.reset_queue();
            controller.driver.clear();
            ReadableStream::error(js, stream, reason);
        }
    }
}

impl ReadableByteStreamController {
    pub(super) fn new(driver: Driver, high_water_mark: f64, auto_allocate: Option<usize>) -> Self {
        Self {
            driver,
            queue: jsg::Untraced(RefCell::default()),
            queued: Cell::new(0),
            high_water_mark,
            auto_allocate,
            close_requested: Cell::new(false),
            pending: RefCell::default(),
            byob_request: RefCell::new(None),
        }
    }

    fn room(&self) -> f64 {
        self.high_water_mark - self.queued.get() as f64
    }

    fn reset_queue(&self) {
        self.queue.borrow_mut().clear();
        self.queued.set(0);
    }

    /// The size of the buffer for a read that brings none; none if it gets none.
    pub(super) fn read_size(&self, js: &Lock<'_, '_>) -> Option<usize> {
        let always = !js.flag(Flag::StreamsNoDefaultAutoAllocateChunkSize);
        self.auto_allocate.or(always.then_some(READ_SIZE))
    }

    /// How much of the queue answers a read that brings no buffer.
    fn default_take(&self, js: &Lock<'_, '_>) -> usize {
        self.read_size(js).unwrap_or_else(|| {
            let queue = self.queue.borrow();
            queue.front().map_or(0, Bytes::len)
        })
    }

    fn readable_stream<'s>(&self, js: &Lock<'s, '_>) -> Option<Handle<'s, ReadableStream>> {
        self.driver
            .stream(js)
            .filter(|stream| stream.get().is_readable())
    }

    pub(super) fn invalidate_byob_request(&self, js: &mut Lock<'_, '_>) {
        let request = self.byob_request.replace(None);
        if let Some(request) = request {
            request.get(js).get().invalidate(js);
        }
    }

    /// As `ReadableStream::next_request`.
    fn next_pending(&self) -> Option<PullInto> {
        self.pending.borrow_mut().pop_front()
    }

    /// Answers all waiting reads with an error.
    pub(super) fn fail_requests<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) {
        // The source of a broken stream may still look at the request that it holds; that of one whose reader has left
        // may answer it, for the next reader.
        if let Some(request) = &*this.get().byob_request.borrow()
            && this.get().readable_stream(js).is_some()
        {
            request.get(js).get().orphan();
        }
        while let Some(pull_into) = this.get().next_pending() {
            pull_into.request.error(js, reason);
        }
    }

    /// Answers all waiting reads with the end of the stream, or with what they have so far.
    pub(super) fn release_requests<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        while let Some(PullInto {
            mut request,
            filled,
        }) = this.get().next_pending()
        {
            // A read that waits has got a buffer, unlike in the standard, where only a source makes it.
            if !request.takes_bytes() && request.into.is_none() {
                request.into = this.get().own_target(js);
            }
            let element = request.into.as_ref().map(|into| into.kind.element_size());
            let filled = filled - filled % element.unwrap_or(1);
            let view = request.into.as_ref().and_then(|into| {
                let buffer = into.buffer.get(js);
                into.kind.view(js, buffer, into.offset, filled)
            });
            match view {
                // What is less than an element is lost.
                Some(view) if filled > 0 => request.chunk(js, view),
                view => request.close(js, view),
            }
        }
    }

    /// Streams §4.7.4, [[PullSteps]], and §4.9.5, "…PullInto".
    pub(super) fn pull_steps<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        request: ReadRequest,
    ) {
        let controller = this.get();
        if request.takes_bytes() && controller.pending.borrow().is_empty() {
            let bytes = controller.queue.borrow_mut().pop_front();
            if let Some(bytes) = bytes {
                controller.queued.set(controller.queued.get() - bytes.len());
                Self::after_queue(js, this);
                return request.bytes(js, bytes);
            }
        }
        let pull_into = PullInto { request, filled: 0 };
        controller.pending.borrow_mut().push_back(pull_into);
        Self::process_pending(js, this);
        // Unlike in the standard, only a read that has to wait pulls.
        if !controller.pending.borrow().is_empty() {
            controller::pull_if_needed(js, this);
        }
    }

    /// The end, when it was asked for and the queue has run dry.
    fn after_queue<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        let controller = this.get();
        if controller.queued.get() == 0 && controller.close_requested.get() {
            Self::finish(js, this);
        }
    }

    fn finish<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        this.get().driver.clear();
        if let Some(stream) = this.get().driver.stream(js) {
            ReadableStream::close(js, stream);
        }
    }

    /// Streams §4.9.5, "…ProcessPullIntoDescriptorsUsingQueue".
    pub(super) fn process_pending<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        let controller = this.get();
        while controller.queued.get() > 0 {
            let Some(pull_into) = controller.pending.borrow_mut().pop_front() else {
                return;
            };
            if let Some(waiting) = Self::fill(js, this, pull_into) {
                controller.pending.borrow_mut().push_front(waiting);
                if controller.close_requested.get() {
                    controller.reset_queue();
                    Self::finish(js, this);
                }
                return;
            }
            if controller.queued.get() == 0 && controller.close_requested.get() {
                return Self::finish(js, this);
            }
        }
    }

    /// Moves bytes from the queue to a read; gives it back while it wants more.
    fn fill<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        mut pull_into: PullInto,
    ) -> Option<PullInto> {
        let controller = this.get();
        if pull_into.request.takes_bytes() {
            let bytes = controller.take(usize::MAX);
            pull_into.request.bytes(js, bytes);
            return None;
        }
        let Some(into) = &pull_into.request.into else {
            let bytes = controller.take(controller.default_take(js));
            pull_into.request.bytes(js, bytes);
            return None;
        };
        let most = (into.length - pull_into.filled).min(controller.queued.get());
        let whole = pull_into.filled + most;
        let aligned = whole - whole % into.kind.element_size();
        let last = most == controller.queued.get() && controller.close_requested.get();
        let ready = aligned > 0 && (aligned >= into.min || last);
        let count = if ready {
            aligned - pull_into.filled
        } else {
            most
        };
        let bytes = controller.take(count);
        let buffer = into.buffer.get(js);
        write_at(js, buffer, into.offset + pull_into.filled, &bytes);
        pull_into.filled += count;
        if !ready {
            return Some(pull_into);
        }
        controller.invalidate_byob_request(js);
        commit(js, pull_into);
        None
    }

    /// The first `limit` bytes of the queue.
    fn take(&self, limit: usize) -> Bytes {
        let mut queue = self.queue.borrow_mut();
        let count = limit.min(self.queued.get());
        self.queued.set(self.queued.get() - count);
        match queue.front_mut() {
            Some(first) if first.len() > count => first.split_to(count),
            Some(first) if first.len() == count => queue.pop_front().unwrap_or_default(),
            _ => {
                let mut all = Vec::with_capacity(count);
                while all.len() < count {
                    let Some(mut first) = queue.pop_front() else {
                        break;
                    };
                    let part = first.split_to(first.len().min(count - all.len()));
                    all.extend_from_slice(&part);
                    if !first.is_empty() {
                        queue.push_front(first);
                    }
                }
                all.into()
            }
        }
    }

    /// Streams §4.7.4, [[CancelSteps]].
    pub(super) fn cancel<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) -> Result<Local<'s, Promise>> {
        this.get().reset_queue();
        this.get().invalidate_byob_request(js);
        controller::cancel(js, this, reason)
    }

    /// Streams §4.9.5, ReadableByteStreamControllerEnqueue, of bytes that are ours.
    pub(super) fn enqueue_bytes<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, bytes: Bytes) {
        let controller = this.get();
        controller.queued.set(controller.queued.get() + bytes.len());
        controller.queue.borrow_mut().push_back(bytes);
        Self::process_pending(js, this);
        controller::pull_if_needed(js, this);
    }

    pub(super) fn can_enqueue(&self, js: &Lock<'_, '_>) -> bool {
        !self.close_requested.get() && self.readable_stream(js).is_some()
    }

    /// Streams §4.9.5, ReadableByteStreamControllerClose.
    pub(super) fn close_stream<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Result<()> {
        let controller = this.get();
        if !controller.can_enqueue(js) {
            return Err(Error::type_error("This ReadableStream is closed."));
        }
        if controller.queued.get() > 0 {
            controller.close_requested.set(true);
            // The source has ended, and hears of no cancel, whatever is left to read.
            controller.driver.clear();
            return Ok(());
        }
        let partial = {
            let pending = controller.pending.borrow();
            pending.front().is_some_and(PullInto::is_split)
        };
        if partial && controller.byob_request.borrow().is_some() {
            return Err(Error::type_error(
                "This ReadableStream was closed with a partial read pending.",
            ));
        }
        if js.flag(Flag::PedanticWpt) {
            // The source has to answer the read that waits, even though the stream is closed.
            Self::current_request(js, this);
        }
        controller.close_requested.set(true);
        Self::finish(js, this);
        Ok(())
    }

    /// The request for the read that waits longest, made when it is first asked for.
    fn current_request<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
    ) -> Option<Handle<'s, ReadableStreamBYOBRequest>> {
        let controller = this.get();
        if let Some(request) = &*controller.byob_request.borrow() {
            return Some(request.get(js));
        }
        let (view, at_least) = Self::fresh_view(js, this)?;
        let request = ReadableStreamBYOBRequest::new(js, this, view, at_least);
        let request = Handle::new(js, request);
        let kept = Ref::new(js, request);
        controller.byob_request.replace(Some(kept));
        Some(request)
    }
}

/// Copies bytes into a buffer, as many as it has room for: the guest may have resized or detached it.
pub(super) fn write_at<'s>(
    js: &Lock<'s, '_>,
    buffer: Local<'s, ArrayBuffer>,
    offset: usize,
    bytes: &[u8],
) -> usize {
    let room = buffer.byte_length().saturating_sub(offset);
    let bytes = &bytes[..bytes.len().min(room)];
    if bytes.is_empty() {
        return 0;
    }
    if let Some(view) = Uint8Array::new(js, buffer, offset, bytes.len()) {
        BufferSource::View(view.into()).write(js, bytes);
    }
    bytes.len()
}

/// Moves a buffer's memory to a new one; the old one is detached (ECMA-262 §25.1.3.7). The new one never changes
/// its size: several buffers may come to share its memory, and none would hear of it.
pub(super) fn transfer<'s>(
    js: &mut Lock<'s, '_>,
    buffer: Local<'s, ArrayBuffer>,
) -> Result<Local<'s, ArrayBuffer>> {
    if !buffer.is_detachable() {
        return Err(Error::type_error(NOT_DETACHABLE));
    }
    let store = buffer.get_backing_store();
    let moved = if store.is_resizable_by_user_javascript() {
        let bytes = BufferSource::Buffer(buffer).to_vec();
        jsg::convert::array_buffer(js, &bytes)?
    } else {
        ArrayBuffer::with_backing_store(js, &store)
    };
    buffer.detach(None);
    Ok(moved)
}

#[jsg::methods]
impl ReadableByteStreamController {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        super::as_standard::<Self>(builder);
    }

    #[jsg(prototype_getter)]
    fn byob_request<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
    ) -> Nullable<Handle<'s, ReadableStreamBYOBRequest>> {
        Nullable(Self::current_request(js, this))
    }

    #[jsg(prototype_getter)]
    fn desired_size(&self, js: &mut Lock<'_, '_>) -> Nullable<f64> {
        let Some(stream) = self.driver.stream(js) else {
            return Nullable(None);
        };
        Nullable(desired_size(stream.get(), self.room()))
    }

    #[jsg(method)]
    fn close<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Result<()> {
        Self::close_stream(js, this)
    }

    #[jsg(method)]
    fn enqueue<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        chunk: BufferSource<'s>,
    ) -> Result<()> {
        if chunk.byte_length() == 0 {
            return Err(Error::type_error(
                "Cannot enqueue a zero-length ArrayBuffer.",
            ));
        }
        let buffer = match chunk {
            BufferSource::Buffer(buffer) => Some(buffer),
            BufferSource::View(view) => view.buffer(js),
        };
        if !buffer.is_some_and(|buffer| buffer.is_detachable()) {
            return Err(Error::type_error(
                "The provided ArrayBuffer must be detachable.",
            ));
        }
        let controller = this.get();
        if !controller.can_enqueue(js) {
            return Err(Error::type_error(
                "This ReadableByteStreamController is closed.",
            ));
        }
        if let Some(request) = &*controller.byob_request.borrow() {
            request.get(js).get().check_attached(js)?;
        }
        let bytes = Bytes::from(chunk.to_vec());
        if let Some(buffer) = buffer {
            buffer.detach(None);
        }
        controller.invalidate_byob_request(js);
        Self::enqueue_bytes(js, this, bytes);
        Ok(())
    }

    #[jsg(method)]
    fn error<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, reason: Local<'s, Value>) {
        Self::fail(js, this, reason);
    }
}
