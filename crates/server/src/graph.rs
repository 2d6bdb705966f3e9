//! The config as the loops need it: plain shared data, with references resolved to indices.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use config::model::{self, Config, ServiceDesignator, ServiceKind, SocketProtocol, TcpTlsMode};
use config::{Permissions, Problem, Stage};
use jsg::modules::Source;
use net::tls::{Alpn, ServerTls};
use runtime::{ChannelId, Definition, ExtensionModule, Namespace, NamespaceId};

use workers::durable_object::{Home, IdFactory};
use workers::memory_cache::store::{Limits, Store};
use workers::storage::Kind;

use crate::alarms::Tables;
use crate::options;
use crate::services::Service;

/// What a channel leads to.
#[derive(Debug)]
pub enum Channel {
    Worker {
        index: usize,
        /// None: the default one.
        entrypoint: Option<Arc<str>>,
        /// JSON.
        props: Option<Arc<str>>,
    },
    /// A service of another kind.
    Service(Service),
}

/// What is spoken on a socket, inside of TLS if there is any.
#[derive(Debug)]
pub enum Spoken {
    Http(model::HttpOptions),
    /// Whatever the handler says.
    Raw {
        start_tls: bool,
    },
    /// The same, in datagrams.
    Datagrams {
        idle_timeout: Duration,
        max_pending_bytes: usize,
    },
}

/// A socket to listen on.
#[derive(Debug)]
pub struct Socket {
    pub name: Arc<str>,
    pub address: Option<Arc<str>>,
    pub channel: ChannelId,
    pub spoken: Spoken,
    /// For an `https` socket, or a `tcp` one that has TLS.
    pub tls: Option<ServerTls>,
}

/// A namespace of Durable Objects.
#[derive(Debug)]
pub struct NamespaceConfig {
    /// The Worker that has the class.
    pub worker: usize,
    pub class: Arc<str>,
    /// Where the objects' files are; none if they are not kept.
    pub directory: Option<PathBuf>,
    /// What the objects are found again by.
    pub home: Arc<Home>,
    /// Whether idle objects are kept.
    pub prevent_eviction: bool,
    /// Makes the ids of objects that are stored.
    pub ids: Option<IdFactory>,
    /// None: the objects store nothing.
    pub storage: Option<Kind>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Graph {
    pub workers: Vec<Arc<Definition>>,
    /// For each Worker, the index of its service in the config: the order in which mistakes are shown.
    pub places: Vec<usize>,
    pub channels: Vec<Channel>,
    pub namespaces: Vec<Arc<NamespaceConfig>>,
    /// Whether the autogate is on that tests have for themselves.
    pub is_test_autogate_on: bool,
    /// Whether raw connections may be sent by remote calls.
    pub sends_sockets: bool,
    /// The alarms of all namespaces, on disk.
    pub alarms: Tables,
    pub sockets: Vec<Socket>,
    /// What must be exported, and by whom: known once the Workers have started.
    pub expected_entrypoints: Vec<ExpectedEntrypoint>,
}

/// A named entry point that the config refers to.
#[derive(Debug)]
pub struct ExpectedEntrypoint {
    /// The Worker that must export it.
    pub worker: Arc<str>,
    pub name: Arc<str>,
    /// What is wrong when it does not.
    pub problem: Problem,
}

/// A config with mistakes, and what of it can be started all the same, to find the mistakes in code.
#[derive(Debug)]
pub struct Broken {
    pub problems: Vec<Problem>,
    pub graph: Graph,
}

/// What building a graph needs besides the config.
pub struct Building<'a> {
    pub permissions: Permissions,
    pub limits: options::Limits,
    /// The date of all Workers, when the command line gives one.
    pub compat_date: Option<&'a str>,
    pub check: compat::DateCheck,
}

/// The name of an autogate that does nothing.
pub const TEST_GATE: &str = "workerd-autogate-test-workerd";
/// The name of the autogate for raw connections that are sent by remote calls.
pub const SOCKETS_GATE: &str = "workerd-autogate-socket-rpc-transfer";

/// The environment variable that has all autogates on.
const ALL_GATES: &str = "WORKERD_ALL_AUTOGATES";

fn is_gate_on(config: &Config, name: &str) -> bool {
    std::env::var_os(ALL_GATES).is_some() || config.autogates.iter().any(|gate| **gate == *name)
}

