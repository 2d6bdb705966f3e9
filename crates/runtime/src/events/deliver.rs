//! Events that are no requests: how their handlers are found, called and waited for.

use std::cell::Cell;
use std::rc::Rc;

use io::event::Outcome;
use io::{ChannelError, DriveEnd, IoContext};
use jsg::js::{Global, Local, Object, Value};
use jsg::{Error, Handle, Lock};
use web::events::{Event as DomEvent, EventTarget};
use web::global_scope::ServiceWorkerGlobalScope;

use super::{Waiting, execution_context, settle, wait};
use crate::definition::Entrypoint;
use crate::errors::{condemned, hung, log_uncaught};
use crate::handlers::Event;
use crate::instance::Instance;
use crate::tracer::set_outcome;

/// An event on its way to a handler.
pub(super) struct Delivery<'s> {
    pub event: Event,
    /// What the handler of a module gets.
    pub controller: Local<'s, Object>,
    /// What the listeners of a script get.
    pub dispatched: Handle<'s, DomEvent>,
    /// For workers without a handler, or without a listener.
    pub missing: &'static Missing,
    /// Becomes true for them.
    pub is_missing: Rc<Cell<bool>>,
}

/// What is said when nobody handles an event: the author is warned, the event fails.
pub(super) struct Missing {
    pub handler: (&'static str, &'static str),
    pub listener: (&'static str, &'static str),
}

/// How a handler was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Module,
    Script,
}

/// Calls the handler.
pub(super) fn call<'s>(
    js: &mut Lock<'s, '_>,
    instance: &Instance,
    entrypoint: &Entrypoint,
    delivery: Delivery<'s>,
) -> Result<(Kind, Local<'s, Value>), Error> {
    let name = entrypoint.name.as_deref();
    let handlers = match (instance.handlers(name), name) {
        (Some(handlers), _) if !instance.is_script() => handlers,
        (None, Some(name)) => {
            return Err(Error::type_error(format!(
                "The Worker has no entry point named '{name}'."
            )));
        }
        _ => return dispatch(js, &delivery).map(|value| (Kind::Script, value)),
    };
    let env = instance.env(js);
    let ctx = execution_context(js, instance, entrypoint, !handlers.is_class())?;
    let callee = handlers
        .callee(js, delivery.event, env, ctx.object())?
        .ok_or_else(|| {
            delivery.is_missing.set(true);
            let (warning, message) = delivery.missing.handler;
            web::console::warn_once(js, warning);
            Error::error(message)
        })?;
    let arguments = [delivery.controller.into(), env.into(), ctx.object().into()];
    let value = callee
        .function
        .call(js, callee.this, &arguments)
        .ok_or(Error::Pending)?;
    Ok((Kind::Module, value))
}

fn dispatch<'s>(js: &mut Lock<'s, '_>, delivery: &Delivery<'s>) -> Result<Local<'s, Value>, Error> {
    let scope = ServiceWorkerGlobalScope::current(js)
        .ok_or_else(|| Error::Internal("an isolate without a global scope".into()))?;
    let target = ServiceWorkerGlobalScope::target(js, scope);
    if target.listener_count(delivery.event.name()) == 0 {
        delivery.is_missing.set(true);
        let (warning, message) = delivery.missing.listener;
        web::console::warn_once(js, warning);
        return Err(Error::error(message));
    }
    EventTarget::dispatch_from_host(js, target, delivery.dispatched)?;
    Ok(jsg::js::undefined(js).into())
}

/// Calls a handler in `context`; its failure is logged.
pub(super) fn start(
    context: &Rc<IoContext>,
    call: impl for<'s, 'i> FnOnce(&mut Lock<'s, 'i>) -> Result<(Kind, Local<'s, Value>), Error>,
) -> (Kind, Waiting) {
    context.run(|js| {
        let called = jsg::promise::try_catch(js, call);
        match called {
            Ok((kind, value)) => (kind, wait(js, value)),
            Err(exception) => {
                let exception = Global::new(js, exception);
                (Kind::Module, Waiting::Now(Err(exception)))
            }
        }
    })
}

/// Waits for the handler, and for all that `waitUntil` keeps if `for_all`.
///
/// # Errors
/// The Worker was stopped.
pub(super) async fn finish(
    context: &Rc<IoContext>,
    instance: &Rc<Instance>,
    waiting: Waiting,
    for_all: bool,
) -> Result<Outcome, ChannelError> {
    if let Some(error) = condemned(instance) {
        return Err(error);
    }
    set_outcome(context, Outcome::Exception);
    let failed = match settle(context, instance, waiting).await {
        Ok(Ok(_)) => false,
        Ok(Err(reason)) => {
            context.run(|js| {
                let reason = Local::new(js, reason);
                let origin = if instance.is_script() {
                    "Uncaught"
                } else {
                    "Uncaught (in promise)"
                };
                log_uncaught(js, origin, reason);
            });
            true
        }
        // The handler hangs, which is logged already, or the guest has ended the event.
        Err(_) if condemned(instance).is_none() => return Ok(Outcome::Exception),
        Err(error) => return Err(error),
    };
    if for_all {
        let end = context.drive(|| !context.is_held()).await;
        if end == DriveEnd::Idle {
            hung(context);
            return Ok(Outcome::Exception);
        }
    }
    let failed = failed || (for_all && context.has_failed());
    let outcome = if failed {
        Outcome::Exception
    } else {
        Outcome::Ok
    };
    set_outcome(context, outcome);
    Ok(outcome)
}
