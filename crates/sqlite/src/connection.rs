//! Connections: opening, limits, security, checkpoints, closing.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr;
use std::rc::{Rc, Weak};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::authorizer::{self, Action, Authorizer};
use crate::error::Error;
use crate::ffi::{self, Db, Stmt};

/// How to open a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// For reading and writing; the file is made when it is not there.
    Create,
    /// For reading and writing; the file must be there.
    Existing,
    /// For reading only.
    ReadOnly,
    /// No file: the data is gone with the connection.
    Memory,
}

/// What can be limited, with the numbers of `sqlite3_limit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of SQLite's documentation")]
pub enum Limit {
    Length = 0,
    SqlLength = 1,
    Column = 2,
    ExprDepth = 3,
    CompoundSelect = 4,
    VdbeOp = 5,
    FunctionArg = 6,
    Attached = 7,
    LikePatternLength = 8,
    VariableNumber = 9,
    TriggerDepth = 10,
    WorkerThreads = 11,
}

/// A connection to a database.
pub struct Connection {
    inner: Rc<Inner>,
}

pub(crate) struct Inner {
    /// Null once it is closed.
    db: Cell<*mut Db>,
    /// Raw statements that are not finalized yet.
    statements: RefCell<Vec<Weak<Cell<*mut Stmt>>>>,
    /// Decides for the statement that is being compiled.
    authorizer: RefCell<Option<Rc<dyn Authorizer>>>,
    /// The authorizer's own text for why it refused.
    refusal: RefCell<Option<String>>,
    /// Pages in the write-ahead log.
    log_pages: Cell<u32>,
    /// How many borrow a value from a row (S3).
    readers: Cell<u32>,
    _share: HeapShare,
}

/// Keeps the rows in place while a value is borrowed from one.
pub(crate) struct Reading<'a>(&'a Inner);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.readers.set(self.0.readers.get() - 1);
    }
}

impl Connection {
    /// Opens a database, with the engine's defensive mode on and an authorizer that refuses until a statement has one.
    pub fn open(file: &Path, how: Open) -> Result<Self, Error> {
        let share = HeapShare::new();
        let name = match how {
            Open::Memory => CString::from(c":memory:"),
            _ => CString::new(file.as_os_str().as_encoded_bytes())
                .map_err(|_| Error::usage("a file name with a null byte"))?,
        };
        let flags = ffi::OPEN_NOMUTEX
            | match how {
                Open::Create | Open::Memory => ffi::OPEN_READWRITE | ffi::OPEN_CREATE,
                Open::Existing => ffi::OPEN_READWRITE,
                Open::ReadOnly => ffi::OPEN_READONLY,
            };
        let mut db = ptr::null_mut();
        #[cfg(feature = "faults")]
        let system = crate::faults::file_system(file);
        #[cfg(not(feature = "faults"))]
        let system = ptr::null();
        // SAFETY: the name ends with a null, and `db` is a place for the result.
        let code = unsafe { ffi::sqlite3_open_v2(name.as_ptr(), &mut db, flags, system) };
        let connection = Self {
            inner: Rc::new(Inner {
                db: Cell::new(db),
                statements: RefCell::default(),
                authorizer: RefCell::default(),
                refusal: RefCell::default(),
                log_pages: Cell::new(0),
                readers: Cell::new(0),
                _share: share,
            }),
        };
        if code != ffi::OK {
            return Err(match db.is_null() {
                true => Error::code_only(code),
                false => Error::last(db, code),
            });
        }
        // SAFETY: `db` is open; `Inner` is at a fixed place and closes the connection before it goes.
        let code = unsafe {
            let code = ffi::sqlite3_db_config(
                db,
                ffi::DBCONFIG_DEFENSIVE,
                1 as c_int,
                ptr::null::<c_int>(),
            );
            if code == ffi::OK {
                let data = Rc::as_ptr(&connection.inner).cast_mut().cast();
                ffi::sqlite3_set_authorizer(db, Some(authorizer::ask), data)
            } else {
                code
            }
        };
        if code != ffi::OK {
            return Err(Error::code_only(code));
        }
        Ok(connection)
    }

