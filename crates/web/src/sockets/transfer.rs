//! Sockets that go to another event by a remote call: what is known of one, and its two streams, of which the other
//! side makes a connection again. TLS cannot be started on it any more.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use ::io::channel::Opened;
use ::io::rpc::{External, Incoming, Outgoing, SocketInfo};
use bytes::{Buf, Bytes};
use futures::future::LocalBoxFuture;
use jsg::clone::{Cloneable, Reader, Writer, data_clone_error};
use jsg::js::{Local, Object};
use jsg::{Error, Handle, Lock, Result};
use net::{Body, Transport};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Socket;
use super::socket::{Parts, Progress, Protocol, SecureTransport};
use crate::streams::{NativeSink, ReadableStream, StreamError, WritableStream};

const NOT_REMOTE: &str = "Socket can only be serialized for RPC.";
const NOT_OPENED: &str = "A Socket can only be serialized after it has opened. Await `socket.opened` before \
    transferring the socket over RPC.";
const FAILED: &str = "A Socket whose connection failed cannot be serialized.";

/// Lets sockets go to other events.
pub fn install(js: &Lock<'_, '_>) {
    jsg::clone::register::<Socket>(js);
}

impl Cloneable for Socket {
    const TAG: u32 = 16;

    fn write<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, to: &Writer<'_>) -> Result<()> {
        let outgoing = to.externals::<Outgoing>();
        let outgoing = outgoing.ok_or_else(|| data_clone_error(NOT_REMOTE))?;
        let socket = this.get();
        match socket.progress.get() {
            Progress::Opening => return Err(data_clone_error(NOT_OPENED)),
            Progress::Failed => return Err(data_clone_error(FAILED)),
            Progress::Opened => {}
        }
        let parts = socket.parts();
        outgoing.push(External::Socket(SocketInfo {
            remote_address: parts.remote_address.unwrap_or_default(),
            local_address: parts.local_address,
            secure_transport: match parts.secure {
                SecureTransport::Off => 0,
                SecureTransport::StartTls => 1,
                SecureTransport::On => 2,
            },
            is_default_fetch_port: parts.default_fetch_port,
            allow_half_open: parts.allow_half_open,
        }));
        let (readable, writable) = (socket.readable_stream(js), socket.writable_stream(js));
        ReadableStream::write(js, readable, to)?;
        WritableStream::write(js, writable, to)?;
        // The streams have it.
        socket.connection.take();
        Ok(())
    }

    fn read<'s>(js: &mut Lock<'s, '_>, from: &Reader<'_>) -> Result<Local<'s, Object>> {
        let incoming = from.externals::<Incoming>();
        let incoming = incoming.ok_or_else(|| data_clone_error(NOT_REMOTE))?;
        let taken = (incoming.take(), incoming.take(), incoming.take());
        let (
            Some(External::Socket(info)),
            Some(External::Readable(body)),
            Some(External::Writable(sink)),
        ) = taken
        else {
            return Err(Error::Internal("a message without its socket".into()));
        };
        let parts = Parts {
            protocol: Protocol::Tcp,
            remote_address: Some(info.remote_address),
            local_address: info.local_address,
            secure: match info.secure_transport {
                0 => SecureTransport::Off,
                1 => SecureTransport::StartTls,
                _ => SecureTransport::On,
            },
            domain: None,
            default_fetch_port: info.is_default_fetch_port,
            allow_half_open: info.allow_half_open,
            high_water_mark: None,
        };
        let halves = Halves {
            body,
            rest: Bytes::new(),
            sink,
            working: None,
            is_shut: false,
        };
        let opened = Opened {
            io: Box::new(halves),
            tls: None,
        };
        let (socket, _) = Self::accept(js, parts, opened)?;
        Ok(socket.object())
    }
}

/// A connection of what is read and what is written.
struct Halves {
    body: Body,
    /// What has come and was not read.
    rest: Bytes,
    sink: Rc<dyn NativeSink>,
    /// What the sink does at the moment.
    working: Option<LocalBoxFuture<'static, std::result::Result<(), StreamError>>>,
    is_shut: bool,
}

impl Halves {
    /// Ready when the sink has done its work.
    fn poll_work(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(working) = &mut self.working else {
            return Poll::Ready(Ok(()));
        };
        let worked = ready!(working.as_mut().poll(cx));
        self.working = None;
        Poll::Ready(worked.map_err(failed))
    }
}

fn failed(error: StreamError) -> io::Error {
    io::Error::other(error.to_string())
}

impl AsyncRead for Halves {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.rest.is_empty() {
            match ready!(self.body.poll_next(cx)) {
                Some(Ok(bytes)) => self.rest = bytes,
                Some(Err(error)) => return Poll::Ready(Err(failed(error))),
                None => return Poll::Ready(Ok(())),
            }
        }
        let count = self.rest.len().min(to.remaining());
        to.put_slice(&self.rest[..count]);
        self.rest.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Halves {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_work(cx))?;
        if !bytes.is_empty() {
            self.working = Some(self.sink.write(Bytes::copy_from_slice(bytes)));
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_work(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_work(cx))?;
        if !self.is_shut {
            self.is_shut = true;
            self.working = Some(self.sink.close());
        }
        self.poll_work(cx)
    }
}

impl Transport for Halves {}
