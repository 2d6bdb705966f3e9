//! How long an event that seems to hang waits for others, which may settle the promise that it waits for.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::time::Instant;

/// How long an event waits at least before it looks whether others can go on. Each time it waits twice as long, up to the
/// other limit.
const SHORTEST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_secs(1);

/// After which time it gives up: those others may be waiting for itself, in ways that cannot be seen.
const GIVE_UP_AFTER: Duration = Duration::from_secs(60);
static GIVE_UP: OnceLock<Duration> = OnceLock::new();

/// Sets after which time an event that seems to hang no longer waits for others.
pub fn give_up_after(time: Duration) {
    // The first setting counts.
    let _ = GIVE_UP.set(time);
}

/// See the module.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// The youngest event that there was when it began.
    pub(crate) last: u64,
    /// When the event looks again.
    pub(crate) until: Instant,
    step: Duration,
    since: Instant,
}

impl Patience {
    /// Begins to wait, where `last` is the youngest event.
    pub(crate) fn begin(last: u64) -> Self {
        let since = Instant::now();
        Self {
            last,
            until: since + SHORTEST,
            step: SHORTEST,
            since,
        }
    }

    /// Whether it is too early to look.
    pub(crate) fn is_early(&self) -> bool {
        Instant::now() < self.until
    }

    /// Waits on; none if that has lasted too long.
    pub(crate) fn again(&self) -> Option<Self> {
        let now = Instant::now();
        if now > self.since + *GIVE_UP.get().unwrap_or(&GIVE_UP_AFTER) {
            return None;
        }
        let step = (self.step * 2).min(LONGEST);
        Some(Self {
            until: now + step,
            step,
            ..*self
        })
    }
}
