//! A Worker's environment: `env` for modules, globals for classic scripts.

use std::rc::Rc;

use jsg::js::{Local, Object, Value};
use jsg::{Lock, Result};

use crate::definition::{Binding, BindingValue};
use crate::worker::Host;

/// Puts every binding on `target`.
pub fn install<'s>(
    js: &mut Lock<'s, '_>,
    target: Local<'s, Object>,
    bindings: &[Binding],
    host: &Rc<dyn Host>,
) -> Result<()> {
    for binding in bindings {
        let value = value(js, &binding.value, host)?;
        let key = jsg::intern(js, &binding.name);
        target.create_data_property(js, key.into(), value);
    }
    Ok(())
}

fn value<'s>(
    js: &mut Lock<'s, '_>,
    value: &BindingValue,
    host: &Rc<dyn Host>,
) -> Result<Local<'s, Value>> {
    Ok(match value {
        BindingValue::Text(text) => jsg::string(js, text).into(),
        BindingValue::Data(data) => jsg::convert::array_buffer(js, data)?.into(),
        BindingValue::Json(text) => jsg::json_parse(js, text)?,
        BindingValue::Wasm(bytes) => jsg::wasm_module(js, bytes)?.into(),
        BindingValue::Null => jsg::js::null(js).into(),
        BindingValue::Service(id) => {
            let channel = host.subrequest_channel(*id);
            web::fetch::Fetcher::create(js, channel).object().into()
        }
        BindingValue::MemoryCache(store) => workers::MemoryCache::create(js, store.clone())
            .object()
            .into(),
        BindingValue::UnsafeEval => workers::UnsafeEval::create(js).object().into(),
    })
}
