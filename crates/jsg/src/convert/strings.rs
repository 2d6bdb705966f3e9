//! Strings (WebIDL §3.2.9 to §3.2.11).

use std::borrow::Cow;

use super::{FromJs, ToJs};
use crate::{Error, Lock, Result};

/// Text in well-formed Unicode: lone surrogates become U+FFFD.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsvString(pub String);

/// A string whose characters are bytes (Latin-1), as header names and values are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ByteString(pub Vec<u8>);

fn to_string<'s>(
    js: &mut Lock<'s, '_>,
    value: v8::Local<'s, v8::Value>,
) -> Result<v8::Local<'s, v8::String>> {
    if let Ok(string) = v8::Local::<v8::String>::try_from(value) {
        return Ok(string);
    }
    value.to_string(js).ok_or(Error::Pending)
}

macro_rules! string_like {
    ($t:ty, $name:literal, |$js:ident, $string:ident| $convert:expr) => {
        impl<'s> FromJs<'s> for $t {
            fn type_name() -> Cow<'static, str> {
                $name.into()
            }

            fn try_from_js(
                $js: &mut Lock<'s, '_>,
                value: v8::Local<'s, v8::Value>,
            ) -> Result<Option<Self>> {
                let $string = to_string($js, value)?;
                $convert
            }

            fn matches(_: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> bool {
                value.is_string()
            }
        }
    };
}

string_like!(String, "string", |js, string| Ok(Some(
    string.to_rust_string_lossy(js)
)));
string_like!(UsvString, "USVString", |js, string| Ok(Some(Self(
    string.to_rust_string_lossy(js)
))));
string_like!(v8::Local<'s, v8::String>, "String", |_js, string| Ok(Some(
    string
)));
string_like!(ByteString, "string", |js, string| {
    if !string.contains_only_onebyte() {
        return Err(not_latin1(js, string));
    }
    let mut bytes = vec![0; string.length()];
    string.write_one_byte_v2(js, 0, &mut bytes, v8::WriteFlags::default());
    Ok(Some(Self(bytes)))
});

#[cold]
fn not_latin1(js: &mut Lock<'_, '_>, string: v8::Local<'_, v8::String>) -> Error {
    let text = string.to_rust_string_lossy(js);
    let (index, unit) = text
        .encode_utf16()
        .enumerate()
        .find(|(_, unit)| *unit > 0xff)
        .unwrap_or((0, 0));
    Error::type_error(format!(
        "Cannot convert string to ByteString: the character at index {index} has a value of {unit} which is greater than 255."
    ))
}

impl<'s> ToJs<'s> for String {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
        self.as_str().to_js(js)
    }
}

impl<'s> ToJs<'s> for &str {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
        let string = v8::String::new(js, self).ok_or_else(too_long)?;
        Ok(string.into())
    }
}

impl<'s> ToJs<'s> for Cow<'_, str> {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
        (*self).to_js(js)
    }
}

impl<'s> ToJs<'s> for UsvString {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
        self.0.to_js(js)
    }
}

impl<'s> ToJs<'s> for ByteString {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
        Ok(one_byte_string(js, &self.0)?.into())
    }
}

/// A string whose characters are `bytes` (Latin-1, of which ASCII is a part).
pub fn one_byte_string<'s>(js: &Lock<'s, '_>, bytes: &[u8]) -> Result<v8::Local<'s, v8::String>> {
    v8::String::new_from_one_byte(js, bytes, v8::NewStringType::Normal).ok_or_else(too_long)
}

/// How many code units a string has at most.
pub const LONGEST_STRING: usize = v8::String::MAX_LENGTH;

/// The error for a string that V8 cannot make.
#[cold]
pub fn too_long() -> Error {
    Error::range_error("String is too long for a V8 string")
}

/// The error for a body whose text is longer than a string of V8.
#[cold]
pub fn body_too_long() -> Error {
    Error::range_error("String length exceeds v8::String::kMaxLength.")
}
