//! Rejected promises that nobody handles (HTML §8.1.4.7, ECMA-262 §27.2.1.9).
//!
//! A rejection is only unhandled once the microtasks of its turn have run, so they are collected and
//! told of after the drain; a handler that comes later makes `rejectionhandled`. At older dates they are told of by the next
//! microtask, so that a chain which gets its handler a little later is told of too.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use jsg::async_context::Captured;
use jsg::js::{Global, Local, Private, Promise, Value};
use jsg::rejections::{Rejection, Tracker};
use jsg::{Flag, Handle, Lock, LockExt};
use web::events::{Event, EventTarget, PromiseRejectionEvent};
use web::global_scope::ServiceWorkerGlobalScope;

/// Rejections of one turn beyond this many are not told of: a loop that makes them must not fill
/// the heap with them.
const MOST: usize = 1000;

/// A rejected promise, its reason, and the async context that the listeners run in.
type Entry = (Global<Promise>, Global<Value>, Captured);

/// The rejections of one isolate.
#[derive(Default)]
pub struct Rejections {
    fresh: RefCell<Vec<Entry>>,
    late: RefCell<Vec<Entry>>,
    telling: Cell<bool>,
    /// Whether a microtask is on its way that tells.
    queued: Cell<bool>,
}

impl Tracker for Rejections {
    fn rejection<'s>(&self, js: &mut Lock<'s, '_>, rejection: Rejection<'s>) {
        if !js.flag(Flag::UnhandledRejectionAfterMicrotaskCheckpoint) {
            self.tell_soon(js);
        }
        match rejection {
            Rejection::WithoutHandler { promise, reason } => {
                if self.fresh.borrow().len() < MOST {
                    let entry = (
                        Global::new(js, promise),
                        Global::new(js, reason),
                        Captured::capture(js),
                    );
                    self.fresh.borrow_mut().push(entry);
                }
            }
            Rejection::HandledAfterwards { promise } => {
                let before = self.fresh.borrow().len();
                self.fresh
                    .borrow_mut()
                    .retain(|(other, ..)| Local::new(js, other) != promise);
                if self.fresh.borrow().len() < before {
                    return;
                }
                let told = told(js);
                if promise.has_private(js, told) == Some(true) {
                    promise.delete_private(js, told);
                    // The later event does not tell the reason again.
                    let reason: Local<'_, Value> = jsg::js::undefined(js).into();
                    let entry = (
                        Global::new(js, promise),
                        Global::new(js, reason),
                        Captured::capture(js),
                    );
                    self.late.borrow_mut().push(entry);
                }
            }
        }
    }

    fn after_microtasks(&self, js: &mut Lock<'_, '_>) -> bool {
        self.queued.set(false);
        if (self.fresh.borrow().is_empty() && self.late.borrow().is_empty())
            || self.telling.replace(true)
        {
            return false;
        }
        for (promise, reason, frame) in self.late.take() {
            frame.run(js, |js| {
                self.tell(js, "rejectionhandled", &promise, &reason)
            });
        }
        for (promise, reason, frame) in self.fresh.take() {
            {
                let (promise, told) = (Local::new(js, &promise), told(js));
                let yes = jsg::js::undefined(js).into();
                promise.set_private(js, told, yes);
            }
            frame.run(js, |js| {
                self.tell(js, "unhandledrejection", &promise, &reason)
            });
        }
        self.telling.set(false);
        true
    }
}

/// What a promise that was told of has. Isolates that move between threads have no weak handles to remember it by.
fn told<'s>(js: &Lock<'s, '_>) -> Local<'s, Private> {
    let name = jsg::intern(js, "told of");
    Private::for_api(js, Some(name))
}

impl Rejections {
    /// Makes this the isolate's tracker.
    pub fn install(js: &mut Lock<'_, '_>) {
        jsg::rejections::set_tracker(js, Rc::new(Self::default()));
    }

    /// Queues the microtask that tells, if anybody listens.
    fn tell_soon(&self, js: &mut Lock<'_, '_>) {
        let Some(scope) = ServiceWorkerGlobalScope::current(js) else {
            return;
        };
        let target = ServiceWorkerGlobalScope::target(js, scope);
        let listens = |kind| target.listener_count(kind) > 0;
        if self.queued.get() || !(listens("unhandledrejection") || listens("rejectionhandled")) {
            return;
        }
        self.queued.set(true);
        let settle = jsg::promise::function(js, "", |js, _| {
            jsg::rejections::settle(js);
            Ok(jsg::js::undefined(js).into())
        });
        js.enqueue_microtask(settle);
    }

    /// Dispatches the event at the global scope. Nothing is logged when nobody listens, as in the real
    /// workerd.
    fn tell(
        &self,
        js: &mut Lock<'_, '_>,
        kind: &'static str,
        promise: &Global<Promise>,
        reason: &Global<Value>,
    ) {
        let Some(scope) = ServiceWorkerGlobalScope::current(js) else {
            return;
        };
        let target = ServiceWorkerGlobalScope::target(js, scope);
        if target.listener_count(kind) == 0 {
            return;
        }
        let (promise, reason) = (Local::new(js, promise), Local::new(js, reason));
        let event = PromiseRejectionEvent::new(js, kind, promise, reason);
        let event = Handle::new(js, event).upcast::<Event>(js);
        let dispatched = jsg::promise::try_catch(js, |js| EventTarget::dispatch(js, target, event));
        if let Err(exception) = dispatched {
            web::report::report_exception(js, exception);
        }
    }
}
