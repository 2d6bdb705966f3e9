//! The names of traces, invocations and spans (W3C Trace Context §3.2.2).

use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};

/// A trace: all that one cause leads to. Invocations have names of the same form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(u128);

/// A span within a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanId(u64);

/// A place in a trace: what is told to those who are called from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanContext {
    pub trace: TraceId,
    pub span: SpanId,
}

impl TraceId {
    pub(super) fn random() -> Self {
        Self::from_halves(random(), random())
    }

    /// The one with these upper and lower halves.
    pub fn from_halves(upper: u64, lower: u64) -> Self {
        Self(u128::from(upper) << 64 | u128::from(lower))
    }

    pub fn halves(self) -> (u64, u64) {
        ((self.0 >> 64) as u64, self.0 as u64)
    }
}

impl SpanId {
    pub(super) fn random() -> Self {
        Self(random())
    }

    pub fn number(self) -> u64 {
        self.0
    }

    pub fn numbered(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Never zero, which stands for no span. The names are no secrets: they need to differ, not to be hard to guess.
fn random() -> u64 {
    thread_local! {
        static STATE: Cell<u64> = Cell::new(RandomState::new().hash_one(0_u8));
    }
    // SplitMix64.
    let state = STATE.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
    STATE.set(state);
    let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)).max(1)
}

static PREDICTABLE: AtomicBool = AtomicBool::new(false);

/// From now on traces hold no times that were measured, and spans are numbered: tests compare them.
pub fn make_predictable() {
    PREDICTABLE.store(true, Ordering::Relaxed);
}

/// See [`make_predictable`].
pub fn is_predictable() -> bool {
    PREDICTABLE.load(Ordering::Relaxed)
}
