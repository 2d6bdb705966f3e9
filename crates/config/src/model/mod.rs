//! The configuration as plain owned Rust types.
//!
//! One type per struct of the schema, under the schema's name, one field per field in Rust case. Everything here is
//! `Send + Sync` and cheap to share: texts and blobs are reference counted, so cloning a part of the model copies no
//! script.
//!
//! Invariants:
//! 1. Nothing here knows the message it came from; a text config and a binary one give equal models.
//! 2. An absent text, list or struct is its empty value, except where absence itself has a meaning: then the field
//!    is an `Option`, and `Some` of an empty value means that the config names the field.
//! 3. A union member from a newer schema is kept as `Unknown(tag)` and refused by validation.

mod binding;
mod extension;
mod http;
mod service;
mod socket;
mod tls;
mod worker;

pub use binding::*;
pub use extension::*;
pub use http::*;
pub use service::*;
pub use socket::*;
pub use tls::*;
pub use worker::*;

use std::sync::Arc;

/// Shared text.
pub type Text = Arc<str>;

/// Shared bytes.
pub type Data = Arc<[u8]>;

/// The whole configuration of one process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    pub services: Vec<Service>,
    pub sockets: Vec<Socket>,
    /// V8 command line flags, leading dashes included.
    pub v8_flags: Vec<Text>,
    pub extensions: Vec<Extension>,
    pub autogates: Vec<Text>,
    /// The older switch for JSON logs; see [`Config::wants_structured_logs`].
    pub structured_logging: bool,
    pub logging: LoggingOptions,
    pub cluster: Option<ClusterConfig>,
}

impl Config {
    /// Whether logs are JSON, by either of the two switches.
    pub fn wants_structured_logs(&self) -> bool {
        self.structured_logging || self.logging.structured_logging
    }

    /// The service of that name. Services are few and this runs at start-up only.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| &*service.name == name)
    }
}

/// How logs look.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggingOptions {
    pub structured_logging: bool,
    /// Put before what `process.stdout` writes.
    pub stdout_prefix: Text,
    /// Put before what `process.stderr` writes.
    pub stderr_prefix: Text,
}

impl Default for LoggingOptions {
    fn default() -> Self {
        LoggingOptions {
            structured_logging: false,
            stdout_prefix: "stdout: ".into(),
            stderr_prefix: "stderr: ".into(),
        }
    }
}

/// Membership of a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterConfig {
    pub bucket: Text,
    pub bucket_options: Vec<Text>,
    pub address: Text,
    pub key: Text,
    pub advertise: Option<Text>,
    pub unsafe_public_address: bool,
    pub stop_timeout_ms: u32,
    pub unsafe_time_divisor: u32,
}
