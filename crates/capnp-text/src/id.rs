//! Type ids: derived from the parent's id and a name, unless the source gives one.

use md5::{Digest, Md5};

/// The id of a declaration called `name` in `parent`.
pub(crate) fn child(parent: u64, name: &str) -> u64 {
    derive(parent, name.as_bytes())
}

/// The id of the group that is field number `index` of `parent`, counted in ordinal order.
pub(crate) fn group(parent: u64, index: u16) -> u64 {
    derive(parent, &index.to_le_bytes())
}

/// An id for a file that has none.
pub(crate) fn file(path: &str) -> u64 {
    derive(0, path.as_bytes())
}

fn derive(parent: u64, name: &[u8]) -> u64 {
    let digest = Md5::new()
        .chain_update(parent.to_le_bytes())
        .chain_update(name)
        .finalize();
    let head = digest
        .iter()
        .take(8)
        .fold(0, |id, byte| id << 8 | u64::from(*byte));
    head | 1 << 63
}
