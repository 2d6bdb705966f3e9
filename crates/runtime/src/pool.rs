//! Warm isolates: created before they are needed, so that a new Worker costs compilation and
//! evaluation only.
//!
//! A thread of its own makes them for all loops and sends each to the loop that will keep it, so a loop
//! never stops for one unless it needs more than the thread can make. An isolate's templates depend on
//! the flags of its Worker, so a pool keeps isolates of the kinds that its loop has Workers to start of.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{OnceLock, mpsc as orders};

use compat::FlagSet;
use jsg::{Isolate, IsolateOptions};
use tokio::sync::mpsc;

use crate::definition::Limits;

/// Isolates kept for each kind, as long as there are as many Workers left to start.
const DEPTH: usize = 8;
/// Kinds that a pool keeps isolates of; Workers of others start cold.
const MOST_KINDS: usize = 4;

/// What an isolate is made for.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Kind {
    flags: FlagSet,
    heap: Option<usize>,
}

/// See the module. One a loop.
pub struct Pool {
    shelves: RefCell<Vec<Shelf>>,
    reply: mpsc::UnboundedSender<Delivery>,
    deliveries: Cell<Option<mpsc::UnboundedReceiver<Delivery>>>,
}

struct Shelf {
    kind: Kind,
    ready: Vec<Rc<Isolate>>,
    /// On their way.
    ordered: usize,
    /// Workers of this kind that are still to be started.
    expected: usize,
}

/// An isolate on its way to a loop.
struct Delivery {
    kind: Kind,
    isolate: jsg::Detached,
}

struct Order {
    kind: Kind,
    reply: mpsc::UnboundedSender<Delivery>,
}

/// An isolate with our globals and nothing of a Worker's own.
pub fn create(flags: FlagSet, limits: Limits) -> Isolate {
    let isolate = Isolate::new(IsolateOptions {
        flags,
        global: <web::global_scope::ServiceWorkerGlobalScope as jsg::Class>::info(),
        heap_limit: limits.heap,
    });
    isolate.enter(|js| {
        web::global_scope::create(js);
    });
    isolate
}

impl Default for Pool {
    fn default() -> Self {
        let (reply, deliveries) = mpsc::unbounded_channel();
        Self {
            shelves: RefCell::default(),
            reply,
            deliveries: Cell::new(Some(deliveries)),
        }
    }
}

impl Pool {
    /// Tells the pool that one more Worker of this kind will be started.
    pub fn expect(&self, flags: FlagSet, limits: Limits) {
        let kind = Kind {
            flags,
            heap: limits.heap,
        };
        let mut shelves = self.shelves.borrow_mut();
        let known = shelves.iter().position(|shelf| shelf.kind == kind);
        let index = match known {
            Some(index) => index,
            None if shelves.len() < MOST_KINDS => {
                shelves.push(Shelf {
                    kind,
                    ready: Vec::new(),
                    ordered: 0,
                    expected: 0,
                });
                shelves.len() - 1
            }
            None => return,
        };
        shelves[index].expected += 1;
        shelves[index].order(&self.reply);
    }

    /// A warm isolate if there is one, else a new one.
    pub fn take(&self, flags: &FlagSet, limits: Limits) -> Rc<Isolate> {
        let kind = Kind {
            flags: *flags,
            heap: limits.heap,
        };
        let warm = self
            .shelves
            .borrow_mut()
            .iter_mut()
            .find(|shelf| shelf.kind == kind)
            .and_then(|shelf| {
                let warm = shelf.ready.pop();
                shelf.expected = shelf.expected.saturating_sub(1);
                shelf.order(&self.reply);
                warm
            });
        warm.unwrap_or_else(|| Rc::new(create(*flags, limits)))
    }

    /// Takes in what was ordered. A task of the loop; it ends with it.
    pub async fn receive(&self) {
        let Some(mut deliveries) = self.deliveries.take() else {
            return;
        };
        while let Some(Delivery { kind, isolate }) = deliveries.recv().await {
            // Between polls of the loop's tasks nobody is inside an isolate.
            let isolate = Rc::new(isolate.attach());
            let mut shelves = self.shelves.borrow_mut();
            if let Some(shelf) = shelves.iter_mut().find(|shelf| shelf.kind == kind) {
                shelf.ordered = shelf.ordered.saturating_sub(1);
                if shelf.ready.len() < shelf.expected {
                    shelf.ready.push(isolate);
                }
            }
        }
    }
}

impl Shelf {
    /// Orders what is missing.
    fn order(&mut self, reply: &mpsc::UnboundedSender<Delivery>) {
        while self.ready.len() + self.ordered < self.expected.min(DEPTH) {
            let order = Order {
                kind: self.kind,
                reply: reply.clone(),
            };
            // Without the thread Workers start cold.
            let Some(Ok(())) = factory().map(|factory| factory.send(order)) else {
                return;
            };
            self.ordered += 1;
        }
    }
}

/// The thread that makes isolates, started with the first order; `None` if it cannot be.
fn factory() -> Option<&'static orders::Sender<Order>> {
    static FACTORY: OnceLock<Option<orders::Sender<Order>>> = OnceLock::new();
    FACTORY
        .get_or_init(|| {
            // A thread gets its access to V8's tables from the one that starts it: V8 comes first.
            jsg::engine::init(&jsg::engine::EngineOptions::default());
            let (sender, orders) = orders::channel::<Order>();
            std::thread::Builder::new()
                .name("isolates".to_owned())
                .spawn(move || {
                    for Order { kind, reply } in orders {
                        if reply.is_closed() {
                            continue;
                        }
                        let isolate = create(kind.flags, Limits { heap: kind.heap }).detach();
                        // A loop that has ended meanwhile wants it no more.
                        let _ = reply.send(Delivery { kind, isolate });
                    }
                })
                .ok()
                .map(|_| sender)
        })
        .as_ref()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn kept(pool: &Pool) -> usize {
        pool.shelves
            .borrow()
            .iter()
            .map(|shelf| shelf.ready.len())
            .sum()
    }

    #[test]
    fn isolates_are_there_for_the_workers_to_come_and_no_longer() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        let (flags, limits) = (FlagSet::default(), Limits::default());
        tokio::task::LocalSet::new().block_on(&runtime, async {
            let pool = Rc::new(Pool::default());
            pool.expect(flags, limits);
            pool.expect(flags, limits);
            let receiver = pool.clone();
            tokio::task::spawn_local(async move { receiver.receive().await });
            let filled = async {
                while kept(&pool) < 2 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(60), filled)
                .await
                .expect("the thread makes isolates");
            for left in [1, 0] {
                let isolate = pool.take(&flags, limits);
                isolate.enter(|js| {
                    let result = jsg::run_script(js, "typeof fetch", "test.js");
                    let result = result.expect("the script runs");
                    assert_eq!(result.to_rust_string_lossy(js), "function");
                });
                assert_eq!(kept(&pool), left);
            }
            assert!(pool.shelves.borrow()[0].ordered == 0);
            drop(pool.take(&flags, limits));
        });
    }
}
