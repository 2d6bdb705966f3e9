//! The place of one object. What runs there is made by the first event and may be let go of between two events; the
//! next one makes it anew. When it breaks the place is given up: whoever holds it gets to know the reason, and others
//! get a new place.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared, try_join_all};
use io::channel::{ChannelError, EventFuture, Eviction, SubrequestChannel, SubrequestResult};
use io::event::{QueueBatch, QueueResult};
use io::hibernation::{Deliver, Socket, SocketEvent, Sockets};
use io::restored::Origin;
use io::rpc::{Call, CallResult, Capability};
use io::trace::{SpanContext, TailBatch};
use net::Body;
use runtime::Actor;
use runtime::actor::Class;
use tokio::time::{Duration, Instant};
use workers::durable_object::{ActorId, Home};

use super::facets::FacetsOf;
use super::namespace::Namespace;

/// How long an object that is to go now may take to become idle.
const EVICTION: Duration = Duration::from_secs(30);
/// How often it is looked at meanwhile.
const EVICTION_STEP: Duration = Duration::from_millis(1);

/// See the module.
pub struct Container {
    this: Weak<Self>,
    /// The object's id in its namespace, or the facet's name.
    name: Name,
    what: What,
    namespace: Weak<Namespace>,
    /// For facets: what they are within.
    parent: Option<Weak<Self>>,
    facets: RefCell<HashMap<String, Rc<Self>>>,
    running: RefCell<Option<Rc<Actor>>>,
    /// Why the place was given up.
    broken: RefCell<Option<ChannelError>>,
    /// Events that are not answered yet.
    active: Cell<usize>,
    /// When the last event ended.
    last_used: Cell<Instant>,
    /// What stays while the object goes.
    sockets: Rc<Sockets>,
}

enum Name {
    Id(ActorId),
    Facet(String),
}

/// What is to run at a place.
pub enum What {
    Known(Class),
    /// The object that a facet is within says it.
    Asked(Shared<LocalBoxFuture<'static, Result<(Class, ActorId), ChannelError>>>),
}

impl Container {
    pub fn new(id: ActorId, class: Class, namespace: Weak<Namespace>) -> Rc<Self> {
        Self::make(Name::Id(id), What::Known(class), namespace, None)
    }

    /// The place of a facet.
    pub fn within(parent: &Rc<Self>, name: &str, what: What) -> Rc<Self> {
        let name = Name::Facet(name.to_owned());
        let namespace = parent.namespace.clone();
        Self::make(name, what, namespace, Some(Rc::downgrade(parent)))
    }

    fn make(
        name: Name,
        what: What,
        namespace: Weak<Namespace>,
        parent: Option<Weak<Self>>,
    ) -> Rc<Self> {
        Rc::new_cyclic(|this: &Weak<Self>| Self {
            this: this.clone(),
            sockets: Sockets::new(Box::new(Wake(this.clone()))),
            name,
            what,
            namespace,
            parent,
            facets: RefCell::default(),
            running: RefCell::new(None),
            broken: RefCell::new(None),
            active: Cell::new(0),
            last_used: Cell::new(Instant::now()),
        })
    }

    /// The object's id in its namespace; facets have none.
    pub fn id(&self) -> Option<&ActorId> {
        match &self.name {
            Name::Id(id) => Some(id),
            Name::Facet(_) => None,
        }
    }

    /// A facet's name.
    pub fn facet_name(&self) -> &str {
        match &self.name {
            Name::Id(_) => "",
            Name::Facet(name) => name,
        }
    }

    /// What a facet is within.
    pub fn parent(&self) -> Option<Rc<Self>> {
        self.parent.as_ref()?.upgrade()
    }

    pub fn facets(&self) -> &RefCell<HashMap<String, Rc<Self>>> {
        &self.facets
    }

    pub fn namespace(&self) -> Option<Rc<Namespace>> {
        self.namespace.upgrade()
    }

    /// What the object is found again by.
    fn home(&self) -> Option<Arc<Home>> {
        self.id()?;
        Some(self.namespace.upgrade()?.config().home.clone())
    }

    /// Where the object's files are.
    pub fn directory(&self) -> Option<PathBuf> {
        self.namespace.upgrade()?.directory()
    }

    /// Whether the next event needs a new place.
    pub fn is_broken(&self) -> bool {
        self.look_after();
        self.broken.borrow().is_some()
    }

