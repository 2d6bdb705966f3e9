//! A Worker's part of the config as a [`Definition`].

use std::sync::Arc;

use compat::{Experimental, Flag, FlagSet};
use config::ImportableKey;
use config::model::{
    self, BindingValue as Configured, KeyUsage, Module, ModuleContent, Worker, WorkerSource,
};
use jsg::modules::{Bundle, Content, Fallback, Source};
use net::{DefaultPort, Destination};
use runtime::{
    Binding, BindingValue, Code, Definition, KeyAlgorithm, KeyBinding, KeyForm, Limits,
    OwnNamespace, Tail, WorkerLoader, Wrapped,
};
use workers::hyperdrive::Credentials;

use crate::fallback::FallbackService;
use crate::graph::{Builder, Building};

/// Makes the definition; an error is one line a mistake.
pub fn definition(
    builder: &mut Builder<'_>,
    name: &Arc<str>,
    worker: &Worker,
    building: &Building<'_>,
) -> Result<Definition, Vec<String>> {
    let flags = flags(name, worker, building)?;
    let code = code(name, worker, &flags)?;
    let is_script = matches!(worker.source, WorkerSource::ServiceWorkerScript(_));
    let bindings = bindings(builder, name, &worker.bindings, is_script);
    let limits = Limits {
        heap: building.limits.heap_mib.map(|mib| mib.get() << 20),
    };
    let fallback = fallback(worker)?;
    Ok(Definition {
        name: name.clone(),
        flags,
        code,
        bindings,
        extensions: builder.extensions.clone(),
        global_outbound: Some(builder.channel(&worker.global_outbound)),
        cache_outbound: worker
            .cache_api_outbound
            .as_ref()
            .map(|outbound| builder.channel(outbound)),
        tails: tails(builder, name, &worker.tails),
        streaming_tails: tails(builder, name, &worker.streaming_tails),
        namespaces: namespaces(builder, name, worker),
        limits,
        tcp_ports: builder.tcp_ports(name),
        fallback,
    })
}

/// The service that may know modules which the config lacks.
fn fallback(worker: &Worker) -> Result<Option<Arc<dyn Fallback>>, Vec<String>> {
    let Some(address) = &worker.module_fallback else {
        return Ok(None);
    };
    let destination =
        Destination::parse(address, DefaultPort::HTTP).map_err(|error| vec![error.to_string()])?;
    Ok(Some(Arc::new(FallbackService::new(destination))))
}

/// The namespaces of the Worker's own classes.
fn namespaces(builder: &Builder<'_>, name: &Arc<str>, worker: &Worker) -> Vec<OwnNamespace> {
    let mut own: Vec<OwnNamespace> = Vec::new();
    for configured in &worker.durable_object_namespaces {
        let class = &configured.class_name;
        if let Some(namespace) = builder.namespace(name, class)
            && own.iter().all(|known| known.class != *class)
        {
            own.push(OwnNamespace {
                class: class.clone(),
                namespace,
            });
        }
    }
    own
}

fn tails(
    builder: &mut Builder<'_>,
    name: &str,
    designators: &[model::ServiceDesignator],
) -> Vec<Tail> {
    let tails = designators.iter().map(|designator| Tail {
        channel: builder.channel(designator),
        is_self: *designator.name == *name,
    });
    tails.collect()
}

fn flags(name: &str, worker: &Worker, building: &Building<'_>) -> Result<FlagSet, Vec<String>> {
    let date = worker
        .compatibility_date
        .as_deref()
        .or(building.compat_date);
    if date.is_none() {
        // The validation of the config has said so.
        return Err(Vec::new());
    }
    let experimental = if building.permissions.experimental {
        Experimental::Allowed
    } else {
        Experimental::Refused
    };
    match compat::resolve(
        date,
        &worker.compatibility_flags,
        experimental,
        building.check,
    ) {
        Ok(resolved) => {
            for warning in &resolved.warnings {
                crate::console::notice(&format!("service {name}: {warning}"));
            }
            Ok(resolved.flags)
        }
        Err(rejected) => {
            let errors = rejected.errors.iter().map(ToString::to_string);
            Err(errors
                .chain(rejected.warnings.iter().map(ToString::to_string))
                .collect())
        }
    }
}

