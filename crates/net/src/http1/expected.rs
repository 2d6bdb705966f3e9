//! Bodies that a client sends only when it is asked to (RFC 9110 §10.1.1).
//!
//! hyper asks as soon as somebody reads, but not any more once it has the head of the response. A response that is made
//! of the request's body is read only after that, so its body is asked for before.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::EXPECT;
use hyper::body::Incoming;

use super::RequestHead;
use super::request::request_body;
use crate::body::{Body, BodyError};

/// The body of a request, kept in reach as long as its reader has it.
#[derive(Default)]
pub(super) struct Expected(RefCell<State>);

#[derive(Default)]
struct State {
    /// Gone with its reader.
    body: Option<Body>,
    /// Somebody has read.
    is_asked_for: bool,
    /// What came of asking.
    first: Option<Option<Result<Bytes, BodyError>>>,
}

impl Expected {
    /// The body for the service.
    pub(super) fn body(this: &Rc<Self>, incoming: Incoming, limit: Option<Duration>) -> Body {
        let body = request_body(incoming, limit);
        let length = body.length();
        this.0.borrow_mut().body = Some(body);
        let reader = Reader(Rc::clone(this));
        let chunks = futures::stream::unfold(reader, async |reader| {
            let chunk = poll_fn(|cx| reader.0.poll(cx)).await?;
            Some((chunk, reader))
        });
        Body::stream(chunks, length)
    }

    /// Asks for the body, if somebody has it who has not done so. Ready at once: what comes of it is kept.
    pub(super) fn poll_ask(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.borrow_mut();
        if state.is_asked_for {
            return Poll::Ready(());
        }
        let State { body, first, .. } = &mut *state;
        if let Some(body) = body
            && let Poll::Ready(chunk) = body.poll_next(cx)
        {
            *first = Some(chunk);
        }
        Poll::Ready(())
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let mut state = self.0.borrow_mut();
        state.is_asked_for = true;
        if let Some(first) = state.first.take() {
            return Poll::Ready(first);
        }
        match &mut state.body {
            Some(body) => body.poll_next(cx),
            None => Poll::Ready(None),
        }
    }
}

/// Who has the body: without one it is dropped, whatever the connection still knows of it.
struct Reader(Rc<Expected>);

impl Drop for Reader {
    fn drop(&mut self) {
        let body = self.0.0.borrow_mut().body.take();
        drop(body);
    }
}

/// Whether a client waits to be asked for the body.
pub(super) fn expects_continue(head: &RequestHead) -> bool {
    let expectation = head.headers.get(EXPECT);
    expectation.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}
