//! One HTTP/2 connection, shared by the requests to its origin (RFC 9113).

use std::future::Future;

use http::header::{CONNECTION, HOST, TRANSFER_ENCODING};
use http::uri::{Authority, Scheme};
use http::{Request, Response, Uri};
use hyper::client::conn::http2;
use hyper_util::rt::TokioIo;

use super::ClientError;
use super::connection::Failure;
use super::connector::Connected;
use super::error::exchange_error;
use crate::body::Body;

/// A handle; the connection ends with the last handle and the last request.
#[derive(Clone)]
pub struct Multiplexed {
    sender: http2::SendRequest<Body>,
}

/// Runs hyper's tasks on the current loop.
#[derive(Clone, Copy)]
struct OnThisLoop;

impl<F: Future<Output = ()> + 'static> hyper::rt::Executor<F> for OnThisLoop {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(future);
    }
}

/// Starts to speak HTTP/2 on a connection.
///
/// # Errors
/// The connection ended at once.
pub async fn open(io: Connected) -> Result<Multiplexed, ClientError> {
    let (sender, connection) = http2::Builder::new(OnThisLoop)
        .handshake(TokioIo::new(io))
        .await
        .map_err(|error| exchange_error(&error))?;
    tokio::task::spawn_local(async move {
        // Every request in flight is told of a failure.
        let _ = connection.await;
    });
    Ok(Multiplexed { sender })
}

impl Multiplexed {
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Sends a request made for HTTP/1.1.
    pub async fn exchange(mut self, mut request: Request<Body>) -> Result<Response<Body>, Failure> {
        if let Err(error) = translate(&mut request) {
            return Err(Failure {
                error: ClientError::Request(error.to_string()),
                unsent: None,
                unheard: false,
            });
        }
        match self.sender.try_send_request(request).await {
            Ok(response) => Ok(response.map(Body::from)),
            Err(mut failure) => {
                let unsent = failure.take_message().map(untranslate).map(Box::new);
                let error = exchange_error(failure.error());
                Err(Failure {
                    unheard: error.is_disconnect(),
                    unsent,
                    error,
                })
            }
        }
    }
}

/// The host moves from its header to the URI; what frames the message of HTTP/1.1 goes.
fn translate(request: &mut Request<Body>) -> Result<(), http::Error> {
    let host = request.headers_mut().remove(HOST);
    request.headers_mut().remove(TRANSFER_ENCODING);
    request.headers_mut().remove(CONNECTION);
    if request.uri().authority().is_none() {
        let host = host.as_ref().map_or(&b""[..], |host| host.as_bytes());
        let mut parts = std::mem::take(request.uri_mut()).into_parts();
        parts.scheme = Some(Scheme::HTTPS);
        parts.authority = Some(Authority::try_from(host)?);
        *request.uri_mut() = Uri::from_parts(parts)?;
    }
    Ok(())
}

/// For another try, perhaps over HTTP/1.1.
fn untranslate(mut request: Request<Body>) -> Request<Body> {
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    parts.scheme = None;
    if let Some(authority) = parts.authority.take()
        && let Ok(host) = http::HeaderValue::from_str(authority.as_str())
    {
        request.headers_mut().insert(HOST, host);
    }
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request
}
