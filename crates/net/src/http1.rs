//! The HTTP/1.1 server side of a connection, on hyper.
//!
//! hyper parses, frames and keeps alive. Around it:
//!
//! - [`io`](self) sits between hyper and the socket, to put the text of a parse error into hyper's bare refusal, to
//!   notice a reset while the service works, and to hand the connection over on an upgrade;
//! - [`request`](self) turns hyper's request into a call of the [`HttpService`] and answers what needs no service;
//! - [`expected`](self) asks for a body that the client sends only then;
//! - [`Connections`] knows the connections of one loop, for the drain and for time-outs.
//!
//! Invariants:
//!
//! 1. A client that ends its sending side still gets its answer; one that resets the connection has its service
//!    future dropped.
//! 2. A request's future, its body and the response's body are dropped no later than its connection's future.
//! 3. Nothing on the path of a good request reads a clock, takes a lock or formats text.

mod connections;
mod expected;
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
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::body::Body;
use crate::http2::{self, PREFACE_START};
use crate::listener::PeerInfo;
use crate::transport::{Rewound, Transport, read_through, write_through};
pub use connections::{Connections, Kept};
pub(crate) use connections::{Entry, InFlight, State};
use io::ServerIo;
pub(crate) use request::{ResponseBody, detach, leave_body_behind, refusal, request_body};

/// A request without its body.
pub type RequestHead = http::request::Parts;

/// Gets the connection after an upgrade.
pub type UpgradeCallback = Box<dyn FnOnce(Upgraded)>;

/// A connection that no longer speaks HTTP.
pub struct Upgraded {
    pub io: Box<dyn Transport>,
    /// What the client sent after the head, read already: it comes before anything read from `io`.
    pub read_ahead: Bytes,
    /// Where it came in: the drain waits for its end.
    pub kept: Option<Kept>,
}

impl Transport for Upgraded {
    fn poll_reset(&self, cx: &mut Context<'_>) -> Poll<std::io::Error> {
        self.io.poll_reset(cx)
    }
}

impl AsyncRead for Upgraded {
    read_through!(io after read_ahead);
}

impl AsyncWrite for Upgraded {
    write_through!(io);
}

/// The service has no answer: the connection is closed without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the handler sent no response")]
pub struct NoResponse;

/// Answers requests on one loop. The future is dropped when the client resets the connection.
pub trait HttpService: 'static {
    fn call(
        self: Rc<Self>,
        head: RequestHead,
        body: Body,
        client: Rc<PeerInfo>,
    ) -> impl Future<Output = Result<Response<Body>, NoResponse>> + 'static;

    /// Whether a request without a Host header is refused. Where every request has a whole URL it needs none.
    fn needs_host(&self) -> bool {
        true
    }
}

/// hyper's own default: so many headers it keeps on the stack while it parses. For more it allocates room for all that
/// are allowed, for every request, so it is asked to only on connections that have sent more.
const HEADERS_ON_STACK: usize = 100;

#[derive(Clone, Debug)]
pub struct Options {
    /// Closes a connection that sends no complete head for this long, be it idle or slow. Checked every second.
    pub head_timeout: Option<Duration>,
    /// The most bytes of a request's head.
    pub max_head_size: usize,
    /// The most header lines of a request.
    pub max_headers: usize,
    /// Breaks off a body of which the client sends no byte for this long while the service waits for it.
    pub body_timeout: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            head_timeout: Some(Duration::from_secs(15)),
            max_head_size: 408 * 1024,
            max_headers: 16 * 1024,
            body_timeout: None,
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
    let served = Served {
        entry: connections.enter(options.head_timeout),
        client: Rc::new(client),
        service,
    };
    let round = served.run(stream, options, HEADERS_ON_STACK).await;
    if !round.had_many_headers(options) {
        return served.end(round, options).await;
    }
    // The request is still there to be read once more. In a box, so that the future of usual connections stays small.
    Box::pin(async move {
        let stream = Rewound {
            read_ahead: round.read_ahead,
            stream: round.stream,
        };
        let round = served.run(stream, options, options.max_headers).await;
        served.end(round, options).await
    })
    .await
}

/// A connection, but for its stream.
struct Served<S> {
    entry: Entry,
    client: Rc<PeerInfo>,
    service: Rc<S>,
}

/// What hyper leaves of a connection when it is done with it.
struct Round<T> {
    result: Result<(), ConnectionError>,
    stream: T,
    /// What was read and not understood, or belongs to the next protocol.
    read_ahead: Bytes,
    /// An answer of hyper's own that was not sent.
    held: Option<Vec<u8>>,
}

impl<T> Round<T> {
    /// Whether a request was refused that fits but for the number of its headers.
    fn had_many_headers(&self, options: &Options) -> bool {
        let too_large = |held: &Vec<u8>| io::status_of(held).starts_with("431");
        matches!(self.result, Err(ConnectionError::Refused(_)))
            && self.held.as_ref().is_some_and(too_large)
            && self.read_ahead.len() < options.max_head_size
            && options.max_headers > HEADERS_ON_STACK
    }
}

impl<S: HttpService> Served<S> {
    async fn run<T: Transport>(
        &self,
        stream: T,
        options: &Options,
        max_headers: usize,
    ) -> Round<T> {
        let state = self.entry.state();
        let io = TokioIo::new(ServerIo::new(stream, Rc::clone(state)));
        let adapter = request::adapter(
            Rc::clone(&self.service),
            Rc::clone(&self.client),
            Rc::clone(state),
            options.body_timeout,
        );
        let mut builder = hyper::server::conn::http1::Builder::new();
        if max_headers > HEADERS_ON_STACK {
            builder.max_headers(max_headers);
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
        let (stream, held) = parts.io.into_inner().into_parts();
        Round {
            result,
            stream,
            read_ahead: parts.read_buf,
            held,
        }
    }

    /// Hands the connection on if it no longer speaks HTTP/1, or closes it.
    async fn end<T: Transport>(
        self,
        round: Round<T>,
        options: &Options,
    ) -> Result<(), ConnectionError> {
        let state = Rc::clone(self.entry.state());
        let Round {
            result,
            mut stream,
            read_ahead,
            held,
        } = round;
        if let (Ok(()), Some(callback)) = (&result, state.take_upgrade()) {
            callback(Upgraded {
                io: Box::new(stream),
                read_ahead,
                kept: Some(self.entry.keep()),
            });
            return Ok(());
        }
        let is_http2 =
            result.is_err() && !state.has_had_requests() && read_ahead.starts_with(PREFACE_START);
        if is_http2 {
            let stream = Rewound { read_ahead, stream };
            // In a box, so that the future of a connection that speaks HTTP/1.1 stays small.
            let served = http2::serve(stream, self.client, self.service, self.entry, options);
            return Box::pin(served).await;
        }
        match (&result, held) {
            (Err(ConnectionError::Refused(text)), Some(held)) => {
                // In a box: its buffer would be a part of every connection.
                let text_is_wanted = !read_ahead.starts_with(b"HEAD ");
                Box::pin(refuse(stream, &held, text, text_is_wanted)).await;
            }
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
async fn refuse<T: Transport>(mut stream: T, held: &[u8], text: &str, text_is_wanted: bool) {
    const LINGER_TIME: Duration = Duration::from_secs(2);
    const LINGER_BYTES: usize = 4 << 20;
    let status = io::status_of(held);
    let length = text.len();
    let body = if text_is_wanted { text } else { "" };
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
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
        Some(0) if method == Method::HEAD => {}
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
