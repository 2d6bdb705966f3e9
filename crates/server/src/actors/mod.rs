//! The Durable Objects of one loop.
//!
//! | module | what |
//! | --- | --- |
//! | [`namespace`] | the live objects of one namespace, and which of them are let go of |
//! | [`container`] | one object: it may be running or not |

mod container;
mod namespace;

pub use namespace::Namespace;
