//! The promise that an event's outcome is.
//!
//! Whoever waits for it could continue it in Rust ([`jsg::promise::then`]), which makes two functions and two wrapped
//! closures for each request. Instead the event looks at it whenever guest code has run. Other events may settle it,
//! too: an event that goes to sleep looks once more if any has run meanwhile, and one that seems to hang is woken.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use jsg::Lock;
use jsg::js::{Global, Local, Promise, PromiseState, Value};

use crate::IoContext;

thread_local! {
    /// How often guest code has run on this thread, for any event.
    static RUNS: Cell<u64> = const { Cell::new(0) };
}

/// Gets the value of a promise, or the reason of its rejection, inside the isolate.
pub type OnSettled =
    Box<dyn for<'s, 'i> FnOnce(&mut Lock<'s, 'i>, Result<Local<'s, Value>, Local<'s, Value>>)>;

/// See the module.
#[derive(Default)]
pub(crate) struct Awaited {
    promise: RefCell<Option<(Global<Promise>, OnSettled)>>,
    /// The count of [`RUNS`] at the last look.
    looked_at: Cell<u64>,
    is_watched: Cell<bool>,
}

impl Awaited {
    /// Guest code is about to run for some event.
    pub(crate) fn count_run() {
        RUNS.set(RUNS.get().wrapping_add(1));
    }

    /// Waits for `promise`, unless something is waited for already: gives `then` back in that case.
    pub(crate) fn set<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        promise: Local<'s, Promise>,
        then: OnSettled,
    ) -> Result<(), OnSettled> {
        let mut waiting = self.promise.borrow_mut();
        if waiting.is_some() {
            return Err(then);
        }
        *waiting = Some((Global::new(js, promise), then));
        self.is_watched.set(false);
        Ok(())
    }

    /// Calls the continuation if the promise has settled; says whether it has called it.
    pub(crate) fn look(&self, js: &mut Lock<'_, '_>) -> bool {
        self.looked_at.set(RUNS.get());
        let promise = match &*self.promise.borrow() {
            Some((promise, _)) => Local::new(js, promise),
            None => return false,
        };
        let result = match promise.state() {
            PromiseState::Pending => return false,
            PromiseState::Fulfilled => Ok(promise.result(js)),
            PromiseState::Rejected => Err(promise.result(js)),
        };
        let settled = self.promise.take();
        if let Some((_, then)) = settled {
            then(js, result);
        }
        true
    }

    /// Calls `wake` once the promise settles, whoever settles it. For an event that seems to hang.
    pub(crate) fn wake_when_settled(&self, context: &Rc<IoContext>, wake: impl Fn() + 'static) {
        if self.is_watched.get() || !self.is_set() {
            return;
        }
        self.is_watched.set(true);
        context.run(|js| {
            let promise = match &*self.promise.borrow() {
                Some((promise, _)) => Local::new(js, promise),
                None => return,
            };
            let wake = Rc::new(wake);
            let or_else = wake.clone();
            // A guest that is being terminated attaches nothing.
            let _ = jsg::promise::observe(
                js,
                promise,
                move |_, _| {
                    wake();
                    Ok(())
                },
                move |_, _| {
                    or_else();
                    Ok(())
                },
            );
        });
    }

    /// Whether other events have run since the last look at a promise that is still waited for.
    pub(crate) fn may_have_settled(&self) -> bool {
        self.looked_at.get() != RUNS.get() && self.promise.borrow().is_some()
    }

    /// Whether a promise is waited for.
    pub(crate) fn is_set(&self) -> bool {
        self.promise.borrow().is_some()
    }

    /// Waits no longer.
    pub(crate) fn clear(&self) {
        drop(self.promise.take());
    }
}
