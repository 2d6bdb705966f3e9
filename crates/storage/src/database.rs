//! The file of an object: how it is opened, limited, written and deleted.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use sqlite::{Authorizer, Connection, Limit, Open, Statement, Step, ValueRef};

use crate::Result;
use crate::error::Error;
use crate::files::Files;
use crate::{closing, rules};

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file, with those of its write-ahead log beside it. Made when it is not there; its directory must be.
    File(PathBuf),
    /// Nowhere: the data is gone with the last user.
    Memory,
}

/// Called before anything is written; the argument is `allowUnconfirmed`.
type OnWrite = Rc<dyn Fn(bool) -> Result<()>>;

/// An open database.
pub struct Database {
    connection: RefCell<Rc<Connection>>,
    place: Place,
    trusted: Rc<dyn Authorizer>,
    guest: Rc<dyn Authorizer>,
    on_write: RefCell<Option<OnWrite>>,
    /// A transaction of ours is open.
    pub(crate) in_transaction: Cell<bool>,
    /// Counts rollbacks and resets: what is known about tables holds for one of them.
    pub(crate) epoch: Cell<u64>,
    /// The failure with which the engine gave up a transaction.
    critical: RefCell<Option<sqlite::Error>>,
    /// Told about that failure.
    on_critical: RefCell<Option<OnCritical>>,
    safety: Safety,
    files: Option<Arc<Files>>,
    is_closed: Cell<bool>,
}

/// Called when the engine has given up a transaction by itself.
type OnCritical = Rc<dyn Fn(&sqlite::Error)>;

/// Who makes sure that what is committed survives a loss of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// The engine, before a commit returns.
    AtCommit,
    /// The caller, with [`Database::files`], after a commit: other objects run meanwhile.
    Later,
}

/// A statement of ours, compiled at its first use and kept.
pub struct Kept {
    sql: &'static str,
    statement: RefCell<Option<Statement>>,
}

impl Kept {
    pub(crate) const fn new(sql: &'static str) -> Self {
        Self {
            sql,
            statement: RefCell::new(None),
        }
    }
}

