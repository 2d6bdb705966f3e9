//! A Worker on one loop.
//!
//! Its isolate is made when the first event needs it and replaced when it is condemned; events that
//! still run in the old one end with it.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use futures::future::LocalBoxFuture;
use io::channel::{EventFuture, Eviction, SubrequestResult};
use io::token::Token;
use io::{ChannelError, SubrequestChannel};
use jsg::inspector::Mailbox;
use jsg::js::{Local, Object};
use jsg::{Condemned, Lock};
use net::Body;

use workers::debug_port::DebugPorts;
use workers::durable_object::{ActorClass, ActorId, Objects};
use workers::unsafe_module::AllObjects;
use workers::worker_loader::NamedWorkers;

use crate::definition::{ChannelId, Definition, NamespaceId};
use crate::errors::StartError;
use crate::instance::Instance;
use crate::pool::Pool;

/// What the host of a loop gives to its Workers.
pub trait Host {
    /// The service behind a binding.
    fn subrequest_channel(&self, id: ChannelId) -> Rc<dyn SubrequestChannel>;
    /// The objects of a namespace.
    fn objects(&self, id: NamespaceId) -> Rc<dyn Objects> {
        let _ = id;
        Rc::new(NoObjects)
    }
    /// Whether raw connections may be sent by remote calls.
    fn sends_sockets(&self) -> bool {
        false
    }
    /// The objects of all namespaces, for tests.
    fn all_objects(&self) -> Rc<dyn AllObjects> {
        Rc::new(NoObjects)
    }
    /// The class that an entry point is; none for services that are no Workers.
    fn actor_class(&self, id: ChannelId) -> Option<Rc<dyn ActorClass>> {
        let _ = id;
        None
    }
    /// The service that a token stands for.
    ///
    /// # Errors
    /// It is not there.
    fn service_of(&self, token: &Token) -> Result<Rc<dyn SubrequestChannel>, ChannelError> {
        let _ = token;
        Err(crate::tokens::gone())
    }
    /// The class that a token stands for.
    ///
    /// # Errors
    /// It is not there.
    fn class_of(&self, token: &Token) -> Result<Rc<dyn ActorClass>, ChannelError> {
        let _ = token;
        Err(crate::tokens::gone())
    }
    /// Adds to a Worker's environment what no definition holds.
    ///
    /// # Errors
    /// A value cannot be made.
    fn extend_env<'s>(&self, js: &mut Lock<'s, '_>, env: Local<'s, Object>) -> jsg::Result<()> {
        let _ = (js, env);
        Ok(())
    }
    /// Whether this is the host of a Worker that another has loaded: who calls it hears why it cannot start.
    fn is_dynamic(&self) -> bool {
        false
    }
    /// The dynamic Workers with names that loaders of this id share.
    fn named_workers(&self, id: &str) -> Rc<NamedWorkers> {
        let _ = id;
        Rc::default()
    }
    /// The way to the debug ports of processes, where there is one.
    fn debug_ports(&self) -> Option<Rc<dyn DebugPorts>> {
        None
    }
    /// Told that guest code has ended its isolate, and why.
    fn isolate_aborted(&self, reason: Option<&str>) {
        tracing::error!("{}", abort_isolate_text("the isolate", reason));
    }
    /// Where the debuggers of a Worker write to, if it can be inspected.
    fn mailbox(&self, worker: &Definition) -> Option<&Arc<Mailbox>> {
        let _ = worker;
        None
    }
    /// Where consoles write to.
    fn console(&self) -> Rc<dyn crate::console::Output>;
    /// The loop's warm isolates.
    fn pool(&self) -> &Pool;
}

/// What the log says when guest code calls `abortIsolate()`.
pub fn abort_isolate_text(ended: &str, reason: Option<&str>) -> String {
    let text = format!("abortIsolate() called, terminating {ended}");
    match reason {
        Some(reason) => format!("{text}; reason = {reason}"),
        None => text,
    }
}

/// A namespace that is not there.
struct NoObjects;

impl Objects for NoObjects {
    fn object(&self, _: ActorId) -> Rc<dyn SubrequestChannel> {
        Rc::new(Self)
    }
}

impl AllObjects for NoObjects {
    fn abort(&self, _: ChannelError) -> EventFuture<()> {
        Box::pin(async { Ok(()) })
    }

    fn delete(&self, _: ChannelError) -> EventFuture<()> {
        Box::pin(async { Ok(()) })
    }

    fn evict(&self, _: Eviction) -> EventFuture<()> {
        Box::pin(async { Ok(()) })
    }

    fn is_test_autogate_on(&self) -> bool {
        false
    }
}

impl SubrequestChannel for NoObjects {
    fn request(&self, _: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        let message = "This namespace does not exist.".to_owned();
        Box::pin(async { Err(ChannelError::Failed(message)) })
    }
}

/// See the module.
pub struct Worker {
    /// For what its isolate holds: a strong reference would be a cycle.
    this: Weak<Self>,
    definition: Arc<Definition>,
    host: Rc<dyn Host>,
    instance: RefCell<Option<Rc<Instance>>>,
}

impl Worker {
    pub fn new(definition: Arc<Definition>, host: Rc<dyn Host>) -> Rc<Self> {
        Rc::new_cyclic(|this| Self {
            this: this.clone(),
            definition,
            host,
            instance: RefCell::new(None),
        })
    }

    pub fn definition(&self) -> &Arc<Definition> {
        &self.definition
    }

    pub fn host(&self) -> &Rc<dyn Host> {
        &self.host
    }

    /// The running instance, started now if there is none.
    ///
    /// # Errors
    /// The code does not compile or throws at global scope. Nothing is kept: the next call tries anew.
    pub fn instance(&self) -> Result<Rc<Instance>, StartError> {
        if let Some(instance) = &*self.instance.borrow()
            && instance.isolate().condemned().is_none()
        {
            return Ok(instance.clone());
        }
        self.start()
    }

    #[cold]
    fn start(&self) -> Result<Rc<Instance>, StartError> {
        let instance = Rc::new(Instance::start(&self.definition, &self.host, &self.this)?);
        let old = self.instance.replace(Some(instance.clone()));
        drop(old);
        Ok(instance)
    }

    /// Whether its guest code has ended the isolate.
    pub(crate) fn has_ended(&self) -> bool {
        let instance = self.instance.borrow();
        let condemned = instance
            .as_ref()
            .and_then(|instance| instance.isolate().condemned());
        condemned == Some(Condemned::Guest)
    }

    /// Whether an isolate exists.
    pub fn is_started(&self) -> bool {
        self.instance.borrow().is_some()
    }

    /// Lets go of the isolate; events that run in it keep it until they end.
    pub fn evict(&self) {
        let old = self.instance.take();
        drop(old);
    }
}
