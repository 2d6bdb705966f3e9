//! `RpcProperty`: a property of a remote object, or of what a call will give. It is read by awaiting
//! it, and called like a method.

use jsg::class::Builder;
use jsg::class::builder::WildcardBody;
use jsg::js::{Function, Local, Object, Promise, String as JsString, Value};
use jsg::{Call, Error, Flag, Handle, Lock, LockExt, Ref, Result};
use web::fetch::Fetcher;

use super::client::{self, Parent, Source};
use super::promise::RpcPromise;
use crate::entrypoint::rename;

/// The longest path of properties.
const MAX_DEPTH: u32 = 64;

/// See the module.
#[jsg::class(name = "JsRpcProperty")]
pub struct RpcProperty {
    parent: Parent,
    name: String,
    depth: u32,
}

impl RpcProperty {
    pub(super) fn create<'s>(
        js: &mut Lock<'s, '_>,
        parent: Parent,
        name: String,
        depth: u32,
    ) -> Handle<'s, Self> {
        Handle::new(
            js,
            Self {
                parent,
                name,
                depth,
            },
        )
    }

    pub(super) fn source<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Source> {
        let mut source = self.parent.source(js)?;
        source.path.push(self.name.clone());
        Ok(source)
    }

    fn read<'s>(this: Handle<'s, Self>, js: &mut Lock<'s, '_>) -> Local<'s, Promise> {
        client::call(js, |js| this.get().source(js), None).0
    }
}

#[jsg::methods]
impl RpcProperty {
    #[jsg(callable)]
    fn call<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        call: &Call<'s>,
    ) -> Result<Handle<'s, RpcPromise>> {
        RpcPromise::call(js, |js| this.get().source(js), call)
    }

    #[jsg(method)]
    fn then<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        handler: Local<'s, Function>,
        error_handler: Option<Local<'s, Function>>,
    ) -> Result<Local<'s, Promise>> {
        let promise = Self::read(this, js);
        client::then(js, promise, handler, error_handler)
    }

    #[jsg(method, name = "catch")]
    fn catch_error<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        handler: Local<'s, Function>,
    ) -> Result<Local<'s, Promise>> {
        let promise = Self::read(this, js);
        promise.catch(js, handler).ok_or(Error::Pending)
    }

    #[jsg(method)]
    fn finally<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        handler: Local<'s, Function>,
    ) -> Result<Local<'s, Value>> {
        let promise = Self::read(this, js);
        client::finally(js, promise, handler)
    }

    #[jsg(define)]
    fn define(builder: &mut Builder<'_, '_, '_>) {
        rename(builder, "RpcProperty");
        builder.wildcard::<Wildcard>();
    }
}

struct Wildcard;

impl WildcardBody for Wildcard {
    fn get<'s>(
        js: &mut Lock<'s, '_>,
        object: Local<'s, Object>,
        name: Local<'s, JsString>,
    ) -> Result<Option<Local<'s, Value>>> {
        let property = Handle::<RpcProperty>::receiver(js, object)?;
        let depth = property.get().depth + 1;
        if depth > MAX_DEPTH {
            return Err(Error::type_error(format!(
                "RPC pipelined property path is too deep (max {MAX_DEPTH})."
            )));
        }
        let name = name.to_rust_string_lossy(js);
        let parent = Parent::Property(Ref::new(js, property));
        let property = RpcProperty::create(js, parent, name, depth);
        Ok(Some(property.object().into()))
    }
}

/// The property of a service binding that is none of `Fetcher`'s own.
pub(super) fn of_service<'s>(
    js: &mut Lock<'s, '_>,
    service: Handle<'s, Fetcher>,
    name: Local<'s, JsString>,
) -> Result<Option<Local<'s, Value>>> {
    let name = name.to_rust_string_lossy(js);
    let enabled = js.flag(Flag::Rpc) || js.flag(Flag::Experimental);
    if !enabled && !service.get().is_internal() {
        // Libraries ask every binding for this one, to find Durable Object namespaces.
        if name != "idFromName" {
            let warning = format!(
                "WARNING: Tried to access method or property '{name}' on a Service Binding or Durable Object stub. Are \
                 you trying to use RPC? If so, please enable the 'rpc' compat flag or update your compat date to \
                 2024-04-03 or later (see https://developers.cloudflare.com/workers/configuration/compatibility-dates/ \
                 ). If you are not trying to use RPC, please note that in the future, this property (and all other \
                 property names) will appear to be present as an RPC method."
            );
            web::console::warn_once(js, warning);
        }
        return Ok(None);
    }
    // Promises would take the service for one of their kind.
    if name == "then" {
        return Ok(None);
    }
    let parent = Parent::Service(Ref::new(js, service));
    let property = RpcProperty::create(js, parent, name, 0);
    Ok(Some(property.object().into()))
}
