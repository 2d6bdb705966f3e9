//! Warm isolates: created before they are needed, so that a new Worker costs compilation and
//! evaluation only.
//!
//! An isolate's templates depend on the flags of its Worker, so the pool keeps isolates for the flag
//! sets it has been told to expect; another set is served cold.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use compat::FlagSet;
use jsg::{Isolate, IsolateOptions};
use tokio::sync::Notify;

use crate::definition::Limits;

/// Isolates kept for each flag set.
const DEPTH: usize = 2;
/// Flag sets that a pool keeps isolates for; Workers with others start cold.
const MOST_KINDS: usize = 4;
/// Requests that wait go before the pool: an isolate takes about a millisecond to make.
const PAUSE: Duration = Duration::from_millis(5);

struct Shelf {
    flags: FlagSet,
    heap: usize,
    ready: Vec<Rc<Isolate>>,
}

/// See the module. One a loop.
#[derive(Default)]
pub struct Pool {
    shelves: RefCell<Vec<Shelf>>,
    taken: Notify,
}

/// An isolate with our globals and nothing of a Worker's own.
pub fn create(flags: FlagSet, limits: Limits) -> Rc<Isolate> {
    let isolate = Isolate::new(IsolateOptions {
        flags,
        global: <web::global_scope::ServiceWorkerGlobalScope as jsg::Class>::info(),
        heap_limit: limits.heap,
    });
    isolate.enter(|js| {
        web::global_scope::create(js);
    });
    Rc::new(isolate)
}

impl Pool {
    /// Tells the pool that isolates of this kind will be wanted.
    pub fn expect(&self, flags: FlagSet, limits: Limits) {
        let mut shelves = self.shelves.borrow_mut();
        if shelves.len() < MOST_KINDS
            && !shelves
                .iter()
                .any(|shelf| shelf.flags == flags && shelf.heap == limits.heap)
        {
            shelves.push(Shelf {
                flags,
                heap: limits.heap,
                ready: Vec::new(),
            });
        }
    }

    /// A warm isolate if there is one, else a new one.
    pub fn take(&self, flags: &FlagSet, limits: Limits) -> Rc<Isolate> {
        let warm = self
            .shelves
            .borrow_mut()
            .iter_mut()
            .find(|shelf| shelf.flags == *flags && shelf.heap == limits.heap)
            .and_then(|shelf| shelf.ready.pop());
        self.taken.notify_one();
        warm.unwrap_or_else(|| create(*flags, limits))
    }

    /// Keeps the pool full, one isolate at a time with pauses between. Never returns: a task of the loop.
    pub async fn keep_full(&self) {
        loop {
            tokio::time::sleep(PAUSE).await;
            if !self.refill_one() {
                self.taken.notified().await;
            }
        }
    }

    /// Makes one isolate that is wanted; false when none is.
    pub fn refill_one(&self) -> bool {
        let wanted = self
            .shelves
            .borrow()
            .iter()
            .find(|shelf| shelf.ready.len() < DEPTH)
            .map(|shelf| (shelf.flags, shelf.heap));
        let Some((flags, heap)) = wanted else {
            return false;
        };
        let isolate = create(flags, Limits { heap });
        let mut shelves = self.shelves.borrow_mut();
        if let Some(shelf) = shelves
            .iter_mut()
            .find(|shelf| shelf.flags == flags && shelf.heap == heap)
        {
            shelf.ready.push(isolate);
        }
        true
    }
}
