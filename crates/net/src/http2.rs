//! The HTTP/2 server side of a connection (RFC 9113), on hyper.
//!
//! A connection gets here by ALPN, or because it opens with HTTP/2's preface on a socket without TLS: `http1` finds
//! that out when it fails to parse the preface, so that HTTP/1.1 pays nothing for it.
//!
//! A request reaches the [`HttpService`] in the form of HTTP/1.1: the authority also as a `Host` header, cookies in one
//! header. A WebSocket takes a stream ([RFC 8441](extended_connect)). There is no push, no other CONNECT, and no upgrade.
//!
//! Limits beyond those that h2 has by itself: streams at a time, the size of a head, and how many requests a client
//! may take back (the "rapid reset" attack).

mod extended_connect;

use std::cell::Cell;
use std::fmt::Write;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, COOKIE, HOST, TRANSFER_ENCODING};
use http::uri::Authority;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

use crate::body::Body;
use crate::http1::{
    ConnectionError, Connections, Entry, HttpService, InFlight, NoResponse, Options, RequestHead,
    ResponseBody, State, leave_body_behind, refusal, request_body,
};
use crate::listener::PeerInfo;
use crate::transport::Transport;
use extended_connect::Connect;

/// How HTTP/2 without TLS opens, up to the point that tells it from HTTP/1.
pub(crate) const PREFACE_START: &[u8] = b"PRI * HTTP/2";

/// Requests that a client has at work at a time.
const MAX_STREAMS: u32 = 128;
/// Bytes of a head, uncompressed, with 32 for each line.
const MAX_HEAD_SIZE: u32 = 64 << 10;
/// What a client may send of one body, and of all bodies, before it is read.
const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = 1 << 20;
const SEND_BUFFER: usize = 256 << 10;
/// So many requests more than those that were answered may a client take back.
const MAX_RESETS: u32 = 100;
/// How long a client may take to confirm the end of an idle connection.
const GOODBYE_TIME: Duration = Duration::from_secs(5);

/// Spawns the streams of a connection on its loop.
#[derive(Clone, Copy)]
struct OnLoop;

impl<F: Future + 'static> hyper::rt::Executor<F> for OnLoop {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(async move {
            future.await;
        });
    }
}

/// Serves one connection until it closes.
pub async fn serve_connection<T: Transport, S: HttpService>(
    stream: T,
    client: PeerInfo,
    service: Rc<S>,
    options: &Options,
    connections: &Connections,
) -> Result<(), ConnectionError> {
    let entry = connections.enter(options.head_timeout);
    serve(stream, Rc::new(client), service, entry, options).await
}

/// The same for a connection that is in the set already.
pub(crate) async fn serve<T: Transport, S: HttpService>(
    stream: T,
    client: Rc<PeerInfo>,
    service: Rc<S>,
    entry: Entry,
    options: &Options,
) -> Result<(), ConnectionError> {
    let state = Rc::clone(entry.state());
    let tally = Rc::new(Tally {
        state: Rc::clone(&state),
        resets: Cell::new(0),
    });
    let per_request = Rc::clone(&tally);
    let body_timeout = options.body_timeout;
    let service = service_fn(move |request: Request<Incoming>| {
        let (service, client) = (Rc::clone(&service), Rc::clone(&client));
        let request_tally = Answering::new(&per_request);
        async move {
            let state = &request_tally.tally.state;
            let response = answer(service, client, request, body_timeout, state).await;
            request_tally.finish(response)
        }
    });
    let connection = hyper::server::conn::http2::Builder::new(OnLoop)
        .auto_date_header(false)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEAD_SIZE)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .enable_connect_protocol()
        .serve_connection(TokioIo::new(stream), service);
    // Not on the stack: it is large, and this future is part of the one of every connection.
    let mut connection = Box::pin(connection);
    let mut goodbye: Option<Pin<Box<tokio::time::Sleep>>> = None;
    let mut told_to_end = false;
    poll_fn(|cx| {
        state.remember_waker(cx);
        if tally.resets.get() > MAX_RESETS {
            return Err(ConnectionError::Refused(
                "the client takes back too many requests".to_owned(),
            ))
            .into();
        }
        if !told_to_end && (state.is_draining() || state.is_expired()) {
            told_to_end = true;
            connection.as_mut().graceful_shutdown();
        }
        if state.is_expired() && !state.is_in_flight() {
            let goodbye = goodbye.get_or_insert_with(|| Box::pin(tokio::time::sleep(GOODBYE_TIME)));
            if goodbye.as_mut().poll(cx).is_ready() {
                return Err(ConnectionError::TimedOut).into();
            }
        }
        connection.as_mut().poll(cx).map_err(failure)
    })
    .await
}

