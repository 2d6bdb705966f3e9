//! `ReadableStreamBYOBRequest` (Streams §4.8): a source's way to write into the reader's buffer.

use std::cell::RefCell;

use jsg::convert::BufferSource;
use jsg::js::{ArrayBufferView, Local, Uint8Array};
use jsg::{Error, Flag, Handle, JsRef, Lock, LockExt, Nullable, Ref, Result};

use super::byte_controller::ReadableByteStreamController;

/// Valid until the source has answered it, or has enqueued a chunk instead.
#[jsg::class]
pub struct ReadableStreamBYOBRequest {
    active: RefCell<Option<Active>>,
}

#[derive(jsg::Trace)]
struct Active {
    controller: Ref<ReadableByteStreamController>,
    view: JsRef<Uint8Array>,
    /// The length of the whole buffer when it was given to the source.
    buffer_length: usize,
    /// How many bytes the reader wants; 0 when its read has ended.
    at_least: usize,
}

impl Active {
    fn length_of<'s>(js: &mut Lock<'s, '_>, view: Local<'s, Uint8Array>) -> usize {
        view.buffer(js).map_or(0, |buffer| buffer.byte_length())
    }
}

impl ReadableStreamBYOBRequest {
    pub(super) fn new<'s>(
        js: &mut Lock<'s, '_>,
        controller: Handle<'s, ReadableByteStreamController>,
        view: Local<'s, Uint8Array>,
        at_least: usize,
    ) -> Self {
        Self {
            active: RefCell::new(Some(Active {
                controller: Ref::new(js, controller),
                view: JsRef::new(js, view),
                buffer_length: Active::length_of(js, view),
                at_least,
            })),
        }
    }

    pub(super) fn invalidate(&self, js: &mut Lock<'_, '_>) {
        if let Some(active) = self.active.replace(None) {
            revoke(js, &active);
        }
    }

    fn buffer_length(&self) -> usize {
        let active = self.active.borrow();
        active.as_ref().map_or(0, |active| active.buffer_length)
    }

    /// An error when the source has given the memory away.
    pub(super) fn check_attached(&self, js: &Lock<'_, '_>) -> Result<()> {
        match &*self.active.borrow() {
            Some(active) if active.view.get(js).byte_length() == 0 => Err(Error::type_error(
                "The byobRequest.view is zero-length or was detached",
            )),
            _ => Ok(()),
        }
    }

    /// Goes on with another view.
    pub(super) fn renew<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        view: Local<'s, Uint8Array>,
        at_least: usize,
    ) {
        if let Some(active) = &mut *self.active.borrow_mut() {
            revoke(js, active);
            active.view = JsRef::new(js, view);
            active.buffer_length = Active::length_of(js, view);
            active.at_least = at_least;
        }
    }

    /// The read that it is for has ended: what the source writes is for the next one.
    pub(super) fn orphan(&self) {
        if let Some(active) = &mut *self.active.borrow_mut() {
            active.at_least = 0;
        }
    }

    /// Whether the read that it is for has ended.
    fn is_orphaned(&self) -> bool {
        let active = self.active.borrow();
        active.as_ref().is_some_and(|active| active.at_least == 0)
    }

    /// The controller and the view, while they are valid.
    fn parts<'s>(
        &self,
        js: &Lock<'s, '_>,
    ) -> Result<(
        Handle<'s, ReadableByteStreamController>,
        Local<'s, Uint8Array>,
    )> {
        match &*self.active.borrow() {
            Some(active) => Ok((active.controller.get(js), active.view.get(js))),
            None => Err(Error::type_error(
                "This ReadableStreamBYOBRequest has been invalidated.",
            )),
        }
    }
}

