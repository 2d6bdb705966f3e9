//! Bodies of answers to HEAD, which nobody gets: they are read to their end, as if they were sent.

use std::time::Duration;

use super::{Body, BodyError};

/// How long that may take: a body may have no end.
const TIME: Duration = Duration::from_secs(30);

impl Body {
    /// Has whoever makes the body see all of it taken. Must be called inside a `LocalSet`.
    pub fn swallow(self) {
        if self.is_stream() {
            tokio::task::spawn_local(tokio::time::timeout(TIME, read(self)));
        }
    }
}

async fn read(mut body: Body) {
    while let Some(chunk) = body.next().await {
        if let Err(error) = chunk {
            error.log();
        }
    }
}

impl BodyError {
    /// Tells the log what the receiver sees no more of than that the body ends too early.
    #[cold]
    pub(crate) fn log(&self) {
        if let Self::Thrown { class, message, .. } = self {
            tracing::error!("Uncaught exception: remote.jsg.{class}: {message}");
        }
    }
}
