//! The File API: `Blob` and `File`.
//!
//! Contents are bytes outside of V8, shared by all the blobs that are parts of one another, and by the
//! bodies made of them.

mod blob;
#[expect(
    clippy::module_inception,
    reason = "the interface and the standard share their name"
)]
mod file;

pub use blob::Blob;
pub use file::File;
