//! An object's storage as a whole: transactions, and what leaves the object only when they are durable.
//!
//! - O1. All that is written in one turn is one transaction, begun by the first write and committed when the turn is over. Never
//!   later: what a statement may do can depend on it (`PRAGMA defer_foreign_keys` lasts as long as a transaction).
//! - O2. From the first write that wants it (all but those with `allowUnconfirmed`) until the commit is durable the output
//!   gate is held. It breaks when the commit fails, whoever wanted it.
//! - O3. `transaction()` is a savepoint of its own, begun when no turn's transaction is open; nested ones are nested.
//! - O4. What broke the storage stays the answer to every later use. The object has to be made anew.
//! - O5. The alarm that the namespace knows of is never later than the one in the database (see `object/alarm.rs`).

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};

use tokio::sync::oneshot;

use crate::Result;
use crate::database::{Database, Kept, Place, Safety};
use crate::error::Error;
use crate::kv::Kv;
use crate::metadata::Metadata;
use crate::sql::Sql;

mod alarm;
mod transaction;
mod turn;

pub use alarm::Due;
pub use transaction::{Begin, Transaction};
use turn::{Commits, Turn};

/// A future that stays on its thread.
pub type LocalBoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// What an object's storage needs of where the object lives.
pub trait Host {
    /// Runs a task on the loop, once what runs now has returned to it. It ends even if the object does.
    fn spawn(&self, task: LocalBoxFuture<()>);

    /// Runs `work` as soon as guest code has returned to the loop, if any is running: before any other runs.
    fn at_turn_end(&self, work: Box<dyn FnOnce()>);

    /// Holds back whatever leaves the object from now on.
    fn hold_output(&self) -> Box<dyn Hold>;

    /// Why the object can do nothing any more, if so.
    fn broken(&self) -> Option<Error>;

    /// Everything that the object has stored was deleted.
    ///
    /// # Errors
    /// What else belongs to it cannot be deleted.
    fn deleted_all(&self) -> Result<()>;

    /// Tells the namespace when the alarm is due, in nanoseconds since the epoch, or that there is none. The namespace knows
    /// it when this returns, and has it in its file when the future ends.
    ///
    /// # Errors
    /// Here there are no alarms.
    fn schedule_alarm(&self, time: Option<i64>) -> Result<LocalBoxFuture<Result<()>>>;

    /// When the namespace thinks that the alarm is due.
    fn known_alarm(&self) -> Option<i64>;
}

/// What holds the output back.
pub trait Hold {
    /// All is durable.
    fn release(self: Box<Self>);
    /// Something will never be.
    fn fail(self: Box<Self>, error: &Error);
}

/// The storage of one object.
pub struct ObjectStorage {
    db: Rc<Database>,
    kv: Kv,
    metadata: Metadata,
    sql: Rc<Sql>,
    host: Rc<dyn Host>,
    this: Weak<Self>,
    broken: RefCell<Option<Error>>,
    open: RefCell<Open>,
    commits: Commits,
    /// How many `transactionSync()` are nested.
    sync_depth: Cell<u32>,
    begin: Kept,
    commit: Kept,
    /// All of the log is in the database file: the next write begins it anew.
    log_restarts: Cell<bool>,
    /// The engine waits for the disk in this transaction.
    engine_syncs: Cell<bool>,
    is_closing: Cell<bool>,
    checkpoint_runs: Cell<bool>,
    alarm: alarm::State,
}

/// The transaction that is open.
enum Open {
    None,
    Turn(Turn),
    /// The flags of each `transaction()` that is open, outer ones first.
    Explicit(Vec<Level>),
}

#[derive(Clone, Copy, Default)]
struct Level {
    confirmed: bool,
    alarm_changed: bool,
}

impl ObjectStorage {
    /// Opens an object's database, or makes it.
    pub fn open(place: Place, host: Rc<dyn Host>) -> Result<Rc<Self>> {
        let db = Database::open(place, Safety::Later)?;
        let metadata = Metadata::new(db.clone());
        let alarm = alarm::State::new(metadata.alarm()?, host.known_alarm());
        let storage = Rc::new_cyclic(|this| Self {
            kv: Kv::new(db.clone()),
            metadata,
            sql: Sql::new(db.clone()),
            db,
            host,
            this: this.clone(),
            broken: RefCell::default(),
            open: RefCell::new(Open::None),
            commits: Commits::default(),
            sync_depth: Cell::new(0),
            log_restarts: Cell::new(false),
            engine_syncs: Cell::new(false),
            is_closing: Cell::new(false),
            begin: Kept::new("BEGIN TRANSACTION"),
            commit: Kept::new("COMMIT TRANSACTION"),
            checkpoint_runs: Cell::new(false),
            alarm,
        });
        let this = storage.this.clone();
        storage.db.set_on_write(move |allow_unconfirmed| {
            let this = this.upgrade().ok_or_else(gone)?;
            this.before_write(allow_unconfirmed)
        });
        let this = storage.this.clone();
        storage.db.set_on_critical(move |error| {
            if let Some(this) = this.upgrade() {
                this.break_with(error);
            }
        });
        let this = storage.this.clone();
        storage
            .db
            .set_is_idle(move || this.upgrade().is_some_and(|this| this.is_idle()));
        storage.restore_alarm();
        Ok(storage)
    }

