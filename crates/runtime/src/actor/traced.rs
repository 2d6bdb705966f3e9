//! Traces of an object's events. They share a context, so the context gathers for the event that came in last.

use std::rc::Rc;

use io::IoContext;
use io::trace::{SpanContext, Tracer};

use super::Actor;
use crate::definition::Entrypoint;
use crate::tracer;
use crate::worker::Worker;

/// Whose tail Workers hear of the object's events.
pub(super) struct Tails {
    worker: Rc<Worker>,
    entrypoint: Entrypoint,
}

impl Tails {
    /// None if there are no tail Workers.
    pub fn of(worker: Rc<Worker>, class: &str) -> Option<Self> {
        tracer::has_tails(&worker).then(|| Self {
            worker,
            entrypoint: Entrypoint {
                name: Some(class.into()),
                ..Entrypoint::default()
            },
        })
    }
}

/// One event's trace, if anybody hears of it; delivered when this is dropped.
pub(super) struct Traced {
    context: Rc<IoContext>,
    tracer: Option<Rc<Tracer>>,
}

impl Traced {
    pub fn begin(actor: &Actor, caller: Option<SpanContext>) -> Self {
        let context = actor.context.clone();
        let tracer = actor.tails.as_ref().and_then(|tails| {
            tracer::begin(&context, &tails.worker, &tails.entrypoint, caller);
            context.tracer()
        });
        Self { context, tracer }
    }

    /// Makes it the trace that the context gathers for, and gives the context; none if nobody hears of it.
    pub fn resume(&self) -> Option<&IoContext> {
        self.context.trace_with(self.tracer.clone()?);
        Some(&self.context)
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        if let Some(tracer) = &self.tracer {
            tracer.finish();
        }
    }
}
