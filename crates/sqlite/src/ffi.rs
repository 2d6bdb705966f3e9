//! The parts of SQLite's C interface in use, as its documentation declares them.

use std::ffi::{c_char, c_int, c_uchar, c_void};

#[repr(C)]
pub struct Db {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct Stmt {
    _opaque: [u8; 0],
}

pub type AuthorizerFn = unsafe extern "C" fn(
    *mut c_void,
    c_int,
    *const c_char,
    *const c_char,
    *const c_char,
    *const c_char,
) -> c_int;

pub type LogFn = unsafe extern "C" fn(*mut c_void, *mut Db, *const c_char, c_int) -> c_int;

pub const OK: c_int = 0;
pub const DENY: c_int = 1;
pub const ROW: c_int = 100;
pub const DONE: c_int = 101;

pub const OPEN_READONLY: c_int = 0x1;
pub const OPEN_READWRITE: c_int = 0x2;
pub const OPEN_CREATE: c_int = 0x4;
pub const OPEN_NOMUTEX: c_int = 0x8000;

pub const PREPARE_PERSISTENT: u32 = 1;

pub const DBCONFIG_NO_CKPT_ON_CLOSE: c_int = 1006;
pub const DBCONFIG_DEFENSIVE: c_int = 1010;

pub const INTEGER: c_int = 1;
pub const FLOAT: c_int = 2;
pub const TEXT: c_int = 3;
pub const BLOB: c_int = 4;

pub const CHECKPOINT_PASSIVE: c_int = 0;

/// Counters that `build/changes.rs` adds.
pub const STMTSTATUS_ROWS_READ: c_int = 1024;
pub const STMTSTATUS_ROWS_WRITTEN: c_int = 1025;

/// The engine copies what it is given.
pub const TRANSIENT: isize = -1;

#[cfg(feature = "faults")]
pub use files::*;

/// The engine's way to files.
#[cfg(feature = "faults")]
mod files {
    use std::ffi::{c_char, c_int, c_void};

    pub const FULL: c_int = 13;
    pub const CANTOPEN: c_int = 14;
    pub const IOERR_READ: c_int = 10 | (1 << 8);
    pub const IOERR_WRITE: c_int = 10 | (3 << 8);
    pub const IOERR_FSYNC: c_int = 10 | (4 << 8);
    pub const IOERR_TRUNCATE: c_int = 10 | (6 << 8);

    /// The beginning of an open file.
    #[repr(C)]
    pub struct File {
        pub methods: *const Methods,
    }

    pub type OpenFn =
        unsafe extern "C" fn(*mut Vfs, *const c_char, *mut File, c_int, *mut c_int) -> c_int;

    /// `sqlite3_io_methods`.
    #[repr(C)]
    #[derive(Clone, Copy)]
    pub struct Methods {
        pub version: c_int,
        pub close: unsafe extern "C" fn(*mut File) -> c_int,
        pub read: unsafe extern "C" fn(*mut File, *mut c_void, c_int, i64) -> c_int,
        pub write: unsafe extern "C" fn(*mut File, *const c_void, c_int, i64) -> c_int,
        pub truncate: unsafe extern "C" fn(*mut File, i64) -> c_int,
        pub sync: unsafe extern "C" fn(*mut File, c_int) -> c_int,
        /// From `xFileSize` to `xUnfetch`.
        pub others: [*const c_void; 13],
    }

    // SAFETY: functions only.
    unsafe impl Send for Methods {}
    // SAFETY: functions only.
    unsafe impl Sync for Methods {}

