//! A Durable Object as its events see it: its gates, and whether it is broken.
//!
//! All events of one object share one [`IoContext`]. What they start comes in again by the input gate, with the lock that
//! is then the context's for as long as guest code runs.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use jsg::promise::Continuation;

use crate::broken::Watchers;
use crate::hibernation::Sockets;
use crate::tasks::Task;
use crate::{ChannelError, InputGate, InputLock, IoContext, OutputGate};

/// See the module. The object itself belongs to the runtime.
#[derive(Default)]
pub struct Actor {
    /// Its id, for objects that are stored.
    id: Option<Rc<str>>,
    input: InputGate,
    output: OutputGate,
    broken: RefCell<Option<ChannelError>>,
    watchers: Watchers,
    sockets: Option<Rc<Sockets>>,
    turn_end: RefCell<Vec<Box<dyn FnOnce()>>>,
    /// An alarm that was running when the object was aborted is not to be run again.
    refuses_alarm_retry: Cell<bool>,
}

impl Actor {
    /// `id` is that of an object that is stored. `sockets` stay when the object goes.
    pub fn new(id: Option<Rc<str>>, sockets: Rc<Sockets>) -> Self {
        Self {
            id,
            sockets: Some(sockets),
            ..Self::default()
        }
    }

    /// Its WebSockets that hibernate.
    pub fn sockets(&self) -> Option<&Rc<Sockets>> {
        self.sockets.as_ref()
    }

    /// The id of an object that is stored.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// An alarm that runs is not to be run again, though the object is being aborted.
    pub fn refuse_alarm_retry(&self) {
        self.refuses_alarm_retry.set(true);
    }

    pub fn refuses_alarm_retry(&self) -> bool {
        self.refuses_alarm_retry.get()
    }

    /// Where events come in.
    pub fn input(&self) -> &InputGate {
        &self.input
    }

    /// Where answers and requests to others leave.
    pub fn output(&self) -> &OutputGate {
        &self.output
    }

    /// Runs `work` once guest code has returned to the loop, before any other of the object runs.
    pub fn at_turn_end(&self, work: impl FnOnce() + 'static) {
        self.turn_end.borrow_mut().push(Box::new(work));
    }

    /// Guest code has returned to the loop.
    pub(crate) fn end_turn(&self) {
        for work in self.turn_end.take() {
            work();
        }
    }

    /// Ends the object with all its events. The first reason counts.
    pub fn abort(&self, reason: ChannelError) {
        if self.broken.borrow().is_some() {
            return;
        }
        self.broken.replace(Some(reason.clone()));
        // Nobody comes in any more, whatever gate they wait at.
        self.input.break_with(&reason);
        self.watchers.tell(&reason);
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken.borrow().is_some() || self.input.is_broken() || self.output.is_broken()
    }

    /// Why the object can do nothing any more.
    pub fn broken(&self) -> Option<ChannelError> {
        let broken = self.broken.borrow().clone();
        broken
            .or_else(|| self.input.broken())
            .or_else(|| self.output.broken())
    }

    /// Completes when the object is aborted or one of its gates breaks.
    pub fn on_broken(&self) -> impl Future<Output = ChannelError> + 'static {
        let aborted = self.watchers.watch(self.broken());
        let (input, output) = (self.input.on_broken(), self.output.on_broken());
        async move {
            tokio::select! {
                biased;
                error = aborted => error,
                error = input => error,
                error = output => error,
            }
        }
    }
}

/// What a task leaves to be done inside the isolate, and the lock that it comes in with.
pub(crate) struct Reentry {
    pub(crate) lock: Option<InputLock>,
    pub(crate) finish: Continuation,
}

impl IoContext {
    /// The object that this is an event of.
    pub fn actor(&self) -> Option<&Rc<Actor>> {
        self.actor.as_ref()
    }

    /// Whether this is an event of an object that is broken: none of its code runs any more.
    pub(crate) fn is_broken(&self) -> bool {
        self.actor.as_ref().is_some_and(|actor| actor.is_broken())
    }

    /// The lock that guest code runs under now.
    pub fn input_lock(&self) -> Option<InputLock> {
        self.lock.borrow().clone()
    }

    /// Where what is started now comes in again; none for events of no object.
    pub fn input_gate(&self) -> Option<InputGate> {
        let actor = self.actor.as_ref()?;
        let gate = self.lock.borrow().as_ref().map(InputLock::gate);
        Some(gate.unwrap_or_else(|| actor.input.clone()))
    }

    /// Waits until what was written so far is safe. None: there is nothing to wait for.
    pub fn wait_for_output(&self) -> Option<LocalBoxFuture<'static, Result<(), ChannelError>>> {
        let output = &self.actor.as_ref()?.output;
        (!output.is_open()).then(|| output.wait().boxed_local())
    }

    /// What `start` starts keeps the present input lock: nothing else happens to the object before it is done. For
    /// operations of its storage.
    pub fn keeping_lock<R>(&self, start: impl FnOnce() -> R) -> R {
        let before = self.keeps_lock.replace(true);
        let result = start();
        self.keeps_lock.set(before);
        result
    }

    /// Adds work that comes in with a lock of its own; without one it never comes in.
    pub fn add_entry(
        &self,
        entry: impl Future<Output = Option<(InputLock, Continuation)>> + 'static,
    ) {
        self.push(Task::Gated(Box::pin(async move {
            let (lock, finish) = entry.await?;
            Some(Reentry {
                lock: Some(lock),
                finish,
            })
        })));
    }

    /// Adds work that ends inside the isolate.
    pub(crate) fn push_reentry(&self, future: LocalBoxFuture<'static, Continuation>) {
        let Some(gate) = self.input_gate() else {
            return self.push(Task::Free(future));
        };
        let kept = match self.keeps_lock.get() {
            true => self.input_lock(),
            false => None,
        };
        self.push(Task::Gated(Box::pin(async move {
            let finish = future.await;
            let lock = match kept {
                Some(lock) => lock,
                // A broken object's code never runs again.
                None => gate.wait().await.ok()?,
            };
            Some(Reentry {
                lock: Some(lock),
                finish,
            })
        })));
    }
}
