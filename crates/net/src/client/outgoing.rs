//! A guest's request as a server reads it.
//!
//! What belongs to one connection only is not a guest's to set (RFC 9110 §7.6.1): those headers are left behind, but
//! for the ones that make a WebSocket handshake.

use http::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderName, SEC_WEBSOCKET_ACCEPT, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts;
use http::uri::PathAndQuery;
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
pub fn head(request: Request<Body>, form: Form) -> Result<Request<Body>, String> {
    let (mut head, body) = request.into_parts();
    let mut headers = framing(&head, &body);
    let uri = match form {
        Form::Absolute => {
            if head.uri.authority().is_none() {
                return Err(without_host("a proxy is asked for absolute URLs", &head));
            }
            head.uri.clone()
        }
        Form::Origin => {
            let host = match head.uri.authority() {
                Some(authority) => authority.as_str(),
                None => return Err(without_host("outgoing request URL has no host", &head)),
            };
            let host = HeaderValue::from_str(host).map_err(|error| error.to_string())?;
            headers.insert(HOST, host);
            origin_form(&head)?
        }
    };
    append_end_to_end(&mut headers, &mut head.headers, form);
    let mut request = Request::new(body);
    *request.method_mut() = head.method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    Ok(request)
}

/// Sends a request and gives the response. One that switches to a WebSocket has it as its body.
///
/// # Errors
/// Those of `send`, and a server that has not understood what a WebSocket is.
pub async fn exchange<S>(
    mut request: Request<Body>,
    send: impl FnOnce(Request<Body>) -> S,
) -> Result<Response<Body>, ClientError>
where
    S: Future<Output = Result<Response<Body>, ClientError>>,
{
    let asking = is_upgrade(request.headers()).then(|| Asking::new(request.headers_mut()));
    let mut response = send(request).await?;
    if let (Some(asking), Some(connection)) = (asking, response.body_mut().take_connection()) {
        let (head, _) = response.into_parts();
        response = asking
            .finish(head, connection)
            .map_err(ClientError::Handshake)?;
    }
    Ok(response)
}

#[cold]
fn without_host(problem: &str, head: &Parts) -> String {
    format!("{problem}: {}", head.uri)
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

fn append_end_to_end(headers: &mut HeaderMap, from: &mut HeaderMap, form: Form) {
    if is_upgrade(from) {
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    }
    let mut last = None;
    for (name, value) in from.drain() {
        last = name.or(last);
        let Some(name) = &last else { continue };
        let is_host = *name == HOST && form != Form::Absolute;
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

fn origin_form(head: &Parts) -> Result<Uri, String> {
    let path = match head.uri.path_and_query() {
        Some(path) => path.clone(),
        None => PathAndQuery::from_static("/"),
    };
    let mut parts = http::uri::Parts::default();
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).map_err(|error| error.to_string())
}
