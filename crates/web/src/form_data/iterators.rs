//! The iterators of `FormData`: live, by position.

use super::FormData;
use crate::iterator::{LivePairs, iterators};

iterators! {
    /// Of `form.entries()`.
    EntryIterator(LivePairs<FormData>);
    /// Of `form.keys()`.
    KeyIterator(LivePairs<FormData>);
    /// Of `form.values()`.
    ValueIterator(LivePairs<FormData>);
}