impl Database {
    /// Opens a database, or makes it.
    pub fn open(place: Place, safety: Safety) -> Result<Rc<Self>> {
        let connection = connect(&place, safety)?;
        let files = match (&place, safety) {
            (Place::File(file), Safety::Later) => Some(Arc::new(Files::new(file.clone()))),
            _ => None,
        };
        Ok(Rc::new(Self {
            connection: RefCell::new(Rc::new(connection)),
            on_critical: RefCell::default(),
            safety,
            files,
            is_closed: Cell::new(false),
            place,
            trusted: rules::trusted(),
            guest: rules::guest(),
            on_write: RefCell::default(),
            in_transaction: Cell::new(false),
            epoch: Cell::new(0),
            critical: RefCell::default(),
        }))
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Sets who is told before anything is written, and may refuse it.
    pub fn set_on_write(&self, on_write: impl Fn(bool) -> Result<()> + 'static) {
        self.on_write.replace(Some(Rc::new(on_write)));
    }

    /// Sets who is told when the engine has given up a transaction by itself.
    pub fn set_on_critical(&self, on_critical: impl Fn(&sqlite::Error) + 'static) {
        self.on_critical.replace(Some(Rc::new(on_critical)));
    }

    /// The files to make durable after a commit, for [`Safety::Later`].
    pub fn files(&self) -> Option<&Arc<Files>> {
        self.files.as_ref()
    }

    pub(crate) fn connection(&self) -> Rc<Connection> {
        self.connection.borrow().clone()
    }

    pub(crate) fn guest_rules(&self) -> &Rc<dyn Authorizer> {
        &self.guest
    }

    /// The failure with which the engine gave up a transaction, after which the object is broken.
    pub fn critical_error(&self) -> Option<sqlite::Error> {
        self.critical.borrow().clone()
    }

    /// Runs a statement of ours once, ignoring its rows.
    pub fn run(&self, sql: &str) -> Result<()> {
        self.run_with(sql, false)
    }

    /// The same, for a write that may go unconfirmed.
    pub(crate) fn run_with(&self, sql: &str, allow_unconfirmed: bool) -> Result<()> {
        let prepared = self.connection().prepare(sql, false, &self.trusted)?;
        match prepared.statement {
            Some(mut statement) => self.finish(&mut statement, allow_unconfirmed, |_| ()),
            None => Ok(()),
        }
    }

    /// Runs a kept statement with these values, showing each row.
    pub(crate) fn query(
        &self,
        kept: &Kept,
        values: &[ValueRef<'_>],
        allow_unconfirmed: bool,
        row: impl FnMut(&Statement),
    ) -> Result<()> {
        let mut statement = self.prepare_kept(kept)?;
        let result = bind_all(&mut statement, values)
            .and_then(|()| self.finish(&mut statement, allow_unconfirmed, row));
        statement.reset();
        kept.statement.replace(Some(statement));
        result
    }

    fn prepare_kept(&self, kept: &Kept) -> Result<Statement> {
        match kept.statement.take() {
            Some(statement) if statement.is_open() => Ok(statement),
            _ => self.prepare(kept.sql),
        }
    }

    /// Compiles a statement of ours.
    pub(crate) fn prepare(&self, sql: &str) -> Result<Statement> {
        let prepared = self.connection().prepare(sql, true, &self.trusted)?;
        prepared
            .statement
            .ok_or(Error::Usage("SQL code did not contain a statement."))
    }

    fn finish(
        &self,
        statement: &mut Statement,
        allow_unconfirmed: bool,
        mut row: impl FnMut(&Statement),
    ) -> Result<()> {
        self.announce(statement, allow_unconfirmed)?;
        while self.step(statement)? == Step::Row {
            row(statement);
        }
        Ok(())
    }

    /// Tells of a coming write, if the statement is one.
    pub(crate) fn announce(&self, statement: &Statement, allow_unconfirmed: bool) -> Result<()> {
        if statement.is_read_only()? {
            return Ok(());
        }
        self.announce_write(allow_unconfirmed)
    }

    /// Tells of a coming write.
    pub fn announce_write(&self, allow_unconfirmed: bool) -> Result<()> {
        let on_write = self.on_write.borrow().clone();
        on_write.map_or(Ok(()), |tell| tell(allow_unconfirmed))
    }

    /// Steps, and takes note when the engine gave up the whole transaction.
    pub(crate) fn step(&self, statement: &mut Statement) -> Result<Step> {
        statement.step().map_err(|error| {
            if error.may_roll_back()
                && self.in_transaction.get()
                && self.connection().is_autocommit()
            {
                self.in_transaction.set(false);
                self.critical.borrow_mut().get_or_insert(error.clone());
                let on_critical = self.on_critical.borrow().clone();
                if let Some(tell) = on_critical {
                    tell(&error);
                }
            }
            error.into()
        })
    }

    /// Whether there is a table of this name.
    pub(crate) fn has_table(&self, name: &str) -> Result<bool> {
        let mut statement =
            self.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?")?;
        statement.bind(0, ValueRef::Text(name.as_bytes()))?;
        Ok(self.step(&mut statement)? == Step::Row)
    }

    /// What was known about tables is in doubt.
    pub(crate) fn doubt(&self) {
        self.epoch.set(self.epoch.get() + 1);
    }

    /// Deletes everything: the files too, which are then made anew. Statements of before fail. No transaction may be open.
    pub fn reset(&self) -> Result<()> {
        self.doubt();
        self.connection().close();
        if let Place::File(file) = &self.place {
            delete_files(file)?;
        }
        if let Some(files) = &self.files {
            files.forget();
        }
        let connection = connect(&self.place, self.safety)?;
        self.connection.replace(Rc::new(connection));
        Ok(())
    }

    /// Closes the file. What still uses the database gets errors.
    pub fn close(&self) {
        if self.is_closed.replace(true) {
            return;
        }
        self.connection.borrow().close();
        if let Some(files) = &self.files {
            files.close();
        }
    }

    /// The bytes in use.
    pub fn size(&self) -> Result<u64> {
        let number = |sql| -> Result<i64> {
            let mut statement = self.prepare(sql)?;
            let mut found = 0;
            while self.step(&mut statement)? == Step::Row {
                found = integer(&statement, 0)?.unwrap_or(0);
            }
            Ok(found)
        };
        let pages = number("PRAGMA page_count")? - number("PRAGMA freelist_count")?;
        Ok(pages.max(0) as u64 * number("PRAGMA page_size")?.max(0) as u64)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.close();
    }
}

/// An integer of the current row, or NULL.
pub(crate) fn integer(statement: &Statement, column: usize) -> Result<Option<i64>> {
    Ok(statement.read(column, |value| match value {
        ValueRef::Integer(value) => Some(value),
        ValueRef::Real(value) => Some(value as i64),
        _ => None,
    })?)
}

/// The bytes of a text or blob of the current row.
pub(crate) fn bytes(statement: &Statement, column: usize) -> Result<Vec<u8>> {
    Ok(statement.read(column, |value| match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
        _ => Vec::new(),
    })?)
}

/// A text of the current row.
pub(crate) fn text(statement: &Statement, column: usize) -> Result<String> {
    let bytes = bytes(statement, column)?;
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

pub(crate) fn bind_all(statement: &mut Statement, values: &[ValueRef<'_>]) -> Result<()> {
    for (index, value) in values.iter().enumerate() {
        statement.bind(index, *value)?;
    }
    Ok(())
}

fn connect(place: &Place, safety: Safety) -> Result<Connection> {
    let connection = match place {
        Place::File(file) => Connection::open(file, Open::Create)?,
        Place::Memory => Connection::open(Path::new(""), Open::Memory)?,
    };
    for (limit, value) in LIMITS {
        connection.limit(*limit, *value);
    }
    connection.set_busy_timeout(BUSY_TIMEOUT);
    if safety == Safety::Later {
        connection.keep_log();
        connection.keep_log_at_close()?;
        pragma(&connection, "PRAGMA synchronous=OFF")?;
    }
    // In the way of the real workerd; the mode stays in the file.
    pragma(&connection, "PRAGMA journal_mode=WAL")?;
    Ok(connection)
}

fn pragma(connection: &Connection, sql: &str) -> Result<()> {
    let prepared = connection.prepare(sql, false, &rules::trusted())?;
    if let Some(mut statement) = prepared.statement {
        while statement.step()? == Step::Row {}
    }
    Ok(())
}

/// Moves the log into the database file, safe from a loss of power; for threads that may wait. Whether all was moved.
pub(crate) fn checkpoint(file: &Path) -> Result<bool> {
    let connection = Connection::open(file, Open::Existing)?;
    connection.keep_log_at_close()?;
    // The engine reads the file when it is first asked for something.
    pragma(&connection, "PRAGMA synchronous=FULL")?;
    pragma(&connection, "PRAGMA schema_version")?;
    Ok(connection.checkpoint()?)
}

/// Moves the log into the database file and deletes it, unless the database is in use again; for threads that may wait.
pub(crate) fn tidy_up(file: &Path) -> Result<()> {
    let connection = Connection::open(file, Open::Existing)?;
    pragma(&connection, "PRAGMA synchronous=FULL")?;
    pragma(&connection, "PRAGMA schema_version")
}

/// Somebody else has the file locked for a moment only.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

fn delete_files(file: &Path) -> Result<()> {
    closing::leave_alone(file);
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(&name) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(Error::Broken(format!(
                    "the files of a Durable Object cannot be deleted: {error}"
                )));
            }
        }
    }
    Ok(())
}

/// The real workerd's.
const LIMITS: &[(Limit, i32)] = &[
    // Eight mebibytes and the header of a value.
    (Limit::Length, 8 * 1024 * 1024 + 34),
    (Limit::SqlLength, 100_000),
    (Limit::Column, 100),
    (Limit::ExprDepth, 100),
    (Limit::CompoundSelect, 5),
    (Limit::VdbeOp, 25_000),
    (Limit::FunctionArg, 127),
    (Limit::Attached, 0),
    (Limit::LikePatternLength, 50),
    (Limit::VariableNumber, 100),
    (Limit::TriggerDepth, 10),
    (Limit::WorkerThreads, 0),
];
