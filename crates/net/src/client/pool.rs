//! Connections that wait for their next request.
//!
//! The one used last is taken first, so that those not needed grow old. One task ticks while there are idle
//! connections and closes the old ones; so a request costs no timer.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::time::Duration;

use tokio::sync::Notify;

use super::connection::Connection;
use super::multiplexed::Multiplexed;

/// How long a connection may wait, in ticks.
const IDLE_TICKS: u32 = 15;
const TICK: Duration = Duration::from_secs(1);
/// Connections that wait for one origin, and in all.
const IDLE_PER_ORIGIN: usize = 128;
const IDLE: usize = 1024;

/// See the module.
#[derive(Default)]
pub struct Pool {
    /// In plain text, and over TLS.
    idle: [RefCell<HashMap<Box<str>, Vec<Idle>>>; 2],
    /// HTTP/2, one for each origin.
    shared: RefCell<HashMap<Box<str>, Shared>>,
    count: Cell<usize>,
    now: Cell<u32>,
    ticking: Cell<bool>,
    /// Connections do not grow old.
    lasting: bool,
    /// Tells that a connection has come back, or come to its end.
    pub freed: Notify,
}

struct Idle {
    connection: Connection,
    since: u32,
}

struct Shared {
    connection: Multiplexed,
    last_used: u32,
}

impl Pool {
    /// One whose connections are kept for as long as itself.
    pub fn lasting() -> Rc<Self> {
        Rc::new(Self {
            lasting: true,
            ..Self::default()
        })
    }

    /// Whether its connections are kept for as long as itself.
    pub fn is_lasting(&self) -> bool {
        self.lasting
    }

    /// The connection that requests to an origin share.
    pub fn multiplexed(&self, key: &str) -> Option<Multiplexed> {
        let mut all = self.shared.borrow_mut();
        let shared = all.get_mut(key)?;
        if shared.connection.is_closed() {
            all.remove(key);
            return None;
        }
        shared.last_used = self.now.get();
        Some(shared.connection.clone())
    }

    /// Lets others share a connection. The one before, if any, ends with its last request.
    pub fn share(self: &Rc<Self>, key: &str, connection: Multiplexed) {
        let shared = Shared {
            connection,
            last_used: self.now.get(),
        };
        self.shared.borrow_mut().insert(key.into(), shared);
        self.start_ticking();
    }

    fn start_ticking(self: &Rc<Self>) {
        if !self.lasting && !self.ticking.replace(true) {
            tokio::task::spawn_local(tick(Rc::downgrade(self)));
        }
    }

    /// A connection that can take a request now.
    pub fn take(&self, key: &str, secure: bool) -> Option<Connection> {
        let mut idle = self.idle[usize::from(secure)].borrow_mut();
        let waiting = idle.get_mut(key)?;
        while let Some(Idle { connection, .. }) = waiting.pop() {
            self.count.set(self.count.get() - 1);
            if connection.is_ready() {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection for the next request; closes it when enough wait already.
    pub fn put(self: &Rc<Self>, connection: Connection) {
        if self.count.get() >= IDLE {
            return;
        }
        let mut idle = self.idle[usize::from(connection.is_secure())].borrow_mut();
        let waiting = match idle.get_mut(connection.key()) {
            Some(waiting) => waiting,
            None => idle.entry(connection.key().into()).or_default(),
        };
        if waiting.len() >= IDLE_PER_ORIGIN {
            return;
        }
        waiting.push(Idle {
            connection,
            since: self.now.get(),
        });
        drop(idle);
        self.count.set(self.count.get() + 1);
        self.freed.notify_waiters();
        self.start_ticking();
    }

    /// Closes those that have waited for too long, and forgets origins that have none.
    fn sweep(&self) {
        let now = self.now.get();
        let mut old = Vec::new();
        for idle in &self.idle {
            idle.borrow_mut().retain(|_, waiting| {
                let is_old = |idle: &mut Idle| {
                    now.wrapping_sub(idle.since) > IDLE_TICKS || !idle.connection.is_open()
                };
                old.extend(waiting.extract_if(.., is_old));
                !waiting.is_empty()
            });
        }
        self.count.set(self.count.get() - old.len());
        self.shared.borrow_mut().retain(|_, shared| {
            let idle = now.wrapping_sub(shared.last_used);
            idle <= IDLE_TICKS && !shared.connection.is_closed()
        });
    }
}

async fn tick(pool: Weak<Pool>) {
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    interval.tick().await;
    loop {
        interval.tick().await;
        let Some(pool) = pool.upgrade() else { return };
        pool.now.set(pool.now.get().wrapping_add(1));
        pool.sweep();
        if pool.count.get() == 0 && pool.shared.borrow().is_empty() {
            pool.ticking.set(false);
            return;
        }
    }
}
