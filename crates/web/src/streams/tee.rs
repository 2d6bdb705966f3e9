//! Reading a stream twice (Streams §4.9.1, ReadableStreamTee).
//!
//! What is native stays native: bytes are shared, a body goes through [`native_tee`](super::native_tee).
//! A stream that guest code feeds gets two branches, each with a controller that pulls from it.

use std::cell::{Cell, RefCell};

use bytes::Bytes;
use jsg::convert::{BufferSource, array_buffer};
use jsg::js::{ArrayBuffer, Local, Promise, Value};
use jsg::{Error, FromJs, Handle, JsRef, Lock, Ref, Result};

use super::byte_controller::ReadableByteStreamController;
use super::controller::{Algorithms, Controlled, Driver, start};
use super::default_controller::ReadableStreamDefaultController;
use super::readable::{ReadableStream, Source, State};
use super::request::{ReadRequest, Receiver, Target};
use super::view::ViewKind;
use super::{native, native_tee};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    First,
    Second,
}

/// What the branches share. JavaScript never sees this class.
#[jsg::class]
pub struct Tee {
    stream: Ref<ReadableStream>,
    branches: RefCell<[Option<Ref<ReadableStream>>; 2]>,
    /// Whether a branch is cancelled.
    cancelled: jsg::Untraced<Cell<Option<Branch>>>, // an enum
    reading: Cell<bool>,
    /// The branch that has pulled during a read.
    again: jsg::Untraced<Cell<Option<Branch>>>, // an enum
}

#[jsg::methods]
impl Tee {}

/// Two streams with the content of one, which stays locked.
pub fn tee<'s>(
    js: &mut Lock<'s, '_>,
    this: Handle<'s, ReadableStream>,
) -> Result<[Handle<'s, ReadableStream>; 2]> {
    let stream = this.get();
    if stream.is_locked() {
        return Err(Error::type_error(
            "This ReadableStream is currently locked to a reader,",
        ));
    }
    stream.check_owner(js)?;
    stream.lock_native()?;
    stream.set_disturbed();
    let byte_oriented = stream.byte_controller(js).is_some();
    if byte_oriented || stream.default_controller(js).is_some() {
        return Tee::start(js, this, byte_oriented);
    }
    let state = match &*stream.state.borrow() {
        State::Readable => None,
        State::Closed => Some(None),
        State::Errored(reason) => Some(Some(reason.get(js))),
    };
    let source = stream.source.replace(Source::Gone);
    ReadableStream::close(js, this);
    let sources = match source {
        Source::Memory(memory) => {
            let memory = memory.0;
            [memory.clone(), memory].map(|memory| Source::Memory(jsg::Untraced(memory)))
        }
        source => match native::take(js, source)? {
            None => [Source::Gone, Source::Gone],
            Some(source) => {
                let [first, second] = native_tee::tee(source);
                [native::owned(js, first)?, native::owned(js, second)?]
            }
        },
    };
    Ok(sources.map(|source| {
        let branch = Handle::new(js, ReadableStream::with_source(source));
        match state {
            None => {}
            Some(None) => ReadableStream::close(js, branch),
            Some(Some(reason)) => ReadableStream::error(js, branch, reason),
        }
        branch
    }))
}

