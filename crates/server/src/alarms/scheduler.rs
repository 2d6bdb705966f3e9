//! Waits for the time of each alarm, runs it and tries again when it fails.
//!
//! ```text
//! Waiting ──► Running ──► gone                          it succeeded
//!    ▲           ├──────► Waiting, after a back-off     it failed
//!    │           ├──────► Leaving ──► gone              it failed too often, or the object wants no other try
//!    └───────────┴─ another time was set meanwhile
//! ```
//!
//! S1. One task drives the scheduler ([`Scheduler::drive`]). Each alarm that runs has a task of its own.
//! S2. `due` has an entry for each object that is [`Waiting`](Status::Waiting), and no other.
//! S3. While an alarm runs, a new time waits behind it; there is one such place.
//! S4. What is scheduled here counts at once. The future of [`Scheduler::schedule`] says when it is durable.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use io::event::AlarmEnd;
use tokio::sync::Notify;

use super::{AlarmTime, Durable, Object, Table};

/// Failures of the guest's after which an alarm is given up.
const MAX_RETRIES: u32 = 6;
/// The first wait after a failure; it doubles with each further one.
const FIRST_RETRY: Duration = Duration::from_secs(2);
/// How often it doubles at the most.
const MAX_DOUBLINGS: u32 = 9;
/// How much longer than that a wait may be, by chance: alarms that have failed together do not come back together.
const JITTER: f64 = 0.25;
/// The clock of the system may be set while we sleep, so look at it now and then.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// Alarms that are started in a row before other tasks of the loop have their turn.
const BURST: usize = 32;

/// Who runs alarms: the objects of the namespace.
pub trait Runner {
    /// Runs the alarm that was set for `time`; `retries` are the failures of the guest's before.
    fn run(
        &self,
        object: Object,
        time: AlarmTime,
        retries: u32,
    ) -> LocalBoxFuture<'static, AlarmEnd>;

    /// Tells the object that its alarm for `time` is given up.
    ///
    /// # Errors
    /// It could not be told: the alarm stays in the table.
    fn give_up(&self, object: Object, time: AlarmTime) -> LocalBoxFuture<'static, Result<(), ()>>;

    /// The time, in milliseconds since the epoch.
    fn now(&self) -> i64;

    /// A number from 0 up to, not including, 1.
    fn chance(&self) -> f64;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Waiting,
    Running,
    Leaving,
}

struct Alarm {
    object: Object,
    time: AlarmTime,
    /// When it is run next, in milliseconds since the epoch.
    due: i64,
    status: Status,
    queued: Option<AlarmTime>,
    /// Doublings of the next wait.
    backoff: u32,
    /// Failures that were the guest's fault.
    retries: u32,
    /// Whether the last failure was.
    last_by_guest: bool,
}

impl Alarm {
    fn new(object: Object, time: AlarmTime) -> Self {
        Self {
            object,
            time,
            due: time.millis(),
            status: Status::Waiting,
            queued: None,
            backoff: 0,
            retries: 0,
            last_by_guest: false,
        }
    }
}

#[derive(Default)]
struct State {
    alarms: HashMap<Rc<str>, Alarm>,
    /// See S2.
    due: BTreeSet<(i64, Rc<str>)>,
}

impl State {
    /// Puts an alarm in the place of whatever the object has.
    fn replace(&mut self, object: Object, time: AlarmTime) {
        self.remove(&object.id);
        let alarm = Alarm::new(object, time);
        self.due.insert((alarm.due, alarm.object.id.clone()));
        self.alarms.insert(alarm.object.id.clone(), alarm);
    }

    fn remove(&mut self, id: &Rc<str>) -> Option<Alarm> {
        let alarm = self.alarms.remove(id)?;
        if alarm.status == Status::Waiting {
            self.due.remove(&(alarm.due, id.clone()));
        }
        Some(alarm)
    }

    /// Has an alarm wait until `due`.
    fn wait(&mut self, id: &Rc<str>, due: i64) {
        if let Some(alarm) = self.alarms.get_mut(id) {
            alarm.status = Status::Waiting;
            alarm.due = due;
            self.due.insert((due, id.clone()));
        }
    }
}

/// The alarms of a namespace whose objects live on this loop.
pub struct Scheduler {
    state: RefCell<State>,
    changed: Notify,
    /// None when nothing is to survive the process.
    table: Option<Table>,
    runner: Box<dyn Runner>,
}

impl Scheduler {
    pub fn new(table: Option<Table>, runner: Box<dyn Runner>) -> Rc<Self> {
        Rc::new(Self {
            state: RefCell::default(),
            changed: Notify::new(),
            table,
            runner,
        })
    }

    /// Adds what the table held at the start.
    pub fn restore(&self, alarms: impl IntoIterator<Item = (Object, AlarmTime)>) {
        let mut state = self.state.borrow_mut();
        for (object, time) in alarms {
            state.replace(object, time);
        }
        self.changed.notify_one();
    }

    /// Sets the alarm of an object, or takes it away.
    pub fn schedule(&self, object: Object, time: Option<AlarmTime>) -> Durable {
        let durable = match (&self.table, time) {
            (None, _) => Durable::at_once(),
            (Some(table), Some(time)) => table.set(&object, time),
            (Some(table), None) => table.delete(&object),
        };
        match time {
            Some(time) => self.set(object, time),
            None => self.unset(&object.id),
        }
        self.changed.notify_one();
        durable
    }

