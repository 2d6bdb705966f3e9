//! The built-in modules of this crate.
//!
//! `cloudflare:workers` is a wrapper in TypeScript over natives: its live objects are proxies, and a
//! module's bindings need names that exist before it runs. `node:async_hooks` itself belongs to the
//! Node modules; its natives are here.

use std::sync::{Arc, LazyLock};

use jsg::Result;
use jsg::js::Boolean;
use jsg::modules::{Builtin, Exports, Kind, Source};
use jsg::{Flag, Handle, Lock, LockExt};

use crate::async_hooks::{AsyncLocalStorage, AsyncResource};
use crate::entrypoint::{DurableObject, EntrypointsModule, WorkerEntrypoint, WorkflowEntrypoint};
use crate::environment::EnvModule;
use crate::rpc::{RpcPromise, RpcProperty, RpcStub, RpcTarget};
use crate::tracing::Tracing;
use crate::wrapped_binding::WrappedBinding;
use web::sockets::module::SocketsModule;

/// One source a process: its code cache is shared by all isolates.
macro_rules! source {
    ($specifier:literal, $file:literal) => {{
        static SOURCE: LazyLock<Arc<Source>> = LazyLock::new(|| {
            Arc::new(Source::es_module(
                $specifier,
                include_str!(concat!(env!("OUT_DIR"), "/", $file, ".js")),
            ))
        });
        Some(Builtin::Source(SOURCE.clone()))
    }};
}

/// The module of this name, for importers of this kind.
pub fn find(js: &Lock<'_, '_>, specifier: &str, kind: Kind) -> Option<Builtin> {
    match (kind, specifier) {
        (Kind::Public, "cloudflare:workers") => source!("cloudflare:workers", "workers"),
        (Kind::Public, "cloudflare:sockets") => source!("cloudflare:sockets", "sockets"),
        (Kind::Public, "cloudflare:ai") => source!("cloudflare:ai", "ai"),
        (Kind::Public, "cloudflare:br") => source!("cloudflare:br", "br"),
        (Kind::Public, "cloudflare:durable-objects") => {
            source!("cloudflare:durable-objects", "durable-objects")
        }
        (Kind::Public, "cloudflare:email") => source!("cloudflare:email", "email"),
        (Kind::Public, "cloudflare:node") => source!("cloudflare:node", "node"),
        (Kind::Public, "cloudflare:pipelines") => source!("cloudflare:pipelines", "pipelines"),
        (Kind::Public, "cloudflare:vectorize") => source!("cloudflare:vectorize", "vectorize"),
        (Kind::Public, "cloudflare:workflows") => source!("cloudflare:workflows", "workflows"),
        (Kind::Internal, "cloudflare-internal:sockets") => Some(Builtin::Native(sockets)),
        (Kind::Internal, "cloudflare-internal:bindings") => Some(Builtin::Native(bindings)),
        (Kind::Internal, "cloudflare-internal:wrapped-binding") => {
            Some(Builtin::Native(wrapped_binding))
        }
        (Kind::Internal, "cloudflare-internal:workers") => Some(Builtin::Native(workers)),
        (Kind::Public, "workerd:unsafe-eval") if js.flag(Flag::UnsafeModule) => {
            Some(Builtin::Native(unsafe_eval))
        }
        (Kind::Public, "workerd:unsafe") if js.flag(Flag::UnsafeModule) => {
            Some(Builtin::Native(unsafe_module))
        }
        (Kind::Public, "workerd:rtti") if js.flag(Flag::RttiApi) => Some(Builtin::Native(rtti)),
        (Kind::Internal, "internal:unsafe-eval") => Some(Builtin::Native(unsafe_eval)),
        (Kind::Internal, "node-internal:async_hooks") => Some(Builtin::Native(async_hooks)),
        (Kind::Internal, _) => wrapper(specifier),
        _ => None,
    }
}

