//! The `HttpOptions` of a socket or an external server, with their header names and values parsed once.

use config::model::{HttpOptions, HttpStyle, InjectedHeader, Text};
use http::{HeaderMap, HeaderName, HeaderValue};

/// A header to set, or to remove when it has no value.
type Injected = (HeaderName, Option<HeaderValue>);

/// See the module.
#[derive(Debug, Default)]
pub struct HttpRules {
    pub style: HttpStyle,
    pub forwarded_proto: Option<HeaderName>,
    pub cf_blob: Option<HeaderName>,
    inject_request: Vec<Injected>,
    inject_response: Vec<Injected>,
}

impl HttpRules {
    pub fn new(options: &HttpOptions) -> Self {
        Self {
            style: options.style,
            forwarded_proto: name(options.forwarded_proto_header.as_ref()),
            cf_blob: name(options.cf_blob_header.as_ref()),
            inject_request: injected(&options.inject_request_headers),
            inject_response: injected(&options.inject_response_headers),
        }
    }

    pub fn inject_into_request(&self, headers: &mut HeaderMap) {
        inject(headers, &self.inject_request);
    }

    pub fn inject_into_response(&self, headers: &mut HeaderMap) {
        inject(headers, &self.inject_response);
    }
}

fn name(text: Option<&Text>) -> Option<HeaderName> {
    text.and_then(|text| HeaderName::from_bytes(text.as_bytes()).ok())
}

fn injected(headers: &[InjectedHeader]) -> Vec<Injected> {
    headers
        .iter()
        .filter_map(|header| {
            let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
            let value = match &header.value {
                Some(value) => Some(HeaderValue::from_bytes(value.as_bytes()).ok()?),
                None => None,
            };
            Some((name, value))
        })
        .collect()
}

fn inject(headers: &mut HeaderMap, all: &[Injected]) {
    for (name, value) in all {
        match value {
            Some(value) => {
                headers.insert(name.clone(), value.clone());
            }
            None => {
                headers.remove(name);
            }
        }
    }
}
