//! What statements may do: everything for ours, little beyond tables, indexes, triggers and views for those of guests.
//!
//! Names that begin with `_cf_` are ours. Transactions belong to `transaction()` and `transactionSync()`.

use std::cell::Cell;
use std::rc::Rc;

use sqlite::{Action, Authorizer};

/// The rules for our own statements.
pub fn trusted() -> Rc<dyn Authorizer> {
    Rc::new(Trusted)
}

/// The rules for the statements of guests. What depends on the connection's past, or changes its future, is noted.
pub fn guest(needs_connection: Rc<Cell<bool>>) -> Rc<dyn Authorizer> {
    Rc::new(Guest { needs_connection })
}

/// Whether guests may use the name.
pub fn is_allowed_name(name: &str) -> bool {
    !name
        .as_bytes()
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"_cf_"))
}

struct Trusted;

impl Authorizer for Trusted {
    fn authorize(&self, action: &Action<'_>) -> Result<bool, String> {
        Ok(match action.database {
            None | Some("main") => true,
            Some("temp") => is_allowed_on_temp(action, |_| true),
            Some(_) => false,
        })
    }
}

struct Guest {
    needs_connection: Rc<Cell<bool>>,
}

impl Authorizer for Guest {
    fn authorize(&self, action: &Action<'_>) -> Result<bool, String> {
        match action.database {
            None | Some("main") => {}
            Some("temp") => return Ok(is_allowed_on_temp(action, is_allowed_name)),
            Some(_) => return Ok(false),
        }
        let first = action.first.is_some_and(is_allowed_name);
        if belongs_to_connection(action) {
            self.needs_connection.set(true);
        }
        Ok(match action.code {
            Action::SELECT | Action::RECURSIVE | Action::ANALYZE => true,
            Action::CREATE_TABLE
            | Action::DELETE
            | Action::DROP_TABLE
            | Action::INSERT
            | Action::CREATE_VIEW
            | Action::DROP_VIEW
            | Action::REINDEX
            | Action::READ
            | Action::UPDATE => first,
            Action::ALTER_TABLE => first && action.second.is_none_or(is_allowed_name),
            Action::CREATE_INDEX
            | Action::DROP_INDEX
            | Action::CREATE_TRIGGER
            | Action::DROP_TRIGGER => first && action.second.is_some_and(is_allowed_name),
            Action::TRANSACTION | Action::SAVEPOINT => return Err(NO_TRANSACTIONS.to_owned()),
            Action::PRAGMA => is_allowed_pragma(action.first.unwrap_or_default(), action.second),
            Action::FUNCTION => action.second.is_some_and(is_allowed_function),
            Action::CREATE_VTABLE | Action::DROP_VTABLE => {
                first
                    && action.second.is_some_and(|module| {
                        MODULES
                            .iter()
                            .any(|known| known.eq_ignore_ascii_case(module))
                    })
            }
            // Databases beside this one, temporary tables, and what is yet to be invented.
            _ => false,
        })
    }
}

/// Settings, and functions that tell of statements before.
fn belongs_to_connection(action: &Action<'_>) -> bool {
    match action.code {
        Action::PRAGMA => action.second.is_some_and(is_boolean),
        Action::FUNCTION => action
            .second
            .is_some_and(|name| name.contains("changes") || name == "last_insert_rowid"),
        _ => false,
    }
}

/// The temporary database exists only within the engine.
fn is_allowed_on_temp(action: &Action<'_>, name: impl Fn(&str) -> bool) -> bool {
    matches!(action.code, Action::READ | Action::UPDATE) && action.first.is_some_and(name)
}

fn is_allowed_pragma(pragma: &str, argument: Option<&str>) -> bool {
    match pragma {
        "table_list" => true,
        "data_version" | "page_size" => argument.is_none(),
        "table_info" | "table_xinfo" | "foreign_key_list" | "index_info" | "index_list"
        | "index_xinfo" => argument.is_some_and(is_allowed_name),
        "foreign_key_check" => argument.is_none_or(is_allowed_name),
        "quick_check" => argument
            .is_none_or(|argument| argument.parse::<u32>().is_ok() || is_allowed_name(argument)),
        "optimize" => argument.is_none_or(is_integer),
        "case_sensitive_like"
        | "foreign_keys"
        | "defer_foreign_keys"
        | "ignore_check_constraints"
        | "legacy_alter_table"
        | "recursive_triggers"
        | "reverse_unordered_selects" => argument.is_none_or(is_boolean),
        _ => false,
    }
}