#[cold]
fn failure(error: hyper::Error) -> ConnectionError {
    let source = std::error::Error::source(&error).map(ToString::to_string);
    ConnectionError::Failed(source.unwrap_or_else(|| error.to_string()))
}

/// Counts the requests that a client takes back against those that are answered.
struct Tally {
    state: Rc<State>,
    resets: Cell<u32>,
}

/// One request at work.
struct Answering {
    tally: Rc<Tally>,
    in_flight: Option<InFlight>,
}

impl Answering {
    fn new(tally: &Rc<Tally>) -> Self {
        Self {
            in_flight: Some(InFlight::new(&tally.state)),
            tally: Rc::clone(tally),
        }
    }

    /// The response keeps the connection busy until it is sent.
    fn finish(
        mut self,
        response: Result<Response<Body>, NoResponse>,
    ) -> Result<Response<ResponseBody>, NoResponse> {
        let resets = &self.tally.resets;
        resets.set(resets.get().saturating_sub(1));
        let in_flight = self.in_flight.take();
        response.map(|response| response.map(|body| ResponseBody::new(body, in_flight)))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        if self.in_flight.is_some() {
            let resets = &self.tally.resets;
            resets.set(resets.get() + 1);
            if resets.get() > MAX_RESETS {
                self.tally.state.wake();
            }
        }
    }
}

async fn answer<S: HttpService>(
    service: Rc<S>,
    client: Rc<PeerInfo>,
    request: Request<Incoming>,
    body_timeout: Option<Duration>,
    state: &Rc<State>,
) -> Result<Response<Body>, NoResponse> {
    let (mut head, incoming) = request.into_parts();
    let is_head = head.method == Method::HEAD;
    let connect = match head.method {
        Method::CONNECT => Connect::of(&mut head),
        _ => None,
    };
    let refused = match as_http1(&mut head) {
        Ok(()) => refusal(&head, service.needs_host()),
        Err(status) => Some(plain(status)),
    };
    let mut response = match refused {
        None => {
            let body = request_body(incoming, body_timeout);
            service.call(head, body, client).await?
        }
        Some(refused) => refused,
    };
    if let Some(connect) = connect {
        response = connect.answer(response, InFlight::new(state));
    }
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        // It takes a connection of its own.
        response = plain(StatusCode::INTERNAL_SERVER_ERROR);
    }
    if is_head {
        leave_body_behind(&mut response);
    }
    let headers = response.headers_mut();
    headers.remove(TRANSFER_ENCODING);
    headers.remove(CONNECTION);
    Ok(response)
}

/// Gives a head the form that it would have in HTTP/1.1.
fn as_http1(head: &mut RequestHead) -> Result<(), StatusCode> {
    if head.method == Method::CONNECT {
        return Err(StatusCode::NOT_IMPLEMENTED);
    }
    if let Some(authority) = head.uri.authority() {
        let host = host_of(authority).map_err(|_| StatusCode::BAD_REQUEST)?;
        head.headers.insert(HOST, host);
    }
    let mut cookies = head.headers.get_all(COOKIE).iter();
    if let (Some(first), Some(_)) = (cookies.next(), cookies.next()) {
        let mut joined = first.as_bytes().to_vec();
        for crumb in head.headers.get_all(COOKIE).iter().skip(1) {
            joined.extend_from_slice(b"; ");
            joined.extend_from_slice(crumb.as_bytes());
        }
        let joined = HeaderValue::from_maybe_shared(Bytes::from(joined))
            .map_err(|_| StatusCode::BAD_REQUEST)?;
        head.headers.insert(COOKIE, joined);
    }
    Ok(())
}

/// The authority without a user.
fn host_of(authority: &Authority) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
    let mut text = String::with_capacity(authority.as_str().len());
    text.push_str(authority.host());
    if let Some(port) = authority.port() {
        // Writing to a string cannot fail.
        let _ = write!(text, ":{port}");
    }
    HeaderValue::from_maybe_shared(Bytes::from(text))
}

#[cold]
fn plain(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::from(status.canonical_reason().unwrap_or_default()));
    *response.status_mut() = status;
    response
}
