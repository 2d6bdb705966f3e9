//! `DurableObject`: one object, for whoever has its id.
//!
//! A stub finds its object when it is first used, and stays with it: when that object breaks, the stub is broken with
//! it, and another one is needed to reach the next.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use futures::future::LocalBoxFuture;
use io::channel::{ConnectRequest, ConnectResult, EventFuture, Eviction, SubrequestResult};
use io::event::{QueueBatch, QueueResult};
use io::rpc::Capability;
use io::token::{NOT_STORABLE, Refusal, Token, Usage};
use io::trace::{Span, TailBatch};
use io::{IoContext, SubrequestChannel};
use jsg::class::Builder;
use jsg::clone::{Cloneable, Reader, Writer};
use jsg::js::{Local, Object};
use jsg::{Handle, Lock, Ref, Result};
use net::Body;
use web::fetch::Fetcher;

use super::id::{ActorId, DurableObjectId};
use super::namespace::{Home, Objects};

/// See the module.
#[jsg::class(name = "DurableObject", extends = Fetcher)]
pub struct DurableObjectStub {
    parent: Fetcher,
    id: Ref<DurableObjectId>,
}

#[jsg::methods]
impl DurableObjectStub {
    #[jsg(define)]
    fn wildcard(builder: &mut Builder<'_, '_, '_>) {
        builder.wildcard::<web::fetch::fetcher::Wildcard>();
    }

    #[jsg(instance_getter)]
    fn id<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, DurableObjectId> {
        self.id.get(js)
    }

    #[jsg(instance_getter)]
    fn name(&self, js: &mut Lock<'_, '_>) -> Option<String> {
        self.id.get(js).get().id().name().map(str::to_owned)
    }
}

impl DurableObjectStub {
    pub(super) fn create<'s>(
        js: &mut Lock<'s, '_>,
        channel: ObjectChannel,
        id: Handle<'s, DurableObjectId>,
    ) -> Result<Handle<'s, Self>> {
        let context = IoContext::current(js)?;
        let stub = Self {
            parent: Fetcher::owned(&context, Rc::new(channel)).of_object(js),
            id: Ref::new(js, id),
        };
        Ok(Handle::new(js, stub))
    }
}

/// A stub is sent as the service that it is: the other side has no id of it.
impl Cloneable for DurableObjectStub {
    const TAG: u32 = Fetcher::TAG;

    fn write<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, to: &Writer<'_>) -> Result<()> {
        let service = this.upcast::<Fetcher>(js);
        Fetcher::write(js, service, to)
    }

    fn read<'s>(js: &mut Lock<'s, '_>, from: &Reader<'_>) -> Result<Local<'s, Object>> {
        Fetcher::read(js, from)
    }
}

/// The way to an object, found when it is first needed.
pub struct ObjectChannel {
    objects: Rc<dyn Objects>,
    id: ActorId,
    channel: OnceCell<Rc<dyn SubrequestChannel>>,
    /// Where it is found again.
    home: Option<Arc<Home>>,
    /// Whether a reference to it may be stored.
    is_storable: bool,
}

impl ObjectChannel {
    pub fn new(objects: Rc<dyn Objects>, id: ActorId) -> Self {
        Self {
            objects,
            id,
            channel: OnceCell::new(),
            home: None,
            is_storable: false,
        }
    }

    /// The same, to be found again.
    #[must_use]
    pub fn of_home(mut self, home: Arc<Home>, is_storable: bool) -> Self {
        self.home = Some(home);
        self.is_storable = is_storable;
        self
    }

    fn channel(&self) -> &Rc<dyn SubrequestChannel> {
        self.channel
            .get_or_init(|| self.objects.object(self.id.clone()))
    }
}

impl SubrequestChannel for ObjectChannel {
    fn request(&self, request: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        self.channel().request(request)
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        self.channel().rpc()
    }

    fn tail(&self, batch: TailBatch) -> EventFuture<()> {
        self.channel().tail(batch)
    }

    fn queue(&self, batch: QueueBatch) -> EventFuture<QueueResult> {
        self.channel().queue(batch)
    }

    fn span(&self, js: &mut Lock<'_, '_>) -> Option<Span> {
        let span = Span::open(js, "durable_object_subrequest");
        if !span.is_traced() {
            return None;
        }
        span.set("objectId", self.id.to_string());
        Some(span)
    }

    fn token(&self, usage: Usage) -> std::result::Result<Token, Refusal> {
        match (&self.home, &self.id) {
            (Some(home), ActorId::Object(id)) => home.token(id, self.is_storable, usage),
            _ => Err(NOT_STORABLE.into()),
        }
    }

    fn not_sendable(&self) -> Option<&'static str> {
        match self.id {
            ActorId::Object(_) => None,
            ActorId::Text(_) => Some("Stubs pointing to ephemeral objects are not serializable."),
        }
    }

    fn evict(&self, eviction: Eviction) -> EventFuture<()> {
        self.objects.evict(self.id.clone(), eviction)
    }

    fn connect(&self, request: ConnectRequest) -> LocalBoxFuture<'static, ConnectResult> {
        self.channel().connect(request)
    }
}
