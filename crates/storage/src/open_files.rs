//! How many databases of objects are open at once.
//!
//! Each takes up to five descriptors, and an object may be in memory for a long time without asking for anything. When
//! there are too many the ones used longest ago are closed; the next use opens them again.
//!
//! F1. A database is closed only by the thread that uses it, when nothing is under way there: no transaction, no row that
//!     somebody is still to read, no commit on its way to the disk, no setting of the guest's that belongs to the connection.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::database::Database;

/// How many are open in the whole process.
static COUNT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Those of this thread, by the time when they were opened.
    static OPEN: RefCell<BTreeMap<u64, Weak<Database>>> = const { RefCell::new(BTreeMap::new()) };
    static CLOCK: Cell<u64> = const { Cell::new(0) };
    #[cfg(test)]
    static TEST_LIMIT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// The database, its log, the index of the log, and the first two once more for waiting for the disk.
const DESCRIPTORS: usize = 5;

/// Half of the descriptors that the process may have; the others are for sockets.
fn limit() -> usize {
    #[cfg(test)]
    if let Some(limit) = TEST_LIMIT.get() {
        return limit;
    }
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        let descriptors = limit.current.map_or(usize::MAX, |number| number as usize);
        (descriptors / 2 / DESCRIPTORS).max(1)
    })
}

#[cfg(test)]
pub(crate) fn set_limit(limit: usize) {
    TEST_LIMIT.set(Some(limit));
}

/// A number that grows with each call, to tell when something was used last.
pub(crate) fn now() -> u64 {
    let now = CLOCK.get() + 1;
    CLOCK.set(now);
    now
}

/// An open database is counted as long as this lives.
pub(crate) struct Counted {
    opened: u64,
}

impl Counted {
    /// Another database is being opened, for which others may have to be closed.
    pub(crate) fn new(database: Weak<Database>) -> Self {
        let before = COUNT.fetch_add(1, Ordering::Relaxed);
        if let Some(beyond) = before.checked_sub(limit()) {
            close_some(beyond);
        }
        let opened = now();
        OPEN.with_borrow_mut(|open| open.insert(opened, database));
        Self { opened }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        COUNT.fetch_sub(1, Ordering::Relaxed);
        // With the thread the list goes as well.
        let _ = OPEN.try_with(|open| open.borrow_mut().remove(&self.opened));
    }
}

/// Closes as many as there are too many, and part of those of this thread besides, so that not each that is opened has to
/// look for another to close.
fn close_some(beyond: usize) {
    let mut open: Vec<Rc<Database>> =
        OPEN.with_borrow(|open| open.values().filter_map(Weak::upgrade).collect());
    open.sort_unstable_by_key(|database| database.last_used());
    let enough = beyond + open.len() / 8 + 1;
    let closed = open.iter().filter(|database| database.close_if_idle());
    let closed = closed.take(enough).count();
    tracing::debug!("{closed} idle databases are closed");
}
