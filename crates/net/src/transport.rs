//! Connections as streams of bytes, whatever they run over.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// What HTTP runs over: bytes both ways, and a way to notice that the peer has gone.
pub trait Transport: AsyncRead + AsyncWrite + Unpin + 'static {
    /// Ready once the peer has reset the connection. An orderly end of what the peer sends is no reset: it may still
    /// wait for the answer. Detection is best effort while unread bytes wait.
    fn poll_reset(&self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let _ = cx;
        Poll::Pending
    }

    /// Ready once the peer has gone for good, where that can be known without reading or writing.
    fn poll_hangup(&self, cx: &mut Context<'_>) -> Poll<()> {
        let _ = cx;
        Poll::Pending
    }
}

impl Transport for tokio::io::DuplexStream {}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn poll_reset(&self, cx: &mut Context<'_>) -> Poll<io::Error> {
        (**self).poll_reset(cx)
    }

    fn poll_hangup(&self, cx: &mut Context<'_>) -> Poll<()> {
        (**self).poll_hangup(cx)
    }
}

impl Transport for TcpStream {
    fn poll_reset(&self, cx: &mut Context<'_>) -> Poll<io::Error> {
        pending_error(self.poll_read_ready(cx), || self.take_error())
    }
}

impl Transport for UnixStream {
    fn poll_reset(&self, cx: &mut Context<'_>) -> Poll<io::Error> {
        pending_error(self.poll_read_ready(cx), || self.take_error())
    }
}

fn pending_error(
    readable: Poll<io::Result<()>>,
    take_error: impl FnOnce() -> io::Result<Option<io::Error>>,
) -> Poll<io::Error> {
    match readable {
        Poll::Pending => Poll::Pending,
        Poll::Ready(Err(error)) => Poll::Ready(error),
        Poll::Ready(Ok(())) => match take_error() {
            Ok(None) => Poll::Pending,
            Ok(Some(error)) | Err(error) => Poll::Ready(error),
        },
    }
}

/// A connection of which the beginning was read already.
pub(crate) struct Rewound<T> {
    pub(crate) read_ahead: Bytes,
    pub(crate) stream: T,
}

impl<T: Transport> Transport for Rewound<T> {
    fn poll_reset(&self, cx: &mut Context<'_>) -> Poll<io::Error> {
        self.stream.poll_reset(cx)
    }
}

impl<T: Transport> AsyncRead for Rewound<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read_ahead.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        let taken = self.read_ahead.len().min(buffer.remaining());
        buffer.put_slice(&self.read_ahead[..taken]);
        self.read_ahead.advance(taken);
        Poll::Ready(Ok(()))
    }
}

impl<T: Transport> AsyncWrite for Rewound<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
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
