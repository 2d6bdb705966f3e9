//! Who waits for what the event answers, and what is to be done when it goes before it has all of it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use jsg::promise::Continuation;

use crate::IoContext;

/// An event's client. Its departure is told in a turn of its own: it may come while guest code runs.
#[derive(Default)]
pub(crate) struct Client {
    when_gone: RefCell<Vec<Continuation>>,
    /// Bodies that guest code of this event fills.
    guest_bodies: Cell<usize>,
}

impl IoContext {
    /// Calls `then` in the isolate if the client goes before it has its answer. The events of a Durable Object share a
    /// context, which does not know their clients.
    pub fn when_client_gone(&self, then: Continuation) {
        if !self.is_cancelled() && self.actor().is_none() {
            self.client.when_gone.borrow_mut().push(then);
        }
    }

    /// Whether anybody wants to hear of it.
    pub fn watches_client(&self) -> bool {
        !self.client.when_gone.borrow().is_empty()
    }

    /// The client has gone. Must be called inside a `LocalSet`.
    pub fn client_gone(self: &Rc<Self>) {
        let told = self.client.when_gone.take();
        if told.is_empty() {
            return;
        }
        let kept = (self.hold(), self.expect());
        let context = self.clone();
        tokio::task::spawn_local(async move {
            if !context.is_cancelled() {
                context.run(|js| told.into_iter().for_each(|then| then(js)));
                // What it calls is under way before the client learns that it has gone.
                context.step().await;
            }
            drop(kept);
        });
    }

    /// The client has all that it is to have.
    pub fn client_served(&self) {
        drop(self.client.when_gone.take());
    }

    /// Counts a body that guest code of this event will fill.
    pub fn count_guest_body(&self) {
        let bodies = &self.client.guest_bodies;
        bodies.set(bodies.get() + 1);
    }

    /// How many such bodies there have been.
    pub fn guest_bodies(&self) -> usize {
        self.client.guest_bodies.get()
    }
}
