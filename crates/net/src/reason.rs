//! The reason phrase of a response, where it differs from the usual one of its status.

use http::Extensions;
use hyper::ext::ReasonPhrase;

/// The phrase of a response's first line, if it is not the usual one.
pub fn reason(extensions: &Extensions) -> Option<&str> {
    std::str::from_utf8(extensions.get::<ReasonPhrase>()?.as_bytes()).ok()
}

/// Sets the phrase. What cannot stand in a first line is left out.
pub fn set_reason(extensions: &mut Extensions, text: &str) {
    if let Ok(phrase) = ReasonPhrase::try_from(text.as_bytes()) {
        extensions.insert(phrase);
    }
}
