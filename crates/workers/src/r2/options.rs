//! What the guest asks for, as the service gets it.

use io::trace::Span;
use jsg::base64::Alphabet;
use jsg::convert::{BufferSource, Record, Time};
use jsg::js::{Local, Value};
use jsg::{Error, FromJs, Lock, Result};
use serde_json::{Value as Json, json};

use super::etag::{self, Etag};
use super::http_metadata::{OrHeaders, header, iso, milliseconds, parse_date};
use super::object::{hex, hex_bytes};

/// A string; other values are not made one.
pub(super) struct Text(pub String);

impl<'s> FromJs<'s> for Text {
    fn type_name() -> std::borrow::Cow<'static, str> {
        "string".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if !value.is_string() {
            return Ok(None);
        }
        String::from_js(js, value).map(|text| Some(Self(text)))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_string()
    }
}

/// `R2Conditional`.
#[derive(jsg::Dictionary)]
pub(super) struct Conditional {
    etag_matches: Option<Text>,
    etag_does_not_match: Option<Text>,
    uploaded_before: Option<Time>,
    uploaded_after: Option<Time>,
    seconds_granularity: Option<bool>,
}

/// `R2Range`.
#[derive(jsg::Dictionary)]
pub(super) struct Range {
    offset: Option<f64>,
    length: Option<f64>,
    suffix: Option<f64>,
}

#[derive(jsg::Union)]
pub(super) enum Key<'s> {
    Bytes(BufferSource<'s>),
    Text(String),
}

#[derive(jsg::Union)]
pub(super) enum Hash<'s> {
    Bytes(BufferSource<'s>),
    Text(Text),
}

/// Adds what the guest notes of an object to a request.
pub(super) fn write_custom(
    fields: Record<String, String>,
    request: &mut Json,
    span: &Span,
) -> Vec<(String, String)> {
    let json = fields.0.iter().map(|(k, v)| json!({"k": k, "v": v}));
    request["customFields"] = json.collect();
    span.set("cloudflare.r2.request.custom_metadata", true);
    fields.0
}

pub(super) fn write_class(class: Option<String>, request: &mut Json, span: &Span) {
    if let Some(class) = class {
        request["storageClass"] = class.as_str().into();
        span.set("cloudflare.r2.request.storage_class", class);
    }
}

/// Adds the key that the service shall encrypt with.
///
/// # Errors
/// It is none.
pub(super) fn write_key(
    js: &mut Lock<'_, '_>,
    key: Option<Key<'_>>,
    request: &mut Json,
    span: &Span,
) -> Result<()> {
    let wrong_length = || Err(Error::error("SSE-C Key must be 32 bytes in length"));
    let key = match key {
        None => return Ok(()),
        Some(Key::Text(text)) => {
            let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            if text.is_empty() || !text.bytes().all(is_digit) {
                return Err(Error::error("SSE-C Key has invalid format"));
            }
            if text.len() != 64 {
                return wrong_length();
            }
            text
        }
        Some(Key::Bytes(bytes)) if bytes.byte_length() == 32 => bytes.with_bytes(js, hex),
        Some(Key::Bytes(_)) => return wrong_length(),
    };
    request["ssec"] = json!({"key": key});
    span.set("cloudflare.r2.request.ssec_key", true);
    Ok(())
}

/// Adds the hash that the value shall have.
///
/// # Errors
/// It is none.
pub(super) fn write_hash(
    js: &mut Lock<'_, '_>,
    algorithm: &Algorithm,
    hash: Hash<'_>,
    request: &mut Json,
    span: &Span,
) -> Result<()> {
    let Algorithm { shown, size, .. } = algorithm;
    let bytes = match hash {
        Hash::Bytes(bytes) => {
            let length = bytes.byte_length();
            if length != *size {
                return Err(Error::type_error(format!(
                    "{shown} is {size} bytes, not {length}"
                )));
            }
            bytes.with_bytes(js, <[u8]>::to_vec)
        }
        Hash::Text(Text(text)) => {
            let digits = size * 2;
            if text.len() != digits {
                return Err(Error::type_error(format!(
                    "{shown} is {digits} hex characters, not {}",
                    text.len()
                )));
            }
            hex_bytes(&text).ok_or_else(|| {
                Error::type_error(format!("Provided {shown} wasn't a valid hex string"))
            })?
        }
    };
    let is_md5 = algorithm.name == "md5";
    let digits = hex(&bytes);
    let text = if is_md5 {
        Alphabet::Standard.encode(&bytes)
    } else {
        digits.clone()
    };
    request[algorithm.name] = text.into();
    span.set("cloudflare.r2.request.checksum.type", algorithm.name);
    span.set("cloudflare.r2.request.checksum.value", digits);
    Ok(())
}

/// An algorithm for hashes.
pub(super) struct Algorithm {
    name: &'static str,
    shown: &'static str,
    /// In bytes.
    size: usize,
}

