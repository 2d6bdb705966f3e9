//! The connections of one loop, for the drain and for time-outs.
//!
//! One task ticks each second while there are connections; a connection that waits for a head for too many ticks is
//! told to end. So a request costs no timer of its own.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::UpgradeCallback;
use crate::shutdown::Shutdown;

const TICK: Duration = Duration::from_secs(1);

/// A handle to the connections of the current loop; clones are the same set.
#[derive(Clone, Default)]
pub struct Connections {
    set: Rc<Set>,
}

#[derive(Default)]
struct Set {
    slots: RefCell<Vec<Slot>>,
    free: RefCell<Vec<usize>>,
    count: Cell<usize>,
    draining: Cell<bool>,
    ticking: Cell<bool>,
    empty_wakers: RefCell<Vec<Waker>>,
}

#[derive(Default)]
struct Slot {
    state: Option<Rc<State>>,
    /// Seen at the last tick.
    requests: u64,
    waited: u32,
    limit: u32,
}

impl Connections {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn count(&self) -> usize {
        self.set.count.get()
    }

    /// Lets requests in flight finish and closes the rest; connections that come later get one request at most.
    pub fn drain(&self) {
        self.set.draining.set(true);
        let states: Vec<_> = self
            .set
            .slots
            .borrow()
            .iter()
            .filter_map(|slot| slot.state.clone())
            .collect();
        for state in states {
            state.draining.set(true);
            state.wake();
        }
    }

    /// Drains when `shutdown` says so. Must be called inside the loop's `LocalSet`.
    pub fn drain_on(&self, shutdown: &Shutdown) {
        let (connections, shutdown) = (self.clone(), shutdown.clone());
        tokio::task::spawn_local(async move {
            shutdown.started().await;
            connections.drain();
        });
    }

    /// Completes when no connection is open.
    pub async fn all_closed(&self) {
        poll_fn(|cx| {
            if self.count() == 0 {
                return Poll::Ready(());
            }
            self.set.empty_wakers.borrow_mut().push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Counts a connection that speaks something else: the drain waits for its end.
    pub fn keep(&self) -> Kept {
        self.enter(None).keep()
    }

    pub(crate) fn enter(&self, head_timeout: Option<Duration>) -> Entry {
        let state = Rc::new(State {
            draining: Cell::new(self.set.draining.get()),
            ..State::default()
        });
        // One tick more, as the first one may come at once.
        let limit = head_timeout.map_or(u32::MAX, |limit| {
            limit.as_secs().min(u64::from(u32::MAX) - 2) as u32 + 1
        });
        let slot = Slot {
            state: Some(Rc::clone(&state)),
            requests: 0,
            waited: 0,
            limit,
        };
        let mut slots = self.set.slots.borrow_mut();
        let index = self.set.free.borrow_mut().pop().unwrap_or(slots.len());
        match slots.get_mut(index) {
            Some(place) => *place = slot,
            None => slots.push(slot),
        }
        self.set.count.set(self.set.count.get() + 1);
        if !self.set.ticking.replace(true) {
            tokio::task::spawn_local(tick(Rc::downgrade(&self.set)));
        }
        Entry {
            set: Rc::clone(&self.set),
            index,
            state,
        }
    }
}

async fn tick(set: Weak<Set>) {
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let Some(set) = set.upgrade() else { return };
        if set.count.get() == 0 {
            set.ticking.set(false);
            return;
        }
        for slot in set.slots.borrow_mut().iter_mut() {
            let Some(state) = &slot.state else { continue };
            let requests = state.requests.get();
            if state.is_busy() || requests != slot.requests {
                slot.requests = requests;
                slot.waited = 0;
                continue;
            }
            slot.waited = slot.waited.saturating_add(1);
            if slot.waited > slot.limit {
                state.expired.set(true);
                state.wake();
            }
        }
    }
}

/// Keeps a connection in the set.
pub(crate) struct Entry {
    set: Rc<Set>,
    index: usize,
    state: Rc<State>,
}

/// A connection that the drain waits for.
pub struct Kept {
    entry: Entry,
}

impl Entry {
    /// The connection goes on, without requests.
    pub(crate) fn keep(self) -> Kept {
        if let Some(slot) = self.set.slots.borrow_mut().get_mut(self.index) {
            slot.limit = u32::MAX;
        }
        Kept { entry: self }
    }

    pub(crate) fn state(&self) -> &Rc<State> {
        &self.state
    }
}

impl Kept {
    pub(crate) fn is_draining(&self) -> bool {
        self.entry.state().is_draining()
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.set.slots.borrow_mut()[self.index] = Slot::default();
        self.set.free.borrow_mut().push(self.index);
        self.set.count.set(self.set.count.get() - 1);
        if self.set.count.get() == 0 {
            for waker in self.set.empty_wakers.take() {
                waker.wake();
            }
        }
    }
}

/// What the parts of one connection tell each other.
#[derive(Default)]
pub(crate) struct State {
    /// Calls of the service that have not ended, and response bodies that are not sent.
    in_flight: Cell<u32>,
    requests: Cell<u64>,
    /// The socket took less than it was given.
    pub(super) write_blocked: Cell<bool>,
    draining: Cell<bool>,
    expired: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    upgrade: RefCell<Option<UpgradeCallback>>,
}

impl State {
    pub(crate) fn is_in_flight(&self) -> bool {
        self.in_flight.get() > 0
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.get()
    }

    pub(crate) fn is_expired(&self) -> bool {
        self.expired.get()
    }

    pub(super) fn has_had_requests(&self) -> bool {
        self.requests.get() > 0
    }

    fn is_busy(&self) -> bool {
        self.is_in_flight() || self.write_blocked.get()
    }

    pub(crate) fn remember_waker(&self, cx: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        match &mut *waker {
            Some(waker) => waker.clone_from(cx.waker()),
            None => *waker = Some(cx.waker().clone()),
        }
    }

    pub(crate) fn wake(&self) {
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }

    pub(super) fn set_upgrade(&self, callback: UpgradeCallback) {
        *self.upgrade.borrow_mut() = Some(callback);
    }

    pub(super) fn has_upgrade(&self) -> bool {
        self.upgrade.borrow().is_some()
    }

    pub(super) fn take_upgrade(&self) -> Option<UpgradeCallback> {
        self.upgrade.borrow_mut().take()
    }
}

/// Marks the connection busy while it lives.
pub(crate) struct InFlight(Rc<State>);

impl InFlight {
    pub(crate) fn new(state: &Rc<State>) -> Self {
        state.in_flight.set(state.in_flight.get() + 1);
        state.requests.set(state.requests.get().wrapping_add(1));
        Self(Rc::clone(state))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.set(self.0.in_flight.get() - 1);
    }
}