    /// Sets a limit.
    pub fn limit(&self, limit: Limit, value: i32) {
        if let Ok(db) = self.inner.db() {
            // SAFETY: `db` is open.
            unsafe { ffi::sqlite3_limit(db, limit as c_int, value) };
        }
    }

    /// Waits this long for who else has the file locked, before it gives up with an error.
    pub fn set_busy_timeout(&self, wait: Duration) {
        if let Ok(db) = self.inner.db() {
            let milliseconds = c_int::try_from(wait.as_millis()).unwrap_or(c_int::MAX);
            // SAFETY: `db` is open.
            unsafe { ffi::sqlite3_busy_timeout(db, milliseconds) };
        }
    }

    /// Leaves the write-ahead log as it is when the connection is closed.
    pub fn keep_log_at_close(&self) -> Result<(), Error> {
        let db = self.inner.db()?;
        // SAFETY: `db` is open.
        let code = unsafe {
            ffi::sqlite3_db_config(
                db,
                ffi::DBCONFIG_NO_CKPT_ON_CLOSE,
                1 as c_int,
                ptr::null::<c_int>(),
            )
        };
        match code {
            ffi::OK => Ok(()),
            _ => Err(Error::code_only(code)),
        }
    }

    /// Whether no transaction is open.
    pub fn is_autocommit(&self) -> bool {
        // SAFETY: `db` is open.
        self.inner
            .db()
            .map_or(true, |db| unsafe { ffi::sqlite3_get_autocommit(db) != 0 })
    }

    /// How many rows the last INSERT, UPDATE or DELETE touched.
    pub fn changes(&self) -> u32 {
        // SAFETY: `db` is open.
        self.inner
            .db()
            .map_or(0, |db| unsafe { ffi::sqlite3_changes(db).unsigned_abs() })
    }

    /// Moves what the write-ahead log holds into the database file, as far as nobody reads older rows. Whether all was moved.
    pub fn checkpoint(&self) -> Result<bool, Error> {
        let db = self.inner.db()?;
        let (mut frames, mut done) = (0, 0);
        // SAFETY: `db` is open, and the places for the results are ours.
        let code = unsafe {
            ffi::sqlite3_wal_checkpoint_v2(
                db,
                ptr::null(),
                ffi::CHECKPOINT_PASSIVE,
                &mut frames,
                &mut done,
            )
        };
        match code {
            ffi::OK => Ok(frames == done),
            // SQLITE_BUSY, SQLITE_LOCKED: somebody else is at it.
            5 | 6 => Ok(false),
            _ => Err(Error::last(db, code)),
        }
    }

    /// From now on the log is moved into the database file only by [`checkpoint`](Self::checkpoint).
    pub fn keep_log(&self) {
        if let Ok(db) = self.inner.db() {
            let data = Rc::as_ptr(&self.inner).cast_mut().cast();
            // SAFETY: `db` is open; `Inner` is at a fixed place and closes the connection before it goes.
            unsafe { ffi::sqlite3_wal_hook(db, Some(note_log), data) };
        }
    }

    /// How many pages were in the log after the last commit.
    pub fn log_pages(&self) -> u32 {
        self.inner.log_pages.get()
    }

    /// Ends all statements and closes the file. What still holds a statement gets errors from it.
    pub fn close(&self) {
        self.inner.close();
    }

    pub(crate) fn inner(&self) -> &Rc<Inner> {
        &self.inner
    }
}

impl Inner {
    pub(crate) fn db(&self) -> Result<*mut Db, Error> {
        let db = self.db.get();
        if db.is_null() {
            return Err(Error::closed());
        }
        Ok(db)
    }

    /// Runs `use_engine`, which may compile a statement, under an authorizer.
    pub(crate) fn authorized<T>(
        &self,
        authorizer: &Rc<dyn Authorizer>,
        use_engine: impl FnOnce() -> T,
    ) -> T {
        self.refusal.replace(None);
        let before = self.authorizer.replace(Some(authorizer.clone()));
        let result = use_engine();
        self.authorizer.replace(before);
        result
    }

