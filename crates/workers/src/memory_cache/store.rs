//! The store behind memory caches: plain data that all loops of the process share.
//!
//! S1. The lock is never held while a waiter is told of something: telling may drop what tells the next.
//! S2. A key has an entry in `filling` exactly as long as somebody holds its [`Turn`].

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::channel::oneshot;

/// Bounds of a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    pub keys: usize,
    /// Of one value as structured clone writes it.
    pub value_size: u64,
    pub total_value_size: u64,
}

impl Limits {
    /// Limits that contradict themselves allow nothing, or the smaller of the two.
    fn normal(self) -> Self {
        if self.keys == 0 || self.value_size == 0 || self.total_value_size == 0 {
            return Self::default();
        }
        Self {
            value_size: self.value_size.min(self.total_value_size),
            ..self
        }
    }
}

/// A value as structured clone writes it.
pub type Value = Arc<[u8]>;

/// What a reader that has a fallback gets.
#[derive(Debug)]
pub enum Outcome {
    Value(Value),
    /// The reader is to make the value; others that want it wait.
    Turn(Turn),
}

/// The right to fill one key. Dropped without a value it goes to the next who waits.
#[derive(Debug)]
pub struct Turn {
    store: Arc<Store>,
    key: Arc<str>,
    filled: bool,
}

#[derive(Debug)]
struct Entry {
    value: Value,
    used: u64,
    /// Milliseconds since the epoch.
    expires: Option<f64>,
}

#[derive(Debug, Default)]
struct State {
    limits: Limits,
    entries: HashMap<Arc<str>, Entry>,
    total: u64,
    clock: u64,
    /// The keys by their last use.
    by_use: BTreeMap<u64, Arc<str>>,
    /// The keys that expire, by when.
    by_expiry: BTreeSet<(u64, Arc<str>)>,
    filling: HashMap<Arc<str>, VecDeque<oneshot::Sender<Outcome>>>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Store(Mutex<State>);

impl Store {
    /// Raises the bounds to what one more binding asks for.
    pub fn allow(&self, limits: Limits) {
        let limits = limits.normal();
        let known = &mut self.lock().limits;
        known.keys = known.keys.max(limits.keys);
        known.value_size = known.value_size.max(limits.value_size);
        known.total_value_size = known.total_value_size.max(limits.total_value_size);
    }

    /// The value of a key, if it is there at the time `now`.
    pub fn get(&self, key: &str, now: f64) -> Option<Value> {
        self.lock().get(key, now)
    }

    /// The value of a key now, or what will come of it.
    pub fn get_or_fill(
        self: &Arc<Self>,
        key: &str,
        now: f64,
    ) -> Result<Value, oneshot::Receiver<Outcome>> {
        let (sender, receiver) = oneshot::channel();
        let key: Arc<str> = key.into();
        {
            let mut state = self.lock();
            if let Some(value) = state.get(&key, now) {
                return Ok(value);
            }
            if let Some(waiting) = state.filling.get_mut(&key) {
                waiting.push_back(sender);
                return Err(receiver);
            }
            state.filling.insert(key.clone(), VecDeque::new());
        }
        let _ = sender.send(Outcome::Turn(self.turn(key)));
        Err(receiver)
    }

    pub fn delete(&self, key: &str) {
        self.lock().remove(key);
    }

