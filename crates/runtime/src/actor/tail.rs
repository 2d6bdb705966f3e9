//! What other events have left, for an object.

use io::ChannelError;
use io::trace::TailBatch;
use jsg::js::{Local, Promise};
use jsg::{Error, Lock};

use super::{Actor, handler};

/// Delivers traces and waits for the handler. One that fails is in the log.
///
/// # Errors
/// Why the object is broken.
pub(super) async fn deliver(actor: &Actor, batch: TailBatch) -> Result<(), ChannelError> {
    let lock = actor.enter().await.map_err(ChannelError::remote)?;
    let called = handler::run(actor, lock, |js| call(js, actor, batch));
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
    let method = handler::method(js, object, "tail")?;
    let items = workers::tail::items(js, batch.traces)?;
    let value = method
        .call(js, object.into(), &[items.into()])
        .ok_or(Error::Pending)?;
    Ok(Local::<Promise>::try_from(value).ok())
}
