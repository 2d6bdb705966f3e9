//! Keys and values: the table `_cf_KV`. Values are bytes here; guests' values are structured clones.

use std::cell::Cell;
use std::rc::Rc;

use sqlite::{Statement, Step, ValueRef};

use crate::Result;
use crate::database::{Cursor, Database, Kept, bind_all, bytes, integer, text};
use crate::error::Error;

/// Which keys to list, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// The first key.
    pub start: String,
    /// The first key that is not listed any more.
    pub end: Option<String>,
    /// How many at most.
    pub limit: Option<u32>,
    /// From the last to the first.
    pub reverse: bool,
}

/// What is stored for a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Value {
    pub bytes: Vec<u8>,
    /// The tokens of what the value refers to, in their order. Nearly all values have none.
    pub externals: Vec<Vec<u8>>,
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            externals: Vec::new(),
        }
    }
}

/// A table that may be there, as known in an epoch of the database.
struct Table {
    name: &'static str,
    create: &'static str,
    known: Cell<Option<(u64, bool)>>,
}

impl Table {
    fn new(name: &'static str, create: &'static str) -> Self {
        Self {
            name,
            create,
            known: Cell::new(None),
        }
    }

    fn is_there(&self, db: &Database) -> Result<bool> {
        let epoch = db.epoch.get();
        match self.known.get() {
            Some((known, there)) if known == epoch => Ok(there),
            _ => {
                let there = db.has_table(self.name)?;
                self.known.set(Some((epoch, there)));
                Ok(there)
            }
        }
    }

    /// Makes the table if it is not there.
    fn need(&self, db: &Database, allow_unconfirmed: bool) -> Result<()> {
        if !self.is_there(db)? {
            db.run_with(self.create, allow_unconfirmed)?;
            self.known.set(Some((db.epoch.get(), true)));
        }
        Ok(())
    }
}

/// The keys and values of an object.
pub struct Kv {
    db: Rc<Database>,
    table: Table,
    externals: Table,
    /// The number of the newest list; older ones end.
    lists: Rc<Cell<u64>>,
    get: Kept,
    put: Kept,
    delete: Kept,
    count: Kept,
    get_externals: Kept,
    put_external: Kept,
    delete_externals: Kept,
}

/// The rows of a list, one at a time. Only the newest list of an object goes on.
pub struct List {
    db: Rc<Database>,
    /// None when it has ended.
    statement: Option<(Statement, Cursor)>,
    number: u64,
    lists: Rc<Cell<u64>>,
}

impl Kv {
    /// The keys and values in a database.
    pub fn new(db: Rc<Database>) -> Self {
        Self {
            db,
            table: Table::new("_cf_KV", CREATE),
            externals: Table::new("_cf_EXTERNALS", CREATE_EXTERNALS),
            lists: Rc::default(),
            get: Kept::new("SELECT value FROM _cf_KV WHERE key = ?"),
            put: Kept::new(
                "INSERT INTO _cf_KV VALUES(?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            ),
            delete: Kept::new("DELETE FROM _cf_KV WHERE key = ?"),
            count: Kept::new("SELECT count(*) FROM _cf_KV"),
            get_externals: Kept::new("SELECT token FROM _cf_EXTERNALS WHERE key = ? ORDER BY idx"),
            put_external: Kept::new("INSERT INTO _cf_EXTERNALS VALUES(?, ?, ?)"),
            delete_externals: Kept::new("DELETE FROM _cf_EXTERNALS WHERE key = ?"),
        }
    }

    fn has_table(&self) -> Result<bool> {
        self.table.is_there(&self.db)
    }

    fn need_table(&self, allow_unconfirmed: bool) -> Result<()> {
        self.table.need(&self.db, allow_unconfirmed)
    }

    /// The tokens beside the value of a key.
    pub fn externals(&self, key: &str) -> Result<Vec<Vec<u8>>> {
        let mut found = Vec::new();
        if self.externals.is_there(&self.db)? {
            let key = ValueRef::Text(key.as_bytes());
            self.db.query(&self.get_externals, &[key], false, |row| {
                found.push(bytes(row, 0));
            })?;
        }
        found.into_iter().collect()
    }

    /// Tokens go with their value: whether they are confirmed is for that to say.
    fn set_externals(&self, key: &str, externals: &[Vec<u8>]) -> Result<()> {
        let key = ValueRef::Text(key.as_bytes());
        if self.externals.is_there(&self.db)? {
            self.db
                .query(&self.delete_externals, &[key], true, |_| ())?;
        }
        if externals.is_empty() {
            return Ok(());
        }
        self.externals.need(&self.db, true)?;
        for (index, token) in externals.iter().enumerate() {
            let values = [key, ValueRef::Integer(index as i64), ValueRef::Blob(token)];
            self.db.query(&self.put_external, &values, true, |_| ())?;
        }
        Ok(())
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        if !self.has_table()? {
            return Ok(None);
        }
        let mut found = None;
        let key = ValueRef::Text(key.as_bytes());
        self.db.query(&self.get, &[key], false, |row| {
            found = bytes(row, 0).ok();
        })?;
        Ok(found)
    }

    /// Sets the value of a key to one that refers to nothing.
    pub fn put(&self, key: &str, bytes: &[u8], allow_unconfirmed: bool) -> Result<()> {
        self.put_parts(key, bytes, &[], allow_unconfirmed)
    }

    /// Sets the value of a key.
    pub fn put_value(&self, key: &str, value: &Value, allow_unconfirmed: bool) -> Result<()> {
        self.put_parts(key, &value.bytes, &value.externals, allow_unconfirmed)
    }

    fn put_parts(
        &self,
        key: &str,
        bytes: &[u8],
        externals: &[Vec<u8>],
        allow_unconfirmed: bool,
    ) -> Result<()> {
        self.db.need_memory(key.len() + bytes.len())?;
        self.need_table(allow_unconfirmed)?;
        let values = [ValueRef::Text(key.as_bytes()), ValueRef::Blob(bytes)];
        self.db
            .query(&self.put, &values, allow_unconfirmed, |_| ())?;
        self.set_externals(key, externals)
    }

    /// Sets the values of keys, of all or of none.
    pub fn put_all<'a>(
        &self,
        pairs: impl IntoIterator<Item = (&'a str, &'a Value)>,
        allow_unconfirmed: bool,
    ) -> Result<()> {
        self.need_table(allow_unconfirmed)?;
        self.db.announce_write(allow_unconfirmed)?;
        self.db.run("SAVEPOINT _cf_put_multiple_savepoint")?;
        for (key, value) in pairs {
            if let Err(error) = self.put_value(key, value, allow_unconfirmed) {
                // When the engine has given up the transaction there is nothing left to roll back to.
                let _ = self
                    .db
                    .run("ROLLBACK TO _cf_put_multiple_savepoint")
                    .and_then(|()| self.db.run("RELEASE _cf_put_multiple_savepoint"));
                return Err(error);
            }
        }
        self.db.run("RELEASE _cf_put_multiple_savepoint")
    }

