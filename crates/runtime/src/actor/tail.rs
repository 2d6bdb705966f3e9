//! What other events have left, for an object.

use io::ChannelError;
use io::trace::TailBatch;
use jsg::js::{Function, Local, Promise};
use jsg::{Error, Lock};

use super::Actor;
use super::alarm::{report, settle};

/// Delivers traces and waits for the handler. One that fails is in the log.
///
/// # Errors
/// Why the object is broken.
pub(super) async fn deliver(actor: &Actor, batch: TailBatch) -> Result<(), ChannelError> {
    let lock = actor.enter().await.map_err(ChannelError::remote)?;
    let called = actor.context.run_locked(Some(lock), |js| {
        match jsg::promise::try_catch(js, |js| call(js, actor, batch)) {
            Ok(None) => Ok(true),
            Ok(Some(promise)) => settle(js, actor, promise),
            Err(exception) => {
                report(js, actor, "Uncaught", exception);
                Ok(false)
            }
        }
    });
    if let Err(later) = called {
        // Dropped with a broken object.
        let _ = later.await;
    }
    match actor.broken() {
        Some(error) => Err(error.remote()),
        None => Ok(()),
    }
}

/// None: there is nothing to wait for.
fn call<'s>(
    js: &mut Lock<'s, '_>,
    actor: &Actor,
    batch: TailBatch,
) -> Result<Option<Local<'s, Promise>>, Error> {
    let object = actor.object(js)?;
    let key = jsg::intern(js, "tail");
    let handler = object.get(js, key.into()).ok_or(Error::Pending)?;
    let handler = Local::<Function>::try_from(handler)
        .map_err(|_| Error::error("Handler does not export a tail() function."))?;
    let items = workers::tail::items(js, batch.traces)?;
    let value = handler
        .call(js, object.into(), &[items.into()])
        .ok_or(Error::Pending)?;
    Ok(Local::<Promise>::try_from(value).ok())
}
