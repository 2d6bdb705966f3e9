//! What can go wrong with an object's storage.

/// A failure, by who is to blame.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The engine refused: the guest's mistake in `sql`, ours or the disk's elsewhere.
    #[error(transparent)]
    Engine(#[from] sqlite::Error),
    /// The object cannot be used any more; the text says why.
    #[error("{0}")]
    Broken(String),
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
            Self::Broken(_) | Self::ListReplaced | Self::Usage(_) => true,
        }
    }
}
