//! Stops what never returns: one thread looks at all loops now and then, and terminates an isolate
//! that one stretch of guest code has kept for too long.
//!
//! The loops pay two atomic stores a stretch, and an uncontended lock when a stretch is another
//! isolate's than the one before. Time is counted in ticks of the watchdog, so a limit is exact to one
//! tick.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use jsg::js::IsolateHandle;
use jsg::{Condemned, Isolate};

/// How often the watchdog looks.
const TICK: Duration = Duration::from_millis(20);

/// What a loop shows to the watchdog.
#[derive(Default)]
pub struct LoopWatch {
    /// Odd while guest code runs; grows with every change.
    sequence: AtomicU64,
    /// The isolate of the last stretch: its id, and how to reach it.
    isolate: AtomicU64,
    running: Mutex<Option<IsolateHandle>>,
    /// The sequence number of the stretch that the watchdog has terminated last.
    terminated: AtomicU64,
}

thread_local! {
    static WATCH: RefCell<Option<Arc<LoopWatch>>> = const { RefCell::new(None) };
}

/// Ends a stretch, also when it unwinds.
struct Stretch<'a>(&'a LoopWatch);

impl Drop for Stretch<'_> {
    fn drop(&mut self) {
        self.0.sequence.fetch_add(1, Ordering::Relaxed);
    }
}

/// Runs one stretch of guest code under the watch of this thread's loop, if it has one. A stretch
/// inside another belongs to the outer one.
pub fn guard<R>(isolate: &Isolate, body: impl FnOnce() -> R) -> R {
    let watch = WATCH.with(|watch| watch.borrow().clone());
    let Some(watch) = watch else { return body() };
    if watch.sequence.load(Ordering::Relaxed) % 2 == 1 {
        return body();
    }
    if watch.isolate.load(Ordering::Relaxed) != isolate.id()
        && let Ok(mut running) = watch.running.lock()
    {
        running.replace(isolate.thread_safe_handle());
        watch.isolate.store(isolate.id(), Ordering::Relaxed);
    }
    let stretch = watch.sequence.fetch_add(1, Ordering::Relaxed) + 1;
    let result = {
        let _stretch = Stretch(&watch);
        body()
    };
    if watch.terminated.load(Ordering::Relaxed) == stretch {
        isolate.condemn(Condemned::Time);
    }
    result
}

/// The watching thread. It ends when the last clone is dropped.
#[derive(Clone)]
pub struct Watchdog {
    loops: Arc<Mutex<Vec<Weak<LoopWatch>>>>,
}

impl Watchdog {
    /// Starts the thread. `limit` is the longest stretch of guest code that is let run.
    pub fn start(limit: Duration) -> std::io::Result<Self> {
        let loops: Arc<Mutex<Vec<Weak<LoopWatch>>>> = Arc::default();
        let seen = Arc::downgrade(&loops);
        std::thread::Builder::new()
            .name("watchdog".into())
            .spawn(move || {
                let mut history: Vec<(Weak<LoopWatch>, u64, u32)> = Vec::new();
                let limit = u32::try_from(limit.as_millis() / TICK.as_millis())
                    .unwrap_or(u32::MAX)
                    .max(1);
                loop {
                    std::thread::sleep(TICK);
                    let Some(loops) = seen.upgrade() else { return };
                    if let Ok(mut fresh) = loops.lock() {
                        history.extend(fresh.drain(..).map(|watch| (watch, 0, 0)));
                    }
                    history.retain_mut(|(watch, last, ticks)| {
                        let Some(watch) = watch.upgrade() else {
                            return false;
                        };
                        let now = watch.sequence.load(Ordering::Relaxed);
                        *ticks = if now == *last && now % 2 == 1 {
                            *ticks + 1
                        } else {
                            0
                        };
                        *last = now;
                        if *ticks > limit
                            && let Ok(running) = watch.running.lock()
                            && let Some(handle) = &*running
                        {
                            watch.terminated.store(now, Ordering::Relaxed);
                            handle.terminate_execution();
                        }
                        true
                    });
                }
            })?;
        Ok(Self { loops })
    }

    /// Puts this thread under watch for as long as the result lives.
    pub fn watch_this_thread(&self) -> Arc<LoopWatch> {
        let watch = Arc::new(LoopWatch::default());
        if let Ok(mut loops) = self.loops.lock() {
            loops.push(Arc::downgrade(&watch));
        }
        WATCH.with(|current| current.replace(Some(watch.clone())));
        watch
    }
}