    /// `sqlite3_vfs`.
    #[repr(C)]
    pub struct Vfs {
        pub version: c_int,
        pub file_size: c_int,
        pub longest_name: c_int,
        pub next: *mut Vfs,
        pub name: *const c_char,
        pub data: *mut c_void,
        pub open: OpenFn,
        /// From `xDelete` to `xNextSystemCall`.
        pub others: [*const c_void; 15],
    }
}

/// Declares functions by their published names; the compiled ones have a prefix (see `build.rs`).
macro_rules! functions {
    ($(fn $name:ident($($argument:tt)*) $(-> $result:ty)?;)+) => {
        unsafe extern "C" {
            $(
                #[link_name = concat!("workerd_", stringify!($name))]
                pub fn $name($($argument)*) $(-> $result)?;
            )+
        }
    };
}

functions! {
    fn sqlite3_open_v2(
        file: *const c_char,
        db: *mut *mut Db,
        flags: c_int,
        vfs: *const c_char,
    ) -> c_int;
    fn sqlite3_close_v2(db: *mut Db) -> c_int;
    fn sqlite3_extended_errcode(db: *mut Db) -> c_int;
    fn sqlite3_errmsg(db: *mut Db) -> *const c_char;
    fn sqlite3_errstr(code: c_int) -> *const c_char;
    fn sqlite3_error_offset(db: *mut Db) -> c_int;
    fn sqlite3_limit(db: *mut Db, id: c_int, value: c_int) -> c_int;
    fn sqlite3_db_config(db: *mut Db, op: c_int, ...) -> c_int;
    fn sqlite3_busy_timeout(db: *mut Db, milliseconds: c_int) -> c_int;
    fn sqlite3_get_autocommit(db: *mut Db) -> c_int;
    fn sqlite3_changes(db: *mut Db) -> c_int;
    fn sqlite3_set_authorizer(
        db: *mut Db,
        callback: Option<AuthorizerFn>,
        data: *mut c_void,
    ) -> c_int;
    fn sqlite3_wal_hook(db: *mut Db, callback: Option<LogFn>, data: *mut c_void)
    -> *mut c_void;
    fn sqlite3_wal_checkpoint_v2(
        db: *mut Db,
        name: *const c_char,
        mode: c_int,
        frames: *mut c_int,
        done: *mut c_int,
    ) -> c_int;
    fn sqlite3_soft_heap_limit64(limit: i64) -> i64;
    fn sqlite3_hard_heap_limit64(limit: i64) -> i64;

    fn sqlite3_complete(sql: *const c_char) -> c_int;
    fn sqlite3_prepare_v3(
        db: *mut Db,
        sql: *const c_char,
        length: c_int,
        flags: u32,
        stmt: *mut *mut Stmt,
        tail: *mut *const c_char,
    ) -> c_int;
    fn sqlite3_finalize(stmt: *mut Stmt) -> c_int;
    fn sqlite3_step(stmt: *mut Stmt) -> c_int;
    fn sqlite3_reset(stmt: *mut Stmt) -> c_int;
    fn sqlite3_clear_bindings(stmt: *mut Stmt) -> c_int;
    fn sqlite3_stmt_readonly(stmt: *mut Stmt) -> c_int;
    fn sqlite3_stmt_busy(stmt: *mut Stmt) -> c_int;
    fn sqlite3_stmt_status(stmt: *mut Stmt, op: c_int, reset: c_int) -> c_int;
    fn sqlite3_bind_parameter_count(stmt: *mut Stmt) -> c_int;
    fn sqlite3_bind_null(stmt: *mut Stmt, index: c_int) -> c_int;
    fn sqlite3_bind_int64(stmt: *mut Stmt, index: c_int, value: i64) -> c_int;
    fn sqlite3_bind_double(stmt: *mut Stmt, index: c_int, value: f64) -> c_int;
    fn sqlite3_bind_text64(
        stmt: *mut Stmt,
        index: c_int,
        text: *const c_char,
        length: u64,
        destructor: isize,
        encoding: c_uchar,
    ) -> c_int;
    fn sqlite3_bind_blob64(
        stmt: *mut Stmt,
        index: c_int,
        bytes: *const c_void,
        length: u64,
        destructor: isize,
    ) -> c_int;
    fn sqlite3_column_count(stmt: *mut Stmt) -> c_int;
    fn sqlite3_column_name(stmt: *mut Stmt, column: c_int) -> *const c_char;
    fn sqlite3_column_type(stmt: *mut Stmt, column: c_int) -> c_int;
    fn sqlite3_column_int64(stmt: *mut Stmt, column: c_int) -> i64;
    fn sqlite3_column_double(stmt: *mut Stmt, column: c_int) -> f64;
    fn sqlite3_column_text(stmt: *mut Stmt, column: c_int) -> *const c_uchar;
    fn sqlite3_column_blob(stmt: *mut Stmt, column: c_int) -> *const c_void;
    fn sqlite3_column_bytes(stmt: *mut Stmt, column: c_int) -> c_int;
}

#[cfg(feature = "faults")]
functions! {
    fn sqlite3_vfs_find(name: *const c_char) -> *mut Vfs;
    fn sqlite3_vfs_register(vfs: *mut Vfs, make_default: c_int) -> c_int;
}
