//! Alarms of Durable Objects: when which object is to be woken up, kept on disk.
//!
//! | module | what |
//! | --- | --- |
//! | [`scheduler`] | waits, runs, tries again |
//! | [`table`] | what a process that starts anew has to know |
//!
//! An object keeps the time of its alarm in its own database, which is what counts. The scheduler of its
//! namespace keeps a copy, so that the object need not be there to be woken up.
//!
//! A1. The scheduler never knows of a later time than the object's database does: an earlier time is told to it, and
//!     durable, before the object's transaction commits, a later one (or none) after.
//! A2. So after a crash an alarm may come too early or without need, and the object, which knows better, turns it
//!     away; it never comes late.
//! A3. An alarm leaves the table when its handler has succeeded or when it is given up, not when it starts.

pub mod scheduler;
pub mod table;

#[cfg(test)]
mod tests;

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::channel::oneshot;

pub use scheduler::{Runner, Scheduler};
pub use table::{Table, Tables};

/// When an alarm is due: nanoseconds since the epoch, as files have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AlarmTime(i64);

impl AlarmTime {
    const NANOS_PER_MILLI: i64 = 1_000_000;

    /// The last millisecond that can be told in nanoseconds, some time in 2262, bounds it.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(Self::NANOS_PER_MILLI))
    }

    pub fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    pub fn nanos(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since the epoch.
    pub fn millis(self) -> i64 {
        self.0.div_euclid(Self::NANOS_PER_MILLI)
    }
}

/// An object as alarms know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The id, as its file is called.
    pub id: Rc<str>,
    /// The name that the id was made from, if it is known.
    pub name: Option<Rc<str>>,
}

/// What can go wrong with the table.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("the table of alarms: {0}")]
    Failed(Arc<str>),
    #[error("the table of alarms is closed")]
    Closed,
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        Self::Failed(error.to_string().into())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string().into())
    }
}

/// Completes when a change is durable. The change is made whether this is polled or not.
#[derive(Debug)]
pub struct Durable(Option<oneshot::Receiver<Result<(), Error>>>);

impl Durable {
    /// Where nothing is durable.
    pub fn at_once() -> Self {
        Self(None)
    }

    fn once(told: oneshot::Receiver<Result<(), Error>>) -> Self {
        Self(Some(told))
    }
}

impl Future for Durable {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(told) = &mut self.0 else {
            return Poll::Ready(Ok(()));
        };
        let told = ready!(Pin::new(told).poll(cx));
        Poll::Ready(told.unwrap_or(Err(Error::Closed)))
    }
}
