//! `ctx.exports` of a Worker: its own entry points as services.

use std::rc::{Rc, Weak};

use futures::future::LocalBoxFuture;
use io::carried::Carried;
use io::channel::{ConnectRequest, ConnectResult, EventFuture, SubrequestResult};
use io::event::{QueueBatch, QueueResult, Scheduled, ScheduledResult};
use io::restored::Origin;
use io::rpc::{Broken, Capability};
use io::token::{NOT_STORABLE, Referent, Refusal, Token, Usage};
use io::trace::{TailBatch, TailStream};
use io::{ChannelError, SubrequestChannel};
use jsg::js::{Local, Object};
use jsg::{Flag, Lock};
use net::Body;
use workers::loopback::{Loopback, LoopbackServiceStub};

use workers::durable_object::DurableObjectNamespace;
use workers::durable_object::class::{
    LoopbackColoLocalActorNamespace, LoopbackDurableObjectClass, LoopbackDurableObjectNamespace,
};

use crate::actor::Class;
use crate::definition::{Definition, Entrypoint};
use crate::events::fetch::WorkerChannel;
use crate::handlers::Handlers;
use crate::worker::{Host, Worker};

/// Puts a stub for each entry point on `exports`: the default one, then objects, then classes, then those of Durable
/// Objects. Workflows have none.
pub fn install<'s>(
    js: &mut Lock<'s, '_>,
    exports: Local<'s, Object>,
    entrypoints: &[(Rc<str>, Handlers)],
    definition: &Definition,
    host: &Rc<dyn Host>,
    worker: &Weak<Worker>,
) {
    let place = |name: &str, handlers: &Handlers| match handlers {
        _ if name == "default" => 0,
        Handlers::Object { .. } => 1,
        _ => 2,
    };
    for wanted in 0..=2 {
        for (name, handlers) in entrypoints {
            if place(name, handlers) != wanted || !handlers.is_loopback() {
                continue;
            }
            let own = Own {
                worker: worker.clone(),
                entrypoint: (&**name != "default").then(|| name.clone()),
            };
            let stub = LoopbackServiceStub::create(js, Rc::new(own));
            let key = jsg::intern(js, name);
            exports.create_data_property(js, key.into(), stub.object().into());
        }
    }
    for (name, handlers) in entrypoints {
        if handlers.is_actor() {
            let is_persistent = definition.flags.contains(Flag::AllowIrrevocableStubStorage);
            let class = Class::own(worker.clone(), (&**name).into(), is_persistent);
            let class = Rc::new(class);
            let value = actor_class(js, name, class, definition, host);
            let key = jsg::intern(js, name);
            exports.create_data_property(js, key.into(), value.into());
        }
    }
}

/// A Durable Object class as its namespace, if it has one.
fn actor_class<'s>(
    js: &mut Lock<'s, '_>,
    name: &str,
    class: Rc<Class>,
    definition: &Definition,
    host: &Rc<dyn Host>,
) -> Local<'s, Object> {
    let own = definition.namespaces.iter().find(|own| &*own.class == name);
    let Some(namespace) = own.map(|own| &own.namespace) else {
        return LoopbackDurableObjectClass::create(js, class).object();
    };
    let objects = host.objects(namespace.id);
    match &namespace.ids {
        Some(ids) => {
            let storable = definition.flags.contains(Flag::AllowIrrevocableStubStorage);
            let home = namespace.home.clone();
            let parent = DurableObjectNamespace::new(objects, ids.clone(), home);
            LoopbackDurableObjectNamespace::create(js, parent.storable(storable), class).object()
        }
        None => LoopbackColoLocalActorNamespace::create(js, objects, class).object(),
    }
}

/// An entry point of the Worker whose isolate holds this.
struct Own {
    worker: Weak<Worker>,
    /// `None` is the default one.
    entrypoint: Option<Rc<str>>,
}

impl Loopback for Own {
    fn channel(&self, props: Option<Carried>) -> Rc<dyn SubrequestChannel> {
        let entrypoint = Entrypoint {
            name: self.entrypoint.as_deref().map(Into::into),
            props: props.into(),
            ..Entrypoint::default()
        };
        let worker = self.worker.upgrade();
        let is_persistent = worker.is_some_and(|worker| crate::tokens::is_storable(&worker));
        let channel = OwnChannel::new(self.worker.clone(), entrypoint, is_persistent);
        Rc::new(channel)
    }
}

/// As [`WorkerChannel`], without keeping the Worker: its isolate holds this.
pub(crate) struct OwnChannel {
    worker: Weak<Worker>,
    entrypoint: Entrypoint,
    /// Whether a reference to it may be stored.
    is_persistent: bool,
}

impl OwnChannel {
    pub fn new(worker: Weak<Worker>, entrypoint: Entrypoint, is_persistent: bool) -> Self {
        Self {
            worker,
            entrypoint,
            is_persistent,
        }
    }

    fn open(&self) -> Result<WorkerChannel, ChannelError> {
        let worker = self.worker.upgrade();
        let worker =
            worker.ok_or_else(|| ChannelError::Disconnected("The Worker is gone.".into()))?;
        Ok(WorkerChannel {
            worker,
            entrypoint: self.entrypoint.clone(),
        })
    }
}

impl SubrequestChannel for OwnChannel {
    fn request(&self, request: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        match self.open() {
            Ok(channel) => channel.request(request),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }

    fn connect(&self, request: ConnectRequest) -> LocalBoxFuture<'static, ConnectResult> {
        match self.open() {
            Ok(channel) => channel.connect(request),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }

    fn scheduled(&self, event: Scheduled) -> EventFuture<ScheduledResult> {
        match self.open() {
            Ok(channel) => channel.scheduled(event),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }

    fn queue(&self, batch: QueueBatch) -> EventFuture<QueueResult> {
        match self.open() {
            Ok(channel) => channel.queue(batch),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }

    fn tail(&self, batch: TailBatch) -> EventFuture<()> {
        match self.open() {
            Ok(channel) => channel.tail(batch),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }

    fn tail_stream(&self, stream: TailStream) -> EventFuture<()> {
        match self.open() {
            Ok(channel) => channel.tail_stream(stream),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }

    fn token(&self, usage: Usage) -> Result<Token, Refusal> {
        let worker = self.worker.upgrade().ok_or(NOT_STORABLE)?;
        let (name, props) = (self.entrypoint.name.as_deref(), &self.entrypoint.props);
        let named = crate::tokens::named(&worker, name, props, usage)?;
        Token::new(Referent::Service(named), self.is_persistent, usage)
    }

    fn with_origin(&self, origin: Origin) -> Option<Rc<dyn SubrequestChannel>> {
        let entrypoint = Entrypoint {
            origin,
            ..self.entrypoint.clone()
        };
        let channel = Self::new(self.worker.clone(), entrypoint, self.is_persistent);
        Some(Rc::new(channel))
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        match self.open() {
            Ok(channel) => channel.rpc(),
            Err(error) => Rc::new(Broken(error)),
        }
    }
}
