//! Between hyper and the socket: the heads of requests for a WebSocket are spelled as the standard does.

use std::cell::Cell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite};

use super::connector::Connected;
use crate::transport::read_through;
use crate::websocket::handshake;

pub(super) struct ClientIo {
    pub(super) stream: Connected,
    /// What is written now is the head of a request that asks for another protocol.
    pub(super) is_upgrading: Rc<Cell<bool>>,
}

impl AsyncRead for ClientIo {
    read_through!(stream);
}

impl AsyncWrite for ClientIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_upgrading.get() {
            return Pin::new(&mut self.stream).poll_write(cx, &handshake::spelled(bytes));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let (true, Some(first)) = (self.is_upgrading.get(), slices.first()) {
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