    /// The object, made now if it does not run.
    pub async fn actor(self: &Rc<Self>) -> Result<Rc<Actor>, ChannelError> {
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
        let (class, id) = match (&self.what, &self.name) {
            (What::Asked(asked), _) => asked.clone().await?,
            (What::Known(class), Name::Id(id)) => (class.clone(), id.clone()),
            (What::Known(_), Name::Facet(_)) => {
                return Err(ChannelError::Internal(
                    "a facet that nobody has asked about".into(),
                ));
            }
        };
        if let Some(error) = &*self.broken.borrow() {
            return Err(error.clone());
        }
        // Another event may have waited for the same answer.
        let running = self.running.borrow().clone();
        if let Some(actor) = running {
            return Ok(actor);
        }
        let facets = Rc::new(FacetsOf(self.this.clone()));
        let storage = self.storage()?;
        let actor = {
            let home = self.home();
            Actor::start(&class, id, facets, self.sockets.clone(), storage, home).await?
        };
        self.running.replace(Some(actor.clone()));
        let (run, place) = (actor.run(), Rc::downgrade(self));
        tokio::task::spawn_local(run.map(move |reason| {
            if let (Some(reason), Some(place)) = (reason, place.upgrade()) {
                place.give_up(reason);
            }
        }));
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
    pub fn give_up(&self, reason: ChannelError) {
        if self.broken.borrow().is_some() {
            return;
        }
        self.broken.replace(Some(reason.clone()));
        let running = self.running.take();
        if let Some(actor) = running {
            actor.abort(reason.clone());
        }
        self.sockets.close();
        let facets = self.facets.take();
        for facet in facets.values() {
            facet.give_up(reason.clone());
        }
        match (self.parent(), self.namespace.upgrade()) {
            (Some(parent), _) => parent.forget(self),
            (None, Some(namespace)) => namespace.remove(self),
            (None, None) => {}
        }
    }

    /// Forgets a facet's place that was given up.
    fn forget(&self, facet: &Self) {
        let mut facets = self.facets.borrow_mut();
        let is_known = facets
            .get(facet.facet_name())
            .is_some_and(|known| std::ptr::eq(&**known, facet));
        let forgotten = if is_known {
            facets.remove(facet.facet_name())
        } else {
            None
        };
        drop(facets);
        drop(forgotten);
    }

    /// Lets go of an object that nobody has used for a while. Tells whether the place is empty.
    pub fn evict_idle(&self, now: Instant, patience: Duration) -> bool {
        self.evict_facets(now, patience) & self.evict_own(now, patience)
    }

    fn evict_facets(&self, now: Instant, patience: Duration) -> bool {
        let facets: Vec<_> = self.facets.borrow().values().cloned().collect();
        let mut is_empty = true;
        for facet in facets {
            let is_unused = facet.evict_idle(now, patience) && !facet.hibernates();
            if is_unused && Rc::strong_count(&facet) == 2 {
                self.forget(&facet);
            } else {
                is_empty = false;
            }
        }
        is_empty
    }

    fn evict_own(&self, now: Instant, patience: Duration) -> bool {
        let Some(actor) = self.running.borrow().clone() else {
            return true;
        };
        if self.active.get() > 0 || actor.is_busy() {
            self.last_used.set(now);
            return false;
        }
        if now.duration_since(self.last_used.get()) < patience {
            return false;
        }
        self.stop();
        true
    }

    /// Whether an object runs here or is being made.
    fn is_in_use(&self) -> bool {
        self.running.borrow().is_some() || self.active.get() > 0
    }

    /// Lets go of what runs here once it is idle, whatever its patience.
    async fn evict_when_idle(self: Rc<Self>, eviction: Eviction) -> Result<(), ChannelError> {
        let deadline = Instant::now() + EVICTION;
        loop {
            let running = self.running.borrow().clone();
            let is_busy = running.as_ref().is_some_and(|actor| actor.is_busy());
            if self.active.get() == 0 && !is_busy {
                self.stop();
                if eviction == Eviction::Close {
                    self.sockets.close();
                }
                return Ok(());
            }
            if Instant::now() >= deadline {
                let message =
                    "Timed out waiting to evict Durable Object: it still has active references.";
                return Err(ChannelError::classed("Error", message));
            }
            drop(running);
            tokio::time::sleep(EVICTION_STEP).await;
        }
    }

    /// The same with all facets within.
    pub fn evict_tree(self: Rc<Self>, eviction: Eviction) -> EventFuture<()> {
        let facets: Vec<_> = self.facets.borrow().values().cloned().collect();
        let facets = facets.into_iter().map(|facet| facet.evict_tree(eviction));
        let all = facets.chain([self.clone().evict_when_idle(eviction).boxed_local()]);
        let all = try_join_all(all);
        all.map(|all| all.map(drop)).boxed_local()
    }

    /// Ends what runs here, for good, and what it has stored.
    pub fn delete(self: &Rc<Self>, reason: ChannelError) {
        let is_running = self.running.borrow().is_some();
        self.give_up(reason);
        if is_running {
            self.delete_files();
        }
    }

    /// Lets go of what runs here; its WebSockets hibernate.
    fn stop(&self) {
        let running = self.running.take();
        if let Some(actor) = running {
            actor.shut_down();
            self.sockets.hibernate();
        }
    }

    /// Whether the place must stay though nothing runs here.
    pub fn hibernates(&self) -> bool {
        !self.sockets.is_empty()
    }

    /// Ends everything here.
    pub fn close(&self) {
        let facets: Vec<_> = self.facets.borrow().values().cloned().collect();
        for facet in facets {
            facet.close();
        }
        self.stop();
        self.sockets.close();
    }

    pub fn activate(self: &Rc<Self>) -> Active {
        self.active.set(self.active.get() + 1);
        Active(self.clone())
    }
}

/// Counts an event while it is not answered.
pub struct Active(Rc<Container>);

impl Drop for Active {
    fn drop(&mut self) {
        self.0.active.set(self.0.active.get() - 1);
        self.0.last_used.set(Instant::now());
    }
}

/// The way to an object, for those who hold its place.
pub struct ObjectChannel {
    place: Rc<Container>,
    origin: Origin,
}

impl ObjectChannel {
    pub fn new(place: Rc<Container>) -> Self {
        let origin = Origin::default();
        Self { place, origin }
    }
}

impl SubrequestChannel for ObjectChannel {
    fn request(&self, request: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        let (place, origin) = (self.place.clone(), self.origin.clone());
        Box::pin(async move {
            let _active = place.activate();
            let actor = place.actor().await?;
            actor.arrive(&origin)?;
            actor.fetch(request).await
        })
    }

