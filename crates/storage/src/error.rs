//! What can go wrong with an object's storage.

use std::path::Path;
use std::sync::Arc;

/// A failure, by who is to blame.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The engine refused: the guest's mistake in `sql`, ours or the disk's elsewhere.
    #[error(transparent)]
    Engine(#[from] sqlite::Error),
    /// The engine refused a statement of ours: the file is damaged, or of something else.
    #[error("{}: {error}", file.display())]
    File {
        file: Arc<Path>,
        error: sqlite::Error,
    },
    /// What belongs to the object beside the file cannot be used.
    #[error("{0}")]
    Disk(String),
    /// The object cannot be used any more; the text says why.
    #[error("{0}")]
    Broken(String),
    /// Objects without files have too much in memory.
    #[error(
        "Durable Object's isolate exceeded its memory limit due to overflowing the storage cache. This could be due to \
         writing too many values to storage without stopping to wait for writes to complete, or due to reading too many values \
         in a single operation (e.g. a large list()). All objects in the isolate were reset."
    )]
    TooMuchMemory,
    /// Two `kv.list()` at the same time.
    #[error(
        "kv.list() iterator was invalidated because a new call to kv.list() was started. Only one kv.list() iterator can exist at a time."
    )]
    ListReplaced,
    /// The guest's mistake, in words for it.
    #[error("{0}")]
    Usage(&'static str),
}

impl Error {
    /// Whether the guest may see the text. What it may not see is logged and becomes an internal error.
    pub fn is_for_guests(&self) -> bool {
        match self {
            Self::Engine(error) => error.is_too_big(),
            Self::File { .. } | Self::Disk(_) => false,
            Self::Broken(_) | Self::TooMuchMemory | Self::ListReplaced | Self::Usage(_) => true,
        }
    }
}
