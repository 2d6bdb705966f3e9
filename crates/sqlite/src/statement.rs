//! Statements: compiling, binding, stepping, reading rows.

use std::cell::Cell;
use std::ffi::{CString, c_int};
use std::ptr;
use std::rc::Rc;
use std::slice;

use crate::authorizer::Authorizer;
use crate::connection::{Connection, Inner, name};
use crate::error::Error;
use crate::ffi::{self, Stmt};

/// A value of one of SQLite's five types.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names are those of SQLite's documentation")]
pub enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// A borrowed [`Value`]. Texts are bytes: nothing makes a stored text valid UTF-8.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names are those of SQLite's documentation")]
pub enum ValueRef<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(&'a [u8]),
    Blob(&'a [u8]),
}

impl Value {
    /// The same value, borrowed.
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Blob(value) => ValueRef::Blob(value),
        }
    }
}

/// Where a statement stands after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is a row to read.
    Row,
    /// There is none; the statement has done its work.
    Done,
}

/// A compiled statement.
pub struct Statement {
    raw: Rc<Cell<*mut Stmt>>,
    connection: Rc<Inner>,
    authorizer: Rc<dyn Authorizer>,
}

/// The first statement of a text.
pub struct Prepared {
    /// None when the text holds nothing but blanks and comments.
    pub statement: Option<Statement>,
    /// Where the rest of the text begins.
    pub tail: usize,
}

impl Connection {
    /// Compiles the first statement of a text, on behalf of whom the authorizer speaks for.
    /// `keep` tells the engine that the statement will be used often.
    pub fn prepare(
        &self,
        sql: &str,
        keep: bool,
        authorizer: &Rc<dyn Authorizer>,
    ) -> Result<Prepared, Error> {
        let inner = self.inner();
        let db = inner.db()?;
        let length =
            c_int::try_from(sql.len()).map_err(|_| Error::usage("string or blob too big"))?;
        let flags = if keep { ffi::PREPARE_PERSISTENT } else { 0 };
        let (mut raw, mut tail) = (ptr::null_mut(), ptr::null());
        let code = inner.authorized(authorizer, || {
            // SAFETY: `db` is open, the text has the given length, and the places for the results are ours.
            unsafe {
                ffi::sqlite3_prepare_v3(db, sql.as_ptr().cast(), length, flags, &mut raw, &mut tail)
            }
        });
        if code != ffi::OK {
            return Err(inner.failure(code));
        }
        let tail = (tail as usize)
            .saturating_sub(sql.as_ptr() as usize)
            .min(sql.len());
        if raw.is_null() {
            return Ok(Prepared {
                statement: None,
                tail,
            });
        }
        let raw = Rc::new(Cell::new(raw));
        inner.track(&raw);
        Ok(Prepared {
            statement: Some(Statement {
                raw,
                connection: inner.clone(),
                authorizer: authorizer.clone(),
            }),
            tail,
        })
    }
}

impl Statement {
    fn raw(&self) -> Result<*mut Stmt, Error> {
        let raw = self.raw.get();
        if raw.is_null() {
            return Err(Error::closed());
        }
        Ok(raw)
    }

    /// Whether its database is still there.
    pub fn is_open(&self) -> bool {
        !self.raw.get().is_null()
    }

    /// Whether it changes nothing in the database.
    pub fn is_read_only(&self) -> Result<bool, Error> {
        let raw = self.raw()?;
        // SAFETY: S2: `raw` is not finalized. So it is in all methods below.
        Ok(unsafe { ffi::sqlite3_stmt_readonly(raw) != 0 })
    }

    /// Whether it is in the middle of its rows.
    pub fn is_busy(&self) -> Result<bool, Error> {
        let raw = self.raw()?;
        // SAFETY: S2.
        Ok(unsafe { ffi::sqlite3_stmt_busy(raw) != 0 })
    }

    /// How many values it wants.
    pub fn parameter_count(&self) -> Result<usize, Error> {
        let raw = self.raw()?;
        // SAFETY: S2.
        Ok(unsafe { ffi::sqlite3_bind_parameter_count(raw) }.max(0) as usize)
    }

    /// Gives the value for the parameter with this index, counted from 0. The engine keeps a copy.
    pub fn bind(&mut self, index: usize, value: ValueRef<'_>) -> Result<(), Error> {
        let raw = self.raw()?;
        let index = c_int::try_from(index + 1).unwrap_or(c_int::MAX);
        // SAFETY: S2; texts and blobs have the given lengths and are copied.
        let code = unsafe {
            match value {
                ValueRef::Null => ffi::sqlite3_bind_null(raw, index),
                ValueRef::Integer(value) => ffi::sqlite3_bind_int64(raw, index, value),
                ValueRef::Real(value) => ffi::sqlite3_bind_double(raw, index, value),
                ValueRef::Text(text) => ffi::sqlite3_bind_text64(
                    raw,
                    index,
                    text.as_ptr().cast(),
                    text.len() as u64,
                    ffi::TRANSIENT,
                    1,
                ),
                // A dangling pointer with a length of 0 is a blob, a null pointer would be NULL.
                ValueRef::Blob(bytes) => ffi::sqlite3_bind_blob64(
                    raw,
                    index,
                    bytes.as_ptr().cast(),
                    bytes.len() as u64,
                    ffi::TRANSIENT,
                ),
            }
        };
        match code {
            ffi::OK => Ok(()),
            _ => Err(self.connection.failure(code)),
        }
    }