fn code(name: &str, worker: &Worker, flags: &FlagSet) -> Result<Code, Vec<String>> {
    match &worker.source {
        WorkerSource::Modules(modules) => {
            let mut errors = Vec::new();
            let mut sources = Vec::with_capacity(modules.len());
            for module in modules {
                match source(module, flags) {
                    Ok(source) => sources.push(Arc::new(source)),
                    Err(error) => errors.push(error),
                }
            }
            if errors.is_empty() {
                Ok(Code::Modules(Arc::new(Bundle { modules: sources })))
            } else {
                Err(errors)
            }
        }
        WorkerSource::ServiceWorkerScript(script) => Ok(Code::Script(Arc::new(Source::es_module(
            name,
            script.clone(),
        )))),
        WorkerSource::Inherit(_) | WorkerSource::Unknown(_) => Err(Vec::new()),
    }
}

fn source(module: &Module, flags: &FlagSet) -> Result<Source, String> {
    let name = &*module.name;
    let content = match &module.content {
        ModuleContent::EsModule(text) if flags.contains(Flag::TypescriptStripTypes) => {
            let stripped = ts::strip_types(text, name).map_err(|error| error.to_string())?;
            Content::EsModule(stripped.into())
        }
        ModuleContent::EsModule(text) => Content::EsModule(text.clone().into()),
        ModuleContent::CommonJs(text) => Content::CommonJs {
            source: text.clone().into(),
            named_exports: module
                .named_exports
                .iter()
                .map(|name| name.to_string())
                .collect(),
        },
        ModuleContent::Text(text) => Content::Text(text.clone().into()),
        ModuleContent::Data(data) => Content::Data(data.clone()),
        ModuleContent::Json(text) => Content::Json(text.clone().into()),
        ModuleContent::Wasm(data) => Content::Wasm(data.clone()),
        ModuleContent::Python(_)
        | ModuleContent::Bundled(_)
        | ModuleContent::Obsolete
        | ModuleContent::ObsoletePythonRequirement
        | ModuleContent::Unknown(_) => {
            return Err(format!(
                "module {name}: this kind of module is not implemented yet."
            ));
        }
    };
    Ok(Source::new(name, content))
}

fn bindings(
    builder: &mut Builder<'_>,
    service: &Arc<str>,
    bindings: &[model::Binding],
    is_script: bool,
) -> Vec<Binding> {
    bindings
        .iter()
        // Wasm bindings are for classic scripts; validation has refused the others.
        .filter(|binding| is_script || !matches!(binding.value, Configured::WasmModule(_)))
        .filter_map(|binding| {
            let value = self::binding(builder, service, &binding.value, is_script)?;
            Some(Binding {
                name: binding.name.clone(),
                value,
            })
        })
        .collect()
}

