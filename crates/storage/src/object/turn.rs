//! A turn's transaction, from the first write to the moment when the disk has it (O1, O2).

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use tokio::sync::oneshot;

use super::{Hold, ObjectStorage, Open, alarm, gone, wake};
use crate::Result;
use crate::error::Error;

/// Beyond this many pages the log is moved into the database file.
pub(super) const LOG_PAGES: u32 = 1000;

/// What one turn writes, until it is committed.
pub(super) struct Turn {
    /// The number of its commit.
    pub(super) number: u64,
    pub(super) hold: Option<Box<dyn Hold>>,
    /// Who wants to begin a transaction next.
    pub(super) waiters: Vec<oneshot::Sender<()>>,
}

/// Commits that are on their way to the disk.
#[derive(Default)]
pub(super) struct Commits {
    pub(super) begun: Cell<u64>,
    durable: Cell<u64>,
    waiters: RefCell<Vec<(u64, oneshot::Sender<()>)>>,
}

impl Commits {
    pub(super) fn begin(&self) -> u64 {
        self.begun.set(self.begun.get() + 1);
        self.begun.get()
    }

    /// Whether none is on its way.
    pub(super) fn are_durable(&self) -> bool {
        self.durable.get() == self.begun.get()
    }

    /// This commit is durable, and all before it.
    fn end(&self, number: u64) {
        self.durable.set(self.durable.get().max(number));
        let mut waiters = self.waiters.borrow_mut();
        for (_, waiter) in waiters.extract_if(.., |(waits_for, _)| *waits_for <= number) {
            // Who has gone need not know.
            let _ = waiter.send(());
        }
    }
}

impl ObjectStorage {
    /// O1.
    pub(super) fn begin_turn(&self) -> Result<()> {
        self.prepare_log()?;
        self.db.query(&self.begin, &[], false, |_| ())?;
        self.db.in_transaction.set(true);
        let number = self.commits.begin();
        self.open.replace(Open::Turn(Turn {
            number,
            hold: None,
            waiters: Vec::new(),
        }));
        let this = self.this.upgrade().ok_or_else(gone)?;
        let late = this.clone();
        self.host
            .at_turn_end(Box::new(move || this.end_turn(number)));
        // What is written by nobody's code has no such end.
        self.host.spawn(Box::pin(async move {
            tokio::task::yield_now().await;
            late.end_turn(number);
        }));
        Ok(())
    }

    fn end_turn(self: &Rc<Self>, number: u64) {
        let Some(turn) = self.take_turn(Some(number)) else {
            // Over already, or deleted with everything else.
            return;
        };
        let prepared = self.check().and_then(|()| self.before_commit());
        let committed = prepared.and_then(|alarm| {
            self.db
                .query(&self.commit, &[], false, |_| ())
                .map_err(constraint)?;
            Ok(alarm)
        });
        match committed {
            Ok(alarm) => {
                self.ended();
                self.open.replace(Open::None);
                wake(turn.waiters);
                let this = self.clone();
                self.host.spawn(Box::pin(async move {
                    this.after_commit(number, turn.hold, alarm).await;
                    this.close_if_idle();
                }));
            }
            Err(error) => {
                self.roll_back();
                self.open.replace(Open::None);
                wake(turn.waiters);
                self.give_up(turn.hold, error);
                self.close_if_idle();
            }
        }
    }

    /// What is to be done after the turn that is open, if it is this one.
    pub(super) fn take_turn(&self, number: Option<u64>) -> Option<Turn> {
        match &mut *self.open.borrow_mut() {
            Open::Turn(turn) if number.is_none_or(|number| number == turn.number) => Some(Turn {
                number: turn.number,
                hold: turn.hold.take(),
                waiters: std::mem::take(&mut turn.waiters),
            }),
            _ => None,
        }
    }

    /// Makes a commit durable, and lets out what waits for it.
    pub(super) async fn after_commit(
        &self,
        number: u64,
        hold: Option<Box<dyn Hold>>,
        alarm: alarm::Told,
    ) {
        let written = self
            .db
            .files()
            .map(|files| (files.clone(), files.note_commit()));
        let result = async {
            self.tell_alarm(alarm).await?;
            if let Some((files, commit)) = written {
                files.sync(commit).await.map_err(|error| {
                    Error::Broken(format!("writes to storage may have been lost: {error}"))
                })?;
            }
            Ok(())
        };
        match result.await {
            Ok(()) => {
                self.commits.end(number);
                if let Some(hold) = hold {
                    hold.release();
                }
                self.after_durable();
                self.shorten_log();
            }
            Err(error) => self.give_up(hold, error),
        }
    }

    /// Waits until all that was written so far is durable. None: it is. The output gate says whether it failed.
    pub fn synced(&self) -> Option<impl Future<Output = ()> + 'static> {
        let begun = self.commits.begun.get();
        if self.commits.durable.get() >= begun {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        self.commits.waiters.borrow_mut().push((begun, sender));
        Some(async move {
            // It is dropped with a storage that is broken.
            let _ = receiver.await;
        })
    }

    pub(super) fn roll_back(&self) {
        self.db.doubt();
        // The engine may have done so already.
        if self
            .db
            .opened()
            .is_some_and(|connection| !connection.is_autocommit())
            && let Err(error) = self.db.run("ROLLBACK TRANSACTION")
        {
            tracing::debug!("a transaction is not rolled back: {error}");
        }
        self.ended();
    }

    /// A commit has failed.
    pub(super) fn give_up(&self, hold: Option<Box<dyn Hold>>, error: Error) {
        let error = match &*self.broken.borrow() {
            Some(first) => first.clone(),
            None => error,
        };
        self.break_with(error.clone());
        if let Some(hold) = hold {
            hold.fail(&error);
        }
    }

    /// Moves a long log into the database file.
    fn shorten_log(&self) {
        let pages = self
            .db
            .opened()
            .map_or(0, |connection| connection.log_pages());
        let (Some(files), Some(this)) = (self.db.files(), self.this.upgrade()) else {
            return;
        };
        if pages < LOG_PAGES || self.checkpoint_runs.replace(true) {
            return;
        }
        let files = files.clone();
        self.host.spawn(Box::pin(async move {
            match files.checkpoint().await {
                // More may have been written meanwhile, after which the log goes on: then the engine waits for nothing.
                Ok(all) => this.log_restarts.set(all),
                Err(error) => tracing::warn!("the log of a database cannot be shortened: {error}"),
            }
            this.checkpoint_runs.set(false);
        }));
    }
}

/// What a guest left behind that the engine does not commit.
fn constraint(error: Error) -> Error {
    match &error {
        Error::Engine(engine) if engine.is_constraint() => Error::Broken(format!(
            "Durable Object was reset and rolled back to its last known good state because the application left the database \
             in a state where constraints were violated: {}",
            engine.message()
        )),
        _ => error,
    }
}
