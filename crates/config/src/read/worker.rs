//! Workers and their bindings.

use super::service::workflows;
use super::{
    Result, data, designator, optional, optional_designator, read_designator, structs, text, texts,
};
use crate::model::*;
use capnp_text::StructReader;
use std::collections::HashMap;

pub(super) fn worker(worker: Option<StructReader<'_>>) -> Result<Worker> {
    let Some(worker) = worker else {
        return Ok(Worker {
            source: WorkerSource::Modules(Vec::new()),
            compatibility_date: None,
            compatibility_flags: Vec::new(),
            bindings: Vec::new(),
            global_outbound: ServiceDesignator {
                name: "internet".into(),
                ..ServiceDesignator::default()
            },
            cache_api_outbound: None,
            durable_object_namespaces: Vec::new(),
            durable_object_unique_key_modifier: None,
            durable_object_storage: DurableObjectStorage::None,
            module_fallback: None,
            tails: Vec::new(),
            streaming_tails: Vec::new(),
            container_engine: ContainerEngine::None,
            access_blob_header: None,
            access_binding_service: None,
            workflows_engine: None,
        });
    };
    let source = match worker.which() {
        Ok("modules") => WorkerSource::Modules(structs(worker.list("modules")?, module)?),
        Ok("serviceWorkerScript") => {
            WorkerSource::ServiceWorkerScript(text(worker, "serviceWorkerScript")?)
        }
        Ok(_) => WorkerSource::Inherit(text(worker, "inherit")?),
        Err(tag) => WorkerSource::Unknown(tag),
    };
    Ok(Worker {
        source,
        compatibility_date: optional(worker, "compatibilityDate")?,
        compatibility_flags: texts(worker, "compatibilityFlags")?,
        bindings: structs(worker.list("bindings")?, binding)?,
        global_outbound: designator(worker, "globalOutbound")?,
        cache_api_outbound: optional_designator(worker, "cacheApiOutbound")?,
        durable_object_namespaces: structs(worker.list("durableObjectNamespaces")?, namespace)?,
        durable_object_unique_key_modifier: optional(worker, "durableObjectUniqueKeyModifier")?,
        durable_object_storage: storage(worker.group("durableObjectStorage")?)?,
        module_fallback: optional(worker, "moduleFallback")?,
        tails: structs(worker.list("tails")?, read_designator)?,
        streaming_tails: structs(worker.list("streamingTails")?, read_designator)?,
        container_engine: container_engine(worker.group("containerEngine")?)?,
        access_blob_header: optional(worker, "accessBlobHeader")?,
        access_binding_service: optional_designator(worker, "accessBindingService")?,
        workflows_engine: worker
            .structure("workflowsEngine")?
            .map(workflows)
            .transpose()?,
    })
}

fn module(module: StructReader<'_>) -> Result<Module> {
    let content = match module.which() {
        Ok("esModule") => ModuleContent::EsModule(text(module, "esModule")?),
        Ok("commonJsModule") => ModuleContent::CommonJs(text(module, "commonJsModule")?),
        Ok("text") => ModuleContent::Text(text(module, "text")?),
        Ok("data") => ModuleContent::Data(data(module, "data")?),
        Ok("wasm") => ModuleContent::Wasm(data(module, "wasm")?),
        Ok("json") => ModuleContent::Json(text(module, "json")?),
        Ok("pythonModule") => ModuleContent::Python(text(module, "pythonModule")?),
        Ok("bundled") => ModuleContent::Bundled(text(module, "bundled")?),
        Ok("obsoletePythonRequirement") => ModuleContent::ObsoletePythonRequirement,
        Ok(_) => ModuleContent::Obsolete,
        Err(tag) => ModuleContent::Unknown(tag),
    };
    Ok(Module {
        name: text(module, "name")?,
        content,
        named_exports: texts(module, "namedExports")?,
    })
}

/// Shorter data is left alone, so that comparing costs no more than reading did.
const WORTH_SHARING: usize = 4096;

/// Modules of the same content, in Workers that embed the same file, keep it once.
pub(super) fn share_data(services: &mut [Service]) {
    let mut by_length = HashMap::<usize, Vec<Data>>::new();
    for service in services {
        let ServiceKind::Worker(worker) = &mut service.kind else {
            continue;
        };
        let WorkerSource::Modules(modules) = &mut worker.source else {
            continue;
        };
        for module in modules {
            let (ModuleContent::Wasm(data) | ModuleContent::Data(data)) = &mut module.content
            else {
                continue;
            };
            if data.len() < WORTH_SHARING {
                continue;
            }
            let known = by_length.entry(data.len()).or_default();
            match known.iter().find(|other| *other == data) {
                Some(other) => *data = other.clone(),
                None => known.push(data.clone()),
            }
        }
    }
}

