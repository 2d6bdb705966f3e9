//! Web standards, one module per standard.
//!
//! Every class and function that a Worker's global scope offers is a row of [`globals`]; the global
//! object itself is in [`global_scope`].
#![deny(unsafe_code)]

pub mod base64;
pub mod encoding;
pub mod fetch;
pub mod iterator;
pub mod url;
