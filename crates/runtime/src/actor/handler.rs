//! Handlers of an object whose success somebody waits for: those of alarms, of queues and of tails.

use std::cell::Cell;
use std::rc::Rc;

use futures::channel::oneshot;
use io::InputLock;
use jsg::js::{Function, Local, Object, Promise, PromiseState, Value};
use jsg::{Error, Isolate, Lock};

use super::Actor;
use crate::errors::log_uncaught;

/// Whether the handler has succeeded.
pub(super) type Success = bool;

/// What `call` comes to, if that is known after a drain of the microtask queue, or else the way by which it comes, which
/// ends with an object that breaks. `call` gives nothing where there is nothing to wait for.
pub(super) fn run(
    actor: &Actor,
    lock: InputLock,
    call: impl for<'s, 'i> FnOnce(&mut Lock<'s, 'i>) -> jsg::Result<Option<Local<'s, Promise>>>,
) -> Result<Success, oneshot::Receiver<Success>> {
    actor
        .context
        .run_locked(Some(lock), |js| match jsg::promise::try_catch(js, call) {
            Ok(None) => Ok(true),
            Ok(Some(promise)) => settle(js, actor, promise),
            Err(exception) => {
                report(js, actor, "Uncaught", exception);
                Ok(false)
            }
        })
}

/// A method that the object has to have.
pub(super) fn method<'s>(
    js: &mut Lock<'s, '_>,
    object: Local<'s, Object>,
    name: &'static str,
) -> jsg::Result<Local<'s, Function>> {
    let key = jsg::intern(js, name);
    let handler = object.get(js, key.into()).ok_or(Error::Pending)?;
    Local::<Function>::try_from(handler)
        .map_err(|_| Error::error(format!("Handler does not export a {name}() function.")))
}

fn settle<'s>(
    js: &mut Lock<'s, '_>,
    actor: &Actor,
    promise: Local<'s, Promise>,
) -> Result<Success, oneshot::Receiver<Success>> {
    promise.mark_as_handled();
    Isolate::drain_microtasks(js);
    match promise.state() {
        PromiseState::Fulfilled => return Ok(true),
        PromiseState::Rejected => {
            let reason = promise.result(js);
            report(js, actor, "Uncaught (in promise)", reason);
            return Ok(false);
        }
        PromiseState::Pending => {}
    }
    let (sender, receiver) = oneshot::channel();
    // It goes with the object's context, so that an object that breaks does not keep anybody waiting.
    let sender = Rc::new(actor.context.own("", Cell::new(Some(sender))));
    let other = sender.clone();
    // A guest that is being terminated attaches nothing.
    let _ = jsg::promise::observe(
        js,
        promise,
        move |js, _| {
            let slot = sender.get(js)?;
            tell(&slot, true);
            Ok(())
        },
        move |js, reason| {
            let slot = other.get(js)?;
            log_uncaught(js, "Uncaught (in promise)", reason);
            tell(&slot, false);
            Ok(())
        },
    );
    Err(receiver)
}

fn tell(slot: &Cell<Option<oneshot::Sender<Success>>>, success: Success) {
    if let Some(sender) = slot.take() {
        // Who does not wait any more has given it up.
        let _ = sender.send(success);
    }
}

/// A handler that is stopped by `abort()` throws nothing.
fn report<'s>(
    js: &mut Lock<'s, '_>,
    actor: &Actor,
    origin: &'static str,
    exception: Local<'s, Value>,
) {
    if actor.broken().is_none() {
        log_uncaught(js, origin, exception);
    }
}