/// `None` for kinds that `config::unsupported` has refused by name before this is reached.
fn binding(
    builder: &mut Builder<'_>,
    service: &Arc<str>,
    value: &Configured,
    is_script: bool,
) -> Option<BindingValue> {
    Some(match value {
        Configured::Text(text) => BindingValue::Text(text.clone()),
        Configured::Data(data) => BindingValue::Data(data.clone()),
        Configured::Json(text) => BindingValue::Json(text.clone()),
        Configured::WasmModule(data) => {
            BindingValue::Wasm(Arc::new(Source::new("", Content::Wasm(data.clone()))))
        }
        Configured::CryptoKey(key) => BindingValue::CryptoKey(key_binding(key)?),
        Configured::Service(designator) => BindingValue::Service(builder.channel(designator)),
        Configured::KvNamespace(designator) => {
            BindingValue::KvNamespace(builder.channel(designator))
        }
        Configured::R2Bucket(designator) => {
            BindingValue::R2Bucket(builder.channel(designator), designator.name.clone())
        }
        Configured::AnalyticsEngine(designator) => {
            BindingValue::AnalyticsEngine(builder.channel(designator), designator.name.clone())
        }
        Configured::Hyperdrive(hyperdrive) => {
            let credentials = Credentials {
                database: hyperdrive.database.clone(),
                user: hyperdrive.user.clone(),
                password: hyperdrive.password.clone(),
                scheme: hyperdrive.scheme.clone(),
            };
            BindingValue::Hyperdrive(builder.channel(&hyperdrive.designator), credentials)
        }
        Configured::Queue(designator) => BindingValue::Queue(builder.channel(designator)),
        Configured::DurableObjectNamespace(designator) => {
            let service = designator.service_name.as_ref().unwrap_or(service);
            BindingValue::Namespace(builder.namespace(service, &designator.class_name)?)
        }
        Configured::DurableObjectClass(designator) => {
            BindingValue::DurableObjectClass(builder.channel(designator))
        }
        Configured::MemoryCache(cache) => BindingValue::MemoryCache(builder.cache(cache)),
        Configured::Wrapped(wrapped) => BindingValue::Wrapped(Wrapped {
            module: wrapped.module_name.clone(),
            entrypoint: wrapped.entrypoint.clone(),
            inner: bindings(builder, service, &wrapped.inner_bindings, is_script),
        }),
        Configured::WorkerLoader { id } => BindingValue::WorkerLoader(WorkerLoader {
            id: id.clone(),
            check: compat::DateCheck::UpTo {
                today: crate::serve::today(),
            },
        }),
        Configured::UnsafeEval => BindingValue::UnsafeEval,
        Configured::WorkerdDebugPort => BindingValue::DebugPort,
        Configured::FromEnvironment(variable) => match environment(variable) {
            Some(value) => BindingValue::Text(value.into()),
            None => BindingValue::Null,
        },
        _ => return None,
    })
}

/// `None` for keys that validation has refused.
fn key_binding(key: &model::CryptoKey) -> Option<KeyBinding> {
    Some(KeyBinding {
        form: match config::importable_key(&key.material).ok()? {
            ImportableKey::Raw(bytes) => KeyForm::Raw(bytes),
            ImportableKey::Pkcs8(bytes) => KeyForm::Pkcs8(bytes),
            ImportableKey::Spki(bytes) => KeyForm::Spki(bytes),
            ImportableKey::Jwk(text) => KeyForm::Jwk(text),
        },
        algorithm: match &key.algorithm {
            model::KeyAlgorithm::Name(name) => KeyAlgorithm::Name(name.clone()),
            model::KeyAlgorithm::Json(text) => KeyAlgorithm::Json(text.clone()),
            model::KeyAlgorithm::Unknown(_) => return None,
        },
        extractable: key.extractable,
        usages: key.usages.iter().map(|usage| usage_name(*usage)).collect(),
    })
}

fn usage_name(usage: KeyUsage) -> String {
    match usage {
        KeyUsage::Encrypt => "encrypt".to_owned(),
        KeyUsage::Decrypt => "decrypt".to_owned(),
        KeyUsage::Sign => "sign".to_owned(),
        KeyUsage::Verify => "verify".to_owned(),
        KeyUsage::DeriveKey => "deriveKey".to_owned(),
        KeyUsage::DeriveBits => "deriveBits".to_owned(),
        KeyUsage::WrapKey => "wrapKey".to_owned(),
        KeyUsage::UnwrapKey => "unwrapKey".to_owned(),
        // No algorithm knows it: importing refuses it by this name.
        KeyUsage::Unknown(number) => format!("({number})"),
    }
}

/// The one place where a Worker's configuration reads the environment: that is what the binding asks for.
fn environment(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}
