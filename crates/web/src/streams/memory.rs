//! Bytes in memory that a body or a stream is made of. They belong to the event that made it, as what comes from outside
//! does: a Worker is not to find out by chance which of its bodies others can read.

use bytes::Bytes;
use io::Owner;
use jsg::{Lock, Result};

/// How I/O objects that streams read from are called.
pub const SOURCE: &str = "ReadableStreamSource>";

/// See the module.
#[derive(Debug, Clone)]
pub struct Memory {
    bytes: Bytes,
    owner: Owner,
}

impl Memory {
    /// Bytes of the current event.
    pub fn new(js: &Lock<'_, '_>, bytes: impl Into<Bytes>) -> Self {
        Self {
            bytes: bytes.into(),
            owner: Owner::current(js),
        }
    }

    /// What stands for a source that only another event may touch.
    pub fn foreign(owner: Owner) -> Self {
        Self {
            bytes: Bytes::new(),
            owner,
        }
    }

    pub fn owner(&self) -> Owner {
        self.owner
    }

    pub fn length(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes.
    ///
    /// # Errors
    /// Another event owns them.
    pub fn get(&self, js: &Lock<'_, '_>) -> Result<&Bytes> {
        self.owner.check(js, SOURCE)?;
        Ok(&self.bytes)
    }

    /// Takes bytes from the front.
    ///
    /// # Errors
    /// Another event owns them.
    pub fn split_to(&mut self, js: &Lock<'_, '_>, limit: usize) -> Result<Bytes> {
        self.owner.check(js, SOURCE)?;
        let count = self.bytes.len().min(limit);
        Ok(self.bytes.split_to(count))
    }
}