pub(super) const ALGORITHMS: [Algorithm; 5] = [
    algorithm("md5", "MD5", 16),
    algorithm("sha1", "SHA-1", 20),
    algorithm("sha256", "SHA-256", 32),
    algorithm("sha384", "SHA-384", 48),
    algorithm("sha512", "SHA-512", 64),
];

const fn algorithm(name: &'static str, shown: &'static str, size: usize) -> Algorithm {
    Algorithm { name, shown, size }
}

/// Adds what must be so of the object there is.
///
/// # Errors
/// It is not written as it must.
pub(super) fn write_condition<'s>(
    js: &mut Lock<'s, '_>,
    condition: Option<OrHeaders<'s, Conditional>>,
    request: &mut Json,
    span: &Span,
) -> Result<()> {
    let (matching, other, after, before, in_seconds) = match condition {
        None => return Ok(()),
        Some(OrHeaders::Options(condition)) => {
            let one = |tag: Option<Text>| {
                let tag = tag.map(|Text(tag)| Etag::of_value(tag));
                tag.transpose().map(|tag| tag.map(|tag| vec![tag]))
            };
            (
                one(condition.etag_matches)?,
                one(condition.etag_does_not_match)?,
                condition.uploaded_after,
                condition.uploaded_before,
                condition.seconds_granularity.unwrap_or(false),
            )
        }
        Some(OrHeaders::Headers(headers)) => {
            let tags = |name| {
                let value = header(&headers, name)?;
                value.map(|value| etag::of_header(name, &value)).transpose()
            };
            let (matching, other) = (tags("if-match")?, tags("if-none-match")?);
            let mut time = |name| {
                let value = header(&headers, name)?;
                value.map(|value| parse_date(js, &value)).transpose()
            };
            let after = time("if-modified-since")?;
            (matching, other, after, time("if-unmodified-since")?, true)
        }
    };
    let mut only_if = json!({});
    for (name, attribute, tags) in [
        (
            "etagMatches",
            "cloudflare.r2.request.only_if.etag_matches",
            matching,
        ),
        (
            "etagDoesNotMatch",
            "cloudflare.r2.request.only_if.etag_does_not_match",
            other,
        ),
    ] {
        if let Some(tags) = tags {
            only_if[name] = tags.iter().map(Etag::json).collect();
            let shown: Vec<_> = tags.iter().map(Etag::shown).collect();
            span.set(attribute, shown.join(", "));
        }
    }
    for (name, attribute, time) in [
        (
            "uploadedBefore",
            "cloudflare.r2.request.only_if.uploaded_before",
            before,
        ),
        (
            "uploadedAfter",
            "cloudflare.r2.request.only_if.uploaded_after",
            after,
        ),
    ] {
        if let Some(time) = time {
            only_if[name] = milliseconds(time).into();
            if in_seconds {
                only_if["secondsGranularity"] = true.into();
            }
            if span.is_traced() {
                span.set(attribute, iso(js, time.0)?);
            }
        }
    }
    request["onlyIf"] = only_if;
    Ok(())
}

/// Adds which part of the value is wanted.
///
/// # Errors
/// There is no such part.
pub(super) fn write_range(
    range: Option<OrHeaders<'_, Range>>,
    request: &mut Json,
    span: &Span,
) -> Result<()> {
    let range = match range {
        None => return Ok(()),
        Some(OrHeaders::Options(range)) => range,
        Some(OrHeaders::Headers(headers)) => {
            if let Some(range) = header(&headers, "range")? {
                request["rangeHeader"] = range.as_str().into();
                span.set("cloudflare.r2.request.range", range);
            }
            return Ok(());
        }
    };
    let is_from_start = range.offset.is_some() || range.length.is_some();
    let mut json = json!({});
    for (name, attribute, shown, number) in [
        (
            "offset",
            "cloudflare.r2.request.range.offset",
            "range. Starting offset",
            range.offset,
        ),
        (
            "length",
            "cloudflare.r2.request.range.length",
            "range. Length",
            range.length,
        ),
        (
            "suffix",
            "cloudflare.r2.request.range.suffix",
            "suffix. Suffix",
            range.suffix,
        ),
    ] {
        let Some(number) = number else { continue };
        if name == "suffix" && is_from_start {
            let other = if range.offset.is_some() {
                "offset"
            } else {
                "length"
            };
            return Err(Error::type_error(format!(
                "Suffix is incompatible with {other}."
            )));
        }
        if number.is_nan() || number < 0.0 {
            let number = if number.is_nan() {
                "nan".to_owned()
            } else {
                number.to_string()
            };
            return Err(Error::range_error(format!(
                "Invalid {shown} ({number}) must be greater than or equal to 0."
            )));
        }
        if number.fract() != 0.0 {
            let shown = shown.rsplit(". ").next().unwrap_or_default();
            return Err(Error::range_error(format!(
                "Invalid range. {shown} ({number}) must be an integer, not floating point."
            )));
        }
        json[name] = (number as u64).min(1 << 63).to_string().into();
        span.set(attribute, number as i64);
    }
    request["range"] = json;
    Ok(())
}
