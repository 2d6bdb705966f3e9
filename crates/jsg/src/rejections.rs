//! Rejected promises without a handler, as V8 tells of them.

use std::rc::Rc;

use crate::{Lock, LockExt};

/// What has happened to a rejected promise.
pub enum Rejection<'s> {
    /// It was rejected and has no handler yet.
    WithoutHandler {
        promise: v8::Local<'s, v8::Promise>,
        reason: v8::Local<'s, v8::Value>,
    },
    /// It got a handler after all.
    HandledAfterwards { promise: v8::Local<'s, v8::Promise> },
}

/// Who keeps the account of an isolate's rejections.
pub trait Tracker {
    /// Called in the middle of guest code: it must not run any.
    fn rejection<'s>(&self, js: &mut Lock<'s, '_>, rejection: Rejection<'s>);
    /// Called after each drain of the microtask queue; true if it ran guest code.
    fn after_microtasks(&self, js: &mut Lock<'_, '_>) -> bool;
}

/// Sets the isolate's tracker.
pub fn set_tracker(js: &mut Lock<'_, '_>, tracker: Rc<dyn Tracker>) {
    *js.state().rejections.borrow_mut() = Some(tracker);
    js.set_promise_reject_callback(callback);
}

/// Tells the tracker that the microtask queue is empty; drains what its listeners have queued.
pub(crate) fn after_microtasks(js: &mut Lock<'_, '_>) {
    let tracker = js.state().rejections.borrow().clone();
    if tracker.is_some_and(|tracker| tracker.after_microtasks(js)) {
        js.perform_microtask_checkpoint();
    }
}

/// Lets the tracker settle its account at once.
pub fn settle(js: &mut Lock<'_, '_>) {
    let tracker = js.state().rejections.borrow().clone();
    if let Some(tracker) = tracker {
        tracker.after_microtasks(js);
    }
}

unsafe extern "C" fn callback(message: v8::PromiseRejectMessage<'_>) {
    v8::callback_scope!(unsafe scope, &message);
    let promise = message.get_promise();
    let rejection = match message.get_event() {
        v8::PromiseRejectEvent::PromiseRejectWithNoHandler => {
            let Some(reason) = message.get_value() else {
                return;
            };
            Rejection::WithoutHandler { promise, reason }
        }
        v8::PromiseRejectEvent::PromiseHandlerAddedAfterReject => {
            Rejection::HandledAfterwards { promise }
        }
        // Settling a promise twice is no rejection.
        v8::PromiseRejectEvent::PromiseRejectAfterResolved
        | v8::PromiseRejectEvent::PromiseResolveAfterResolved => return,
    };
    let tracker = scope.state().rejections.borrow().clone();
    if let Some(tracker) = tracker {
        tracker.rejection(scope, rejection);
    }
}
