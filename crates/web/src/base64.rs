//! `atob()` and `btoa()` (HTML §8.3).

use base64_simd::STANDARD;
use jsg::convert::one_byte_string;
use jsg::js::{Local, String as JsString};
use jsg::{Error, Lock, Result};

/// Base64 of a string whose characters are bytes.
///
/// # Errors
/// An InvalidCharacterError for a character beyond Latin-1.
pub fn btoa<'s>(js: &mut Lock<'s, '_>, data: Local<'s, JsString>) -> Result<Local<'s, JsString>> {
    if !data.contains_only_onebyte() {
        return Err(Error::dom(
            "InvalidCharacterError",
            "btoa() can only operate on characters in the Latin1 (ISO/IEC 8859-1) range.",
        ));
    }
    let mut bytes = vec![0; data.length()];
    data.write_one_byte_v2(js, 0, &mut bytes, Default::default());
    let encoded: Vec<u8> = STANDARD.encode_type(&bytes);
    one_byte_string(js, &encoded)
}

/// The string whose characters are the bytes of forgiving base64 (Infra §7).
///
/// # Errors
/// An InvalidCharacterError for what is not base64.
pub fn atob<'s>(js: &mut Lock<'s, '_>, data: &str) -> Result<Local<'s, JsString>> {
    let bytes = base64_simd::forgiving_decode_to_vec(data.as_bytes()).map_err(|_| not_base64())?;
    one_byte_string(js, &bytes)
}

#[cold]
fn not_base64() -> Error {
    Error::dom(
        "InvalidCharacterError",
        "atob() called with invalid base64-encoded data. (Only whitespace, '+', '/', alphanumeric ASCII, and up to two terminal '=' signs when the input data length is divisible by 4 are allowed.)",
    )
}
