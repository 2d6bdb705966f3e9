//! Mistakes in what a config says, in the order in which they are shown.

use std::fmt;

/// A mistake that keeps the process from starting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub stage: Stage,
    pub message: String,
}

/// When a mistake is noticed. Problems are shown by stage and, within one, as they come, so that the server can add
/// what only running code shows and sort all of it stably.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Addresses of sockets.
    Sockets,
    /// What is wrong with a definition before the service is built.
    Definitions,
    /// Building the service of that index.
    Service(usize),
    /// Resolving what the service of that index refers to.
    Links(usize),
    /// Overrides on the command line that match nothing.
    Overrides,
    /// Resolving what sockets refer to.
    SocketLinks,
    /// The process as a whole.
    Process,
}

impl Problem {
    pub fn new(stage: Stage, message: impl Into<String>) -> Problem {
        Problem {
            stage,
            message: message.into(),
        }
    }

    /// A problem of a service, which its message begins with.
    pub fn of_service(stage: Stage, service: &str, message: impl fmt::Display) -> Problem {
        Problem::new(stage, format!("service {service}: {message}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// The sentence about a feature that needs `--experimental`; `what` is its subject in the plural.
pub fn experimental(what: &str) -> String {
    format!(
        "{what} are an experimental feature which may change or go away in the future. You must run workerd with \
         `--experimental` to use this feature."
    )
}
