//! Connections as streams of bytes, whatever they run over.

/// `poll_read` of a type that hands reading on to one of its fields, after bytes that another one holds.
macro_rules! read_through {
    ($io:ident $(after $ahead:ident)?) => {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buffer: &mut tokio::io::ReadBuf<'_>,
        ) -> Poll<std::io::Result<()>> {
            $(if !self.$ahead.is_empty() {
                let count = self.$ahead.len().min(buffer.remaining());
                buffer.put_slice(&self.$ahead.split_to(count));
                return Poll::Ready(Ok(()));
            })?
            Pin::new(&mut self.$io).poll_read(cx, buffer)
        }
    };
}
pub(crate) use read_through;

/// All of `AsyncWrite` for a type that hands writing on to one of its fields.
macro_rules! write_through {
    ($io:ident) => {
        fn poll_write(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<std::io::Result<usize>> {
            Pin::new(&mut self.$io).poll_write(cx, bytes)
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            slices: &[std::io::IoSlice<'_>],
        ) -> Poll<std::io::Result<usize>> {
            Pin::new(&mut self.$io).poll_write_vectored(cx, slices)
        }

        fn is_write_vectored(&self) -> bool {
            self.$io.is_write_vectored()
        }

        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Pin::new(&mut self.$io).poll_flush(cx)
        }

        fn poll_shutdown(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<std::io::Result<()>> {
            Pin::new(&mut self.$io).poll_shutdown(cx)
        }
    };
}
pub(crate) use write_through;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};
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
    read_through!(stream after read_ahead);
}

impl<T: Transport> AsyncWrite for Rewound<T> {
    write_through!(stream);
}