/// A name comes as it is defined, in small letters, or from a DEFAULT clause as it is written.
fn is_allowed_function(name: &str) -> bool {
    let written = || name.bytes().map(|byte| byte.to_ascii_lowercase());
    FUNCTIONS
        .binary_search_by(|known| known.bytes().cmp(written()))
        .is_ok()
}

/// A number with 32 bits, in decimal or hexadecimal.
fn is_integer(text: &str) -> bool {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => i32::from_str_radix(digits, 16).is_ok(),
        None => text.parse::<i32>().is_ok(),
    }
}

/// One of the ways to write a boolean, perhaps in quotes, and whatever follows it.
fn is_boolean(text: &str) -> bool {
    let bytes = text.as_bytes();
    let bytes = match bytes {
        [first @ (b'\'' | b'"'), inner @ .., last] if first == last => inner,
        _ => bytes,
    };
    ["true", "false", "yes", "no", "on", "off", "1", "0"]
        .iter()
        .any(|word| {
            bytes
                .get(..word.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
        })
}

const NO_TRANSACTIONS: &str = "To execute a transaction, please use the state.storage.transaction() or \
    state.storage.transactionSync() APIs instead of the SQL BEGIN TRANSACTION or SAVEPOINT statements. The JavaScript API is \
    safer because it will automatically roll back on exceptions, and because it interacts correctly with Durable Objects' \
    automatic atomic write coalescing.";

/// Virtual tables: full-text search and spatial indexes.
const MODULES: &[&str] = &["fts5", "fts5vocab", "rtree", "rtree_i32"];

/// Functions that tell nothing of the engine and its build. Sorted.
#[rustfmt::skip]
const FUNCTIONS: &[&str] = &[
    "->", "->>", "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "avg", "bm25", "ceil",
    "changes", "char", "coalesce", "concat", "concat_ws", "cos", "cosh", "count", "cume_dist", "current_date",
    "current_time", "current_timestamp", "date", "datetime", "degrees", "dense_rank", "exp", "first_value",
    "floor", "format", "glob", "group_concat", "hex", "highlight", "ifnull", "iif", "instr", "json",
    "json_array", "json_array_length", "json_each", "json_extract", "json_group_array", "json_group_object",
    "json_insert", "json_object", "json_patch", "json_quote", "json_remove", "json_replace", "json_set",
    "json_tree", "json_type", "json_valid", "jsonb", "jsonb_array", "jsonb_extract", "jsonb_group_array",
    "jsonb_group_object", "jsonb_insert", "jsonb_object", "jsonb_patch", "jsonb_remove", "jsonb_replace",
    "jsonb_set", "julianday", "lag", "last_insert_rowid", "last_value", "lead", "length", "like",
    "likelihood", "likely", "ln", "load_extension", "log", "log2", "lower", "ltrim", "match", "max",
    "max_scalar", "min", "min_scalar", "mod", "nth_value", "ntile", "nullif", "octet_length", "percent_rank",
    "pi", "pow", "printf", "quote", "radians", "random", "randomblob", "rank", "replace", "round",
    "row_number", "rtreecheck", "rtrim", "sign", "sin", "sinh", "snippet", "soundex", "sqlite_drop_column",
    "sqlite_rename_column", "sqlite_rename_quotefix", "sqlite_rename_table", "sqlite_rename_test", "sqrt",
    "strftime", "string_agg", "substr", "substring", "sum", "tan", "tanh", "time", "timediff", "total",
    "total_changes", "trim", "trunc", "typeof", "unhex", "unicode", "unixepoch", "unlikely", "upper",
    "zeroblob",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_are_sorted() {
        assert!(FUNCTIONS.is_sorted());
    }

    #[test]
    fn booleans_are_known_in_all_spellings() {
        for text in ["TRUE", "off", "'yes'", "\"0\"", "1"] {
            assert!(is_boolean(text), "{text}");
        }
        for text in ["", "'", "2", "maybe"] {
            assert!(!is_boolean(text), "{text}");
        }
    }

    #[test]
    fn our_names_are_ours_in_any_case() {
        assert!(!is_allowed_name("_cf_KV"));
        assert!(!is_allowed_name("_CF_"));
        assert!(is_allowed_name("_cf"));
        assert!(is_allowed_name("t_cf_"));
    }
}
