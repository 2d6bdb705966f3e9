//! Validation: everything that can be wrong with a config before any code runs.
//!
//! All problems are found and come in the real workerd's order. Not here: compatibility dates and flags beyond their
//! presence (crate `compat`), files and directories, and what Workers export, which the server adds in their stages.

use crate::keys::importable_key;
use crate::links;
use crate::model::*;
use crate::problem::{Problem, Stage, experimental};
use std::collections::HashSet;

/// What the command line allows.
#[derive(Clone, Debug, Default)]
pub struct Permissions {
    /// `--experimental`.
    pub experimental: bool,
    /// A date for all Workers was given, so they need none.
    pub compat_date_given: bool,
    /// Sockets that need no address.
    pub socket_descriptors: Vec<Text>,
}

/// All problems of a config, in the order in which they are shown.
pub fn validate(config: &Config, permissions: &Permissions) -> Vec<Problem> {
    let mut validator = Validator {
        config,
        permissions,
        problems: Vec::new(),
    };
    validator.sockets();
    validator.definitions();
    for (index, service) in config.services.iter().enumerate() {
        validator.service(index, service);
    }
    validator.links();
    if config.cluster.is_some() && !permissions.experimental {
        validator.add(
            Stage::Process,
            "Cluster mode is experimental; it requires --experimental.",
        );
    }
    validator.problems.sort_by_key(|problem| problem.stage);
    validator.problems
}

struct Validator<'a> {
    config: &'a Config,
    permissions: &'a Permissions,
    problems: Vec<Problem>,
}

