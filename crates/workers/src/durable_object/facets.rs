//! `ctx.facets`: objects within an object, each under a name, made of a class that the object chooses when it is needed.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::LocalBoxFuture;
use io::channel::{ChannelError, EventFuture, Eviction, SubrequestChannel, SubrequestResult};
use io::restored::Origin;
use io::rpc::Capability;
use io::{IoContext, IoOwn};
use jsg::js::{Function, Global, Local, Value};
use jsg::promise::Continuation;
use jsg::{Error, FromJs, Handle, Lock, Result};
use net::Body;
use web::fetch::Fetcher;

use super::class::{
    ActorClass, DurableObjectClass, LoopbackColoLocalActorNamespace, LoopbackDurableObjectNamespace,
};
use super::id::{ActorId, DurableObjectId};

/// The longest name, in bytes.
const LONGEST_NAME: usize = 256;
/// How deep facets may be nested, the object itself included.
const DEEPEST: usize = 4;

/// The facets of an object. The server implements it.
pub trait Facets {
    /// How many objects this one is within.
    fn depth(&self) -> usize;

    /// The facet of this name; `start` is asked for what it is if it is not there.
    fn facet(&self, name: &str, start: StartFacet) -> Rc<dyn SubrequestChannel>;

    /// Ends a facet; what it has stored stays.
    fn abort(&self, name: &str, reason: ChannelError);

    /// Ends a facet and deletes what it and its own facets have stored.
    ///
    /// # Errors
    /// The disk does not let us.
    fn delete(&self, name: &str) -> std::io::Result<()>;

    /// Deletes what all facets have stored: the object has deleted everything.
    ///
    /// # Errors
    /// The same.
    fn delete_all(&self) -> std::io::Result<()>;

    /// Replaces what facet `to` has stored with a copy of what `from` has.
    ///
    /// # Errors
    /// The same.
    fn copy(&self, from: &str, to: &str) -> std::io::Result<()>;
}

/// The class of a facet, and its id.
pub type FacetStart = Result<(Rc<dyn ActorClass>, ActorId), ChannelError>;

/// Asks the guest what a facet is.
pub type StartFacet = Box<dyn FnOnce() -> LocalBoxFuture<'static, FacetStart>>;

/// See the module.
#[jsg::class]
pub struct DurableObjectFacets {
    facets: Rc<dyn Facets>,
    id: jsg::Untraced<ActorId>,
}

/// What a facet is.
#[derive(jsg::Dictionary)]
struct StartupOptions<'s> {
    class: FacetClass<'s>,
    id: Option<FacetId<'s>>,
}

#[derive(jsg::Union)]
enum FacetClass<'s> {
    Class(Handle<'s, DurableObjectClass>),
    Namespace(Handle<'s, LoopbackDurableObjectNamespace>),
    Unstored(Handle<'s, LoopbackColoLocalActorNamespace>),
}

#[derive(jsg::Union)]
enum FacetId<'s> {
    Object(Handle<'s, DurableObjectId>),
    Text(String),
}

#[jsg::methods]
impl DurableObjectFacets {
    #[jsg(method)]
    fn get<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: String,
        get_startup_options: Local<'s, Function>,
    ) -> Result<Handle<'s, Fetcher>> {
        check_name(&name)?;
        if self.facets.depth() + 1 >= DEEPEST {
            return Err(Error::error(format!(
                "Facet nesting depth limit exceeded. The maximum depth including the root Durable Object is {DEEPEST}."
            )));
        }
        let start = start_facet(js, get_startup_options, self.id.clone())?;
        let channel = FacetChannel {
            facets: self.facets.clone(),
            name,
            start: RefCell::new(Some(start)),
            channel: OnceCell::new(),
        };
        let context = IoContext::current(js)?;
        let fetcher = Fetcher::owned(&context, Rc::new(channel)).of_object(js);
        Ok(Handle::new(js, fetcher))
    }

    #[jsg(method)]
    fn abort<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: String,
        reason: Local<'s, Value>,
    ) -> Result<()> {
        check_name(&name)?;
        let reason = io::exception::to_remote(js, reason).not_remote();
        self.facets.abort(&name, reason);
        Ok(())
    }

    #[jsg(method)]
    fn delete(&self, name: String) -> Result<()> {
        check_name(&name)?;
        self.facets.delete(&name).map_err(disk_failure)
    }

    #[jsg(method, name = "clone")]
    fn copy(&self, src: String, dst: String) -> Result<()> {
        check_name(&src)?;
        check_name(&dst)?;
        self.facets.copy(&src, &dst).map_err(disk_failure)
    }
}

/// What the disk does not let us do is for whoever runs the server.
fn disk_failure(error: std::io::Error) -> Error {
    Error::Internal(format!("storage of a facet: {error}"))
}

