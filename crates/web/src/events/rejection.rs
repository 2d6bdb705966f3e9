//! `PromiseRejectionEvent` (HTML §8.1.4.7).

use jsg::js::{Local, Promise, Value};
use jsg::{JsRef, Lock};

use super::Event;

/// A rejected promise that nobody handles, or that somebody does after all.
#[jsg::class(extends = Event)]
pub struct PromiseRejectionEvent {
    promise: JsRef<Promise>,
    reason: JsRef<Value>,
    parent: Event,
}

#[jsg::methods]
impl PromiseRejectionEvent {
    #[jsg(instance_getter)]
    fn promise<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Promise> {
        self.promise.get(js)
    }

    #[jsg(instance_getter)]
    fn reason<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.reason.get(js)
    }
}

impl PromiseRejectionEvent {
    /// `kind` is `unhandledrejection` or `rejectionhandled`.
    pub fn new<'s>(
        js: &Lock<'s, '_>,
        kind: &'static str,
        promise: Local<'s, Promise>,
        reason: Local<'s, Value>,
    ) -> Self {
        Self {
            promise: JsRef::new(js, promise),
            reason: JsRef::new(js, reason),
            parent: Event::trusted(kind),
        }
    }
}
