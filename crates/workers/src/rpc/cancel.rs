//! Giving up calls (flag `rpc_dispose_cancels_call`): a promise that is disposed of before it settles is
//! rejected, and its call is dropped unless something else was called on its result.

use std::rc::{Rc, Weak};

use futures::channel::oneshot;
use futures::future::{Either, select};
use io::IoContext;
use io::rpc::{Capability, Return};
use jsg::{Error, Result};

const CANCELLED: &str = "The RPC call was canceled because its promise was disposed.";

/// How to give up a call.
pub(super) struct Cancellation {
    sender: oneshot::Sender<Cancelled>,
    pipeline: Weak<dyn Capability>,
    /// References to the pipeline that are no calls on it.
    idle: usize,
}

/// What is left of a call whose promise nobody has any more.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cancelled {
    Call,
    /// Calls on its result are under way.
    PromiseOnly,
}

/// Comes when a call is given up.
pub(super) struct Signal {
    receiver: oneshot::Receiver<Cancelled>,
    /// The event that made the call.
    context: Weak<IoContext>,
}

impl Cancellation {
    /// For a call whose result is called through `pipeline`.
    pub fn new(context: &Rc<IoContext>, pipeline: &Rc<dyn Capability>) -> (Self, Signal) {
        let (sender, receiver) = oneshot::channel();
        let cancellation = Self {
            sender,
            pipeline: Rc::downgrade(pipeline),
            // That of the promise is let go of first.
            idle: Rc::strong_count(pipeline) - 1,
        };
        let context = Rc::downgrade(context);
        (cancellation, Signal { receiver, context })
    }

    pub fn cancel(self) {
        let is_called = self.pipeline.strong_count() > self.idle;
        // A call that is done needs no cancelling.
        let _ = self.sender.send(if is_called {
            Cancelled::PromiseOnly
        } else {
            Cancelled::Call
        });
    }
}

/// The call's result, or a failure as soon as the signal comes.
pub(super) async fn unless_cancelled(
    call: impl Future<Output = Result<Return>> + 'static,
    signal: Option<Signal>,
) -> Result<Return> {
    let Some(Signal { receiver, context }) = signal else {
        return call.await;
    };
    // What is cancelled at once is never sent.
    match select(receiver, Box::pin(call)).await {
        Either::Left((Ok(cancelled), call)) => {
            if let (Cancelled::PromiseOnly, Some(context)) = (cancelled, context.upgrade()) {
                context.add_task(async move {
                    let _ = call.await;
                });
            }
            Err(Error::Hinted {
                property: "retryable",
                error: Box::new(Error::Dom {
                    name: "AbortError",
                    message: CANCELLED.into(),
                }),
            })
        }
        Either::Left((Err(_), call)) => call.await,
        Either::Right((result, _)) => result,
    }
}
