//! An event: what it has started, and how its work is driven to an end.
//!
//! X1. A context belongs to one isolate and one thread. Guest code runs for it only inside
//!     [`IoContext::run`], which makes it current and drains the microtask queue before it returns. Continuations of
//!     other events that this comes upon run for those ([`alive`](crate::alive), A1).
//! X2. A task's future runs outside of the isolate; only the continuation that it leaves runs inside.
//! X3. One driver at a time polls a context ([`IoContext::drive`]). Whoever adds work wakes it.
//! X4. What an event of a Durable Object has started runs under a lock of the object's input gate, or never.
//! X5. When a context is cancelled or dropped, its tasks, timers and I/O objects are dropped, outside
//!     of any borrow of the context's own state.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::rc::{Rc, Weak};
use std::task::Waker;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use jsg::async_context::{self, EventTag};
use jsg::js::{Local, Promise};
use jsg::promise::{Continuation, Executor};
use jsg::{Isolate, Lock, LockExt, Result};
use tokio::time::Instant;
use vfs::Scratch;

use crate::actor::{Actor, Reentry};
use crate::alive;
use crate::awaited::{Awaited, OnSettled};
use crate::channel::ChannelError;
use crate::client::Client;
use crate::holds::Background;
use crate::input_gate::InputLock;
use crate::own::{IoOwn, Owned};
use crate::patience::Patience;
use crate::restored::Restoring;
use crate::tasks::{Task, Tasks};
use crate::timers::{TimerCounts, TimerEntry, TimerId, Timers};
use crate::trace::Tracer;

mod current;
mod drive;
mod errors;
mod going;

use current::Scope;
pub use drive::DriveEnd;
pub use errors::{
    ErrorSink, Errors, report_failed_response, report_passed_on, report_rejection, report_uncaught,
};

thread_local! {
    static LAST_ID: Cell<u64> = const { Cell::new(0) };
}

/// Sends on what a handler has failed to answer.
pub type PassThrough = Box<dyn for<'s, 'i> FnOnce(&mut Lock<'s, 'i>) -> Result<PassedOn>>;

/// The answer to what was sent on.
pub type PassedOn = LocalBoxFuture<'static, Result<http::Response<net::Body>>>;

/// One event of one Worker, or all events of one Durable Object.
pub struct IoContext {
    id: u64,
    tag: EventTag,
    isolate: Rc<Isolate>,
    /// Who waits for the answer, if that is an event of this thread.
    caller: RefCell<Weak<IoContext>>,
    /// The Durable Object whose events these are.
    pub(crate) actor: Option<Rc<Actor>>,
    /// The lock that guest code runs under.
    pub(crate) lock: RefCell<Option<InputLock>>,
    /// Whether what is started keeps that lock.
    pub(crate) keeps_lock: Cell<bool>,
    tasks: RefCell<Tasks>,
    /// Work added while the driver polls: it has borrowed `tasks`.
    added: RefCell<Vec<Task>>,
    /// How many there are of both.
    work: Cell<usize>,
    /// What is to go on inside the isolate, in this order. Whatever can go on outside does so before.
    finished: RefCell<VecDeque<Reentry>>,
    waker: RefCell<Option<Waker>>,
    awaited: Awaited,
    patience: Cell<Option<Patience>>,
    pub(crate) client: Client,
    timers: Timers,
    owned: Rc<Owned>,
    /// Tasks that cannot bring the event any further by themselves.
    background: Rc<Cell<usize>>,
    /// What may yet come from outside of the event's own tasks.
    expected: Cell<usize>,
    /// What the event must outlive: `waitUntil` promises, bodies on their way.
    holds: Cell<usize>,
    /// What it was called with and keeps.
    pub(crate) retained: Cell<usize>,
    /// Calls of other events that wait for their result.
    calls: Cell<u32>,
    cancelled: Cell<bool>,
    /// Rejected `waitUntil` promises and the like, for `workerd test`.
    failed: Cell<bool>,
    /// Whom to ask instead when the handler fails.
    pass_through: RefCell<Option<PassThrough>>,
    /// What guest code has ended the event with.
    abort_reason: RefCell<Option<ChannelError>>,
    /// For events of Workers with tail Workers.
    tracer: RefCell<Option<Rc<Tracer>>>,
    /// Made when first used.
    scratch: OnceCell<Rc<Scratch>>,
    pub(crate) restoring: Restoring,
}

impl IoContext {
    pub fn new(isolate: Rc<Isolate>) -> Rc<Self> {
        Self::with(isolate, None)
    }

    /// The context of all events of an object.
    pub fn of_actor(isolate: Rc<Isolate>, actor: Rc<Actor>) -> Rc<Self> {
        Self::with(isolate, Some(actor))
    }

