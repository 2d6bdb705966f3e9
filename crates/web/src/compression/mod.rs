//! Compression: the Compression standard's streams, and the content-codings of HTTP bodies.
//!
//! | module | what |
//! | --- | --- |
//! | [`codec`] | one interface to all formats, a bounded piece at a time |
//! | [`coding`] | bodies that are coded or decoded as they are read |
//! | [`stream`] | the classes |

pub mod codec;
mod coding;
pub mod stream;

pub use coding::{decoded, encoded};
