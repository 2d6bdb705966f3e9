//! `ReadableStream` (Streams §4.2).
//!
//! 1. A stream is locked from the moment that a reader or a native consumer takes it; what a native
//!    consumer has taken is never given back.
//! 2. `state` leaves `Readable` once; pending reads are answered after it has, never before.
//! 3. No borrow of a field is held while a promise settles or guest code runs.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use bytes::Bytes;
use jsg::js::{Local, Promise, Value};
use jsg::{Flag, Handle, JsRef, Lock, LockExt, Ref, Result};

use super::byte_controller::ReadableByteStreamController;
use super::default_controller::ReadableStreamDefaultController;
use super::deferred::refused;
use super::memory::{Memory, SOURCE};
use super::native::{self, IoSource};
use super::native_sink::NativeSource;
use super::pipe::{self, Caller, PipeToOptions};
use super::request::ReadRequest;
use super::source::{QueuingStrategy, UnderlyingSource};
use super::tee::Tee;
use super::writable::WritableStream;
use super::{collect, controller, tee};

mod hand_over;
mod lock;

use lock::Locked;

/// A source of chunks that one consumer reads.
#[jsg::class]
pub struct ReadableStream {
    pub(super) state: RefCell<State>,
    pub(super) source: RefCell<Source>,
    lock: RefCell<Locked>,
    disturbed: Cell<bool>,
    /// What the guest has promised of a body's length.
    expected_length: Cell<Option<u64>>,
    /// Reads that wait for a chunk; those of a byte controller wait there.
    pub(super) requests: RefCell<VecDeque<ReadRequest>>,
}

/// Streams §4.2.3, slot `[[state]]`.
#[derive(jsg::Trace)]
pub enum State {
    Readable,
    Closed,
    Errored(JsRef<Value>),
}

/// Where chunks come from.
#[derive(jsg::Trace)]
pub enum Source {
    /// Nothing more comes, or it was handed on.
    Gone,
    Memory(jsg::Untraced<Memory>), // plain bytes
    Io(IoSource),
    Default(Ref<ReadableStreamDefaultController>),
    Byte(Ref<ReadableByteStreamController>),
}

/// What the real workerd says of a locked stream.
pub const LOCKED: &str = "This ReadableStream is currently locked to a reader.";
pub(super) const RELEASED: &str = "This ReadableStream reader has been released.";

impl ReadableStream {
    pub(super) fn with_source(source: Source) -> Self {
        Self {
            state: RefCell::new(State::Readable),
            source: RefCell::new(source),
            lock: RefCell::new(Locked::Free),
            disturbed: Cell::new(false),
            expected_length: Cell::new(None),
            requests: RefCell::default(),
        }
    }

    /// A stream of known bytes.
    pub fn from_memory(memory: Memory) -> Self {
        Self::with_source(Source::Memory(jsg::Untraced(memory)))
    }

    /// The stream of a body that was consumed without it.
    pub fn consumed() -> Self {
        let stream = Self::with_source(Source::Gone);
        stream.state.replace(State::Closed);
        stream.lock.replace(Locked::Native);
        stream.disturbed.set(true);
        stream
    }

    /// A stream of a native body. It belongs to the current event.
    pub fn from_body(js: &Lock<'_, '_>, body: net::Body) -> Result<Self> {
        native::source(js, body).map(Self::with_source)
    }

    /// A stream of a native source. It belongs to the current event.
    ///
    /// # Errors
    /// At global scope: the documented error.
    pub fn from_source(js: &Lock<'_, '_>, source: Box<dyn NativeSource>) -> Result<Self> {
        native::owned(js, source).map(Self::with_source)
    }

