//! `ExecutionContext`: what a handler gets as `ctx`.
//!
//! It acts on whatever event is current, not on the one that it was made for.

use std::cell::RefCell;
use std::rc::Rc;

use io::IoContext;
use jsg::js::{Local, Object, Value};
use jsg::{Error, Handle, JsRef, Lock, LockExt, Ref, Result};

use crate::argument::PromiseOf;
use crate::fetch::{Fetcher, Request, pass_through};
use crate::sockets::virtual_host;

/// See the module.
#[jsg::class]
pub struct ExecutionContext {
    exports: Option<JsRef<Value>>,
    props: JsRef<Value>,
    version: Option<JsRef<Value>>,
    /// What a guest has assigned to a property, and what we have made when it was first read.
    kept: RefCell<Vec<(Property, JsRef<Value>)>>,
    /// What the event is about, if it is a request.
    request: RefCell<Option<Ref<Request>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Property {
    Exports,
    Props,
    Cache,
    Version,
    Access,
    Tracing,
}

impl jsg::Trace for Property {
    fn trace(&self, _: &mut jsg::Visitor) {}
}

/// What the layers above add to `ctx`, stored as an extension of the isolate.
pub trait ContextHooks {
    /// `ctx.tracing`, made once a context.
    fn tracing<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>>;

    /// `ctx.restore()`.
    fn restore<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        params: Local<'s, Object>,
    ) -> Result<Local<'s, jsg::js::Promise>>;

    /// `ctx.abort()`: condemns the current event, with this as the failure that its client sees.
    /// The caller terminates the guest code that runs.
    fn abort<'s>(&self, js: &mut Lock<'s, '_>, event: Rc<IoContext>, reason: Local<'s, Value>);
}

/// The [`ContextHooks`] of an isolate.
pub struct Hooks(pub Box<dyn ContextHooks>);

/// What a [`ExecutionContext`] is made with.
pub struct Parts<'s> {
    /// Loopback bindings to the Worker's own exports.
    pub exports: Option<Local<'s, Value>>,
    /// The caller's configuration of this entry point; an empty object without one.
    pub props: Option<Local<'s, Value>>,
    pub version: Option<Local<'s, Value>>,
}

#[jsg::methods]
impl ExecutionContext {
    #[jsg(method)]
    fn wait_until<'s>(&self, js: &mut Lock<'s, '_>, promise: PromiseOf<'s>) -> Result<()> {
        IoContext::current(js)?.wait_until(js, promise.0)
    }

    #[jsg(method)]
    fn pass_through_on_exception(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        IoContext::current(js)?;
        let request = self
            .request
            .borrow()
            .as_ref()
            .map(|request| request.get(js));
        match request {
            Some(request) => pass_through::set(js, request),
            None => Ok(()),
        }
    }

    #[jsg(instance_getter, flag = EnableCtxExports)]
    fn exports<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        self.property(js, Property::Exports)
    }

    #[jsg(setter)]
    fn set_exports<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        self.keep(js, Property::Exports, value);
    }

    #[jsg(instance_getter)]
    fn props<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        self.property(js, Property::Props)
    }

    #[jsg(setter)]
    fn set_props<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        self.keep(js, Property::Props, value);
    }

    #[jsg(method, promise, flag = AllowIrrevocableStubStorage)]
    fn restore<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        params: Local<'s, Object>,
    ) -> Result<Local<'s, jsg::js::Promise>> {
        restore(js, params)
    }

    #[jsg(instance_getter)]
    fn cache<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        self.property(js, Property::Cache)
    }

    #[jsg(setter)]
    fn set_cache<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        self.keep(js, Property::Cache, value);
    }

    #[jsg(instance_getter, flag = EnableVersionApi)]
    fn version<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        self.property(js, Property::Version)
    }

    #[jsg(setter)]
    fn set_version<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        self.keep(js, Property::Version, value);
    }

    #[jsg(instance_getter)]
    fn access<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        self.property(js, Property::Access)
    }

    #[jsg(setter)]
    fn set_access<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        self.keep(js, Property::Access, value);
    }

    #[jsg(method, length = 2)]
    fn map_virtual_host<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        service: Handle<'s, Fetcher>,
        port: u16,
    ) -> Result<String> {
        virtual_host::map(js, service, port)
    }

    #[jsg(instance_getter)]
    fn tracing<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        self.property(js, Property::Tracing)
    }

    #[jsg(setter)]
    fn set_tracing<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        self.keep(js, Property::Tracing, value);
    }

    /// Ends the current event as failed. No guest code of it runs any more.
    #[jsg(method)]
    fn abort<'s>(&self, js: &mut Lock<'s, '_>, reason: Option<Local<'s, Value>>) -> Result<()> {
        let event = IoContext::current(js)?;
        let reason = reason.unwrap_or_else(|| {
            let message = "Worker execution was aborted due to call to ctx.abort().";
            jsg::promise::exception_of(js, Error::error(message))
        });
        abort(js, event, reason)
    }
}

