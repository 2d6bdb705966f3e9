//! The `scheduled` event.

use std::cell::Cell;
use std::rc::Rc;

use io::event::{Outcome, Scheduled, ScheduledResult};
use io::trace::{EventInfo, SpanContext};
use io::{ChannelError, IoContext};
use web::events::{Event as DomEvent, ExtendableEvent};
use workers::scheduled::ScheduledEvent;

use super::deliver::{Delivery, Missing, call, finish, start};
use super::{Guard, instance_of};
use crate::definition::Entrypoint;
use crate::handlers::Event;
use crate::tracer;
use crate::worker::Worker;

static MISSING: Missing = Missing {
    handler: (
        "Received a ScheduledEvent but we lack a handler for ScheduledEvents (a.k.a. Cron Triggers). Did you remember \
         to export a scheduled() function?",
        "Handler does not export a scheduled() function",
    ),
    listener: (
        "Received a ScheduledEvent but we lack an event listener for scheduled events (a.k.a. Cron Triggers). Did you \
         remember to call addEventListener(\"scheduled\", ...)?",
        "No event listener registered for scheduled events.",
    ),
};

/// Delivers the event and waits for all that it starts.
///
/// # Errors
/// The Worker could not start or was stopped. A handler that fails is no error but an outcome.
pub async fn scheduled(
    worker: &Worker,
    entrypoint: &Entrypoint,
    event: Scheduled,
    caller: Option<SpanContext>,
) -> Result<ScheduledResult, ChannelError> {
    let instance = instance_of(worker)?;
    let context = IoContext::new(instance.isolate().clone());
    let _guard = Guard::new(context.clone());
    tracer::begin(&context, worker, entrypoint, caller);
    if let Some(tracer) = context.tracer() {
        tracer.set_event(EventInfo::Scheduled {
            time: event.time,
            cron: event.cron.clone(),
        });
    }
    let no_retry = Rc::new(Cell::new(false));
    let (_, waiting) = start(&context, |js| {
        let event = ScheduledEvent::create(js, event, no_retry.clone());
        let controller = event.controller(js).object();
        let dispatched = event.upcast::<ExtendableEvent>(js).upcast::<DomEvent>(js);
        let delivery = Delivery {
            event: Event::Scheduled,
            controller,
            dispatched,
            missing: &MISSING,
            is_missing: no_retry.clone(),
        };
        call(js, &instance, entrypoint, delivery)
    });
    let outcome = finish(&context, &instance, waiting, true).await?;
    if outcome == Outcome::Ok {
        tracer::returned(&context);
    }
    Ok(ScheduledResult {
        outcome,
        no_retry: no_retry.get(),
    })
}