/// The modules of wrapped bindings, and what they are made of.
fn wrapper(specifier: &str) -> Option<Builtin> {
    match specifier.strip_prefix("cloudflare-internal:")? {
        "ai-api" => source!("cloudflare-internal:ai-api", "ai-api"),
        "aig-api" => source!("cloudflare-internal:aig-api", "aig-api"),
        "autorag-api" => source!("cloudflare-internal:autorag-api", "autorag-api"),
        "br-api" => source!("cloudflare-internal:br-api", "br-api"),
        "d1-api" => source!("cloudflare-internal:d1-api", "d1-api"),
        "images-api" => source!("cloudflare-internal:images-api", "images-api"),
        "images-streams" => source!("cloudflare-internal:images-streams", "images-streams"),
        "json-answer" => source!("cloudflare-internal:json-answer", "json-answer"),
        "test-tracing-wrapper" => source!(
            "cloudflare-internal:test-tracing-wrapper",
            "test-tracing-wrapper"
        ),
        "vectorize-api" => source!("cloudflare-internal:vectorize-api", "vectorize-api"),
        "workflows-api" => source!("cloudflare-internal:workflows-api", "workflows-api"),
        "to-markdown-api" => source!("cloudflare-internal:to-markdown-api", "to-markdown-api"),
        _ => None,
    }
}

fn workers<'s>(js: &mut Lock<'s, '_>, exports: &mut Exports<'s>) -> Result<()> {
    class::<WorkerEntrypoint>(js, exports, "WorkerEntrypoint");
    class::<DurableObject>(js, exports, "DurableObject");
    class::<WorkflowEntrypoint>(js, exports, "WorkflowEntrypoint");
    class::<RpcTarget>(js, exports, "RpcTarget");
    class::<RpcStub>(js, exports, "RpcStub");
    class::<RpcPromise>(js, exports, "RpcPromise");
    class::<RpcProperty>(js, exports, "RpcProperty");
    class::<web::fetch::Fetcher>(js, exports, "ServiceStub");
    let restore = crate::restore::symbol(js);
    exports.value("restore", restore);
    let tracing = Tracing::create(js);
    exports.value("tracing", tracing);
    let entrypoints = Handle::new(js, EntrypointsModule {});
    exports.value("entrypoints", entrypoints.object());
    let environment = Handle::new(js, EnvModule {});
    exports.value("environment", environment.object());
    Ok(())
}

/// The base of wrapped bindings, for the modules of extensions.
fn wrapped_binding<'s>(js: &mut Lock<'s, '_>, exports: &mut Exports<'s>) -> Result<()> {
    exports.class::<WrappedBinding>(js);
    Ok(())
}

/// What the modules of wrapped bindings share.
fn bindings<'s>(js: &mut Lock<'s, '_>, exports: &mut Exports<'s>) -> Result<()> {
    exports.class::<WrappedBinding>(js);
    let tracing = Tracing::create(js);
    exports.value("tracing", tracing);
    for (name, flag) in [
        ("d1BindingJsrpc", Flag::D1BindingJsrpc),
        ("experimental", Flag::Experimental),
        (
            "vectorizeQueryMetadataOptional",
            Flag::VectorizeQueryMetadataOptional,
        ),
    ] {
        let value = js.flag(flag);
        let value = Boolean::new(js, value);
        exports.value(name, value);
    }
    Ok(())
}

fn unsafe_eval<'s>(js: &mut Lock<'s, '_>, exports: &mut Exports<'s>) -> Result<()> {
    let object = crate::unsafe_eval::UnsafeEval::create(js).object();
    exports.set_default(object);
    Ok(())
}

fn unsafe_module<'s>(js: &mut Lock<'s, '_>, exports: &mut Exports<'s>) -> Result<()> {
    let object = crate::unsafe_module::UnsafeModule::create(js).object();
    exports.set_default(object);
    Ok(())
}

fn rtti<'s>(js: &mut Lock<'s, '_>, exports: &mut Exports<'s>) -> Result<()> {
    let object = Handle::new(js, crate::rtti::RttiModule {}).object();
    exports.set_default(object);
    Ok(())
}

fn sockets<'s>(js: &mut Lock<'s, '_>, exports: &mut Exports<'s>) -> Result<()> {
    let sockets = Handle::new(js, SocketsModule {});
    exports.value("sockets", sockets.object());
    Ok(())
}

fn class<'s, T: jsg::Class>(js: &mut Lock<'s, '_>, exports: &mut Exports<'s>, name: &'static str) {
    let constructor = jsg::class::constructor(js, T::info());
    exports.value(name, constructor);
}

fn async_hooks<'s>(js: &mut Lock<'s, '_>, exports: &mut Exports<'s>) -> Result<()> {
    exports.class::<AsyncLocalStorage>(js);
    exports.class::<AsyncResource>(js);
    Ok(())
}
