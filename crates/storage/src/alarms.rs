//! The alarms of all objects of a namespace: the table `_cf_ALARM` in `metadata.sqlite`.

use std::rc::Rc;

use sqlite::{Step, ValueRef};

use crate::Result;
use crate::database::{Database, Kept, Place, Safety, integer, text};

/// An alarm that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// The object, in hex.
    pub object: String,
    /// The name that its id was made from, if it is known.
    pub name: Option<String>,
    /// When it is due, in nanoseconds since the epoch.
    pub time: i64,
}

/// The alarms of a namespace.
pub struct Alarms {
    db: Rc<Database>,
    set: Kept,
    delete: Kept,
}

impl Alarms {
    /// The name of the file in the directory of the namespace.
    pub const FILE: &'static str = "metadata.sqlite";

    /// Opens the file, or makes it.
    pub fn open(place: Place) -> Result<Self> {
        let db = Database::open(place, Safety::AtCommit)?;
        db.run(CREATE)?;
        let mut names = db.prepare("SELECT name FROM pragma_table_info('_cf_ALARM')")?;
        let mut has_name = false;
        while db.step(&mut names)? == Step::Row {
            has_name |= text(&names, 0)? == "actor_name";
        }
        drop(names);
        if !has_name {
            db.run("ALTER TABLE _cf_ALARM ADD COLUMN actor_name TEXT")?;
        }
        Ok(Self {
            db,
            set: Kept::new(
                "INSERT INTO _cf_ALARM VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET \
                 scheduled_time = excluded.scheduled_time, \
                 actor_name = coalesce(excluded.actor_name, actor_name)",
            ),
            delete: Kept::new("DELETE FROM _cf_ALARM WHERE actor_id = ?"),
        })
    }

    /// All alarms.
    pub fn all(&self) -> Result<Vec<Alarm>> {
        let mut rows = self
            .db
            .prepare("SELECT actor_id, scheduled_time, actor_name FROM _cf_ALARM")?;
        let mut found = Vec::new();
        while self.db.step(&mut rows)? == Step::Row {
            let has_name = rows.read(2, |value| value != ValueRef::Null)?;
            found.push(Alarm {
                object: text(&rows, 0)?,
                name: if has_name {
                    Some(text(&rows, 2)?)
                } else {
                    None
                },
                time: integer(&rows, 1)?.unwrap_or(0),
            });
        }
        Ok(found)
    }

    /// Sets the alarm of an object. It is in the file, though not yet safe from a loss of power, when this returns.
    pub fn set(&self, alarm: &Alarm) -> Result<()> {
        let name = alarm.name.as_deref();
        let values = [
            ValueRef::Text(alarm.object.as_bytes()),
            ValueRef::Integer(alarm.time),
            name.map_or(ValueRef::Null, |name| ValueRef::Text(name.as_bytes())),
        ];
        self.db.query(&self.set, &values, false, |_| ())
    }

    /// Removes the alarm of an object. Whether there was one.
    pub fn delete(&self, object: &str) -> Result<bool> {
        let object = ValueRef::Text(object.as_bytes());
        self.db.query(&self.delete, &[object], false, |_| ())?;
        Ok(self.db.connection()?.changes() > 0)
    }
}

/// In the real workerd's words, which stay in the file.
const CREATE: &str = "
    CREATE TABLE IF NOT EXISTS _cf_ALARM (
      actor_id TEXT PRIMARY KEY,
      scheduled_time INTEGER,
      actor_name TEXT
    ) WITHOUT ROWID;
  ";
