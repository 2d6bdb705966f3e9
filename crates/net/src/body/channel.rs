//! A bounded byte channel between a producer and a body on the same loop.
//!
//! The bound counts bytes, not chunks. A chunk larger than the bound passes when the queue is empty, so that memory
//! stays below the bound plus one chunk.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use super::BodyError;

/// The body was dropped: nobody will read what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body was dropped by its reader")]
pub struct Closed;

/// Feeds a body. Dropped without [`finish`](Self::finish), it truncates the body, and the reader sees an error.
pub struct BodySender {
    shared: Rc<RefCell<Shared>>,
}

pub(super) struct Receiver {
    shared: Rc<RefCell<Shared>>,
}

struct Shared {
    queue: VecDeque<Bytes>,
    queued: usize,
    bound: usize,
    end: End,
    receiver_gone: bool,
    sender_waker: Option<Waker>,
    receiver_waker: Option<Waker>,
    /// Runs when the body leaves whoever made it.
    on_leave: Option<Box<dyn FnOnce()>>,
}

enum End {
    Open,
    Finished,
    Failed(BodyError),
}

pub(super) fn new(bound: usize) -> (BodySender, Receiver) {
    let shared = Rc::new(RefCell::new(Shared {
        queue: VecDeque::new(),
        queued: 0,
        bound,
        end: End::Open,
        receiver_gone: false,
        sender_waker: None,
        receiver_waker: None,
        on_leave: None,
    }));
    (
        BodySender {
            shared: Rc::clone(&shared),
        },
        Receiver { shared },
    )
}

impl BodySender {
    /// Waits for room, then queues the chunk.
    pub async fn send(&mut self, bytes: Bytes) -> Result<(), Closed> {
        poll_fn(|cx| self.poll_ready(cx)).await?;
        self.push(bytes);
        Ok(())
    }

    /// Ready when there is room for a chunk.
    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        let mut shared = self.shared.borrow_mut();
        if shared.receiver_gone {
            Poll::Ready(Err(Closed))
        } else if shared.queued == 0 || shared.queued < shared.bound {
            Poll::Ready(Ok(()))
        } else {
            shared.sender_waker = Some(cx.waker().clone());
            Poll::Pending
        }
    }

    /// Completes when the reader drops the body.
    pub async fn closed(&mut self) {
        poll_fn(|cx| self.poll_closed(cx)).await;
    }

    /// Ready when the reader has dropped the body.
    pub fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut shared = self.shared.borrow_mut();
        if shared.receiver_gone {
            return Poll::Ready(());
        }
        shared.sender_waker = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Says what to do when the body is handed to somebody outside: its producer must go on then,
    /// whatever becomes of the event that it belongs to.
    pub fn on_leave(&self, callback: impl FnOnce() + 'static) {
        self.shared.borrow_mut().on_leave = Some(Box::new(callback));
    }

    /// Ends the body properly.
    pub fn finish(self) {
        self.end(End::Finished);
    }

    /// Ends the body with an error, after what was queued.
    pub fn abort(self, reason: impl Into<String>) {
        self.end(End::Failed(BodyError::Aborted(reason.into())));
    }

    /// As [`abort`](Self::abort), with any error.
    pub fn fail(self, error: BodyError) {
        self.end(End::Failed(error));
    }

    fn push(&mut self, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        let waker = {
            let mut shared = self.shared.borrow_mut();
            shared.queued += bytes.len();
            shared.queue.push_back(bytes);
            shared.receiver_waker.take()
        };
        wake(waker);
    }

    fn end(&self, end: End) {
        let waker = {
            let mut shared = self.shared.borrow_mut();
            if !matches!(shared.end, End::Open) {
                return;
            }
            shared.end = end;
            shared.receiver_waker.take()
        };
        wake(waker);
    }
}

impl Drop for BodySender {
    fn drop(&mut self) {
        // No effect after `finish` or `abort`.
        self.end(End::Failed(BodyError::Incomplete));
    }
}

impl Receiver {
    pub(super) fn leave(&self) {
        let callback = self.shared.borrow_mut().on_leave.take();
        if let Some(callback) = callback {
            callback();
        }
    }

    pub(super) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        let (item, waker) = {
            let mut shared = self.shared.borrow_mut();
            match shared.queue.pop_front() {
                Some(bytes) => {
                    shared.queued -= bytes.len();
                    (Some(Ok(bytes)), shared.sender_waker.take())
                }
                None => match &shared.end {
                    End::Finished => (None, None),
                    End::Failed(error) => (Some(Err(error.clone())), None),
                    End::Open => {
                        shared.receiver_waker = Some(cx.waker().clone());
                        return Poll::Pending;
                    }
                },
            }
        };
        wake(waker);
        Poll::Ready(item)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let (waker, queue) = {
            let mut shared = self.shared.borrow_mut();
            shared.receiver_gone = true;
            shared.queued = 0;
            (
                shared.sender_waker.take(),
                std::mem::take(&mut shared.queue),
            )
        };
        drop(queue);
        wake(waker);
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use futures::executor::block_on;

    use super::super::Body;
    use super::*;

    const A: Bytes = Bytes::from_static(b"aaaa");

    #[test]
    fn sender_waits_at_the_bound() {
        let (mut sender, mut body) = Body::channel(6);
        assert_eq!(sender.send(A).now_or_never(), Some(Ok(())));
        assert_eq!(sender.send(A).now_or_never(), Some(Ok(())));
        assert_eq!(sender.send(A).now_or_never(), None);
        assert_eq!(block_on(body.next()), Some(Ok(A)));
        assert_eq!(sender.send(A).now_or_never(), Some(Ok(())));
    }

    #[test]
    fn a_large_chunk_passes_an_empty_queue() {
        let (mut sender, _body) = Body::channel(0);
        assert_eq!(sender.send(A).now_or_never(), Some(Ok(())));
        assert_eq!(sender.send(A).now_or_never(), None);
    }

    #[test]
    fn the_end_tells_finished_from_truncated() {
        for (end, expected) in [
            (BodySender::finish as fn(BodySender), None),
            (drop as fn(BodySender), Some(Err(BodyError::Incomplete))),
            (
                |sender| sender.abort("x"),
                Some(Err(BodyError::Aborted("x".into()))),
            ),
        ] {
            let (mut sender, mut body) = Body::channel(6);
            block_on(sender.send(A)).unwrap();
            end(sender);
            assert_eq!(block_on(body.next()), Some(Ok(A)));
            assert_eq!(block_on(body.next()), expected);
            assert_eq!(block_on(body.next()), None);
        }
    }

    #[test]
    fn sender_learns_that_the_body_is_gone() {
        let (mut sender, body) = Body::channel(6);
        assert_eq!(sender.closed().now_or_never(), None);
        drop(body);
        assert_eq!(sender.closed().now_or_never(), Some(()));
        assert_eq!(block_on(sender.send(A)), Err(Closed));
    }
}
