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
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::StreamExt;
use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use jsg::async_context::{self, EventTag};
use jsg::js::{Local, Promise};
use jsg::promise::{Continuation, Executor, GLOBAL_SCOPE};
use jsg::{Error, Isolate, Lock, LockExt, Result};
use tokio::time::{Instant, Sleep};
use vfs::{Budget, Scratch};

use crate::actor::{Actor, Reentry};
use crate::alive;
use crate::awaited::{Awaited, OnSettled};
use crate::channel::ChannelError;
use crate::client::Client;
use crate::holds::{Background, Expected, Hold, Watch};
use crate::input_gate::InputLock;
use crate::own::{IoOwn, Owned};
use crate::patience::Patience;
use crate::restored::Restoring;
use crate::timers::{Due, TimerCounts, TimerEntry, TimerId, Timers};
use crate::trace::Tracer;

thread_local! {
    static CURRENT: RefCell<Option<Rc<IoContext>>> = const { RefCell::new(None) };
    static LAST_ID: Cell<u64> = const { Cell::new(0) };
}

/// How many steps an event makes before others of its loop have their turn.
const TURN: usize = 256;

/// How a [`drive`](IoContext::drive) ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriveEnd {
    /// What was waited for has come.
    Done,
    /// Nothing is left that could make it come.
    Idle,
    /// The event was cancelled.
    Cancelled,
}