    fn with(isolate: Rc<Isolate>, actor: Option<Rc<Actor>>) -> Rc<Self> {
        let id = LAST_ID.with(|last| {
            last.set(last.get() + 1);
            last.get()
        });
        alive::register(|tag| {
            Rc::new(Self {
                id,
                tag,
                isolate,
                caller: RefCell::new(alive::caller()),
                actor,
                lock: RefCell::new(None),
                keeps_lock: Cell::new(false),
                tasks: RefCell::default(),
                added: RefCell::default(),
                work: Cell::new(0),
                finished: RefCell::default(),
                waker: RefCell::new(None),
                awaited: Awaited::default(),
                patience: Cell::new(None),
                client: Client::default(),
                timers: Timers::default(),
                owned: Rc::default(),
                background: Rc::default(),
                expected: Cell::new(0),
                holds: Cell::new(0),
                retained: Cell::new(0),
                calls: Cell::new(0),
                cancelled: Cell::new(false),
                failed: Cell::new(false),
                pass_through: RefCell::new(None),
                abort_reason: RefCell::new(None),
                tracer: RefCell::new(None),
                scratch: OnceCell::new(),
                restoring: Restoring::default(),
            })
        })
    }

    /// The contexts that exist on this thread: tests count them.
    pub fn alive() -> usize {
        alive::count()
    }

    /// A number that no other context of this thread has had.
    pub fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn tag(&self) -> EventTag {
        self.tag
    }

    /// Who waits for the answer, if that is an event of this thread.
    pub(crate) fn caller(&self) -> Option<Rc<Self>> {
        self.caller.borrow().upgrade()
    }

    /// Whoever called has the answer.
    pub fn answered(&self) {
        self.caller.replace(Weak::new());
    }

    pub fn isolate(&self) -> &Rc<Isolate> {
        &self.isolate
    }

    /// Runs `body` in the isolate on behalf of this event, then drains the microtask queue.
    pub fn run<R>(self: &Rc<Self>, body: impl for<'s, 'i> FnOnce(&mut Lock<'s, 'i>) -> R) -> R {
        let _scope = Scope::enter(Some(self.clone()));
        Awaited::count_run();
        let result = crate::watchdog::guard(&self.isolate, || {
            self.isolate.enter(|js| {
                let before = js.set_executor(Some(self.clone()));
                let result = async_context::enter_event(js, Some(self.tag), |js| {
                    let result = body(js);
                    Isolate::drain_microtasks(js);
                    if self.awaited.look(js) {
                        Isolate::drain_microtasks(js);
                    }
                    result
                });
                if self.is_broken() || self.abort_reason.borrow().is_some() {
                    // Its code was stopped; that of others in the isolate goes on.
                    js.cancel_terminate_execution();
                }
                js.set_executor(before);
                result
            })
        });
        if let Some(actor) = &self.actor {
            actor.end_turn();
        }
        result
    }

    /// As [`run`](Self::run), under a lock of the object's input gate.
    pub fn run_locked<R>(
        self: &Rc<Self>,
        lock: Option<InputLock>,
        body: impl for<'s, 'i> FnOnce(&mut Lock<'s, 'i>) -> R,
    ) -> R {
        let Some(lock) = lock else {
            return self.run(body);
        };
        let before = self.lock.replace(Some(lock));
        let result = self.run(body);
        // Its destructor may let others in: not while the cell is borrowed.
        let lock = self.lock.replace(before);
        drop(lock);
        result
    }