fn storage(storage: StructReader<'_>) -> Result<DurableObjectStorage> {
    Ok(match storage.which() {
        Ok("inMemory") => DurableObjectStorage::InMemory,
        Ok("localDisk") => DurableObjectStorage::LocalDisk(text(storage, "localDisk")?),
        Ok(_) => DurableObjectStorage::None,
        Err(tag) => DurableObjectStorage::Unknown(tag),
    })
}

fn container_engine(engine: StructReader<'_>) -> Result<ContainerEngine> {
    Ok(match engine.which() {
        Ok("localDocker") => {
            ContainerEngine::LocalDocker(match engine.structure("localDocker")? {
                Some(docker) => DockerConfiguration {
                    socket_path: text(docker, "socketPath")?,
                    container_egress_interceptor_image: optional(
                        docker,
                        "containerEgressInterceptorImage",
                    )?,
                    session_id: optional(docker, "sessionId")?,
                },
                None => DockerConfiguration::default(),
            })
        }
        Ok(_) => ContainerEngine::None,
        Err(tag) => ContainerEngine::Unknown(tag),
    })
}

fn namespace(namespace: StructReader<'_>) -> Result<DurableObjectNamespace> {
    let key = match namespace.which() {
        Ok("uniqueKey") => NamespaceKey::Unique(text(namespace, "uniqueKey")?),
        Ok(_) => NamespaceKey::EphemeralLocal,
        Err(tag) => NamespaceKey::Unknown(tag),
    };
    Ok(DurableObjectNamespace {
        class_name: text(namespace, "className")?,
        key,
        prevent_eviction: namespace.bool("preventEviction")?,
        enable_sql: namespace.bool("enableSql")?,
        container: namespace
            .structure("container")?
            .map(container)
            .transpose()?,
    })
}

fn container(container: StructReader<'_>) -> Result<ContainerOptions> {
    let device = |device: StructReader<'_>| {
        Ok(ContainerDevice {
            path_on_host: text(device, "pathOnHost")?,
            path_in_container: text(device, "pathInContainer")?,
            cgroup_permissions: text(device, "cgroupPermissions")?,
        })
    };
    let image = |image: StructReader<'_>| {
        Ok(NamedImage {
            name: text(image, "name")?,
            image: text(image, "image")?,
        })
    };
    let privileges = match container.structure("privileges")? {
        Some(privileges) => Some(ContainerPrivileges {
            capabilities: texts(privileges, "capabilities")?,
            devices: structs(privileges.list("devices")?, device)?,
            security_opt: texts(privileges, "securityOpt")?,
        }),
        None => None,
    };
    Ok(ContainerOptions {
        image_name: optional(container, "imageName")?,
        privileges,
        images: structs(container.list("images")?, image)?,
    })
}

fn binding(binding: StructReader<'_>) -> Result<Binding> {
    use BindingValue as Value;
    let value = match binding.which() {
        Ok("parameter") => Value::Parameter,
        Ok("text") => Value::Text(text(binding, "text")?),
        Ok("data") => Value::Data(data(binding, "data")?),
        Ok("json") => Value::Json(text(binding, "json")?),
        Ok("wasmModule") => Value::WasmModule(data(binding, "wasmModule")?),
        Ok("cryptoKey") => Value::CryptoKey(crypto_key(binding)?),
        Ok("service") => Value::Service(designator(binding, "service")?),
        Ok("durableObjectNamespace") => {
            Value::DurableObjectNamespace(namespace_designator(binding)?)
        }
        Ok("kvNamespace") => Value::KvNamespace(designator(binding, "kvNamespace")?),
        Ok("r2Bucket") => Value::R2Bucket(designator(binding, "r2Bucket")?),
        Ok("obsolete0") => Value::Obsolete,
        Ok("wrapped") => Value::Wrapped(wrapped(binding)?),
        Ok("queue") => Value::Queue(designator(binding, "queue")?),
        Ok("fromEnvironment") => Value::FromEnvironment(text(binding, "fromEnvironment")?),
        Ok("analyticsEngine") => Value::AnalyticsEngine(designator(binding, "analyticsEngine")?),
        Ok("hyperdrive") => {
            let group = binding.group("hyperdrive")?;
            Value::Hyperdrive(Hyperdrive {
                designator: designator(group, "designator")?,
                database: text(group, "database")?,
                user: text(group, "user")?,
                password: text(group, "password")?,
                scheme: text(group, "scheme")?,
            })
        }
        Ok("unsafeEval") => Value::UnsafeEval,
        Ok("memoryCache") => Value::MemoryCache(memory_cache(binding.group("memoryCache")?)?),
        Ok("durableObjectClass") => {
            Value::DurableObjectClass(designator(binding, "durableObjectClass")?)
        }
        Ok("workerLoader") => Value::WorkerLoader {
            id: optional(binding.group("workerLoader")?, "id")?,
        },
        Ok("workerdDebugPort") => Value::WorkerdDebugPort,
        Ok(_) => Value::Unspecified,
        Err(tag) => Value::Unknown(tag),
    };
    Ok(Binding {
        name: text(binding, "name")?,
        value,
    })
}

