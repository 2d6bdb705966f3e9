//! The built-in modules of this crate.
//!
//! `cloudflare:workers` is a wrapper in TypeScript over natives: its live objects are proxies, and a
//! module's bindings need names that exist before it runs. `node:async_hooks` itself belongs to the
//! Node modules; its natives are here.

use std::sync::{Arc, LazyLock};

use jsg::Result;
use jsg::js::Symbol;
use jsg::modules::{Builtin, Exports, Kind, Source};
use jsg::{Flag, Handle, Lock, LockExt};

use crate::async_hooks::{AsyncLocalStorage, AsyncResource};
use crate::entrypoint::{DurableObject, EntrypointsModule, WorkerEntrypoint, WorkflowEntrypoint};
use crate::environment::EnvModule;
use crate::rpc::{RpcPromise, RpcProperty, RpcStub, RpcTarget};
use crate::tracing::Tracing;
use web::sockets::module::SocketsModule;

/// One source a process: its code cache is shared by all isolates.
static WORKERS: LazyLock<Arc<Source>> = LazyLock::new(|| {
    Arc::new(Source::es_module(
        "cloudflare:workers",
        include_str!(concat!(env!("OUT_DIR"), "/workers.js")),
    ))
});

static SOCKETS: LazyLock<Arc<Source>> = LazyLock::new(|| {
    Arc::new(Source::es_module(
        "cloudflare:sockets",
        include_str!(concat!(env!("OUT_DIR"), "/sockets.js")),
    ))
});

static EMAIL: LazyLock<Arc<Source>> = LazyLock::new(|| {
    Arc::new(Source::es_module(
        "cloudflare:email",
        include_str!(concat!(env!("OUT_DIR"), "/email.js")),
    ))
});

static VECTORIZE: LazyLock<Arc<Source>> = LazyLock::new(|| {
    Arc::new(Source::es_module(
        "cloudflare:vectorize",
        include_str!(concat!(env!("OUT_DIR"), "/vectorize.js")),
    ))
});

static WORKFLOWS: LazyLock<Arc<Source>> = LazyLock::new(|| {
    Arc::new(Source::es_module(
        "cloudflare:workflows",
        include_str!(concat!(env!("OUT_DIR"), "/workflows.js")),
    ))
});

/// The module of this name, for importers of this kind.
pub fn find(js: &Lock<'_, '_>, specifier: &str, kind: Kind) -> Option<Builtin> {
    match (kind, specifier) {
        (Kind::Public, "cloudflare:workers") => Some(Builtin::Source(WORKERS.clone())),
        (Kind::Public, "cloudflare:sockets") => Some(Builtin::Source(SOCKETS.clone())),
        (Kind::Public, "cloudflare:email") => Some(Builtin::Source(EMAIL.clone())),
        (Kind::Public, "cloudflare:vectorize") => Some(Builtin::Source(VECTORIZE.clone())),
        (Kind::Public, "cloudflare:workflows") => Some(Builtin::Source(WORKFLOWS.clone())),
        (Kind::Internal, "cloudflare-internal:sockets") => Some(Builtin::Native(sockets)),
        (Kind::Internal, "cloudflare-internal:workers") => Some(Builtin::Native(workers)),
        (Kind::Public, "workerd:unsafe-eval") if js.flag(Flag::UnsafeModule) => {
            Some(Builtin::Native(unsafe_eval))
        }
        (Kind::Public, "workerd:unsafe") if js.flag(Flag::UnsafeModule) => {
            Some(Builtin::Native(unsafe_module))
        }
        (Kind::Internal, "internal:unsafe-eval") => Some(Builtin::Native(unsafe_eval)),
        (Kind::Internal, "node-internal:async_hooks") => Some(Builtin::Native(async_hooks)),
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
    let description = jsg::intern(js, "cloudflare:workers:restore");
    exports.value("restore", Symbol::for_api(js, description));
    let tracing = Tracing::create(js);
    exports.value("tracing", tracing);
    let entrypoints = Handle::new(js, EntrypointsModule {});
    exports.value("entrypoints", entrypoints.object());
    let environment = Handle::new(js, EnvModule {});
    exports.value("environment", environment.object());
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
