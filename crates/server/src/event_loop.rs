//! One event loop: a thread with its Workers, its Durable Objects and its connections. It shares nothing with the others
//! but the graph; what lives on another loop is reached by messages.
//!
//! L1. Everything here lives and dies on the loop's thread.
//! L2. A Worker's isolate is made when the loop first needs it.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use io::token::{Referent, Token};
use io::{ChannelError, SubrequestChannel};
use jsg::inspector::Mailbox;
use rpc::Directory;
use runtime::actor::Class;
use runtime::console::Output;
use runtime::events::connect;
use runtime::events::fetch::WorkerChannel;
use runtime::pool::Pool;
use runtime::{ChannelId, Definition, Host, NamespaceId, Props, Worker, tokens};
use workers::debug_port::DebugPorts;
use workers::durable_object::{ActorClass, Objects};
use workers::unsafe_module::AllObjects;
use workers::worker_loader::NamedWorkers;

use config::{Problem, Stage};

use crate::actors::{Everywhere, Namespace, Order, OrderChannel, SpreadNamespace, home, read_name};
use crate::debug_port::Ports;
use crate::ending::Ending;
use crate::graph::{Channel, Graph};
use crate::inspector::Targets;
use crate::neighbours::{Neighbours, Place};
use crate::services::missing::MissingService;

/// How long the end of a loop waits for the files of its objects.
const CLOSING: std::time::Duration = std::time::Duration::from_secs(5);

/// The services of one loop.
pub struct Services {
    this: Weak<Self>,
    graph: Arc<Graph>,
    workers: OnceCell<Vec<Rc<Worker>>>,
    channels: Vec<OnceCell<Rc<dyn SubrequestChannel>>>,
    /// The entry points that channels lead to.
    entrypoints: Vec<runtime::Entrypoint>,
    namespaces: OnceCell<Vec<Rc<Namespace>>>,
    /// The other loops; none where there is one only.
    neighbours: OnceCell<Rc<Neighbours>>,
    console: Rc<dyn Output>,
    pool: Pool,
    /// The dynamic Workers of loaders that share them, by id.
    named: RefCell<HashMap<String, Rc<NamedWorkers>>>,
    /// What debuggers see, if any may connect.
    targets: OnceCell<Arc<Targets>>,
    /// What a Worker ends with its isolate; nothing else where requests are served.
    ending: OnceCell<Rc<Ending>>,
}

impl Services {
    /// Those of a loop that is alone.
    pub fn new(graph: Arc<Graph>, console: Rc<dyn Output>) -> Rc<Self> {
        let services = Rc::new_cyclic(|this| Self {
            this: this.clone(),
            channels: graph.channels.iter().map(|_| OnceCell::new()).collect(),
            entrypoints: graph.channels.iter().map(entrypoint).collect(),
            graph,
            workers: OnceCell::new(),
            namespaces: OnceCell::new(),
            neighbours: OnceCell::new(),
            console,
            pool: Pool::default(),
            named: RefCell::default(),
            targets: OnceCell::new(),
            ending: OnceCell::new(),
        });
        let workers: Vec<_> = services
            .graph
            .workers
            .iter()
            .map(|definition| {
                let host: Rc<dyn Host> = services.clone();
                Worker::new(definition.clone(), host)
            })
            .collect();
        let namespaces = services.graph.namespaces.iter().filter_map(|config| {
            let worker = workers.get(config.worker)?.clone();
            let class = Class::new(worker, config.class.clone(), Props::Empty);
            Some(Namespace::new(config.clone(), class))
        });
        // Set once, here; nothing reads them before.
        let _ = services.namespaces.set(namespaces.collect());
        let _ = services.workers.set(workers);
        services
    }

    /// Those of one of several loops.
    pub fn among(graph: Arc<Graph>, console: Rc<dyn Output>, place: Place) -> Rc<Self> {
        let services = Self::new(graph, console);
        let directory = LoopDirectory(Rc::downgrade(&services));
        let neighbours = Neighbours::new(place, Rc::new(directory));
        // Set once, here; nothing reads it before.
        let _ = services.neighbours.set(Rc::new(neighbours));
        services
    }

    /// Lets debuggers see the Workers, from before any of them has started.
    pub fn inspect(&self, targets: Arc<Targets>) {
        // Once.
        let _ = self.targets.set(targets);
    }

    /// Has `abortIsolate()` end all that this loop does, if whoever runs it heeds what is returned.
    pub fn end_with_isolates(&self) -> Rc<Ending> {
        self.ending.get_or_init(Rc::default).clone()
    }

