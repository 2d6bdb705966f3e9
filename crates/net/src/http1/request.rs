//! From hyper's request to a call of the service, and the answers that need no service.

use std::future::{Future, poll_fn, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::future::Either;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};

use super::connections::{InFlight, State};
use super::expected::{Expected, expects_continue};
use super::{HttpService, NoResponse, RequestHead};
use crate::body::{Body, BodyError};
use crate::listener::PeerInfo;
use crate::methods::METHODS;
use crate::websocket::handshake::Asked;

pub(super) fn adapter<S: HttpService>(
    service: Rc<S>,
    client: Rc<PeerInfo>,
    state: Rc<State>,
    body_timeout: Option<Duration>,
) -> impl Service<
    Request<Incoming>,
    Response = Response<ResponseBody>,
    Error = NoResponse,
    Future = impl Future<Output = Result<Response<ResponseBody>, NoResponse>>,
> + Unpin {
    service_fn(move |request: Request<Incoming>| {
        let (service, client, state) = (Rc::clone(&service), Rc::clone(&client), Rc::clone(&state));
        let in_flight = InFlight::new(&state);
        let (mut head, incoming) = request.into_parts();
        detach(&mut head.headers);
        let has_body = !http_body::Body::is_end_stream(&incoming);
        let asked = Asked::of(&head);
        let is_head = head.method == Method::HEAD;
        let expected = (has_body && expects_continue(&head)).then(Rc::<Expected>::default);
        // Called out here: what it is called with would otherwise be a part of the future, and be moved with it.
        let answered = match refusal(&head, service.needs_host()) {
            None => {
                let body = match &expected {
                    Some(expected) => Expected::body(expected, incoming, body_timeout),
                    None => request_body(incoming, body_timeout),
                };
                Either::Left(service.call(head, body, client))
            }
            Some(refusal) => Either::Right(ready(Ok(refusal))),
        };
        async move {
            let mut response = answered.await?;
            if let Some(web_socket) = response.body_mut().take_web_socket() {
                // Services see to it that only those get a WebSocket who ask for it.
                response = asked.ok_or(NoResponse)?.accept(response, web_socket);
            }
            if is_head {
                leave_body_behind(&mut response);
            }
            if let Some(expected) = expected.filter(|_| response.body().is_stream()) {
                poll_fn(|cx| expected.poll_ask(cx)).await;
            }
            if has_body {
                // hyper drains a body that the service dropped, or gives the connection up, and must do so before
                // it writes the head for the head to say `Connection: close`.
                yield_once().await;
            }
            if let Some(callback) = response.body_mut().take_upgrade() {
                state.set_upgrade(callback);
            }
            Ok(response.map(|body| {
                let in_flight = body.is_stream().then_some(in_flight);
                ResponseBody::new(body, in_flight)
            }))
        }
    })
}

/// Copies the values of a head out of the connection's read buffer, all into one allocation.
///
/// What a Worker gets may live until the next garbage collection. As long as its head shared the buffer, hyper could
/// not read into it again and had to allocate another one for the next message.
pub(crate) fn detach(headers: &mut HeaderMap) {
    let total = headers.values().map(HeaderValue::len).sum();
    let mut text = BytesMut::with_capacity(total);
    for value in headers.values() {
        text.extend_from_slice(value.as_bytes());
    }
    let mut text = text.freeze();
    for value in headers.values_mut() {
        let sensitive = value.is_sensitive();
        let own = text.split_to(value.len());
        if let Ok(mut own) = HeaderValue::from_maybe_shared(own) {
            own.set_sensitive(sensitive);
            *value = own;
        }
    }
}

/// The body of a request, broken off when no byte of it comes for `limit`.
pub(crate) fn request_body(body: Incoming, limit: Option<Duration>) -> Body {
    let limit = match limit {
        Some(limit) if !http_body::Body::is_end_stream(&body) => limit,
        _ => return Body::from(body),
    };
    let length = http_body::Body::size_hint(&body).exact();
    let chunks = futures::stream::unfold(Some(Body::from(body)), move |body| async move {
        let mut body = body?;
        match tokio::time::timeout(limit, body.next()).await {
            Ok(chunk) => Some((chunk?, Some(body))),
            Err(_) => {
                let late = BodyError::Connection("the client sent no more of the body".to_owned());
                Some((Err(late), None))
            }
        }
    });
    Body::stream(chunks, length)
}

/// Makes a response one to HEAD. Whoever makes its body sees all of it taken, as if it were sent.
pub(crate) fn leave_body_behind(response: &mut Response<Body>) {
    if response.body().is_empty() {
        // Or a connection.
        return;
    }
    let body = std::mem::take(response.body_mut());
    if let Some(length) = body.length() {
        let headers = response.headers_mut();
        headers.entry(CONTENT_LENGTH).or_insert(length.into());
    }
    body.swallow();
}

async fn yield_once() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A response's body that keeps its connection busy until it is sent.
pub(crate) struct ResponseBody {
    body: Body,
    _in_flight: Option<InFlight>,
}

impl ResponseBody {
    pub(crate) fn new(body: Body, in_flight: Option<InFlight>) -> Self {
        Self {
            body,
            _in_flight: in_flight,
        }
    }
}

impl http_body::Body for ResponseBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = self.body.poll_next(cx).map_ok(Frame::data);
        if let Poll::Ready(Some(Err(error))) = &frame {
            error.log();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The answer to a request that parses but that no service gets to see.
pub(crate) fn refusal(head: &RequestHead, needs_host: bool) -> Option<Response<Body>> {
    if !is_known(&head.method) {
        return Some(unknown_method());
    }
    match head.headers.get(HOST) {
        // The target has the host already.
        _ if head.method == Method::CONNECT => None,
        Some(host) if !host.is_empty() => None,
        _ if !needs_host => None,
        _ => Some(missing_host()),
    }
}

fn is_known(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::POST | Method::CONNECT)
        || METHODS.contains(&method.as_str())
}

#[cold]
fn unknown_method() -> Response<Body> {
    let text = "ERROR: Unrecognized request method.";
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::NOT_IMPLEMENTED;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

#[cold]
fn missing_host() -> Response<Body> {
    let mut response = Response::new(Body::from("Bad Request"));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}
