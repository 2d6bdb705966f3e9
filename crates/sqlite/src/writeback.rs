//! Sending what was written to a file on its way to the disk, without waiting for it.

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