    /// A stream of any values, of a source of functions.
    ///
    /// # Errors
    /// What the functions throw when they are called at the start.
    pub fn of_values<'s>(
        js: &mut Lock<'s, '_>,
        source: UnderlyingSource<'s>,
        strategy: QueuingStrategy<'s>,
    ) -> Result<Handle<'s, Self>> {
        let stream = Handle::new(js, Self::with_source(Source::Gone));
        controller::set_up(js, stream, source, strategy)?;
        Ok(stream)
    }

    /// Pipes everything into another stream (Streams §4.2.4, `pipeTo`).
    ///
    /// # Errors
    /// When another event owns one of the streams.
    pub fn pipe_into<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        destination: Handle<'s, WritableStream>,
        options: PipeToOptions<'s>,
    ) -> Result<Local<'s, Promise>> {
        if this.get().is_locked() {
            Ok(refused(js, LOCKED))
        } else if destination.get().is_locked() {
            Ok(refused(
                js,
                "This WritableStream is currently locked to a writer",
            ))
        } else {
            pipe::pipe(js, this, destination, options, Caller::PipeTo)
        }
    }

    /// Whether it has been read or cancelled (Streams §4.2.4, `[[disturbed]]`).
    pub fn is_disturbed(&self) -> bool {
        self.disturbed.get()
    }

    pub fn is_locked(&self) -> bool {
        !matches!(*self.lock.borrow(), Locked::Free)
    }

    pub(super) fn is_readable(&self) -> bool {
        matches!(*self.state.borrow(), State::Readable)
    }

    /// Whether readers may bring their buffers.
    pub(super) fn is_byte_oriented(&self) -> bool {
        matches!(
            *self.source.borrow(),
            Source::Memory(_) | Source::Io(_) | Source::Byte(_)
        )
    }

    /// Whether its bytes are in memory, so that it can be sent again.
    pub fn known_bytes(&self, js: &Lock<'_, '_>) -> Option<Bytes> {
        match &*self.source.borrow() {
            Source::Memory(memory) => memory.get(js).ok().cloned(),
            _ => None,
        }
    }

    /// Refuses a stream that still reads from what another event owns.
    ///
    /// # Errors
    /// The documented error.
    pub(super) fn check_owner(&self, js: &Lock<'_, '_>) -> Result<()> {
        if !self.is_readable() {
            return Ok(());
        }
        match &*self.source.borrow() {
            Source::Memory(memory) => memory.owner().check(js, SOURCE),
            Source::Io(io) => io.owner().check(js, SOURCE),
            Source::Gone | Source::Default(_) | Source::Byte(_) => Ok(()),
        }
    }

    /// How much guest code has queued; none when there is nothing to read at once.
    pub(super) fn queued(&self, js: &Lock<'_, '_>) -> Option<f64> {
        match &*self.source.borrow() {
            Source::Default(controller) => controller.get(js).get().total(),
            Source::Byte(controller) => match controller.get(js).get().queued.get() {
                0 => None,
                queued => Some(queued as f64),
            },
            _ => None,
        }
    }

    /// How many bytes are still to come, if that is known.
    pub fn length(&self, js: &Lock<'_, '_>) -> Option<u64> {
        match &*self.source.borrow() {
            Source::Memory(memory) => Some(memory.length() as u64),
            Source::Io(io) => io.length(js),
            _ => self.expected_length.get(),
        }
    }

    pub(super) fn set_expected_length(&self, length: Option<u64>) {
        self.expected_length.set(length);
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

    /// How it has ended, if it has.
    fn ended<'s>(&self, js: &Lock<'s, '_>) -> Option<Result<(), Local<'s, Value>>> {
        match &*self.state.borrow() {
            State::Readable => None,
            State::Closed => Some(Ok(())),
            State::Errored(reason) => Some(Err(reason.get(js))),
        }
    }

    /// Whether no guest code feeds it.
    pub(super) fn is_native(&self) -> bool {
        !matches!(*self.source.borrow(), Source::Default(_) | Source::Byte(_))
    }

    pub(super) fn set_disturbed(&self) {
        self.disturbed.set(true);
    }

    /// Streams §4.9.1, ReadableStreamClose.
    pub(super) fn close<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        let stream = this.get();
        if !stream.is_readable() {
            return;
        }
        stream.state.replace(State::Closed);
        // Before the `closed` promise, unlike in the standard.
        while let Some(request) = stream.next_request() {
            request.close(js, None);
        }
        if let Some(controller) = stream.byte_controller(js) {
            ReadableByteStreamController::release_requests(js, controller);
        }
        if let Some(resolver) = stream.closed_resolver(js) {
            let undefined = jsg::js::undefined(js);
            resolver.resolve(js, undefined.into());
        }
    }

    /// Streams §4.9.1, ReadableStreamError.
    pub(super) fn error<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) {
        let stream = this.get();
        if !stream.is_readable() {
            return;
        }
        stream.state.replace(State::Errored(JsRef::new(js, reason)));
        // Before the `closed` promise, unlike in the standard.
        Self::fail_requests(js, this, reason);
        if let Some(resolver) = stream.closed_resolver(js) {
            resolver.reject(js, reason);
        }
        let tee = match &*stream.lock.borrow() {
            Locked::Tee(tee) => Some(tee.get(js)),
            _ => None,
        };
        // Branches that are not reading hear of it too.
        if let Some(tee) = tee {
            Tee::error(js, tee, reason);
        }
    }

    pub(super) fn fail_requests<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) {
        while let Some(request) = this.get().next_request() {
            request.error(js, reason);
        }
        if let Some(controller) = this.get().byte_controller(js) {
            ReadableByteStreamController::fail_requests(js, controller, reason);
        }
    }

    /// The read that has waited longest. One at a time: requests hold traced references, which are
    /// safe in the stream and on the stack, but not in a list of their own.
    fn next_request(&self) -> Option<ReadRequest> {
        self.requests.borrow_mut().pop_front()
    }

    pub(super) fn byte_controller<'s>(
        &self,
        js: &Lock<'s, '_>,
    ) -> Option<Handle<'s, ReadableByteStreamController>> {
        match &*self.source.borrow() {
            Source::Byte(controller) => Some(controller.get(js)),
            _ => None,
        }
    }

    pub(super) fn default_controller<'s>(
        &self,
        js: &Lock<'s, '_>,
    ) -> Option<Handle<'s, ReadableStreamDefaultController>> {
        match &*self.source.borrow() {
            Source::Default(controller) => Some(controller.get(js)),
            _ => None,
        }
    }

    /// Streams §4.9.1, ReadableStreamCancel.
    pub fn cancel_stream<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) -> Result<Local<'s, Promise>> {
        let stream = this.get();
        stream.disturbed.set(true);
        let undefined = jsg::js::undefined(js).into();
        match stream.ended(js) {
            Some(Ok(())) => return Ok(jsg::promise::resolved(js, undefined)),
            Some(Err(reason)) => return Ok(jsg::promise::rejected(js, reason)),
            None => {}
        }
        if let Some(controller) = stream.default_controller(js) {
            Self::close(js, this);
            return ReadableStreamDefaultController::cancel(js, controller, reason);
        }
        if let Some(controller) = stream.byte_controller(js) {
            controller.get().invalidate_byob_request(js);
            ReadableByteStreamController::release_requests(js, controller);
            Self::close(js, this);
            return ReadableByteStreamController::cancel(js, controller, reason);
        }
        let source = stream.source.replace(Source::Gone);
        let error = native::cancel(js, &source, reason);
        if stream.requests.borrow().is_empty() {
            Self::close(js, this);
            return Ok(jsg::promise::resolved(js, undefined));
        }
        // The read that waits hears of it last.
        stream.state.replace(State::Closed);
        if let Some(resolver) = stream.closed_resolver(js) {
            resolver.resolve(js, undefined);
        }
        let cancelled = jsg::promise::resolved(js, undefined);
        native::fail_later(js, this, error)?;
        Ok(cancelled)
    }

    /// Reads one chunk (Streams §4.9.1 and §4.9.2, "…Read").
    pub(super) fn read<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, request: ReadRequest) {
        let stream = this.get();
        stream.disturbed.set(true);
        match stream.ended(js) {
            Some(Ok(())) => {
                let back = request
                    .into
                    .as_ref()
                    .and_then(|into| stream.give_back(js, into));
                return request.close(js, back);
            }
            Some(Err(reason)) => return request.error(js, reason),
            None => {}
        }
        if let Some(controller) = stream.default_controller(js) {
            ReadableStreamDefaultController::pull_steps(js, controller, this, request);
        } else if let Some(controller) = stream.byte_controller(js) {
            ReadableByteStreamController::pull_steps(js, controller, request);
        } else {
            native::read(js, this, request);
        }
    }

    /// An empty view on a buffer that a read has transferred but will not fill.
    pub(super) fn give_back<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        into: &super::request::Target,
    ) -> Option<Local<'s, Value>> {
        let internal = !matches!(*self.source.borrow(), Source::Byte(_));
        if internal
            && !js.flag(Flag::InternalStreamByobReturnView)
            && !js.flag(Flag::TypescriptImplementedStreams)
        {
            return None;
        }
        let kind = if internal {
            super::byte_controller::ViewKind::Uint8
        } else {
            *into.kind
        };
        let buffer = into.buffer.get(js);
        kind.view(js, buffer, if internal { 0 } else { into.offset }, 0)
    }

    /// Streams §4.9.1, ReadableStreamTee.
    pub fn tee_stream<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
    ) -> Result<[Handle<'s, Self>; 2]> {
        tee::tee(js, this)
    }

    /// Reads everything. The promise is for what `kind` says.
    pub fn collect<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        kind: collect::Kind,
    ) -> Result<Local<'s, Promise>> {
        collect::collect(js, this, kind)
    }
}
