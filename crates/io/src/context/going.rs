//! What keeps an event going: holds, calls of others, and what is expected from outside.

use std::cell::RefCell;
use std::rc::Rc;

use jsg::js::{Local, Promise};
use jsg::{Lock, Result};

use super::{IoContext, report_rejection};
use crate::holds::{Expected, Hold};

impl IoContext {
    /// See [`Expected`].
    pub fn expect(self: &Rc<Self>) -> Expected {
        self.expected.set(self.expected.get() + 1);
        Expected(self.clone())
    }

    pub(crate) fn release_hold(&self) {
        self.holds.set(self.holds.get() - 1);
        self.wake();
    }

    pub(crate) fn release_expected(&self) {
        self.expected.set(self.expected.get() - 1);
        self.wake();
    }

    /// Keeps the event going while the hold lives.
    pub fn hold(self: &Rc<Self>) -> Hold {
        self.holds.set(self.holds.get() + 1);
        Hold(self.clone())
    }

    /// Another event has called this one.
    pub fn begin_call(&self) {
        self.calls.set(self.calls.get() + 1);
    }

    /// Such a call has its result.
    pub fn end_call(&self) {
        self.calls.set(self.calls.get() - 1);
    }

    /// Whether another event waits for the result of a call.
    pub fn is_called(&self) -> bool {
        self.calls.get() > 0
    }

    /// Whether something keeps the event going.
    pub fn is_held(&self) -> bool {
        self.holds.get() > 0
    }

    /// Whether anything that was started has not come to its end: tasks, timers, what holds the event.
    pub fn is_busy(&self) -> bool {
        // Whoever polls the tasks has borrowed them.
        let has_tasks = !self.tasks.try_borrow().is_ok_and(|tasks| tasks.is_empty());
        has_tasks
            || !self.finished.borrow().is_empty()
            || !self.added.borrow().is_empty()
            || self.timers.counts().active > 0
            || self.is_held()
    }

    /// Keeps the event going until `promise` settles; a rejection is reported, not thrown.
    pub fn wait_until<'s>(
        self: &Rc<Self>,
        js: &mut Lock<'s, '_>,
        promise: Local<'s, Promise>,
    ) -> Result<()> {
        let (hold, other) = {
            let hold = Rc::new(RefCell::new(Some(self.hold())));
            (hold.clone(), hold)
        };
        let context = Rc::downgrade(self);
        jsg::promise::observe(
            js,
            promise,
            move |_, _| {
                hold.take();
                Ok(())
            },
            move |js, reason| {
                other.take();
                if let Some(context) = context.upgrade() {
                    context.failed.set(true);
                }
                report_rejection(js, reason);
                Ok(())
            },
        )
    }
}
