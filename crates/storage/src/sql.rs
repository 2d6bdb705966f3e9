//! What guests run: texts of one or more statements, compiled once and kept.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use sqlite::{Statement, Step, ValueRef};

use crate::Result;
use crate::database::{Cursor, Database, bind_all};
use crate::error::Error;

/// The texts of kept statements may be this long together; those used longest ago go first.
const KEPT_BYTES: usize = 1024 * 1024;

/// The statements of an object's guest.
pub struct Sql {
    db: Rc<Database>,
    kept: RefCell<Texts>,
}

/// Compiled texts, and when each was last used.
#[derive(Default)]
struct Texts {
    compiled: HashMap<Rc<str>, (u64, Compiled)>,
    bytes: usize,
    clock: u64,
}

/// The statements of a text: all but the last run to their end, the last has values and rows.
struct Compiled {
    text: Rc<str>,
    before: Vec<Statement>,
    last: Statement,
    /// How often it has been run from what was kept.
    uses: u32,
}

/// What [`Sql::ingest`] has done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ingested {
    /// How much of the text was run.
    pub length: usize,
    /// All statements together.
    pub rows_read: u64,
    /// All statements together.
    pub rows_written: u64,
    /// How many there were.
    pub statements: u64,
}

/// A statement that is running.
pub struct Query {
    db: Rc<Database>,
    /// None once it has ended.
    compiled: Option<(Compiled, Cursor)>,
    /// Where to put the statement back.
    home: Rc<Sql>,
    has_row: bool,
    rows_read: u64,
    rows_written: u64,
    reused: bool,
}

impl Sql {
    /// The statements on a database.
    pub fn new(db: Rc<Database>) -> Rc<Self> {
        Rc::new(Self {
            db,
            kept: RefCell::default(),
        })
    }

