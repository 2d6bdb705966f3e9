//! The standard streams: what is written there is cut into lines, which the embedder shows.

use std::cell::{Cell, RefCell};

/// The most bytes that one write takes.
const MOST_WRITTEN: usize = 16 << 10;

/// The most bytes of a line that has not ended; of a longer one the end is kept.
const MOST_KEPT: usize = 4096;

/// Descriptor 0, 1 or 2.
#[derive(Debug)]
pub struct Standard {
    descriptor: i32,
    /// What has been written of the line that goes on.
    line: RefCell<Vec<u8>>,
    /// Whether somebody will come for it.
    is_awaited: Cell<bool>,
}

/// A line without its end.
pub type Line = Vec<u8>;

impl Standard {
    pub(crate) fn new(descriptor: i32) -> Self {
        Self {
            descriptor,
            line: RefCell::default(),
            is_awaited: Cell::new(false),
        }
    }

    pub fn descriptor(&self) -> i32 {
        self.descriptor
    }

    /// How much of `length` bytes a write takes.
    pub fn accepts(length: usize) -> usize {
        length.min(MOST_WRITTEN)
    }

    /// Takes the first line out of `data`, with what was written of it before. Without an end of line in it, keeps
    /// all and gives nothing.
    pub fn next_line(&self, data: &mut &[u8]) -> Option<Line> {
        let mut line = self.line.borrow_mut();
        let Some(end) = data.iter().position(|byte| *byte == b'\n') else {
            line.extend_from_slice(data);
            let excess = line.len().saturating_sub(MOST_KEPT);
            line.drain(..excess);
            *data = &[];
            return None;
        };
        let mut whole = std::mem::take(&mut *line);
        whole.extend_from_slice(&data[..end]);
        *data = &data[end + 1..];
        Some(whole)
    }

    /// Whether somebody has to be told to [`flush`](Self::flush) soon: once for each time.
    pub fn wants_flush(&self) -> bool {
        !self.line.borrow().is_empty() && !self.is_awaited.replace(true)
    }

    /// The line that has not ended.
    pub fn flush(&self) -> Option<Line> {
        self.is_awaited.set(false);
        let line = self.line.take();
        (!line.is_empty()).then_some(line)
    }
}
