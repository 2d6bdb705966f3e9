//! The loop of whoever reads a stream chunk after chunk from Rust.
//!
//! A chunk that is there already is given during the read itself: were the next read made from there, a long queue would need
//! a deep stack.

use std::cell::Cell;

/// Whether the loop runs, and whether it is to go round once more.
#[derive(Default, jsg::Trace)]
pub struct Rounds {
    running: Cell<bool>,
    again: Cell<bool>,
}

impl Rounds {
    /// Runs `round`; called from within one, it only asks for another when that has returned.
    pub fn run(&self, mut round: impl FnMut()) {
        if self.running.replace(true) {
            return self.again.set(true);
        }
        loop {
            self.again.set(false);
            round();
            if !self.again.get() {
                break;
            }
        }
        self.running.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_that_asks_for_another_has_returned_before_it() {
        let rounds = Rounds::default();
        let (depth, count) = (Cell::new(0), Cell::new(0));
        let round = || {
            depth.set(depth.get() + 1);
            assert_eq!(depth.get(), 1);
            count.set(count.get() + 1);
            if count.get() < 4 {
                rounds.run(|| panic!("it runs already"));
            }
            depth.set(depth.get() - 1);
        };
        rounds.run(round);
        assert_eq!(count.get(), 4);
        rounds.run(round);
        assert_eq!(count.get(), 5);
    }
}
