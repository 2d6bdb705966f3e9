//! `atob()` and `btoa()` (HTML §8.3).

use std::borrow::Cow;

use jsg::base64::{self, Alphabet};
use jsg::convert::{Characters, one_byte_string, with_characters};
use jsg::js::{Local, String as JsString};
use jsg::{Error, Lock, Result};

/// Results of up to so many bytes are made on the stack.
const SMALL: usize = 2048;

/// And of up to so many in a part of it that is soon cleared.
const SHORT: usize = 128;

/// Base64 of a string whose characters are bytes.
///
/// # Errors
/// An InvalidCharacterError for a character beyond Latin-1.
pub fn btoa<'s>(js: &mut Lock<'s, '_>, data: Local<'s, JsString>) -> Result<Local<'s, JsString>> {
    with_room(Alphabet::Standard.length(data.length()), |target| {
        let length = with_characters(js, data, |characters| {
            Some(Alphabet::Standard.encode_into(&latin1(characters)?, target))
        });
        one_byte_string(js, &target[..length.ok_or_else(not_latin1)?])
    })
}

/// The string whose characters are the bytes of forgiving base64 (Infra §7).
///
/// # Errors
/// An InvalidCharacterError for what is not base64.
pub fn atob<'s>(js: &mut Lock<'s, '_>, data: Local<'s, JsString>) -> Result<Local<'s, JsString>> {
    with_room(base64::capacity(data.length()), |target| {
        let length = with_characters(js, data, |characters| {
            base64::decode_into(&latin1(characters)?, target)
        });
        one_byte_string(js, &target[..length.ok_or_else(not_base64)?])
    })
}

/// Gives `make` the room for a result of so many bytes: clearing more of it than needed would take longer than the work.
#[inline]
fn with_room<R>(length: usize, make: impl FnOnce(&mut [u8]) -> R) -> R {
    if length <= SHORT {
        make(&mut [0; SHORT])
    } else if length <= SMALL {
        make(&mut [0; SMALL])
    } else {
        make(&mut vec![0; length])
    }
}

/// The characters as bytes, if they are.
fn latin1(characters: Characters<'_>) -> Option<Cow<'_, [u8]>> {
    match characters {
        Characters::Latin1(bytes) => Some(bytes.into()),
        // A part of a longer string may have room for characters that it lacks.
        Characters::Utf16(units) => {
            let bytes: std::result::Result<Vec<u8>, _> =
                units.iter().map(|unit| (*unit).try_into()).collect();
            bytes.ok().map(Cow::Owned)
        }
    }
}

#[cold]
fn not_latin1() -> Error {
    Error::dom(
        "InvalidCharacterError",
        "btoa() can only operate on characters in the Latin1 (ISO/IEC 8859-1) range.",
    )
}

#[cold]
fn not_base64() -> Error {
    Error::dom(
        "InvalidCharacterError",
        "atob() called with invalid base64-encoded data. (Only whitespace, '+', '/', alphanumeric ASCII, and up to two terminal '=' signs when the input data length is divisible by 4 are allowed.)",
    )
}