    /// The alarm that an object has here, be it running.
    pub fn scheduled(&self, id: &Rc<str>) -> Option<AlarmTime> {
        let state = self.state.borrow();
        let alarm = state.alarms.get(id)?;
        Some(alarm.queued.unwrap_or(alarm.time))
    }

    fn set(&self, mut object: Object, time: AlarmTime) {
        let mut state = self.state.borrow_mut();
        if let Some(alarm) = state.alarms.get_mut(&object.id) {
            object.name = object.name.or_else(|| alarm.object.name.clone());
            if alarm.status != Status::Waiting {
                alarm.queued = Some(time);
                return;
            }
        }
        state.replace(object, time);
    }

    fn unset(&self, id: &Rc<str>) {
        let mut state = self.state.borrow_mut();
        let Some(alarm) = state.alarms.get_mut(id) else {
            return;
        };
        match alarm.status {
            // One that runs cannot be taken back, only what waits behind it.
            Status::Running => alarm.queued = None,
            Status::Waiting | Status::Leaving => drop(state.remove(id)),
        }
    }

    /// Forgets all alarms.
    pub fn clear(&self) {
        *self.state.borrow_mut() = State::default();
        if let Some(table) = &self.table {
            drop(table.clear());
        }
    }

    /// Runs alarms when they are due, for ever. On a [`LocalSet`](tokio::task::LocalSet).
    pub async fn drive(self: Rc<Self>) {
        loop {
            for _ in 0..BURST {
                let Some(id) = self.take_due() else { break };
                tokio::task::spawn_local(self.clone().execute(id));
            }
            let next = self.state.borrow().due.first().map(|(due, _)| *due);
            let Some(next) = next else {
                self.changed.notified().await;
                continue;
            };
            let wait = u64::try_from(next - self.runner.now()).unwrap_or(0);
            if wait == 0 {
                tokio::task::yield_now().await;
                continue;
            }
            let wait = Duration::from_millis(wait).min(LONGEST_SLEEP);
            // Either way there is something to look at.
            let _ = tokio::time::timeout(wait, self.changed.notified()).await;
        }
    }

    /// Marks the next alarm whose time has come as running.
    fn take_due(&self) -> Option<Rc<str>> {
        let mut state = self.state.borrow_mut();
        let (due, _) = state.due.first()?;
        if *due > self.runner.now() {
            return None;
        }
        let (_, id) = state.due.pop_first()?;
        state.alarms.get_mut(&id)?.status = Status::Running;
        Some(id)
    }

    async fn execute(self: Rc<Self>, id: Rc<str>) {
        let known = self.with(&id, |alarm| {
            (alarm.object.clone(), alarm.time, alarm.retries)
        });
        let Some((object, time, retries)) = known else {
            return;
        };
        let run = self.runner.run(object.clone(), time, retries).await;
        if let Some(queued) = self.with(&id, |alarm| alarm.queued.take()).flatten() {
            self.state.borrow_mut().replace(object, queued);
            self.changed.notify_one();
            return;
        }
        match run {
            AlarmEnd::Done => self.finish(&object),
            AlarmEnd::Failed { by_guest } if retries < MAX_RETRIES => self.retry(&id, by_guest),
            AlarmEnd::Failed { .. } | AlarmEnd::Refused => self.leave(object, time).await,
        }
    }

    fn with<R>(&self, id: &Rc<str>, read: impl FnOnce(&mut Alarm) -> R) -> Option<R> {
        self.state.borrow_mut().alarms.get_mut(id).map(read)
    }

    fn finish(&self, object: &Object) {
        self.state.borrow_mut().remove(&object.id);
        if let Some(table) = &self.table {
            // Nobody waits for it: at the worst the alarm comes once more, and the object knows better.
            drop(table.delete(object));
        }
    }

    fn retry(&self, id: &Rc<str>, by_guest: bool) {
        let doublings = self.with(id, |alarm| {
            if by_guest {
                alarm.retries += 1;
                // It was another failure before: the waits start anew.
                if !alarm.last_by_guest {
                    alarm.backoff = 0;
                }
            }
            alarm.last_by_guest = by_guest;
            let doublings = alarm.backoff.min(MAX_DOUBLINGS);
            alarm.backoff = doublings + 1;
            doublings
        });
        let Some(doublings) = doublings else { return };
        let wait = (FIRST_RETRY * (1 << doublings)).as_millis() as f64;
        let wait = wait + (wait * JITTER * self.runner.chance()).floor();
        let due = self.runner.now() + wait as i64;
        self.state.borrow_mut().wait(id, due);
        self.changed.notify_one();
    }

    async fn leave(&self, object: Object, time: AlarmTime) {
        self.with(&object.id, |alarm| alarm.status = Status::Leaving);
        if self.runner.give_up(object.clone(), time).await.is_err() {
            tracing::warn!(
                "the alarm of object {} is to be given up, but the object could not be told",
                object.id
            );
            return;
        }
        let left = self.with(&object.id, |alarm| {
            (alarm.status == Status::Leaving && alarm.time == time).then(|| alarm.queued.take())
        });
        match left.flatten() {
            Some(Some(queued)) => {
                self.state.borrow_mut().replace(object, queued);
                self.changed.notify_one();
            }
            Some(None) => self.finish(&object),
            // It has a new one by now.
            None => {}
        }
    }
}
