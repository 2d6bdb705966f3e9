//! Bindings: what a Worker finds in `env`.

use super::{Data, ServiceDesignator, Text};

/// A property of `env`, or a global of a classic script.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    pub name: Text,
    pub value: BindingValue,
}

/// What a [`Binding`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum BindingValue {
    Unspecified,
    /// Meant to be filled by a derived Worker; not implemented by any release.
    Parameter,
    Text(Text),
    /// An `ArrayBuffer`.
    Data(Data),
    /// JSON text, not yet parsed.
    Json(Text),
    WasmModule(Data),
    CryptoKey(CryptoKey),
    Service(ServiceDesignator),
    DurableObjectNamespace(DurableObjectNamespaceDesignator),
    KvNamespace(ServiceDesignator),
    R2Bucket(ServiceDesignator),
    Obsolete,
    Wrapped(WrappedBinding),
    Queue(ServiceDesignator),
    /// The name of an environment variable.
    FromEnvironment(Text),
    AnalyticsEngine(ServiceDesignator),
    Hyperdrive(Hyperdrive),
    UnsafeEval,
    MemoryCache(MemoryCache),
    DurableObjectClass(ServiceDesignator),
    /// Loaders with one id share their Workers.
    WorkerLoader {
        id: Option<Text>,
    },
    WorkerdDebugPort,
    /// A member of a newer schema.
    Unknown(u16),
}

/// A key to import.
#[derive(Clone, Debug, PartialEq)]
pub struct CryptoKey {
    pub material: KeyMaterial,
    pub algorithm: KeyAlgorithm,
    pub extractable: bool,
    pub usages: Vec<KeyUsage>,
}

/// The form in which a key is given.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyMaterial {
    Raw(Data),
    Hex(Text),
    Base64(Text),
    Pkcs8(Text),
    Spki(Text),
    Jwk(Text),
    /// A member of a newer schema.
    Unknown(u16),
}

/// The algorithm argument of `importKey()`.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyAlgorithm {
    Name(Text),
    Json(Text),
    /// A member of a newer schema.
    Unknown(u16),
}

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUsage {
    Encrypt,
    Decrypt,
    Sign,
    Verify,
    DeriveKey,
    DeriveBits,
    WrapKey,
    UnwrapKey,
    /// A value of a newer schema.
    Unknown(u16),
}

/// A Durable Object class of this Worker or another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DurableObjectNamespaceDesignator {
    pub class_name: Text,
    /// `None` is the Worker that has the binding.
    pub service_name: Option<Text>,
}

/// An API object that a built-in module makes from inner bindings.
#[derive(Clone, Debug, PartialEq)]
pub struct WrappedBinding {
    pub module_name: Text,
    pub entrypoint: Text,
    pub inner_bindings: Vec<Binding>,
}

/// A database connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hyperdrive {
    pub designator: ServiceDesignator,
    pub database: Text,
    pub user: Text,
    pub password: Text,
    pub scheme: Text,
}

/// An in-memory cache.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemoryCache {
    /// Caches with one id are shared in the process.
    pub id: Option<Text>,
    /// Required, although the schema cannot say so.
    pub limits: Option<MemoryCacheLimits>,
}

/// Bounds of a [`MemoryCache`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryCacheLimits {
    pub max_keys: u32,
    pub max_value_size: u32,
    pub max_total_value_size: u64,
}
