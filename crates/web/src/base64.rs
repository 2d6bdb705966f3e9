//! `atob()` and `btoa()` (HTML §8.3).

use base64_simd::STANDARD;
use jsg::convert::{Characters, one_byte_string, with_characters};
use jsg::js::{Local, String as JsString};
use jsg::{Error, Lock, Result};

/// Base64 of a string whose characters are bytes.
///
/// # Errors
/// An InvalidCharacterError for a character beyond Latin-1.
pub fn btoa<'s>(js: &mut Lock<'s, '_>, data: Local<'s, JsString>) -> Result<Local<'s, JsString>> {
    let encoded: Option<Vec<u8>> = with_characters(js, data, |characters| match characters {
        Characters::Latin1(bytes) => Some(STANDARD.encode_type(bytes)),
        // A part of a longer string may have room for characters that it lacks.
        Characters::Utf16(units) => {
            let bytes: std::result::Result<Vec<u8>, _> =
                units.iter().map(|unit| (*unit).try_into()).collect();
            bytes.ok().map(|bytes| STANDARD.encode_type(bytes))
        }
    });
    match encoded {
        Some(encoded) => one_byte_string(js, &encoded),
        None => Err(Error::dom(
            "InvalidCharacterError",
            "btoa() can only operate on characters in the Latin1 (ISO/IEC 8859-1) range.",
        )),
    }
}

/// The string whose characters are the bytes of forgiving base64 (Infra §7).
///
/// # Errors
/// An InvalidCharacterError for what is not base64.
pub fn atob<'s>(js: &mut Lock<'s, '_>, data: Local<'s, JsString>) -> Result<Local<'s, JsString>> {
    let decoded = with_characters(js, data, |characters| match characters {
        Characters::Latin1(bytes) => base64_simd::forgiving_decode_to_vec(bytes).ok(),
        Characters::Utf16(units) => {
            let bytes: std::result::Result<Vec<u8>, _> =
                units.iter().map(|unit| (*unit).try_into()).collect();
            base64_simd::forgiving_decode_to_vec(&bytes.ok()?).ok()
        }
    });
    one_byte_string(js, &decoded.ok_or_else(not_base64)?)
}

#[cold]
fn not_base64() -> Error {
    Error::dom(
        "InvalidCharacterError",
        "atob() called with invalid base64-encoded data. (Only whitespace, '+', '/', alphanumeric ASCII, and up to two terminal '=' signs when the input data length is divisible by 4 are allowed.)",
    )
}