    fn tail(&self, batch: TailBatch) -> EventFuture<()> {
        let place = self.place.clone();
        Box::pin(async move {
            let _active = place.activate();
            let actor = place.actor().await?;
            actor.tail(batch).await
        })
    }

    fn queue(&self, batch: QueueBatch) -> EventFuture<QueueResult> {
        let place = self.place.clone();
        Box::pin(async move {
            let _active = place.activate();
            let actor = place.actor().await?;
            actor.queue(batch).await
        })
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        Rc::new(ObjectTarget {
            place: self.place.clone(),
            origin: self.origin.clone(),
            caller: io::trace::caller(),
        })
    }

    fn with_origin(&self, origin: Origin) -> Option<Rc<dyn SubrequestChannel>> {
        let place = self.place.clone();
        // Only who an object is within may say how a facet is found again.
        let own = origin.own.filter(|_| place.parent().is_some());
        let origin = Origin { own, ..origin };
        Some(Rc::new(Self { place, origin }))
    }

    fn evict(&self, eviction: Eviction) -> EventFuture<()> {
        let place = self.place.clone();
        // Another eviction may be done before this one is polled; a call that makes the object is polled first.
        let was_in_use = place.is_in_use();
        Box::pin(async move {
            let namespace = place.namespace();
            if namespace.is_some_and(|namespace| namespace.config().prevent_eviction) {
                let message = "Cannot evict Durable Object: its namespace has preventEviction set.";
                return Err(ChannelError::classed("Error", message));
            }
            if place.is_broken() || !(was_in_use || place.is_in_use()) {
                let message = "Cannot evict Durable Object: it is not currently running.";
                return Err(ChannelError::classed("Error", message));
            }
            place.evict_when_idle(eviction).await
        })
    }
}

/// The object's methods.
struct ObjectTarget {
    place: Rc<Container>,
    origin: Origin,
    /// Whose calls these are, if that is traced.
    caller: Option<SpanContext>,
}

impl Capability for ObjectTarget {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        let (place, caller) = (self.place.clone(), self.caller);
        let origin = self.origin.clone();
        Box::pin(async move {
            let _active = place.activate();
            let actor = place.actor().await?;
            actor.arrive(&origin)?;
            actor.call(call, caller).await
        })
    }
}

/// The way from a WebSocket that hibernates to its object.
struct Wake(Weak<Container>);

impl Deliver for Wake {
    fn deliver(&self, socket: Rc<Socket>, event: SocketEvent) -> LocalBoxFuture<'static, ()> {
        let place = self.0.upgrade();
        Box::pin(async move {
            let Some(place) = place else { return };
            let _active = place.activate();
            // If it cannot start, its WebSockets end for that.
            if let Ok(actor) = place.actor().await {
                actor.web_socket(&socket, event).await;
            }
        })
    }
}
