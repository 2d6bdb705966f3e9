//! `URL` and `URLSearchParams` (WHATWG URL).
//!
//! Parsing is that of the `ada-url` crate, the parser that the real workerd uses too; this module
//! adds the classes, the form-urlencoded lists of [`pairs`], and under [`legacy`] the older parser
//! with the classes that Workers see from before the flag `url_standard`.
//!
//! U1. A serialized URL and each of its parts is ASCII, so parts become one-byte JavaScript strings
//!     without decoding.

mod legacy;
mod legacy_search_params;
mod legacy_url;
pub mod pairs;
mod search_params;
mod standard;

pub(crate) use legacy::decode_form;
pub use legacy_search_params::LegacyUrlSearchParams;
pub use legacy_url::{LegacyUrl, parse as parse_legacy};
pub use search_params::UrlSearchParams;
pub use standard::Url;

use jsg::{Error, Result};

/// Parses `input` against `base` and gives the serialized URL; `None` when it is not one.
pub fn href(input: &str, base: Option<&str>) -> Option<String> {
    parse_record(input, base).map(|url| url.href().to_owned())
}

/// As [`href`], with the error that the class's constructor throws.
///
/// # Errors
/// The TypeError that a guest sees for what is not a URL.
pub fn parse(input: &str, base: Option<&str>) -> Result<String> {
    href(input, base).ok_or_else(invalid)
}

/// The path that `input` names in the file system, seen from the path `base`; `None` when it is elsewhere.
pub fn file_path(input: &str, base: &str) -> Option<String> {
    let url = parse_record(input, Some(&format!("file://{base}")))?;
    (url.protocol() == "file:").then(|| url.pathname().to_owned())
}

fn parse_record(input: &str, base: Option<&str>) -> Option<ada_url::Url> {
    ada_url::Url::parse(input, base).ok()
}

#[cold]
fn invalid() -> Error {
    Error::type_error("Invalid URL string.")
}