    /// The other loops, if there are any.
    pub fn neighbours(&self) -> Option<&Rc<Neighbours>> {
        self.neighbours.get()
    }

    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    fn namespaces(&self) -> &[Rc<Namespace>] {
        self.namespaces.get().map_or(&[], Vec::as_slice)
    }

    pub fn workers(&self) -> &[Rc<Worker>] {
        self.workers.get().map_or(&[], Vec::as_slice)
    }

    /// Whatever is behind a channel.
    pub fn channel(&self, id: ChannelId) -> Rc<dyn SubrequestChannel> {
        match self.channels.get(id.0) {
            Some(channel) => channel.get_or_init(|| self.open(id)).clone(),
            None => self.open(id),
        }
    }

    /// The Worker behind a channel, for callers that need no boxed future.
    pub fn worker_of(&self, id: ChannelId) -> Option<(Rc<Worker>, &runtime::Entrypoint)> {
        match self.graph.channels.get(id.0)? {
            Channel::Worker { index, .. } => {
                let entrypoint = self.entrypoints.get(id.0)?;
                Some((self.workers().get(*index)?.clone(), entrypoint))
            }
            Channel::Service(_) => None,
        }
    }

    /// As [`worker_of`](Self::worker_of), for raw connections: without Workers that let these pass.
    pub fn connected_worker_of(&self, id: ChannelId) -> Option<(Rc<Worker>, &runtime::Entrypoint)> {
        self.worker_of(id)
            .filter(|(worker, _)| !connect::passes_through(worker))
    }

    fn worker_named(&self, name: &str) -> Result<Rc<Worker>, ChannelError> {
        let mut workers = self.workers().iter();
        let named = workers.find(|worker| &*worker.definition().name == name);
        named.cloned().ok_or_else(tokens::gone)
    }

    /// The namespace with this unique key, and the Worker of its class.
    fn namespace_with(
        &self,
        key: &str,
    ) -> Result<(&Worker, &runtime::definition::Namespace), ChannelError> {
        let all = self.workers().iter().flat_map(|worker| {
            let own = worker.definition().namespaces.iter();
            own.map(move |own| (&**worker, &own.namespace))
        });
        let mut with_key =
            all.filter(|(_, namespace)| namespace.ids.is_some() && *namespace.home.key == *key);
        with_key.next().ok_or_else(tokens::gone)
    }

    fn open(&self, id: ChannelId) -> Rc<dyn SubrequestChannel> {
        if let Some((worker, entrypoint)) = self.worker_of(id) {
            return Rc::new(WorkerChannel {
                worker,
                entrypoint: entrypoint.clone(),
            });
        }
        match self.graph.channels.get(id.0) {
            Some(Channel::Service(service)) => service.open(),
            _ => Rc::new(MissingService("This service does not exist.".into())),
        }
    }

    /// Starts every Worker that has not been started; gives what is wrong with those that cannot be, and
    /// with references to entry points that are not exported.
    pub fn start_all(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (worker, place) in self.workers().iter().zip(&self.graph.places) {
            if let Err(error) = worker.instance() {
                let name = &worker.definition().name;
                problems.extend(
                    error
                        .messages()
                        .map(|message| Problem::of_service(Stage::Service(*place), name, message)),
                );
            }
        }
        for expected in &self.graph.expected_entrypoints {
            // One that has failed to start has been told of.
            let started = self
                .workers()
                .iter()
                .find(|worker| worker.definition().name == expected.worker && worker.is_started());
            let Some(Ok(instance)) = started.map(|worker| worker.instance()) else {
                continue;
            };
            if !instance.has_entrypoint(&expected.name) {
                problems.push(expected.problem.clone());
            }
        }
        problems
    }

    /// Has alarms of the objects of this loop run when they are due. On its `LocalSet`.
    pub fn begin_alarms(&self) {
        let place = self.neighbours.get();
        let (index, loops) = place.map_or((0, 1), |place| (place.index(), place.count()));
        for (number, namespace) in self.namespaces().iter().enumerate() {
            let is_here = |id: &_| home(NamespaceId(number), id, loops) == index;
            namespace.begin_alarms(&self.graph.alarms, is_here);
        }
    }

    /// Breaks the cycles between Workers and this host, so that isolates go with the loop.
    pub fn close(&self) {
        for namespace in self.namespaces() {
            namespace.close();
        }
        storage::wait_until_closed(CLOSING);
        for worker in self.workers() {
            worker.evict();
        }
        let named = self.named.take();
        for workers in named.values() {
            workers.clear();
        }
    }
}

