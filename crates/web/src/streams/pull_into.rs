//! Reads of a byte stream that wait, and how the source fills them in place.

use bytes::Bytes;
use jsg::convert::BufferSource;
use jsg::js::{ArrayBuffer, ArrayBufferView, Local, Uint8Array};
use jsg::{Error, Handle, JsRef, Lock, Result};

use super::byte_controller::{NOT_DETACHABLE, ReadableByteStreamController, transfer};
use super::controller;
use super::request::{ReadRequest, Target};
use super::view::ViewKind;

/// A read that waits, with what it has so far (Streams §4.7.3, "pull-into descriptor").
#[derive(jsg::Trace)]
pub(super) struct PullInto {
    pub(super) request: ReadRequest,
    pub(super) filled: usize,
}

impl PullInto {
    /// Whether it may end in the middle of an element.
    pub(super) fn is_split(&self) -> bool {
        let into = self.request.into.as_ref();
        self.filled > 0 && into.is_some_and(|into| into.kind.element_size() > 1)
    }
}

impl ReadableByteStreamController {
    /// Streams §4.9.5, "…RespondInReadableState", for `count` bytes that the source has written.
    pub(super) fn respond<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        count: usize,
    ) -> Result<()> {
        let controller = this.get();
        let Some(mut pull_into) = controller.pending.borrow_mut().pop_front() else {
            controller.invalidate_byob_request(js);
            return Ok(());
        };
        pull_into.filled += count;
        if let Some(into) = &pull_into.request.into {
            if pull_into.filled < into.min {
                controller.pending.borrow_mut().push_front(pull_into);
                Self::renew_view(js, this);
                controller::pull_if_needed(js, this);
                return Ok(());
            }
            controller.invalidate_byob_request(js);
            let buffer = into.buffer.get(js);
            let rest = pull_into.filled % into.kind.element_size();
            if rest > 0 {
                let end = into.offset + pull_into.filled;
                let bytes = BufferSource::Buffer(buffer).to_vec();
                let bytes = Bytes::from(bytes).slice(end - rest..end);
                controller.queued.set(controller.queued.get() + rest);
                controller.queue.borrow_mut().push_front(bytes);
                pull_into.filled -= rest;
            }
        }
        commit(js, pull_into);
        Self::process_pending(js, this);
        controller::pull_if_needed(js, this);
        Ok(())
    }

    /// Takes the view that the source has filled instead of its own, for `respondWithNewView()`.
    pub(super) fn replace_view<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        view: Local<'s, ArrayBufferView>,
    ) -> Result<()> {
        let mut pending = self.pending.borrow_mut();
        let Some(PullInto { request, filled }) = pending.front_mut() else {
            return Ok(());
        };
        let (Some(into), Some(buffer)) = (&mut request.into, view.buffer(js)) else {
            return Ok(());
        };
        if !buffer.is_detachable() {
            return Err(Error::type_error(NOT_DETACHABLE));
        }
        if into.offset + *filled != view.byte_offset() {
            return Err(Error::range_error(
                "The given view has an invalid byte offset.",
            ));
        }
        if into.length != buffer.byte_length() {
            return Err(Error::range_error(
                "The underlying ArrayBuffer is not the correct length.",
            ));
        }
        if *filled + view.byte_length() > into.length {
            return Err(Error::range_error("The view is not the correct length."));
        }
        into.kind = jsg::Untraced(ViewKind::of(view));
        let buffer = transfer(js, buffer)?;
        into.buffer = JsRef::new(js, buffer);
        Ok(())
    }

    /// Shows the source, in the request that it holds, what is still to be filled.
    fn renew_view<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        let held = this.get().byob_request.borrow();
        let held = held.as_ref().map(|request| request.get(js));
        if let (Some(held), Some((view, at_least))) = (held, Self::fresh_view(js, this)) {
            held.get().renew(js, view, at_least);
        }
    }

    /// A view for the source, on a buffer of its own over the same memory.
    pub(super) fn fresh_view<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
    ) -> Option<(Local<'s, Uint8Array>, usize)> {
        let (buffer, offset, length, at_least) = this.get().region(js)?;
        let buffer = ArrayBuffer::with_backing_store(js, &buffer.get_backing_store());
        let view = Uint8Array::new(js, buffer, offset, length)?;
        Some((view, at_least))
    }

    /// What the buffer at the head of the queue holds where it is still to be filled, and how much of it the reader at
    /// least wants. None when the read brings no buffer.
    pub(super) fn wanted(&self, js: &mut Lock<'_, '_>) -> Option<(Vec<u8>, usize)> {
        let pending = self.pending.borrow();
        let PullInto { request, filled } = pending.front()?;
        let into = request.into.as_ref()?;
        let at_least = into.at_least.saturating_sub(*filled).max(1);
        let buffer = into.buffer.get(js);
        let view = Uint8Array::new(js, buffer, into.offset + filled, into.length - filled)?;
        Some((BufferSource::View(view.into()).to_vec(), at_least))
    }

    /// A buffer for a read that brings none; none if it gets none.
    pub(super) fn own_target(&self, js: &Lock<'_, '_>) -> Option<Target> {
        let size = self.read_size(js)?;
        let buffer = ArrayBuffer::new(js, size);
        Some(Target {
            buffer: JsRef::new(js, buffer),
            offset: 0,
            length: size,
            min: 1,
            at_least: 1,
            kind: jsg::Untraced(ViewKind::Uint8),
        })
    }

    /// The region that the source may write to: buffer, offset, length, and how many bytes the
    /// reader at least wants.
    fn region<'s>(
        &self,
        js: &mut Lock<'s, '_>,
    ) -> Option<(Local<'s, ArrayBuffer>, usize, usize, usize)> {
        let mut pending = self.pending.borrow_mut();
        let first = pending.front_mut()?;
        let filled = first.filled;
        if first.request.into.is_none() {
            first.request.into = Some(self.own_target(js)?);
        }
        let into = first.request.into.as_ref()?;
        Some((
            into.buffer.get(js),
            into.offset + filled,
            into.length - filled,
            into.at_least.saturating_sub(filled).max(1),
        ))
    }
}

/// Answers a read with what has been filled.
pub(super) fn commit<'s>(js: &mut Lock<'s, '_>, pull_into: PullInto) {
    let PullInto { request, filled } = pull_into;
    let view = request.into.as_ref().and_then(|into| {
        let buffer = into.buffer.get(js);
        into.kind.view(js, buffer, into.offset, filled)
    });
    match view {
        Some(view) => request.chunk(js, view),
        None => request.close(js, None),
    }
}
