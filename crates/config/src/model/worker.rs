//! Workers: code, bindings and Durable Objects of one service.

use super::{Binding, Data, ServiceDesignator, Text};

/// A Worker.
#[derive(Clone, Debug, PartialEq)]
pub struct Worker {
    pub source: WorkerSource,
    pub compatibility_date: Option<Text>,
    pub compatibility_flags: Vec<Text>,
    pub bindings: Vec<Binding>,
    /// Where global `fetch()` goes.
    pub global_outbound: ServiceDesignator,
    /// Where the Cache API goes; `None` leaves it unconfigured.
    pub cache_api_outbound: Option<ServiceDesignator>,
    pub durable_object_namespaces: Vec<DurableObjectNamespace>,
    pub durable_object_unique_key_modifier: Option<Text>,
    pub durable_object_storage: DurableObjectStorage,
    pub module_fallback: Option<Text>,
    pub tails: Vec<ServiceDesignator>,
    pub streaming_tails: Vec<ServiceDesignator>,
    pub container_engine: ContainerEngine,
    pub access_blob_header: Option<Text>,
    pub access_binding_service: Option<ServiceDesignator>,
    pub workflows_engine: Option<WorkflowsEngine>,
}

/// Where a Worker's code comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum WorkerSource {
    /// The first one is the main module.
    Modules(Vec<Module>),
    ServiceWorkerScript(Text),
    /// The name of another Worker; not implemented by any release.
    Inherit(Text),
    /// A member of a newer schema.
    Unknown(u16),
}

/// A module of a Worker's bundle.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    pub name: Text,
    pub content: ModuleContent,
    /// Names that a CommonJS module exports besides `default`.
    pub named_exports: Vec<Text>,
}

/// What a [`Module`] holds.
#[derive(Clone, Debug, PartialEq)]
pub enum ModuleContent {
    EsModule(Text),
    CommonJs(Text),
    Text(Text),
    Data(Data),
    Wasm(Data),
    Json(Text),
    Python(Text),
    /// The name of a module built into the binary.
    Bundled(Text),
    /// Once `nodeJsCompatModule`.
    Obsolete,
    /// Once `pythonRequirement`.
    ObsoletePythonRequirement,
    /// A member of a newer schema.
    Unknown(u16),
}

/// A Durable Object class that a Worker stores.
#[derive(Clone, Debug, PartialEq)]
pub struct DurableObjectNamespace {
    pub class_name: Text,
    pub key: NamespaceKey,
    pub prevent_eviction: bool,
    pub enable_sql: bool,
    pub container: Option<ContainerOptions>,
}

/// How the ids of a namespace come about.
#[derive(Clone, Debug, PartialEq)]
pub enum NamespaceKey {
    Unique(Text),
    EphemeralLocal,
    /// A member of a newer schema.
    Unknown(u16),
}

/// Where Durable Objects are stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum DurableObjectStorage {
    #[default]
    None,
    InMemory,
    /// The name of a disk service.
    LocalDisk(Text),
    /// A member of a newer schema.
    Unknown(u16),
}

/// Containers of a Durable Object class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContainerOptions {
    pub image_name: Option<Text>,
    pub privileges: Option<ContainerPrivileges>,
    pub images: Vec<NamedImage>,
}

/// Additions to a container's host configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContainerPrivileges {
    pub capabilities: Vec<Text>,
    pub devices: Vec<ContainerDevice>,
    pub security_opt: Vec<Text>,
}

/// A host device that a container sees.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContainerDevice {
    pub path_on_host: Text,
    pub path_in_container: Text,
    pub cgroup_permissions: Text,
}

/// A container image under a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NamedImage {
    pub name: Text,
    pub image: Text,
}

/// What runs containers.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ContainerEngine {
    #[default]
    None,
    LocalDocker(DockerConfiguration),
    /// A member of a newer schema.
    Unknown(u16),
}

/// A local Docker daemon.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DockerConfiguration {
    pub socket_path: Text,
    pub container_egress_interceptor_image: Option<Text>,
    pub session_id: Option<Text>,
}

/// Workflows of a Worker.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkflowsEngine {
    pub actor_class: ServiceDesignator,
    pub workflows: Vec<Workflow>,
}

/// One workflow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workflow {
    pub class_name: Text,
    pub name: Text,
    pub binding_service: ServiceDesignator,
}
