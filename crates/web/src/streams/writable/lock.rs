//! Who has the right to write to a stream: a writer, a pipe, or a producer in Rust.

use jsg::{Error, Flag, Handle, Lock, LockExt, Ref};

use super::{RELEASED, WritableStream};
use crate::streams::pipe::Pipe;
use crate::streams::writer::WritableStreamDefaultWriter;

/// Who has the right to write.
#[derive(jsg::Trace)]
pub(super) enum WriterLock {
    Free,
    Writer(Ref<WritableStreamDefaultWriter>),
    Pipe(Ref<Pipe>),
    /// Nobody any more.
    Taken,
}

impl WritableStream {
    /// Streams §5.3.4, slot `[[writer]]`.
    pub(in crate::streams) fn writer<'s>(
        &self,
        js: &Lock<'s, '_>,
    ) -> Option<Handle<'s, WritableStreamDefaultWriter>> {
        match &*self.lock.borrow() {
            WriterLock::Writer(writer) => Some(writer.get(js)),
            _ => None,
        }
    }

    /// Takes the lock for a producer in Rust.
    pub(in crate::streams) fn lock_to_pipe<'s>(&self, js: &Lock<'s, '_>, pipe: Handle<'s, Pipe>) {
        self.lock.replace(WriterLock::Pipe(Ref::new(js, pipe)));
    }

    pub(super) fn pipe<'s>(&self, js: &Lock<'s, '_>) -> Option<Handle<'s, Pipe>> {
        match &*self.lock.borrow() {
            WriterLock::Pipe(pipe) => Some(pipe.get(js)),
            _ => None,
        }
    }

    /// The lock's end when a pipe has it; a writer keeps it.
    pub(in crate::streams) fn unlock_pipe(&self) {
        if matches!(*self.lock.borrow(), WriterLock::Pipe(_)) {
            self.lock.replace(WriterLock::Free);
        }
    }

    /// Streams §5.3.3, SetUpWritableStreamDefaultWriter.
    pub(in crate::streams) fn lock_to_writer<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        writer: Handle<'s, WritableStreamDefaultWriter>,
    ) {
        let stream = this.get();
        let ends = writer.get();
        if stream.is_closed() {
            ends.settle_closed(js, Ok(()));
            ends.resolve_ready(js);
        } else if let Some(reason) = stream.stored_error(js) {
            ends.settle_closed(js, Err(reason));
            ends.reject_ready(js, reason);
        } else if let Some(controller) = stream.controller(js) {
            let controller = controller.get();
            if !js.flag(Flag::WritableStreamSpecCompliantWriter) {
                if controller.is_started() {
                    ends.resolve_ready(js);
                }
            } else if let Some(reason) = controller.erroring(js) {
                ends.reject_ready(js, reason);
            } else if !controller.has_backpressure() {
                ends.resolve_ready(js);
            }
        } else {
            ends.resolve_ready(js);
        }
        let writer = Ref::new(js, writer);
        stream.lock.replace(WriterLock::Writer(writer));
    }

    /// Streams §5.3.3, WritableStreamDefaultWriterRelease.
    pub(in crate::streams) fn release_writer<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        writer: Handle<'s, WritableStreamDefaultWriter>,
    ) {
        let stream = this.get();
        if stream.writer(js).is_none() {
            // A native stream that has ended stays locked.
            return;
        }
        let ends = writer.get();
        let reason = jsg::promise::exception_of(js, Error::type_error(RELEASED));
        if stream.native().is_none() {
            if stream.is_writable()
                && let Some(controller) = stream.controller(js)
            {
                controller.get().cancel_writes(js, reason);
            }
            if js.flag(Flag::WritableStreamSpecCompliantWriter) {
                ends.reject_ready(js, reason);
            } else {
                ends.reject_pending_ready(js, reason);
            }
        }
        ends.settle_closed(js, Err(reason));
        stream.lock.replace(WriterLock::Free);
    }
}
