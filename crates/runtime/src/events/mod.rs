//! Events, one file per type.

pub mod connect;
mod deliver;
pub mod fetch;
pub mod queue;
pub mod rpc;
pub mod scheduled;
mod served;
pub mod tail;
pub mod tail_stream;
pub mod test;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::definition::{Entrypoint, Props};
use crate::instance::Instance;
use crate::restoring;
use crate::worker::Worker;
use io::awaited::OnSettled;
use io::{ChannelError, DriveEnd, IoContext};
use jsg::js::{Global, Local, Promise, PromiseState, Value};
use jsg::{Flag, Handle, Isolate, Lock, LockExt};
use web::execution_context::{ExecutionContext, Parts};

/// The Worker's instance, started if it must be.
pub(crate) fn instance_of(worker: &Worker) -> Result<Rc<Instance>, ChannelError> {
    worker.instance().map_err(|error| {
        if worker.host().is_dynamic() {
            return ChannelError::Failed(format!("Failed to start Worker:\n{error}"));
        }
        let name = &worker.definition().name;
        tracing::error!("service {name}: {error}");
        ChannelError::Failed(format!("service {name}: {error}"))
    })
}

/// Asked of dynamic Workers, whose entry points nobody knows before they have started.
///
/// # Errors
/// The Worker exports nothing of the name.
pub(crate) fn check_entrypoint(
    instance: &Instance,
    entrypoint: &Entrypoint,
) -> Result<(), ChannelError> {
    match &entrypoint.name {
        Some(name) if !instance.is_script() && !instance.has_entrypoint(name) => Err(
            ChannelError::classed("Error", format!("Worker has no such entrypoint: {name}")),
        ),
        _ => Ok(()),
    }
}

/// Ends an event whose caller has gone away, unless `waitUntil` keeps it.
pub(crate) struct Guard {
    context: Option<Rc<IoContext>>,
    answered: bool,
}

impl Guard {
    pub(crate) fn new(context: Rc<IoContext>) -> Self {
        Self {
            context: Some(context),
            answered: false,
        }
    }

    /// The caller has its answer.
    pub(crate) fn answered(mut self) {
        self.answered = true;
    }
}

impl Drop for Guard {
    /// The caller is gone or has its answer. What holds the event (`waitUntil`, a body on its way)
    /// goes on in the background; the rest of its work ends here.
    fn drop(&mut self) {
        let Some(context) = self.context.take() else {
            return;
        };
        context.answered();
        if !self.answered {
            context.client_gone();
        }
        if context.is_held() {
            tokio::task::spawn_local(context.drain());
        } else {
            context.cancel();
        }
    }
}

/// The `ctx` of an event; `shared` when the entry point is not a class.
pub(crate) fn execution_context<'s>(
    js: &mut Lock<'s, '_>,
    instance: &Instance,
    entrypoint: &Entrypoint,
    shared: bool,
) -> jsg::Result<Handle<'s, ExecutionContext>> {
    restoring::begin(js, instance, entrypoint);
    // What belongs to one caller is not for a context that all share.
    let props = if shared && js.flag(Flag::NonclassEntrypointReusesCtxAcrossInvocations) {
        None
    } else {
        props_value(js, &entrypoint.props)?
    };
    let exports = instance.exports(js).map(Into::into);
    Ok(ExecutionContext::create(
        js,
        Parts {
            exports,
            props,
            version: None,
        },
    ))
}

/// A new value of `ctx.props`; none if there are no props.
pub(crate) fn props_value<'s>(
    js: &mut Lock<'s, '_>,
    props: &Props,
) -> jsg::Result<Option<Local<'s, Value>>> {
    Ok(match props {
        Props::Empty => None,
        Props::Json(json) => Some(jsg::json_parse(js, json)?),
        Props::Carried(props) => Some(props.read(js)?),
    })
}

/// What a handler's promise came to.
type Settled = Result<Global<Value>, Global<Value>>;