    /// Calls `then` in the isolate, as this event, once `promise` has settled.
    ///
    /// # Errors
    /// The event waits for another promise in this way, or belongs to an object, which lets nobody in to look: gives
    /// `then` back.
    pub fn when_settled<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        promise: Local<'s, Promise>,
        then: OnSettled,
    ) -> Result<(), OnSettled> {
        if self.actor.is_some() {
            return Err(then);
        }
        self.awaited.set(js, promise, then)
    }

    /// Adds native work; it is dropped with the event.
    pub fn add_task(&self, future: impl Future<Output = ()> + 'static) {
        self.push(Task::Gated(Box::pin(async move {
            future.await;
            None
        })));
    }

    /// Adds native work that ends inside the isolate.
    pub fn add_task_then(&self, future: impl Future<Output = Continuation> + 'static) {
        self.push_reentry(Box::pin(future));
    }

    /// As [`add_task_then`](Self::add_task_then), for work that waits for what another part of the event, or nobody,
    /// may do: alone it does not keep the event from counting as hung, nor a held one from ending.
    pub fn add_background_then(&self, future: impl Future<Output = Continuation> + 'static) {
        self.background.set(self.background.get() + 1);
        let counted = Background(Rc::clone(&self.background));
        self.push_reentry(Box::pin(async move {
            let _counted = counted;
            future.await
        }));
    }

    pub(crate) fn push(&self, task: Task) {
        if self.cancelled.get() {
            return;
        }
        match self.tasks.try_borrow_mut() {
            Ok(mut tasks) => tasks.add(task),
            Err(_) => self.added.borrow_mut().push(task),
        }
        self.work.set(self.work.get() + 1);
        self.wake();
    }

    pub(crate) fn wake(&self) {
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }

    /// Starts a timer. `callback` runs in the isolate, as this event.
    pub fn set_timer(
        &self,
        delay: Duration,
        repeat: bool,
        callback: impl for<'s, 'i> Fn(&mut Lock<'s, 'i>) + 'static,
    ) -> TimerId {
        let id = self
            .timers
            .add(None, Instant::now(), delay, repeat, self.entry(callback));
        self.wake();
        id
    }

    /// As [`set_timer`](Self::set_timer), under a number that the caller has given to no other timer
    /// of this event.
    pub fn set_numbered_timer(
        &self,
        id: TimerId,
        delay: Duration,
        repeat: bool,
        callback: impl for<'s, 'i> Fn(&mut Lock<'s, 'i>) + 'static,
    ) {
        self.timers.add(
            Some(id),
            Instant::now(),
            delay,
            repeat,
            self.entry(callback),
        );
        self.wake();
    }

    fn entry(&self, callback: impl for<'s, 'i> Fn(&mut Lock<'s, 'i>) + 'static) -> TimerEntry {
        TimerEntry {
            callback: Rc::new(callback),
            gate: self.input_gate(),
        }
    }

    /// How many timers run, and how many have ended.
    pub fn timer_counts(&self) -> TimerCounts {
        self.timers.counts()
    }

    /// The time in whole milliseconds since the epoch, as `Date.now()` gives it.
    pub fn now(&self) -> f64 {
        jsg::clock::now()
    }

    /// Gathers what the event does; it is delivered when the event ends.
    pub fn trace_with(&self, tracer: Rc<Tracer>) {
        self.tracer.replace(Some(tracer));
    }

    /// Whether somebody hears of what the event does.
    pub(crate) fn is_traced(&self) -> bool {
        self.tracer.borrow().is_some()
    }

    pub fn tracer(&self) -> Option<Rc<Tracer>> {
        self.tracer.borrow().clone()
    }

    /// From now on a failure of the handler passes the request on.
    pub fn set_pass_through(&self, to: PassThrough) {
        self.pass_through.replace(Some(to));
    }

    /// What was [set](Self::set_pass_through), once.
    pub fn take_pass_through(&self) -> Option<PassThrough> {
        self.pass_through.take()
    }

    /// Stops a timer; one that has run or never was is ignored.
    pub fn clear_timer(&self, id: TimerId) {
        self.timers.remove(id);
    }

    /// Hands an I/O object to this event. `kind` names it in the error for others, or is empty.
    pub fn own<T: 'static>(&self, kind: &'static str, value: T) -> IoOwn<T> {
        self.owned.insert(self.id, kind, value)
    }

    /// Marks the event as failed: a callback of it has thrown.
    pub fn mark_failed(&self) {
        self.failed.set(true);
    }

    /// Whether a `waitUntil` promise was rejected or a callback has thrown.
    pub fn has_failed(&self) -> bool {
        self.failed.get()
    }

    /// Ends the event: its tasks, timers and objects go now (X5).
    pub fn cancel(&self) {
        if self.cancelled.replace(true) {
            return;
        }
        self.drop_work();
        let tracer = self.tracer.take();
        if let Some(tracer) = tracer {
            tracer.finish();
        }
        self.wake();
    }

    /// As [`cancel`](Self::cancel), with what whoever waits for the event is to be told. The caller
    /// terminates the guest code that runs.
    pub fn abort(&self, reason: ChannelError) {
        self.abort_reason.replace(Some(reason));
        self.cancel();
    }

    /// What the event was [aborted](Self::abort) with, if it was.
    pub fn abort_reason(&self) -> Option<ChannelError> {
        self.abort_reason.borrow().clone()
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancelled.get()
    }

    fn drop_work(&self) {
        self.work.set(0);
        let added = std::mem::take(&mut *self.added.borrow_mut());
        drop(added);
        let finished = std::mem::take(&mut *self.finished.borrow_mut());
        drop(finished);
        // While the driver polls, it holds `tasks`; it sees `cancelled` and drops them itself.
        let tasks = self
            .tasks
            .try_borrow_mut()
            .map(|mut tasks| std::mem::take(&mut *tasks));
        drop(tasks);
        self.awaited.clear();
        self.client_served();
        drop(self.take_pass_through());
        self.timers.clear();
        self.owned.clear();
    }
}

impl Executor for IoContext {
    /// Without an event to follow, since that is over, the task is dropped.
    fn spawn(&self, js: &Lock<'_, '_>, task: LocalBoxFuture<'static, Continuation>) {
        match async_context::event(js) {
            Some(tag) if tag != self.tag => {
                if let Some(context) = Self::try_current(js) {
                    context.push_reentry(task);
                }
            }
            _ => self.push_reentry(task),
        }
    }
}

impl Drop for IoContext {
    fn drop(&mut self) {
        self.drop_work();
        alive::remove(self.tag);
    }
}
