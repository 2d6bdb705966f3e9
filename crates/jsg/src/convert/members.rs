//! Dictionaries on their way to JavaScript.

use super::ToJs;
use crate::{Error, Flag, Lock, LockExt, Result};

/// Adds a member to a new object.
pub fn set_member<'s>(
    js: &mut Lock<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
    value: impl ToJs<'s>,
) -> Result<()> {
    let value = value.to_js(js)?;
    let key = crate::intern(js, name);
    object
        .create_data_property(js, key.into(), value)
        .ok_or(Error::Pending)?;
    Ok(())
}

/// Adds an optional member. One that is absent is undefined, or not there at all before `enable_fast_jsg_struct`.
pub fn set_optional_member<'s>(
    js: &mut Lock<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
    value: Option<impl ToJs<'s>>,
) -> Result<()> {
    match value {
        Some(value) => set_member(js, object, name, value),
        None if js.flag(Flag::EnableFastJsgStruct) => {
            let value: v8::Local<'s, v8::Value> = v8::undefined(js).into();
            set_member(js, object, name, value)
        }
        None => Ok(()),
    }
}
