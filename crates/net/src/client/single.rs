//! Requests, one after the other, over a connection that somebody else has opened.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};

use super::connection::{self, Connection, Life};
use super::connector::{Connected, Destination};
use super::pool::Pool;
use super::{ClientError, Origin};
use crate::body::{Body, BodyError};

/// An HTTP/1.1 client that has one connection and never opens another.
pub struct Single {
    pool: Rc<Pool>,
    /// Before the first request, which is what makes it ready.
    fresh: Cell<Option<Connection>>,
    life: Life,
    last: Rc<Cell<Answer>>,
}

/// How far the answer to the last request is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// There is none, or none whose body was not read.
    Read,
    /// Whoever has it may still read its body.
    Unread,
    /// Nobody will: what comes after it on the connection is out of reach.
    Abandoned,
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
            last: Rc::new(Cell::new(Answer::Read)),
        })
    }

    /// Sends a request as it is, once the answers to those before it have been read in full.
    ///
    /// # Errors
    /// The connection is at its end, or somebody did not want the answer to a request before.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Body>, ClientError> {
        let connection = loop {
            let freed = self.pool.freed.notified();
            match self.last.get() {
                Answer::Read => {}
                Answer::Unread => {
                    freed.await;
                    continue;
                }
                Answer::Abandoned => return Err(ClientError::Unread),
            }
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
        let response = sent.map_err(|failure| failure.error)?;
        Ok(response.map(|body| self.watched(body)))
    }

    /// The body of an answer, whose end lets the next request go out.
    fn watched(&self, body: Body) -> Body {
        if !body.is_stream() {
            return body;
        }
        self.last.set(Answer::Unread);
        let length = body.length();
        let watched = Watched {
            body,
            answer: Some(self.last.clone()),
            pool: self.pool.clone(),
        };
        Body::stream(watched, length)
    }
}

struct Watched {
    body: Body,
    /// Until its end.
    answer: Option<Rc<Cell<Answer>>>,
    pool: Rc<Pool>,
}

impl Watched {
    fn end(&mut self, how: Answer) {
        if let Some(answer) = self.answer.take() {
            answer.set(how);
            self.pool.freed.notify_waiters();
        }
    }
}

impl futures::Stream for Watched {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(self.body.poll_next(cx));
        if item.is_none() || self.body.is_empty() {
            self.end(Answer::Read);
        }
        Poll::Ready(item)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.end(Answer::Abandoned);
    }
}
