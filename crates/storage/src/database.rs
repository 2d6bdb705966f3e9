//! The file of an object: how it is opened, limited, written and deleted.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use sqlite::{Authorizer, Connection, Statement, Step, ValueRef};

use crate::Result;
use crate::connect::{connect, delete_files, is_new};
use crate::error::Error;
use crate::files::Files;
use crate::memory::{Budget, Part};
use crate::open_files::{self, Counted};
use crate::rules;

/// Where a database is.
#[derive(Clone, Debug)]
pub enum Place {
    /// A file, with those of its write-ahead log beside it. Made when it is not there; its directory must be.
    File(PathBuf),
    /// Nowhere: the data is gone with the last user.
    Memory(Budget),
}

/// Called before anything is written; the argument is `allowUnconfirmed`.
type OnWrite = Rc<dyn Fn(bool) -> Result<()>>;

/// A database. That of an object is open from its first use on, and not always (see `open_files.rs`).
pub struct Database {
    connection: RefCell<Option<Opened>>,
    this: Weak<Self>,
    /// For one without a file.
    memory: Option<Part>,
    /// There is nothing in the file yet.
    is_new: Cell<bool>,
    last_used: Cell<u64>,
    /// How many results are being read.
    cursors: Cell<u32>,
    /// Whoever else has something under way.
    is_idle: RefCell<Option<Rc<dyn Fn() -> bool>>>,
    /// A guest has changed what belongs to the connection.
    has_settings: Rc<Cell<bool>>,
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

/// Called when nothing can be stored any more.
type OnCritical = Rc<dyn Fn(Error)>;

/// Who makes sure that what is committed survives a loss of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// The engine, before a commit returns.
    AtCommit,
    /// The caller, with [`Database::files`], after a commit: other objects run meanwhile.
    Later,
}

struct Opened {
    connection: Rc<Connection>,
    _counted: Option<Counted>,
}

/// Keeps a database open while results are read.
pub(crate) struct Cursor(Rc<Database>);

