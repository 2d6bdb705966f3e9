//! Requests, one after the other, over a connection that somebody else has opened.

use std::cell::Cell;
use std::rc::Rc;

use http::{Request, Response};

use super::connection::{self, Connection, Life};
use super::connector::{Connected, Destination};
use super::pool::Pool;
use super::{ClientError, Origin};
use crate::body::Body;

/// An HTTP/1.1 client that has one connection and never opens another.
pub struct Single {
    pool: Rc<Pool>,
    /// Before the first request, which is what makes it ready.
    fresh: Cell<Option<Connection>>,
    life: Life,
}

const KEY: &str = "";

impl Single {
    /// Must be called inside a `LocalSet`.
    ///
    /// # Errors
    /// Never in practice: nothing is exchanged yet.
    pub async fn new(io: Connected) -> Result<Self, ClientError> {
        let pool = Pool::lasting();
        let destination = Destination::UnixAbstract(Vec::new());
        let origin = Origin {
            destination: &destination,
            key: KEY,
            secure: false,
        };
        let connection = connection::open(io, &pool, origin).await?;
        let life = connection.life();
        Ok(Self {
            pool,
            fresh: Cell::new(Some(connection)),
            life,
        })
    }

    /// Sends a request as it is, once the answers to those before it have come in full.
    ///
    /// # Errors
    /// The connection is at its end.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Body>, ClientError> {
        let connection = loop {
            let freed = self.pool.freed.notified();
            let idle = self.fresh.take().or_else(|| self.pool.take(KEY, false));
            if let Some(connection) = idle {
                break connection;
            }
            if self.life.is_over() {
                return Err(ClientError::Unavailable);
            }
            freed.await;
        };
        let sent = connection.exchange(request).await;
        sent.map_err(|failure| failure.error)
    }
}
