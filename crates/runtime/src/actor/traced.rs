//! Traces of an object's events. They share a context, so the context gathers for the event that came in last.

use std::rc::Rc;
use std::sync::Arc;

use io::IoContext;
use io::trace::{EventInfo, SpanContext, Tracer};
use workers::durable_object::ActorId;

use super::Actor;
use crate::definition::Entrypoint;
use crate::tracer;
use crate::worker::Worker;

/// Whose tail Workers hear of the object's events.
pub(super) struct Tails {
    worker: Rc<Worker>,
    entrypoint: Entrypoint,
    /// The object's id.
    id: Arc<str>,
}

impl Tails {
    /// None if there are no tail Workers.
    pub fn of(worker: Rc<Worker>, class: &str, id: &ActorId) -> Option<Self> {
        tracer::has_tails(&worker).then(|| Self {
            worker,
            id: id.to_string().into(),
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
            let tracer = context.tracer()?;
            tracer.set_object(tails.id.clone());
            Some(tracer)
        });
        Self { context, tracer }
    }

    /// As [`begin`](Self::begin), for an event of this kind.
    pub fn of_event(
        actor: &Actor,
        caller: Option<SpanContext>,
        event: impl FnOnce() -> EventInfo,
    ) -> Self {
        let traced = Self::begin(actor, caller);
        if let Some(tracer) = &traced.tracer {
            tracer.set_event(event());
        }
        traced
    }

    /// The trace, which goes on until the result is dropped; none if nobody hears of it.
    pub fn go_on(mut self) -> Option<Unfinished> {
        self.tracer.take().map(Unfinished)
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

/// A trace that is delivered when this is dropped.
pub(super) struct Unfinished(Rc<Tracer>);

impl Unfinished {
    /// The handler has returned.
    pub fn returned(&self) {
        self.0.set_return(None);
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.0.finish();
    }
}
