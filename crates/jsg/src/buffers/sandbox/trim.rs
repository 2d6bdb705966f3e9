//! A thread that gives memory back when it is not used. It sleeps while there is none to give.

use std::sync::PoisonError;
use std::thread;
use std::time::Duration;

use super::Memory;

/// How long memory stays free before it goes: once to twice this.
const ROUND: Duration = Duration::from_secs(1);

/// What the thread does.
#[derive(Debug, PartialEq, Eq)]
pub enum Trimmer {
    /// It does not exist.
    None,
    Asleep,
    Awake,
}

/// Makes the thread look, of which `was` says what it did.
pub fn wake(memory: &'static Memory, was: Trimmer) {
    if was == Trimmer::Asleep {
        memory.wake.notify_one();
        return;
    }
    let spawned = thread::Builder::new()
        .name("buffers".into())
        .stack_size(128 << 10)
        .spawn(move || run(memory));
    if let Err(error) = spawned {
        tracing::warn!("memory of buffers stays with the process: {error}");
    }
}

fn run(memory: &'static Memory) -> ! {
    loop {
        thread::sleep(ROUND);
        let leaving = memory.lock().pool.stale();
        for range in &leaving {
            memory.give_back(range);
            memory.lock().pool.returned(range);
        }
        let mut state = memory.lock();
        if state.pool.is_dirty() {
            continue;
        }
        state.trimmer = Trimmer::Asleep;
        while state.trimmer == Trimmer::Asleep {
            state = memory
                .wake
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}
