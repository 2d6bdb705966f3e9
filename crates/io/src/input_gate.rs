//! The gate that events of a Durable Object come in by: arrivals, and every return of a running event from I/O.
//!
//! Whoever comes in holds a lock. An operation of the object's storage keeps the lock that it was started under, so
//! nothing else happens to the object before it is done. A critical section (`blockConcurrencyWhile()`) closes the gate
//! for all but what it has started itself; when it fails, the gate is broken and the object with it.
//!
//! N1. A gate hands out a new lock only when no lock exists; waiting sections come first, then the others in turn.
//! N2. A running section holds one lock of what it was started in. What it starts waits at the section, not there.
//! N3. A section that has succeeded hands its waiters and its locks to what it was started in.
//! N4. A running section that nobody can end any more has failed.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::channel::oneshot;

use crate::ChannelError;
use crate::broken::Watchers;

/// What becomes of an object whose section waits for what cannot come.
const NEVER_ENDS: &str = "A critical section within this Durable Object awaited a Promise that apparently will never complete. \
     This could happen in particular if a critical section awaits a task that was initiated outside of the critical \
     section. Since a critical section blocks all other tasks from completing, this leads to deadlock.";

type Entry = Result<InputLock, ChannelError>;

/// An object's gate, or that of a critical section: where something has to wait to come in.
#[derive(Clone, Default)]
pub struct InputGate(Rc<Scope>);

/// Blocks what comes next while it, or a clone of it, lives.
pub struct InputLock(Rc<Scope>);

/// A procedure that nothing from outside interrupts.
///
/// It begins with [`enter`](Self::enter) and ends with [`succeed`](Self::succeed) or [`fail`](Self::fail).
pub struct CriticalSection(Rc<Scope>);

#[derive(Default)]
struct Scope {
    locks: Cell<usize>,
    /// Sections that are ready to start.
    sections: RefCell<VecDeque<oneshot::Sender<Entry>>>,
    waiters: RefCell<VecDeque<oneshot::Sender<Entry>>>,
    broken: RefCell<Option<ChannelError>>,
    watchers: Watchers,
    /// For critical sections.
    section: Option<Section>,
}

struct Section {
    state: Cell<State>,
    depth: usize,
    /// What it was started in; none while it is being dropped.
    parent: RefCell<Option<Rc<Scope>>>,
    /// Its own lock there (N2).
    lock: RefCell<Option<InputLock>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    NotStarted,
    Running,
    Succeeded,
}

impl InputGate {
    /// Waits for a lock. The place in the queue is that of the call, not of the first poll.
    pub fn wait(&self) -> Wait {
        effective(&self.0).wait(|scope| &scope.waiters)
    }

    /// How many sections this one is in, itself included; 0 for the object's own gate.
    pub fn depth(&self) -> usize {
        self.0.section.as_ref().map_or(0, |section| section.depth)
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.0.broken.borrow().is_some()
    }

    /// Why nobody comes in any more.
    pub fn broken(&self) -> Option<ChannelError> {
        effective(&self.0).broken.borrow().clone()
    }

    /// From now on nobody comes in.
    pub fn break_with(&self, error: &ChannelError) {
        if self.0.broken.borrow().is_none() {
            self.0.set_broken(error);
        }
    }

    /// Completes when nobody can come in any more.
    pub fn on_broken(&self) -> impl Future<Output = ChannelError> + 'static {
        self.0.watchers.watch(self.0.broken.borrow().clone())
    }
}

impl InputLock {
    /// Where what is started under this lock comes in again: at the section that it belongs to, if there is one.
    pub fn gate(&self) -> InputGate {
        InputGate(self.0.clone())
    }

    /// A section within whatever this lock belongs to.
    pub fn start_section(&self) -> CriticalSection {
        let mut scope = Scope::default();
        scope.section = Some(Section {
            state: Cell::new(State::NotStarted),
            depth: self.gate().depth() + 1,
            parent: RefCell::new(Some(self.0.clone())),
            lock: RefCell::new(None),
        });
        CriticalSection(Rc::new(scope))
    }

    fn new(scope: Rc<Scope>) -> Self {
        let counted = effective(&scope);
        counted.locks.set(counted.locks.get() + 1);
        Self(scope)
    }
}

impl Clone for InputLock {
    fn clone(&self) -> Self {
        Self::new(self.0.clone())
    }
}

impl Drop for InputLock {
    fn drop(&mut self) {
        effective(&self.0).release();
    }
}

impl CriticalSection {
    /// Where what it starts comes in again.
    pub fn gate(&self) -> InputGate {
        InputGate(self.0.clone())
    }

