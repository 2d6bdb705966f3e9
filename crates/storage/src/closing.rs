//! What is left to do when a database was closed: what is in its log goes into the database file, and the log is deleted, as
//! the real workerd leaves its files.
//!
//! One thread does that for the whole process, one file after the other, so that neither loops nor the end of a process with
//! many objects wait for more than they can afford. A file that it does not get to is read with its log the next time.

//!
//! C1. Whoever deletes or copies the files of a database calls [`leave_alone`] first: the thread would delete the log by its
//!     name, which may be that of a newer database by then.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::connect;

/// What the thread has to do.
struct Work {
    is_running: bool,
    files: VecDeque<PathBuf>,
    /// What it is doing.
    current: Option<PathBuf>,
}

static WORK: Mutex<Work> = Mutex::new(Work {
    is_running: false,
    files: VecDeque::new(),
    current: None,
});
/// There is more to do, or less.
static CHANGED: Condvar = Condvar::new();

fn lock() -> MutexGuard<'static, Work> {
    WORK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tidies up after a database that was closed.
pub fn tidy_up(file: PathBuf) {
    let mut work = lock();
    if !work.is_running {
        let thread = std::thread::Builder::new().name("storage".to_owned());
        // Without a thread the log stays.
        work.is_running = thread.spawn(run).is_ok();
    }
    if work.is_running {
        work.files.push_back(file);
        CHANGED.notify_all();
    }
}

fn run() {
    let mut work = lock();
    loop {
        while work.files.is_empty() {
            work = CHANGED.wait(work).unwrap_or_else(PoisonError::into_inner);
        }
        work.current = work.files.pop_front();
        let file = work.current.clone();
        drop(work);
        if let Some(file) = file
            && let Err(error) = connect::tidy_up(&file)
        {
            tracing::debug!("the log of a database stays: {error}");
        }
        work = lock();
        work.current = None;
        CHANGED.notify_all();
    }
}

/// Sees to it that nobody is at a database that is closed (C1).
pub fn leave_alone(file: &Path) {
    let mut work = lock();
    work.files.retain(|waiting| waiting != file);
    while work.current.as_deref() == Some(file) {
        work = CHANGED.wait(work).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Waits until all databases that were closed are tidied up, but not longer than this.
pub fn wait_until_closed(patience: Duration) {
    // What is not done by then is done by who opens the files next.
    let _ = CHANGED.wait_timeout_while(lock(), patience, |work| {
        !work.files.is_empty() || work.current.is_some()
    });
}
