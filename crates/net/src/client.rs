//! The HTTP client of one loop.
//!
//! | module | what |
//! |---|---|
//! | [`connector`] | from a destination to bytes: look-up, filter, connect |
//! | [`pool`] | connections that wait for their next request |
//! | [`connection`] | one HTTP/1.1 connection, its task, and the exchange of one request |
//! | [`replay`] | a response with very many headers, read once more |
//! | [`single`] | requests over one connection that is somebody else's |
//! | [`outgoing`] | a guest's request as a server reads it |
//! | [`multiplexed`] | one HTTP/2 connection, shared by the requests to its origin |
//!
//! Invariants:
//!
//! 1. Dropping the future of a request, or the body of its response, ends the exchange: the connection is closed
//!    unless the exchange was over.
//! 2. A request is sent a second time only if its first try cannot have been acted on: it never left, or it came on
//!    a connection that the server had closed in the meantime, has a safe method and a body that is all there.
//! 3. A connection goes back to the pool only after both bodies have been sent in full.

mod connection;
mod connector;
mod error;
mod io;
mod multiplexed;
pub mod outgoing;
mod pool;
mod replay;
mod single;

use std::rc::Rc;

use http::{Method, Request, Response};

use crate::body::Body;
use crate::tls::Alpn;
use connection::Failure;
pub use connector::{Connected, Connector, Destination, Secure};
pub use error::{ClientError, is_disconnect};
use pool::Pool;
pub use single::Single;

/// Sends requests; connections are kept for the next one.
pub struct Client {
    connector: Rc<Connector>,
    pool: Rc<Pool>,
}

/// Where a request goes.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    pub destination: &'a Destination,
    /// Names the origin in the pool: two that are equal share connections.
    pub key: &'a str,
    /// Whether TLS is spoken.
    pub secure: bool,
}

impl Client {
    pub fn new(connector: Connector) -> Self {
        Self {
            connector: Rc::new(connector),
            pool: Rc::default(),
        }
    }

    /// What opens its connections, for those that do not speak HTTP.
    pub fn connector(&self) -> &Rc<Connector> {
        &self.connector
    }

    /// Sends a request as it is: its URI and headers are what the server reads. Must be called inside a `LocalSet`.
    ///
    /// # Errors
    /// No connection, or none that lasted until the response's head.
    pub async fn send(
        &self,
        origin: Origin<'_>,
        mut request: Request<Body>,
    ) -> Result<Response<Body>, ClientError> {
        // What switches protocols takes over its connection, which HTTP/2 does not have for it.
        let http1_only =
            !origin.secure || request.method() == Method::CONNECT || asks_for_upgrade(&request);
        if !http1_only && let Some(shared) = self.pool.multiplexed(origin.key) {
            let again = copy_if_safe(&request);
            match shared.exchange(request).await {
                Ok(response) => return Ok(response),
                Err(failure) => request = retry(failure, again)?,
            }
        }
        while let Some(connection) = self.pool.take(origin.key, origin.secure) {
            let again = copy_if_safe(&request);
            match connection.exchange(request).await {
                Ok(response) => return Ok(response),
                Err(failure) => request = retry(failure, again)?,
            }
        }
        let alpn = if http1_only { Alpn::Http1 } else { Alpn::Http2 };
        let agreed = self
            .connector
            .connect(origin.destination, origin.secure, alpn)
            .await?;
        let sent = if agreed.http2 {
            let shared = multiplexed::open(agreed.io).await?;
            self.pool.share(origin.key, shared.clone());
            shared.exchange(request).await
        } else {
            let connection = connection::open(agreed.io, &self.pool, origin).await?;
            connection.exchange(request).await
        };
        sent.map_err(|failure| failure.error)
    }
}

fn asks_for_upgrade(request: &Request<Body>) -> bool {
    request.headers().contains_key(http::header::UPGRADE)
}

/// The request for another try, if there may be one.
fn retry(failure: Failure, again: Option<Request<Body>>) -> Result<Request<Body>, ClientError> {
    match (failure.unsent, again) {
        (Some(unsent), _) => Ok(*unsent),
        (None, Some(again)) if failure.error.is_disconnect() => Ok(again),
        (None, _) => Err(failure.error),
    }
}

/// RFC 9110 §9.2.1.
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn copy_if_safe(request: &Request<Body>) -> Option<Request<Body>> {
    if !is_safe(request.method()) {
        return None;
    }
    let mut copy = Request::new(request.body().duplicate()?);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}