fn namespace_designator(binding: StructReader<'_>) -> Result<DurableObjectNamespaceDesignator> {
    let Some(designator) = binding.structure("durableObjectNamespace")? else {
        return Ok(DurableObjectNamespaceDesignator::default());
    };
    Ok(DurableObjectNamespaceDesignator {
        class_name: text(designator, "className")?,
        service_name: optional(designator, "serviceName")?,
    })
}

fn wrapped(parent: StructReader<'_>) -> Result<WrappedBinding> {
    let Some(wrapped) = parent.structure("wrapped")? else {
        return Ok(WrappedBinding {
            module_name: Text::default(),
            entrypoint: "default".into(),
            inner_bindings: Vec::new(),
        });
    };
    Ok(WrappedBinding {
        module_name: text(wrapped, "moduleName")?,
        entrypoint: text(wrapped, "entrypoint")?,
        inner_bindings: structs(wrapped.list("innerBindings")?, binding)?,
    })
}

fn memory_cache(group: StructReader<'_>) -> Result<MemoryCache> {
    let limits = match group.structure("limits")? {
        Some(limits) => Some(MemoryCacheLimits {
            max_keys: limits.u32("maxKeys")?,
            max_value_size: limits.u32("maxValueSize")?,
            max_total_value_size: limits.u64("maxTotalValueSize")?,
        }),
        None => None,
    };
    Ok(MemoryCache {
        id: optional(group, "id")?,
        limits,
    })
}

fn crypto_key(binding: StructReader<'_>) -> Result<CryptoKey> {
    let Some(key) = binding.structure("cryptoKey")? else {
        return Ok(CryptoKey {
            material: KeyMaterial::Raw(Data::default()),
            algorithm: KeyAlgorithm::Name(Text::default()),
            extractable: false,
            usages: Vec::new(),
        });
    };
    let material = match key.which() {
        Ok("hex") => KeyMaterial::Hex(text(key, "hex")?),
        Ok("base64") => KeyMaterial::Base64(text(key, "base64")?),
        Ok("pkcs8") => KeyMaterial::Pkcs8(text(key, "pkcs8")?),
        Ok("spki") => KeyMaterial::Spki(text(key, "spki")?),
        Ok("jwk") => KeyMaterial::Jwk(text(key, "jwk")?),
        Ok(_) => KeyMaterial::Raw(data(key, "raw")?),
        Err(tag) => KeyMaterial::Unknown(tag),
    };
    let group = key.group("algorithm")?;
    let algorithm = match group.which() {
        Ok("json") => KeyAlgorithm::Json(text(group, "json")?),
        Ok(_) => KeyAlgorithm::Name(text(group, "name")?),
        Err(tag) => KeyAlgorithm::Unknown(tag),
    };
    let usage = |usage| match usage {
        Ok("encrypt") => KeyUsage::Encrypt,
        Ok("decrypt") => KeyUsage::Decrypt,
        Ok("sign") => KeyUsage::Sign,
        Ok("verify") => KeyUsage::Verify,
        Ok("deriveKey") => KeyUsage::DeriveKey,
        Ok("deriveBits") => KeyUsage::DeriveBits,
        Ok("wrapKey") => KeyUsage::WrapKey,
        Ok(_) => KeyUsage::UnwrapKey,
        Err(number) => KeyUsage::Unknown(number),
    };
    let usages = key.list("usages")?.enumerants();
    Ok(CryptoKey {
        material,
        algorithm,
        extractable: key.bool("extractable")?,
        usages: usages.map(|name| name.map(usage)).collect::<Result<_>>()?,
    })
}
