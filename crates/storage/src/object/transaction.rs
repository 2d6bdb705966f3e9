//! `transaction()` and `transactionSync()`.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;

use tokio::sync::oneshot;

use super::{Level, ObjectStorage, Open};
use crate::Result;
use crate::error::Error;

/// A `transaction()`. It is rolled back when it is dropped before it is committed.
pub struct Transaction {
    storage: Rc<ObjectStorage>,
    depth: usize,
    is_over: Cell<bool>,
}

/// What comes of the wish to begin one.
pub enum Begin<F> {
    /// It has begun.
    Begun(Transaction),
    /// What the turn has written is to be committed first. Try again when this ends.
    Wait(F),
}

impl ObjectStorage {
    /// Begins a transaction, within the one that is open if there is one.
    pub fn begin_transaction(self: &Rc<Self>) -> Result<Begin<impl Future<Output = ()> + 'static>> {
        self.check()?;
        let depth = match &mut *self.open.borrow_mut() {
            Open::Turn(turn) => {
                let (sender, receiver) = oneshot::channel();
                turn.waiters.push(sender);
                return Ok(Begin::Wait(async move {
                    // Dropped with the storage.
                    let _ = receiver.await;
                }));
            }
            Open::None => 0,
            Open::Explicit(levels) => levels.len(),
        };
        let savepoint = format!("SAVEPOINT _cf_savepoint_{depth}");
        if depth == 0 {
            self.prepare_log()?;
        }
        self.db.run(&savepoint)?;
        self.db.in_transaction.set(true);
        match &mut *self.open.borrow_mut() {
            Open::Explicit(levels) => {
                let outer = levels.last().copied().unwrap_or_default();
                levels.push(outer);
            }
            open => *open = Open::Explicit(vec![Level::default()]),
        }
        Ok(Begin::Begun(Transaction {
            storage: self.clone(),
            depth,
            is_over: Cell::new(false),
        }))
    }

    /// Begins a `transactionSync()`. It ends with [`commit_sync`](Self::commit_sync) or
    /// [`roll_back_sync`](Self::roll_back_sync).
    pub fn begin_sync(&self) -> Result<()> {
        // A savepoint itself writes nothing, but the turn's transaction has to be around it.
        self.db.announce_write(false)?;
        let depth = self.sync_depth.get();
        self.db
            .run(&format!("SAVEPOINT _cf_sync_savepoint_{depth}"))?;
        self.sync_depth.set(depth + 1);
        Ok(())
    }

    /// Keeps what was written since [`begin_sync`](Self::begin_sync).
    pub fn commit_sync(&self) -> Result<()> {
        if self.db.critical_error().is_some() {
            return Err(Error::Usage(
                "Cannot commit transaction due to an earlier SQL critical error",
            ));
        }
        let depth = self.sync_depth.get().saturating_sub(1);
        self.db
            .run(&format!("RELEASE _cf_sync_savepoint_{depth}"))?;
        self.sync_depth.set(depth);
        Ok(())
    }

    /// Undoes what was written since [`begin_sync`](Self::begin_sync).
    pub fn roll_back_sync(&self) -> Result<()> {
        let depth = self.sync_depth.get().saturating_sub(1);
        self.sync_depth.set(depth);
        if self.db.critical_error().is_some() {
            // The engine has undone more than that.
            return Ok(());
        }
        self.db.doubt();
        self.db
            .run(&format!("ROLLBACK TO _cf_sync_savepoint_{depth}"))?;
        self.db.run(&format!("RELEASE _cf_sync_savepoint_{depth}"))
    }

    fn levels(&self) -> usize {
        match &*self.open.borrow() {
            Open::Explicit(levels) => levels.len(),
            _ => 0,
        }
    }

    /// Ends the innermost transaction.
    fn pop_level(&self) -> Level {
        let mut open = self.open.borrow_mut();
        let Open::Explicit(levels) = &mut *open else {
            return Level::default();
        };
        let level = levels.pop().unwrap_or_default();
        if levels.is_empty() {
            *open = Open::None;
        }
        level
    }
}

impl Transaction {
    /// Whether another transaction was begun within this one and is not over.
    fn has_inner(&self) -> bool {
        self.storage.levels() > self.depth + 1
    }

    /// Keeps what was written. It may leave the object once it is durable.
    pub fn commit(self) -> Result<()> {
        let storage = &self.storage;
        storage.check()?;
        let alarm = match self.depth {
            0 => Some(storage.before_commit()?),
            _ => None,
        };
        storage
            .db
            .run(&format!("RELEASE _cf_savepoint_{}", self.depth))?;
        self.is_over.set(true);
        let level = storage.pop_level();
        let Some(alarm) = alarm else {
            if let Open::Explicit(levels) = &mut *storage.open.borrow_mut()
                && let Some(outer) = levels.last_mut()
            {
                outer.confirmed |= level.confirmed;
                outer.alarm_changed |= level.alarm_changed;
            }
            return Ok(());
        };
        storage.ended();
        if level.alarm_changed {
            storage.alarm_is_kept();
        }
        let hold = level.confirmed.then(|| storage.host.hold_output());
        let number = storage.commits.begin();
        let task = storage.clone();
        storage.host.spawn(Box::pin(async move {
            task.after_commit(number, hold, alarm).await;
        }));
        Ok(())
    }

    /// Undoes what was written.
    pub fn roll_back(&self) -> Result<()> {
        self.storage.check()?;
        if self.has_inner() {
            return Err(Error::Usage(
                "Cannot roll back an outer transaction while a nested transaction is still running.",
            ));
        }
        self.undo()
    }

    fn undo(&self) -> Result<()> {
        if self.is_over.replace(true) {
            return Ok(());
        }
        let db = &self.storage.db;
        db.doubt();
        let depth = self.depth;
        let undone = db
            .run(&format!("ROLLBACK TO _cf_savepoint_{depth}"))
            .and_then(|()| db.run(&format!("RELEASE _cf_savepoint_{depth}")));
        self.storage.pop_level();
        if depth == 0 {
            self.storage.ended();
        }
        undone
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Err(error) = self.undo() {
            tracing::debug!("a transaction is not rolled back: {error}");
        }
    }
}