impl Tee {
    fn start<'s>(
        js: &mut Lock<'s, '_>,
        stream: Handle<'s, ReadableStream>,
        byte_oriented: bool,
    ) -> Result<[Handle<'s, ReadableStream>; 2]> {
        let tee = Self {
            stream: Ref::new(js, stream),
            branches: RefCell::default(),
            cancelled: jsg::Untraced(Cell::new(None)),
            reading: Cell::new(false),
            again: jsg::Untraced(Cell::new(None)),
        };
        let tee = Handle::new(js, tee);
        stream.get().lock_for_tee(js, tee);
        let streams = [(); 2].map(|()| Handle::new(js, ReadableStream::with_source(Source::Gone)));
        let kept = streams.map(|branch| Some(Ref::new(js, branch)));
        tee.get().branches.replace(kept);
        let [first, second] = streams;
        Self::branch(js, tee, (Branch::First, first), byte_oriented);
        Self::branch(js, tee, (Branch::Second, second), byte_oriented);
        for branch in streams {
            if let Some(controller) = branch.get().byte_controller(js) {
                start(js, branch, controller, None, None)?;
            } else if let Some(controller) = branch.get().default_controller(js) {
                start(js, branch, controller, None, None)?;
            }
        }
        let errored = match &*stream.get().state.borrow() {
            State::Errored(reason) => Some(reason.get(js)),
            _ => None,
        };
        if let Some(reason) = errored {
            Self::error(js, tee, reason);
        }
        Ok([first, second])
    }

    fn branch<'s>(
        js: &mut Lock<'s, '_>,
        tee: Handle<'s, Self>,
        (branch, stream): (Branch, Handle<'s, ReadableStream>),
        byte_oriented: bool,
    ) {
        let driver = Driver::new(Algorithms::Tee(Ref::new(js, tee), jsg::Untraced(branch)));
        if byte_oriented {
            let controller = ReadableByteStreamController::new(driver, 0.0, None);
            let controller = Handle::new(js, controller);
            controller.get().driver.attach(js, stream);
            let source = Source::Byte(Ref::new(js, controller));
            stream.get().source.replace(source);
        } else {
            let controller = ReadableStreamDefaultController::new(driver, 1.0, None);
            let controller = Handle::new(js, controller);
            controller.get().driver.attach(js, stream);
            let source = Source::Default(Ref::new(js, controller));
            stream.get().source.replace(source);
        }
    }

    fn branch_handles<'s>(&self, js: &Lock<'s, '_>) -> Vec<Handle<'s, ReadableStream>> {
        let branches = self.branches.borrow();
        branches
            .iter()
            .flatten()
            .map(|branch| branch.get(js))
            .collect()
    }

    /// The pull algorithm of both branches.
    pub(super) fn pull<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, branch: Branch) {
        if this.get().reading.replace(true) {
            return this.get().again.set(Some(branch));
        }
        let stream = this.get().stream.get(js);
        let receiver = Receiver::Tee(Ref::new(js, this));
        let wanted = this.get().branches.borrow()[branch as usize]
            .as_ref()
            .and_then(|branch| branch.get(js).get().byte_controller(js))
            .and_then(|controller| controller.get().wanted(js));
        let request = match wanted {
            None => ReadRequest::new(receiver),
            Some((content, at_least)) => {
                // The source sees what the reader's buffer holds.
                let length = content.len();
                let buffer = array_buffer(js, &content).unwrap_or_else(|_| ArrayBuffer::new(js, 0));
                let into = Target {
                    buffer: JsRef::new(js, buffer),
                    offset: 0,
                    length,
                    // The other branch may be content with less.
                    min: 1,
                    at_least,
                    kind: jsg::Untraced(ViewKind::Uint8),
                };
                ReadRequest::with_buffer(receiver, into)
            }
        };
        ReadableStream::read(js, stream, request);
    }

    /// The cancel algorithm: the stream is cancelled when both branches are, for the reason of the
    /// later one. The earlier one does not wait for that.
    pub(super) fn cancel<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        branch: Branch,
        reason: Local<'s, Value>,
    ) -> Result<Local<'s, Promise>> {
        match this.get().cancelled.replace(Some(branch)) {
            Some(other) if other != branch => {
                let stream = this.get().stream.get(js);
                ReadableStream::cancel_stream(js, stream, reason)
            }
            _ => {
                let undefined = jsg::js::undefined(js).into();
                Ok(jsg::promise::resolved(js, undefined))
            }
        }
    }

    pub(super) fn chunk<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        chunk: Local<'s, Value>,
    ) {
        if this.get().is_byte_oriented(js) {
            if let Ok(Some(bytes)) = BufferSource::try_from_js(js, chunk) {
                Self::bytes(js, this, &bytes.to_vec().into());
            }
            return;
        }
        this.get().again.set(None);
        for branch in this.get().branch_handles(js) {
            if let Some(controller) = branch.get().default_controller(js) {
                // A branch that was cancelled takes nothing more.
                let _ = ReadableStreamDefaultController::enqueue_chunk(js, controller, chunk);
            }
        }
        Self::after_chunk(js, this);
    }

    fn is_byte_oriented(&self, js: &Lock<'_, '_>) -> bool {
        self.stream.get(js).get().byte_controller(js).is_some()
    }

    pub(super) fn bytes<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, bytes: &Bytes) {
        this.get().again.set(None);
        for branch in this.get().branch_handles(js) {
            if let Some(controller) = branch.get().byte_controller(js)
                && controller.get().can_enqueue(js)
            {
                ReadableByteStreamController::enqueue_bytes(js, controller, bytes.clone());
            }
        }
        Self::after_chunk(js, this);
    }

    fn after_chunk<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        this.get().reading.set(false);
        if let Some(branch) = this.get().again.get() {
            Self::pull(js, this, branch);
        }
    }

    pub(super) fn close<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        this.get().reading.set(false);
        for branch in this.get().branch_handles(js) {
            // A branch that was cancelled is closed already.
            if let Some(controller) = branch.get().byte_controller(js) {
                let _ = ReadableByteStreamController::close_stream(js, controller);
            } else if let Some(controller) = branch.get().default_controller(js) {
                let _ = ReadableStreamDefaultController::close_stream(js, controller);
            }
        }
    }

    pub(super) fn error<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) {
        this.get().reading.set(false);
        for branch in this.get().branch_handles(js) {
            if let Some(controller) = branch.get().byte_controller(js) {
                ReadableByteStreamController::fail(js, controller, reason);
            } else if let Some(controller) = branch.get().default_controller(js) {
                ReadableStreamDefaultController::fail(js, controller, reason);
            }
        }
    }
}
