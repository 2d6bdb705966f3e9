//! SQLite, made safe: connections, statements, an authorizer, limits, counts of rows.
//!
//! It knows nothing of Durable Objects; the tables of an object and its transactions are crate `storage`. The engine is
//! compiled from what crate `libsqlite3-sys` brings, with few changes (`build/changes.rs`), so that counts, limits and functions are
//! those of the real workerd.
//!
//! # Invariants
//!
//! - S1: a [`Connection`] and its [`Statement`]s stay on one thread (they hold an `Rc`).
//! - S2: a raw statement is finalized exactly once: when its `Statement` is dropped, or before its connection closes. After
//!   that the pointer is null and every use fails with [`Error::closed`].
//! - S3: what the engine hands out (texts, blobs) is copied, or lent to a closure. Until that returns the statement cannot
//!   step, which takes `&mut self`, and its connection does not close.
//! - S4: callbacks do not unwind into the engine, and do not use the connection that calls them.

mod authorizer;
mod connection;
mod error;
#[cfg(feature = "faults")]
pub mod faults;
mod ffi;
mod result_codes;
mod statement;
pub mod writeback;

pub use authorizer::{Action, Authorizer};
pub use connection::{Connection, Limit, Open};
pub use error::Error;
pub use statement::{Prepared, Statement, Step, Value, ValueRef, statement_length};

/// The result of any use of the engine.
pub type Result<T> = std::result::Result<T, Error>;

#[cfg(test)]
mod tests;
