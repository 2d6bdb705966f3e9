//! What the crates above `web` add to `ctx`.

use std::rc::Rc;

use io::IoContext;
use jsg::js::{Local, Object, Promise, Value};
use jsg::{Lock, LockExt, Result};
use web::execution_context::{ContextHooks, Hooks};
use workers::OnAbortIsolate;
use workers::tracing::Tracing;

use crate::Host;

struct Additions;

impl ContextHooks for Additions {
    fn tracing<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        Ok(Tracing::create(js).into())
    }

    fn restore<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        params: Local<'s, Object>,
    ) -> Result<Local<'s, Promise>> {
        workers::restore::own(js, params)
    }

    fn abort<'s>(&self, js: &mut Lock<'s, '_>, event: Rc<IoContext>, reason: Local<'s, Value>) {
        let error = crate::errors::to_remote(js, reason);
        crate::tracer::set_outcome(&event, io::event::Outcome::Exception);
        event.abort(error);
    }
}

/// Gives the isolate's contexts what they need.
pub(crate) fn install(js: &Lock<'_, '_>, host: &Rc<dyn Host>) {
    js.set_extension(Rc::new(Hooks(Box::new(Additions))));
    let host = host.clone();
    let told = move |reason: Option<&str>| host.isolate_aborted(reason);
    js.set_extension(Rc::new(OnAbortIsolate(Box::new(told))));
}
