//! A Worker's request as a server reads it, after what the config says of it.

use std::future::{Future, ready};

use config::model::HttpStyle;
use futures::TryFutureExt;
use futures::future::Either;
use http::uri::Scheme;
use http::{HeaderValue, Method, Request, Uri};
use io::channel::{CfBlob, ChannelError, SubrequestResult};
use net::client::Origin;
use net::client::outgoing::{self, Form};
use net::{Body, BodyError, Client, ClientError};

use crate::http_options::HttpRules;

/// The error of a subrequest that has no response.
#[cold]
pub fn error(error: ClientError) -> ChannelError {
    if let ClientError::Body(error) = error {
        return body_error(error);
    }
    if error.is_disconnect() {
        tracing::info!("disconnected: {error}");
        ChannelError::Disconnected("Network connection lost.".into())
    } else {
        ChannelError::Internal(error.to_string())
    }
}

/// The error of a subrequest whose own body has failed: the one that its producer has given up with.
#[cold]
fn body_error(error: BodyError) -> ChannelError {
    match error {
        BodyError::Incomplete | BodyError::Connection(_) => {
            ChannelError::Disconnected("Network connection lost.".into())
        }
        BodyError::Disconnected(message) => ChannelError::Disconnected(message.into_owned()),
        BodyError::Aborted(reason) => ChannelError::Failed(reason),
        BodyError::Coding(text) => ChannelError::classed("TypeError", text),
        BodyError::TooLarge { .. } => {
            ChannelError::classed("TypeError", "Memory limit exceeded before EOF.")
        }
        BodyError::Thrown { class, message, .. } => ChannelError::Classed { class, message },
    }
}

/// Sends a request, after what `rules` say, and gives the response. One that switches to a WebSocket has it as its body.
pub fn exchange<'a>(
    client: &'a Client,
    origin: Origin<'a>,
    request: Request<Body>,
    rules: &HttpRules,
) -> impl Future<Output = SubrequestResult> + use<'a> {
    match wire_request(request, rules) {
        Ok(request) => {
            let is_sized = request.body().length().is_some();
            let sent = outgoing::exchange(request, move |request| client.send(origin, request));
            Either::Left(sent.map_err(move |failure| match failure {
                // The server has been promised more than it has got: to it, the connection is lost.
                ClientError::Body(_) if is_sized => error(ClientError::Body(BodyError::Incomplete)),
                failure => error(failure),
            }))
        }
        Err(error) => Either::Right(ready(Err(error))),
    }
}

/// What goes over the wire.
fn wire_request(request: Request<Body>, rules: &HttpRules) -> Result<Request<Body>, ChannelError> {
    io::channel::check_headers(request.extensions())?;
    let secure = request.uri().scheme() == Some(&Scheme::HTTPS);
    let blob = match &rules.cf_blob {
        Some(_) => request.extensions().get::<CfBlob>().cloned(),
        None => None,
    };
    let form = match rules.style {
        HttpStyle::Proxy => Form::Absolute,
        HttpStyle::Host | HttpStyle::Unknown(_) => Form::Origin,
    };
    let mut request = outgoing::head(request, form).map_err(ChannelError::Internal)?;
    let headers = request.headers_mut();
    if let Some(name) = &rules.forwarded_proto {
        let scheme = if secure { "https" } else { "http" };
        headers.insert(name, HeaderValue::from_static(scheme));
    }
    if let Some(name) = &rules.cf_blob {
        headers.remove(name);
        if let Some(value) = blob.and_then(|blob| HeaderValue::from_bytes(blob.0.as_bytes()).ok()) {
            headers.insert(name, value);
        }
    }
    rules.inject_into_request(headers);
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
