//! The `tail` event: what other events have left.

use std::rc::Rc;

use io::trace::TailBatch;
use io::{ChannelError, IoContext};
use jsg::Error;
use web::events::{Event as DomEvent, EventTarget, ExtendableEvent};
use web::global_scope::ServiceWorkerGlobalScope;
use workers::tail::TailEvent;

use super::deliver::{Delivery, Kind, Missing, call, finish, start};
use super::{Guard, instance_of};
use crate::definition::Entrypoint;
use crate::handlers::Event;
use crate::tracer::{self, Heard};
use crate::worker::Worker;

static MISSING: Missing = Missing {
    handler: (
        "Attempted to send events but we lack a handler, did you remember to export a tail() function?",
        "Handler does not export a tail() function.",
    ),
    // Scripts need none.
    listener: ("", ""),
};

/// Delivers traces and waits for all that the handler starts.
///
/// # Errors
/// The Worker could not start or was stopped. A handler that fails is in the log.
pub async fn tail(
    worker: &Worker,
    entrypoint: &Entrypoint,
    batch: TailBatch,
) -> Result<(), ChannelError> {
    let instance = instance_of(worker)?;
    let context = IoContext::new(instance.isolate().clone());
    let _guard = Guard::new(context.clone());
    tracer::begin_tail(&context, worker, entrypoint, Heard::batch(&batch));
    let (_, waiting) = start(&context, |js| {
        let items = workers::tail::items(js, batch.traces)?;
        if instance.is_script() {
            let scope = ServiceWorkerGlobalScope::current(js)
                .ok_or_else(|| Error::Internal("an isolate without a global scope".into()))?;
            let target = ServiceWorkerGlobalScope::target(js, scope);
            for kind in ["tail", "trace"] {
                let event = TailEvent::create(js, kind, items);
                let event = event.upcast::<ExtendableEvent>(js).upcast::<DomEvent>(js);
                EventTarget::dispatch_from_host(js, target, event)?;
            }
            return Ok((Kind::Script, jsg::js::undefined(js).into()));
        }
        let handlers = instance.handlers(entrypoint.name.as_deref());
        let is_old = handlers.is_some_and(|handlers| {
            !handlers.handles(js, Event::Tail) && handlers.handles(js, Event::Trace)
        });
        let event = TailEvent::create(js, "tail", items);
        let delivery = Delivery {
            event: if is_old { Event::Trace } else { Event::Tail },
            controller: items.into(),
            dispatched: event.upcast::<ExtendableEvent>(js).upcast::<DomEvent>(js),
            missing: &MISSING,
            is_missing: Rc::default(),
        };
        call(js, &instance, entrypoint, delivery)
    });
    finish(&context, &instance, waiting, true).await?;
    Ok(())
}
