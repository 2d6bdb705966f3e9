//! What the command line decides, as plain values.
//!
//! The server reads no arguments, no environment and no files by itself: whoever starts it loads the config and opens
//! what was handed over, so that a test can start a server in the same way as the binary does.

use config::{Config, Overrides};
use std::fs::File;
use std::num::NonZeroUsize;
use std::os::fd::OwnedFd;
use std::time::Duration;

/// How to run a server.
#[derive(Debug)]
pub struct ServeOptions {
    /// The config as it was read: without the overrides, and not validated.
    pub config: Config,
    pub overrides: Overrides,
    /// Open sockets by the name of the config's socket that they stand for. Each name is in
    /// [`Overrides::socket_descriptors`] too.
    pub socket_descriptors: Vec<(config::model::Text, OwnedFd)>,
    /// Where ports are reported as lines of JSON.
    pub control: Option<File>,
    /// Where the debug port listens.
    pub debug_port: Option<String>,
    /// Where debuggers may connect to. Workers can be inspected on the first loop, and their code has no time limit.
    pub inspectors: Vec<String>,
    /// Whether experimental features are allowed.
    pub experimental: bool,
    pub threads: NonZeroUsize,
    pub start: StartPolicy,
    pub limits: Limits,
    pub patience: Patience,
    /// How long requests in flight may take after SIGTERM; without it as long as they need.
    pub drain_timeout: Option<Duration>,
}

/// How to run the tests of a config.
#[derive(Debug)]
pub struct TestOptions {
    /// The config as it was read: without the overrides, and not validated.
    pub config: Config,
    pub overrides: Overrides,
    pub experimental: bool,
    /// Which tests to run.
    pub filter: TestFilter,
    /// The compatibility date of all Workers, which then must not have one; not checked yet.
    pub compat_date: Option<String>,
    /// Fixed values in place of randomness and time, where that is possible.
    pub predictable: bool,
    /// A full collection at each awaited I/O.
    pub gc_stress: bool,
    /// All autogates on.
    pub all_autogates: bool,
    /// How many event loops there are: tests run on the first, Durable Objects live on all.
    pub threads: NonZeroUsize,
    pub limits: Limits,
}

/// When Workers are started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartPolicy {
    /// All before the sockets answer when they are few, else each on its first use.
    #[default]
    ByCount,
    /// All before the sockets answer.
    Eager,
    /// Each on its first use.
    Lazy,
}

/// Limits of one isolate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The heap of the isolate.
    pub heap_mib: Option<NonZeroUsize>,
    /// The longest uninterrupted stretch of guest code.
    pub cpu: Option<Duration>,
}

/// How long clients may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until the head of the next request is complete.
    pub head: Option<Duration>,
    /// Between two pieces of a body that a Worker reads.
    pub body: Option<Duration>,
}

/// Globs over the names of services and entrypoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFilter {
    pub service: String,
    pub entrypoint: String,
}

impl Default for TestFilter {
    fn default() -> Self {
        TestFilter {
            service: "*".to_owned(),
            entrypoint: "*".to_owned(),
        }
    }
}
