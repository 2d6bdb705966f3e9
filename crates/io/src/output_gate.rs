//! The gate that everything leaves a Durable Object by: answers, calls and requests to others.
//!
//! It is locked while writes are on their way to the disk that somebody may have been told of. What is to leave waits
//! for the locks that there are, not for later ones. A lock whose work fails breaks the gate: what waits for it, and
//! all that comes later, never leaves.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::future::Future;
use std::rc::Rc;

use futures::channel::oneshot;

use crate::ChannelError;
use crate::broken::Watchers;

/// See the module.
#[derive(Clone, Default)]
pub struct OutputGate(Rc<State>);

#[derive(Default)]
struct State {
    /// The number of the next lock.
    next: Cell<u64>,
    /// The locks that there are.
    locks: RefCell<BTreeSet<u64>>,
    /// In the order of the locks that they wait for.
    waiters: RefCell<VecDeque<Waiter>>,
    /// The first lock that has failed, and with what.
    failed: RefCell<Option<(u64, ChannelError)>>,
    watchers: Watchers,
}

struct Waiter {
    /// It waits for all locks below this number.
    before: u64,
    sender: oneshot::Sender<Result<(), ChannelError>>,
}

impl OutputGate {
    /// Holds everything back until `work` is done. The lock is there when this returns. If the work fails, or is dropped
    /// before its end, the gate is broken.
    pub fn lock_while<T>(
        &self,
        work: impl Future<Output = Result<T, ChannelError>>,
    ) -> impl Future<Output = Result<T, ChannelError>> {
        let lock = self.lock();
        async move {
            let result = work.await;
            match &result {
                Ok(_) => lock.release(),
                Err(error) => lock.fail(error.clone()),
            }
            result
        }
    }

    /// Holds everything back until the lock is released.
    pub fn lock(&self) -> OutputLock {
        let number = self.0.next.get();
        self.0.next.set(number + 1);
        self.0.locks.borrow_mut().insert(number);
        OutputLock {
            state: self.0.clone(),
            number: Some(number),
        }
    }

    /// Whether nothing has to wait.
    pub fn is_open(&self) -> bool {
        self.0.locks.borrow().is_empty() && self.0.failed.borrow().is_none()
    }

    /// Waits until the locks that there are now have been released.
    pub fn wait(&self) -> impl Future<Output = Result<(), ChannelError>> + 'static {
        let before = self.0.next.get();
        let waiting = if self.0.is_over(before) {
            Err(self.0.outcome(before))
        } else {
            let (sender, receiver) = oneshot::channel();
            let mut waiters = self.0.waiters.borrow_mut();
            waiters.push_back(Waiter { before, sender });
            Ok(receiver)
        };
        async move {
            match waiting {
                Err(outcome) => outcome,
                Ok(receiver) => match receiver.await {
                    Ok(outcome) => outcome,
                    // The object is gone with its gate.
                    Err(oneshot::Canceled) => Err(canceled()),
                },
            }
        }
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.0.failed.borrow().is_some()
    }

    /// Why nothing leaves any more.
    pub fn broken(&self) -> Option<ChannelError> {
        let failed = self.0.failed.borrow();
        failed.as_ref().map(|(_, error)| error.clone())
    }

    /// Completes when nothing can leave any more.
    pub fn on_broken(&self) -> impl Future<Output = ChannelError> + 'static {
        self.0.watchers.watch(self.broken())
    }
}

/// One lock. Dropping it before it is released breaks the gate.
pub struct OutputLock {
    state: Rc<State>,
    number: Option<u64>,
}

impl OutputLock {
    /// What was written is safe.
    pub fn release(mut self) {
        if let Some(number) = self.number.take() {
            self.state.end(number, None);
        }
    }

    /// What was written is lost.
    pub fn fail(mut self, error: ChannelError) {
        if let Some(number) = self.number.take() {
            self.state.end(number, Some(error));
        }
    }
}

impl Drop for OutputLock {
    fn drop(&mut self) {
        if let Some(number) = self.number.take() {
            self.state.end(number, Some(canceled()));
        }
    }
}

fn canceled() -> ChannelError {
    ChannelError::Internal("output lock was canceled before completion".into())
}

impl State {
    /// Whether no lock below this number is left.
    fn is_over(&self, before: u64) -> bool {
        let locks = self.locks.borrow();
        locks.first().is_none_or(|first| *first >= before)
    }

    fn outcome(&self, before: u64) -> Result<(), ChannelError> {
        match &*self.failed.borrow() {
            Some((number, error)) if *number < before => Err(error.clone()),
            _ => Ok(()),
        }
    }

    fn end(&self, number: u64, error: Option<ChannelError>) {
        self.locks.borrow_mut().remove(&number);
        if let Some(error) = error {
            self.set_failed(number, error);
        }
        loop {
            let next = {
                let mut waiters = self.waiters.borrow_mut();
                match waiters.front() {
                    Some(waiter) if self.is_over(waiter.before) => waiters.pop_front(),
                    _ => None,
                }
            };
            let Some(waiter) = next else { return };
            // Who has gone need not know.
            let _ = waiter.sender.send(self.outcome(waiter.before));
        }
    }

    fn set_failed(&self, number: u64, error: ChannelError) {
        let mut failed = self.failed.borrow_mut();
        match &*failed {
            Some((earlier, _)) if *earlier < number => return,
            _ => *failed = Some((number, error.clone())),
        }
        drop(failed);
        self.watchers.tell(&error);
    }
}

#[cfg(test)]
mod tests;
