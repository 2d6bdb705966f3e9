//! Native errors with all their own properties (flag `enhanced_error_serialization`).
//!
//! Format: the tag of native errors, a number for the class, its name if it has no number, the
//! message, and an object with the other own properties.

use compat::Flag;

use super::{Reader, Writer, data_clone_error, tags};
use crate::{Error, ErrorKind, Lock, LockExt, Result};

/// The classes by their numbers; 0 stands for all others. Names that no class of the language has
/// hold the places of numbers that the format knows.
const CLASSES: [&str; 14] = [
    "",
    "Error",
    "TypeError",
    "RangeError",
    "ReferenceError",
    "SyntaxError",
    "WasmCompileError",
    "WasmLinkError",
    "WasmRuntimeError",
    "WasmSuspendError",
    "EvalError",
    "URIError",
    "AggregateError",
    "SuppressedError",
];

/// The classes that V8 offers no way to make: their prototypes are kept from before any guest code.
const KEPT: [&str; 4] = ["EvalError", "URIError", "AggregateError", "SuppressedError"];

/// The prototypes of [`KEPT`], for the isolate's state.
pub(crate) fn prototypes<'s>(js: &mut Lock<'s, '_>) -> Vec<Option<v8::Global<v8::Object>>> {
    let global = js.get_current_context().global(js);
    KEPT.iter()
        .map(|name| {
            let name = crate::intern(js, name);
            let class = global.get(js, name.into())?.to_object(js)?;
            let key = crate::intern(js, "prototype");
            let prototype = class.get(js, key.into())?;
            let prototype = v8::Local::<v8::Object>::try_from(prototype).ok()?;
            Some(v8::Global::new(js, prototype))
        })
        .collect()
}

pub(super) fn write<'s>(
    js: &mut Lock<'s, '_>,
    error: v8::Local<'s, v8::Object>,
    to: &Writer<'_>,
) -> Result<()> {
    let name_key = crate::intern(js, "name");
    let message_key = crate::intern(js, "message");
    to.u32(tags::NATIVE_ERROR);
    let name = error.get(js, name_key.into()).ok_or(Error::Pending)?;
    let text = name
        .to_string(js)
        .ok_or(Error::Pending)?
        .to_rust_string_lossy(js);
    let class = CLASSES
        .iter()
        .skip(1)
        .position(|known| *known == text)
        .map_or(0, |n| n as u32 + 1);
    to.u32(class);
    if class == 0 {
        to.value(js, name)?;
    }
    let message = error.get(js, message_key.into()).ok_or(Error::Pending)?;
    to.value(js, message)?;
    let rest = v8::Object::new(js);
    for key in own_keys(js, error)? {
        if key.strict_equals(name_key.into()) || key.strict_equals(message_key.into()) {
            continue;
        }
        let value = error.get(js, key).ok_or(Error::Pending)?;
        rest.set(js, key, value).ok_or(Error::Pending)?;
    }
    to.value(js, rest.into())
}

/// The values of an error's own properties, if they are written with it.
///
/// # Errors
/// A getter throws.
pub fn written_properties<'s>(
    js: &mut Lock<'s, '_>,
    error: v8::Local<'s, v8::Object>,
) -> Result<Vec<v8::Local<'s, v8::Value>>> {
    if !error.is_native_error() || !js.flag(Flag::EnhancedErrorSerialization) {
        return Ok(Vec::new());
    }
    own_keys(js, error)?
        .into_iter()
        .map(|key| error.get(js, key).ok_or(Error::Pending))
        .collect()
}

pub(super) fn read<'s>(
    js: &mut Lock<'s, '_>,
    from: &Reader<'_>,
) -> Result<v8::Local<'s, v8::Object>> {
    let class = CLASSES.get(from.u32()? as usize).copied().unwrap_or("");
    let name = if class.is_empty() {
        Some(from.value(js)?)
    } else {
        None
    };
    let message = from.value(js)?;
    let message = v8::Local::<v8::String>::try_from(message)
        .map_err(|_| data_clone_error("Deserialization failed: error message is not a string"))?;
    let error = make(js, class, message)?;
    if let Some(name) = name {
        let key = crate::intern(js, "name");
        let attributes = v8::PropertyAttribute::NONE;
        error
            .define_own_property(js, key.into(), name, attributes)
            .ok_or(Error::Pending)?;
    }
    if let Ok(rest) = v8::Local::<v8::Object>::try_from(from.value(js)?) {
        let stack = crate::intern(js, "stack");
        for key in own_keys(js, rest)? {
            if from.fresh_stacks() && key.strict_equals(stack.into()) {
                continue;
            }
            let value = rest.get(js, key).ok_or(Error::Pending)?;
            if let Ok(name) = v8::Local::<v8::Name>::try_from(key) {
                error
                    .create_data_property(js, name, value)
                    .ok_or(Error::Pending)?;
            }
        }
    }
    Ok(error)
}

fn make<'s>(
    js: &mut Lock<'s, '_>,
    class: &str,
    message: v8::Local<'s, v8::String>,
) -> Result<v8::Local<'s, v8::Object>> {
    let kind = match class {
        "TypeError" => ErrorKind::TypeError,
        "RangeError" => ErrorKind::RangeError,
        "ReferenceError" => ErrorKind::ReferenceError,
        "SyntaxError" => ErrorKind::SyntaxError,
        _ => ErrorKind::Error,
    };
    let error = crate::error::ecma_error_of(js, kind, message);
    let error = v8::Local::<v8::Object>::try_from(error)
        .map_err(|_| Error::Internal("an error is no object".into()))?;
    let kept = KEPT.iter().position(|known| *known == class);
    if let Some(Some(prototype)) = kept.and_then(|n| js.state().error_prototypes.get()?.get(n)) {
        let prototype = v8::Local::new(js, prototype);
        error
            .set_prototype(js, prototype.into())
            .ok_or(Error::Pending)?;
    }
    Ok(error)
}

/// Own property names but no indexes, enumerable or not.
fn own_keys<'s>(
    js: &mut Lock<'s, '_>,
    object: v8::Local<'s, v8::Object>,
) -> Result<Vec<v8::Local<'s, v8::Value>>> {
    let keys = object
        .get_property_names(
            js,
            v8::GetPropertyNamesArgs {
                mode: v8::KeyCollectionMode::OwnOnly,
                property_filter: v8::PropertyFilter::ALL_PROPERTIES,
                index_filter: v8::IndexFilter::SkipIndices,
                key_conversion: v8::KeyConversionMode::KeepNumbers,
            },
        )
        .ok_or(Error::Pending)?;
    (0..keys.length())
        .map(|index| keys.get_index(js, index).ok_or(Error::Pending))
        .collect()
}
