//! The live objects of one namespace on one loop.
//!
//! An object that nobody has used for a while is let go of, unless the config says that it stays: what it has in memory
//! is lost, what it has stored is not. Its place goes, too, once nobody holds it.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use futures::FutureExt;
use futures::future::try_join_all;
use io::channel::{EventFuture, Eviction};
use io::{ChannelError, SubrequestChannel};
use runtime::actor::Class;
use storage::Budget;
use tokio::time::{Duration, Instant};
use workers::durable_object::{ActorId, Objects};
use workers::storage::Kind;

use super::container::{Container, ObjectChannel};
use crate::alarms::Scheduler;
use crate::graph::NamespaceConfig;

/// How long an object may be idle.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often idle objects are looked for.
const SWEEP: Duration = Duration::from_secs(1);

/// See the module.
pub struct Namespace {
    this: Weak<Self>,
    config: Arc<NamespaceConfig>,
    class: Class,
    places: RefCell<HashMap<ActorId, Rc<Container>>>,
    is_swept: Cell<bool>,
    memory: Budget,
    /// None: there are no alarms.
    alarms: OnceCell<Rc<Scheduler>>,
}

impl Namespace {
    pub fn new(config: Arc<NamespaceConfig>, class: Class) -> Rc<Self> {
        Rc::new_cyclic(|this| Self {
            this: this.clone(),
            config,
            class,
            places: RefCell::default(),
            is_swept: Cell::new(false),
            memory: Budget::default(),
            alarms: OnceCell::new(),
        })
    }

    /// What its objects without files have in memory.
    pub fn memory(&self) -> Budget {
        self.memory.clone()
    }

    pub(super) fn place(&self, id: ActorId) -> Rc<Container> {
        let known = self.places.borrow().get(&id).cloned();
        if let Some(place) = known.filter(|place| !place.is_broken()) {
            return place;
        }
        let place = Container::new(id.clone(), self.class.clone(), self.this.clone());
        let old = self.places.borrow_mut().insert(id, place.clone());
        drop(old);
        place
    }

    pub(super) fn config(&self) -> &NamespaceConfig {
        &self.config
    }

    pub(super) fn alarms(&self) -> Option<&Rc<Scheduler>> {
        self.alarms.get()
    }

    /// To be called once.
    pub(super) fn set_alarms(&self, scheduler: Rc<Scheduler>) {
        let _ = self.alarms.set(scheduler);
    }

    /// Where the objects' files are.
    pub(super) fn directory(&self) -> Option<PathBuf> {
        self.config.directory.clone()
    }

    /// What kind of storage the objects have; none if they store nothing.
    pub(super) fn storage(&self) -> Option<Kind> {
        self.config.storage
    }

    /// Forgets a place that was given up.
    pub(super) fn remove(&self, place: &Container) {
        let Some(id) = place.id() else { return };
        let mut places = self.places.borrow_mut();
        let is_known = places
            .get(id)
            .is_some_and(|known| std::ptr::eq(&**known, place));
        let removed = if is_known { places.remove(id) } else { None };
        drop(places);
        drop(removed);
    }

    /// Makes sure that idle objects are looked for while there are objects.
    pub(super) fn sweep(&self) {
        if self.config.prevent_eviction || self.is_swept.replace(true) {
            return;
        }
        let this = self.this.clone();
        tokio::task::spawn_local(async move {
            loop {
                tokio::time::sleep(SWEEP).await;
                let Some(namespace) = this.upgrade() else {
                    return;
                };
                if !namespace.evict_idle() {
                    namespace.is_swept.set(false);
                    return;
                }
            }
        });
    }

    /// Lets go of idle objects; tells whether some are left.
    fn evict_idle(&self) -> bool {
        let now = Instant::now();
        let places: Vec<_> = self.places.borrow().values().cloned().collect();
        let mut is_any_left = false;
        for place in places {
            if !place.evict_idle(now, PATIENCE) {
                is_any_left = true;
            } else if Rc::strong_count(&place) == 2 && !place.hibernates() {
                self.remove(&place);
            }
        }
        is_any_left
    }

    /// Breaks all objects, unless they are never let go of.
    pub fn abort_all(&self, reason: &ChannelError) {
        for place in self.evictable() {
            place.give_up(reason.clone());
        }
    }

    /// Breaks all objects and forgets their alarms, and what those that run have stored.
    pub fn delete_all(&self, reason: &ChannelError) {
        for place in self.evictable() {
            place.delete(reason.clone());
        }
        if let (false, Some(alarms)) = (self.config.prevent_eviction, self.alarms.get()) {
            alarms.clear();
        }
    }

    /// Lets go of all objects that run, each when it is idle.
    pub fn evict_all(&self, eviction: Eviction) -> EventFuture<()> {
        let all = self.evictable().into_iter();
        let all = try_join_all(all.map(|place| place.evict_tree(eviction)));
        all.map(|all| all.map(drop)).boxed_local()
    }

    /// Lets go of an object once it is idle.
    pub fn evict_object(&self, id: ActorId, eviction: Eviction) -> EventFuture<()> {
        ObjectChannel::new(self.place(id)).evict(eviction)
    }

    fn evictable(&self) -> Vec<Rc<Container>> {
        match self.config.prevent_eviction {
            true => Vec::new(),
            false => self.places.borrow().values().cloned().collect(),
        }
    }

    /// Lets go of all objects.
    pub fn close(&self) {
        let places = self.places.take();
        for place in places.values() {
            place.close();
        }
    }
}

impl Objects for Namespace {
    fn object(&self, id: ActorId) -> Rc<dyn SubrequestChannel> {
        Rc::new(ObjectChannel::new(self.place(id)))
    }
}
