//! Driving what an event has started to its end (X3): tasks outside of the isolate, their continuations, timers.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use tokio::time::{Instant, Sleep};

use super::{IoContext, LAST_ID};
use crate::actor::Reentry;
use crate::alive;
use crate::holds::Watch;
use crate::patience::Patience;
use crate::tasks::Task;
use crate::timers::{Due, TimerEntry};

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

impl IoContext {
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
        self.push(Task::Gated(Box::pin(async move {
            let lock = gate.wait().await.ok()?;
            let is_wanted = context.upgrade()?.timers.end_waiting(due.id);
            is_wanted.then(|| Reentry {
                lock: Some(lock),
                finish: Box::new(move |js| callback(js)),
            })
        })));
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
        self.added
            .borrow_mut()
            .drain(..)
            .for_each(|task| tasks.add(task));
        if tasks.is_empty() {
            return Poll::Pending;
        }
        let polled = alive::polling(self, || tasks.poll_next(cx));
        if polled.is_ready() {
            self.work.set(self.work.get().saturating_sub(1));
        }
        polled
    }
}
