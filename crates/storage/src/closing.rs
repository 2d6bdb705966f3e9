//! What is left to do when a database was closed: what is in its log goes into the database file, and the log is deleted, as
//! the real workerd leaves its files.
//!
//! One thread does that for the whole process, one file after the other, so that neither loops nor the end of a process with
//! many objects wait for more than they can afford. A file that it does not get to is read with its log the next time.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::database;

/// How many files are left.
static LEFT: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

fn count(change: impl FnOnce(&mut usize)) {
    change(&mut LEFT.0.lock().unwrap_or_else(PoisonError::into_inner));
    LEFT.1.notify_all();
}

/// Tidies up after a database that was closed.
pub fn tidy_up(file: PathBuf) {
    static THREAD: OnceLock<Option<Sender<PathBuf>>> = OnceLock::new();
    let thread = THREAD.get_or_init(|| {
        let (sender, files) = channel();
        let thread = std::thread::Builder::new().name("storage".to_owned());
        thread.spawn(move || work(&files)).ok().map(|_| sender)
    });
    count(|left| *left += 1);
    if thread
        .as_ref()
        .is_none_or(|files| files.send(file).is_err())
    {
        count(|left| *left -= 1);
    }
}

fn work(files: &Receiver<PathBuf>) {
    for file in files {
        if let Err(error) = database::tidy_up(&file) {
            tracing::debug!("the log of a database stays: {error}");
        }
        count(|left| *left -= 1);
    }
}

/// Waits until all databases that were closed are tidied up, but not longer than this.
pub fn wait_until_closed(patience: Duration) {
    let left = LEFT.0.lock().unwrap_or_else(PoisonError::into_inner);
    // What is not done by then is done by who opens the files next.
    let _ = LEFT.1.wait_timeout_while(left, patience, |left| *left > 0);
}
