//! Web standards, one module per standard.
//!
//! Every class and function that a Worker's global scope offers is a row of [`globals`]; the global
//! object itself is in [`global_scope`].
#![deny(unsafe_code)]

pub mod argument;
mod global_fetch;

pub mod abort;
pub mod base64;
pub mod cloudflare;
pub mod compression;
pub mod console;
pub mod encoding;
pub mod event_source;
pub mod events;
pub mod execution_context;
pub mod fetch;
pub mod file;
pub mod file_system;
pub mod form_data;
pub mod frame;
pub mod global_scope;
pub mod globals;
pub mod iterator;
pub mod messaging;
pub mod mime;
pub mod navigator;
pub mod performance;
pub mod report;
pub mod scheduler;
pub mod sockets;
pub mod streams;
pub mod timers;
pub mod url;
pub mod url_pattern;
pub mod websocket;
