//! Conversion between JavaScript values and Rust types (WebIDL §3.2).
//!
//! | WebIDL | Rust | name in error messages |
//! | --- | --- | --- |
//! | `any` | `Local<Value>` | `Value` |
//! | `boolean` | `bool` | `boolean` |
//! | `long`, `unsigned short`, … | `i32`, `u16`, … | `number` |
//! | `long long` and `bigint` in the Workers APIs | `i64`, `u64` | `bigint` |
//! | `unrestricted double` | `f64` | `number` |
//! | `DOMString` | `String` | `string` |
//! | `USVString` | [`UsvString`] | `USVString` |
//! | `ByteString` | [`ByteString`] | `string` |
//! | a string that is kept as it is | `Local<String>` | `String` |
//! | `T?` | [`Nullable<T>`] | that of `T` |
//! | `optional T` | `Option<T>` | that of `T` |
//! | `sequence<T>` | [`Sequence<T>`]; `Vec<T>` accepts arrays only | `Sequence`, `Array` |
//! | `record<K, V>` | [`Record<K, V>`] | `object` |
//! | a dictionary | `#[derive(jsg::Dictionary)]` | its name |
//! | a union | `#[derive(jsg::Union)]` | its members, joined by `or` |
//! | an interface | [`Handle<T>`] | its name |
//! | a point in time | [`Time`] | `date` |
//! | `BufferSource` | [`BufferSource`] | `BufferSource` |
//! | a callback function | `Local<Function>` | `function` |
//! | `Promise<T>` | `Local<Promise>` | `Promise` |
//!
//! A conversion has three ends: a value; `None`, when the value's type is wrong, which the caller
//! words (it knows the place); an error, when guest code that the conversion ran has thrown.

mod buffer;
mod collections;
mod handles;
mod members;
mod primitives;
mod strings;
mod text;
mod time;

use std::borrow::Cow;

pub use buffer::{
    BufferSource, Bytes, array_buffer, array_buffer_from, array_buffer_with, uint8_array,
};
pub use collections::{Record, Sequence, iterate};
pub use members::{set_member, set_optional_member};
pub use strings::{
    ByteString, LONGEST_STRING, UsvString, body_too_long, one_byte_string, too_long,
};
pub use text::{
    ByteView, Characters, encode_utf8, encode_utf8_into, two_byte_string, with_characters,
};
pub use time::Time;

use crate::{Error, Lock, LockExt, Name, Result};

/// From JavaScript to Rust.
pub trait FromJs<'s>: Sized {
    /// The type in "is not of type '…'".
    fn type_name() -> Cow<'static, str>;

    /// Converts `value`; `None` when its type is wrong.
    fn try_from_js(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Option<Self>>;

    /// The value of an argument or dictionary member that is not there.
    fn missing() -> Option<Self> {
        None
    }

    /// Converts `value` where no place is known.
    fn from_js(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Self> {
        match Self::try_from_js(js, value)? {
            Some(value) => Ok(value),
            None => Err(wrong_type(&Self::type_name())),
        }
    }

    /// Whether a union should choose this member for `value`, without converting it.
    fn matches(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> bool;
}

#[cold]
fn wrong_type(expected: &str) -> Error {
    Error::type_error(format!(
        "Incorrect type: the provided value is not of type '{expected}'."
    ))
}

/// The error for a dictionary member of the wrong type.
#[cold]
pub fn wrong_field(field: &str, dictionary: &str, expected: &str) -> Error {
    Error::type_error(format!(
        "Incorrect type for the '{field}' field on '{dictionary}': the provided value is not of type '{expected}'."
    ))
}

/// The error for null or undefined in place of a dictionary with required members. Called by the expansion of
/// `derive(Dictionary)`.
#[cold]
pub fn no_dictionary(mangled: &str) -> Error {
    Error::type_error(format!(
        "Cannot initialize {mangled} with required members from an undefined or null value."
    ))
}

/// Reads one member of a dictionary. Called by the expansion of `derive(Dictionary)`.
pub fn field<'s, T: FromJs<'s>>(
    js: &mut Lock<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &'static Name,
    dictionary: &'static str,
) -> Result<T> {
    let key = name.get(js);
    let value = object.get(js, key.into()).ok_or(Error::Pending)?;
    if value.is_undefined()
        && let Some(value) = T::missing()
    {
        return Ok(value);
    }
    // What coerces any value takes an absent one, too: a string is "undefined" then.
    if let Some(value) = T::try_from_js(js, value)? {
        return Ok(value);
    }
    Err(wrong_field(name.text(), dictionary, &T::type_name()))
}

/// Whether a type of this name converts any value at all, so that a union may fall back on it.
pub fn coerces(type_name: &str) -> bool {
    matches!(
        type_name,
        "string" | "USVString" | "String" | "boolean" | "number" | "Value"
    )
}

/// From Rust to JavaScript.
pub trait ToJs<'s> {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>>;
}

/// What a callback may return.
pub trait Return<'s> {
    fn set(self, js: &mut Lock<'s, '_>, rv: v8::ReturnValue<'_, v8::Value>) -> Result<()>;
}

impl<'s, T: ToJs<'s>> Return<'s> for T {
    #[inline]
    fn set(self, js: &mut Lock<'s, '_>, mut rv: v8::ReturnValue<'_, v8::Value>) -> Result<()> {
        let value = self.to_js(js)?;
        rv.set(value);
        Ok(())
    }
}

impl<'s, T: Return<'s>, E: Into<Error>> Return<'s> for Result<T, E> {
    #[inline]
    fn set(self, js: &mut Lock<'s, '_>, rv: v8::ReturnValue<'_, v8::Value>) -> Result<()> {
        self.map_err(Into::into)?.set(js, rv)
    }
}

/// `T?`: null and undefined are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Nullable<T>(pub Option<T>);

impl<'s, T: FromJs<'s>> FromJs<'s> for Nullable<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn missing() -> Option<Self> {
        Some(Self(None))
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Option<Self>> {
        if value.is_null_or_undefined() {
            return Ok(Some(Self(None)));
        }
        Ok(T::try_from_js(js, value)?
            .map(|value| Self(Some(value)))
            .or_else(|| substitutes_null(js).then_some(Self(None))))
    }

    fn matches(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> bool {
        value.is_null_or_undefined() || T::matches(js, value)
    }
}

/// Whether a value of the wrong type is null where null is allowed, rather than an error: at the oldest dates.
#[cold]
pub fn substitutes_null(js: &Lock<'_, '_>) -> bool {
    !js.flag(compat::Flag::DontSubstituteNullOnTypeError)
}

impl<'s, T: ToJs<'s>> ToJs<'s> for Nullable<T> {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
        match self.0 {
            Some(value) => value.to_js(js),
            None => Ok(v8::null(js).into()),
        }
    }
}

/// `optional T`: undefined and absent are `None`.
impl<'s, T: FromJs<'s>> FromJs<'s> for Option<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn missing() -> Option<Self> {
        Some(None)
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Option<Self>> {
        if value.is_undefined() {
            return Ok(Some(None));
        }
        Ok(T::try_from_js(js, value)?.map(Some))
    }

    fn matches(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> bool {
        value.is_undefined() || T::matches(js, value)
    }
}

/// `None` is undefined; a result that should be null is a [`Nullable`].
impl<'s, T: ToJs<'s>> ToJs<'s> for Option<T> {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
        match self {
            Some(value) => value.to_js(js),
            None => Ok(v8::undefined(js).into()),
        }
    }
}
