//! Web standards as a Worker sees them.

mod abort;
mod encoding;
mod events;
mod global_scope;
mod legacy_url;
mod scope;
mod url;