    /// Removes a key. Whether it was there.
    pub fn delete(&self, key: &str, allow_unconfirmed: bool) -> Result<bool> {
        self.need_table(allow_unconfirmed)?;
        let text = ValueRef::Text(key.as_bytes());
        self.db
            .query(&self.delete, &[text], allow_unconfirmed, |_| ())?;
        let was_there = self.db.connection()?.changes() > 0;
        self.set_externals(key, &[])?;
        Ok(was_there)
    }

    /// How many keys there are.
    pub fn count(&self) -> Result<u64> {
        if !self.has_table()? {
            return Ok(0);
        }
        let mut found = 0;
        self.db.query(&self.count, &[], false, |row| {
            found = integer(row, 0).ok().flatten().unwrap_or(0);
        })?;
        Ok(found.max(0) as u64)
    }

    /// Begins a list, which ends the one before.
    pub fn list(&self, range: &Range) -> Result<List> {
        let number = self.lists.get() + 1;
        self.lists.set(number);
        let statement = match self.has_table()? {
            true => Some((self.list_statement(range)?, Cursor::new(&self.db))),
            false => None,
        };
        Ok(List {
            db: self.db.clone(),
            statement,
            number,
            lists: self.lists.clone(),
        })
    }

    fn list_statement(&self, range: &Range) -> Result<Statement> {
        let mut sql = "SELECT key, value FROM _cf_KV WHERE key >= ?".to_owned();
        let mut values = vec![ValueRef::Text(range.start.as_bytes())];
        if let Some(end) = &range.end {
            sql.push_str(" AND key < ?");
            values.push(ValueRef::Text(end.as_bytes()));
        }
        sql.push_str(" ORDER BY key");
        if range.reverse {
            sql.push_str(" DESC");
        }
        if let Some(limit) = range.limit {
            sql.push_str(" LIMIT ?");
            values.push(ValueRef::Integer(limit.into()));
        }
        let mut statement = self.db.prepare(&sql)?;
        bind_all(&mut statement, &values)?;
        Ok(statement)
    }
}

impl List {
    /// The next key and value.
    pub fn advance(&mut self) -> Result<Option<(String, Vec<u8>)>> {
        let Some((statement, _)) = &mut self.statement else {
            return Ok(None);
        };
        if self.lists.get() != self.number {
            return Err(Error::ListReplaced);
        }
        let step = self.db.step(statement);
        if step.map_err(|error| self.db.in_file(error))? == Step::Row {
            return Ok(Some((text(statement, 0)?, bytes(statement, 1)?)));
        }
        self.statement = None;
        Ok(None)
    }
}

/// The same as [`CREATE`].
const CREATE_EXTERNALS: &str = "
      CREATE TABLE IF NOT EXISTS _cf_EXTERNALS (
        key TEXT,
        idx INTEGER,
        token BLOB,
        PRIMARY KEY (key, idx)
      ) WITHOUT ROWID;
    ";

/// In the real workerd's words, which stay in the file.
const CREATE: &str = "
      CREATE TABLE IF NOT EXISTS _cf_KV (
        key TEXT PRIMARY KEY,
        value BLOB
      ) WITHOUT ROWID;
    ";
