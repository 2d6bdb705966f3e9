//! Joins two WebSockets: what comes out of one goes into the other, in both directions.
//!
//! Nothing is read from one side before the other side wants it. Two connections that frame messages alike are joined
//! below the frames: bytes pass as they are.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use futures::future::{Either, join, select};

use super::connection::Connection;
use super::{Error, Kind, Message, WebSocket};

/// The most that is read for a connection, which cannot say how much it wants.
const MAX: usize = 1 << 20;
/// How long a peer has to take the last bytes.
const LINGER: Duration = Duration::from_secs(5);
/// How long a peer has to close then, and how much it may send meanwhile.
const DISCARD_TIME: Duration = Duration::from_secs(2);
const DISCARD_BYTES: usize = 4 << 20;

/// How often a connection that a peer has left looks whether the server drains.
const DRAIN_CHECK: Duration = Duration::from_secs(1);
/// A direction has said all it had to say when nothing comes for so many of these in succession.
const SILENCE: Duration = Duration::from_millis(5);
const SILENCES: u32 = 8;

/// Passes messages on until both directions have ended, or one has failed; then closes both.
pub async fn couple(a: WebSocket, b: WebSocket) {
    let result = {
        let (forth_moves, back_moves) = (Cell::new(false), Cell::new(false));
        let forth = pin!(pump(&a, &b, &forth_moves));
        let back = pin!(pump(&b, &a, &back_moves));
        match select(forth, back).await {
            Either::Left((Ok(()), back)) => unless_left(back, &a).await,
            Either::Right((Ok(()), forth)) => unless_left(forth, &b).await,
            Either::Left((Err(error), back)) => last_words(back, &back_moves, error).await,
            Either::Right((Err(error), forth)) => last_words(forth, &forth_moves, error).await,
        }
    };
    if let Err(error @ (Error::Protocol { .. } | Error::Failed(_))) = result {
        tracing::error!("Uncaught exception: remote.jsg.Error: {error}");
    }
    let last = join(a.disconnect(), b.disconnect());
    let _ = tokio::time::timeout(LINGER, last).await;
    // The ends of pairs go at once.
    let rest = [a, b].map(WebSocket::into_connection);
    let [a, b] = rest.map(|rest| async move {
        if let Some(rest) = rest {
            discard(&rest).await;
        }
    });
    let _ = tokio::time::timeout(DISCARD_TIME, join(a, b)).await;
}

/// Waits for the other direction, from which `peer` has taken its leave. A peer that then ends its half of the connection
/// may still want the answer to its Close, or be gone: a server that drains does not wait for that answer forever.
async fn unless_left(
    rest: impl Future<Output = Result<(), Error>> + Unpin,
    peer: &WebSocket,
) -> Result<(), Error> {
    let Kind::Connection(connection) = &peer.kind else {
        return rest.await;
    };
    let left = pin!(async {
        discard(connection).await;
        while !connection.is_draining() {
            tokio::time::sleep(DRAIN_CHECK).await;
        }
        tokio::time::sleep(LINGER).await;
    });
    match select(rest, left).await {
        Either::Left((result, _)) => result,
        Either::Right(((), _)) => Ok(()),
    }
}

/// An end without a Close in one direction ends the other one, too, but what has been received is still answered: who
/// sends a last message and closes its half of the connection may wait for that.
async fn last_words(
    mut rest: impl Future<Output = Result<(), Error>> + Unpin,
    moves: &Cell<bool>,
    error: Error,
) -> Result<(), Error> {
    let speaking = async {
        let mut silences = 0;
        while silences < SILENCES && tokio::time::timeout(SILENCE, &mut rest).await.is_err() {
            silences = if moves.get() { 0 } else { silences + 1 };
        }
    };
    let _ = tokio::time::timeout(LINGER, speaking).await;
    Err(error)
}

/// Reads what a peer sends until it closes. To close before it would reset the connection, and the peer might lose the
/// last bytes (RFC 6455 §7.1.1).
async fn discard(connection: &Connection) {
    let mut left = DISCARD_BYTES;
    while let Some(read) = poll_fn(|cx| connection.poll_discard(cx)).await
        && left > read
    {
        left -= read;
    }
}

/// `moves` tells whether a message is on its way.
async fn pump(from: &WebSocket, to: &WebSocket, moves: &Cell<bool>) -> Result<(), Error> {
    let aborted = pin!(poll_fn(|cx| to.poll_aborted(cx)));
    let passing = pin!(pass(from, to, moves));
    match select(aborted, passing).await {
        Either::Left(((), _)) => Err(Error::Disconnected),
        Either::Right((Ok(()), _)) => Ok(()),
        Either::Right((Err(error), _)) => {
            to.fail(error.clone());
            Err(error)
        }
    }
}

async fn pass(from: &WebSocket, to: &WebSocket, moves: &Cell<bool>) -> Result<(), Error> {
    if let (Kind::Connection(from), Kind::Connection(into)) = (&from.kind, &to.kind)
        && from.passes_to(into)
    {
        let mut chunk = BytesMut::new();
        poll_fn(|cx| from.poll_pass_on(cx, into, &mut chunk)).await?;
        to.disconnect().await;
        return Ok(());
    }
    loop {
        let Some(max) = poll_fn(|cx| to.poll_demand(cx)).await else {
            return Ok(());
        };
        let message = from.receive(max).await?;
        let is_last = matches!(message, Message::Close(_));
        moves.set(true);
        to.send(message).await?;
        moves.set(false);
        if is_last {
            return Ok(());
        }
    }
}

impl WebSocket {
    /// How large a message may be now; `None` when none is wanted any more.
    fn poll_demand(&self, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        match &self.kind {
            Kind::Pair(end) => end.poll_demand(cx),
            Kind::Connection(_) => Poll::Ready(Some(MAX)),
        }
    }

    /// The other end of a pair learns why there will be no more messages.
    pub fn fail(&self, error: Error) {
        if let Kind::Pair(end) = &self.kind {
            end.fail(error);
        }
    }

    fn into_connection(self) -> Option<Box<Connection>> {
        match self.kind {
            Kind::Pair(_) => None,
            Kind::Connection(connection) => Some(connection),
        }
    }

    async fn disconnect(&self) {
        match &self.kind {
            Kind::Pair(end) => end.fail(Error::Disconnected),
            Kind::Connection(connection) => poll_fn(|cx| connection.poll_shutdown(cx)).await,
        }
    }
}
