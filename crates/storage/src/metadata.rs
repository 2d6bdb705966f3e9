//! What the server keeps about an object in its own database: the table `_cf_METADATA`.

use std::cell::Cell;
use std::rc::Rc;

use sqlite::ValueRef;

use crate::Result;
use crate::database::{Database, Kept, integer};

const ALARM: i64 = 1;
const BOOKMARK: i64 = 2;

/// The alarm and the bookmark of an object.
pub struct Metadata {
    db: Rc<Database>,
    /// The alarm, as known in an epoch of the database.
    alarm: Cell<Option<(u64, Option<i64>)>>,
    get: Kept,
    set: Kept,
}

impl Metadata {
    /// What is known about the object whose database it is.
    pub fn new(db: Rc<Database>) -> Self {
        Self {
            db,
            alarm: Cell::new(None),
            get: Kept::new("SELECT value FROM _cf_METADATA WHERE key = ?"),
            set: Kept::new(
                "INSERT INTO _cf_METADATA VALUES(?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            ),
        }
    }

    /// When the alarm is due, in nanoseconds since the epoch.
    pub fn alarm(&self) -> Result<Option<i64>> {
        let epoch = self.db.epoch.get();
        match self.alarm.get() {
            Some((known, alarm)) if known == epoch => Ok(alarm),
            _ => {
                let alarm = self.read(ALARM)?;
                self.alarm.set(Some((epoch, alarm)));
                Ok(alarm)
            }
        }
    }

    /// Sets or removes the alarm. Whether that changed anything.
    pub fn set_alarm(&self, time: Option<i64>, allow_unconfirmed: bool) -> Result<bool> {
        if self.alarm()? == time {
            return Ok(false);
        }
        self.write(ALARM, time, allow_unconfirmed)?;
        self.alarm.set(Some((self.db.epoch.get(), time)));
        Ok(true)
    }

    /// The number of the next bookmark: each is greater than all before it, those of earlier runs included.
    pub fn next_bookmark(&self) -> Result<u64> {
        let next = self
            .read(BOOKMARK)?
            .map_or(0, |last| last.saturating_add(1));
        self.write(BOOKMARK, Some(next), false)?;
        Ok(next.max(0) as u64)
    }

    fn read(&self, key: i64) -> Result<Option<i64>> {
        if !self.db.has_table("_cf_METADATA")? {
            return Ok(None);
        }
        let mut found = None;
        self.db
            .query(&self.get, &[ValueRef::Integer(key)], false, |row| {
                found = integer(row, 0).ok().flatten();
            })?;
        Ok(found)
    }

    fn write(&self, key: i64, value: Option<i64>, allow_unconfirmed: bool) -> Result<()> {
        if !self.db.has_table("_cf_METADATA")? {
            self.db.run_with(CREATE, allow_unconfirmed)?;
        }
        let value = value.map_or(ValueRef::Null, ValueRef::Integer);
        let values = [ValueRef::Integer(key), value];
        self.db.query(&self.set, &values, allow_unconfirmed, |_| ())
    }
}

/// In the real workerd's words, which stay in the file.
const CREATE: &str = "
      CREATE TABLE IF NOT EXISTS _cf_METADATA (
        key INTEGER PRIMARY KEY,
        value BLOB
      );
    ";
