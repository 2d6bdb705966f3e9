//! What objects without files may have in memory.
//!
//! In the real workerd such objects are entries of a cache, which all objects of an isolate share. Here those of a namespace
//! share as much, so that a guest that only ever writes takes no other's memory.

use std::cell::Cell;
use std::rc::Rc;

/// All objects that share a budget together, in bytes.
const LIMIT: u64 = 128 << 20;
/// After so many bytes it is looked how many there are really.
const STEP: usize = 64 << 10;

/// What the objects of a namespace have in memory together.
#[derive(Clone, Debug, Default)]
pub struct Budget(Rc<Cell<u64>>);

/// The part of one object.
#[derive(Debug)]
pub(crate) struct Part {
    budget: Budget,
    counted: Cell<u64>,
    written: Cell<usize>,
}

impl Part {
    pub(crate) fn new(budget: Budget) -> Self {
        Self {
            budget,
            counted: Cell::new(0),
            written: Cell::new(0),
        }
    }

    /// Something will be written. Whether it is time to count.
    pub(crate) fn note_write(&self, bytes: usize) -> bool {
        let written = self.written.get().saturating_add(bytes);
        let is_due = written >= STEP;
        self.written.set(if is_due { 0 } else { written });
        is_due
    }

    /// The object has so many bytes. Whether that is too much.
    pub(crate) fn count(&self, bytes: u64) -> bool {
        let others = self.budget.0.get().saturating_sub(self.counted.get());
        self.counted.set(bytes);
        self.budget.0.set(others + bytes);
        others + bytes > LIMIT
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.count(0);
    }
}
