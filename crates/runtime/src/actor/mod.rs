//! A Durable Object: one instance of a guest's class, and the context that all its events share.
//!
//! D1. An object is made under a lock of its input gate, so what comes in later waits for the constructor.
//! D2. Guest code of the object runs under a lock of the gate, or never (see `io::actor`).
//! D3. An object that is broken never answers again; whoever keeps objects makes a new one for the next event.
//!     Until then all that waits for it gets to know the reason.

mod alarm;
mod class;
mod fetch;
mod handler;
mod queue;
mod tail;
mod traced;
mod web_socket;

use std::rc::Rc;
use std::sync::Arc;

use io::channel::{Hint, SubrequestResult};
use io::event::{AlarmEnd, Outcome, QueueBatch, QueueResult};
use io::hibernation::{Socket, SocketEvent, Sockets};
use io::rpc::{Call, CallResult};
use io::trace::{Span, SpanContext, TailBatch};
use io::{ChannelError, InputLock, IoContext};
use jsg::js::{Function, Global, Local, Object};
use jsg::{Error, Flag, Lock, LockExt};
use net::Body;
use storage::ObjectStorage;
use workers::durable_object::facets::Facets;
use workers::durable_object::state::Parts;
use workers::durable_object::{ActorId, DurableObjectState, Home};
use workers::rpc::Receivable;
use workers::rpc::server::{Entrance, Receiver, deliver};
use workers::storage::{Backing, DurableObjectStorage, Source};

use traced::{Tails, Traced};

pub use class::Class;

use crate::errors::{condemned, log_uncaught, to_remote};
use crate::events::instance_of;
use crate::events::rpc::{RESERVED, trace};
use crate::instance::Instance;
use crate::restoring::OwnObject;
use crate::tracer;
use crate::worker::Worker;

const NOT_CALLABLE: &str = "The receiving Durable Object does not support RPC, because its class was not declared with `extends \
     DurableObject`. In order to enable RPC, make sure your class extends the special class `DurableObject`, which \
     can be imported from the module \"cloudflare:workers\".";

/// See the module.
pub struct Actor {
    /// The instance; none if its constructor has thrown, and then the object is broken.
    object: Option<Global<Object>>,
    is_callable: bool,
    gates: Rc<io::Actor>,
    context: Rc<IoContext>,
    storage: Option<Backing>,
    tails: Option<Tails>,
    worker: Rc<Worker>,
    // Last: what holds handles into the isolate goes before it.
    instance: Rc<Instance>,
}

impl Actor {
    /// Makes the object. It is found again by its `home`, which facets do not have. One whose constructor throws is broken.
    ///
    /// # Errors
    /// The Worker cannot start, or has no such class.
    pub async fn start(
        class: &Class,
        id: ActorId,
        facets: Rc<dyn Facets>,
        sockets: Rc<Sockets>,
        storage: Option<Source>,
        home: Option<Arc<Home>>,
    ) -> Result<Rc<Self>, ChannelError> {
        let worker = class.worker()?;
        let instance = instance_of(&worker)?;
        let Some((constructor, is_callable)) = instance.actor_class(class.name()) else {
            let name = class.name();
            let text = format!("broken.ignored; no such actor class; c = {name}");
            return Err(ChannelError::Internal(text).hinted(Hint::Reset));
        };
        let id = id.of_object();
        let stored = match &id {
            ActorId::Object(id) => Some(id.to_string().into()),
            ActorId::Text(_) => None,
        };
        let own = home.map(|home| OwnObject {
            home,
            id: id.clone(),
            is_persistent: crate::tokens::is_storable(&worker),
        });
        let tails = Tails::of(worker.clone(), class.name(), &id);
        let gates = Rc::new(io::Actor::new(stored, sockets));
        let of_facets = facets.clone();
        let on_delete_all = Rc::new(move || of_facets.delete_all());
        let storage = storage.map(|source| source.open(&gates, on_delete_all));
        let storage = match storage.transpose() {
            Ok(storage) => storage,
            Err(error) => {
                let text = format!("the storage of a Durable Object cannot be opened: {error}");
                return Err(ChannelError::Internal(text).hinted(Hint::Reset));
            }
        };
        let context = IoContext::of_actor(instance.isolate().clone(), gates.clone());
        if let Some(own) = own {
            context.set_self_token(Rc::new(own));
        }
        let lock = gates.input().wait().await?;
        let built = context.run_locked(Some(lock), |js| {
            let built = jsg::promise::try_catch(js, |js| {
                let constructor = Local::new(js, constructor);
                build(
                    js,
                    &instance,
                    class,
                    constructor,
                    id,
                    facets,
                    storage.clone(),
                )
            });
            built.map_err(|exception| {
                log_uncaught(js, "Uncaught", exception);
                to_remote(js, exception)
            })
        });
        let object = match built {
            Ok(object) => {
                context.set_handler(object.clone());
                Some(object)
            }
            Err(error) => {
                let error = condemned(&instance).unwrap_or(error);
                gates.abort(error.not_remote().hinted(Hint::Reset));
                None
            }
        };
        Ok(Rc::new(Self {
            object,
            is_callable,
            gates,
            context,
            storage,
            tails,
            worker,
            instance,
        }))
    }

