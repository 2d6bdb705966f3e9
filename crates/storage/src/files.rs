//! Making commits durable, off the event loop.
//!
//! The engine writes a commit to the write-ahead log and does not wait for the disk. A thread of `disk.rs` then syncs the log,
//! and only when that is done may anybody learn of the commit. All that was committed before the sync began is covered by it,
//! so what waits for a sync in progress shares the next one. Files of different objects are synced in parallel.
//!
//! D1. Nothing was acknowledged before the database file, its directory entry and the log have been synced once.
//! D2. The log is moved into the database file only by connections that sync (in `connect.rs`); never by the loop's own.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::{closing, connect, disk};

/// The files of a database.
pub struct Files {
    database: PathBuf,
    /// The number of the newest commit.
    written: AtomicU64,
    synced: Mutex<Synced>,
    waiting: Mutex<Waiting>,
}

/// Who waits for a sync.
#[derive(Default)]
struct Waiting {
    /// With the commit that has to be durable.
    senders: Vec<(u64, oneshot::Sender<Outcome>)>,
    /// A thread will sync, or does.
    is_called: bool,
}

type Outcome = Result<(), Arc<io::Error>>;

#[derive(Default)]
struct Synced {
    /// The newest commit that is durable.
    commit: u64,
    /// The log; open since the first sync, which also saw to D1.
    log: Option<File>,
    /// Kept open: closing any descriptor of a file gives up the locks of the process on it.
    database: Option<File>,
}

impl Files {
    pub(crate) fn new(database: PathBuf) -> Self {
        Self {
            database,
            written: AtomicU64::new(0),
            synced: Mutex::default(),
            waiting: Mutex::default(),
        }
    }

    /// Another commit was written. Its number is for [`sync`](Self::sync).
    pub fn note_commit(&self) -> u64 {
        self.written.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Makes a commit durable, and all before it.
    pub async fn sync(self: &Arc<Self>, commit: u64) -> io::Result<()> {
        let (sender, outcome) = oneshot::channel();
        if self.wait_for(commit, sender) {
            let left = disk::sync_soon(self.clone());
            if !left.is_empty() {
                off_the_loop(move || left.iter().for_each(Self::sync_waiting)).await?;
            }
        }
        let outcome = outcome.await.map_err(io::Error::other)?;
        outcome.map_err(io::Error::other)
    }

    /// Whether a thread is still to be called.
    fn wait_for(&self, commit: u64, sender: oneshot::Sender<Outcome>) -> bool {
        let mut waiting = self.waiting();
        waiting.senders.push((commit, sender));
        !std::mem::replace(&mut waiting.is_called, true)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what was written on its way to the disk.
    pub(crate) fn begin_sync(&self) {
        if let Ok(synced) = self.synced.try_lock()
            && let Some(log) = &synced.log
        {
            sqlite::writeback::begin(log);
        }
    }

    /// Syncs, and tells all who wait for that; who comes meanwhile gets another turn.
    pub(crate) fn sync_waiting(self: &Arc<Self>) {
        let senders = std::mem::take(&mut self.waiting().senders);
        let newest = senders.iter().map(|(commit, _)| *commit).max();
        let outcome = self.sync_now(newest.unwrap_or_default()).map_err(Arc::new);
        for (_, sender) in senders {
            // Who has gone need not know.
            let _ = sender.send(outcome.clone());
        }
        let mut waiting = self.waiting();
        waiting.is_called = !waiting.senders.is_empty();
        let again = waiting.is_called;
        drop(waiting);
        if again {
            let left = disk::sync_soon(self.clone());
            left.iter().for_each(Self::sync_waiting);
        }
    }

    fn sync_now(&self, commit: u64) -> io::Result<()> {
        // Whoever panicked in here has synced nothing.
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if synced.commit >= commit {
            return Ok(());
        }
        let covers = self.written.load(Ordering::Acquire);
        #[cfg(test)]
        sqlite::faults::sync(&self.database)?;
        if synced.log.is_none() {
            let database = File::open(&self.database)?;
            database.sync_all()?;
            synced.database = Some(database);
            let log = File::open(with_suffix(&self.database, "-wal"))?;
            log.sync_all()?;
            if let Some(directory) = self.database.parent() {
                File::open(directory)?.sync_all()?;
            }
            synced.log = Some(log);
        } else if let Some(log) = &synced.log {
            log.sync_data()?;
        }
        synced.commit = covers;
        Ok(())
    }

    /// Moves the log into the database file. Whether all was moved.
    pub(crate) async fn checkpoint(self: &Arc<Self>) -> io::Result<bool> {
        let files = self.clone();
        let moved = off_the_loop(move || connect::checkpoint(&files.database)).await?;
        moved.map_err(io::Error::other)
    }

    /// The files were deleted and made anew.
    pub(crate) fn forget(&self) {
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        synced.log = None;
        synced.database = None;
    }

    /// The database was closed: what is left in the log goes into the database file.
    pub(crate) fn close(&self) {
        self.forget();
        closing::tidy_up(self.database.clone());
    }
}

async fn off_the_loop<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
