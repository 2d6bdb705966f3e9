//! The body of an answer whose request had a signal: it breaks when that aborts, and then lets go of its producer at
//! once, whether or not somebody reads.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use jsg::Lock;
use net::{Body, BodyError};

use crate::abort::{AbortRegistration, AbortSignal};
use crate::streams::native::thrown;

/// Breaks what it is asked to guard when the signal aborts.
pub struct Breaker {
    state: Rc<RefCell<State>>,
    _registration: AbortRegistration,
}

#[derive(Default)]
struct State {
    body: Option<Body>,
    broken: Option<BodyError>,
    reader: Option<Waker>,
}

impl Breaker {
    pub fn new(js: &mut Lock<'_, '_>, signal: &AbortSignal) -> Self {
        let state = Rc::<RefCell<State>>::default();
        let breaking = Rc::clone(&state);
        let registration = signal.on_abort(js, move |js, reason| {
            let error = thrown(js, reason);
            let (body, reader) = {
                let mut state = breaking.borrow_mut();
                state.broken = Some(error);
                (state.body.take(), state.reader.take())
            };
            // Outside of the borrow: neither's code is ours.
            drop(body);
            if let Some(reader) = reader {
                reader.wake();
            }
        });
        Self {
            state,
            _registration: registration,
        }
    }

    /// The body, which from now on breaks with the signal. One that is all there cannot break.
    pub fn guard(self, body: Body) -> Body {
        if !body.is_stream() {
            return body;
        }
        let length = body.length();
        let mut state = self.state.borrow_mut();
        if state.broken.is_none() {
            state.body = Some(body);
        }
        drop(state);
        Body::stream(Guarded(self), length)
    }
}

struct Guarded(Breaker);

impl futures::Stream for Guarded {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let state = &self.0.state;
        // Taken while it is read: its producer may be guest code, which may abort the signal.
        let mut body = {
            let mut state = state.borrow_mut();
            if let Some(error) = state.broken.take() {
                return Poll::Ready(Some(Err(error)));
            }
            match state.body.take() {
                Some(body) => body,
                None => return Poll::Ready(None),
            }
        };
        let item = body.poll_next(cx);
        let mut state = state.borrow_mut();
        if state.broken.is_none() && !matches!(item, Poll::Ready(None | Some(Err(_)))) {
            state.body = Some(body);
            if item.is_pending() {
                state.reader = Some(cx.waker().clone());
            }
        }
        item
    }
}