impl Validator<'_> {
    fn add(&mut self, stage: Stage, message: impl Into<String>) {
        self.problems.push(Problem::new(stage, message));
    }

    fn has_address(&self, socket: &Socket) -> bool {
        socket.address.is_some() || self.permissions.socket_descriptors.contains(&socket.name)
    }

    fn sockets(&mut self) {
        for socket in &self.config.sockets {
            let name = &socket.name;
            if !self.has_address(socket) {
                self.add(
                    Stage::Sockets,
                    format!(
                        "Socket \"{name}\" has no address in the config, so must be specified on the command line \
                         with `--socket-addr`."
                    ),
                );
            }
            if let SocketProtocol::Http(options) | SocketProtocol::Https { options, .. } =
                &socket.protocol
                && let HttpStyle::Unknown(_) = options.style
            {
                let message = newer("Encountered unknown HttpOptions::style setting.");
                self.add(Stage::Sockets, message);
            }
            if let SocketProtocol::Unknown(_) = socket.protocol {
                self.add(
                    Stage::Sockets,
                    newer(&format!("Encountered unknown socket type in \"{name}\".")),
                );
            }
        }
    }

    fn definitions(&mut self) {
        let mut names = HashSet::new();
        for service in &self.config.services {
            let name = &service.name;
            if !names.insert(name) {
                self.add(
                    Stage::Definitions,
                    format!("Config defines multiple services named \"{name}\"."),
                );
            }
            let ServiceKind::Worker(worker) = &service.kind else {
                continue;
            };
            let bundled = |module: &Module| matches!(module.content, ModuleContent::Bundled(_));
            if let WorkerSource::Modules(modules) = &worker.source
                && modules.iter().any(bundled)
            {
                self.need_experimental(Stage::Definitions, None, "Bundled modules");
            }
            for namespace in &worker.durable_object_namespaces {
                if namespace.key == NamespaceKey::EphemeralLocal {
                    let what =
                        "Ephemeral objects (Durable Object namespaces with type 'ephemeralLocal')";
                    self.need_experimental(Stage::Definitions, None, what);
                }
            }
            let stored = |namespace: &DurableObjectNamespace| {
                matches!(namespace.key, NamespaceKey::Unique(_))
            };
            if worker.durable_object_storage == DurableObjectStorage::None
                && worker.durable_object_namespaces.iter().any(stored)
            {
                self.add(
                    Stage::Definitions,
                    format!(
                        "Worker service \"{name}\" implements durable object classes but has `durableObjectStorage` \
                         set to `none`."
                    ),
                );
            }
            if worker.durable_object_unique_key_modifier.is_some() {
                let message = "durableObjectUniqueKeyModifier is not implemented yet";
                self.problems
                    .push(Problem::of_service(Stage::Definitions, name, message));
            }
        }
    }

    fn service(&mut self, index: usize, service: &Service) {
        let name = &*service.name;
        let stage = Stage::Service(index);
        let problem = match &service.kind {
            ServiceKind::Unspecified => {
                return self.add(
                    stage,
                    format!("Service named \"{name}\" does not specify what to serve."),
                );
            }
            ServiceKind::Unknown(_) => {
                return self.add(stage, unrecognized(&format!("Service named \"{name}\"")));
            }
            ServiceKind::Worker(worker) => return self.worker(stage, name, worker),
            ServiceKind::Assets(_) => {
                return self.need_experimental(stage, None, "Assets services");
            }
            ServiceKind::Network(network) => {
                match net::AddressFilter::parse(&network.allow, &network.deny) {
                    Err(error) => error.to_string(),
                    Ok(_) => return,
                }
            }
            ServiceKind::External(server) => match (&server.address, &server.protocol) {
                (_, ExternalProtocol::Unknown(_)) => {
                    unrecognized(&format!("External service named \"{name}\""))
                }
                (None, _) => format!(
                    "External service \"{name}\" has no address in the config, so must be specified on the command \
                     line with `--external-addr`."
                ),
                _ => return,
            },
            ServiceKind::Disk(disk) if disk.path.is_none() => format!(
                "Directory \"{name}\" has no path in the config, so must be specified on the command line with \
                 `--directory-path`."
            ),
            ServiceKind::Bucket(_) if self.config.cluster.is_none() => {
                "A bucket service requires Config.cluster.".to_owned()
            }
            ServiceKind::Disk(_) | ServiceKind::Bucket(_) => return,
        };
        self.problems
            .push(Problem::of_service(stage, name, problem));
    }

    fn worker(&mut self, stage: Stage, name: &str, worker: &Worker) {
        let mut messages = Vec::new();
        if worker.compatibility_date.is_none() && !self.permissions.compat_date_given {
            messages.push("Worker must specify compatibilityDate.".to_owned());
        }
        let bindings = links::flatten(&worker.bindings);
        messages.extend(
            bindings
                .iter()
                .filter_map(|binding| self.binding(name, worker, binding)),
        );
        let foreign = bindings
            .iter()
            .filter_map(|binding| self.foreign_namespace(name, binding));
        messages.extend(foreign);
        messages.extend(source_problem(&worker.source));
        if worker.access_blob_header.is_some() && !self.permissions.experimental {
            messages.push(format!(
                "Worker \"{name}\" has accessBlobHeader configured but this is an experimental feature. You must run \
                 workerd with `--experimental` to use this feature."
            ));
        }
        if worker.module_fallback.is_some() && !self.permissions.experimental {
            messages.push(
                "The module fallback service is an experimental feature. You must run workerd with `--experimental` \
                 to use the module fallback service."
                    .to_owned(),
            );
        }
        for message in messages {
            self.problems
                .push(Problem::of_service(stage, name, message));
        }
    }

    fn binding(&self, worker_name: &str, worker: &Worker, binding: &Binding) -> Option<String> {
        let place = format!("Worker \"{worker_name}\"'s binding \"{}\"", binding.name);
        let needs_experimental =
            |what: &str| (!self.permissions.experimental).then(|| experimental(what));
        match &binding.value {
            BindingValue::Unspecified => {
                Some(format!("{place} does not specify any binding value."))
            }
            // The real message lacks the space, too.
            BindingValue::Unknown(_) => Some(newer(&format!("{place}has unrecognized type."))),
            BindingValue::Obsolete => Some(format!("{place} uses an obsolete binding type.")),
            BindingValue::WasmModule(_) if matches!(worker.source, WorkerSource::Modules(_)) => {
                Some(format!(
                    "{place} is a Wasm binding, but Wasm bindings are not allowed in modules-based scripts. Use Wasm \
                 modules instead."
                ))
            }
            BindingValue::DurableObjectNamespace(designator)
                if designator.service_name.is_none() =>
            {
                let class = &designator.class_name;
                (!defines(worker, class)).then(|| {
                    format!(
                        "{place} refers to a Durable Object namespace named \"{class}\", but no such Durable Object \
                         namespace is defined by this Worker."
                    )
                })
            }
            BindingValue::CryptoKey(key) => key_problem(&binding.name, key),
            BindingValue::UnsafeEval => needs_experimental("Unsafe eval bindings"),
            BindingValue::WorkerLoader { .. } => needs_experimental("Worker loader bindings"),
            BindingValue::DurableObjectClass(_) => {
                needs_experimental("Durable Object class bindings")
            }
            BindingValue::MemoryCache(cache) => {
                needs_experimental("MemoryCache bindings").or_else(|| {
                    cache.limits.is_none().then(|| {
                        "MemoryCache bindings must specify limits. Please update the binding in the worker \
                         configuration and try again."
                            .to_owned()
                    })
                })
            }
            BindingValue::AnalyticsEngine(_) => needs_experimental("AnalyticsEngine bindings"),
            BindingValue::WorkerdDebugPort => needs_experimental("workerdDebugPort bindings"),
            _ => None,
        }
    }

    /// Checks a Durable Object namespace of another Worker, which happens after all other bindings.
    fn foreign_namespace(&self, worker_name: &str, binding: &Binding) -> Option<String> {
        let BindingValue::DurableObjectNamespace(designator) = &binding.value else {
            return None;
        };
        let service = designator.service_name.as_ref()?;
        let class = &designator.class_name;
        let place = format!("Worker \"{worker_name}\"'s binding \"{}\"", binding.name);
        match self.config.service(service).map(|service| &service.kind) {
            Some(ServiceKind::Worker(worker)) if defines(worker, class) => None,
            Some(ServiceKind::Worker(_)) => Some(format!(
                "{place} refers to a Durable Object namespace named \"{class}\" in service \"{service}\", but no such \
                 Durable Object namespace is defined by that service."
            )),
            _ => Some(format!(
                "{place} refers to a service \"{service}\", but no such service is defined."
            )),
        }
    }

    fn links(&mut self) {
        for (index, service) in self.config.services.iter().enumerate() {
            let ServiceKind::Worker(worker) = &service.kind else {
                continue;
            };
            let stage = Stage::Links(index);
            if let Some(engine) = &worker.workflows_engine {
                let class = &engine.actor_class.name;
                if self.config.service(class).is_none() {
                    let message = format!(
                        "workflowsEngine.actorClass refers to a service \"{class}\", but no such service is defined."
                    );
                    self.problems
                        .push(Problem::of_service(stage, &service.name, message));
                }
            }
            if let DurableObjectStorage::LocalDisk(disk) = &worker.durable_object_storage
                && let Some(message) = self.storage(disk)
            {
                self.problems
                    .push(Problem::of_service(stage, &service.name, message));
            }
        }
        for reference in links::references(self.config) {
            // An experimental kind without permission was refused before, and so was a socket without address.
            let resolved = match reference.stage {
                Stage::SocketLinks => self.config.sockets.iter().any(|socket| {
                    std::ptr::eq(&socket.service, reference.designator) && self.has_address(socket)
                }),
                Stage::Links(index) => {
                    self.permissions.experimental || !self.is_analytics(index, &reference)
                }
                _ => true,
            };
            if resolved {
                self.problems.extend(links::check(self.config, &reference));
            }
        }
    }

    fn is_analytics(&self, service: usize, reference: &links::Reference<'_>) -> bool {
        let Some(ServiceKind::Worker(worker)) = self
            .config
            .services
            .get(service)
            .map(|service| &service.kind)
        else {
            return false;
        };
        links::flatten(&worker.bindings)
            .iter()
            .any(|binding| match &binding.value {
                BindingValue::AnalyticsEngine(designator) => {
                    std::ptr::eq(designator, reference.designator)
                }
                _ => false,
            })
    }

    fn storage(&self, disk: &str) -> Option<String> {
        match self.config.service(disk).map(|service| &service.kind) {
            None if disk != "internet" => Some(format!(
                "durableObjectStorage config refers to a service \"{disk}\", but no such service is defined."
            )),
            Some(ServiceKind::Disk(directory)) if directory.writable => None,
            Some(ServiceKind::Disk(_)) => Some(format!(
                "durableObjectStorage config refers to the disk service \"{disk}\", but that service is defined \
                 read-only."
            )),
            _ => Some(format!(
                "durableObjectStorage config refers to the service \"{disk}\", but that service is not a local disk \
                 service."
            )),
        }
    }

    fn need_experimental(&mut self, stage: Stage, service: Option<&str>, what: &str) {
        if !self.permissions.experimental {
            self.problems.push(match service {
                Some(service) => Problem::of_service(stage, service, experimental(what)),
                None => Problem::new(stage, experimental(what)),
            });
        }
    }
}

