//! A Worker whose code has not come yet: what is asked of it waits.

use std::any::Any;
use std::rc::Rc;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{LocalBoxFuture, Shared};
use io::carried::{ActorClass, Carried};
use io::channel::{ConnectRequest, ConnectResult, EventFuture, SubrequestResult};
use io::event::{QueueBatch, QueueResult, Scheduled, ScheduledResult};
use io::restored::Origin;
use io::rpc::{Call, CallResult, Capability};
use io::token::{NOT_STORABLE, Refusal, Token, Usage};
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
    fn has_ended(&self) -> bool {
        matches!(self.0.peek(), Some(Ok(worker)) if worker.has_ended())
    }

    fn entrypoint(&self, name: Option<&str>, props: Option<Carried>) -> Rc<dyn SubrequestChannel> {
        if let Some(Ok(worker)) = self.0.peek() {
            return worker.entrypoint(name, props);
        }
        Rc::new(Waiting {
            made: self.0.clone(),
            name: name.map(Into::into),
            props,
            origin: Origin::default(),
        })
    }

    fn class(&self, name: Option<&str>, props: Option<Carried>) -> Rc<dyn ActorClass> {
        if let Some(Ok(worker)) = self.0.peek() {
            return worker.class(name, props);
        }
        Rc::new(WaitingClass {
            made: self.0.clone(),
            name: name.map(Into::into),
            props,
        })
    }
}

/// A class of a Worker that is not there yet.
#[derive(Clone)]
struct WaitingClass {
    made: Shared<LocalBoxFuture<'static, Made>>,
    name: Option<Rc<str>>,
    props: Option<Carried>,
}

impl ActorClass for WaitingClass {
    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn with_props(&self, props: Option<Carried>) -> Rc<dyn ActorClass> {
        Rc::new(Self {
            props,
            ..self.clone()
        })
    }

    fn loaded(self: Rc<Self>) -> EventFuture<Rc<dyn ActorClass>> {
        Box::pin(async move {
            let worker = self.made.clone().await?;
            Ok(worker.class(self.name.as_deref(), self.props.clone()))
        })
    }

    fn token(&self, _: Usage) -> Result<Token, Refusal> {
        Err(NOT_STORABLE.into())
    }

    fn not_sendable(&self) -> Option<&'static str> {
        Some(NOT_SENDABLE)
    }
}

/// An entry point of a Worker that is not there yet.
#[derive(Clone)]
struct Waiting {
    made: Shared<LocalBoxFuture<'static, Made>>,
    name: Option<Rc<str>>,
    props: Option<Carried>,
    origin: Origin,
}

impl Waiting {
    async fn open(self) -> Result<Rc<dyn SubrequestChannel>, ChannelError> {
        let worker = self.made.await?;
        let entrypoint = worker.entrypoint(self.name.as_deref(), self.props);
        Ok(entrypoint.with_origin(self.origin).unwrap_or(entrypoint))
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

    fn with_origin(&self, origin: Origin) -> Option<Rc<dyn SubrequestChannel>> {
        Some(Rc::new(Self {
            origin,
            ..self.clone()
        }))
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
