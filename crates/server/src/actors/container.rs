//! The place of one object. What runs there is made by the first event and may be let go of between two events; the
//! next one makes it anew. When it breaks the place is given up: whoever holds it gets to know the reason, and others
//! get a new place.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures::future::LocalBoxFuture;
use io::channel::{ChannelError, SubrequestChannel, SubrequestResult};
use io::rpc::{Call, CallResult, Capability};
use net::Body;
use runtime::Actor;
use runtime::actor::Class;
use tokio::time::{Duration, Instant};
use workers::durable_object::ActorId;

use super::namespace::Namespace;

/// See the module.
pub struct Container {
    id: ActorId,
    class: Class,
    namespace: Weak<Namespace>,
    running: RefCell<Option<Rc<Actor>>>,
    /// Why the place was given up.
    broken: RefCell<Option<ChannelError>>,
    /// Events that are not answered yet.
    active: Cell<usize>,
    /// When the last event ended.
    last_used: Cell<Instant>,
}

impl Container {
    pub fn new(id: ActorId, class: Class, namespace: Weak<Namespace>) -> Rc<Self> {
        Rc::new(Self {
            id,
            class,
            namespace,
            running: RefCell::new(None),
            broken: RefCell::new(None),
            active: Cell::new(0),
            last_used: Cell::new(Instant::now()),
        })
    }

    pub fn id(&self) -> &ActorId {
        &self.id
    }

    /// Whether the next event needs a new place.
    pub fn is_broken(&self) -> bool {
        self.look_after();
        self.broken.borrow().is_some()
    }

    /// The object, made now if it does not run.
    async fn actor(self: &Rc<Self>) -> Result<Rc<Actor>, ChannelError> {
        self.look_after();
        if let Some(error) = &*self.broken.borrow() {
            return Err(error.clone());
        }
        let running = self.running.borrow().clone();
        match running {
            Some(actor) => Ok(actor),
            None => self.start().await,
        }
    }

    async fn start(self: &Rc<Self>) -> Result<Rc<Actor>, ChannelError> {
        let actor = Actor::start(&self.class, self.id.clone()).await?;
        self.running.replace(Some(actor.clone()));
        let (run, place) = (actor.run(), Rc::downgrade(self));
        tokio::task::spawn_local(async move {
            let reason = run.await;
            if let (Some(reason), Some(place)) = (reason, place.upgrade()) {
                place.give_up(reason);
            }
        });
        if let Some(namespace) = self.namespace.upgrade() {
            namespace.sweep();
        }
        Ok(actor)
    }

    /// Gives the place up if what runs there is broken.
    fn look_after(&self) {
        let reason = self
            .running
            .borrow()
            .as_ref()
            .and_then(|actor| actor.broken());
        if let Some(reason) = reason {
            self.give_up(reason);
        }
    }

    /// Ends what runs here, for good.
    fn give_up(&self, reason: ChannelError) {
        if self.broken.borrow().is_some() {
            return;
        }
        self.broken.replace(Some(reason.clone()));
        let running = self.running.take();
        if let Some(actor) = running {
            actor.abort(reason);
        }
        if let Some(namespace) = self.namespace.upgrade() {
            namespace.remove(self);
        }
    }

    /// Lets go of an object that nobody has used for a while. Tells whether the place is empty.
    pub fn evict_idle(&self, now: Instant, patience: Duration) -> bool {
        let Some(actor) = self.running.borrow().clone() else {
            return true;
        };
        if self.active.get() > 0 || actor.is_held() {
            self.last_used.set(now);
            return false;
        }
        if now.duration_since(self.last_used.get()) < patience {
            return false;
        }
        self.shut_down();
        true
    }

    /// Lets go of the object.
    pub fn shut_down(&self) {
        let running = self.running.take();
        if let Some(actor) = running {
            actor.shut_down();
        }
    }

    fn activate(self: &Rc<Self>) -> Active {
        self.active.set(self.active.get() + 1);
        Active(self.clone())
    }
}

/// Counts an event while it is not answered.
struct Active(Rc<Container>);

impl Drop for Active {
    fn drop(&mut self) {
        self.0.active.set(self.0.active.get() - 1);
        self.0.last_used.set(Instant::now());
    }
}

/// The way to an object, for those who hold its place.
pub struct ObjectChannel(pub Rc<Container>);

impl SubrequestChannel for ObjectChannel {
    fn request(&self, request: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        let place = self.0.clone();
        Box::pin(async move {
            let _active = place.activate();
            let actor = place.actor().await?;
            actor.fetch(request).await
        })
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        Rc::new(ObjectTarget(self.0.clone()))
    }
}

/// The object's methods.
struct ObjectTarget(Rc<Container>);

impl Capability for ObjectTarget {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        let place = self.0.clone();
        Box::pin(async move {
            let _active = place.activate();
            let actor = place.actor().await?;
            actor.call(call).await
        })
    }
}