/// A handler's result on its way, as `T`.
pub(crate) enum Waiting<T = Settled> {
    Now(T),
    Later(Rc<RefCell<Option<T>>>),
}

/// Looks at what a handler returned, after a drain of the microtask queue: most have settled by then.
pub(crate) fn wait<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Waiting {
    wait_then(js, value, |js, result| match result {
        Ok(value) => Ok(Global::new(js, value)),
        Err(reason) => Err(Global::new(js, reason)),
    })
}

/// As [`wait`], and makes of the result what is wanted where it settles, without another entry into the isolate.
pub(crate) fn wait_then<'s, T: 'static>(
    js: &mut Lock<'s, '_>,
    value: Local<'s, Value>,
    then: impl for<'a, 'i> FnOnce(&mut Lock<'a, 'i>, Result<Local<'a, Value>, Local<'a, Value>>) -> T
    + 'static,
) -> Waiting<T> {
    let Ok(promise) = Local::<Promise>::try_from(value) else {
        return Waiting::Now(then(js, Ok(value)));
    };
    // Its rejection is the event's outcome, whenever it comes.
    promise.mark_as_handled();
    Isolate::drain_microtasks(js);
    match promise.state() {
        PromiseState::Fulfilled => {
            let value = promise.result(js);
            Waiting::Now(then(js, Ok(value)))
        }
        PromiseState::Rejected => {
            let reason = promise.result(js);
            Waiting::Now(then(js, Err(reason)))
        }
        PromiseState::Pending => {
            let slot = Rc::new(RefCell::new(None));
            let settled = slot.clone();
            let then: OnSettled = Box::new(move |js, result| {
                let result = then(js, result);
                settled.replace(Some(result));
            });
            attach(js, promise, then);
            Waiting::Later(slot)
        }
    }
}

/// Calls `then` when `promise` has settled. The current event looks at it, unless it looks at another one already.
fn attach<'s>(js: &mut Lock<'s, '_>, promise: Local<'s, Promise>, then: OnSettled) {
    let then = match IoContext::try_current(js) {
        Some(context) => match context.when_settled(js, promise, then) {
            Ok(()) => return,
            Err(then) => then,
        },
        None => then,
    };
    let then = Rc::new(Cell::new(Some(then)));
    let or_else = then.clone();
    let attached = jsg::promise::then(
        js,
        promise,
        move |js, value| {
            if let Some(then) = then.take() {
                then(js, Ok(value));
            }
            Ok(jsg::js::undefined(js).into())
        },
        {
            let or_else = or_else.clone();
            move |js, reason| {
                if let Some(then) = or_else.take() {
                    then(js, Err(reason));
                }
                Ok(jsg::js::undefined(js).into())
            }
        },
    );
    if let (Err(error), Some(then)) = (attached, or_else.take()) {
        let exception = jsg::promise::exception_of(js, error);
        then(js, Err(exception));
    }
}

/// Drives the event until its handler's promise has settled.
pub(crate) async fn settle<T>(
    context: &Rc<IoContext>,
    instance: &Instance,
    waiting: Waiting<T>,
) -> Result<T, ChannelError> {
    match waiting {
        Waiting::Now(settled) => Ok(settled),
        Waiting::Later(slot) => settle_later(context, instance, slot).await,
    }
}

/// As [`settle`], for a promise that is still pending.
pub(crate) async fn settle_later<T>(
    context: &Rc<IoContext>,
    instance: &Instance,
    slot: Rc<RefCell<Option<T>>>,
) -> Result<T, ChannelError> {
    let isolate = context.isolate().clone();
    let end = context
        .drive(|| slot.borrow().is_some() || isolate.condemned().is_some())
        .await;
    if let Some(settled) = slot.take() {
        return Ok(settled);
    }
    if let Some(error) = crate::errors::condemned(instance) {
        return Err(error);
    }
    Err(match end {
        DriveEnd::Idle => crate::errors::hung(context),
        DriveEnd::Done | DriveEnd::Cancelled => {
            ChannelError::Disconnected("The event was cancelled.".into())
        }
    })
}
