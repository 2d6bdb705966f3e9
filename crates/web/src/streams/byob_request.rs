//! `ReadableStreamBYOBRequest` (Streams §4.8): a source's way to write into the reader's buffer.

use std::cell::RefCell;

use jsg::convert::BufferSource;
use jsg::js::{ArrayBufferView, Local, Uint8Array};
use jsg::{Error, Handle, JsRef, Lock, Nullable, Ref, Result};

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
    at_least: usize,
}

impl ReadableStreamBYOBRequest {
    pub(super) fn new<'s>(
        js: &Lock<'s, '_>,
        controller: Handle<'s, ReadableByteStreamController>,
        view: Local<'s, Uint8Array>,
        at_least: usize,
    ) -> Self {
        Self {
            active: RefCell::new(Some(Active {
                controller: Ref::new(js, controller),
                view: JsRef::new(js, view),
                at_least,
            })),
        }
    }

    pub(super) fn invalidate(&self) {
        self.active.replace(None);
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

#[jsg::methods]
impl ReadableStreamBYOBRequest {
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
        ReadableByteStreamController::respond(js, controller, count)
    }

    #[jsg(method)]
    fn respond_with_new_view<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        view: Local<'s, ArrayBufferView>,
    ) -> Result<()> {
        let (controller, own) = self.parts(js)?;
        let count = view.byte_length();
        if count == 0 {
            return Err(Error::type_error(
                "The view byte length must be more than zero while the stream is open.",
            ));
        }
        if view.byte_offset() != own.byte_offset() {
            return Err(Error::range_error("The view has an invalid byte offset."));
        }
        if count > own.byte_length() {
            return Err(Error::range_error(format!(
                "Too many bytes [{count}] in response to a BYOB read request."
            )));
        }
        let bytes = BufferSource::View(view).to_vec();
        if let Some(buffer) = view.buffer(js)
            && own.buffer(js) != Some(buffer)
        {
            // The source has moved the memory away: it comes back as a copy.
            buffer.detach(None);
            if let Some((buffer, offset, ..)) = controller.get().region(js) {
                super::byte_controller::write_at(js, buffer, offset, &bytes);
            }
        }
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