    /// Drives all events of the object until it breaks, and gives the reason; none if it was shut down.
    pub fn run(&self) -> impl Future<Output = Option<ChannelError>> + 'static {
        let (context, gates) = (self.context.clone(), self.gates.clone());
        let instance = self.instance.clone();
        async move {
            let isolate = context.isolate();
            // A name for either would keep room for it twice, in each object.
            let reason = tokio::select! {
                biased;
                reason = gates.on_broken() => Some(reason),
                _ = context.drive(|| isolate.condemned().is_some()) => {
                    condemned(&instance).map(|error| error.hinted(Hint::Reset))
                }
            };
            if let Some(reason) = &reason {
                tracing::info!("uncaught exception; exception = broken; {reason}");
                gates.abort(reason.clone());
            }
            context.cancel();
            reason
        }
    }

    pub(crate) fn worker(&self) -> &Worker {
        &self.worker
    }

    pub(crate) fn context(&self) -> &IoContext {
        &self.context
    }

    /// Why the object can do nothing any more.
    pub fn broken(&self) -> Option<ChannelError> {
        self.gates
            .broken()
            .or_else(|| condemned(&self.instance).map(|error| error.hinted(Hint::Reset)))
    }

    /// Breaks the object.
    pub fn abort(&self, reason: ChannelError) {
        self.gates.abort(reason);
        self.shut_down();
    }

    /// Whether something of an event that was answered still goes on: what it waits for, a timer, a task.
    pub fn is_busy(&self) -> bool {
        self.context.is_busy()
    }

    /// Lets go of the object: what it has in memory is lost.
    pub fn shut_down(&self) {
        self.context.cancel();
        if let Some(backing) = &self.storage {
            backing.storage.close();
        }
    }

    /// Sends a request to the object.
    pub async fn fetch(&self, request: http::Request<Body>) -> SubrequestResult {
        fetch::fetch(self, request).await
    }

    /// Delivers messages of a queue.
    ///
    /// # Errors
    /// Why the object is broken.
    pub async fn queue(&self, batch: QueueBatch) -> Result<QueueResult, ChannelError> {
        queue::deliver(self, batch).await
    }

    /// Delivers what other events have left.
    ///
    /// # Errors
    /// Why the object is broken.
    pub async fn tail(&self, batch: TailBatch) -> Result<(), ChannelError> {
        tail::deliver(self, batch).await
    }

    /// Calls the object. `caller` is what the call comes from, if that is traced.
    pub async fn call(&self, call: Call, caller: Option<SpanContext>) -> CallResult {
        let traced = Traced::begin(self, caller);
        let span = traced.resume().map(|context| trace(context, &call, caller));
        let entrance = Entrance {
            span: Span::default(),
            gate: self.context.input_gate(),
            reserved: RESERVED,
            holds: true,
        };
        let result = deliver(&self.context, entrance, call, |js| self.receiver(js)).await;
        let broken = self.broken();
        if let (Some(span), Some(context)) = (span, traced.resume()) {
            span.end();
            // What a method throws is its caller's.
            let outcome = match (&result, &broken) {
                (Some(result), None) => {
                    if result.is_ok() {
                        tracer::returned(context);
                    }
                    Outcome::Ok
                }
                (_, broken) => {
                    if let Some(reason) = broken {
                        tracer::failure(context, &reason.to_string());
                    }
                    Outcome::Exception
                }
            };
            tracer::set_outcome(context, outcome);
        }
        match broken {
            Some(error) => Err(error),
            None => result.unwrap_or_else(|| Err(gone())),
        }
    }

    /// Tells the object what has happened to one of its WebSockets; done when its handler has been called.
    pub async fn web_socket(&self, socket: &Rc<Socket>, event: SocketEvent) {
        web_socket::deliver(self, socket, event).await;
    }

    /// Runs the alarm that was set for `time`, in nanoseconds since the epoch, after `retries` failures.
    pub async fn alarm(&self, time: i64, retries: u32) -> AlarmEnd {
        alarm::run(self, time, retries).await
    }

    /// The alarm that was set for `time` has failed too often.
    ///
    /// # Errors
    /// The object cannot take note.
    pub fn give_up_alarm(&self, time: i64) -> Result<(), storage::Error> {
        match self.object_storage() {
            Some(storage) => storage.abandon_alarm(time).map(drop),
            None => Ok(()),
        }
    }

    fn object_storage(&self) -> Option<&ObjectStorage> {
        self.storage.as_ref().map(|backing| &*backing.storage)
    }

    fn receiver<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Receiver<'s>, Error> {
        // The flag is from a time before there were base classes.
        if !self.is_callable && !js.flag(Flag::JsRpc) {
            return Err(Error::type_error(NOT_CALLABLE));
        }
        Ok(Receiver {
            object: self.object(js)?,
            receivable: Receivable::Target,
            handler: None,
        })
    }

    fn object<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>, Error> {
        match &self.object {
            Some(object) => Ok(Local::new(js, object)),
            None => Err(Error::Internal("an object without an instance".into())),
        }
    }

    /// Comes in by the gate.
    async fn enter(&self) -> Result<InputLock, ChannelError> {
        if let Some(error) = self.broken() {
            return Err(error);
        }
        self.gates.input().wait().await
    }
}

