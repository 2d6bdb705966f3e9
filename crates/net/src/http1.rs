//! The HTTP/1.1 server side of a connection, on hyper.
//!
//! hyper parses, frames and keeps alive. Around it:
//!
//! - [`io`](self) sits between hyper and the socket, to put the text of a parse error into hyper's bare refusal, to
//!   notice a reset while the service works, and to hand the connection over on an upgrade;
//! - [`request`](self) turns hyper's request into a call of the [`HttpService`] and answers what needs no service;
//! - [`Connections`] knows the connections of one loop, for the drain and for time-outs.
//!
//! Invariants:
//!
//! 1. A client that ends its sending side still gets its answer; one that resets the connection has its service
//!    future dropped.
//! 2. A request's future, its body and the response's body are dropped no later than its connection's future.
//! 3. Nothing on the path of a good request reads a clock, takes a lock or formats text.

mod connections;
mod io;
mod request;

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use crate::body::Body;
use crate::http2::{self, PREFACE_START};
use crate::listener::PeerInfo;
use crate::transport::{Rewound, Transport};
pub use connections::Connections;
pub(crate) use connections::{Entry, InFlight, State};
use io::ServerIo;
pub(crate) use request::{ResponseBody, refusal};

/// A request without its body.
pub type RequestHead = http::request::Parts;

/// Gets the connection after an upgrade.
pub type UpgradeCallback = Box<dyn FnOnce(Upgraded)>;

/// A connection that no longer speaks HTTP.
pub struct Upgraded {
    pub io: Box<dyn Transport>,
    /// What the client sent after the head, read already: it comes before anything read from `io`.
    pub read_ahead: Bytes,
}

impl Transport for Upgraded {
    fn poll_reset(&self, cx: &mut Context<'_>) -> Poll<std::io::Error> {
        self.io.poll_reset(cx)
    }
}

/// What was read ahead comes first.
impl AsyncRead for Upgraded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        if self.read_ahead.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, buffer);
        }
        let count = self.read_ahead.len().min(buffer.remaining());
        buffer.put_slice(&self.read_ahead.split_to(count));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Upgraded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// The service has no answer: the connection is closed without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the handler sent no response")]
pub struct NoResponse;

/// Answers requests on one loop. The future is dropped when the client resets the connection.
pub trait HttpService: 'static {
    fn call(
        &self,
        head: RequestHead,
        body: Body,
        client: &PeerInfo,
    ) -> impl Future<Output = Result<Response<Body>, NoResponse>>;
}

/// hyper's own default.
pub const HEADERS_ON_STACK: usize = 100;

#[derive(Clone, Debug)]
pub struct Options {
    /// Closes a connection that sends no complete head for this long, be it idle or slow. Checked every second.
    pub head_timeout: Option<Duration>,
    /// The most bytes of a request's head.
    pub max_head_size: usize,
    /// The most header lines of a request. hyper keeps up to [`HEADERS_ON_STACK`] of them on the stack while it
    /// parses; for more it allocates room for all, for every request.
    pub max_headers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            head_timeout: Some(Duration::from_secs(15)),
            max_head_size: 408 * 1024,
            max_headers: HEADERS_ON_STACK,
        }
    }
}

/// Why a connection ended other than in good order.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The client's request could not be read. It was told, if there was a way.
    #[error("{0}")]
    Refused(String),
    #[error("HTTP connection failed: {0}")]
    Failed(String),
    #[error("the client sent no complete request in time")]
    TimedOut,
}

