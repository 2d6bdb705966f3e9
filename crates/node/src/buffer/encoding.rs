//! The encodings of `Buffer`: between strings and bytes, leniently as Node.js does it.

use jsg::base64::{self, Alphabet};
use jsg::convert::{ByteView, LONGEST_STRING, one_byte_string, too_long, two_byte_string};
use jsg::js::{Local, String as JsString, Value};
use jsg::{Lock, Result};

/// What bytes stand for. The numbers are those of `ts/internal/buffer_encodings.ts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Ascii,
    Latin1,
    Utf8,
    Utf16le,
    Base64,
    Base64Url,
    Hex,
}

impl Encoding {
    /// The encoding of a number that our own modules give.
    pub fn of(js: &Lock<'_, '_>, value: Local<'_, Value>) -> Self {
        match value.uint32_value(js) {
            Some(0) => Self::Ascii,
            Some(1) => Self::Latin1,
            Some(3) => Self::Utf16le,
            Some(4) => Self::Base64,
            Some(5) => Self::Base64Url,
            Some(6) => Self::Hex,
            _ => Self::Utf8,
        }
    }

    /// The bytes of `text`.
    pub fn encode<'s>(self, js: &mut Lock<'s, '_>, text: Local<'s, JsString>) -> Vec<u8> {
        match self {
            Self::Ascii | Self::Latin1 => one_byte(js, text),
            Self::Utf8 => text.to_rust_string_lossy(js).into_bytes(),
            Self::Utf16le => units(js, text)
                .into_iter()
                .flat_map(u16::to_le_bytes)
                .collect(),
            Self::Base64 | Self::Base64Url => decode_base64(&one_byte_or_stop(js, text)),
            Self::Hex => decode_hex(&one_byte_or_stop(js, text)),
        }
    }

    /// The text of `bytes`.
    pub fn decode<'s>(self, js: &mut Lock<'s, '_>, bytes: &[u8]) -> Result<Local<'s, JsString>> {
        let length = match self {
            Self::Base64 => Alphabet::Standard.length(bytes.len()),
            Self::Base64Url => Alphabet::Url.length(bytes.len()),
            Self::Hex => bytes.len() * 2,
            Self::Utf16le => bytes.len() / 2,
            Self::Ascii | Self::Latin1 => bytes.len(),
            // Known only afterwards.
            Self::Utf8 => 0,
        };
        if length > LONGEST_STRING {
            return Err(too_long());
        }
        match self {
            Self::Ascii => {
                let bytes: Vec<u8> = bytes.iter().map(|byte| byte & 0x7f).collect();
                one_byte_string(js, &bytes)
            }
            Self::Latin1 => one_byte_string(js, bytes),
            Self::Utf8 => {
                JsString::new_from_utf8(js, bytes, Default::default()).ok_or_else(too_long)
            }
            Self::Utf16le => {
                let (units, _) = bytes.as_chunks::<2>();
                let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
                two_byte_string(js, &units)
            }
            Self::Base64 => one_byte_string(js, Alphabet::Standard.encode(bytes).as_bytes()),
            Self::Base64Url => one_byte_string(js, Alphabet::Url.encode(bytes).as_bytes()),
            Self::Hex => one_byte_string(js, &encode_hex(bytes)),
        }
    }

    /// How much of encoded `bytes` fits into `room` without cutting a character.
    pub fn whole(self, bytes: &[u8], room: usize) -> usize {
        if bytes.len() <= room {
            return bytes.len();
        }
        match self {
            Self::Utf16le => room & !1,
            Self::Utf8 => (0..=room)
                .rev()
                .find(|end| bytes[*end] & 0xc0 != 0x80)
                .unwrap_or(0),
            _ => room,
        }
    }
}

/// The low bytes of the code units.
fn one_byte<'s>(js: &mut Lock<'s, '_>, text: Local<'s, JsString>) -> Vec<u8> {
    let mut bytes = vec![0; text.length()];
    text.write_one_byte_v2(js, 0, &mut bytes, Default::default());
    bytes
}

/// The code units as bytes, those beyond Latin-1 as a byte that no alphabet has.
fn one_byte_or_stop<'s>(js: &mut Lock<'s, '_>, text: Local<'s, JsString>) -> Vec<u8> {
    if text.is_onebyte() || text.contains_only_onebyte() {
        return one_byte(js, text);
    }
    let units = units(js, text);
    units
        .into_iter()
        .map(|unit| u8::try_from(unit).unwrap_or(0xff))
        .collect()
}

fn units<'s>(js: &mut Lock<'s, '_>, text: Local<'s, JsString>) -> Vec<u16> {
    let mut units = vec![0; text.length()];
    text.write_v2(js, 0, &mut units, Default::default());
    units
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// Pairs of hexadecimal digits, up to the first that is none.
pub fn decode_hex(text: &[u8]) -> Vec<u8> {
    let (pairs, _) = text.as_chunks::<2>();
    pairs
        .iter()
        .map_while(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

fn encode_hex(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = Vec::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
    text
}

/// Base64 in either alphabet, up to the first `=`; what is in no alphabet is skipped.
pub fn decode_base64(text: &[u8]) -> Vec<u8> {
    base64::decode(text).unwrap_or_else(|| {
        let digits = text.iter().take_while(|byte| **byte != b'=');
        base64::decode_digits(digits.copied())
    })
}

/// The bytes of an argument that is a buffer or a view; empty for anything else.
pub fn bytes<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Vec<u8>> {
    let view = <ByteView as jsg::FromJs>::try_from_js(js, value)?;
    Ok(view.map_or_else(Vec::new, |view| view.with_bytes(js, <[u8]>::to_vec)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_leniently() {
        assert_eq!(decode_base64(b"aGVsbG8="), b"hello");
        assert_eq!(decode_base64(b"aGVs\nbG8"), b"hello");
        assert_eq!(decode_base64(b"_-8"), [0xff, 0xef]);
        assert_eq!(decode_base64(b"aGVs=bG8="), b"hel");
        assert_eq!(decode_base64(b"a"), b"");
    }

    #[test]
    fn hex_ends_at_what_is_no_digit() {
        assert_eq!(decode_hex(b"0aFf1"), [0x0a, 0xff]);
        assert_eq!(decode_hex(b"0ax1ff"), [0x0a]);
    }

    #[test]
    fn characters_are_not_cut() {
        assert_eq!(Encoding::Utf8.whole("a€".as_bytes(), 3), 1);
        assert_eq!(Encoding::Utf8.whole("a€".as_bytes(), 4), 4);
        assert_eq!(Encoding::Utf16le.whole(&[0; 6], 5), 4);
    }
}