impl Host for Services {
    fn debug_ports(&self) -> Option<Rc<dyn DebugPorts>> {
        Some(Rc::new(Ports(self.this.clone())))
    }

    fn subrequest_channel(&self, id: ChannelId) -> Rc<dyn SubrequestChannel> {
        self.channel(id)
    }

    fn objects(&self, id: NamespaceId) -> Rc<dyn Objects> {
        let namespaces = self.namespaces.get();
        // Ids come from the graph, of which the namespaces are made.
        let here = namespaces.expect("set before the first Worker starts")[id.0].clone();
        match self.neighbours.get() {
            Some(neighbours) => Rc::new(SpreadNamespace {
                number: id,
                here,
                neighbours: neighbours.clone(),
            }),
            None => here,
        }
    }

    fn sends_sockets(&self) -> bool {
        self.graph.sends_sockets
    }

    fn all_objects(&self) -> Rc<dyn AllObjects> {
        Rc::new(Everywhere {
            here: self.namespaces().to_vec(),
            neighbours: self.neighbours.get().cloned(),
            is_test_autogate_on: self.graph.is_test_autogate_on,
        })
    }

    fn actor_class(&self, id: ChannelId) -> Option<Rc<dyn ActorClass>> {
        let (worker, entrypoint) = self.worker_of(id)?;
        let name = entrypoint.name.clone().unwrap_or_else(|| "default".into());
        Some(Rc::new(Class::new(worker, name, entrypoint.props.clone())))
    }

    fn service_of(&self, token: &Token) -> Result<Rc<dyn SubrequestChannel>, ChannelError> {
        match &token.to {
            Referent::Service(named) => {
                let worker = self.worker_named(&named.service)?;
                tokens::service(&worker, worker.host().clone(), named, token.is_persistent)
            }
            Referent::Object { key, .. } => {
                let (worker, namespace) = self.namespace_with(key)?;
                tokens::object(worker, worker.host(), namespace, token)
            }
            Referent::Class(_) | Referent::Restored(_) => Err(tokens::gone()),
        }
    }

    fn class_of(&self, token: &Token) -> Result<Rc<dyn ActorClass>, ChannelError> {
        let Referent::Class(named) = &token.to else {
            return Err(tokens::gone());
        };
        let worker = self.worker_named(&named.service)?;
        tokens::class(&worker, worker.host().clone(), token)
    }

    fn named_workers(&self, id: &str) -> Rc<NamedWorkers> {
        self.named
            .borrow_mut()
            .entry(id.to_owned())
            .or_default()
            .clone()
    }

    fn isolate_aborted(&self, reason: Option<&str>) {
        match self.ending.get() {
            Some(ending) => ending.begin(reason),
            None => tracing::error!("{}", runtime::abort_isolate_text("the isolate", reason)),
        }
    }

    fn mailbox(&self, worker: &Definition) -> Option<&Arc<Mailbox>> {
        self.targets.get()?.mailbox(&worker.name)
    }

    fn console(&self) -> Rc<dyn Output> {
        self.console.clone()
    }

    fn pool(&self) -> &Pool {
        &self.pool
    }
}

/// The entry point behind a channel; of no meaning for those of other services.
fn entrypoint(channel: &Channel) -> runtime::Entrypoint {
    match channel {
        Channel::Worker {
            entrypoint, props, ..
        } => runtime::Entrypoint {
            name: entrypoint.clone(),
            props: props.clone().map_or(Props::Empty, Props::Json),
            ..runtime::Entrypoint::default()
        },
        Channel::Service(_) => runtime::Entrypoint::default(),
    }
}

/// What other loops can open on this one: its objects.
struct LoopDirectory(Weak<Services>);

impl Directory for LoopDirectory {
    fn open(&self, name: &[u8]) -> Result<Rc<dyn SubrequestChannel>, ChannelError> {
        let services = self.0.upgrade();
        if let (Some(order), Some(services)) = (Order::read(name), &services) {
            let namespaces = services.namespaces().to_vec();
            return Ok(Rc::new(OrderChannel { order, namespaces }));
        }
        let (namespace, id) = read_name(name)?;
        let namespaces = services
            .as_ref()
            .and_then(|services| services.namespaces.get());
        namespaces
            .and_then(|namespaces| namespaces.get(namespace.0))
            .map(|namespace| namespace.object(id))
            .ok_or_else(|| ChannelError::Disconnected("The event loop has ended.".into()))
    }
}
