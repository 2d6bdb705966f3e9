//! For the threads that wait for the disk: sending what was written to a file on its way, and not being in anybody's.

use std::fs::File;

/// Starts to write what the system still holds of a file. Nothing is durable before the file is synced, which then waits for
/// less. Whether it worked shows there as well.
#[cfg(target_os = "linux")]
pub fn begin(file: &File) {
    use std::ffi::{c_int, c_uint};
    use std::os::fd::AsRawFd;

    /// `SYNC_FILE_RANGE_WRITE`.
    const WRITE: c_uint = 2;

    unsafe extern "C" {
        fn sync_file_range(descriptor: c_int, offset: i64, bytes: i64, flags: c_uint) -> c_int;
    }
    // SAFETY: the descriptor is open, and no memory is handed over. Zero bytes are all up to the end.
    unsafe { sync_file_range(file.as_raw_fd(), 0, 0, WRITE) };
}

/// Elsewhere syncing the file does it all.
#[cfg(not(target_os = "linux"))]
pub fn begin(_file: &File) {}

/// From now on the calling thread does not take the processor from another that runs, only because it has something to do: it
/// waits until that one sleeps or has had its share. Its own share is what it was. Where somebody has chosen how threads are
/// scheduled, that stays.
#[cfg(target_os = "linux")]
pub fn give_way() {
    use std::ffi::c_int;

    const SCHED_OTHER: c_int = 0;
    const SCHED_BATCH: c_int = 3;

    unsafe extern "C" {
        fn sched_getscheduler(process: c_int) -> c_int;
        fn sched_setscheduler(process: c_int, policy: c_int, priority: *const c_int) -> c_int;
    }
    let priority = 0;
    // SAFETY: `struct sched_param` is one integer, which is only read; zero is the calling thread. A refusal changes nothing.
    unsafe {
        if sched_getscheduler(0) == SCHED_OTHER {
            sched_setscheduler(0, SCHED_BATCH, &raw const priority);
        }
    }
}

/// Elsewhere threads are scheduled as they are.
#[cfg(not(target_os = "linux"))]
pub fn give_way() {}
