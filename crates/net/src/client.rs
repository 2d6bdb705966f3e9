//! The HTTP client of one loop.
//!
//! | module | what |
//! |---|---|
//! | [`connector`] | from a destination to bytes: look-up, filter, connect |
//! | [`pool`] | connections that wait for their next request |
//! | [`connection`] | one HTTP/1.1 connection, and the exchange of one request |
//! | [`driver`] | who moves the bytes of such a connection |
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
mod driver;
mod error;
mod io;
mod multiplexed;
pub mod outgoing;
mod pool;
mod replay;
mod single;

use std::future::{Future, ready};
use std::rc::Rc;

use futures::FutureExt;
use futures::future::Either;
use http::{Method, Request, Response};

use crate::body::Body;
use crate::tls::Alpn;
use connection::{Connection, Failure};
pub use connector::{Connected, Connector, Destination, Secure};
pub use error::{ClientError, is_disconnect};
use multiplexed::Multiplexed;
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
    // No `async fn`, and all but the usual way in boxes: the request and what connects would be parts of each future
    // around this one.
    pub fn send<'a>(
        &'a self,
        origin: Origin<'a>,
        request: Request<Body>,
    ) -> impl Future<Output = Result<Response<Body>, ClientError>> + use<'a> {
        let Some(kept) = self.kept(origin, &request) else {
            return Either::Left(self.send_anew(origin, request).boxed_local());
        };
        let again = copy_if_safe(&request);
        let sent = match kept {
            Kept::Single(connection) => Either::Left(connection.exchange(request)),
            Kept::Shared(shared) => Either::Right(shared.exchange(request).boxed_local()),
        };
        Either::Right(sent.then(move |sent| match sent {
            Ok(response) => Either::Left(ready(Ok(response))),
            Err(failure) => Either::Right(self.send_again(origin, failure, again).boxed_local()),
        }))
    }

    /// A connection that is open already.
    fn kept(&self, origin: Origin<'_>, request: &Request<Body>) -> Option<Kept> {
        if may_share(origin, request)
            && let Some(shared) = self.pool.multiplexed(origin.key)
        {
            return Some(Kept::Shared(shared));
        }
        let connection = self.pool.take(origin.key, origin.secure)?;
        Some(Kept::Single(connection))
    }

    /// After a connection that was kept has failed.
    async fn send_again(
        &self,
        origin: Origin<'_>,
        mut failure: Failure,
        mut again: Option<Box<Request<Body>>>,
    ) -> Result<Response<Body>, ClientError> {
        loop {
            let request = retry(failure, again)?;
            let Some(connection) = self.pool.take(origin.key, origin.secure) else {
                return self.send_anew(origin, request).await;
            };
            again = copy_if_safe(&request);
            match connection.exchange(request).await {
                Ok(response) => return Ok(response),
                Err(another) => failure = another,
            }
        }
    }

    /// Over a new connection.
    async fn send_anew(
        &self,
        origin: Origin<'_>,
        request: Request<Body>,
    ) -> Result<Response<Body>, ClientError> {
        let alpn = if may_share(origin, &request) {
            Alpn::Http2
        } else {
            Alpn::Http1
        };
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

/// A connection from the pool.
enum Kept {
    Single(Connection),
    Shared(Multiplexed),
}

/// Whether a request may go over HTTP/2. What switches protocols takes over its connection, which HTTP/2 does not have
/// for it.
fn may_share(origin: Origin<'_>, request: &Request<Body>) -> bool {
    origin.secure && request.method() != Method::CONNECT && !asks_for_upgrade(request)
}

fn asks_for_upgrade(request: &Request<Body>) -> bool {
    request.headers().contains_key(http::header::UPGRADE)
}

/// The request for another try, if there may be one: a server that has closed a connection which it had kept may not
/// have seen the request; one that has begun to answer has.
fn retry(
    failure: Failure,
    again: Option<Box<Request<Body>>>,
) -> Result<Request<Body>, ClientError> {
    match (failure.unsent, again) {
        (Some(unsent), _) => Ok(*unsent),
        (None, Some(again)) if failure.unheard => Ok(*again),
        (None, _) => Err(failure.error),
    }
}

/// RFC 9110 §9.2.1.
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn copy_if_safe(request: &Request<Body>) -> Option<Box<Request<Body>>> {
    if !is_safe(request.method()) {
        return None;
    }
    let mut copy = Request::new(request.body().duplicate()?);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    Some(Box::new(copy))
}