/// Builds the graph; all problems are reported at once, in the order in which they are shown, and
/// the warnings go to the log.
pub fn build(config: &Config, building: &Building<'_>) -> Result<Graph, Box<Broken>> {
    let mut problems = config::validate(config, &building.permissions);
    if problems.is_empty() {
        problems.extend(config::unsupported(config));
    }
    let mut builder = Builder {
        config,
        graph: Graph::default(),
        known: HashMap::new(),
        workers: HashMap::new(),
        services: HashMap::new(),
        namespaces: HashMap::new(),
        caches: HashMap::new(),
        extensions: extensions(config),
    };
    builder.graph.is_test_autogate_on = is_gate_on(config, TEST_GATE);
    builder.graph.sends_sockets = is_gate_on(config, SOCKETS_GATE);
    builder.number_workers();
    builder.open_namespaces();
    builder.open_services(&mut problems);
    for (index, service) in config.services.iter().enumerate() {
        let ServiceKind::Worker(worker) = &service.kind else {
            continue;
        };
        match crate::worker_config::definition(&mut builder, &service.name, worker, building) {
            Ok(definition) => {
                builder.graph.workers.push(Arc::new(definition));
                builder.graph.places.push(index);
            }
            Err(messages) => {
                problems.extend(messages.into_iter().map(|message| {
                    Problem::of_service(Stage::Service(index), &service.name, message)
                }))
            }
        }
    }
    for reference in config::references(config) {
        if let (Some(name), Some(_)) = (
            &reference.designator.entrypoint,
            builder.workers.get(&reference.designator.name),
        ) {
            builder.graph.expected_entrypoints.push(ExpectedEntrypoint {
                worker: reference.designator.name.clone(),
                name: name.clone(),
                problem: reference.no_such_entrypoint(name),
            });
        }
    }
    if !problems.is_empty() {
        let graph = builder.graph;
        return Err(Box::new(Broken { problems, graph }));
    }
    for socket in &config.sockets {
        let (spoken, tls) = match &socket.protocol {
            SocketProtocol::Http(options) => (Spoken::Http(options.clone()), None),
            SocketProtocol::Https { options, tls } => {
                (Spoken::Http(options.clone()), Some((tls, Alpn::Http2)))
            }
            SocketProtocol::Tcp { tls, mode } => {
                let start_tls = *mode == TcpTlsMode::StartTls && tls.is_some();
                let tls = tls.as_ref().map(|tls| (tls, Alpn::None));
                (Spoken::Raw { start_tls }, tls)
            }
            SocketProtocol::Udp {
                idle_timeout_ms,
                max_pending_bytes,
            } => {
                let spoken = Spoken::Datagrams {
                    idle_timeout: Duration::from_millis(u64::from(*idle_timeout_ms)),
                    max_pending_bytes: *max_pending_bytes as usize,
                };
                (spoken, None)
            }
            SocketProtocol::Unknown(_) => continue,
        };
        let tls = tls.map(|(tls, alpn)| ServerTls::new(&crate::tls::tls_options(tls), alpn));
        let tls = match tls.transpose() {
            Ok(tls) => tls,
            Err(error) => {
                let message = format!("Socket \"{}\": {error}", socket.name);
                problems.push(Problem::new(Stage::SocketLinks, message));
                continue;
            }
        };
        let channel = builder.channel(&socket.service);
        builder.graph.sockets.push(Socket {
            name: socket.name.clone(),
            address: socket.address.clone(),
            channel,
            spoken,
            tls,
        });
    }
    let graph = builder.graph;
    if problems.is_empty() {
        Ok(graph)
    } else {
        Err(Box::new(Broken { problems, graph }))
    }
}

/// A service, an entry point of it, and the caller's props.
type Target = (Arc<str>, Option<Arc<str>>, Option<Arc<str>>);

/// Resolves references while the graph grows.
pub struct Builder<'a> {
    config: &'a Config,
    graph: Graph,
    known: HashMap<Target, ChannelId>,
    workers: HashMap<Arc<str>, usize>,
    services: HashMap<Arc<str>, Service>,
    /// By service and class.
    namespaces: HashMap<(Arc<str>, Arc<str>), Namespace>,
    /// Memory caches by id.
    caches: HashMap<Arc<str>, Arc<Store>>,
    /// Modules for every Worker.
    pub extensions: Arc<[ExtensionModule]>,
}

fn extensions(config: &Config) -> Arc<[ExtensionModule]> {
    let modules = config
        .extensions
        .iter()
        .flat_map(|extension| &extension.modules);
    modules
        .map(|module| ExtensionModule {
            is_internal: module.internal,
            source: Arc::new(Source::es_module(&*module.name, module.es_module.clone())),
        })
        .collect()
}

/// How the objects of a namespace are stored; none if they are not.
fn storage_kind(worker: &model::Worker, namespace: &model::DurableObjectNamespace) -> Option<Kind> {
    match (&namespace.key, &worker.durable_object_storage) {
        (model::NamespaceKey::Unique(_), model::DurableObjectStorage::InMemory) => {
            Some(Kind::InMemory)
        }
        (model::NamespaceKey::Unique(_), model::DurableObjectStorage::LocalDisk(_)) => {
            Some(match namespace.enable_sql {
                true => Kind::Sql,
                false => Kind::KeysAndValues,
            })
        }
        _ => None,
    }
}