    /// Runs a text: its first statements to the end, its last to the first row.
    pub fn exec(self: &Rc<Self>, text: &str, values: &[ValueRef<'_>]) -> Result<Query> {
        self.db.note_use();
        let cursor = Cursor::new(&self.db);
        let kept = self.kept.borrow_mut().take(text);
        let mut compiled = match kept {
            Some(mut compiled) if compiled.last.is_open() => {
                for statement in &mut compiled.before {
                    self.run_once(statement)?;
                }
                compiled.uses += 1;
                compiled
            }
            _ => self.compile(text)?,
        };
        let first = self.start(&mut compiled.last, values);
        let mut query = Query {
            db: self.db.clone(),
            reused: compiled.uses > 0,
            compiled: Some((compiled, cursor)),
            home: self.clone(),
            has_row: false,
            rows_read: 0,
            rows_written: 0,
        };
        match first {
            Ok(Step::Row) => query.has_row = true,
            Ok(Step::Done) => query.note_counts(),
            Err(error) => {
                query.end();
                return Err(error);
            }
        }
        Ok(query)
    }

    /// Runs the complete statements at the beginning of a text.
    pub fn ingest(self: &Rc<Self>, text: &str) -> Result<Ingested> {
        let mut done = Ingested::default();
        while let Some(length) = sqlite::statement_length(&text[done.length..]) {
            let end = done.length + length;
            let query = self.exec(&text[done.length..end], &[])?;
            done.rows_read += query.rows_read();
            done.rows_written += query.rows_written();
            done.statements += 1;
            done.length = end;
        }
        Ok(done)
    }

    fn compile(&self, text: &str) -> Result<Compiled> {
        let mut before = Vec::new();
        let mut rest = text;
        loop {
            let prepared = self
                .db
                .connection()?
                .prepare(rest, true, self.db.guest_rules())?;
            let mut statement = prepared.statement.ok_or(Error::Usage(NO_STATEMENT))?;
            rest =
                rest[prepared.tail..].trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
            if rest.is_empty() {
                return Ok(Compiled {
                    text: text.into(),
                    before,
                    last: statement,
                    uses: 0,
                });
            }
            if statement.parameter_count()? != 0 {
                return Err(Error::Usage(ONLY_LAST));
            }
            self.run_once(&mut statement)?;
            before.push(statement);
        }
    }

    /// Runs a statement whose rows nobody wants.
    fn run_once(&self, statement: &mut Statement) -> Result<()> {
        self.db.announce(statement, false)?;
        let result = self.db.step(statement);
        statement.reset();
        result.map(|_| ())
    }

    fn start(&self, statement: &mut Statement, values: &[ValueRef<'_>]) -> Result<Step> {
        if values.len() != statement.parameter_count()? {
            return Err(Error::Usage(WRONG_COUNT));
        }
        self.db.announce(statement, false)?;
        bind_all(statement, values)?;
        self.db.step(statement)
    }
}

impl Texts {
    fn take(&mut self, text: &str) -> Option<Compiled> {
        let (_, compiled) = self.compiled.remove(text)?;
        self.bytes -= text.len();
        Some(compiled)
    }

    fn put(&mut self, compiled: Compiled) {
        self.clock += 1;
        self.bytes += compiled.text.len();
        if let Some((_, twin)) = self
            .compiled
            .insert(compiled.text.clone(), (self.clock, compiled))
        {
            self.bytes -= twin.text.len();
        }
        while self.bytes > KEPT_BYTES {
            let oldest = self
                .compiled
                .values()
                .min_by_key(|(used, _)| *used)
                .map(|(_, compiled)| compiled.text.clone());
            match oldest {
                Some(text) => self.take(&text),
                None => return,
            };
        }
    }
}

impl Query {
    /// Whether there is a row to read.
    pub fn has_row(&self) -> bool {
        self.has_row
    }

    /// Whether the compiled statement was used before.
    pub fn is_reused(&self) -> bool {
        self.reused
    }

    fn statement(&self) -> Result<&Statement> {
        match &self.compiled {
            Some((compiled, _)) => Ok(&compiled.last),
            None => Err(sqlite::Error::closed().into()),
        }
    }

    /// The names of the columns, as often as they occur.
    pub fn column_names(&self) -> Result<Vec<String>> {
        let statement = self.statement()?;
        (0..statement.column_count()?)
            .map(|column| Ok(statement.column_name(column)?))
            .collect()
    }

    /// How many columns there are.
    pub fn column_count(&self) -> Result<usize> {
        Ok(self.statement()?.column_count()?)
    }

    /// Lends a value of the current row.
    pub fn read<T>(&self, column: usize, read: impl FnOnce(ValueRef<'_>) -> T) -> Result<T> {
        Ok(self.statement()?.read(column, read)?)
    }

    /// Goes on to the next row.
    pub fn advance(&mut self) -> Result<()> {
        let Some((compiled, _)) = &mut self.compiled else {
            self.has_row = false;
            return Ok(());
        };
        let step = self.db.step(&mut compiled.last);
        self.has_row = matches!(step, Ok(Step::Row));
        if !self.has_row {
            self.end();
        }
        step.map(|_| ())
    }

    /// How many rows it has read so far.
    pub fn rows_read(&self) -> u64 {
        match &self.compiled {
            Some((compiled, _)) => compiled.last.rows_read(),
            None => self.rows_read,
        }
    }

    /// How many rows it has written so far, entries of indexes included.
    pub fn rows_written(&self) -> u64 {
        match &self.compiled {
            Some((compiled, _)) => compiled.last.rows_written(),
            None => self.rows_written,
        }
    }

    fn note_counts(&mut self) {
        if let Some((compiled, _)) = &self.compiled {
            self.rows_read = compiled.last.rows_read();
            self.rows_written = compiled.last.rows_written();
        }
    }

    /// Gives the statement back. The counts stay.
    pub fn end(&mut self) {
        self.note_counts();
        self.has_row = false;
        if let Some((mut compiled, _cursor)) = self.compiled.take() {
            compiled.last.reset();
            self.home.kept.borrow_mut().put(compiled);
        }
    }
}

impl Drop for Query {
    fn drop(&mut self) {
        self.end();
    }
}

const NO_STATEMENT: &str = "SQL code did not contain a statement.";
const ONLY_LAST: &str = "When executing multiple SQL statements in a single call, only the last statement can have \
    parameters.";
const WRONG_COUNT: &str = "Wrong number of parameter bindings for SQL query.";
