//! Remote calls between Workers: `RpcTarget`, `RpcStub` and their kin.
//!
//! | module | what |
//! | --- | --- |
//! | [`target`] | `RpcTarget`, whose instances are passed by reference |
//! | [`stub`] | `RpcStub`, a reference to an object of another event |
//! | [`promise`] | `RpcPromise`, the result of a call; calls on it need not wait for it |
//! | [`property`] | `RpcProperty`, a path from one of these |
//! | [`client`] | making calls |
//! | [`message`] | values as messages |
//! | `reference` | what an event holds of another one |
//! | [`server`] | answering calls |
//! | [`local`] | objects of this isolate that others may call |
//!
//! R1. A reference is let go exactly once: when it is disposed of, or with the event that received it.
//!     Garbage collection lets go of nothing, since nobody may observe it.
//! R2. Calls reach guest code from the event loop only, never from within other guest code.

mod cancel;
pub mod client;
pub mod local;
pub mod message;
pub mod promise;
pub mod property;
mod reference;
pub mod server;
pub mod stub;
pub mod target;

pub use promise::RpcPromise;
pub use property::RpcProperty;
pub use stub::RpcStub;
pub use target::RpcTarget;

use jsg::js::{Function, Local, Object, Proxy, Value};
use jsg::{Class, Error, Handle, Lock, LockExt, Result};

use crate::durable_object::class::DurableObjectClass;
use crate::durable_object::stub::DurableObjectStub;
use crate::wrapped_binding::WrappedBinding;

/// Lets the isolate send and receive references.
pub fn install(js: &Lock<'_, '_>) {
    jsg::clone::register::<RpcTarget>(js);
    jsg::clone::register::<DurableObjectStub>(js);
    jsg::clone::register::<DurableObjectClass>(js);
    jsg::clone::register::<WrappedBinding>(js);
    js.set_extension(std::rc::Rc::new(web::fetch::RpcProperties(Box::new(
        property::of_service,
    ))));
}

/// What kind of receiver an object can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receivable {
    /// Its own properties can be reached: a plain object or a function.
    Plain,
    /// An `RpcTarget`: those of its class can be, its own cannot.
    Target,
}

/// The prototype of objects that are written as literals.
pub(crate) fn plain_prototype<'s>(js: &Lock<'s, '_>) -> Option<Local<'s, Value>> {
    Object::new(js).get_prototype(js)
}

/// Whether an object's prototype is that of plain objects.
pub(crate) fn is_plain<'s>(js: &mut Lock<'s, '_>, object: Local<'s, Object>) -> bool {
    !object.is_proxy() && object.get_prototype(js) == plain_prototype(js)
}

/// The prototype that an object shows: V8's own interface asks no proxy (ECMA-262 §10.5.1).
fn prototype_of<'s>(js: &mut Lock<'s, '_>, object: Local<'s, Object>) -> Result<Local<'s, Value>> {
    let mut object = object;
    while let Ok(proxy) = Local::<Proxy>::try_from(Local::<Value>::from(object)) {
        let target = proxy.get_target(js);
        let Ok(handler) = Local::<Object>::try_from(proxy.get_handler(js)) else {
            return Err(Error::type_error("The proxy has been revoked."));
        };
        let key = jsg::intern(js, "getPrototypeOf");
        let trap = handler.get(js, key.into()).ok_or(Error::Pending)?;
        if let Ok(trap) = Local::<Function>::try_from(trap) {
            return trap
                .call(js, handler.into(), &[target])
                .ok_or(Error::Pending);
        }
        object = Local::<Object>::try_from(target)
            .map_err(|_| Error::type_error("The proxy has been revoked."))?;
    }
    object.get_prototype(js).ok_or(Error::Pending)
}

/// Whether a value is a function that may be called for others. Ours that stand for calls are not.
pub(crate) fn is_function<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
    value.is_function()
        && Handle::<RpcProperty>::from_value(js, value).is_none()
        && Handle::<RpcPromise>::from_value(js, value).is_none()
}

/// Whether the class of remote targets is on an object's prototype chain, as a proxy may show it, too.
pub(crate) fn inherits_target<'s>(
    js: &mut Lock<'s, '_>,
    object: Local<'s, Object>,
) -> Result<bool> {
    let constructor = jsg::class::constructor(js, RpcTarget::info());
    let key = jsg::intern(js, "prototype");
    let wanted = constructor.get(js, key.into()).ok_or(Error::Pending)?;
    let mut link = prototype_of(js, object)?;
    while let Ok(object) = Local::<Object>::try_from(link) {
        if link.strict_equals(wanted) {
            return Ok(true);
        }
        link = prototype_of(js, object)?;
    }
    Ok(false)
}

/// How a stub of `object` shows it; none if it can have no stub.
pub(crate) fn receivable<'s>(
    js: &mut Lock<'s, '_>,
    object: Local<'s, Object>,
) -> Result<Option<Receivable>> {
    let shown = prototype_of(js, object)?;
    if Some(shown) == plain_prototype(js) {
        return Ok(Some(Receivable::Plain));
    }
    if inherits_target(js, object)? {
        return Ok(Some(Receivable::Target));
    }
    Ok(is_function(js, object.into()).then_some(Receivable::Plain))
}

/// `Symbol.dispose`.
pub(crate) fn dispose_key<'s>(js: &Lock<'s, '_>) -> Local<'s, Value> {
    jsg::class::builder::dispose_symbol(js).into()
}

/// Calls a value's `[Symbol.dispose]()`, if it has one.
pub(crate) fn dispose_value<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<()> {
    let Ok(object) = Local::<Object>::try_from(value) else {
        return Ok(());
    };
    let key = dispose_key(js);
    let dispose = object.get(js, key).ok_or(Error::Pending)?;
    if let Ok(dispose) = Local::<Function>::try_from(dispose) {
        dispose.call(js, value, &[]).ok_or(Error::Pending)?;
    }
    Ok(())
}
