//! A Worker's environment: `env` for modules, globals for classic scripts.

use std::rc::Rc;
use std::sync::Arc;

use crypto::CryptoKey;
use crypto::import::{KeyArgument, KeyData, Rules, import};
use crypto::params::{Algorithm, ImportParams, Source};
use jsg::js::{Local, Object, Value};
use jsg::{Error, FromJs, Handle, Lock, Result};

use web::fetch::Fetcher;
use workers::durable_object::namespace::ColoLocalActorNamespace;
use workers::durable_object::{DurableObjectClass, DurableObjectNamespace};
use workers::wrapped_binding::{self, WrappedBinding};

use crate::definition::{
    Binding, BindingValue, Definition, KeyAlgorithm, KeyBinding, KeyForm, Wrapped,
};
use crate::loader::Loader;
use crate::worker::Host;

/// Puts every binding on `target`.
pub fn install<'s>(
    js: &mut Lock<'s, '_>,
    target: Local<'s, Object>,
    bindings: &[Binding],
    definition: &Arc<Definition>,
    host: &Rc<dyn Host>,
) -> Result<()> {
    for binding in bindings {
        let value = value(js, binding, definition, host)?;
        let key = jsg::intern(js, &binding.name);
        target.create_data_property(js, key.into(), value);
    }
    Ok(())
}

fn value<'s>(
    js: &mut Lock<'s, '_>,
    binding: &Binding,
    definition: &Arc<Definition>,
    host: &Rc<dyn Host>,
) -> Result<Local<'s, Value>> {
    Ok(match &binding.value {
        BindingValue::Text(text) => jsg::string(js, text).into(),
        BindingValue::Data(data) => jsg::convert::array_buffer(js, data)?.into(),
        BindingValue::Json(text) => jsg::json_parse(js, text)?,
        BindingValue::Wasm(source) => jsg::modules::wasm_object(js, source)?.into(),
        BindingValue::CryptoKey(key) => crypto_key(js, key)?,
        BindingValue::Null => jsg::js::null(js).into(),
        BindingValue::Service(id) => {
            let channel = host.subrequest_channel(*id);
            Fetcher::create(js, channel).object().into()
        }
        BindingValue::AnalyticsEngine(id, dataset) => {
            let channel = host.subrequest_channel(*id);
            workers::AnalyticsEngine::create(js, channel, dataset).into()
        }
        BindingValue::Hyperdrive(id, credentials) => {
            let channel = host.subrequest_channel(*id);
            workers::Hyperdrive::create(js, channel, credentials.clone()).into()
        }
        BindingValue::KvNamespace(id) => {
            let channel = host.subrequest_channel(*id);
            workers::KvNamespace::create(js, &binding.name, channel).into()
        }
        BindingValue::R2Bucket(id, bucket) => {
            let channel = host.subrequest_channel(*id);
            workers::R2Bucket::create(js, &binding.name, bucket, channel).into()
        }
        BindingValue::Queue(id) => {
            let channel = host.subrequest_channel(*id);
            workers::WorkerQueue::create(js, channel).into()
        }
        BindingValue::Namespace(namespace) => {
            let objects = host.objects(namespace.id);
            match &namespace.ids {
                Some(ids) => {
                    let home = namespace.home.clone();
                    DurableObjectNamespace::create(js, objects, ids.clone(), home)
                        .object()
                        .into()
                }
                None => ColoLocalActorNamespace::create(js, objects).object().into(),
            }
        }
        BindingValue::DurableObjectClass(id) => {
            let class = host
                .actor_class(*id)
                .ok_or_else(|| Error::Internal("a class of a service without classes".into()))?;
            DurableObjectClass::create(js, class).object().into()
        }
        BindingValue::MemoryCache(store) => workers::MemoryCache::create(js, store.clone())
            .object()
            .into(),
        BindingValue::Wrapped(wrapped) => self::wrapped(js, wrapped, definition, host)?,
        BindingValue::WorkerLoader(loader) => {
            let named = match &loader.id {
                Some(id) => host.named_workers(id),
                None => Rc::default(),
            };
            let loader = Rc::new(Loader {
                host: host.clone(),
                parent: definition.clone(),
                check: loader.check,
                named,
            });
            workers::worker_loader::WorkerLoader::create(js, loader).into()
        }
        BindingValue::DebugPort => {
            let ports = host
                .debug_ports()
                .ok_or_else(|| Error::Internal("a Worker that reaches no debug port".into()))?;
            workers::debug_port::WorkerdDebugPortConnector::create(js, ports)
                .object()
                .into()
        }
        BindingValue::UnsafeEval => workers::UnsafeEval::create(js).object().into(),
    })
}

/// Calls the function with an environment of its own.
fn wrapped<'s>(
    js: &mut Lock<'s, '_>,
    wrapped: &Wrapped,
    definition: &Arc<Definition>,
    host: &Rc<dyn Host>,
) -> Result<Local<'s, Value>> {
    let env = Object::new(js);
    for binding in &wrapped.inner {
        let value = match &binding.value {
            BindingValue::Service(id) => {
                let service = Fetcher::new(host.subrequest_channel(*id)).of_binding();
                Handle::new(js, service).object().into()
            }
            _ => value(js, binding, definition, host)?,
        };
        let key = jsg::intern(js, &binding.name);
        env.create_data_property(js, key.into(), value);
    }
    let Wrapped {
        module, entrypoint, ..
    } = wrapped;
    let value = wrapped_binding::instantiate(js, module, entrypoint, env)?;
    let around_service = matches!(&wrapped.inner[..], [Binding { name, value: BindingValue::Service(_) }]
        if **name == *wrapped_binding::SERVICE);
    if around_service && **entrypoint == *wrapped_binding::ENTRYPOINT {
        WrappedBinding::make_sendable(js, value, module);
    }
    Ok(value)
}

fn crypto_key<'s>(js: &mut Lock<'s, '_>, key: &KeyBinding) -> Result<Local<'s, Value>> {
    let bytes = |bytes: &[u8]| KeyData::Buffer(Source(bytes.to_vec()));
    let (format, data) = match &key.form {
        KeyForm::Raw(key) => ("raw", bytes(key)),
        KeyForm::Pkcs8(key) => ("pkcs8", bytes(key)),
        KeyForm::Spki(key) => ("spki", bytes(key)),
        KeyForm::Jwk(text) => {
            let jwk = jsg::json_parse(js, text)?;
            ("jwk", KeyArgument::from_js(js, jwk)?.read())
        }
    };
    let algorithm = match &key.algorithm {
        KeyAlgorithm::Name(name) => jsg::string(js, name).into(),
        KeyAlgorithm::Json(text) => jsg::json_parse(js, text)?,
    };
    let params = Algorithm::<ImportParams>::from_js(js, algorithm)?.0;
    let rules = Rules::of(js);
    let key = import(format, data, &params, key.extractable, &key.usages, rules)?;
    Ok(Handle::new(js, CryptoKey::new(key)).object().into())
}
