//! The process-wide signal to drain: stop accepting, finish what is in flight, close what is idle.
//!
//! [`Shutdown`] is cheap to clone and may be triggered from any thread, a signal handler's task included. The loops
//! watch it with one task each ([`crate::http1::Connections::drain_on`]), so that connections pay nothing for it.

use tokio::sync::watch;

#[derive(Clone, Debug)]
pub struct Shutdown {
    state: watch::Sender<bool>,
}

impl Shutdown {
    pub fn new() -> Self {
        Self {
            state: watch::Sender::new(false),
        }
    }

    /// Starts the drain; a second call does nothing.
    pub fn drain(&self) {
        self.state.send_replace(true);
    }

    pub fn is_draining(&self) -> bool {
        *self.state.borrow()
    }

    /// Completes once the drain has started, at once if it has already.
    pub async fn started(&self) {
        // It fails only when every sender is gone, and `self` is one.
        let _ = self.state.subscribe().wait_for(|draining| *draining).await;
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}