    pub(crate) fn authorize(&self, action: &Action<'_>) -> bool {
        let authorizer = self.authorizer.borrow().clone();
        let Some(authorizer) = authorizer else {
            return false;
        };
        authorizer.authorize(action).unwrap_or_else(|text| {
            self.refusal.replace(Some(text));
            false
        })
    }

    /// A failure of the engine, or the authorizer's text in its place.
    #[cold]
    pub(crate) fn failure(&self, code: c_int) -> Error {
        let Ok(db) = self.db() else {
            return Error::closed();
        };
        let error = Error::last(db, code);
        match self.refusal.take() {
            Some(text) if error.is_denied() => Error::usage(text),
            _ => error,
        }
    }

    pub(crate) fn track(&self, statement: &Rc<Cell<*mut Stmt>>) {
        let mut statements = self.statements.borrow_mut();
        // Amortized: the list is cleaned whenever it would grow.
        if statements.len() == statements.capacity() {
            statements.retain(|known| known.strong_count() > 0);
        }
        statements.push(Rc::downgrade(statement));
    }

    pub(crate) fn reading(&self) -> Reading<'_> {
        self.readers.set(self.readers.get() + 1);
        Reading(self)
    }

    fn close(&self) {
        if self.readers.get() > 0 {
            // S3: closed by whom a value is lent to. The memory is given up rather than pulled away.
            for statement in self.statements.take() {
                if let Some(statement) = statement.upgrade() {
                    statement.set(ptr::null_mut());
                }
            }
            self.db.set(ptr::null_mut());
            return;
        }
        for statement in self.statements.take() {
            if let Some(statement) = statement.upgrade() {
                let raw = statement.replace(ptr::null_mut());
                // SAFETY: S2. Null is allowed.
                unsafe { ffi::sqlite3_finalize(raw) };
            }
        }
        let db = self.db.replace(ptr::null_mut());
        // SAFETY: all statements are finalized, and nobody can reach `db` from here on. Null is allowed.
        unsafe { ffi::sqlite3_close_v2(db) };
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

/// The engine tells the length of the log after each commit.
unsafe extern "C" fn note_log(
    data: *mut c_void,
    _: *mut Db,
    _: *const c_char,
    pages: c_int,
) -> c_int {
    // SAFETY: `data` is the connection's `Inner`, boxed until after the connection is closed.
    let inner = unsafe { &*data.cast::<Inner>() };
    inner.log_pages.set(pages.unsigned_abs());
    ffi::OK
}

/// A connection's part of the memory that all connections may use together.
struct HeapShare;

/// What the engine may use beyond the connections' parts: for statements, results and the pages of busy databases.
const HEAP: HeapLimits = HeapLimits {
    soft: 128 << 20,
    hard: 512 << 20,
};

/// What one more connection adds: with thousands of quiet ones nobody has to do without.
const SHARE: HeapLimits = HeapLimits {
    soft: 64 << 10,
    hard: 256 << 10,
};

struct HeapLimits {
    /// From here on the engine reuses the pages that it keeps in memory, in bytes.
    soft: i64,
    /// From here on it fails with `SQLITE_NOMEM`, in bytes.
    hard: i64,
}

static CONNECTIONS: Mutex<i64> = Mutex::new(0);

impl HeapShare {
    fn new() -> Self {
        Self::change(1);
        Self
    }

    fn change(by: i64) {
        let mut connections = CONNECTIONS.lock().unwrap_or_else(PoisonError::into_inner);
        *connections += by;
        // SAFETY: no preconditions.
        unsafe {
            ffi::sqlite3_hard_heap_limit64(HEAP.hard + *connections * SHARE.hard);
            ffi::sqlite3_soft_heap_limit64(HEAP.soft + *connections * SHARE.soft);
        }
    }
}

impl Drop for HeapShare {
    fn drop(&mut self) {
        Self::change(-1);
    }
}

/// A name of the engine's as text.
///
/// # Safety
/// `pointer` is null or a text that ends with a null and lives for the call.
pub(crate) unsafe fn name(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: as above.
    unsafe { CStr::from_ptr(pointer) }
        .to_string_lossy()
        .into_owned()
}
