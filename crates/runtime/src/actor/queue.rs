//! Messages of a queue for an object.

use std::cell::RefCell;

use io::ChannelError;
use io::event::{Outcome, QueueBatch, QueueResult};
use io::trace::EventInfo;
use jsg::js::{Local, Promise};
use jsg::{Error, Lock};
use workers::queue_consumer::{OwnVerdicts, QueueEvent};

use super::traced::Traced;
use super::{Actor, handler};
use crate::tracer;

/// Delivers a batch and waits for its handler. A handler that fails is no error but an outcome.
///
/// # Errors
/// Why the object is broken.
pub(super) async fn deliver(actor: &Actor, batch: QueueBatch) -> Result<QueueResult, ChannelError> {
    let lock = actor.enter().await.map_err(ChannelError::remote)?;
    let traced = Traced::of_event(actor, None, || EventInfo::Queue {
        queue: batch.queue.clone(),
        batch_size: batch.messages.len(),
    });
    let said = RefCell::new(None);
    let called = handler::run(actor, lock, |js| call(js, actor, batch, &said));
    let success = match called {
        Ok(success) => success,
        // Dropped with a broken object.
        Err(later) => later.await.unwrap_or(false),
    };
    let outcome = match success {
        true => Outcome::Ok,
        false => Outcome::Exception,
    };
    if let Some(context) = traced.resume() {
        tracer::set_outcome(context, outcome);
    }
    if let Some(error) = actor.broken() {
        return Err(error.remote());
    }
    let verdicts = actor.context.run(|js| {
        let said = said.take()?.get(js).ok()?;
        Some(said.borrow().clone())
    });
    if let Some(open) = actor.context.wait_for_output() {
        open.await.map_err(ChannelError::remote)?;
    }
    Ok(QueueResult {
        outcome,
        verdicts: verdicts.unwrap_or_default(),
    })
}

/// None: there is nothing to wait for.
fn call<'s>(
    js: &mut Lock<'s, '_>,
    actor: &Actor,
    batch: QueueBatch,
    said: &RefCell<Option<OwnVerdicts>>,
) -> Result<Option<Local<'s, Promise>>, Error> {
    let object = actor.object(js)?;
    let method = handler::method(js, object, "queue")?;
    let (event, verdicts) = QueueEvent::create(js, batch)?;
    said.replace(Some(verdicts));
    let controller = QueueEvent::controller(js, event).object();
    let value = method
        .call(js, object.into(), &[controller.into()])
        .ok_or(Error::Pending)?;
    Ok(Local::<Promise>::try_from(value).ok())
}
