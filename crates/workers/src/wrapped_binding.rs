//! Wrapped bindings: what a function of an internal module makes of other bindings.
//!
//! `WrappedBinding` is the base of those that are made around one service, such as D1's. It keeps the service and its
//! module's name, so that the binding can be sent as its service is and made again from it.

use std::cell::RefCell;

use jsg::clone::{Cloneable, Reader, Writer, with_javascript};
use jsg::js::{Function, Local, Object, Value};
use jsg::modules::Registry;
use jsg::{Error, Handle, Lock, Ref, Result};
use web::fetch::Fetcher;

/// What the service is called among the bindings that the function is given.
pub const SERVICE: &str = "fetcher";

/// The entry point of the modules whose bindings can be sent.
pub const ENTRYPOINT: &str = "default";

/// A binding around a service.
#[jsg::class]
pub struct WrappedBinding {
    service: Option<Ref<Fetcher>>,
    module: RefCell<Option<String>>,
}

#[jsg::methods]
impl WrappedBinding {
    #[jsg(constructor)]
    fn new<'s>(js: &mut Lock<'s, '_>, service: Option<Local<'s, Value>>) -> Self {
        let service = service.and_then(|service| Handle::<Fetcher>::from_value(js, service));
        Self {
            service: service.map(|service| Ref::new(js, service)),
            module: RefCell::new(None),
        }
    }
}

impl WrappedBinding {
    /// From now on the binding can be sent. Does nothing to other values.
    pub fn make_sendable<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>, module: &str) {
        if let Some(binding) = Handle::<Self>::from_value(js, value) {
            binding.get().module.replace(Some(module.to_owned()));
        }
    }
}

/// Calls a function of an internal module with the bindings that it wraps.
///
/// # Errors
/// There is no such module or function, or it throws.
pub fn instantiate<'s>(
    js: &mut Lock<'s, '_>,
    module: &str,
    entrypoint: &str,
    env: Local<'s, Object>,
) -> Result<Local<'s, Value>> {
    let registry =
        Registry::current(js).ok_or_else(|| Error::Internal("no module registry".into()))?;
    let namespace = registry.import_internal(js, module)?.ok_or_else(|| {
        Error::Internal(format!(
            "wrapped binding module can't be resolved (internal modules only); wrapped.moduleName = {module}"
        ))
    })?;
    let key = jsg::intern(js, entrypoint);
    let function = namespace.get(js, key.into()).ok_or(Error::Pending)?;
    let function = Local::<Function>::try_from(function).map_err(|_| {
        Error::Internal(format!(
            "Entrypoint is not a function; wrapped.entrypoint = {entrypoint}"
        ))
    })?;
    let global = js.get_current_context().global(js);
    function
        .call(js, global.into(), &[env.into()])
        .ok_or(Error::Pending)
}

impl Cloneable for WrappedBinding {
    const TAG: u32 = 17;

    fn write<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, to: &Writer<'_>) -> Result<()> {
        let binding = this.get();
        let module = binding.module.borrow();
        let (Some(service), Some(module)) = (&binding.service, &*module) else {
            return Err(Error::Internal(
                "a wrapped binding without a service or a module cannot be sent".into(),
            ));
        };
        let service = service.get(js);
        Fetcher::write(js, service, to)?;
        to.string(module);
        Ok(())
    }

    fn read<'s>(js: &mut Lock<'s, '_>, from: &Reader<'_>) -> Result<Local<'s, Object>> {
        let service = Fetcher::read(js, from)?;
        let service = Handle::<Fetcher>::receiver(js, service)?;
        let channel = service.get().channel(js)?.clone();
        let service = Handle::new(js, Fetcher::new(channel).of_binding()).object();
        let module = from.string()?;
        let env = Object::new(js);
        let key = jsg::intern(js, SERVICE);
        env.create_data_property(js, key.into(), service.into());
        let binding = with_javascript(js, |js| instantiate(js, &module, ENTRYPOINT, env))?;
        Self::make_sendable(js, binding, &module);
        Local::<Object>::try_from(binding)
            .map_err(|_| Error::Internal("a wrapped binding is no object".into()))
    }
}