    /// Begins the section: waits until what it is in has no lock, and gives the first lock of its own.
    pub fn enter(&self) -> impl Future<Output = Entry> + 'static {
        let scope = self.0.clone();
        let waiting = scope
            .parent()
            .map(|parent| parent.wait(|scope| &scope.sections));
        async move {
            let lock = match waiting {
                Some(waiting) => waiting.await,
                None => Err(ChannelError::Internal("a section in nothing".into())),
            };
            match (lock, &scope.section) {
                (Ok(lock), Some(section)) => {
                    section.state.set(State::Running);
                    section.lock.replace(Some(lock));
                    Ok(InputLock::new(scope.clone()))
                }
                (Err(error), _) => {
                    scope.set_broken(&error);
                    Err(error)
                }
                (Ok(lock), None) => Ok(lock),
            }
        }
    }

    /// Ends the section. The lock is the one that it held in what it was started in: who continues there before
    /// anything else keeps it.
    pub fn succeed(self) -> Option<InputLock> {
        let section = self.0.section.as_ref()?;
        if section.state.get() != State::Running {
            return None;
        }
        if let Some(parent) = self.0.parent() {
            parent
                .sections
                .borrow_mut()
                .append(&mut self.0.sections.borrow_mut());
            parent
                .waiters
                .borrow_mut()
                .append(&mut self.0.waiters.borrow_mut());
            parent.locks.set(parent.locks.get() + self.0.locks.take());
        }
        section.state.set(State::Succeeded);
        section.lock.take()
    }

    /// Ends the section and breaks the gate.
    pub fn fail(self, error: &ChannelError) {
        self.0.fail(error);
    }
}

/// The scope that counts now: that of a section until it has succeeded, then what it was in (N3).
fn effective(scope: &Rc<Scope>) -> Rc<Scope> {
    let mut scope = scope.clone();
    loop {
        let parent = match &scope.section {
            Some(section) if section.state.get() == State::Succeeded => {
                section.parent.borrow().clone()
            }
            _ => None,
        };
        match parent {
            Some(parent) => scope = parent,
            None => return scope,
        }
    }
}

impl Scope {
    /// What the section is in, leaving out sections that have succeeded.
    fn parent(&self) -> Option<Rc<Self>> {
        let parent = self.section.as_ref()?.parent.borrow().clone()?;
        Some(effective(&parent))
    }

    fn wait(
        self: &Rc<Self>,
        queue: impl Fn(&Self) -> &RefCell<VecDeque<oneshot::Sender<Entry>>>,
    ) -> Wait {
        if let Some(error) = &*self.broken.borrow() {
            return Wait(Waiting::Now(Some(Err(error.clone()))));
        }
        if self.locks.get() == 0 {
            return Wait(Waiting::Now(Some(Ok(InputLock::new(self.clone())))));
        }
        let (sender, receiver) = oneshot::channel();
        queue(self).borrow_mut().push_back(sender);
        Wait(Waiting::Queued {
            _scope: self.clone(),
            receiver,
        })
    }

    fn release(self: &Rc<Self>) {
        self.locks.set(self.locks.get() - 1);
        while self.locks.get() == 0 {
            let section = self.sections.borrow_mut().pop_front();
            let next = section.or_else(|| self.waiters.borrow_mut().pop_front());
            let Some(next) = next else { return };
            if next.is_canceled() {
                continue;
            }
            // One that gives up just now drops the lock, which comes back here.
            let sent = next.send(Ok(InputLock::new(self.clone())));
            drop(sent);
        }
    }

    fn fail(&self, error: &ChannelError) {
        if self.broken.borrow().is_some() {
            return;
        }
        self.set_broken(error);
        let mut next = self.section.as_ref().and_then(Section::parent);
        while let Some(scope) = next {
            if scope.broken.borrow().is_some() {
                return;
            }
            scope.set_broken(error);
            next = scope.section.as_ref().and_then(Section::parent);
        }
    }

    fn set_broken(&self, error: &ChannelError) {
        self.broken.replace(Some(error.clone()));
        let sections = self.sections.take();
        for waiter in sections.into_iter().chain(self.waiters.take()) {
            // Who has gone need not know.
            let _ = waiter.send(Err(error.clone()));
        }
        self.watchers.tell(error);
    }
}

impl Section {
    fn parent(&self) -> Option<Rc<Scope>> {
        self.parent.borrow().clone()
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let Some(section) = &self.section else { return };
        if section.state.get() == State::Running {
            self.fail(&ChannelError::Remote {
                class: "Error".into(),
                message: NEVER_ENDS.into(),
            });
        }
        // One by one: guest code decides how deep sections are nested.
        let mut lock = section.lock.take();
        let mut parent = section.parent.take();
        while let Some(scope) = parent.take() {
            drop(lock.take());
            if let Some(last) = Rc::into_inner(scope)
                && let Some(section) = &last.section
                && section.state.get() != State::Running
            {
                lock = section.lock.take();
                parent = section.parent.take();
            }
        }
    }
}

/// Waits for a lock; see [`InputGate::wait`].
pub struct Wait(Waiting);

enum Waiting {
    Now(Option<Entry>),
    Queued {
        /// A section lasts as long as somebody may come in to end it.
        _scope: Rc<Scope>,
        receiver: oneshot::Receiver<Entry>,
    },
}

impl Future for Wait {
    type Output = Entry;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Entry> {
        match &mut self.0 {
            Waiting::Now(entry) => match entry.take() {
                Some(entry) => Poll::Ready(entry),
                None => Poll::Pending,
            },
            Waiting::Queued { receiver, .. } => receiver.poll_unpin(cx).map(|entry| {
                // A queue goes only with its scope, which this holds.
                entry.unwrap_or_else(|_| Err(ChannelError::Internal("a gate is gone".into())))
            }),
        }
    }
}

#[cfg(test)]
mod tests;
