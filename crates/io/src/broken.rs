//! Who wants to know when a Durable Object or one of its gates breaks.

use std::cell::RefCell;
use std::future::Future;

use futures::channel::oneshot;

use crate::ChannelError;

/// See the module.
#[derive(Default)]
pub struct Watchers(RefCell<Vec<oneshot::Sender<ChannelError>>>);

impl Watchers {
    /// Completes with the reason: at once if that is `broken` already, never if it goes without breaking.
    pub fn watch(
        &self,
        broken: Option<ChannelError>,
    ) -> impl Future<Output = ChannelError> + 'static {
        let (sender, receiver) = oneshot::channel();
        if broken.is_none() {
            self.0.borrow_mut().push(sender);
        }
        async move {
            match broken {
                Some(error) => error,
                None => match receiver.await {
                    Ok(error) => error,
                    Err(oneshot::Canceled) => std::future::pending().await,
                },
            }
        }
    }

    /// Tells all of them.
    pub fn tell(&self, error: &ChannelError) {
        for watcher in self.0.take() {
            // Who has gone need not know.
            let _ = watcher.send(error.clone());
        }
    }
}
