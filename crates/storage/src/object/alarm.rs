//! The alarm of an object, in its database and in the namespace's file.
//!
//! The two are not written together. The namespace learns of an earlier alarm before the commit that sets it, and of a later
//! one after that is durable: at worst it wakes the object for nothing, and is corrected then. What has learnt is not yet in
//! its file when the commit is made, though before anybody hears of that: a process that is killed in between leaves an
//! alarm that the namespace has not, and the object tells it when it is opened.

use std::cell::{Cell, RefCell};

use super::{LocalBoxFuture, ObjectStorage, Open};
use crate::Result;

/// What is known about the alarm.
pub(super) struct State {
    /// What the namespace knows.
    told: Cell<Option<i64>>,
    /// What it was told when the object was opened, until a commit waits for that.
    told_at_open: RefCell<Option<LocalBoxFuture<Result<()>>>>,
    /// What is durable in the database.
    durable: Cell<Option<i64>>,
    /// A handler is running.
    runs: Cell<bool>,
    /// When the handler that is running succeeds, its alarm is removed; until then guests see none.
    goes_with_success: Cell<bool>,
}

/// What the namespace has been told before a commit.
pub(super) struct Told {
    in_file: Option<LocalBoxFuture<Result<()>>>,
    alarm: Option<i64>,
}

/// What to do about an alarm that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Run the handler, then call [`ObjectStorage::finish_alarm`].
    Run,
    /// It is not this alarm any more: the namespace has been told the present one.
    NotThis,
}

impl State {
    /// `alarm` is that of the database, `known` that of the namespace.
    pub(super) fn new(alarm: Option<i64>, known: Option<i64>) -> Self {
        Self {
            told: Cell::new(known),
            told_at_open: RefCell::default(),
            durable: Cell::new(alarm),
            runs: Cell::new(false),
            goes_with_success: Cell::new(false),
        }
    }
}

/// Whether an alarm comes before another; none is at the end of time.
fn is_earlier(one: Option<i64>, other: Option<i64>) -> bool {
    one.unwrap_or(i64::MAX) < other.unwrap_or(i64::MAX)
}

impl ObjectStorage {
    /// Tells the namespace of an alarm that it should know and does not.
    pub(super) fn restore_alarm(&self) {
        let alarm = self.alarm.durable.get();
        if !is_earlier(alarm, self.alarm.told.get()) {
            return;
        }
        match self.tell(alarm) {
            Ok(in_file) => drop(self.alarm.told_at_open.replace(Some(in_file))),
            Err(error) => tracing::warn!("an alarm is not restored: {error}"),
        }
    }

    /// When the alarm is due, in nanoseconds since the epoch, as guests see it.
    pub fn alarm(&self) -> Result<Option<i64>> {
        self.check()?;
        let changed = match &*self.open.borrow() {
            Open::Explicit(levels) => levels.last().is_some_and(|level| level.alarm_changed),
            _ => false,
        };
        if self.alarm.goes_with_success.get() && !changed {
            return Ok(None);
        }
        self.metadata.alarm()
    }

    /// Sets the alarm or removes it.
    pub fn set_alarm(&self, time: Option<i64>, allow_unconfirmed: bool) -> Result<()> {
        self.check()?;
        let is_changed = self.metadata.set_alarm(time, allow_unconfirmed)?;
        if !is_changed && time.is_some() && self.alarm.goes_with_success.get() {
            // The alarm that runs is set anew for the very same time. Nothing is written, yet it is to come again.
            self.tell_later(time);
        }
        match &mut *self.open.borrow_mut() {
            Open::Explicit(levels) => {
                if let Some(level) = levels.last_mut() {
                    level.alarm_changed = true;
                }
            }
            _ => self.alarm.goes_with_success.set(false),
        }
        Ok(())
    }

    /// The alarm that was set for `scheduled` is due at the namespace.
    pub fn begin_alarm(&self, scheduled: i64, now: i64) -> Result<Due> {
        self.check()?;
        let alarm = self.metadata.alarm()?;
        if alarm == Some(scheduled) {
            self.alarm.goes_with_success.set(true);
        } else if alarm != self.alarm.durable.get() {
            // Another is on its way to the disk. This one is run, that one stays.
            self.alarm.goes_with_success.set(false);
        } else if is_earlier(alarm, Some(now)) {
            self.alarm.goes_with_success.set(true);
        } else {
            self.tell_later(alarm);
            return Ok(Due::NotThis);
        }
        self.alarm.runs.set(true);
        Ok(Due::Run)
    }

    /// The handler is done. With success its alarm is removed, unless it has set another.
    pub fn finish_alarm(&self, success: bool) -> Result<()> {
        self.alarm.runs.set(false);
        let remove = self.alarm.goes_with_success.replace(false) && success;
        if remove && self.check().is_ok() {
            self.metadata.set_alarm(None, false)?;
        }
        Ok(())
    }

    /// The namespace has given up an alarm. The alarm that is set instead, if there is another.
    pub fn abandon_alarm(&self, scheduled: i64) -> Result<Option<i64>> {
        if self.alarm.runs.get() {
            return Ok(None);
        }
        match self.metadata.alarm()? {
            Some(alarm) if alarm == scheduled => {
                self.set_alarm(None, false)?;
                Ok(None)
            }
            other => Ok(other),
        }
    }

    pub(super) fn forget_deferred_alarm(&self) {
        self.alarm.goes_with_success.set(false);
    }

    /// Tells the namespace of an earlier alarm, before the commit that sets it.
    pub(super) fn before_commit(&self) -> Result<Told> {
        let alarm = self.metadata.alarm()?;
        let in_file = match is_earlier(alarm, self.alarm.told.get()) {
            true => Some(self.tell(alarm)?),
            // All changes of the file are made in order: a later one need not wait for this.
            false => self.alarm.told_at_open.take(),
        };
        Ok(Told { in_file, alarm })
    }

    /// Waits until the namespace has in its file what it was told.
    pub(super) async fn tell_alarm(&self, told: Told) -> Result<()> {
        if let Some(in_file) = told.in_file {
            in_file.await?;
        }
        self.alarm.durable.set(told.alarm);
        Ok(())
    }

    /// Tells the namespace of a later alarm, after the commit that set it.
    pub(super) fn after_durable(&self) {
        let alarm = self.alarm.durable.get();
        // If it has been changed meanwhile the next commit says so.
        if !is_earlier(self.alarm.told.get(), alarm) || self.metadata.alarm() != Ok(alarm) {
            return;
        }
        self.tell_later(alarm);
    }

    /// Tells the namespace of an alarm that nothing waits for.
    fn tell_later(&self, alarm: Option<i64>) {
        match self.tell(alarm) {
            Ok(in_file) => self.host.spawn(Box::pin(async move {
                if let Err(error) = in_file.await {
                    tracing::warn!("an alarm is not moved: {error}");
                }
            })),
            Err(error) => tracing::warn!("an alarm is not moved: {error}"),
        }
    }

    fn tell(&self, alarm: Option<i64>) -> Result<LocalBoxFuture<Result<()>>> {
        let in_file = self.host.schedule_alarm(alarm)?;
        self.alarm.told.set(alarm);
        Ok(in_file)
    }

    pub(super) fn alarm_is_kept(&self) {
        self.alarm.goes_with_success.set(false);
    }
}
