//! What keeps an event going, and what does not.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

use crate::IoContext;

/// Keeps an event going until it is dropped.
pub struct Hold(pub(crate) Rc<IoContext>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.release_hold();
    }
}

/// Keeps an event going while anything else is left to do, until it is dropped.
pub struct Retained(Rc<IoContext>);

impl Drop for Retained {
    fn drop(&mut self) {
        let retained = &self.0.retained;
        retained.set(retained.get() - 1);
        self.0.wake();
    }
}

impl IoContext {
    /// See [`Retained`].
    pub fn retain(self: &Rc<Self>) -> Retained {
        self.retained.set(self.retained.get() + 1);
        Retained(self.clone())
    }

    /// Whether the event keeps something that it was called with.
    pub fn is_retained(&self) -> bool {
        self.retained.get() > 0
    }
}

/// Says that something may come from outside, until it is dropped: an event that waits for it does not hang.
pub struct Expected(pub(crate) Rc<IoContext>);

impl Drop for Expected {
    fn drop(&mut self) {
        self.0.release_expected();
    }
}

/// Passes wakes on and remembers them.
pub(crate) struct Watch {
    pub(crate) waker: Waker,
    pub(crate) is_woken: AtomicBool,
}

impl Wake for Watch {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::Relaxed);
        self.waker.wake_by_ref();
    }
}

/// Counts a background task while it lives.
pub(crate) struct Background(pub(crate) Rc<Cell<usize>>);

impl Drop for Background {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}
