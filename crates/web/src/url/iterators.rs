//! The iterators of both kinds of `URLSearchParams`: live, by position.

use crate::iterator::{LivePairs, iterators};

/// Those of the standard's lists.
pub mod standard {
    use super::{LivePairs, iterators};
    use crate::url::UrlSearchParams;

    iterators! {
        /// Of `params.entries()`.
        EntryIterator(LivePairs<UrlSearchParams>);
        /// Of `params.keys()`.
        KeyIterator(LivePairs<UrlSearchParams>);
        /// Of `params.values()`.
        ValueIterator(LivePairs<UrlSearchParams>);
    }
}

/// Those of lists older than `url_standard`.
pub mod legacy {
    use super::{LivePairs, iterators};
    use crate::url::LegacyUrlSearchParams;

    iterators! {
        /// Of `params.entries()`.
        EntryIterator(LivePairs<LegacyUrlSearchParams>);
        /// Of `params.keys()`.
        KeyIterator(LivePairs<LegacyUrlSearchParams>);
        /// Of `params.values()`.
        ValueIterator(LivePairs<LegacyUrlSearchParams>);
    }
}
