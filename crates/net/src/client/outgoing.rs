//! A guest's request as a server reads it.
//!
//! What belongs to one connection only is not a guest's to set (RFC 9110 §7.6.1): those headers are left behind, but
//! for the ones that make a WebSocket handshake.

use std::future::Future;

use futures::FutureExt;
use http::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderName, SEC_WEBSOCKET_ACCEPT, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri};

use super::ClientError;
use crate::body::Body;
use crate::websocket::handshake::{Asking, is_upgrade};

/// How a request names what it is for (RFC 9112 §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// By its path; the host is a header.
    Origin,
    /// By its URL, for proxies.
    Absolute,
}

/// A request whose URL is complete with the head that goes over the wire.
///
/// # Errors
/// Its URL has no host.
pub fn head(mut request: Request<Body>, form: Form) -> Result<Request<Body>, String> {
    let host = match (form, request.uri().authority()) {
        (Form::Origin, Some(host)) => Some(host_of(host, request.headers())?),
        (Form::Absolute, Some(_)) => None,
        (form, None) => return Err(without_host(form, request.uri())),
    };
    let framing = framing(request.method(), request.body());
    let mut named = std::mem::take(request.headers_mut());
    *request.headers_mut() = match (framing, host) {
        (None, Some(host)) if is_in_order(&named) => {
            named.insert(HOST, host);
            named
        }
        (framing, host) => in_order(framing, host, named),
    };
    if form == Form::Origin {
        *request.uri_mut() = origin_form(request.uri())?;
    }
    // What is said of a request beside its head stays here.
    drop(std::mem::take(request.extensions_mut()));
    Ok(request)
}

/// Sends a request and gives the response. One that switches to a WebSocket has it as its body.
///
/// # Errors
/// Those of `send`, and a server that has not understood what a WebSocket is.
pub fn exchange<S>(
    mut request: Request<Body>,
    send: impl FnOnce(Request<Body>) -> S,
) -> impl Future<Output = Result<Response<Body>, ClientError>>
where
    S: Future<Output = Result<Response<Body>, ClientError>>,
{
    let asking = is_upgrade(request.headers()).then(|| Asking::new(request.headers_mut()));
    send(request).map(move |sent| {
        let mut response = sent?;
        let Some(asking) = asking else {
            return Ok(response);
        };
        let Some(connection) = response.body_mut().take_connection() else {
            return Ok(response);
        };
        let (head, _) = response.into_parts();
        let finished = asking.finish(head, connection);
        finished.map_err(ClientError::Handshake)
    })
}

/// The host as a header: the one that is there, if it says the same.
fn host_of(host: &Authority, named: &HeaderMap) -> Result<HeaderValue, String> {
    match named.get(HOST) {
        Some(named) if *named == host.as_str() => Ok(named.clone()),
        _ => HeaderValue::from_str(host.as_str()).map_err(|error| error.to_string()),
    }
}

#[cold]
fn without_host(form: Form, uri: &Uri) -> String {
    let problem = match form {
        Form::Absolute => "a proxy is asked for absolute URLs",
        Form::Origin => "outgoing request URL has no host",
    };
    format!("{problem}: {uri}")
}

/// The header that frames the body. A method that usually has a body gets a length even without one.
fn framing(method: &Method, body: &Body) -> Option<(HeaderName, HeaderValue)> {
    match body.length() {
        Some(0) if matches!(*method, Method::GET | Method::HEAD | Method::CONNECT) => None,
        Some(length) => Some((CONTENT_LENGTH, length.into())),
        None => Some((TRANSFER_ENCODING, HeaderValue::from_static("chunked"))),
    }
}

/// Whether headers can go out as they are, once there is nothing to frame.
fn is_in_order(named: &HeaderMap) -> bool {
    let mut names = named.keys();
    names.next() == Some(&HOST) && !names.any(is_hop_by_hop)
}

/// The headers as the real workerd writes them: first those that frame the body, then the host.
fn in_order(
    framing: Option<(HeaderName, HeaderValue)>,
    host: Option<HeaderValue>,
    named: HeaderMap,
) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(named.len() + 4);
    headers.extend(framing);
    let replaces_host = host.is_some();
    if let Some(host) = host {
        headers.insert(HOST, host);
    }
    if is_upgrade(&named) {
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    }
    let mut last = None;
    for (name, value) in named {
        last = name.or(last);
        let Some(name) = &last else { continue };
        let is_replaced = replaces_host && *name == HOST;
        if !is_replaced && !is_hop_by_hop(name) {
            headers.append(name, value);
        }
    }
    headers
}

fn is_hop_by_hop(name: &HeaderName) -> bool {
    // One by one: an array would make and drop every name for each comparison.
    *name == CONNECTION
        || *name == CONTENT_LENGTH
        || *name == TE
        || *name == TRAILER
        || *name == TRANSFER_ENCODING
        || *name == UPGRADE
        || *name == SEC_WEBSOCKET_ACCEPT
        || name.as_str() == "keep-alive"
}

fn origin_form(uri: &Uri) -> Result<Uri, String> {
    let path = match uri.path_and_query() {
        Some(path) => path.clone(),
        None => PathAndQuery::from_static("/"),
    };
    let mut parts = http::uri::Parts::default();
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What goes over the wire of a GET with these headers.
    fn wire(form: Form, named: &[(&'static str, &'static str)], body: Body) -> Vec<String> {
        let mut request = Request::get("http://example.com/a?b");
        for (name, value) in named {
            request = request.header(*name, *value);
        }
        let request = head(request.body(body).expect("good"), form).expect("has a host");
        let line = |(name, value): (&HeaderName, &HeaderValue)| {
            format!("{name}: {}", value.to_str().expect("text"))
        };
        let mut lines = vec![request.uri().to_string()];
        lines.extend(request.headers().iter().map(line));
        lines
    }

    #[test]
    fn headers_in_order_stay_as_they_are_but_for_the_host() {
        let named = [
            ("host", "elsewhere"),
            ("x-a", "1"),
            ("x-b", "2"),
            ("x-a", "3"),
        ];
        let expected = ["/a?b", "host: example.com", "x-a: 1", "x-a: 3", "x-b: 2"];
        assert_eq!(wire(Form::Origin, &named, Body::empty()), expected);
    }

    #[test]
    fn the_host_comes_first_and_what_belongs_to_one_connection_goes() {
        let named = [
            ("x-a", "1"),
            ("connection", "close"),
            ("host", "elsewhere"),
            ("te", "x"),
        ];
        let expected = ["/a?b", "host: example.com", "x-a: 1"];
        assert_eq!(wire(Form::Origin, &named, Body::empty()), expected);
        let named = [("host", "elsewhere"), ("x-a", "1"), ("keep-alive", "5")];
        assert_eq!(wire(Form::Origin, &named, Body::empty()), expected);
    }

    #[test]
    fn a_body_is_framed_before_all_else() {
        let named = [("host", "elsewhere"), ("content-length", "7"), ("x-a", "1")];
        let expected = ["/a?b", "content-length: 2", "host: example.com", "x-a: 1"];
        assert_eq!(wire(Form::Origin, &named, Body::from("hi")), expected);
    }

    #[test]
    fn a_proxy_is_told_the_host_that_the_guest_has_named() {
        let named = [("x-a", "1"), ("host", "elsewhere")];
        let expected = ["http://example.com/a?b", "x-a: 1", "host: elsewhere"];
        assert_eq!(wire(Form::Absolute, &named, Body::empty()), expected);
    }
}
