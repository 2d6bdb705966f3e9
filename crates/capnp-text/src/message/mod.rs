//! Messages: the wire format, written by [`Builder`] and read by [`StructReader`].
//!
//! Invariants of reading, which hold for any bytes:
//! 1. Every access is bounds-checked against its segment.
//! 2. Nesting is limited, and so is the total number of words visited, so that pointers into shared or overlapping
//!    parts cannot multiply the work.

mod build;
mod pointer;
mod read;

pub(crate) use build::Builder;
pub use pointer::ReadError;
pub use read::{ListReader, StructReader};

use bytes::Bytes;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// As many segments as the real workerd accepts.
const MAX_SEGMENTS: u64 = 512;

/// An encoded message.
#[derive(Debug)]
pub struct Message {
    bytes: Bytes,
    segments: Vec<Range<usize>>,
    /// Words that may still be visited.
    budget: AtomicU64,
}

/// Why bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FramingError {
    /// The number of segments is beyond the limit.
    Segments(u64),
    /// There are no bytes at all.
    Empty,
    /// The bytes end before the message does.
    Truncated,
}

impl std::fmt::Display for FramingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FramingError::Segments(count) => write!(f, "Too many or too few segments {count}"),
            FramingError::Empty => f.write_str("Premature end of file"),
            FramingError::Truncated => f.write_str("failed to fill the whole buffer"),
        }
    }
}

impl std::error::Error for FramingError {}

impl Message {
    /// A message in stream framing: a table of segment sizes, then the segments. What follows is ignored.
    pub fn from_stream(bytes: Arc<[u8]>) -> Result<Message, FramingError> {
        if bytes.is_empty() {
            return Err(FramingError::Empty);
        }
        let count = u64::from(number(&bytes, 0)?) + 1;
        if count >= MAX_SEGMENTS {
            return Err(FramingError::Segments(count));
        }
        let count = count as usize;
        let mut start = (4 + 4 * count).next_multiple_of(8);
        let mut segments = Vec::with_capacity(count);
        for index in 0..count {
            let words = number(&bytes, 4 + 4 * index)? as usize;
            let end = words
                .checked_mul(8)
                .and_then(|size| start.checked_add(size));
            let end = end
                .filter(|end| *end <= bytes.len())
                .ok_or(FramingError::Truncated)?;
            segments.push(start..end);
            start = end;
        }
        // Each part is read about once; the slack covers the reading of small parts several times.
        let budget = bytes.len() as u64 + (1 << 20);
        Ok(Message {
            bytes: Bytes::from_owner(bytes),
            segments,
            budget: AtomicU64::new(budget),
        })
    }

    /// The stream framing of this message.
    pub fn to_stream(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bytes.len() + 8);
        out.extend_from_slice(&(self.segments.len() as u32 - 1).to_le_bytes());
        for segment in &self.segments {
            out.extend_from_slice(&(segment.len() as u32 / 8).to_le_bytes());
        }
        out.resize(out.len().next_multiple_of(8), 0);
        for segment in &self.segments {
            out.extend_from_slice(&self.bytes[segment.clone()]);
        }
        out
    }

    /// A message of ours, which is well formed.
    fn from_single_segment(bytes: Vec<u8>) -> Message {
        let range = 0..bytes.len();
        Message {
            bytes: bytes.into(),
            segments: vec![range],
            budget: AtomicU64::new(u64::MAX),
        }
    }

    fn segment(&self, index: usize) -> Option<&[u8]> {
        self.bytes.get(self.segments.get(index)?.clone())
    }

    fn charge(&self, words: u64) -> Result<(), ReadError> {
        let spend = |left: u64| match left {
            u64::MAX => Some(u64::MAX),
            left => left.checked_sub(words),
        };
        match self
            .budget
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend)
        {
            Ok(_) => Ok(()),
            Err(_) => Err(ReadError::TooMuch),
        }
    }
}

fn number(bytes: &[u8], at: usize) -> Result<u32, FramingError> {
    let bytes = bytes
        .get(at..at + 4)
        .and_then(|bytes| bytes.try_into().ok());
    bytes.map(u32::from_le_bytes).ok_or(FramingError::Truncated)
}
