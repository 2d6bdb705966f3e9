//! `structuredClone()` (HTML §2.7.10).

use jsg::js::{Local, Value};
use jsg::{Error, Lock, Result};

/// A copy of `value`, to which the objects of `transfer` move.
pub(crate) fn structured_clone<'s>(
    _js: &mut Lock<'s, '_>,
    _value: Local<'s, Value>,
    _transfer: Vec<Local<'s, Value>>,
) -> Result<Local<'s, Value>> {
    Err(Error::dom(
        "DataCloneError",
        "structuredClone() is not available.",
    ))
}
