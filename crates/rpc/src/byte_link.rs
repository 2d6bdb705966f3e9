//! A link over a connection: every frame is written as bytes, after its length.

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, BufMut, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

use crate::frame::Frame;
use crate::link::{Inlet, Link, Outlet};
use crate::{Malformed, wire};

/// The longest frame, in bytes: the largest message of a WebSocket, and room for what is around it.
const MAX_FRAME: usize = (128 << 20) + (64 << 10);
/// Bodies up to this go in the frame that they belong to.
const AT_ONCE: usize = 64 << 10;
/// How much is read at once.
const READ: usize = 64 << 10;
/// The bytes of a length.
const LENGTH: usize = 4;

/// What is to be written, shared by both ends of the connection's use.
#[derive(Default)]
struct Output {
    bytes: BytesMut,
    is_over: bool,
    /// Of whoever writes.
    waker: Option<Waker>,
}

struct ByteOutlet(Rc<RefCell<Output>>);

struct ByteInlet<C> {
    connection: C,
    output: Rc<RefCell<Output>>,
    input: BytesMut,
    is_flushed: bool,
}

/// A link over a connection. Its frames are read, and written, while it is polled for frames.
pub fn over(connection: impl AsyncRead + AsyncWrite + Unpin + 'static) -> Link {
    let output = Rc::<RefCell<Output>>::default();
    Link {
        outlet: Box::new(ByteOutlet(output.clone())),
        inlet: Box::new(ByteInlet {
            connection,
            output,
            input: BytesMut::new(),
            is_flushed: true,
        }),
    }
}

impl Outlet for ByteOutlet {
    fn send(&self, frame: Frame) {
        let mut output = self.0.borrow_mut();
        let start = output.bytes.len();
        output.bytes.put_u32(0);
        wire::encode(&frame, &mut output.bytes);
        let length = output.bytes.len() - start - LENGTH;
        match u32::try_from(length).ok().filter(|_| length <= MAX_FRAME) {
            Some(length) => output.bytes[start..][..LENGTH].copy_from_slice(&length.to_be_bytes()),
            // Without the frame the sides would not agree any more.
            None => {
                output.bytes.truncate(start);
                output.is_over = true;
            }
        }
        if let Some(waker) = output.waker.take() {
            waker.wake();
        }
    }

    fn most_at_once(&self) -> usize {
        AT_ONCE
    }
}

impl Drop for ByteOutlet {
    fn drop(&mut self) {
        let mut output = self.0.borrow_mut();
        output.is_over = true;
        if let Some(waker) = output.waker.take() {
            waker.wake();
        }
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> ByteInlet<C> {
    /// Writes as much as goes. An error shows when reading.
    fn write(&mut self, cx: &mut Context<'_>) {
        let mut output = self.output.borrow_mut();
        output.waker = Some(cx.waker().clone());
        while !output.bytes.is_empty() {
            let written = Pin::new(&mut self.connection).poll_write(cx, &output.bytes);
            match written {
                Poll::Ready(Ok(count)) if count > 0 => output.bytes.advance(count),
                Poll::Ready(_) => {
                    output.is_over = true;
                    return;
                }
                Poll::Pending => return,
            }
            self.is_flushed = false;
        }
        if !self.is_flushed && Pin::new(&mut self.connection).poll_flush(cx).is_ready() {
            self.is_flushed = true;
        }
    }

    /// A frame of what was read, if it is all there.
    fn parse(&mut self) -> Option<Result<Frame, Malformed>> {
        let length = self.input.get(..LENGTH)?;
        let length = length
            .iter()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        if length > MAX_FRAME {
            return Some(Err(Malformed("a frame that is too long")));
        }
        if self.input.len() < LENGTH + length {
            return None;
        }
        self.input.advance(LENGTH);
        Some(wire::decode(self.input.split_to(length).freeze()))
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> Inlet for ByteInlet<C> {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, Malformed>>> {
        self.write(cx);
        loop {
            if self.output.borrow().is_over {
                return Poll::Ready(None);
            }
            if let Some(frame) = self.parse() {
                return Poll::Ready(Some(frame));
            }
            self.input.reserve(READ);
            // The future holds nothing between two polls.
            let read = pin!(self.connection.read_buf(&mut self.input));
            match ready!(read.poll(cx)) {
                Ok(count) if count > 0 => {}
                _ => return Poll::Ready(None),
            }
        }
    }
}
