//! An accepted connection, TCP or Unix alike.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use super::Load;
use crate::transport::Transport;

/// A connection on the current loop, TCP or Unix.
#[derive(Debug)]
pub struct Stream {
    pub(super) kind: StreamKind,
    pub(super) _load: Option<Load>,
}

#[derive(Debug)]
pub(super) enum StreamKind {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    /// The address that the client connected to. `None` for a Unix socket.
    pub fn local_address(&self) -> Option<String> {
        match &self.kind {
            StreamKind::Tcp(stream) => Some(stream.local_addr().ok()?.to_string()),
            StreamKind::Unix(_) => None,
        }
    }
}

macro_rules! either {
    ($self:ident, $stream:ident => $body:expr) => {
        match &mut $self.kind {
            StreamKind::Tcp($stream) => $body,
            StreamKind::Unix($stream) => $body,
        }
    };
}

impl Transport for Stream {
    fn poll_reset(&self, cx: &mut Context<'_>) -> Poll<io::Error> {
        match &self.kind {
            StreamKind::Tcp(stream) => stream.poll_reset(cx),
            StreamKind::Unix(stream) => stream.poll_reset(cx),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_read(cx, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        either!(self, stream => Pin::new(stream).poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self, stream => Pin::new(stream).poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }
}
