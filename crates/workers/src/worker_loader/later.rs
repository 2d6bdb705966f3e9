//! A Worker whose code has not come yet: what is asked of it waits.

use std::rc::Rc;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{LocalBoxFuture, Shared};
use io::channel::{ConnectRequest, ConnectResult, EventFuture, SubrequestResult};
use io::event::{QueueBatch, QueueResult, Scheduled, ScheduledResult};
use io::rpc::{Call, CallResult, Capability};
use io::trace::{TailBatch, TailStream};
use io::{ChannelError, SubrequestChannel};
use net::Body;

use super::{Loaded, Loader, NOT_SENDABLE};

type Made = Result<Rc<dyn Loaded>, ChannelError>;

/// See the module.
pub struct Later(Shared<LocalBoxFuture<'static, Made>>);

impl Later {
    /// An event that ends before it has given the code gives the name free; one that fails does not.
    pub(super) fn new(
        made: oneshot::Receiver<Made>,
        loader: Rc<dyn Loader>,
        name: Option<String>,
    ) -> Self {
        let made = async move {
            made.await.unwrap_or_else(|_| {
                if let Some(name) = name {
                    loader.named().forget(&name);
                }
                Err(ChannelError::Failed(
                    "The event that was to give the code of the dynamic Worker has ended.".into(),
                ))
            })
        };
        Self(made.boxed_local().shared())
    }
}

impl Loaded for Later {
    fn entrypoint(&self, name: Option<&str>, props: Option<Vec<u8>>) -> Rc<dyn SubrequestChannel> {
        if let Some(Ok(worker)) = self.0.peek() {
            return worker.entrypoint(name, props);
        }
        Rc::new(Waiting {
            made: self.0.clone(),
            name: name.map(Into::into),
            props,
        })
    }
}

/// An entry point of a Worker that is not there yet.
#[derive(Clone)]
struct Waiting {
    made: Shared<LocalBoxFuture<'static, Made>>,
    name: Option<Rc<str>>,
    props: Option<Vec<u8>>,
}

impl Waiting {
    async fn open(self) -> Result<Rc<dyn SubrequestChannel>, ChannelError> {
        let worker = self.made.await?;
        Ok(worker.entrypoint(self.name.as_deref(), self.props))
    }
}

impl SubrequestChannel for Waiting {
    fn request(&self, request: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        let open = self.clone().open();
        Box::pin(async move { open.await?.request(request).await })
    }

    fn not_sendable(&self) -> Option<&'static str> {
        Some(NOT_SENDABLE)
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        Rc::new(self.clone())
    }

    fn connect(&self, request: ConnectRequest) -> LocalBoxFuture<'static, ConnectResult> {
        let open = self.clone().open();
        Box::pin(async move { open.await?.connect(request).await })
    }

    fn scheduled(&self, event: Scheduled) -> EventFuture<ScheduledResult> {
        let open = self.clone().open();
        Box::pin(async move { open.await?.scheduled(event).await })
    }

    fn queue(&self, batch: QueueBatch) -> EventFuture<QueueResult> {
        let open = self.clone().open();
        Box::pin(async move { open.await?.queue(batch).await })
    }

    fn tail(&self, batch: TailBatch) -> EventFuture<()> {
        let open = self.clone().open();
        Box::pin(async move { open.await?.tail(batch).await })
    }

    fn tail_stream(&self, stream: TailStream) -> EventFuture<()> {
        let open = self.clone().open();
        Box::pin(async move { open.await?.tail_stream(stream).await })
    }
}

impl Capability for Waiting {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        let open = self.clone().open();
        Box::pin(async move {
            // It outlives the call.
            let target = open.await?.rpc();
            target.call(call).await
        })
    }
}
