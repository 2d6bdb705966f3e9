//! `ctx.storage`: what a Durable Object keeps.
//!
//! | module | what |
//! | --- | --- |
//! | [`durable_object_storage`] | `DurableObjectStorage`: everything begins here |
//! | `operations` | keys and values with promises, alarms: what storage and transactions share |
//! | `list` | the options of a list, made a range |
//! | `transaction` | `DurableObjectTransaction`, `transaction()`, `transactionSync()` |
//! | `sync_kv` | `SyncKvStorage`: keys and values without promises |
//! | `sql`, `cursor` | `SqlStorage`, its cursors and statements |
//! | `value` | values as bytes: structured clone in the real workerd's version |
//! | `host` | the storage's way to the gates of its object |
//!
//! Nothing here waits for a disk: crate `storage` reads inline and makes durable beside the loop.

use std::rc::Rc;

use io::Actor;
use jsg::{Error, Flag, Lock, LockExt, Result};
use storage::{ObjectStorage, Place};

mod cursor;
mod durable_object_storage;
mod host;
mod list;
mod operations;
mod sql;
mod sync_kv;
mod transaction;
mod value;

pub use durable_object_storage::DurableObjectStorage;
use host::ActorHost;
pub use host::{AlarmHost, OnDeleteAll};

/// The storage of an object, and what of it the object's class is meant to have.
#[derive(Clone)]
pub struct Backing {
    pub storage: Rc<ObjectStorage>,
    pub kind: Kind,
    /// None: there are no alarms here.
    pub alarms: Option<Rc<dyn AlarmHost>>,
}

/// What kind of storage the object has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A database that the class may use with SQL.
    Sql,
    /// A database, of which the class sees keys and values only.
    KeysAndValues,
    /// No file: gone with the object. Keys and values only, with limits.
    InMemory,
}

/// Where an object's storage comes from.
#[derive(Clone)]
pub struct Source {
    pub place: Place,
    pub kind: Kind,
    /// None: there are no alarms here.
    pub alarms: Option<Rc<dyn AlarmHost>>,
}

impl Source {
    /// Opens the storage of the object that has these gates. `on_delete_all` deletes what else belongs to it.
    ///
    /// # Errors
    /// The file is damaged, or not a database, or cannot be used.
    pub fn open(
        self,
        gates: &Rc<Actor>,
        on_delete_all: OnDeleteAll,
    ) -> Result<Backing, storage::Error> {
        let host = ActorHost::new(gates.clone(), self.alarms.clone(), on_delete_all);
        Ok(Backing {
            storage: ObjectStorage::open(self.place, host)?,
            kind: self.kind,
            alarms: self.alarms,
        })
    }
}

impl Backing {
    /// For what needs SQL.
    fn need_sql(&self, js: &Lock<'_, '_>) -> Result<&Rc<ObjectStorage>> {
        match self.kind {
            Kind::Sql => Ok(&self.storage),
            // As it was before classes could say so.
            Kind::KeysAndValues if js.flag(Flag::Experimental) => Ok(&self.storage),
            Kind::KeysAndValues => Err(Error::error(SQL_NOT_ENABLED)),
            Kind::InMemory => Err(Error::error(SQL_NOT_THERE)),
        }
    }

    /// For keys and values without promises.
    fn need_sync_kv(&self) -> Result<&Rc<ObjectStorage>> {
        match self.kind {
            Kind::Sql => Ok(&self.storage),
            Kind::KeysAndValues => Err(Error::error(KV_NOT_ENABLED)),
            Kind::InMemory => Err(Error::error(KV_NOT_THERE)),
        }
    }

    /// For what needs a database.
    fn need_database(&self, or: &'static str) -> Result<&Rc<ObjectStorage>> {
        match self.kind {
            Kind::InMemory => Err(Error::error(or)),
            _ => Ok(&self.storage),
        }
    }
}

/// A failure of keys and values, alarms and transactions: of the engine's texts guests see few.
fn failure(error: storage::Error) -> Error {
    if error.is_for_guests() {
        Error::error(error.to_string())
    } else {
        Error::Internal(format!("storage of a Durable Object: {error}"))
    }
}

/// A failure of a guest's statement: the engine's text is for guests.
fn sql_failure(error: storage::Error) -> Error {
    Error::error(error.to_string())
}

/// What spans call the database.
const SYSTEM: &str = "cloudflare-durable-object-sql";

const SQL_NOT_ENABLED: &str = "SQL is not enabled for this Durable Object class. To enable it, change `new_classes` to \
    `new_sqlite_classes` within the 'migrations' field in your wrangler.jsonc or wrangler.toml file. If using workerd directly,\
    set `enableSql = true` in your workerd config for the class. Note that this change cannot be made after the class is \
    already deployed to production.";
const SQL_NOT_THERE: &str = "This Durable Object is not backed by SQLite storage, so the SQL API is not available. SQL can be \
    enabled on a new Durable Object class by using the `new_sqlite_classes` instead of `new_classes` under `[[migrations]]` \
    in your wrangler.toml, but an already-deployed class cannot be converted to SQLite (except by deleting the existing data).";
const KV_NOT_ENABLED: &str = "The storage.kv (synchronous KV) API is only available for SQLite-backed Durable Objects, but this \
    object's namespace is not declared to use SQLite. You can use the older, asyncronous interface via methods of `storage` \
    itself (e.g. `storage.get()`). Alternatively, to enable SQLite, change `new_classes` to `new_sqlite_classes` within the \
    'migrations' field in your wrangler.jsonc or wrangler.toml file. If using workerd directly, set `enableSql = true` in your \
    workerd config for the class. Note that this change cannot be made after the class is already deployed to production.";
const KV_NOT_THERE: &str = "The storage.kv (synchronous KV) API is only available for SQLite-backed Durable Objects, but this \
    object's namespace is not declared to use SQLite. You can use the older, asyncronous interface via methods of `storage` \
    itself (e.g. `storage.get()`). SQLite can be enabled on a new Durable Object class by using the `new_sqlite_classes` \
    instead of `new_classes` under `migrations` in your wrangler.jsonc or wrangler.toml, but an already-deployed class cannot \
    be converted to SQLite (except by deleting the existing data).";
