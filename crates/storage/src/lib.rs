//! Storage of Durable Objects: one SQLite database per object, in the layout of the real workerd, so that either server
//! opens what the other wrote. Knows no V8.
//!
//! - [`ObjectStorage`]: the whole of it for an object: what a turn writes is one transaction, made durable off the loop
//!   while the output gate is held.
//! - [`Database`]: the file of an object: write-ahead log, limits, statements of ours and of guests.
//! - [`kv`]: the table `_cf_KV`. - [`metadata`]: the table `_cf_METADATA`: alarm and bookmark.
//! - [`alarms`]: `metadata.sqlite`, the alarms of all objects of a namespace.
//! - [`sql`]: what guests run themselves, under the rules of [`rules`].
//!
//! A namespace is a directory named by its unique key; an object's file is its id in hex with `.sqlite`.

pub mod alarms;
mod closing;
mod connect;
mod database;
mod disk;
mod error;
mod files;
pub mod kv;
mod memory;
pub mod metadata;
mod object;
mod open_files;
pub mod rules;
pub mod sql;

pub use closing::{leave_alone, wait_until_closed};
pub use database::{Database, Place, Safety};
pub use error::Error;
pub use files::Files;
pub use memory::Budget;
pub use object::{Begin, Due, Hold, Host, LocalBoxFuture, ObjectStorage, Transaction};
pub use sqlite::{Value, ValueRef};

/// The result of any use of storage.
pub type Result<T> = std::result::Result<T, Error>;

#[cfg(test)]
mod tests;
