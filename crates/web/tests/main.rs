//! Web standards as a Worker sees them.

mod encoding;
mod url;
