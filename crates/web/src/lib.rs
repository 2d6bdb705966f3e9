//! Web standards, one module per standard.
//!
//! Every class and function that a Worker's global scope offers is a row of [`globals`]; the global
//! object itself is in [`global_scope`].
#![deny(unsafe_code)]
