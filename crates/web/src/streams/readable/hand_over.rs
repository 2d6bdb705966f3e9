//! What takes a stream's content away from it: a body for the HTTP layer, or another stream.

use jsg::{Error, Handle, Lock, Result};

use super::{Locked, ReadableStream, Source, State};
use crate::streams::{native, pump};

impl ReadableStream {
    /// A body that fails as this stream has, if nobody reads it.
    pub fn failed_body<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Option<net::Body> {
        let stream = this.get();
        let reason = stream.stored_error(js).filter(|_| !stream.is_locked())?;
        stream.disturbed.set(true);
        io::context::report_failed_response(js, reason);
        Some(net::Body::broken(native::thrown(js, reason)))
    }

    /// Hands the stream over to the HTTP layer. Guest code feeds a native body through a bounded
    /// channel; what is native already is passed on as it is.
    pub fn into_body<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Result<net::Body> {
        Self::into_body_for(js, this, pump::Consumer::Http)
    }

    /// As [`into_body`](Self::into_body), for any consumer.
    pub(crate) fn into_body_for<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        consumer: pump::Consumer,
    ) -> Result<net::Body> {
        let stream = this.get();
        if stream.is_locked() {
            return Err(Error::type_error(
                "The ReadableStream has been locked to a reader.",
            ));
        }
        if let State::Errored(reason) = &*stream.state.borrow() {
            return match consumer {
                pump::Consumer::Http | pump::Consumer::Response => {
                    Err(Error::value(js, reason.get(js)))
                }
                pump::Consumer::Message { .. } => Ok(net::Body::broken(net::BodyError::Incomplete)),
            };
        }
        stream.check_owner(js)?;
        stream.lock.replace(Locked::Native);
        stream.disturbed.set(true);
        if matches!(
            *stream.source.borrow(),
            Source::Default(_) | Source::Byte(_)
        ) {
            return pump::start(js, this, consumer);
        }
        let source = stream.source.replace(Source::Gone);
        stream.state.replace(State::Closed);
        native::into_body(js, source)
    }

    /// A stream with this one's content; this one stays behind, locked and disturbed.
    pub fn detach<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Result<Handle<'s, Self>> {
        let stream = this.get();
        if stream.is_disturbed() {
            return Err(Error::type_error(
                "The ReadableStream has already been read.",
            ));
        }
        if stream.is_locked() {
            return Err(Error::type_error(
                "The ReadableStream has been locked to a reader.",
            ));
        }
        let state = stream.state.replace(State::Closed);
        let source = stream.source.replace(Source::Gone);
        stream.lock.replace(Locked::Native);
        stream.disturbed.set(true);
        let moved = Handle::new(js, Self::with_source(source));
        moved.get().state.replace(state);
        moved
            .get()
            .expected_length
            .set(stream.expected_length.get());
        if let Some(controller) = moved.get().default_controller(js) {
            controller.get().driver.attach(js, moved);
        }
        if let Some(controller) = moved.get().byte_controller(js) {
            controller.get().driver.attach(js, moved);
        }
        Ok(moved)
    }
}
