//! A Worker's request as a server reads it.
//!
//! What belongs to one connection only is not a guest's to set (RFC 9110 §7.6.1): those headers are left behind, but
//! for the ones that make a WebSocket handshake.

use config::model::HttpStyle;
use http::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderName, SEC_WEBSOCKET_ACCEPT, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts;
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use io::channel::{CfBlob, ChannelError, SubrequestResult};
use net::client::Origin;
use net::websocket::handshake::{Asking, is_upgrade};
use net::{Body, Client, ClientError};

use crate::http_options::HttpRules;

/// The error of a subrequest that has no response.
#[cold]
pub fn error(error: ClientError) -> ChannelError {
    if error.is_disconnect() {
        tracing::info!("disconnected: {error}");
        ChannelError::Disconnected("Network connection lost.".into())
    } else {
        ChannelError::Internal(error.to_string())
    }
}

/// Sends a request, after what `rules` say, and gives the response. One that switches to a WebSocket has it as its body.
pub async fn exchange(
    client: &Client,
    origin: Origin<'_>,
    request: Request<Body>,
    rules: &HttpRules,
) -> SubrequestResult {
    let mut request = wire_request(request, rules)?;
    let asking = is_upgrade(request.headers()).then(|| Asking::new(request.headers_mut()));
    let mut response = client.send(origin, request).await.map_err(error)?;
    if let (Some(asking), Some(connection)) = (asking, response.body_mut().take_connection()) {
        let (head, _) = response.into_parts();
        response = asking
            .finish(head, connection)
            .map_err(ChannelError::Failed)?;
    }
    Ok(response)
}

/// What goes over the wire.
fn wire_request(request: Request<Body>, rules: &HttpRules) -> Result<Request<Body>, ChannelError> {
    let (mut head, body) = request.into_parts();
    let secure = head.uri.scheme() == Some(&Scheme::HTTPS);
    let mut headers = framing(&head, &body);
    let uri = match rules.style {
        HttpStyle::Proxy => {
            if head.uri.authority().is_none() {
                return Err(without_host("a proxy is asked for absolute URLs", &head));
            }
            head.uri.clone()
        }
        HttpStyle::Host | HttpStyle::Unknown(_) => {
            let host = match head.uri.authority() {
                Some(authority) => authority.as_str(),
                None => return Err(without_host("outgoing request URL has no host", &head)),
            };
            let host = HeaderValue::from_str(host)
                .map_err(|error| ChannelError::Internal(error.to_string()))?;
            headers.insert(HOST, host);
            origin_form(&head)?
        }
    };
    append_end_to_end(&mut headers, &mut head.headers, rules.style);
    if let Some(name) = &rules.forwarded_proto {
        let scheme = if secure { "https" } else { "http" };
        headers.insert(name, HeaderValue::from_static(scheme));
    }
    if let Some(name) = &rules.cf_blob {
        headers.remove(name);
        let blob = head.extensions.get::<CfBlob>();
        if let Some(value) = blob.and_then(|blob| HeaderValue::from_bytes(blob.0.as_bytes()).ok()) {
            headers.insert(name, value);
        }
    }
    rules.inject_into_request(&mut headers);
    let mut request = Request::new(body);
    *request.method_mut() = head.method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    Ok(request)
}

/// The request for a tunnel to an address.
pub fn tunnel(address: &str, rules: &HttpRules) -> Result<Request<Body>, ChannelError> {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() =
        Uri::try_from(address).map_err(|error| ChannelError::Internal(error.to_string()))?;
    rules.inject_into_request(request.headers_mut());
    Ok(request)
}

#[cold]
fn without_host(problem: &str, head: &Parts) -> ChannelError {
    ChannelError::Internal(format!("{problem}: {}", head.uri))
}

/// The headers that frame the body come first, as from the real workerd. A method that usually has a body gets a
/// length even without one.
fn framing(head: &Parts, body: &Body) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(head.headers.len() + 4);
    match body.length() {
        Some(0) if matches!(head.method, Method::GET | Method::HEAD | Method::CONNECT) => {}
        Some(length) => {
            headers.insert(CONTENT_LENGTH, length.into());
        }
        None => {
            headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
    }
    headers
}

fn append_end_to_end(headers: &mut HeaderMap, from: &mut HeaderMap, style: HttpStyle) {
    if is_upgrade(from) {
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    }
    let mut last = None;
    for (name, value) in from.drain() {
        last = name.or(last);
        let Some(name) = &last else { continue };
        let is_host = *name == HOST && style != HttpStyle::Proxy;
        if !is_host && !is_hop_by_hop(name) {
            headers.append(name, value);
        }
    }
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

fn origin_form(head: &Parts) -> Result<Uri, ChannelError> {
    let path = match head.uri.path_and_query() {
        Some(path) => path.clone(),
        None => PathAndQuery::from_static("/"),
    };
    let mut parts = http::uri::Parts::default();
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).map_err(|error| ChannelError::Internal(error.to_string()))
}
