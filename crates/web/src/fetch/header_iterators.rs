//! The iterators of `Headers`: over a copy.

use super::headers::DisplayedHeader;
use crate::iterator::{Items, iterators};

iterators! {
    /// Of `headers.entries()`.
    EntryIterator(Items<DisplayedHeader>);
    /// Of `headers.keys()`.
    KeyIterator(Items<String>);
    /// Of `headers.values()`.
    ValueIterator(Items<String>);
}
