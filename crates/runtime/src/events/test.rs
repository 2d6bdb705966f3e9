//! The `test` event: `test(controller, env, ctx)` of an entry point, run by `workerd test`.

use std::rc::Rc;

use io::event::Outcome;
use io::trace::EventInfo;
use io::{ChannelError, IoContext};
use jsg::js::{Local, Object};

use super::{Guard, execution_context, settle, wait};
use crate::definition::Entrypoint;
use crate::errors::{condemned, log_uncaught, to_remote};
use crate::handlers::Event;
use crate::instance::Instance;
use crate::tracer;
use crate::worker::Worker;

/// The entry points that have tests, the default one first, then by name.
pub fn entrypoints(instance: &Instance) -> Vec<Rc<str>> {
    let mut names: Vec<Rc<str>> = instance.isolate().enter(|js| {
        instance
            .entrypoints()
            .filter(|(_, handlers)| handlers.handles(js, Event::Test))
            .map(|(name, _)| name.clone())
            .collect()
    });
    names.sort_by(|a, b| (&**a != "default", a).cmp(&(&**b != "default", b)));
    names
}

/// Runs one test; an error is its failure.
pub async fn run(
    worker: &Worker,
    instance: &Rc<Instance>,
    entrypoint: &str,
) -> Result<(), ChannelError> {
    let context = IoContext::new(instance.isolate().clone());
    let _guard = Guard::new(context.clone());
    // Tests of tail Workers are called so: they are to hear of the others.
    let is_traced = entrypoint != "test";
    let entrypoint = Entrypoint {
        name: (entrypoint != "default").then(|| entrypoint.into()),
        ..Entrypoint::default()
    };
    if is_traced {
        tracer::begin(&context, worker, &entrypoint, None);
        if let Some(tracer) = context.tracer() {
            tracer.set_event(EventInfo::Custom);
        }
    }
    let result = drive(&context, instance, &entrypoint).await;
    // That a test fails is not what its tail Workers are told; the exception is.
    tracer::set_outcome(&context, Outcome::Ok);
    result
}

async fn drive(
    context: &Rc<IoContext>,
    instance: &Rc<Instance>,
    entrypoint: &Entrypoint,
) -> Result<(), ChannelError> {
    let waiting = context.run(|js| {
        let called = jsg::promise::try_catch(js, |js| {
            let handlers = instance
                .handlers(entrypoint.name.as_deref())
                .ok_or_else(|| jsg::Error::Internal("a test without an entry point".into()))?;
            let env = instance.env(js);
            let ctx = execution_context(js, instance, entrypoint, false)?;
            let callee = handlers
                .callee(js, Event::Test, env, ctx.object())?
                .ok_or_else(|| {
                    jsg::Error::type_error("Handler does not export a test() function.")
                })?;
            let controller = Object::new(js);
            callee.call(js, controller.into(), env, ctx.object())
        });
        match called {
            Ok(value) => wait(js, value),
            Err(exception) => super::Waiting::Now(Err(jsg::js::Global::new(js, exception))),
        }
    });
    if let Some(error) = condemned(instance) {
        return Err(error);
    }
    let settled = settle(context, instance, waiting).await?;
    if let Err(reason) = settled {
        return Err(context.run(|js| {
            let reason = Local::new(js, reason);
            log_uncaught(js, "Uncaught (in promise)", reason);
            to_remote(js, reason)
        }));
    }
    context.drive(|| !context.is_held()).await;
    if context.has_failed() {
        return Err(ChannelError::Failed(
            "a promise passed to waitUntil() was rejected".into(),
        ));
    }
    Ok(())
}
