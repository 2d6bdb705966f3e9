//! Between hyper and the socket.
//!
//! hyper answers a request that it cannot parse with a head of its own, without a text, and reports the error only
//! afterwards. So what looks like such an answer is held back until the connection ends, when it is known whether it
//! was one. On the good path that is one comparison of a write's last bytes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite};

use super::connections::State;
use crate::transport::{Transport, read_through};
use crate::websocket::handshake;

pub(super) struct ServerIo<T> {
    stream: T,
    state: Rc<State>,
    held: Option<Vec<u8>>,
}

impl<T: Transport> ServerIo<T> {
    pub(super) fn new(stream: T, state: Rc<State>) -> Self {
        Self {
            stream,
            state,
            held: None,
        }
    }

    /// The stream, and the answer held back.
    pub(super) fn into_parts(self) -> (T, Option<Vec<u8>>) {
        (self.stream, self.held)
    }

    fn note(&self, written: &Poll<io::Result<usize>>) {
        self.state.write_blocked.set(written.is_pending());
    }

    /// Holds `bytes` back if they are nothing but a refusal; otherwise says how many come before the refusal.
    #[cold]
    fn hold(&mut self, bytes: &[u8], refusal: usize) -> Option<usize> {
        if refusal == 0 {
            self.held = Some(bytes.to_vec());
            return None;
        }
        Some(refusal)
    }
}

/// The end of every refusal by hyper.
const REFUSAL_END: &[u8] = b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
const REFUSAL_MAX: usize = 128;

/// Where in `bytes` a refusal starts that reaches to the end.
#[inline]
fn find_refusal(bytes: &[u8]) -> Option<usize> {
    if bytes.ends_with(REFUSAL_END) {
        find_refusal_start(bytes)
    } else {
        None
    }
}

#[cold]
fn find_refusal_start(bytes: &[u8]) -> Option<usize> {
    let head_end = bytes.len() - REFUSAL_END.len();
    let from = bytes.len().saturating_sub(REFUSAL_MAX);
    let line = bytes[from..head_end]
        .windows(7)
        .rposition(|window| window == b"HTTP/1.")
        .map(|at| from + at)?;
    let status = bytes.get(line + 9..line + 12)?;
    let is_refusal =
        [&b"400"[..], b"414", b"431"].contains(&status) && !bytes[line..head_end].contains(&b'\r');
    is_refusal.then_some(line)
}

/// The status and reason of a refusal's first line.
pub(super) fn status_of(refusal: &[u8]) -> &str {
    let line = refusal
        .split(|&byte| byte == b'\r')
        .next()
        .unwrap_or_default();
    line.get(9..)
        .and_then(|status| std::str::from_utf8(status).ok())
        .unwrap_or("400 Bad Request")
}

impl<T: Transport> AsyncRead for ServerIo<T> {
    read_through!(stream);
}

impl<T: Transport> AsyncWrite for ServerIo<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut bytes = bytes;
        if let Some(refusal) = find_refusal(bytes) {
            match self.hold(bytes, refusal) {
                Some(before) => bytes = &bytes[..before],
                None => return Poll::Ready(Ok(bytes.len())),
            }
        }
        let written = if self.state.has_upgrade() {
            Pin::new(&mut self.stream).poll_write(cx, &handshake::spelled(bytes))
        } else {
            Pin::new(&mut self.stream).poll_write(cx, bytes)
        };
        self.note(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // A refusal is always in the first slice: hyper queues heads in one buffer, and only bodies behind it.
        if let [only] = slices {
            return self.poll_write(cx, only);
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.note(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper calls this each time it has nothing more to do, which makes it the place to look for a reset.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.state.is_in_flight()
            && let Poll::Ready(error) = self.stream.poll_reset(cx)
        {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Left to the end of the connection's future, which may have something to write before.
    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_refusal_at_the_end_only() {
        let refusal = "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        let ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(find_refusal(refusal.as_bytes()), Some(0));
        assert_eq!(
            find_refusal(format!("{ok}{refusal}").as_bytes()),
            Some(ok.len())
        );
        assert_eq!(find_refusal(format!("{refusal}{ok}").as_bytes()), None);
        assert_eq!(find_refusal(ok.as_bytes()), None);
        assert_eq!(
            find_refusal(b"HTTP/1.1 400 Bad Request\r\nX: y\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
            None
        );
        assert_eq!(
            status_of(refusal.as_bytes()),
            "431 Request Header Fields Too Large"
        );
    }
}
