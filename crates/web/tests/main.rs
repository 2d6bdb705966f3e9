//! Web standards as a Worker sees them.

mod abort;
mod encoding;
mod events;
mod fetch;
mod fetch_errors;
mod global_scope;
mod scope;
mod stream_errors;
mod streams;
mod url;