/// Serves one connection until it closes or is upgraded. One that turns out to speak HTTP/2 goes to
/// [`http2`](crate::http2).
pub async fn serve_connection<T: Transport, S: HttpService>(
    stream: T,
    client: PeerInfo,
    service: Rc<S>,
    options: &Options,
    connections: &Connections,
) -> Result<(), ConnectionError> {
    let entry = connections.enter(options.head_timeout);
    let state = Rc::clone(entry.state());
    let io = TokioIo::new(ServerIo::new(stream, Rc::clone(&state)));
    let client = Rc::new(client);
    let adapter = request::adapter(Rc::clone(&service), Rc::clone(&client), Rc::clone(&state));
    let mut builder = hyper::server::conn::http1::Builder::new();
    if options.max_headers > HEADERS_ON_STACK {
        builder.max_headers(options.max_headers);
    }
    let mut connection = builder
        .half_close(true)
        .header_read_timeout(None)
        .auto_date_header(false)
        .title_case_headers(true)
        .max_buf_size(options.max_head_size)
        .serve_connection(io, adapter);
    let mut told_to_drain = false;
    let result = poll_fn(|cx| {
        state.remember_waker(cx);
        if state.is_expired() {
            return Err(ConnectionError::TimedOut).into();
        }
        if state.is_draining() && !told_to_drain {
            told_to_drain = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        Pin::new(&mut connection).poll(cx).map_err(failure)
    })
    .await;
    let parts = connection.into_parts();
    let (mut stream, held) = parts.io.into_inner().into_parts();
    if let (Ok(()), Some(callback)) = (&result, state.take_upgrade()) {
        drop(entry);
        callback(Upgraded {
            io: Box::new(stream),
            read_ahead: parts.read_buf,
        });
        return Ok(());
    }
    let is_http2 =
        result.is_err() && !state.has_had_requests() && parts.read_buf.starts_with(PREFACE_START);
    if is_http2 {
        let stream = Rewound {
            read_ahead: parts.read_buf,
            stream,
        };
        // In a box, so that the future of a connection that speaks HTTP/1.1 stays small.
        return Box::pin(http2::serve(stream, client, service, entry)).await;
    }
    match (&result, held) {
        (Err(ConnectionError::Refused(text)), Some(held)) => refuse(stream, &held, text).await,
        (Ok(()), held) => {
            if let Some(held) = held {
                // It was the service's own answer after all. A failure to write it cannot be told to anybody.
                let _ = stream.write_all(&held).await;
            }
            let _ = stream.shutdown().await;
        }
        (Err(_), _) => {}
    }
    result
}

#[cold]
fn failure(error: hyper::Error) -> ConnectionError {
    if error.is_parse() {
        return ConnectionError::Refused(error.to_string());
    }
    let source = std::error::Error::source(&error).map(ToString::to_string);
    ConnectionError::Failed(source.unwrap_or_else(|| error.to_string()))
}

/// Answers a request that hyper could not read, in place of hyper's own answer, which has no text.
async fn refuse<T: Transport>(mut stream: T, held: &[u8], text: &str) {
    const LINGER_TIME: Duration = Duration::from_secs(2);
    const LINGER_BYTES: usize = 4 << 20;
    let status = io::status_of(held);
    let length = text.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{text}"
    );
    if stream.write_all(answer.as_bytes()).await.is_err() || stream.shutdown().await.is_err() {
        return;
    }
    // Closing while the client still sends would reset the connection, and the client might lose the answer.
    let drain = pin!(async {
        let mut buffer = [0; 4096];
        let mut left = LINGER_BYTES;
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            left = left.saturating_sub(read);
            if left == 0 {
                break;
            }
        }
    });
    let _ = tokio::time::timeout(LINGER_TIME, drain).await;
}

/// A header map that starts with the header that frames `body`, so that it is written first, as by the real workerd.
/// Without it the header is added after all others. `extra` is how many headers will follow.
pub fn framed_headers(method: &Method, status: StatusCode, body: &Body, extra: usize) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(extra + 1);
    let bodyless = status.is_informational()
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
        || (method == Method::CONNECT && status.is_success());
    if bodyless {
        return headers;
    }
    match body.length() {
        Some(length) => {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        None if method != Method::HEAD => {
            headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        None => {}
    }
    headers
}