    /// Whether nothing is under way.
    fn is_idle(&self) -> bool {
        matches!(&*self.open.borrow(), Open::None)
            && self.commits.are_durable()
            && !self.checkpoint_runs.get()
            && !self.engine_syncs.get()
    }

    /// Its keys and values.
    pub fn kv(&self) -> Result<&Kv> {
        self.check()?;
        Ok(&self.kv)
    }

    /// Its statements. Those that write fail when the storage is broken.
    pub fn sql(&self) -> &Rc<Sql> {
        &self.sql
    }

    /// Its database.
    pub fn database(&self) -> &Rc<Database> {
        &self.db
    }

    /// The next bookmark, in the form that the real one has.
    pub fn next_bookmark(&self) -> Result<String> {
        self.check()?;
        let number = self.metadata.next_bookmark()?;
        let (high, low) = (number / u64::from(u32::MAX), number % u64::from(u32::MAX));
        Ok(format!("{high:08x}-{low:08x}-{:08x}-{:032}", 0, 0))
    }

    /// Fails if the storage is broken (O4).
    pub fn check(&self) -> Result<()> {
        let broken = self.broken.borrow().clone();
        match broken.or_else(|| self.host.broken()) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Breaks the storage, and the output gate with it. The first reason counts.
    pub fn break_with(&self, error: Error) {
        if self.broken.borrow().is_some() {
            return;
        }
        self.broken.replace(Some(error.clone()));
        self.host.hold_output().fail(&error);
    }

    /// The object ends. What its last turn has written is committed still, unless the object is broken; then the file is
    /// closed, whoever still refers to the storage.
    pub fn close(&self) {
        self.is_closing.set(true);
        if self.check().is_err() && !matches!(&*self.open.borrow(), Open::None) {
            self.roll_back();
            // Locks that nobody releases break the gate, which is broken.
            self.open.replace(Open::None);
        }
        self.close_if_idle();
    }

    fn close_if_idle(&self) {
        if self.is_closing.get() && matches!(&*self.open.borrow(), Open::None) {
            self.db.close();
        }
    }

    fn before_write(&self, allow_unconfirmed: bool) -> Result<()> {
        self.check()?;
        if matches!(&*self.open.borrow(), Open::None) {
            self.begin_turn()?;
        }
        match &mut *self.open.borrow_mut() {
            Open::None => {}
            Open::Turn(turn) => {
                if !allow_unconfirmed && turn.hold.is_none() {
                    turn.hold = Some(self.host.hold_output());
                }
            }
            Open::Explicit(levels) => {
                if let Some(level) = levels.last_mut() {
                    level.confirmed |= !allow_unconfirmed;
                }
            }
        }
        Ok(())
    }

    /// To be called before a transaction that nothing is around.
    fn prepare_log(&self) -> Result<()> {
        if self.log_restarts.replace(false) {
            // What the old log still holds must not be taken for the new one's after a loss of power: here the engine has
            // to wait for the disk, once in a thousand pages.
            self.db.run("PRAGMA synchronous=NORMAL")?;
            self.engine_syncs.set(true);
        }
        Ok(())
    }

    /// Whatever the transaction was, it is over.
    fn ended(&self) {
        self.db.in_transaction.set(false);
        if self.engine_syncs.get() && self.db.run("PRAGMA synchronous=OFF").is_ok() {
            self.engine_syncs.set(false);
        }
    }

    /// Deletes everything. With `delete_alarm` the alarm as well.
    pub fn delete_all(&self, delete_alarm: bool) -> Result<()> {
        self.check()?;
        if matches!(&*self.open.borrow(), Open::Explicit(_)) {
            return Err(Error::Usage("Cannot call deleteAll() within a transaction"));
        }
        let alarm = self.metadata.alarm()?;
        let turn = self.take_turn(None);
        if turn.is_some() {
            self.roll_back();
            self.open.replace(Open::None);
        }
        let (hold, waiters) = match turn {
            Some(turn) => (turn.hold, turn.waiters),
            None => (None, Vec::new()),
        };
        let hold = hold.unwrap_or_else(|| self.host.hold_output());
        let number = self.commits.begin();
        if let Err(error) = self.db.reset() {
            self.give_up(Some(hold), error.clone());
            return Err(error);
        }
        wake(waiters);
        if let Err(error) = self.host.deleted_all() {
            self.give_up(Some(hold), error.clone());
            return Err(error);
        }
        if delete_alarm {
            self.forget_deferred_alarm();
        } else if alarm.is_some() {
            self.metadata.set_alarm(alarm, false)?;
        }
        let this = self.this.upgrade().ok_or_else(gone)?;
        self.host.spawn(Box::pin(async move {
            tokio::task::yield_now().await;
            match this.check().and_then(|()| this.before_commit()) {
                Ok(alarm) => this.after_commit(number, Some(hold), alarm).await,
                Err(error) => this.give_up(Some(hold), error),
            }
        }));
        Ok(())
    }
}

fn wake(waiters: Vec<oneshot::Sender<()>>) {
    for waiter in waiters {
        // Who has gone need not know.
        let _ = waiter.send(());
    }
}

fn gone() -> Error {
    Error::Broken("the object is gone".to_owned())
}

#[cfg(test)]
mod tests;
