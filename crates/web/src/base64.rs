//! `atob()` and `btoa()` (HTML §8.3).

use std::borrow::Cow;
use std::mem::MaybeUninit;

use base64_simd::{Out, STANDARD, forgiving_decode, forgiving_decode_to_vec};
use jsg::convert::{Characters, one_byte_string, with_characters};
use jsg::js::{Local, String as JsString};
use jsg::{Error, Lock, Result};

/// Results of up to so many bytes are made on the stack.
const SMALL: usize = 4096;

/// Base64 of a string whose characters are bytes.
///
/// # Errors
/// An InvalidCharacterError for a character beyond Latin-1.
pub fn btoa<'s>(js: &mut Lock<'s, '_>, data: Local<'s, JsString>) -> Result<Local<'s, JsString>> {
    let mut small = [const { MaybeUninit::uninit() }; SMALL];
    let mut large = Vec::new();
    let encoded = with_characters(js, data, |characters| {
        let bytes = latin1(characters)?;
        if STANDARD.encoded_length(bytes.len()) <= SMALL {
            return Some(&*STANDARD.encode(&bytes, Out::from_uninit_slice(&mut small)));
        }
        large = STANDARD.encode_type(&bytes);
        Some(&*large)
    });
    match encoded {
        Some(encoded) => one_byte_string(js, encoded),
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
    let mut small = [const { MaybeUninit::uninit() }; SMALL];
    let mut large = Vec::new();
    let decoded = with_characters(js, data, |characters| {
        let bytes = latin1(characters)?;
        if bytes.len() <= SMALL {
            let decoded = forgiving_decode(&bytes, Out::from_uninit_slice(&mut small));
            return decoded.ok().map(|decoded| &*decoded);
        }
        large = forgiving_decode_to_vec(&bytes).ok()?;
        Some(&*large)
    });
    one_byte_string(js, decoded.ok_or_else(not_base64)?)
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
fn not_base64() -> Error {
    Error::dom(
        "InvalidCharacterError",
        "atob() called with invalid base64-encoded data. (Only whitespace, '+', '/', alphanumeric ASCII, and up to two terminal '=' signs when the input data length is divisible by 4 are allowed.)",
    )
}
