//! How a Worker under test ends the run: `abortIsolate()` ends the real workerd's process. Where requests are served
//! ours lets the other Workers carry on; where tests are run nothing else depends on the process, so it ends, too.

use std::cell::OnceCell;

use tokio::sync::Notify;

/// Whether, and why, a Worker has called `abortIsolate()`.
#[derive(Default)]
pub struct Ending {
    text: OnceCell<String>,
    told: Notify,
}

impl Ending {
    /// Guest code has ended its isolate.
    pub fn begin(&self, reason: Option<&str>) {
        // The first reason counts.
        let _ = self
            .text
            .set(runtime::abort_isolate_text("process", reason));
        self.told.notify_one();
    }

    /// Waits until that happens; what there is to say of it.
    pub async fn begun(&self) -> &str {
        loop {
            if let Some(text) = self.text.get() {
                return text;
            }
            self.told.notified().await;
        }
    }
}
