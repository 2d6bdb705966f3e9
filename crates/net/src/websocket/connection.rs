//! Messages over a transport.
//!
//! C1. `queue` holds whole frames, so that a pong can go in behind any of them.
//! C2. The transport knows one task that waits to read: while `is_reading`, it is the one that receives, and nobody else
//!     asks whether the peer has reset the connection. What receives learns it first and passes it on.
//! C3. Whoever flushes flushes everything, and then wakes whoever else waits for that: of the tasks that wait to write,
//!     too, the transport knows one.
//! C4. Most connections wait for their peer, most of the time. Between messages they hold no buffer: what comes is copied.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use super::deflate::{Deflate, Parameters};
use super::frame::{self, Head};
use super::reader::{Reader, Step};
use super::{Error, HeaderOf, Message, NO_STATUS};
use crate::http1::{Kept, Upgraded};
use crate::listener::Transport;

/// Which side of the handshake a connection was on. Clients mask what they send (RFC 6455 §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Client,
    Server,
}

/// Enough for most messages.
const READ_BUFFER: usize = 4096;
/// How far memory for a payload runs ahead of its bytes.
const PAYLOAD_STEP: usize = 64 * 1024;

pub(super) struct Connection {
    io: RefCell<Box<dyn Transport>>,
    role: Role,
    parameters: Option<Parameters>,
    deflate: RefCell<Option<Deflate>>,
    reader: RefCell<Reader>,
    /// A breach of protocol that is told in the next turn: what the messages before it are answered with goes out first.
    breach: Cell<Option<(u16, String)>>,
    /// Why there is nothing more to receive; for a breach of protocol, first the Close goes out.
    refusal: RefCell<Option<Error>>,
    is_reading: Cell<bool>,
    writer: RefCell<Writer>,
    /// Woken when nothing that is sent can arrive any more.
    watcher: Cell<Option<Waker>>,
    kept: Option<Kept>,
}

#[derive(Default)]
struct Writer {
    queue: VecDeque<Bytes>,
    pong: Option<BytesMut>,
    has_sent_close: bool,
    has_failed: bool,
    flushing: Vec<Waker>,
}

impl Connection {
    pub(super) fn new(upgraded: Upgraded, role: Role, parameters: Option<Parameters>) -> Self {
        let reader = Reader::new(BytesMut::from(upgraded.read_ahead));
        Self {
            io: RefCell::new(upgraded.io),
            role,
            parameters,
            deflate: RefCell::new(parameters.map(Deflate::new)),
            reader: RefCell::new(reader),
            breach: Cell::default(),
            refusal: RefCell::default(),
            is_reading: Cell::new(false),
            writer: RefCell::default(),
            watcher: Cell::default(),
            kept: upgraded.kept,
        }
    }