    /// Goes on to the next row.
    pub fn step(&mut self) -> Result<Step, Error> {
        let raw = self.raw()?;
        // A statement is compiled again within a step when the schema has changed.
        let code = self.connection.authorized(&self.authorizer, || {
            // SAFETY: S2.
            unsafe { ffi::sqlite3_step(raw) }
        });
        match code {
            ffi::ROW => Ok(Step::Row),
            ffi::DONE => Ok(Step::Done),
            _ => Err(self.connection.failure(code)),
        }
    }

    /// Back to the start, without values and with counts of 0.
    pub fn reset(&mut self) {
        let raw = self.raw.get();
        if raw.is_null() {
            return;
        }
        // SAFETY: S2. What `reset` returns is the failure of the last step.
        unsafe {
            ffi::sqlite3_reset(raw);
            ffi::sqlite3_clear_bindings(raw);
            ffi::sqlite3_stmt_status(raw, ffi::STMTSTATUS_ROWS_READ, 1);
            ffi::sqlite3_stmt_status(raw, ffi::STMTSTATUS_ROWS_WRITTEN, 1);
        }
    }

    /// How many rows it has read.
    pub fn rows_read(&self) -> u64 {
        self.status(ffi::STMTSTATUS_ROWS_READ)
    }

    /// How many rows it has written, entries of indexes included.
    pub fn rows_written(&self) -> u64 {
        self.status(ffi::STMTSTATUS_ROWS_WRITTEN)
    }

    fn status(&self, counter: c_int) -> u64 {
        // SAFETY: S2.
        self.raw().map_or(0, |raw| unsafe {
            u64::from(ffi::sqlite3_stmt_status(raw, counter, 0) as u32)
        })
    }

    /// How many columns its rows have.
    pub fn column_count(&self) -> Result<usize, Error> {
        let raw = self.raw()?;
        // SAFETY: S2.
        Ok(unsafe { ffi::sqlite3_column_count(raw) }.max(0) as usize)
    }

    /// The name of a column.
    pub fn column_name(&self, column: usize) -> Result<String, Error> {
        let raw = self.raw()?;
        // SAFETY: S2; the name is copied at once, and null is allowed.
        Ok(unsafe { name(ffi::sqlite3_column_name(raw, column as c_int)) })
    }

    /// A value of the row on which the last step stopped.
    ///
    /// It is borrowed from the engine for as long as `read` runs, which cannot step meanwhile (S3).
    pub fn read<T>(&self, column: usize, read: impl FnOnce(ValueRef<'_>) -> T) -> Result<T, Error> {
        let raw = self.raw()?;
        let column = column as c_int;
        // SAFETY: S2. A column that does not exist reads as NULL.
        let value = unsafe {
            match ffi::sqlite3_column_type(raw, column) {
                ffi::INTEGER => ValueRef::Integer(ffi::sqlite3_column_int64(raw, column)),
                ffi::FLOAT => ValueRef::Real(ffi::sqlite3_column_double(raw, column)),
                ffi::TEXT => {
                    let text = ffi::sqlite3_column_text(raw, column);
                    ValueRef::Text(bytes(text, ffi::sqlite3_column_bytes(raw, column)))
                }
                ffi::BLOB => {
                    let blob = ffi::sqlite3_column_blob(raw, column).cast();
                    ValueRef::Blob(bytes(blob, ffi::sqlite3_column_bytes(raw, column)))
                }
                _ => ValueRef::Null,
            }
        };
        let _reading = self.connection.reading();
        Ok(read(value))
    }

    /// A copy of a value of the row on which the last step stopped.
    pub fn value(&self, column: usize) -> Result<Value, Error> {
        self.read(column, |value| match value {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(value) => Value::Integer(value),
            ValueRef::Real(value) => Value::Real(value),
            ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        })
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        let raw = self.raw.replace(ptr::null_mut());
        // SAFETY: S2. Null is allowed.
        unsafe { ffi::sqlite3_finalize(raw) };
    }
}

/// How long the first statement of a text is, its semicolon included; none if it is not complete.
pub fn statement_length(sql: &str) -> Option<usize> {
    sql.bytes()
        .enumerate()
        .filter(|(_, byte)| *byte == b';')
        .map(|(index, _)| index + 1)
        .find(|length| {
            // A text with a null in it is never complete.
            CString::new(&sql.as_bytes()[..*length]).is_ok_and(|start| {
                // SAFETY: the text ends with a null.
                unsafe { ffi::sqlite3_complete(start.as_ptr()) == 1 }
            })
        })
}

/// # Safety
/// `pointer` is null or has `length` bytes, which stay as they are for `'a`.
unsafe fn bytes<'a>(pointer: *const u8, length: c_int) -> &'a [u8] {
    if pointer.is_null() {
        return &[];
    }
    // SAFETY: as above.
    unsafe { slice::from_raw_parts(pointer, length.max(0) as usize) }
}
