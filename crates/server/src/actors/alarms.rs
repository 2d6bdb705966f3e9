//! The alarms of a namespace: what its objects ask of the scheduler, and what the scheduler asks of them.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use futures::FutureExt;
use io::event::AlarmEnd;
use storage::LocalBoxFuture;
use workers::durable_object::{ActorId, IdFactory};
use workers::storage::AlarmHost;

use super::container::Container;
use super::namespace::Namespace;
use crate::alarms::{AlarmTime, Object, Runner, Scheduler, Tables};

/// Scheduled alarms of one object.
struct ObjectAlarms {
    scheduler: Rc<Scheduler>,
    object: Object,
    has_handler: Cell<bool>,
}

impl AlarmHost for ObjectAlarms {
    fn has_handler(&self) -> bool {
        self.has_handler.get()
    }

    fn set_has_handler(&self, has_handler: bool) {
        self.has_handler.set(has_handler);
    }

    fn schedule(&self, time: Option<i64>) -> LocalBoxFuture<storage::Result<()>> {
        let time = time.map(AlarmTime::from_nanos);
        let durable = self.scheduler.schedule(self.object.clone(), time);
        let done =
            durable.map(|done| done.map_err(|error| storage::Error::Disk(error.to_string())));
        Box::pin(done)
    }

    fn scheduled(&self) -> Option<i64> {
        let time = self.scheduler.scheduled(&self.object.id)?;
        Some(time.nanos())
    }
}

impl Container {
    /// The alarms of the object; facets have none.
    pub fn alarms(&self) -> Option<Rc<dyn AlarmHost>> {
        let ActorId::Object(id) = self.id()? else {
            return None;
        };
        Some(Rc::new(ObjectAlarms {
            scheduler: self.namespace()?.alarms()?.clone(),
            object: Object {
                id: id.to_string().into(),
                name: id.name().map(Rc::from),
            },
            // One that is being made may have one.
            has_handler: Cell::new(true),
        }))
    }
}

/// The way from the scheduler to the objects.
struct Objects {
    namespace: Weak<Namespace>,
    ids: IdFactory,
}

impl Objects {
    fn place(&self, object: &Object) -> Option<Rc<Container>> {
        let id = id(&self.ids, object)?;
        Some(self.namespace.upgrade()?.place(id))
    }
}

/// The id of an object; none if that is no id.
fn id(ids: &IdFactory, object: &Object) -> Option<ActorId> {
    let id = ids.unproved(&object.id)?;
    let named = object.name.as_deref().map(|name| ids.from_name(name));
    Some(ActorId::Object(
        named.filter(|named| *named == id).unwrap_or(id),
    ))
}

impl Runner for Objects {
    fn run(&self, object: Object, time: AlarmTime, retries: u32) -> LocalBoxFuture<AlarmEnd> {
        let place = self.place(&object);
        Box::pin(async move {
            let Some(place) = place else {
                return AlarmEnd::Done;
            };
            let _active = place.activate();
            match place.actor().await {
                Ok(actor) => actor.alarm(time.nanos(), retries).await,
                Err(error) => {
                    tracing::warn!("the alarm of object {} is not run: {error}", object.id);
                    AlarmEnd::Failed { by_guest: false }
                }
            }
        })
    }

    fn give_up(&self, object: Object, time: AlarmTime) -> LocalBoxFuture<Result<(), ()>> {
        let place = self.place(&object);
        Box::pin(async move {
            let Some(place) = place else { return Ok(()) };
            let _active = place.activate();
            let actor = place.actor().await.map_err(|_| ())?;
            actor.give_up_alarm(time.nanos()).map_err(|_| ())
        })
    }

    fn now(&self) -> i64 {
        jsg::clock::now() as i64
    }

    fn chance(&self) -> f64 {
        let mut bytes = [0; 4];
        // Without random numbers there is no jitter.
        let _ = getrandom::fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
    }
}

impl Namespace {
    /// Has the alarms of the objects that `is_here` says live on this loop run when they are due. On its `LocalSet`.
    pub fn begin_alarms(self: &Rc<Self>, tables: &Tables, is_here: impl Fn(&ActorId) -> bool) {
        let config = self.config();
        let (Some(_), Some(ids)) = (config.storage, &config.ids) else {
            return;
        };
        let (table, alarms) = match &config.directory {
            None => (None, Vec::new()),
            Some(directory) => match tables.open(directory) {
                Ok((table, alarms)) => (Some(table), alarms),
                Err(error) => {
                    tracing::error!("no alarms of {}: {error}", config.class);
                    return;
                }
            },
        };
        let runner = Objects {
            namespace: Rc::downgrade(self),
            ids: ids.clone(),
        };
        let scheduler = Scheduler::new(table, Box::new(runner));
        let is_here = |object: &Object| id(ids, object).is_some_and(|id| is_here(&id));
        scheduler.restore(alarms.into_iter().filter(|(object, _)| is_here(object)));
        self.set_alarms(scheduler.clone());
        tokio::task::spawn_local(scheduler.drive());
    }
}
