//! The `queue` event: messages for a consumer.

use std::cell::RefCell;
use std::rc::Rc;

use io::event::{Outcome, QueueBatch, QueueResult};
use io::trace::{EventInfo, SpanContext};
use io::{ChannelError, IoContext};
use jsg::Flag;
use web::events::{Event as DomEvent, ExtendableEvent};
use workers::queue_consumer::QueueEvent;

use super::deliver::{Delivery, Kind, Missing, call, finish, start};
use super::{Guard, instance_of};
use crate::definition::Entrypoint;
use crate::handlers::Event;
use crate::tracer;
use crate::worker::Worker;

static MISSING: Missing = Missing {
    handler: (
        "Received a QueueEvent but we lack a handler for QueueEvents. Did you remember to export a queue() function?",
        "Handler does not export a queue() function.",
    ),
    listener: (
        "Received a QueueEvent but we lack an event listener for queue events. Did you remember to call \
         addEventListener(\"queue\", ...)?",
        "No event listener registered for queue messages.",
    ),
};

/// Delivers a batch and waits for its handler, and for all that it starts unless the Worker's flags say no.
///
/// # Errors
/// The Worker could not start or was stopped. A handler that fails is no error but an outcome.
pub async fn queue(
    worker: &Worker,
    entrypoint: &Entrypoint,
    batch: QueueBatch,
    caller: Option<SpanContext>,
) -> Result<QueueResult, ChannelError> {
    let instance = instance_of(worker)?;
    let context = IoContext::new(instance.isolate().clone());
    let _guard = Guard::new(context.clone());
    tracer::begin(&context, worker, entrypoint, caller);
    if let Some(tracer) = context.tracer() {
        tracer.set_event(EventInfo::Queue {
            queue: batch.queue.clone(),
            batch_size: batch.messages.len(),
        });
    }
    let said = RefCell::new(None);
    let (kind, waiting) = start(&context, |js| {
        let (event, verdicts) = QueueEvent::create(js, batch)?;
        said.replace(Some(verdicts));
        let controller = QueueEvent::controller(js, event).object();
        let dispatched = event.upcast::<ExtendableEvent>(js).upcast::<DomEvent>(js);
        let delivery = Delivery {
            event: Event::Queue,
            controller,
            dispatched,
            missing: &MISSING,
            is_missing: Rc::default(),
        };
        call(js, &instance, entrypoint, delivery)
    });
    let flags = &worker.definition().flags;
    let for_all = kind == Kind::Script || !flags.contains(Flag::QueueConsumerNoWaitForWaitUntil);
    let outcome = finish(&context, &instance, waiting, for_all).await?;
    if outcome == Outcome::Ok {
        tracer::returned(&context);
    }
    let verdicts = context.run(|js| {
        let verdicts = said.take()?.get(js).ok()?;
        Some(verdicts.borrow().clone())
    });
    Ok(QueueResult {
        outcome,
        verdicts: verdicts.unwrap_or_default(),
    })
}
