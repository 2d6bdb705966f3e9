//! The configuration of a process: read from text or binary, turned into plain types, and validated.
//!
//! * [`model`] holds the types that the rest of the program uses.

#![forbid(unsafe_code)]

pub mod model;

pub use model::Config;
