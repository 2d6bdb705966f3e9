//! What a Worker is made from: plain shared data, the same on every loop.

use std::sync::Arc;

use compat::FlagSet;
use io::carried::Carried;
use io::restored::Origin;
use io::token::{Refusal, Usage, Written};
use jsg::modules::{Bundle, Fallback, Source};
use workers::durable_object::{Home, IdFactory};
use workers::hyperdrive::Credentials;

/// One of the host's channels, as a binding names it. The host of each loop knows what it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChannelId(pub usize);

/// One of the host's namespaces of Durable Objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NamespaceId(pub usize);

/// A namespace of Durable Objects as a binding names it.
#[derive(Debug, Clone)]
pub struct Namespace {
    pub id: NamespaceId,
    /// Makes the ids; objects that are not stored have text for ids.
    pub ids: Option<IdFactory>,
    /// The class that it is of.
    pub home: Arc<Home>,
}

/// A Durable Object class of the Worker itself that has a namespace.
#[derive(Debug)]
pub struct OwnNamespace {
    pub class: Arc<str>,
    pub namespace: Namespace,
}

/// A Worker before any isolate exists for it.
#[derive(Debug)]
pub struct Definition {
    /// The service's name: in logs and in `workerd test`.
    pub name: Arc<str>,
    pub flags: FlagSet,
    pub code: Code,
    pub bindings: Vec<Binding>,
    /// Modules that the config offers to every Worker.
    pub extensions: Arc<[ExtensionModule]>,
    /// Where global `fetch()` goes.
    pub global_outbound: Option<ChannelId>,
    /// Where the Cache API goes.
    pub cache_outbound: Option<ChannelId>,
    /// The Workers that hear of this one's events.
    pub tails: Vec<Tail>,
    /// The same, for those that hear of each thing as it happens.
    pub streaming_tails: Vec<Tail>,
    pub namespaces: Vec<OwnNamespace>,
    pub limits: Limits,
    /// Where TCP connections come to this Worker.
    pub tcp_ports: Vec<u16>,
    /// Who may know modules that the Worker's code lacks.
    pub fallback: Option<Arc<dyn Fallback>>,
}

impl Definition {
    /// A Worker that reaches nothing: without bindings, outbound services or tail Workers.
    pub fn new(name: impl Into<Arc<str>>, flags: FlagSet, code: Code) -> Self {
        Self {
            name: name.into(),
            flags,
            code,
            bindings: Vec::new(),
            extensions: Arc::default(),
            global_outbound: None,
            cache_outbound: None,
            tails: Vec::new(),
            streaming_tails: Vec::new(),
            namespaces: Vec::new(),
            limits: Limits::default(),
            tcp_ports: Vec::new(),
            fallback: None,
        }
    }
}

/// A Worker that hears of another's events.
#[derive(Debug, Clone, Copy)]
pub struct Tail {
    pub channel: ChannelId,
    /// Whether it is the same Worker.
    pub is_self: bool,
}

/// What one isolate may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// JavaScript heap, in bytes; none for what V8 chooses.
    pub heap: Option<usize>,
}

impl Default for Limits {
    /// 128 MiB, as on Cloudflare.
    fn default() -> Self {
        Self {
            heap: Some(128 << 20),
        }
    }
}

/// A Worker's code.
#[derive(Debug)]
pub enum Code {
    /// Modules; the first is the main one.
    Modules(Arc<Bundle>),
    /// A classic script that registers its handlers with `addEventListener()`.
    Script(Arc<Source>),
}

/// A module that the config adds to the built-in ones.
#[derive(Debug)]
pub struct ExtensionModule {
    /// Whether only built-in modules may import it, other extensions among them.
    pub is_internal: bool,
    pub source: Arc<Source>,
}

/// A property of `env`, or a global of a classic script.
#[derive(Debug)]
pub struct Binding {
    pub name: Arc<str>,
    pub value: BindingValue,
}

/// What a binding is.
#[derive(Debug)]
pub enum BindingValue {
    Text(Arc<str>),
    Data(Arc<[u8]>),
    Json(Arc<str>),
    /// A source of WebAssembly without a name.
    Wasm(Arc<Source>),
    CryptoKey(KeyBinding),
    /// Null in JavaScript: an environment variable that is not set.
    Null,
    Service(ChannelId),
    Namespace(Namespace),
    /// The channel is that of the entry point that is the class.
    DurableObjectClass(ChannelId),
    Queue(ChannelId),
    KvNamespace(ChannelId),
    /// With the name of the service.
    R2Bucket(ChannelId, Arc<str>),
    /// With the name of the data set.
    AnalyticsEngine(ChannelId, Arc<str>),
    Hyperdrive(ChannelId, Credentials),
    MemoryCache(Arc<workers::memory_cache::store::Store>),
    UnsafeEval,
    /// The way to the debug ports of processes.
    DebugPort,
    WorkerLoader(WorkerLoader),
    Wrapped(Wrapped),
}

/// Makes dynamic Workers.
#[derive(Debug)]
pub struct WorkerLoader {
    /// Loaders of one id share their named Workers.
    pub id: Option<Arc<str>>,
    /// Which compatibility dates such Workers may have.
    pub check: compat::DateCheck,
}

/// What a function of an internal module makes of other bindings.
#[derive(Debug)]
pub struct Wrapped {
    pub module: Arc<str>,
    /// The export that is the function.
    pub entrypoint: Arc<str>,
    pub inner: Vec<Binding>,
}

/// A key that is imported for each instance of the Worker.
#[derive(Debug)]
pub struct KeyBinding {
    pub form: KeyForm,
    pub algorithm: KeyAlgorithm,
    pub extractable: bool,
    /// As `importKey()` takes them.
    pub usages: Vec<String>,
}

/// The format and the key in it.
#[derive(Debug)]
pub enum KeyForm {
    Raw(Arc<[u8]>),
    Pkcs8(Arc<[u8]>),
    Spki(Arc<[u8]>),
    Jwk(Arc<str>),
}

/// The algorithm argument of `importKey()`.
#[derive(Debug)]
pub enum KeyAlgorithm {
    Name(Arc<str>),
    Json(Arc<str>),
}

/// Which of a Worker's entry points gets an event, and what the caller tells it.
#[derive(Debug, Clone, Default)]
pub struct Entrypoint {
    /// `None` is the default export.
    pub name: Option<Arc<str>>,
    /// What becomes `ctx.props`.
    pub props: Props,
    /// What it is reached by.
    pub origin: Origin,
}

/// The caller's configuration of an entry point. Each event gets a copy of its own.
#[derive(Debug, Clone, Default)]
pub enum Props {
    #[default]
    Empty,
    Json(Arc<str>),
    Carried(Carried),
}

impl From<Option<Carried>> for Props {
    fn from(props: Option<Carried>) -> Self {
        props.map_or(Self::Empty, Self::Carried)
    }
}

impl Props {
    /// The same in a token.
    ///
    /// # Errors
    /// What they refer to cannot be found again.
    pub(crate) fn written(&self, usage: Usage) -> Result<Option<Written>, Refusal> {
        match self {
            Self::Carried(props) => props.written(usage).map(Some),
            Self::Json(json) => Ok(Some(Written::Json(json.clone()))),
            Self::Empty => Ok(None),
        }
    }
}
