//! An event's timers (HTML §8.6), in the order of their deadlines and, for equal ones, of creation.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::time::Duration;

use jsg::Lock;
use tokio::time::Instant;

use crate::InputGate;

/// Completes after this time.
pub async fn sleep(time: Duration) {
    tokio::time::sleep(time).await;
}

/// A timer of one event. Unique within the event; never 0.
///
/// Whoever shows ids to guests numbers them; the others lie beyond what a guest can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimerId(pub u64);

/// What a timer runs.
pub type TimerCallback = Rc<dyn for<'s, 'i> Fn(&mut Lock<'s, 'i>)>;

/// What a timer runs, and for events of a Durable Object the gate that it comes in by.
#[derive(Clone)]
pub(crate) struct TimerEntry {
    pub(crate) callback: TimerCallback,
    pub(crate) gate: Option<InputGate>,
}

/// A timer whose time has come.
pub(crate) struct Due {
    pub(crate) id: TimerId,
    pub(crate) entry: TimerEntry,
}

struct Timer {
    deadline: Instant,
    sequence: u64,
    repeat: Option<Duration>,
    entry: TimerEntry,
}

/// Ids that this module gives: above JavaScript's largest safe integer.
const FIRST_OWN_ID: u64 = 1 << 53;

/// How many timers an event has, and how many have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimerCounts {
    pub active: usize,
    pub finished: u64,
}

/// The shortest interval of a repeating timer: a zero one would leave no time for anything else.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);

#[derive(Default)]
struct State {
    own_ids: u64,
    started: u64,
    last_sequence: u64,
    by_id: HashMap<TimerId, Timer>,
    queue: BTreeMap<(Instant, u64), TimerId>,
    /// Those whose time has come and that wait to come in.
    waiting: HashSet<TimerId>,
}

/// See the module. Most events have none.
#[derive(Default)]
pub(crate) struct Timers {
    state: OnceCell<RefCell<State>>,
}

impl Timers {
    pub(crate) fn add(
        &self,
        id: Option<TimerId>,
        now: Instant,
        delay: Duration,
        repeat: bool,
        entry: TimerEntry,
    ) -> TimerId {
        let mut state = self.state.get_or_init(RefCell::default).borrow_mut();
        let id = id.unwrap_or_else(|| {
            state.own_ids += 1;
            TimerId(FIRST_OWN_ID + state.own_ids)
        });
        state.started += 1;
        state.last_sequence += 1;
        let sequence = state.last_sequence;
        // A delay beyond what the clock can express never comes due.
        let deadline = now
            .checked_add(delay)
            .unwrap_or_else(|| now + Duration::from_secs(86_400 * 365 * 100));
        let repeat = repeat.then(|| delay.max(SHORTEST_INTERVAL));
        state.queue.insert((deadline, sequence), id);
        state.by_id.insert(
            id,
            Timer {
                deadline,
                sequence,
                repeat,
                entry,
            },
        );
        id
    }

    pub(crate) fn remove(&self, id: TimerId) {
        let Some(state) = self.state.get() else {
            return;
        };
        let removed = {
            let mut state = state.borrow_mut();
            state.waiting.remove(&id);
            let Some(timer) = state.by_id.remove(&id) else {
                return;
            };
            state.queue.remove(&(timer.deadline, timer.sequence));
            timer
        };
        // Outside of the borrow: the callback's destructor is not ours.
        drop(removed);
    }

    pub(crate) fn counts(&self) -> TimerCounts {
        let Some(state) = self.state.get() else {
            return TimerCounts::default();
        };
        let state = state.borrow();
        let active = state.by_id.len();
        TimerCounts {
            active,
            finished: state.started - active as u64,
        }
    }

    /// When the next timer comes due.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let state = self.state.get()?.borrow();
        state.queue.keys().next().map(|(deadline, _)| *deadline)
    }

    /// Takes the first timer that is due at `now`, rescheduling it if it repeats.
    pub(crate) fn pop_due(&self, now: Instant) -> Option<Due> {
        let mut state = self.state.get()?.borrow_mut();
        let (&key, &id) = state.queue.iter().next()?;
        if key.0 > now {
            return None;
        }
        state.queue.remove(&key);
        state.last_sequence += 1;
        let fresh = state.last_sequence;
        let timer = state.by_id.get_mut(&id)?;
        match timer.repeat {
            Some(period) => {
                timer.deadline = now + period;
                timer.sequence = fresh;
                let entry = timer.entry.clone();
                let key = (timer.deadline, timer.sequence);
                state.queue.insert(key, id);
                Some(Due { id, entry })
            }
            None => {
                let entry = state.by_id.remove(&id)?.entry;
                Some(Due { id, entry })
            }
        }
    }

    pub(crate) fn set_waiting(&self, id: TimerId) {
        if let Some(state) = self.state.get() {
            state.borrow_mut().waiting.insert(id);
        }
    }

    /// Whether the timer was not stopped meanwhile.
    pub(crate) fn end_waiting(&self, id: TimerId) -> bool {
        let state = self.state.get();
        state.is_some_and(|state| state.borrow_mut().waiting.remove(&id))
    }

    pub(crate) fn clear(&self) {
        if let Some(state) = self.state.get() {
            let state = std::mem::take(&mut *state.borrow_mut());
            drop(state);
        }
    }
}
