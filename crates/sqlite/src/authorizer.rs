//! Who may do what: the engine asks about each thing that a statement would do, while it is compiled.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::connection::Inner;
use crate::ffi;

/// One thing that a statement would do. What the two arguments are is told at the variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action<'a> {
    /// The code that `sqlite3_set_authorizer` documents.
    pub code: i32,
    /// The first argument of the code; the table for [`Action::ALTER_TABLE`].
    pub first: Option<&'a str>,
    /// The second one; the new name of the table for [`Action::ALTER_TABLE`] if it gets one.
    pub second: Option<&'a str>,
    /// `main` or `temp`.
    pub database: Option<&'a str>,
    /// The trigger or view on whose behalf it is.
    pub trigger: Option<&'a str>,
}

macro_rules! codes {
    ($($name:ident = $value:literal: $what:literal,)*) => {
        impl Action<'_> {
            $(#[doc = $what] pub const $name: i32 = $value;)*
        }
    };
}

codes! {
    CREATE_INDEX = 1: "index, table",
    CREATE_TABLE = 2: "table",
    CREATE_TRIGGER = 7: "trigger, table",
    CREATE_VIEW = 8: "view",
    DELETE = 9: "table",
    DROP_INDEX = 10: "index, table",
    DROP_TABLE = 11: "table",
    DROP_TRIGGER = 16: "trigger, table",
    DROP_VIEW = 17: "view",
    INSERT = 18: "table",
    PRAGMA = 19: "pragma, argument",
    READ = 20: "table, column",
    SELECT = 21: "nothing",
    TRANSACTION = 22: "operation",
    UPDATE = 23: "table, column",
    ALTER_TABLE = 26: "table, new name",
    REINDEX = 27: "index",
    ANALYZE = 28: "table",
    CREATE_VTABLE = 29: "table, module",
    DROP_VTABLE = 30: "table, module",
    FUNCTION = 31: "nothing, function",
    SAVEPOINT = 32: "operation, savepoint",
    RECURSIVE = 33: "nothing",
}

/// Decides for the statements of one kind of user.
pub trait Authorizer {
    /// Whether the action is allowed; an error's text takes the place of the engine's "not authorized".
    fn authorize(&self, action: &Action<'_>) -> Result<bool, String>;
}

/// The engine's question, passed on to the authorizer of the statement that is being compiled.
pub(crate) unsafe extern "C" fn ask(
    data: *mut c_void,
    code: c_int,
    first: *const c_char,
    second: *const c_char,
    database: *const c_char,
    trigger: *const c_char,
) -> c_int {
    // SAFETY: `data` is the connection's `Inner`, boxed until after the connection is closed.
    let inner = unsafe { &*data.cast::<Inner>() };
    // SAFETY: the engine's texts end with a null and outlive the callback.
    let (first, second, database, trigger) =
        unsafe { (text(first), text(second), text(database), text(trigger)) };
    let mut action = Action {
        code,
        first,
        second,
        database,
        trigger,
    };
    // Here the engine passes the database where others pass the table.
    if code == Action::ALTER_TABLE {
        action.first = second;
        action.second = database;
        action.database = first;
    }
    // S4.
    let allowed = catch_unwind(AssertUnwindSafe(|| inner.authorize(&action))).unwrap_or(false);
    if allowed { ffi::OK } else { ffi::DENY }
}

/// # Safety
/// `pointer` is null or a text that ends with a null.
unsafe fn text<'a>(pointer: *const c_char) -> Option<&'a str> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: as above. A name that is no UTF-8 matches no rule.
    let text = unsafe { CStr::from_ptr(pointer) };
    Some(text.to_str().unwrap_or("\u{fffd}"))
}