/// `ctx.restore()` of an event of any kind.
///
/// # Errors
/// The parameters cannot be cloned, or nobody knows how to reach the event's entry point again.
pub fn restore<'s>(
    js: &mut Lock<'s, '_>,
    params: Local<'s, Object>,
) -> Result<Local<'s, jsg::js::Promise>> {
    hooks(js)?.0.restore(js, params)
}

fn hooks(js: &Lock<'_, '_>) -> Result<Rc<Hooks>> {
    js.extension::<Hooks>()
        .ok_or_else(|| Error::Internal("an isolate without context hooks".into()))
}

impl ExecutionContext {
    pub fn create<'s>(js: &mut Lock<'s, '_>, parts: Parts<'s>) -> Handle<'s, Self> {
        let props = parts.props.unwrap_or_else(|| Object::new(js).into());
        let context = Self {
            exports: parts.exports.map(|exports| JsRef::new(js, exports)),
            props: JsRef::new(js, props),
            version: parts.version.map(|version| JsRef::new(js, version)),
            kept: RefCell::default(),
            request: RefCell::default(),
        };
        Handle::new(js, context)
    }

    /// The event is about this request.
    pub fn set_request<'s>(&self, js: &Lock<'s, '_>, request: Handle<'s, Request>) {
        self.request.replace(Some(Ref::new(js, request)));
    }

    fn property<'s>(&self, js: &mut Lock<'s, '_>, property: Property) -> Result<Local<'s, Value>> {
        let kept = {
            let kept = self.kept.borrow();
            let known = kept.iter().find(|(known, _)| *known == property);
            known.map(|(_, value)| value.get(js))
        };
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let value = match property {
            Property::Props => Some(self.props.get(js)),
            Property::Exports => self.exports.as_ref().map(|exports| exports.get(js)),
            Property::Version => self.version.as_ref().map(|version| version.get(js)),
            // Nothing outside of Cloudflare's network has a cache API or an access context.
            Property::Cache | Property::Access => None,
            Property::Tracing => {
                let tracing = match js.extension::<Hooks>() {
                    Some(hooks) => Some(hooks.0.tracing(js)?),
                    None => None,
                };
                if let Some(tracing) = tracing {
                    self.keep(js, Property::Tracing, tracing);
                }
                tracing
            }
        };
        Ok(value.unwrap_or_else(|| jsg::js::undefined(js).into()))
    }

    fn keep<'s>(&self, js: &Lock<'s, '_>, property: Property, value: Local<'s, Value>) {
        let value = JsRef::new(js, value);
        let mut kept = self.kept.borrow_mut();
        kept.retain(|(known, _)| *known != property);
        kept.push((property, value));
    }
}

/// Condemns an event, with `reason` as the failure that its client sees, and stops the code that runs.
///
/// # Errors
/// Always: the termination.
pub fn abort<'s>(
    js: &mut Lock<'s, '_>,
    event: Rc<IoContext>,
    reason: Local<'s, Value>,
) -> Result<()> {
    hooks(js)?.0.abort(js, event, reason);
    Err(jsg::terminate(js))
}
