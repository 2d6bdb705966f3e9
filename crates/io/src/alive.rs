//! The events of this thread that exist: which one a continuation belongs to, and which can still do something for
//! others.
//!
//! A1. The tag of an event is in the async context frame of all guest code that runs for it. V8 restores the frame of a
//!     continuation, so a promise that another event settles goes on for the event that waits for it.
//! A2. A task of an event that waits for another event's answer is that one's, its *callee's*: it goes on if the callee
//!     does. So events that only wait for each other are known to be stuck. Timers of an event that waits for another's
//!     answer are limits of its patience; they let nobody go on.

use std::cell::{Cell, RefCell};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::iter;
use std::rc::{Rc, Weak};

use jsg::async_context::{self, EventTag};
use jsg::{Error, Flag, Lock, LockExt, Result};

use crate::IoContext;
use crate::own::OTHER_EVENT;

thread_local! {
    static EVENTS: RefCell<HashMap<EventTag, Weak<IoContext>>> = RefCell::default();
    static LAST_TAG: Cell<u64> = const { Cell::new(0) };
    /// The events whose tasks are being polled, innermost last.
    static POLLED: RefCell<Vec<Weak<IoContext>>> = const { RefCell::new(Vec::new()) };
}

/// Makes an event under a tag that no other has. `make` makes no other event.
pub(crate) fn register(make: impl FnOnce(EventTag) -> Rc<IoContext>) -> Rc<IoContext> {
    EVENTS.with_borrow_mut(|events| {
        loop {
            let count = LAST_TAG.get();
            LAST_TAG.set(count.wrapping_add(1));
            let tag = EventTag::nth(count);
            if let Entry::Vacant(free) = events.entry(tag) {
                let event = make(tag);
                free.insert(Rc::downgrade(&event));
                return event;
            }
        }
    })
}

pub(crate) fn remove(tag: EventTag) {
    EVENTS.with_borrow_mut(|events| events.remove(&tag));
}

/// How many exist.
pub(crate) fn count() -> usize {
    EVENTS.with_borrow(HashMap::len)
}

fn find(tag: EventTag) -> Option<Rc<IoContext>> {
    let event = EVENTS.with_borrow(|events| events.get(&tag)?.upgrade())?;
    (!event.is_cancelled()).then_some(event)
}

/// The event that the running continuation belongs to, where `entered` is the one that the isolate was entered for.
///
/// # Errors
/// That event is over. In the older behaviour what it has left behind goes on for the event that came upon it.
#[inline]
pub(crate) fn followed(js: &Lock<'_, '_>, entered: Rc<IoContext>) -> Result<Rc<IoContext>> {
    match async_context::event(js) {
        Some(tag) if tag != entered.tag() => follow(js, tag, entered),
        _ => Ok(entered),
    }
}

#[cold]
fn follow(js: &Lock<'_, '_>, tag: EventTag, entered: Rc<IoContext>) -> Result<Rc<IoContext>> {
    match find(tag) {
        Some(event) => Ok(event),
        None if js.flag(Flag::HandleCrossRequestPromiseResolution) => {
            Err(Error::error(OTHER_EVENT))
        }
        None => Ok(entered),
    }
}

/// Polls the tasks of an event: what they start is called by it (A2).
pub(crate) fn polling<R>(event: &Rc<IoContext>, poll: impl FnOnce() -> R) -> R {
    struct Done;
    impl Drop for Done {
        fn drop(&mut self) {
            POLLED.with_borrow_mut(Vec::pop);
        }
    }
    POLLED.with_borrow_mut(|polled| polled.push(Rc::downgrade(event)));
    let _done = Done;
    poll()
}

/// The event whose task has led to what happens now.
pub(crate) fn caller() -> Weak<IoContext> {
    POLLED.with_borrow(|polled| polled.last().cloned().unwrap_or_default())
}

/// Whether events of the same isolate as `waiting` that are not younger than the event `last` can go on: they may settle
/// what it waits for.
pub(crate) fn others_can_go_on(waiting: &IoContext, last: u64) -> bool {
    let events: Vec<_> = EVENTS.with_borrow(|events| {
        let events = events.values().filter_map(Weak::upgrade);
        events.filter(|event| !event.is_cancelled()).collect()
    });
    let mut callees: HashMap<u64, Vec<&Rc<IoContext>>> = HashMap::new();
    for event in &events {
        if let Some(caller) = event.caller() {
            callees.entry(caller.id()).or_default().push(event);
        }
    }
    let callers: HashSet<_> = iter::successors(waiting.caller(), |event| event.caller())
        .map(|event| event.id())
        .take(events.len())
        .collect();
    // Who can go on by itself, and all who wait for such events.
    let mut able = HashSet::new();
    let mut open: Vec<_> = events
        .iter()
        .filter(|event| {
            let waits_for = callees.get(&event.id()).map_or(0, Vec::len);
            match callers.contains(&event.id()) {
                true => event.has_tasks_beyond(waits_for),
                false => event.id() != waiting.id() && event.has_work_beyond(waits_for),
            }
        })
        .cloned()
        .collect();
    while let Some(event) = open.pop() {
        if able.insert(event.id()) {
            open.extend(event.caller());
        }
    }
    events.iter().any(|event| {
        event.id() <= last
            && event.id() != waiting.id()
            && Rc::ptr_eq(event.isolate(), waiting.isolate())
            && able.contains(&event.id())
    })
}
