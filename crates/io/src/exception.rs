//! Exceptions on their way out of an isolate.

use jsg::js::{Local, Value};
use jsg::{DomException, Error, Flag, Handle, Lock, LockExt};

use crate::ChannelError;
use crate::channel::Hint;

/// An exception as `Class: message`, without running more guest code than its own `toString`.
pub fn text<'s>(js: &mut Lock<'s, '_>, exception: Local<'s, Value>) -> String {
    let described = jsg::promise::try_catch(js, |js| {
        let string = exception.to_detail_string(js).ok_or(jsg::Error::Pending)?;
        Ok(string.to_rust_string_lossy(js))
    });
    described.unwrap_or_else(|_| "(an exception that cannot be converted to a string)".into())
}

/// The classes that keep their name on the way.
const CLASSES: [&str; 12] = [
    "Error",
    "TypeError",
    "RangeError",
    "SyntaxError",
    "ReferenceError",
    "EvalError",
    "URIError",
    "AggregateError",
    "SuppressedError",
    "CompileError",
    "LinkError",
    "RuntimeError",
];

/// An exception as the other side of a service binding sees it.
pub fn to_remote<'s>(js: &mut Lock<'s, '_>, exception: Local<'s, Value>) -> ChannelError {
    let hint = [Hint::Overloaded, Hint::Retryable]
        .into_iter()
        .find(|hint| is_true(js, exception, hint.property()));
    let thrown = thrown(js, exception);
    match hint {
        Some(hint) => ChannelError::Hinted {
            hint,
            thrown: Box::new(thrown),
        },
        None => thrown,
    }
}

fn is_true<'s>(js: &mut Lock<'s, '_>, exception: Local<'s, Value>, name: &str) -> bool {
    let Ok(object) = Local::<jsg::js::Object>::try_from(exception) else {
        return false;
    };
    let key = jsg::intern(js, name);
    let value = jsg::promise::try_catch(js, |js| object.get(js, key.into()).ok_or(Error::Pending));
    value.is_ok_and(|value| value.boolean_value(js))
}

/// Class and message.
pub fn thrown<'s>(js: &mut Lock<'s, '_>, exception: Local<'s, Value>) -> ChannelError {
    if let Some(exception) = Handle::<DomException>::from_value(js, exception) {
        return ChannelError::Remote {
            class: format!("DOMException({})", exception.get().name_str()).into(),
            message: exception.get().message_str().to_owned(),
        };
    }
    let text = match exception.to_detail_string(js) {
        Some(text) => text.to_rust_string_lossy(js),
        None => text(js, exception),
    };
    let (class, message) = text.split_once(": ").unwrap_or((&text, ""));
    match CLASSES.iter().find(|known| **known == class) {
        Some(class) => ChannelError::Remote {
            class: (*class).into(),
            message: message.to_owned(),
        },
        None => ChannelError::Remote {
            class: "Error".into(),
            message: text,
        },
    }
}

/// As [`to_remote`], with the whole error where the Worker's flags say so.
pub fn to_remote_whole<'s>(js: &mut Lock<'s, '_>, exception: Local<'s, Value>) -> ChannelError {
    let plain = to_remote(js, exception);
    // Objects travel as errors do, with a sign of where they were thrown; those of the platform are but told of.
    let is_whole = exception.is_native_error()
        || exception.is_object()
            && !exception.is_function()
            && Handle::<DomException>::from_value(js, exception).is_none();
    if !is_whole || !js.flag(Flag::EnhancedErrorSerialization) {
        return plain;
    }
    // Other servers may read it.
    let written = jsg::promise::try_catch(js, |js| jsg::clone::write_stored(js, exception));
    match written {
        Ok(written) => ChannelError::Error {
            value: written.into(),
            plain: Box::new(plain),
        },
        // A property of it cannot be written.
        Err(_) => plain,
    }
}
