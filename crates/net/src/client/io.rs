//! Between hyper and the socket: the heads of requests for a WebSocket are spelled as the standard does, and it is noted
//! whether the server has answered at all.

use std::cell::Cell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connector::Connected;
use crate::websocket::handshake;

pub(super) struct ClientIo {
    pub(super) stream: Connected,
    pub(super) exchange: Rc<Exchange>,
}

/// What is known of the exchange under way.
#[derive(Default)]
pub(super) struct Exchange {
    /// What is written now is the head of a request that asks for another protocol.
    pub(super) is_upgrading: Cell<bool>,
    /// The server has sent something since the request went out.
    pub(super) is_heard: Cell<bool>,
}

impl AsyncRead for ClientIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.exchange.is_heard.set(true);
        }
        polled
    }
}

impl AsyncWrite for ClientIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.exchange.is_upgrading.get() {
            return Pin::new(&mut self.stream).poll_write(cx, &handshake::spelled(bytes));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let (true, Some(first)) = (self.exchange.is_upgrading.get(), slices.first()) {
            return self.poll_write(cx, first);
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
