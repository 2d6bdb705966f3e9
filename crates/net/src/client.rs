//! The HTTP client of one loop.
//!
//! | module | what |
//! |---|---|
//! | [`connector`] | from a destination to bytes: look-up, filter, connect |
//! | [`pool`] | connections that wait for their next request |
//! | [`connection`] | one connection, its task, and the exchange of one request |
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
mod pool;

use std::rc::Rc;

use http::{Method, Request, Response};

use crate::body::Body;
pub use connector::{Connector, Destination};
pub use error::ClientError;
use pool::Pool;

/// Sends requests; connections are kept for the next one.
pub struct Client {
    connector: Connector,
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
            connector,
            pool: Rc::default(),
        }
    }

    pub fn connector(&self) -> &Connector {
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
        while let Some(connection) = self.pool.take(origin.key, origin.secure) {
            let again = is_safe(request.method())
                .then(|| duplicate(&request))
                .flatten();
            let failure = match connection.exchange(request).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            request = match (failure.unsent, again) {
                (Some(unsent), _) => *unsent,
                (None, Some(again)) if failure.error.is_disconnect() => again,
                (None, _) => return Err(failure.error),
            };
        }
        let io = self
            .connector
            .connect(origin.destination, origin.secure)
            .await?;
        let connection = connection::open(io, &self.pool, origin.key, origin.secure).await?;
        connection.exchange(request).await.map_err(|f| f.error)
    }
}

/// RFC 9110 §9.2.1.
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn duplicate(request: &Request<Body>) -> Option<Request<Body>> {
    let mut copy = Request::new(request.body().duplicate()?);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}