type Task = LocalBoxFuture<'static, Option<Reentry>>;

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
    tasks: RefCell<FuturesUnordered<Task>>,
    /// Work added since the driver last looked: `tasks` is borrowed while it is polled.
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
    /// Calls of other events that wait for their result.
    calls: Cell<u32>,
    cancelled: Cell<bool>,
    /// Rejected `waitUntil` promises and the like, for `workerd test`.
    failed: Cell<bool>,
    fail_open: Cell<bool>,
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
        let tag = alive::new_tag();
        let context = Rc::new(Self {
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
            calls: Cell::new(0),
            cancelled: Cell::new(false),
            failed: Cell::new(false),
            fail_open: Cell::new(false),
            abort_reason: RefCell::new(None),
            tracer: RefCell::new(None),
            scratch: OnceCell::new(),
            restoring: Restoring::default(),
        });
        alive::add(tag, &context);
        context
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

    /// The event that guest code now runs for.
    ///
    /// # Errors
    /// At global scope, and in what an event that is over has left behind: the documented errors.
    pub fn current(js: &Lock<'_, '_>) -> Result<Rc<Self>> {
        let entered = CURRENT.with(|current| current.borrow().clone());
        alive::followed(js, entered.ok_or_else(|| Error::error(GLOBAL_SCOPE))?)
    }

    /// The event that guest code now runs for, if any.
    pub fn try_current(js: &Lock<'_, '_>) -> Option<Rc<Self>> {
        let entered = CURRENT.with(|current| current.borrow().clone());
        alive::followed(js, entered?).ok()
    }

    /// Whether guest code now runs for the event with this number.
    pub(crate) fn is_current(js: &Lock<'_, '_>, id: u64) -> bool {
        let tag = async_context::event(js);
        Self::with_current(|entered| match entered {
            None => false,
            Some(entered) if tag.is_none_or(|tag| tag == entered.tag) => entered.id == id,
            Some(_) => Self::try_current(js).is_some_and(|current| current.id == id),
        })
    }

    /// Whether guest code now runs for any event.
    pub fn is_running() -> bool {
        Self::with_current(|current| current.is_some())
    }

    /// The temporary files of the event that guest code now runs for, if any.
    pub fn scratch(budget: &Rc<Budget>) -> Option<Rc<Scratch>> {
        Self::with_current(|current| {
            let scratch = &current?.scratch;
            Some(scratch.get_or_init(|| Scratch::new(budget)).clone())
        })
    }

    pub(crate) fn with_current<R>(read: impl FnOnce(Option<&Self>) -> R) -> R {
        CURRENT.with(|current| read(current.borrow().as_deref()))
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

    /// Runs `body` with no event current: evaluation at global scope.
    pub fn without<R>(body: impl FnOnce() -> R) -> R {
        let _scope = Scope::enter(None);
        body()
    }

    /// Adds native work; it is dropped with the event.
    pub fn add_task(&self, future: impl Future<Output = ()> + 'static) {
        self.push(Box::pin(async move {
            future.await;
            None
        }));
    }

    /// Adds native work that ends inside the isolate.
    pub fn add_task_then(&self, future: impl Future<Output = Continuation> + 'static) {
        self.push_reentry(future);
    }

    /// As [`add_task_then`](Self::add_task_then), for work that waits for what another part of the event, or nobody,
    /// may do: alone it does not keep the event from counting as hung, nor a held one from ending.
    pub fn add_background_then(&self, future: impl Future<Output = Continuation> + 'static) {
        self.background.set(self.background.get() + 1);
        let counted = Background(Rc::clone(&self.background));
        self.push_reentry(async move {
            let _counted = counted;
            future.await
        });
    }

    /// See [`Expected`].
    pub fn expect(self: &Rc<Self>) -> Expected {
        self.expected.set(self.expected.get() + 1);
        Expected(self.clone())
    }

    pub(crate) fn release_hold(&self) {
        self.holds.set(self.holds.get() - 1);
        self.wake();
    }

    pub(crate) fn release_expected(&self) {
        self.expected.set(self.expected.get() - 1);
        self.wake();
    }

    pub(crate) fn push(&self, future: Task) {
        if !self.cancelled.get() {
            self.added.borrow_mut().push(future);
            self.work.set(self.work.get() + 1);
            self.wake();
        }
    }

    fn wake(&self) {
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

    /// From now on a failure of the handler passes the request on to the origin.
    pub fn set_fail_open(&self) {
        self.fail_open.set(true);
    }

    pub fn is_fail_open(&self) -> bool {
        self.fail_open.get()
    }

    /// Stops a timer; one that has run or never was is ignored.
    pub fn clear_timer(&self, id: TimerId) {
        self.timers.remove(id);
    }

    /// Hands an I/O object to this event. `kind` names it in the error for others, or is empty.
    pub fn own<T: 'static>(&self, kind: &'static str, value: T) -> IoOwn<T> {
        self.owned.insert(self.id, kind, value)
    }

    /// Keeps the event going while the hold lives.
    pub fn hold(self: &Rc<Self>) -> Hold {
        self.holds.set(self.holds.get() + 1);
        Hold(self.clone())
    }

    /// Another event has called this one.
    pub fn begin_call(&self) {
        self.calls.set(self.calls.get() + 1);
    }

    /// Such a call has its result.
    pub fn end_call(&self) {
        self.calls.set(self.calls.get() - 1);
    }

    /// Whether another event waits for the result of a call.
    pub fn is_called(&self) -> bool {
        self.calls.get() > 0
    }

    /// Whether something keeps the event going.
    pub fn is_held(&self) -> bool {
        self.holds.get() > 0
    }

    /// Whether anything that was started has not come to its end: tasks, timers, what holds the event.
    pub fn is_busy(&self) -> bool {
        // Whoever polls the tasks has borrowed them.
        let has_tasks = !self.tasks.try_borrow().is_ok_and(|tasks| tasks.is_empty());
        has_tasks
            || !self.finished.borrow().is_empty()
            || !self.added.borrow().is_empty()
            || self.timers.counts().active > 0
            || self.is_held()
    }

    /// Keeps the event going until `promise` settles; a rejection is reported, not thrown.
    pub fn wait_until<'s>(
        self: &Rc<Self>,
        js: &mut Lock<'s, '_>,
        promise: Local<'s, Promise>,
    ) -> Result<()> {
        let (hold, other) = {
            let hold = Rc::new(RefCell::new(Some(self.hold())));
            (hold.clone(), hold)
        };
        let context = Rc::downgrade(self);
        jsg::promise::observe(
            js,
            promise,
            move |_, _| {
                hold.take();
                Ok(())
            },
            move |js, reason| {
                other.take();
                if let Some(context) = context.upgrade() {
                    context.failed.set(true);
                }
                crate::context::report_rejection(js, reason);
                Ok(())
            },
        )
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
        if let Ok(mut tasks) = self.tasks.try_borrow_mut() {
            // A new set is not free.
            if !tasks.is_empty() {
                let tasks = std::mem::take(&mut *tasks);
                drop(tasks);
            }
        }
        self.awaited.clear();
        self.client_served();
        self.timers.clear();
        self.owned.clear();
    }

    /// Drives the event until `done`, until nothing is left to wait for, or until it is cancelled.
    pub async fn drive(self: &Rc<Self>, done: impl Fn() -> bool) -> DriveEnd {
        let mut sleep: Option<Pin<Box<Sleep>>> = None;
        poll_fn(|cx| self.poll(cx, &done, &mut sleep)).await
    }

    /// Drives the event until nothing holds it any more, then ends it.
    pub async fn drain(self: Rc<Self>) {
        self.drive(|| !self.is_held()).await;
        self.cancel();
    }

    fn poll(
        self: &Rc<Self>,
        cx: &mut Context<'_>,
        done: &impl Fn() -> bool,
        sleep: &mut Option<Pin<Box<Sleep>>>,
    ) -> Poll<DriveEnd> {
        match &mut *self.waker.borrow_mut() {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        // What is set in this turn is for the next one.
        let turn = self.timers.next_deadline().map(|_| Instant::now());
        for _ in 0..TURN {
            if self.cancelled.get() {
                self.drop_work();
                return Poll::Ready(DriveEnd::Cancelled);
            }
            if done() {
                return Poll::Ready(DriveEnd::Done);
            }
            // Whatever else can go on outside does so first.
            if let Poll::Ready(finished) = self.poll_task(cx) {
                self.finished.borrow_mut().extend(finished);
                continue;
            }
            let next = self.finished.borrow_mut().pop_front();
            if let Some(reentry) = next {
                self.patience.set(None);
                self.reenter(reentry);
                continue;
            }
            if let Some(due) = turn.and_then(|turn| self.timers.pop_due(turn)) {
                self.run_timer(due);
                continue;
            }
            if !self.added.borrow().is_empty() {
                continue;
            }
            if self.awaited.may_have_settled() {
                self.run(|_| ());
                continue;
            }
            let mut deadline = self.timers.next_deadline();
            if deadline.is_none() && self.actor.is_none() && self.is_idle() {
                let (polled, is_woken) = self.poll_task_watched(cx);
                if let Poll::Ready(Some(reentry)) = polled {
                    self.reenter(reentry);
                    continue;
                }
                if is_woken || polled.is_ready() {
                    continue;
                }
                deadline = self.wait_for_others();
                if deadline.is_none() {
                    return Poll::Ready(DriveEnd::Idle);
                }
            }
            let Some(deadline) = deadline else {
                return Poll::Pending;
            };
            if deadline <= Instant::now() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let sleep = sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
            if sleep.deadline() != deadline {
                sleep.as_mut().reset(deadline);
            }
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
        // Guest code may go on for ever, in small steps: others have their turn now.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Lets go out what was just started, whenever the event's driver has its turn.
    pub(crate) async fn step(self: &Rc<Self>) {
        let driver = self.waker.borrow().clone();
        let mut sleep = None;
        poll_fn(|cx| {
            // Its end is for the driver.
            let _ = self.poll(cx, &|| false, &mut sleep);
            Poll::Ready(())
        })
        .await;
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    fn reenter(self: &Rc<Self>, reentry: Reentry) {
        if self.is_broken() {
            return;
        }
        let Reentry { lock, finish } = reentry;
        self.run_locked(lock, |js| finish(js));
    }

    fn run_timer(self: &Rc<Self>, due: Due) {
        let TimerEntry { callback, gate } = due.entry;
        let Some(gate) = gate else {
            return self.run(|js| callback(js));
        };
        // It may be stopped while it waits.
        self.timers.set_waiting(due.id);
        let context = Rc::downgrade(self);
        self.push(Box::pin(async move {
            let lock = gate.wait().await.ok()?;
            let is_wanted = context.upgrade()?.timers.end_waiting(due.id);
            is_wanted.then(|| Reentry {
                lock: Some(lock),
                finish: Box::new(move |js| callback(js)),
            })
        }));
    }

    /// Whether nothing is left that could bring the event any further.
    fn is_idle(&self) -> bool {
        self.tasks.borrow().len() <= self.background.get() && self.expected.get() == 0
    }

    /// Whether the event can go on by itself, for whatever reason, if `stuck` of its tasks cannot.
    pub(crate) fn has_work_beyond(&self, stuck: usize) -> bool {
        self.timers.counts().active > 0 || self.has_tasks_beyond(stuck)
    }

    /// The same without timers.
    pub(crate) fn has_tasks_beyond(&self, stuck: usize) -> bool {
        let background = match self.is_held() {
            true => 0,
            false => self.background.get(),
        };
        self.work.get() > stuck + background
            || self.expected.get() > 0
            || !self.finished.borrow().is_empty()
    }

    /// Somebody waits for a promise that may be another event's: how long to wait for events that can settle it.
    fn wait_for_others(self: &Rc<Self>) -> Option<Instant> {
        if !self.awaited.is_set() && !self.is_called() {
            return None;
        }
        let patience = match self.patience.take() {
            Some(patience) if patience.is_early() => patience,
            Some(patience) if alive::others_can_go_on(self, patience.last) => patience.again()?,
            Some(_) => return None,
            None => {
                let waker = Rc::downgrade(self);
                self.awaited.wake_when_settled(self, move || {
                    if let Some(context) = waker.upgrade() {
                        context.wake();
                    }
                });
                Patience::begin(LAST_ID.with(Cell::get))
            }
        };
        self.patience.set(Some(patience));
        Some(patience.until)
    }

    /// As [`poll_task`](Self::poll_task), and whether a task can go on at once: the set lets its poller wait, woken,
    /// before it has polled all that can.
    fn poll_task_watched(self: &Rc<Self>, cx: &mut Context<'_>) -> (Poll<Option<Reentry>>, bool) {
        if self.tasks.borrow().is_empty() {
            return (Poll::Pending, false);
        }
        let watch = Arc::new(Watch {
            waker: cx.waker().clone(),
            is_woken: AtomicBool::new(false),
        });
        let waker = Waker::from(Arc::clone(&watch));
        let polled = self.poll_task(&mut Context::from_waker(&waker));
        (polled, watch.is_woken.load(Ordering::Relaxed))
    }

    /// The continuation of the next finished task.
    fn poll_task(self: &Rc<Self>, cx: &mut Context<'_>) -> Poll<Option<Reentry>> {
        let mut tasks = self.tasks.borrow_mut();
        tasks.extend(self.added.borrow_mut().drain(..));
        if tasks.is_empty() {
            return Poll::Pending;
        }
        match alive::polling(self, || tasks.poll_next_unpin(cx)) {
            Poll::Ready(Some(reentry)) => {
                self.work.set(self.work.get().saturating_sub(1));
                Poll::Ready(reentry)
            }
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
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

/// Makes a context current and the previous one again at its end.
///
/// Without one, guest code is at global scope and has no clock.
struct Scope {
    before: Option<Rc<IoContext>>,
    clock_was_stopped: bool,
}

impl Scope {
    fn enter(context: Option<Rc<IoContext>>) -> Self {
        Self {
            clock_was_stopped: jsg::clock::set_stopped(context.is_none()),
            before: CURRENT.with(|current| current.replace(context)),
        }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        jsg::clock::set_stopped(self.clock_was_stopped);
        let before = self.before.take();
        let ended = CURRENT.with(|current| current.replace(before));
        drop(ended);
    }
}

/// Who hears of what nobody handles: exceptions of callbacks, rejected `waitUntil` promises.
pub trait ErrorSink {
    fn uncaught<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        origin: &'static str,
        exception: Local<'s, jsg::js::Value>,
    );

    /// The caller gets the exception: the log has it, too, but it is no failure of the event.
    fn passed_on<'s>(&self, js: &mut Lock<'s, '_>, exception: Local<'s, jsg::js::Value>) {
        self.uncaught(js, "Uncaught (in promise)", exception);
    }
}

/// The [`ErrorSink`] of an isolate, stored as its extension.
pub struct Errors(pub Box<dyn ErrorSink>);

/// Reports an exception that no guest code caught.
pub fn report_uncaught<'s>(
    js: &mut Lock<'s, '_>,
    origin: &'static str,
    exception: Local<'s, jsg::js::Value>,
) {
    if let Some(errors) = js.extension::<Errors>() {
        errors.0.uncaught(js, origin, exception);
    }
}

/// Reports an exception that the caller of the event gets.
pub fn report_passed_on<'s>(js: &mut Lock<'s, '_>, exception: Local<'s, jsg::js::Value>) {
    if let Some(errors) = js.extension::<Errors>() {
        errors.0.passed_on(js, exception);
    }
}

/// Reports a rejection that no guest code handled.
pub fn report_rejection<'s>(js: &mut Lock<'s, '_>, reason: Local<'s, jsg::js::Value>) {
    report_uncaught(js, "Uncaught (in promise)", reason);
}
