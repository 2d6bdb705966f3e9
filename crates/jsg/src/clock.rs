//! The clock behind `Date`: that of the system, a coarser one, or none at all.
//!
//! At global scope guest code has no clock, so that a Worker starts the same way whenever it does:
//! `Date.now()` and `new Date()` give the epoch. V8 asks its platform for the time, and the platform
//! of the `v8` crate cannot be told another one; all that it does is to call `gettimeofday`, which
//! nothing else in this process has reason to call. So that function is ours.
//!
//! T1. With the system's clock on the thread that calls, the function does what the system's does.

use std::cell::Cell;
use std::ffi::{c_int, c_long, c_void};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

thread_local! {
    static CLOCK: Cell<Clock> = const { Cell::new(Clock::System) };
}

/// What tells guest code the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    System,
    /// It moves every three milliseconds.
    Coarse,
    /// It stands at the epoch.
    Stopped,
}

/// Sets the clock of the guest code on this thread; gives back the one before.
pub fn set(clock: Clock) -> Clock {
    CLOCK.replace(clock)
}

/// What a coarse clock shows is a multiple of this.
const COARSE: u64 = 3;

/// The time as guest code sees it: whole milliseconds since the epoch.
pub fn now() -> f64 {
    since_epoch().as_millis() as f64
}

fn since_epoch() -> Duration {
    let clock = CLOCK.get();
    if clock == Clock::Stopped {
        return Duration::ZERO;
    }
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    match clock {
        Clock::Coarse => Duration::from_millis(since.as_millis() as u64 / COARSE * COARSE),
        _ => since,
    }
}

/// Makes sure that the function is part of the program.
pub(crate) fn install() {
    let function: unsafe extern "C" fn(*mut TimeVal, *mut c_void) -> c_int = gettimeofday;
    std::hint::black_box(function);
}

/// `struct timeval` of the platforms that we run on.
#[repr(C)]
struct TimeVal {
    seconds: c_long,
    #[cfg(target_os = "macos")]
    microseconds: c_int,
    #[cfg(not(target_os = "macos"))]
    microseconds: c_long,
}

/// The time of day (POSIX), see the module. The time zone is obsolete: nobody asks for it.
#[unsafe(no_mangle)]
unsafe extern "C" fn gettimeofday(time: *mut TimeVal, _zone: *mut c_void) -> c_int {
    let since = since_epoch();
    // SAFETY: POSIX has the caller give a valid pointer or null.
    if let Some(time) = unsafe { time.as_mut() } {
        time.seconds = since.as_secs() as c_long;
        time.microseconds = since.subsec_micros() as _;
    }
    0
}
