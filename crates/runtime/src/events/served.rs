//! A response's body on its way to the client: when the client goes before its end, the event hears of it.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use io::IoContext;
use net::{Body, BodyError};

/// Tells `context` whether its client has had all of `body`.
pub(crate) fn watched(context: Rc<IoContext>, body: Body) -> Body {
    let length = body.length();
    let served = Served {
        body: Some(body),
        left: length,
        context,
    };
    Body::stream(served, length)
}

struct Served {
    /// None when it has come to its end.
    body: Option<Body>,
    /// How many bytes are still to come, if that is known: nobody asks for more than those.
    left: Option<u64>,
    context: Rc<IoContext>,
}

impl Stream for Served {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let Poll::Ready(item) = body.poll_next(cx) else {
            return Poll::Pending;
        };
        if let (Some(Ok(bytes)), Some(left)) = (&item, &mut self.left) {
            *left = left.saturating_sub(bytes.len() as u64);
        }
        if !matches!(item, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(item)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        match self.body.take() {
            Some(body) if self.left != Some(0) => {
                // The guest's stream is cancelled before the request's signal aborts.
                drop(body);
                self.context.client_gone();
            }
            _ => self.context.client_served(),
        }
    }
}