/// Whether a view could stand for the one that a source got, at `offset` of a buffer of `length` bytes.
fn check_place<'s>(
    js: &mut Lock<'s, '_>,
    view: Local<'s, ArrayBufferView>,
    (offset, length): (usize, usize),
) -> Result<()> {
    let Some(buffer) = view.buffer(js) else {
        return Ok(());
    };
    if buffer.was_detached() {
        return Err(Error::type_error(
            "The underlying ArrayBuffer has been detached.",
        ));
    }
    if buffer.byte_length() == 0 {
        return Err(Error::range_error(
            "The underlying ArrayBuffer is zero-length.",
        ));
    }
    if view.byte_offset() != offset {
        return Err(Error::range_error("The view has an invalid byte offset."));
    }
    if buffer.byte_length() != length {
        return Err(Error::range_error(
            "The underlying ArrayBuffer is not the correct length.",
        ));
    }
    Ok(())
}

/// Takes the source's view of the memory away.
fn revoke(js: &mut Lock<'_, '_>, active: &Active) {
    let buffer = active.view.get(js).buffer(js);
    if let Some(buffer) = buffer.filter(|buffer| buffer.is_detachable()) {
        buffer.detach(None);
    }
}

#[jsg::methods]
impl ReadableStreamBYOBRequest {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        super::as_standard::<Self>(builder);
    }

    #[jsg(prototype_getter)]
    fn view<'s>(&self, js: &mut Lock<'s, '_>) -> Nullable<Local<'s, Uint8Array>> {
        Nullable(
            self.active
                .borrow()
                .as_ref()
                .map(|active| active.view.get(js)),
        )
    }

    #[jsg(method)]
    fn respond<'s>(&self, js: &mut Lock<'s, '_>, bytes_written: i32) -> Result<()> {
        let (controller, view) = self.parts(js)?;
        let room = view.byte_length();
        if room == 0 {
            return Err(Error::type_error(
                "Cannot respond with a zero-length or detached view",
            ));
        }
        if !controller.get().can_enqueue(js) {
            if bytes_written != 0 {
                return Err(Error::type_error(
                    "The bytesWritten must be zero after the stream is closed.",
                ));
            }
            controller.get().invalidate_byob_request(js);
            return Ok(());
        }
        if bytes_written <= 0 {
            return Err(Error::type_error(
                "The bytesWritten must be more than zero while the stream is open.",
            ));
        }
        let count = bytes_written as usize;
        if count > room {
            return Err(Error::range_error(format!(
                "Too many bytes [{bytes_written}] in response to a BYOB read request."
            )));
        }
        if self.is_orphaned() {
            let mut written = BufferSource::View(view.into()).to_vec();
            written.truncate(count);
            controller.get().invalidate_byob_request(js);
            ReadableByteStreamController::enqueue_bytes(js, controller, written.into());
            return Ok(());
        }
        ReadableByteStreamController::respond(js, controller, count)
    }

    #[jsg(method)]
    fn respond_with_new_view<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        view: Local<'s, ArrayBufferView>,
    ) -> Result<()> {
        let (controller, own) = self.parts(js)?;
        let expected = (own.byte_offset(), self.buffer_length());
        let count = view.byte_length();
        if !controller.get().can_enqueue(js) {
            if count != 0 {
                return Err(Error::type_error(
                    "The view byte length must be zero after the stream is closed.",
                ));
            }
            if js.flag(Flag::PedanticWpt) {
                check_place(js, view, expected)?;
            }
            controller.get().invalidate_byob_request(js);
            return Ok(());
        }
        if count == 0 {
            return Err(Error::type_error(
                "The view byte length must be more than zero while the stream is open.",
            ));
        }
        if self.is_orphaned() {
            let written = BufferSource::View(view).to_vec();
            controller.get().invalidate_byob_request(js);
            ReadableByteStreamController::enqueue_bytes(js, controller, written.into());
            return Ok(());
        }
        controller.get().replace_view(js, view)?;
        ReadableByteStreamController::respond(js, controller, count)
    }

    #[jsg(prototype_getter)]
    fn at_least(&self) -> Nullable<u32> {
        Nullable(
            self.active
                .borrow()
                .as_ref()
                .map(|active| active.at_least as u32),
        )
    }
}
