//! The `HttpOptions` of a socket or an external server, with their header names and values parsed once.
//!
//! Framing is left to the HTTP layer: a length or a coding of transfer that the config injects into requests is dropped
//! here, and [`http_socket`](crate::http_socket) drops those of responses.

use config::model::{HttpOptions, HttpStyle, InjectedHeader, Text};
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue};

/// A header to set, or to remove when it has no value.
type Injected = (HeaderName, Option<HeaderValue>);

/// See the module.
#[derive(Debug, Default)]
pub struct HttpRules {
    pub style: HttpStyle,
    pub forwarded_proto: Option<HeaderName>,
    pub cf_blob: Option<HeaderName>,
    /// The target of CONNECT requests whose connections carry RPC.
    pub rpc_host: Option<Box<str>>,
    inject_request: Vec<Injected>,
    inject_response: Vec<Injected>,
}

impl HttpRules {
    pub fn new(options: &HttpOptions) -> Self {
        let mut inject_request = injected(&options.inject_request_headers);
        inject_request.retain(|(name, _)| *name != CONTENT_LENGTH && *name != TRANSFER_ENCODING);
        // A proxy sees the scheme in the request line.
        let forwarded_proto = match options.style {
            HttpStyle::Proxy => None,
            _ => name(options.forwarded_proto_header.as_ref()),
        };
        Self {
            style: options.style,
            forwarded_proto,
            cf_blob: name(options.cf_blob_header.as_ref()),
            rpc_host: options.capnp_connect_host.as_deref().map(Box::from),
            inject_request,
            inject_response: injected(&options.inject_response_headers),
        }
    }

    /// Whether requests get another Host header than they came with.
    pub fn injects_host(&self) -> bool {
        self.inject_request.iter().any(|(name, _)| *name == HOST)
    }

    pub fn inject_into_request(&self, headers: &mut HeaderMap) {
        inject(headers, &self.inject_request);
    }

    pub fn inject_into_response(&self, headers: &mut HeaderMap) {
        inject(headers, &self.inject_response);
    }
}

/// Takes a trusted header out. What came on several lines is one value, as everywhere; an empty one says nothing.
pub fn take(headers: &mut HeaderMap, name: &HeaderName) -> Option<HeaderValue> {
    if headers.get_all(name).iter().nth(1).is_none() {
        return headers.remove(name).filter(|value| !value.is_empty());
    }
    let values: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    let joined = HeaderValue::from_bytes(&values.join(&b", "[..])).ok();
    headers.remove(name);
    joined
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
                Some(value) if value.is_empty() => None,
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
