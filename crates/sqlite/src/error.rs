//! What can go wrong in the engine, in the words of the real workerd.

use std::ffi::{CStr, c_int};

use crate::ffi::{self, Db};
use crate::result_codes::{extended_name, primary_name};

/// A failure that the engine reported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The primary result code; 0 when the engine was not even asked.
    code: i32,
    /// As guests see it: the engine's text, where in the SQL, and the names of the codes.
    message: String,
}

impl Error {
    /// A mistake in the use of the engine that it does not report itself.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            code: 0,
            message: message.into(),
        }
    }

    /// A statement outlived its database.
    #[cold]
    pub fn closed() -> Self {
        Self::usage("SQLite query was canceled because the database was deleted.")
    }

    /// The last failure of a connection.
    #[cold]
    pub(crate) fn last(db: *mut Db, code: c_int) -> Self {
        // SAFETY: S1 and S2: `db` is open, and the text is copied before it is used again.
        let (text, offset, extended) = unsafe {
            (
                CStr::from_ptr(ffi::sqlite3_errmsg(db)).to_string_lossy(),
                ffi::sqlite3_error_offset(db),
                ffi::sqlite3_extended_errcode(db),
            )
        };
        let mut message = text.into_owned();
        if offset >= 0 {
            message.push_str(&format!(" at offset {offset}"));
        }
        let code = code & 0xff;
        message.push_str(": ");
        message.push_str(&primary_name(code));
        if extended != code
            && let Some(name) = extended_name(extended)
        {
            message.push_str(&format!(" (extended: {name})"));
        }
        Self { code, message }
    }

    /// A failure without a connection.
    #[cold]
    pub(crate) fn code_only(code: c_int) -> Self {
        // SAFETY: the engine returns a static text for every code.
        let text = unsafe { CStr::from_ptr(ffi::sqlite3_errstr(code)) };
        let code = code & 0xff;
        Self {
            code,
            message: format!("{}: {}", text.to_string_lossy(), primary_name(code)),
        }
    }

    /// The text for guests.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The primary result code, such as 19 for a violated constraint.
    pub fn code(&self) -> i32 {
        self.code
    }

    /// A constraint was violated.
    pub fn is_constraint(&self) -> bool {
        self.code == 19
    }

    /// A text or blob beyond the limit.
    pub fn is_too_big(&self) -> bool {
        self.code == 18
    }

    /// The authorizer said no.
    pub fn is_denied(&self) -> bool {
        self.code == 23
    }

    /// One of the failures after which the engine may have rolled back the whole transaction by itself.
    pub fn may_roll_back(&self) -> bool {
        // SQLITE_NOMEM, SQLITE_INTERRUPT, SQLITE_IOERR, SQLITE_FULL
        matches!(self.code, 7 | 9 | 10 | 13)
    }
}
