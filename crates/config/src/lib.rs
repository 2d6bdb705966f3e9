//! The configuration of a process: read from text or binary, turned into plain types, and validated.
//!
//! * [`load_text`] and [`load_binary`] make a [`Config`]; both go through the same message form.
//! * [`model`] holds the types that the rest of the program uses.

#![forbid(unsafe_code)]

mod error;
mod load;
pub mod model;
mod read;

pub use capnp_text::{Diagnostic, FileSystem};
pub use error::LoadError;
pub use load::{Loaded, load_binary, load_text};
pub use model::Config;
