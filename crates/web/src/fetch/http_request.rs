//! A request from the HTTP layer, made with as little work as possible: its URL becomes a string,
//! its head moves in as it is, its body stays native.

use std::borrow::Cow;

use http::header::{CONTENT_LENGTH, HOST, HeaderValue, TRANSFER_ENCODING};
use http::request::Parts;
use io::channel::{CfBlob, WrittenUrl};
use jsg::{Handle, Lock, Result};
use net::{Body, ClientAddress};

use super::body::Content;
use super::cf::CfSlot;
use super::header_list::HeaderList;
use super::header_slot::HeaderSlot;
use super::headers::Guard;
use super::request::{Request, RequestParts};
use super::request_init::Redirect;

/// How a request came here.
pub enum RequestSource {
    /// Over a socket, a `secure` one with TLS. `scheme` is what a trusted header says; a `proxy` socket takes
    /// absolute URLs.
    Socket {
        scheme: Option<HeaderValue>,
        cf: ClientCf,
        proxy: bool,
        secure: bool,
    },
    /// From another Worker: the URL is absolute, and a `cf` object comes as a [`CfBlob`].
    Subrequest,
}

/// Where `request.cf` comes from.
pub enum ClientCf {
    None,
    /// A trusted header.
    Json(HeaderValue),
    /// The client's address.
    Client(ClientAddress),
}

impl Request {
    /// The request that an event's handler gets.
    ///
    /// # Errors
    /// Outside of an event, when there is a body.
    pub fn from_http<'s>(
        js: &mut Lock<'s, '_>,
        mut head: Parts,
        body: Body,
        source: RequestSource,
    ) -> Result<Handle<'s, Self>> {
        let url = url(&head, &source);
        let cf = match source {
            RequestSource::Socket { cf, .. } => cf.into_slot(),
            RequestSource::Subrequest => match head.extensions.remove::<CfBlob>() {
                Some(blob) => CfSlot::from_json(blob.0),
                None => CfSlot::default(),
            },
        };
        let has_body = !body.is_empty()
            || head.headers.contains_key(CONTENT_LENGTH)
            || head.headers.contains_key(TRANSFER_ENCODING);
        let content = if has_body {
            name_length(&mut head, &body);
            Content::from_native(js, body)?
        } else {
            Content::Null
        };
        let headers = HeaderList::of_message(head.headers, &mut head.extensions);
        let headers = HeaderSlot::new(headers, Guard::Immutable);
        let mut parts = RequestParts::new(head.method, url, headers);
        parts.redirect = Redirect::Manual;
        parts.cf = cf;
        parts.content = content;
        let request = Self::from(parts);
        request.set_incoming();
        Ok(Handle::new(js, request))
    }
}

impl RequestSource {
    /// Fixes the request's URL, whatever happens to its headers from here on.
    pub fn keep_url(&mut self, head: &mut Parts) {
        let Ok(uri) = url(head, self).parse() else {
            return;
        };
        head.uri = uri;
        if let Self::Socket { proxy, .. } = self {
            *proxy = true;
        }
    }

    /// The request of a socket as a service that is no Worker gets it.
    ///
    /// # Errors
    /// A Host header that makes no URL.
    pub fn into_subrequest(
        self,
        mut head: Parts,
        body: Body,
    ) -> Result<http::Request<Body>, http::uri::InvalidUri> {
        head.uri = url(&head, &self).parse()?;
        let blob = match self {
            Self::Socket { cf, .. } => cf.into_json(),
            Self::Subrequest => None,
        };
        if let Some(blob) = blob {
            head.extensions.insert(CfBlob(blob));
        }
        Ok(http::Request::from_parts(head, body))
    }
}

impl ClientCf {
    fn into_json(self) -> Option<String> {
        match self {
            Self::None | Self::Client(ClientAddress::Unknown) => None,
            Self::Json(text) => Some(String::from_utf8_lossy(text.as_bytes()).into_owned()),
            Self::Client(address) => Some(super::cf::client_json(&address)),
        }
    }

    fn into_slot(self) -> CfSlot {
        match self {
            Self::None | Self::Client(ClientAddress::Unknown) => CfSlot::default(),
            Self::Json(text) => {
                CfSlot::from_json(String::from_utf8_lossy(text.as_bytes()).into_owned())
            }
            Self::Client(address) => CfSlot::of_client(address),
        }
    }
}

/// A subrequest may leave the length of its body to the HTTP layer that it never meets.
fn name_length(head: &mut Parts, body: &Body) {
    if head.headers.contains_key(CONTENT_LENGTH) || head.headers.contains_key(TRANSFER_ENCODING) {
        return;
    }
    match body.length() {
        Some(length) => head.headers.insert(CONTENT_LENGTH, length.into()),
        None => {
            let chunked = HeaderValue::from_static("chunked");
            head.headers.insert(TRANSFER_ENCODING, chunked)
        }
    };
}

fn url(head: &Parts, source: &RequestSource) -> String {
    let RequestSource::Socket {
        scheme,
        proxy: false,
        secure,
        ..
    } = source
    else {
        return match head.extensions.get::<WrittenUrl>() {
            Some(url) => url.0.clone(),
            None => absolute(&head.uri),
        };
    };
    let scheme = match scheme {
        Some(scheme) => String::from_utf8_lossy(scheme.as_bytes()),
        None if *secure => Cow::Borrowed("https"),
        None => Cow::Borrowed("http"),
    };
    let hosts = head.headers.get_all(HOST).into_iter();
    let mut hosts = hosts.map(|host| String::from_utf8_lossy(host.as_bytes()));
    let host = hosts.next().unwrap_or_default();
    let path = match head.uri.path_and_query() {
        Some(path) => path.as_str(),
        None => "/",
    };
    let mut url = String::with_capacity(scheme.len() + 3 + host.len() + path.len());
    url.push_str(&scheme);
    url.push_str("://");
    url.push_str(&host);
    // More than one Host header makes a URL that cannot be parsed, as in the real workerd.
    for another in hosts {
        url.push_str(", ");
        url.push_str(&another);
    }
    url.push_str(path);
    url
}

/// The text of an absolute URL, without the detour of formatting.
fn absolute(uri: &http::Uri) -> String {
    let (Some(scheme), Some(authority), Some(path)) =
        (uri.scheme_str(), uri.authority(), uri.path_and_query())
    else {
        return uri.to_string();
    };
    let mut url =
        String::with_capacity(scheme.len() + 3 + authority.as_str().len() + path.as_str().len());
    url.push_str(scheme);
    url.push_str("://");
    url.push_str(authority.as_str());
    url.push_str(path.as_str());
    url
}
