//! Errors on their way through native streams: what guest code has thrown becomes plain data, and an error again for
//! whoever reads.

use std::borrow::Cow;

use jsg::js::{Local, Value};
use jsg::{Error, Flag, Handle, Lock, LockExt, clone, promise};
use net::BodyError;

/// The names of DOM exceptions that a body may end with.
const DOM_NAMES: &[&str] = &[
    "AbortError",
    "DataCloneError",
    "DataError",
    "InvalidStateError",
    "NotSupportedError",
    "OperationError",
    "TimeoutError",
];

/// What a guest reads when a body breaks.
pub fn body_error(error: BodyError) -> Error {
    match error {
        BodyError::Incomplete | BodyError::Connection(_) => Error::Disconnected {
            message: "Network connection lost.".into(),
        },
        BodyError::Disconnected(message) => Error::Disconnected { message },
        BodyError::Aborted(reason) => Error::error(reason),
        BodyError::Coding(text) => Error::type_error(text),
        BodyError::TooLarge { .. } => Error::type_error("Memory limit exceeded before EOF."),
        BodyError::Thrown { class, message, .. } => {
            match DOM_NAMES.iter().find(|name| **name == class) {
                Some(name) => Error::dom(name, message),
                None => Error::Classed { class, message },
            }
        }
    }
}

/// The value of a broken body for a promise.
pub fn body_exception<'s>(js: &mut Lock<'s, '_>, error: BodyError) -> Local<'s, Value> {
    if let BodyError::Thrown {
        value: Some(written),
        ..
    } = &error
    {
        let written = written.to_vec().into();
        let read = promise::try_catch(js, |js| {
            clone::deserialize(js, written, &Default::default())
        });
        if let Ok(value) = read {
            return value;
        }
    }
    jsg::promise::exception_of(js, body_error(error))
}

/// The names of error classes that survive the way.
const ERROR_NAMES: &[&str] = &[
    "Error",
    "TypeError",
    "RangeError",
    "SyntaxError",
    "ReferenceError",
    "EvalError",
    "URIError",
    "AggregateError",
];

/// What guest code has thrown, as the end of a body: the class of an error when it is one of the language, and the text
/// that the engine has for the value; with `enhanced_error_serialization` all that can be cloned.
pub fn thrown<'s>(js: &mut Lock<'s, '_>, reason: Local<'s, Value>) -> BodyError {
    let (class, message) = described(js, reason);
    let mut value = None;
    if reason.is_object() && js.flag(Flag::EnhancedErrorSerialization) {
        let written = promise::try_catch(js, |js| {
            clone::serialize(js, reason, &[], &Default::default())
        });
        // Memory that the value shares does not travel.
        value = written
            .ok()
            .filter(|written| written.shared.is_empty())
            .map(|written| written.data.into());
    }
    BodyError::Thrown {
        class,
        message,
        value,
    }
}

/// The class and the text of a value. None of the guest's code runs.
fn described<'s>(js: &mut Lock<'s, '_>, reason: Local<'s, Value>) -> (Cow<'static, str>, String) {
    if let Some(exception) = Handle::<jsg::DomException>::from_value(js, reason) {
        let (class, message) = (exception.get().name_str(), exception.get().message_str());
        return (class.to_owned().into(), message.to_owned());
    }
    let text = reason
        .to_detail_string(js)
        .map(|text| text.to_rust_string_lossy(js))
        .unwrap_or_default();
    if reason.is_native_error() {
        let (name, message) = text.split_once(": ").unwrap_or((&text, ""));
        if let Some(class) = ERROR_NAMES.iter().find(|known| **known == name) {
            return (Cow::Borrowed(class), message.to_owned());
        }
    }
    ("Error".into(), text)
}
