//! Values that outlive their event, as they are written: props, environments, what `ctx.restore()` is given.

use std::rc::Rc;

use io::carried::Carried;
use io::inline::{Inlined, Places, inline};
use io::rpc::Outgoing;
use jsg::clone::{Options, References, data_clone_error, serialize_with};
use jsg::js::{Local, Object, Value};
use jsg::{Error, Lock, Result};

use crate::rpc::message::stubs_in;
use crate::rpc::target::write_reference;

/// # Errors
/// The value cannot be cloned, or refers to something that lives no longer than its event.
pub fn write<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Carried> {
    with_stubs(js, value, |js, value, stubs| {
        let outgoing = Rc::new(Outgoing::of_carried());
        let options = Options {
            externals: Some(outgoing.clone()),
            ..Options::default()
        };
        let data = serialize_with(js, value, &[], &stand_ins(stubs), &options)?.data;
        let data = with_stubs_in_place(data, stubs, Places::Numbered)?.data;
        // There is nothing to let go of: such values duplicate what they refer to.
        let (externals, _) = outgoing.finish();
        Carried::new(data, externals)
    })
}

/// Writes a value that may hold stubs, which V8 takes for functions: it is tried without first.
///
/// # Errors
/// Those of `attempt`.
pub fn with_stubs<'s, T>(
    js: &mut Lock<'s, '_>,
    value: Local<'s, Value>,
    attempt: impl for<'a, 'i> Fn(&mut Lock<'a, 'i>, Local<'a, Value>, &[Local<'a, Object>]) -> Result<T>,
) -> Result<T> {
    let exception = match jsg::promise::try_catch(js, |js| attempt(js, value, &[])) {
        Ok(written) => return Ok(written),
        Err(exception) => exception,
    };
    let stubs = stubs_in(js, value)?;
    match stubs.is_empty() {
        true => Err(Error::value(js, exception)),
        false => attempt(js, value, &stubs),
    }
}

/// How the stubs of a value are written, see [`with_stubs`].
pub fn stand_ins<'a, 's>(stubs: &'a [Local<'s, Object>]) -> References<'a, 's> {
    References {
        objects: stubs,
        write: (!stubs.is_empty()).then_some(&write_reference),
    }
}

/// A written value as it is without stubs, or with each of them where the value has it.
///
/// # Errors
/// That cannot be.
pub fn with_stubs_in_place(
    data: Vec<u8>,
    stubs: &[Local<'_, Object>],
    places: Places,
) -> Result<Inlined> {
    if stubs.is_empty() {
        let order = Vec::new();
        return Ok(Inlined { data, order });
    }
    inline(&data, stubs.len() as u32, places).map_err(|_| {
        data_clone_error("A value with stubs in it cannot be serialized in this context.")
    })
}
