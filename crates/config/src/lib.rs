//! The configuration of a process: read from text or binary, turned into plain types, and validated.
//!
//! * [`load_text`] and [`load_binary`] make a [`Config`]; both go through the same message form.
//! * [`model`] holds the types that the rest of the program uses.
//! * [`Overrides::apply`] puts in what the command line replaces, [`validate`] finds every mistake, and
//!   [`unsupported`] names what is valid but not built yet.

#![forbid(unsafe_code)]

mod error;
mod keys;
mod links;
mod load;
pub mod model;
mod overrides;
mod problem;
mod read;
mod unsupported;
mod validate;

pub use capnp_text::{Diagnostic, FileSystem};
pub use error::LoadError;
pub use keys::{ImportableKey, importable_key};
pub use links::{Reference, references};
pub use load::{Loaded, load_binary, load_text, reframed};
pub use model::Config;
pub use overrides::Overrides;
pub use problem::{Problem, Stage, experimental};
pub use unsupported::unsupported;
pub use validate::{Permissions, validate};