    pub(super) fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        max: usize,
    ) -> Poll<Result<Message, Error>> {
        if let Some((code, reason)) = self.breach.take() {
            self.refuse(code, reason);
        }
        loop {
            if let Some(error) = &*self.refusal.borrow() {
                if matches!(error, Error::Protocol { .. }) {
                    // Whether the peer takes it changes nothing.
                    let _ = ready!(self.poll_flush(cx));
                }
                return Poll::Ready(Err(error.clone()));
            }
            let step = {
                let mut deflate = self.deflate.borrow_mut();
                self.reader.borrow_mut().step(max, deflate.as_mut())
            };
            match step {
                Step::Message(message) => return Poll::Ready(Ok(message)),
                Step::Ping(payload) => {
                    // RFC 6455 §5.5.3: of several pings the last one may stand for all.
                    self.writer.borrow_mut().pong = Some(payload);
                    let _ = self.poll_flush(cx);
                }
                Step::Refused(code, reason) => {
                    self.breach.set(Some((code, reason)));
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Step::NeedHead | Step::NeedPayload => {
                    // A pong may still be on its way.
                    if self.writer.borrow().waits() {
                        let _ = self.poll_flush(cx);
                    }
                    if ready!(self.poll_read(cx)).is_err() {
                        *self.refusal.borrow_mut() = Some(Error::Disconnected);
                    }
                }
            }
        }
    }

    /// Reads more bytes to where the reader wants them.
    fn poll_read(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let mut io = self.io.borrow_mut();
        let mut reader = self.reader.borrow_mut();
        let read = match reader.payload() {
            Some((payload, missing)) => {
                payload.reserve(missing.min(PAYLOAD_STEP.max(payload.len())));
                let mut target = payload.limit(missing);
                pin!(io.read_buf(&mut target)).poll(cx)
            }
            None => {
                let mut room = [MaybeUninit::uninit(); READ_BUFFER];
                let mut room = ReadBuf::uninit(&mut room);
                let read = AsyncRead::poll_read(Pin::new(&mut **io), cx, &mut room);
                match &read {
                    Poll::Ready(Ok(())) => reader.buffer.extend_from_slice(room.filled()),
                    // C4.
                    Poll::Pending if reader.buffer.is_empty() => reader.buffer = BytesMut::new(),
                    _ => {}
                }
                read.map_ok(|()| room.filled().len())
            }
        };
        self.is_reading.set(read.is_pending());
        match ready!(read) {
            Ok(1..) => Poll::Ready(Ok(())),
            Ok(0) => Poll::Ready(Err(Error::Disconnected)),
            Err(_) => {
                self.fail(&mut self.writer.borrow_mut());
                Poll::Ready(Err(Error::Disconnected))
            }
        }
    }

    /// Nothing is sent any more.
    fn fail(&self, writer: &mut Writer) {
        writer.has_failed = true;
        writer.queue.clear();
        writer.pong = None;
        if let Some(watcher) = self.watcher.take() {
            watcher.wake();
        }
    }

    /// Tells the peer what is wrong; nothing is received from it any more.
    fn refuse(&self, code: u16, reason: String) {
        let mut writer = self.writer.borrow_mut();
        writer.pong = None;
        if !writer.has_sent_close && !writer.has_failed {
            writer.has_sent_close = true;
            let payload = close_payload(code, &reason);
            self.push_frame(&mut writer, frame::CLOSE, false, payload);
        }
        *self.refusal.borrow_mut() = Some(Error::Protocol { code, reason });
    }

    pub(super) fn poll_send(
        &self,
        cx: &mut Context<'_>,
        message: &mut Option<Message>,
    ) -> Poll<Result<(), Error>> {
        if message.is_some() {
            ready!(self.poll_flush(cx))?;
        }
        if let Some(message) = message.take() {
            self.push(message)?;
        }
        self.poll_flush(cx)
    }

    fn push(&self, message: Message) -> Result<(), Error> {
        let mut writer = self.writer.borrow_mut();
        let (opcode, payload) = match message {
            Message::Text(payload) => (frame::TEXT, payload),
            Message::Binary(payload) => (frame::BINARY, payload),
            Message::Close(close) => {
                writer.has_sent_close = true;
                let payload = close_payload(close.code, &close.reason);
                self.push_frame(&mut writer, frame::CLOSE, false, payload);
                return Ok(());
            }
        };
        match &mut *self.deflate.borrow_mut() {
            None => self.push_frame(&mut writer, opcode, false, payload),
            Some(deflate) => {
                let payload = deflate.deflate(&payload)?;
                self.push_frame(&mut writer, opcode, true, payload);
            }
        }
        Ok(())
    }

    fn push_frame(&self, writer: &mut Writer, opcode: u8, compressed: bool, payload: Bytes) {
        /// Up to here a copy is cheaper than a second piece.
        const JOINED: usize = 1024;
        let length = payload.len();
        let copies = self.role == Role::Client || length <= JOINED;
        let mut out = BytesMut::with_capacity(frame::HEAD_MAX + if copies { length } else { 0 });
        match self.role {
            Role::Client => {
                let mask = random_mask();
                Head::write(&mut out, opcode, compressed, length, Some(mask));
                let start = out.len();
                out.extend_from_slice(&payload);
                frame::apply(mask, 0, &mut out[start..]);
                writer.queue.push_back(out.freeze());
            }
            Role::Server => {
                Head::write(&mut out, opcode, compressed, length, None);
                if copies {
                    out.extend_from_slice(&payload);
                    writer.queue.push_back(out.freeze());
                } else {
                    writer.queue.push_back(out.freeze());
                    writer.queue.push_back(payload);
                }
            }
        }
    }

    /// Ready when all that has been queued is written.
    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let mut io = self.io.borrow_mut();
        let mut writer = self.writer.borrow_mut();
        let result = self.poll_write_queue(cx, Pin::new(&mut **io), &mut writer);
        match result {
            Poll::Pending => {
                let mine = |waker: &Waker| waker.will_wake(cx.waker());
                if !writer.flushing.iter().any(mine) {
                    writer.flushing.push(cx.waker().clone());
                }
                return Poll::Pending;
            }
            Poll::Ready(Err(_)) => self.fail(&mut writer),
            Poll::Ready(Ok(())) => {}
        }
        for waker in writer.flushing.drain(..) {
            if !waker.will_wake(cx.waker()) {
                waker.wake();
            }
        }
        result
    }

    fn poll_write_queue(
        &self,
        cx: &mut Context<'_>,
        mut io: Pin<&mut dyn Transport>,
        writer: &mut Writer,
    ) -> Poll<Result<(), Error>> {
        let gone = |_| Error::Disconnected;
        if writer.has_failed {
            return Poll::Ready(Err(Error::Disconnected));
        }
        let mut has_written = false;
        loop {
            if writer.queue.is_empty()
                && let Some(pong) = writer.pong.take()
                && !writer.has_sent_close
            {
                self.push_frame(writer, frame::PONG, false, pong.freeze());
            }
            let written = match (writer.queue.front(), writer.queue.get(1)) {
                (None, _) => break,
                (Some(only), None) => ready!(io.as_mut().poll_write(cx, only)),
                (Some(first), Some(second)) => {
                    let slices = [IoSlice::new(first), IoSlice::new(second)];
                    ready!(io.as_mut().poll_write_vectored(cx, &slices))
                }
            };
            has_written = true;
            writer.advance(written.map_err(gone)?)?;
        }
        if has_written {
            ready!(io.poll_flush(cx)).map_err(gone)?;
        }
        Poll::Ready(Ok(()))
    }

    pub(super) fn poll_aborted(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.writer.borrow().has_failed {
            return Poll::Ready(());
        }
        self.watcher.set(Some(cx.waker().clone()));
        if self.is_reading.get() {
            return Poll::Pending;
        }
        self.io.borrow().poll_reset(cx).map(|_| ())
    }

    /// Ends what is sent.
    pub(super) fn poll_shutdown(&self, cx: &mut Context<'_>) -> Poll<()> {
        let _ = ready!(self.poll_flush(cx));
        let mut io = self.io.borrow_mut();
        // Whether the peer notices changes nothing.
        let _ = ready!(AsyncWrite::poll_shutdown(Pin::new(&mut **io), cx));
        self.writer.borrow_mut().has_failed = true;
        Poll::Ready(())
    }

    /// Reads bytes that nobody wants; how many, until there are no more.
    pub(super) fn poll_discard(&self, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        let mut room = [0; 4096];
        let mut room = ReadBuf::new(&mut room);
        let mut io = self.io.borrow_mut();
        Poll::Ready(
            match ready!(AsyncRead::poll_read(Pin::new(&mut **io), cx, &mut room)) {
                Ok(()) => Some(room.filled().len()).filter(|read| *read > 0),
                Err(_) => {
                    self.fail(&mut self.writer.borrow_mut());
                    None
                }
            },
        )
    }

    /// Whether the server that the connection came to waits for its last connections.
    pub(super) fn is_draining(&self) -> bool {
        self.kept.as_ref().is_some_and(Kept::is_draining)
    }

    pub(super) fn preferred_extensions(&self, header: HeaderOf) -> Option<String> {
        // What one side of a proxy receives, the other one sends.
        let text = |form: fn(Parameters) -> String| self.parameters.map_or_else(String::new, form);
        match (self.role, header) {
            (Role::Server, HeaderOf::Request) => Some(text(Parameters::to_answer)),
            (Role::Client, HeaderOf::Response) => Some(text(Parameters::to_offer)),
            // Frames of two clients, or of two servers, cannot be passed on as they are.
            _ => None,
        }
    }

    /// Whether the frames of `self` can go to `to` as they are.
    pub(super) fn passes_to(&self, to: &Self) -> bool {
        self.role != to.role
            && self.parameters == to.parameters.map(Parameters::swapped)
            && self.reader.borrow().is_between_messages()
    }

    /// Passes bytes on to `to`, from what has been read to the end of the connection. `chunk` is what is in flight.
    pub(super) fn poll_pass_on(
        &self,
        cx: &mut Context<'_>,
        to: &Self,
        chunk: &mut BytesMut,
    ) -> Poll<Result<(), Error>> {
        {
            let mut reader = self.reader.borrow_mut();
            if !reader.buffer.is_empty() {
                std::mem::swap(&mut reader.buffer, chunk);
            }
        }
        loop {
            if chunk.is_empty() {
                chunk.reserve(4 * READ_BUFFER);
                let mut io = self.io.borrow_mut();
                match ready!(pin!(io.read_buf(chunk)).poll(cx)) {
                    Ok(1..) => {}
                    Ok(0) => return Poll::Ready(Ok(())),
                    Err(_) => return Poll::Ready(Err(Error::Disconnected)),
                }
            }
            ready!(to.poll_flush(cx))?;
            let mut io = to.io.borrow_mut();
            match ready!(Pin::new(&mut **io).poll_write(cx, chunk)) {
                Ok(written @ 1..) => chunk.advance(written),
                Ok(0) | Err(_) => return Poll::Ready(Err(Error::Disconnected)),
            }
            if chunk.is_empty() {
                // TLS keeps what it has until it is told to flush; the next read may be long in coming.
                let _ = Pin::new(&mut **io).poll_flush(cx);
            }
        }
    }
}

