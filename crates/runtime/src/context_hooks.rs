//! What the crates above `web` add to `ctx`.

use std::cell::RefCell;
use std::rc::Rc;

use io::{ChannelError, IoContext};
use jsg::js::{Local, Object, Promise, Value};
use jsg::{Error, Lock, LockExt, Result};
use web::execution_context::{ContextHooks, Hooks};
use workers::tracing::Tracing;

struct Additions;

impl ContextHooks for Additions {
    fn tracing<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        Ok(Tracing::create(js).into())
    }

    fn map_virtual_host<'s>(
        &self,
        _: &mut Lock<'s, '_>,
        call: &jsg::Call<'s>,
    ) -> Result<Local<'s, Value>> {
        Err(call.member().argument_error(0, "Fetcher"))
    }

    fn restore<'s>(
        &self,
        _: &mut Lock<'s, '_>,
        _: Local<'s, Object>,
    ) -> Result<Local<'s, Promise>> {
        Err(Error::error("ctx.restore() is not implemented."))
    }

    fn abort<'s>(&self, js: &mut Lock<'s, '_>, event: Rc<IoContext>, reason: Local<'s, Value>) {
        let error = crate::errors::to_remote(js, reason);
        crate::tracer::set_outcome(&event, io::event::Outcome::Exception);
        js.set_extension(Rc::new(Aborted(RefCell::new(Some((event.id(), error))))));
        event.cancel();
    }
}

/// The event that a guest has aborted last, and what its client is to see.
struct Aborted(RefCell<Option<(u64, ChannelError)>>);

/// What `ctx.abort()` has ended the event with, if it was called. The isolate can run again.
pub(crate) fn aborted(event: &IoContext) -> Option<ChannelError> {
    if !event.is_cancelled() {
        return None;
    }
    event.isolate().enter(|js| {
        let aborted = js.extension::<Aborted>()?;
        let mine = aborted.0.borrow_mut().take_if(|(id, _)| *id == event.id());
        if mine.is_some() {
            js.cancel_terminate_execution();
        }
        mine.map(|(_, error)| error)
    })
}

/// Gives the isolate's contexts what they need.
pub(crate) fn install(js: &Lock<'_, '_>) {
    js.set_extension(Rc::new(Hooks(Box::new(Additions))));
}