impl Cursor {
    pub(crate) fn new(db: &Rc<Database>) -> Self {
        db.cursors.set(db.cursors.get() + 1);
        Self(db.clone())
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        self.0.cursors.set(self.0.cursors.get() - 1);
    }
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
    /// Opens a database, or makes it. With [`Safety::Later`] one without content is only opened when it is used.
    pub fn open(place: Place, safety: Safety) -> Result<Rc<Self>> {
        let files = match (&place, safety) {
            (Place::File(file), Safety::Later) => Some(Arc::new(Files::new(file.clone()))),
            _ => None,
        };
        let is_new = match &place {
            Place::File(file) => files.is_some() && is_new(file),
            Place::Memory(_) => true,
        };
        let memory = match &place {
            Place::File(_) => None,
            Place::Memory(budget) => Some(Part::new(budget.clone())),
        };
        let has_settings = Rc::new(Cell::new(false));
        let database = Rc::new_cyclic(|this| Self {
            connection: RefCell::default(),
            this: this.clone(),
            memory,
            is_new: Cell::new(is_new),
            last_used: Cell::new(0),
            cursors: Cell::new(0),
            is_idle: RefCell::default(),
            on_critical: RefCell::default(),
            safety,
            files,
            is_closed: Cell::new(false),
            place,
            trusted: rules::trusted(),
            guest: rules::guest(has_settings.clone()),
            has_settings,
            on_write: RefCell::default(),
            in_transaction: Cell::new(false),
            epoch: Cell::new(0),
            critical: RefCell::default(),
        });
        if !is_new {
            database.connect()?;
        }
        Ok(database)
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Sets who is told before anything is written, and may refuse it.
    pub fn set_on_write(&self, on_write: impl Fn(bool) -> Result<()> + 'static) {
        self.on_write.replace(Some(Rc::new(on_write)));
    }

    /// Sets who is told when nothing can be stored any more, as when the engine has given up a transaction by itself.
    pub fn set_on_critical(&self, on_critical: impl Fn(Error) + 'static) {
        self.on_critical.replace(Some(Rc::new(on_critical)));
    }

    /// The files to make durable after a commit, for [`Safety::Later`].
    pub fn files(&self) -> Option<&Arc<Files>> {
        self.files.as_ref()
    }

    /// Sets who else is asked whether nothing is under way.
    pub(crate) fn set_is_idle(&self, is_idle: impl Fn() -> bool + 'static) {
        self.is_idle.replace(Some(Rc::new(is_idle)));
    }

    /// The connection, if it is open.
    pub(crate) fn opened(&self) -> Option<Rc<Connection>> {
        let opened = self.connection.borrow();
        opened.as_ref().map(|opened| opened.connection.clone())
    }

    /// The connection, which is opened if it is not.
    pub(crate) fn connection(&self) -> Result<Rc<Connection>> {
        self.note_use();
        match self.opened() {
            Some(connection) => Ok(connection),
            None => self.connect(),
        }
    }

    fn connect(&self) -> Result<Rc<Connection>> {
        if self.is_closed.get() {
            return Err(sqlite::Error::closed().into());
        }
        let counted = self
            .files
            .is_some()
            .then(|| Counted::new(self.this.clone()));
        let connection = connect(&self.place, self.safety).map(Rc::new);
        if let Err(Error::Engine(error)) = &connection {
            self.note_critical(error);
        }
        let connection = connection.map_err(|error| self.in_file(error))?;
        self.is_new.set(false);
        self.connection.replace(Some(Opened {
            connection: connection.clone(),
            _counted: counted,
        }));
        Ok(connection)
    }

    /// Whether nothing was ever stored.
    pub(crate) fn is_new(&self) -> bool {
        self.is_new.get()
    }

    pub(crate) fn note_use(&self) {
        self.last_used.set(open_files::now());
    }

    pub(crate) fn last_used(&self) -> u64 {
        self.last_used.get()
    }

    /// Closes the file until the next use, if nothing is under way (F1). Whether it did.
    pub(crate) fn close_if_idle(&self) -> bool {
        let is_idle = self.is_idle.borrow().clone();
        let may_close = self.cursors.get() == 0
            && !self.has_settings.get()
            && !self.in_transaction.get()
            && is_idle.is_some_and(|is_idle| is_idle());
        let Some(files) = self.files.as_ref().filter(|_| may_close) else {
            return false;
        };
        let Some(opened) = self.connection.take() else {
            return false;
        };
        opened.connection.close();
        files.forget();
        true
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
        let prepared = self.connection()?.prepare(sql, false, &self.trusted);
        match prepared
            .map_err(|error| self.in_file(error.into()))?
            .statement
        {
            Some(mut statement) => self
                .finish(&mut statement, allow_unconfirmed, |_| ())
                .map_err(|error| self.in_file(error)),
            None => Ok(()),
        }
    }

    /// A failure of a statement of ours. What guests may have caused stays as it is.
    #[cold]
    pub(crate) fn in_file(&self, error: Error) -> Error {
        match (error, &self.place) {
            (Error::Engine(error), Place::File(file))
                if !error.is_too_big() && !error.is_constraint() =>
            {
                let file = Arc::from(file.as_path());
                Error::File { file, error }
            }
            (other, _) => other,
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
        result.map_err(|error| self.in_file(error))
    }

    fn prepare_kept(&self, kept: &Kept) -> Result<Statement> {
        self.note_use();
        match kept.statement.take() {
            Some(statement) if statement.is_open() => Ok(statement),
            _ => self.prepare(kept.sql),
        }
    }

    /// Compiles a statement of ours.
    pub(crate) fn prepare(&self, sql: &str) -> Result<Statement> {
        let prepared = self.connection()?.prepare(sql, true, &self.trusted);
        prepared
            .map_err(|error| self.in_file(error.into()))?
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
                && self
                    .opened()
                    .is_none_or(|connection| connection.is_autocommit())
            {
                self.in_transaction.set(false);
                self.note_critical(&error);
            }
            error.into()
        })
    }

    fn note_critical(&self, error: &sqlite::Error) {
        self.critical.borrow_mut().get_or_insert(error.clone());
        self.tell_critical(Error::Broken(error.message().to_owned()));
    }

    fn tell_critical(&self, error: Error) {
        let on_critical = self.on_critical.borrow().clone();
        if let Some(tell) = on_critical {
            tell(error);
        }
    }

    /// Fails if an object without a file has too much in memory, and breaks it. To be called before this much is written.
    pub(crate) fn need_memory(&self, bytes: usize) -> Result<()> {
        let memory = self.memory.as_ref();
        if let Some(memory) = memory.filter(|memory| memory.note_write(bytes))
            && memory.count(self.size()?)
        {
            self.tell_critical(Error::TooMuchMemory);
            return Err(Error::TooMuchMemory);
        }
        Ok(())
    }

    /// Whether there is a table of this name.
    pub(crate) fn has_table(&self, name: &str) -> Result<bool> {
        if self.is_new() {
            return Ok(false);
        }
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
        if let Some(opened) = self.connection.take() {
            opened.connection.close();
        }
        if let Place::File(file) = &self.place {
            delete_files(file)?;
        }
        if let Some(files) = &self.files {
            files.forget();
        }
        self.has_settings.set(false);
        self.connect().map(drop)
    }

    /// Closes the file. What still uses the database gets errors.
    pub fn close(&self) {
        if self.is_closed.replace(true) {
            return;
        }
        if let Some(opened) = self.connection.take() {
            opened.connection.close();
        }
        if let Some(memory) = &self.memory {
            memory.count(0);
        }
        if let Some(files) = self.files.as_ref().filter(|_| !self.is_new()) {
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
