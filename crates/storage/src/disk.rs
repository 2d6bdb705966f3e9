//! The threads that wait for the disk.
//!
//! Files that wait to be synced stand in one queue for the whole process. Few threads take several at once: all that was
//! written to these is sent to the disk first, and then waited for, one file after the other. That takes less time, and fewer
//! switches between threads, than a thread for each: threads that are busy need not be woken, and those of other files do not
//! take the processor from the loops.
//!
//! P1. A thread takes no more files at once than it takes two milliseconds to sync, as far as is known: with a slow disk one.
//! P2. There are four threads, and more only while files wait for longer than that. They end when there is nothing to do.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::files::Files;

struct Queue {
    waiting: VecDeque<(Arc<Files>, Instant)>,
    threads: usize,
    /// Those of them that wait for something to do.
    idle: usize,
    /// What syncing a file took of late.
    usual: Duration,
}

static QUEUE: Mutex<Queue> = Mutex::new(Queue {
    waiting: VecDeque::new(),
    threads: 0,
    idle: 0,
    usual: Duration::from_millis(1),
});
/// A file waits.
static MORE: Condvar = Condvar::new();

/// How many threads there are while the disk keeps up.
const THREADS: usize = 4;
const MOST_THREADS: usize = 64;
/// How many files a thread takes at most.
const MOST_AT_ONCE: usize = 8;
/// How long a file may wait for a thread, and how long a thread may make files wait for one another.
const PATIENCE: Duration = Duration::from_millis(2);
/// A thread without work ends after this time.
const IDLE: Duration = Duration::from_secs(10);

fn lock() -> MutexGuard<'static, Queue> {
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has the files synced soon. What it gives is for the caller to sync: there is no thread to do it.
pub(crate) fn sync_soon(files: Arc<Files>) -> Vec<Arc<Files>> {
    let mut queue = lock();
    queue.waiting.push_back((files, Instant::now()));
    if !call_a_thread(queue) {
        return Vec::new();
    }
    let thread = std::thread::Builder::new().name("disk".to_owned());
    if thread.spawn(run).is_ok() {
        return Vec::new();
    }
    let mut queue = lock();
    queue.threads -= 1;
    if queue.threads > 0 {
        return Vec::new();
    }
    queue.waiting.drain(..).map(|(files, _)| files).collect()
}

/// Wakes a thread for the files that wait, if one should be. Whether the caller has to start one instead, which counts already.
fn call_a_thread(mut queue: MutexGuard<'_, Queue>) -> bool {
    let busy = queue.threads - queue.idle;
    let Some((_, since)) = queue.waiting.front() else {
        return false;
    };
    let limit = match since.elapsed() > PATIENCE {
        true => MOST_THREADS,
        false => THREADS,
    };
    if busy >= limit {
        return false;
    }
    if queue.idle > 0 {
        drop(queue);
        MORE.notify_one();
        return false;
    }
    queue.threads += 1;
    true
}

fn run() {
    let mut queue = lock();
    loop {
        let files = take(&mut queue);
        if files.is_empty() {
            queue.idle += 1;
            let (woken, waited) = MORE
                .wait_timeout(queue, IDLE)
                .unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            queue.idle -= 1;
            if waited.timed_out() && queue.waiting.is_empty() {
                queue.threads -= 1;
                return;
            }
            continue;
        }
        // One that must be started is started by who adds the next file.
        if queue.idle > 0 {
            call_a_thread(queue);
        } else {
            drop(queue);
        }
        let start = Instant::now();
        if files.len() > 1 {
            files.iter().for_each(|files| files.begin_sync());
        }
        for files in &files {
            files.sync_waiting();
        }
        let each = start.elapsed() / files.len() as u32;
        // What waits again stands in the queue; the rest is let go of without it.
        drop(files);
        queue = lock();
        queue.usual = (queue.usual * 7 + each) / 8;
    }
}

/// The next files for a thread: its share of those that wait (P1).
fn take(queue: &mut Queue) -> Vec<Arc<Files>> {
    let share = queue.waiting.len().div_ceil(THREADS);
    let affordable = PATIENCE.as_micros() / queue.usual.as_micros().max(1);
    let most = (affordable as usize).clamp(1, MOST_AT_ONCE);
    let count = share.min(most);
    let taken = queue.waiting.drain(..count);
    taken.map(|(files, _)| files).collect()
}