impl DurableObjectFacets {
    pub(super) fn create<'s>(
        js: &mut Lock<'s, '_>,
        facets: Rc<dyn Facets>,
        id: ActorId,
    ) -> Handle<'s, Self> {
        let id = jsg::Untraced(id);
        Handle::new(js, Self { facets, id })
    }
}

fn check_name(name: &str) -> Result<()> {
    if name.len() > LONGEST_NAME {
        return Err(Error::type_error(format!(
            "Facet name is too long (max {LONGEST_NAME} characters)."
        )));
    }
    Ok(())
}

/// Asks the guest's function, as an event of the object.
fn start_facet<'s>(
    js: &Lock<'s, '_>,
    function: Local<'s, Function>,
    id: ActorId,
) -> Result<StartFacet> {
    let context = IoContext::current(js)?;
    // The object's: it goes with it, whoever holds the stub.
    let function: IoOwn<Global<Function>> = context.own("", Global::new(js, function));
    let context = Rc::downgrade(&context);
    Ok(Box::new(move || {
        let (sender, receiver) = oneshot::channel();
        if let Some(context) = context.upgrade() {
            context.add_task_then(async move {
                let ask: Continuation = Box::new(move |js| ask(js, &function, id, sender));
                ask
            });
        }
        Box::pin(async move {
            let start = receiver.await.unwrap_or_else(|_| {
                Err(ChannelError::classed(
                    "Error",
                    "The request which initiated this facet startup has already completed.",
                ))
            });
            let (class, id) = start?;
            Ok((class.loaded().await?, id))
        })
    }))
}

type Answer = Rc<RefCell<Option<oneshot::Sender<FacetStart>>>>;

fn send(answer: &Answer, start: FacetStart) {
    if let Some(sender) = answer.take() {
        // Nobody waits for the facet any more.
        let _ = sender.send(start);
    }
}

fn ask(
    js: &mut Lock<'_, '_>,
    function: &IoOwn<Global<Function>>,
    id: ActorId,
    sender: oneshot::Sender<FacetStart>,
) {
    let answer: Answer = Rc::new(RefCell::new(Some(sender)));
    let (fulfilled, rejected) = (answer.clone(), answer.clone());
    let asked = jsg::promise::try_catch(js, |js| {
        let function = Local::new(js, &*function.get(js)?);
        let undefined = jsg::js::undefined(js).into();
        let value = function.call(js, undefined, &[]).ok_or(Error::Pending)?;
        let promise = jsg::promise::of(js, value);
        jsg::promise::observe(
            js,
            promise,
            move |js, value| {
                let start = jsg::promise::try_catch(js, |js| read(js, value, id));
                let start = start.map_err(|exception| failure(js, exception));
                send(&fulfilled, start);
                Ok(())
            },
            move |js, reason| {
                let failed = failure(js, reason);
                send(&rejected, Err(failed));
                Ok(())
            },
        )
    });
    if let Err(exception) = asked {
        let failed = failure(js, exception);
        send(&answer, Err(failed));
    }
}

fn failure<'s>(js: &mut Lock<'s, '_>, exception: Local<'s, Value>) -> ChannelError {
    io::exception::to_remote(js, exception).not_remote()
}

fn read<'s>(
    js: &mut Lock<'s, '_>,
    value: Local<'s, Value>,
    own: ActorId,
) -> Result<(Rc<dyn ActorClass>, ActorId)> {
    let options = StartupOptions::from_js(js, value)?;
    let class = match options.class {
        FacetClass::Class(class) => class.get().class().clone(),
        FacetClass::Namespace(namespace) => namespace.get().class().clone(),
        FacetClass::Unstored(namespace) => namespace.get().class().clone(),
    };
    let id = match options.id {
        None => own,
        Some(FacetId::Object(id)) => ActorId::Object(id.get().id().clone()),
        Some(FacetId::Text(id)) => ActorId::Text(id.into()),
    };
    Ok((class, id))
}

/// The way to a facet, found when it is first needed.
struct FacetChannel {
    facets: Rc<dyn Facets>,
    name: String,
    start: RefCell<Option<StartFacet>>,
    channel: OnceCell<Rc<dyn SubrequestChannel>>,
}

impl FacetChannel {
    fn channel(&self) -> &Rc<dyn SubrequestChannel> {
        self.channel.get_or_init(|| {
            let start = self.start.take();
            let start = start.unwrap_or_else(|| Box::new(|| Box::pin(std::future::pending())));
            self.facets.facet(&self.name, start)
        })
    }
}

impl SubrequestChannel for FacetChannel {
    fn request(&self, request: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        self.channel().request(request)
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        self.channel().rpc()
    }

    fn not_sendable(&self) -> Option<&'static str> {
        Some("Stubs pointing to Durable Object facets are not serializable.")
    }

    fn with_origin(&self, origin: Origin) -> Option<Rc<dyn SubrequestChannel>> {
        self.channel().with_origin(origin)
    }

    fn evict(&self, eviction: Eviction) -> EventFuture<()> {
        self.channel().evict(eviction)
    }
}