fn source_problem(source: &WorkerSource) -> Option<String> {
    match source {
        WorkerSource::Modules(modules) if modules.is_empty() => {
            Some("Modules list cannot be empty.".to_owned())
        }
        WorkerSource::Modules(modules) => {
            let unknown = |module: &Module| matches!(module.content, ModuleContent::Unknown(_));
            let found = modules.iter().any(unknown);
            found.then(|| newer("Encountered unknown Worker.Module type."))
        }
        WorkerSource::Unknown(_) => Some(newer("Encountered unknown Worker code type.")),
        WorkerSource::ServiceWorkerScript(_) | WorkerSource::Inherit(_) => None,
    }
}

fn defines(worker: &Worker, class: &str) -> bool {
    worker
        .durable_object_namespaces
        .iter()
        .any(|namespace| &*namespace.class_name == class)
}

fn unrecognized(what: &str) -> String {
    newer(&format!("{what} has unrecognized type."))
}

/// A sentence about a value that this schema does not know, with its likely cause.
pub(crate) fn newer(sentence: &str) -> String {
    format!("{sentence} Was the config compiled with a newer version of the schema?")
}

/// What is wrong with a key, as far as that can be seen without importing it.
fn key_problem(name: &str, key: &CryptoKey) -> Option<String> {
    if let KeyMaterial::Unknown(_) = key.material {
        let text = format!("Encountered unknown CryptoKey type for binding \"{name}\".");
        return Some(newer(&text));
    }
    if let Err(problem) = importable_key(&key.material) {
        return Some(format!("CryptoKey binding \"{name}\" {problem}"));
    }
    if let KeyAlgorithm::Unknown(_) = key.algorithm {
        let text = format!("Encountered unknown CryptoKey algorithm type for binding \"{name}\".");
        return Some(newer(&text));
    }
    None
}
