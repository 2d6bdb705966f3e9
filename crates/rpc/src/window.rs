//! What may yet be sent on a stream.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use net::BodyError;

use crate::Malformed;
use crate::frame::{Frame, StreamId};
use crate::session::Session;

/// What may be on the way, in bytes.
pub(crate) const WINDOW: usize = 256 * 1024;

/// What may yet be sent on a stream. One task waits for it.
pub(crate) struct Window {
    /// In bytes; below zero after a large message.
    credit: Cell<i64>,
    /// All was sent.
    pub is_ended: Cell<bool>,
    closed: RefCell<Option<Closed>>,
    waker: RefCell<Option<Waker>>,
}

/// Nobody reads the stream any more, perhaps for a reason.
#[derive(Debug, Clone)]
pub(crate) struct Closed(pub Option<BodyError>);

impl Default for Window {
    fn default() -> Self {
        Self {
            credit: Cell::new(WINDOW as i64),
            is_ended: Cell::new(false),
            closed: RefCell::new(None),
            waker: RefCell::new(None),
        }
    }
}

impl Window {
    /// Waits until something may be sent, and gives how many bytes.
    pub async fn ready(&self) -> Result<usize, Closed> {
        poll_fn(|cx| {
            if let Some(closed) = &*self.closed.borrow() {
                return Poll::Ready(Err(closed.clone()));
            }
            match usize::try_from(self.credit.get()) {
                Ok(credit) if credit > 0 => Poll::Ready(Ok(credit)),
                _ => {
                    self.waker.replace(Some(cx.waker().clone()));
                    Poll::Pending
                }
            }
        })
        .await
    }

    pub fn spend(&self, cost: usize) {
        self.credit.set(self.credit.get() - cost as i64);
    }

    fn poll_closed(&self, cx: &mut Context<'_>) -> Poll<Closed> {
        if let Some(closed) = &*self.closed.borrow() {
            return Poll::Ready(closed.clone());
        }
        self.waker.replace(Some(cx.waker().clone()));
        Poll::Pending
    }

    pub async fn closed(&self) -> Closed {
        poll_fn(|cx| self.poll_closed(cx)).await
    }

    /// Waits for `future` as long as somebody reads.
    pub async fn unless_closed<F: Future>(&self, future: F) -> Result<F::Output, Closed> {
        let mut future = pin!(future);
        poll_fn(|cx| match self.poll_closed(cx) {
            Poll::Ready(closed) => Poll::Ready(Err(closed)),
            Poll::Pending => future.as_mut().poll(cx).map(Ok),
        })
        .await
    }

    /// Sends bytes, as many at a time as may be sent.
    pub async fn send(
        &self,
        session: &Session,
        stream: StreamId,
        mut bytes: Bytes,
    ) -> Result<(), Closed> {
        while !bytes.is_empty() {
            let most = self.ready().await?;
            let bytes = bytes.split_to(most.min(bytes.len()));
            self.spend(bytes.len());
            session.send(Frame::Chunk { stream, bytes });
        }
        Ok(())
    }

    pub fn add(&self, bytes: u32) -> Result<(), Malformed> {
        let credit = self.credit.get() + i64::from(bytes);
        if credit > WINDOW as i64 {
            return Err(Malformed("more credit than was spent"));
        }
        self.credit.set(credit);
        wake(&self.waker);
        Ok(())
    }

    pub fn close(&self, reason: Option<BodyError>) {
        self.closed.replace(Some(Closed(reason)));
        wake(&self.waker);
    }
}

/// Wakes who waits.
pub(crate) fn wake(slot: &RefCell<Option<Waker>>) {
    let waker = slot.take();
    if let Some(waker) = waker {
        waker.wake();
    }
}