impl Writer {
    fn waits(&self) -> bool {
        self.pong.is_some() || !self.queue.is_empty()
    }

    fn advance(&mut self, mut written: usize) -> Result<(), Error> {
        if written == 0 {
            return Err(Error::Disconnected);
        }
        while let Some(first) = self.queue.front_mut() {
            let here = written.min(first.len());
            first.advance(here);
            written -= here;
            if !first.is_empty() {
                break;
            }
            self.queue.pop_front();
        }
        Ok(())
    }
}

fn close_payload(code: u16, reason: &str) -> Bytes {
    if code == NO_STATUS {
        return Bytes::new();
    }
    let mut payload = BytesMut::with_capacity(2 + reason.len());
    payload.put_u16(code);
    payload.put_slice(reason.as_bytes());
    payload.freeze()
}

/// RFC 6455 §10.3: not to be foreseen by who decides what is sent.
fn random_mask() -> frame::Mask {
    let mut mask = frame::Mask::default();
    // The generator fails only if the system has no entropy, and then the process does not get here.
    let _ = aws_lc_rs::rand::fill(&mut mask);
    mask
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    /// A text with a mask of zeros.
    fn frame(payload: &[u8]) -> Vec<u8> {
        let mut bytes = BytesMut::new();
        let mask = Some(frame::Mask::default());
        Head::write(&mut bytes, frame::TEXT, false, payload.len(), mask);
        bytes.extend_from_slice(payload);
        bytes.to_vec()
    }

    #[tokio::test]
    async fn no_buffer_is_held_between_messages() {
        let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
        let mut read_ahead = BytesMut::with_capacity(8192);
        read_ahead.extend_from_slice(&frame(b"first"));
        let upgraded = Upgraded {
            io: Box::new(ours),
            read_ahead: read_ahead.freeze(),
            kept: None,
        };
        let connection = Connection::new(upgraded, Role::Server, None);
        let receive =
            async || std::future::poll_fn(|cx| connection.poll_receive(cx, usize::MAX)).await;
        let long = "long".repeat(READ_BUFFER);
        assert_eq!(receive().await, Ok(Message::Text(b"first"[..].into())));
        for text in ["second", &long, "last"] {
            let mut context = Context::from_waker(Waker::noop());
            let waits = connection.poll_receive(&mut context, usize::MAX);
            assert!(waits.is_pending());
            assert_eq!(connection.reader.borrow().buffer.capacity(), 0);
            theirs.write_all(&frame(text.as_bytes())).await.unwrap();
            let message = Message::Text(text.as_bytes().to_vec().into());
            assert_eq!(receive().await, Ok(message));
        }
    }
}