/// What waits for an object that was let go of gets.
fn gone() -> ChannelError {
    ChannelError::Disconnected("The event was cancelled.".into())
}

fn build<'s>(
    js: &mut Lock<'s, '_>,
    instance: &Instance,
    class: &Class,
    constructor: Local<'s, Function>,
    id: ActorId,
    facets: Rc<dyn Facets>,
    storage: Option<Backing>,
) -> Result<Global<Object>, Error> {
    let props = match crate::events::props_value(js, class.props())? {
        Some(props) => props,
        None => Object::new(js).into(),
    };
    let alarms = storage.as_ref().and_then(|backing| backing.alarms.clone());
    let storage = storage.map(|backing| DurableObjectStorage::create(js, backing).object().into());
    let parts = Parts {
        id,
        exports: instance.exports(js).map(Into::into),
        props,
        storage,
        facets,
    };
    let state = DurableObjectState::create(js, parts);
    let env = instance.env(js);
    let object = constructor
        .new_instance(js, &[state.object().into(), env.into()])
        .ok_or(Error::Pending)?;
    if let Some(alarms) = alarms {
        let key = jsg::intern(js, "alarm");
        let handler = object.get(js, key.into()).ok_or(Error::Pending)?;
        alarms.set_has_handler(handler.is_function());
    }
    Ok(Global::new(js, object))
}