impl Builder<'_> {
    /// The store of a memory cache; bindings with one id share it.
    pub fn cache(&mut self, cache: &model::MemoryCache) -> Arc<Store> {
        let store = match &cache.id {
            Some(id) => self.caches.entry(id.clone()).or_default().clone(),
            None => Arc::default(),
        };
        if let Some(limits) = &cache.limits {
            store.allow(Limits {
                keys: limits.max_keys as usize,
                value_size: limits.max_value_size.into(),
                total_value_size: limits.max_total_value_size,
            });
        }
        store
    }

    fn number_workers(&mut self) {
        let workers = self
            .config
            .services
            .iter()
            .filter(|service| matches!(service.kind, ServiceKind::Worker(_)));
        self.workers = workers
            .enumerate()
            .map(|(index, service)| (service.name.clone(), index))
            .collect();
    }

    /// Numbers the namespaces of all Workers; of several for one class the last one counts.
    fn open_namespaces(&mut self) {
        for service in &self.config.services {
            let (ServiceKind::Worker(worker), Some(&index)) =
                (&service.kind, self.workers.get(&service.name))
            else {
                continue;
            };
            for namespace in &worker.durable_object_namespaces {
                let id = NamespaceId(self.graph.namespaces.len());
                let ids = match &namespace.key {
                    model::NamespaceKey::Unique(key) => Some(IdFactory::new(key)),
                    model::NamespaceKey::EphemeralLocal | model::NamespaceKey::Unknown(_) => None,
                };
                let directory = match &namespace.key {
                    model::NamespaceKey::Unique(key) => {
                        self.storage(worker).map(|at| at.join(&**key))
                    }
                    model::NamespaceKey::EphemeralLocal | model::NamespaceKey::Unknown(_) => None,
                };
                let unique_key = match &namespace.key {
                    model::NamespaceKey::Unique(key) => key.clone(),
                    model::NamespaceKey::EphemeralLocal | model::NamespaceKey::Unknown(_) => {
                        Arc::default()
                    }
                };
                let home = Arc::new(Home { key: unique_key });
                let key = (service.name.clone(), namespace.class_name.clone());
                let named = Namespace {
                    id,
                    ids: ids.clone(),
                    home: home.clone(),
                };
                self.namespaces.insert(key, named);
                self.graph.namespaces.push(Arc::new(NamespaceConfig {
                    worker: index,
                    class: namespace.class_name.clone(),
                    directory,
                    home,
                    prevent_eviction: namespace.prevent_eviction,
                    ids,
                    storage: storage_kind(worker, namespace),
                }));
            }
        }
    }

    /// The directory in which a Worker's objects are stored.
    fn storage(&self, worker: &model::Worker) -> Option<PathBuf> {
        let model::DurableObjectStorage::LocalDisk(disk) = &worker.durable_object_storage else {
            return None;
        };
        match self.config.service(disk).map(|service| &service.kind) {
            Some(ServiceKind::Disk(directory)) => directory.path.as_deref().map(PathBuf::from),
            _ => None,
        }
    }

    /// The namespace of a class of this service.
    pub fn namespace(&self, service: &Arc<str>, class: &Arc<str>) -> Option<Namespace> {
        let key = (service.clone(), class.clone());
        self.namespaces.get(&key).cloned()
    }

    /// The ports of the config on which raw connections come to a Worker.
    pub fn tcp_ports(&self, service: &str) -> Vec<u16> {
        let sockets = self.config.sockets.iter().filter(|socket| {
            matches!(socket.protocol, SocketProtocol::Tcp { .. })
                && *socket.service.name == *service
        });
        let port = |socket: &model::Socket| {
            let (_, port) = socket.address.as_ref()?.rsplit_once(':')?;
            port.parse().ok()
        };
        sockets.filter_map(port).collect()
    }

    /// Opens the services that are no Workers, `internet` among them even if the config defines none.
    fn open_services(&mut self, problems: &mut Vec<Problem>) {
        let invalid = !problems.is_empty();
        for (index, service) in self.config.services.iter().enumerate() {
            if matches!(service.kind, ServiceKind::Worker(_)) {
                continue;
            }
            match Service::new(service) {
                Ok(opened) => {
                    self.services.insert(service.name.clone(), opened);
                }
                // Validation has told of it.
                Err(_) if invalid => {}
                Err(message) => problems.push(Problem::of_service(
                    Stage::Service(index),
                    &service.name,
                    message,
                )),
            }
        }
        let internet = model::Service {
            name: "internet".into(),
            kind: ServiceKind::Network(model::Network::internet()),
        };
        if self.config.service(&internet.name).is_none()
            && let Ok(service) = Service::new(&internet)
        {
            self.services.insert(internet.name, service);
        }
    }

    /// The channel to a service; the same reference gives the same channel.
    pub fn channel(&mut self, designator: &ServiceDesignator) -> ChannelId {
        let props = match &designator.props {
            model::Props::Json(json) => Some(json.clone()),
            model::Props::Empty | model::Props::Unknown(_) => None,
        };
        let key = (
            designator.name.clone(),
            designator.entrypoint.clone(),
            props.clone(),
        );
        if let Some(id) = self.known.get(&key) {
            return *id;
        }
        let channel = match self.workers.get(&designator.name) {
            Some(&index) => Channel::Worker {
                index,
                entrypoint: designator.entrypoint.clone(),
                props,
            },
            None => Channel::Service(
                self.services
                    .get(&designator.name)
                    .cloned()
                    .unwrap_or_default(),
            ),
        };
        let id = ChannelId(self.graph.channels.len());
        self.graph.channels.push(channel);
        self.known.insert(key, id);
        id
    }
}