    fn turn(self: &Arc<Self>, key: Arc<str>) -> Turn {
        Turn {
            store: self.clone(),
            key,
            filled: false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No operation leaves the state half changed when it panics on a bug.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Stores the value and gives it to all who wait.
    pub fn fill(mut self, value: &Value, expires: Option<f64>, now: f64) {
        self.filled = true;
        let waiting = {
            let mut state = self.store.lock();
            state.put(&self.key, value, expires, now);
            state.filling.remove(&self.key)
        };
        for waiter in waiting.into_iter().flatten() {
            let _ = waiter.send(Outcome::Value(value.clone()));
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.filled {
            return;
        }
        loop {
            let next = {
                let mut state = self.store.lock();
                let next = state
                    .filling
                    .get_mut(&self.key)
                    .and_then(VecDeque::pop_front);
                if next.is_none() {
                    state.filling.remove(&self.key);
                }
                next
            };
            let Some(next) = next else { return };
            let mut turn = self.store.turn(self.key.clone());
            if next.is_canceled() {
                // Its event has gone: this loop goes on instead.
                turn.filled = true;
                continue;
            }
            // One who has gone meanwhile gives it back, and its drop passes it on.
            let _ = next.send(Outcome::Turn(turn));
            return;
        }
    }
}

impl State {
    fn get(&mut self, key: &str, now: f64) -> Option<Value> {
        let entry = self.entries.get(key)?;
        if has_expired(entry.expires, now) {
            self.remove(key);
            return None;
        }
        let used = self.tick();
        let (key, _) = self.entries.get_key_value(key)?;
        let key = key.clone();
        let entry = self.entries.get_mut(&key)?;
        self.by_use.remove(&entry.used);
        entry.used = used;
        let value = entry.value.clone();
        self.by_use.insert(used, key);
        Some(value)
    }

    /// Stores a value; one that is too large or too old takes the key's old value away.
    fn put(&mut self, key: &Arc<str>, value: &Value, expires: Option<f64>, now: f64) {
        self.remove(key);
        let size = value.len() as u64;
        if size > self.limits.value_size || has_expired(expires, now) {
            return;
        }
        while self.entries.len() >= self.limits.keys
            || self.total + size > self.limits.total_value_size
        {
            if !self.evict(now) {
                return;
            }
        }
        let used = self.tick();
        self.total += size;
        self.by_use.insert(used, key.clone());
        if let Some(expires) = expires {
            self.by_expiry.insert((in_order(expires), key.clone()));
        }
        let entry = Entry {
            value: value.clone(),
            used,
            expires,
        };
        self.entries.insert(key.clone(), entry);
    }

    /// Makes room: an entry that has expired goes first, else the one that was not used for longest.
    fn evict(&mut self, now: f64) -> bool {
        let expired = self.by_expiry.first().map(|(_, key)| key.clone());
        let expired = expired.filter(|key| {
            let entry = self.entries.get(key);
            entry.is_some_and(|entry| has_expired(entry.expires, now))
        });
        let oldest = || self.by_use.first_key_value().map(|(_, key)| key.clone());
        match expired.or_else(oldest) {
            Some(key) => {
                self.remove(&key);
                true
            }
            None => false,
        }
    }

    fn remove(&mut self, key: &str) {
        if let Some((key, entry)) = self.entries.remove_entry(key) {
            self.total -= entry.value.len() as u64;
            self.by_use.remove(&entry.used);
            if let Some(expires) = entry.expires {
                self.by_expiry.remove(&(in_order(expires), key));
            }
        }
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }
}

fn has_expired(expires: Option<f64>, now: f64) -> bool {
    expires.is_some_and(|expires| expires < now)
}

/// A number that is ordered as the times are (IEEE 754 total order).
fn in_order(time: f64) -> u64 {
    let bits = time.to_bits();
    if bits >> 63 == 0 {
        bits | 1 << 63
    } else {
        !bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(keys: usize, value_size: u64, total_value_size: u64) -> Arc<Store> {
        let store = Arc::<Store>::default();
        store.allow(Limits {
            keys,
            value_size,
            total_value_size,
        });
        store
    }

    fn turn(store: &Arc<Store>, key: &str) -> Turn {
        let mut receiver = store.get_or_fill(key, 0.0).expect_err("no value yet");
        match receiver.try_recv() {
            Ok(Some(Outcome::Turn(turn))) => turn,
            other => panic!("no turn: {other:?}"),
        }
    }

    fn put(store: &Arc<Store>, key: &str, size: usize, expires: Option<f64>) {
        turn(store, key).fill(&vec![0; size].into(), expires, 0.0);
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let store = store(2, 10, 100);
        put(&store, "a", 1, None);
        put(&store, "b", 1, None);
        assert!(store.get("a", 0.0).is_some());
        put(&store, "c", 1, None);
        assert!(store.get("b", 0.0).is_none());
        assert!(store.get("a", 0.0).is_some());
    }

    #[test]
    fn sizes_are_bounded() {
        let store = store(9, 6, 10);
        put(&store, "a", 7, None);
        assert!(store.get("a", 0.0).is_none());
        put(&store, "a", 6, None);
        put(&store, "b", 6, None);
        assert!(store.get("a", 0.0).is_none());
        assert!(store.get("b", 0.0).is_some());
    }

    #[test]
    fn what_has_expired_is_gone_and_goes_first() {
        let store = store(2, 10, 100);
        put(&store, "short", 1, Some(5.0));
        put(&store, "long", 1, Some(50.0));
        assert!(store.get("short", 5.0).is_some());
        assert!(store.get("short", 6.0).is_none());
        put(&store, "other", 1, None);
        let late = turn(&store, "late");
        late.fill(&vec![0].into(), None, 60.0);
        assert!(store.get("other", 60.0).is_some());
    }

    #[test]
    fn who_waits_gets_the_value_or_the_turn() {
        let store = store(2, 10, 100);
        let first = turn(&store, "a");
        let gone = store.get_or_fill("a", 0.0).expect_err("being filled");
        let mut second = store.get_or_fill("a", 0.0).expect_err("being filled");
        let mut third = store.get_or_fill("a", 0.0).expect_err("being filled");
        drop(gone);
        drop(first);
        let Ok(Some(Outcome::Turn(turn))) = second.try_recv() else {
            panic!("the turn goes on");
        };
        turn.fill(&vec![7].into(), None, 0.0);
        assert!(matches!(third.try_recv(), Ok(Some(Outcome::Value(value))) if *value == [7]));
        assert!(store.get_or_fill("a", 0.0).is_ok());
    }
}
