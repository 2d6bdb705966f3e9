//! Responses with more header lines than hyper keeps on its stack.
//!
//! For more it allocates room for all that are allowed, for every response. So it is asked to only when it has refused
//! one: the bytes are still there to be read again, by a connection that sends its request into the void.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use http::{Method, Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::body::Body;
use crate::http1::Upgraded;

/// The most header lines of a response.
const MAX_HEADERS: usize = 16 * 1024;

/// Reads the response to a request with `method` that was sent on `connection`, which ends with it.
pub async fn read(connection: Upgraded, method: Method) -> hyper::Result<Response<Incoming>> {
    let (mut sender, connection) = http1::Builder::new()
        .max_headers(MAX_HEADERS)
        .handshake::<_, Body>(TokioIo::new(ReadOnly {
            connection,
            asked: false,
            reader: None,
        }))
        .await?;
    tokio::task::spawn_local(async move {
        // Whoever reads the response is told.
        let _ = connection.await;
    });
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method;
    sender.send_request(request).await
}

/// What is written goes nowhere. Nothing can be read before: an answer that nobody has asked for is none.
struct ReadOnly {
    connection: Upgraded,
    asked: bool,
    reader: Option<Waker>,
}

impl AsyncRead for ReadOnly {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.asked {
            self.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Pin::new(&mut self.connection).poll_read(cx, buffer)
    }
}

impl AsyncWrite for ReadOnly {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.asked = true;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(cx)
    }
}
