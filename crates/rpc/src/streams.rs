//! Streams under flow control (S4).
//!
//! Whoever sends a stream may have [`WINDOW`](crate::window::WINDOW) bytes on the way that nobody has read; a message of a
//! WebSocket, which cannot be divided, may go beyond. Whoever reads it gives credit as it reads.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use net::websocket::Message;
use net::{Body, BodyError};

use crate::Malformed;
use crate::frame::{Frame, StreamId};
use crate::session::{Session, Side, next};
use crate::window::{WINDOW, Window, wake};

/// What a message costs besides its bytes.
const MESSAGE: usize = 64;

/// What a stream is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carries {
    Bytes,
    Messages,
}

/// A piece of a stream.
pub(crate) enum Item {
    Bytes(Bytes),
    Message(Message),
}

impl Item {
    fn carried(&self) -> Carries {
        match self {
            Self::Bytes(_) => Carries::Bytes,
            Self::Message(_) => Carries::Messages,
        }
    }

    fn cost(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Message(message) => message_cost(message),
        }
    }
}

pub(crate) fn message_cost(message: &Message) -> usize {
    MESSAGE
        + match message {
            Message::Text(bytes) | Message::Binary(bytes) => bytes.len(),
            Message::Close(close) => close.reason.len(),
        }
}

/// The streams of one side.
pub(crate) struct Streams {
    /// What is odd about the numbers that this side gives out.
    parity: u64,
    next: Cell<u64>,
    their_next: Cell<u64>,
    sending: RefCell<HashMap<StreamId, Rc<Window>>>,
    receiving: RefCell<HashMap<StreamId, Rc<Flow>>>,
}

impl Streams {
    pub fn new(side: Side) -> Self {
        Self {
            parity: match side {
                Side::First => 0,
                Side::Second => 1,
            },
            next: Cell::new(0),
            their_next: Cell::new(0),
            sending: RefCell::default(),
            receiving: RefCell::default(),
        }
    }

    fn own_id(&self) -> StreamId {
        StreamId(next(&self.next) * 2 + self.parity)
    }

    /// Takes a number that the other side gives out.
    fn their_id(&self, stream: StreamId) -> Result<(), Malformed> {
        let number = stream.0 / 2;
        if stream.0 % 2 == self.parity || number < self.their_next.get() {
            return Err(Malformed("the number of a stream is given out twice"));
        }
        self.their_next.set(number + 1);
        Ok(())
    }

    /// A stream that is not there any more may be mentioned, one that never was may not.
    fn must_be_past(&self, stream: StreamId) -> Result<(), Malformed> {
        let next = if stream.0 % 2 == self.parity {
            &self.next
        } else {
            &self.their_next
        };
        if stream.0 / 2 >= next.get() {
            return Err(Malformed("a stream that does not exist"));
        }
        Ok(())
    }

    fn send_on(&self, stream: StreamId) -> Rc<Window> {
        let window = Rc::new(Window::default());
        self.sending.borrow_mut().insert(stream, window.clone());
        window
    }

    fn receive_on(&self, session: &Rc<Session>, stream: StreamId, carries: Carries) -> Inflow {
        let flow = Rc::new(Flow::new(carries));
        self.receiving.borrow_mut().insert(stream, flow.clone());
        Inflow {
            session: session.clone(),
            stream,
            flow,
        }
    }

    /// A new stream to the other side.
    pub fn send_own(&self) -> (StreamId, Rc<Window>) {
        let stream = self.own_id();
        (stream, self.send_on(stream))
    }

    /// A new stream to the other side, which has given it a number.
    pub fn send_theirs(&self, stream: StreamId) -> Result<Rc<Window>, Malformed> {
        self.their_id(stream)?;
        Ok(self.send_on(stream))
    }

    /// A new stream from the other side.
    pub fn receive_own(&self, session: &Rc<Session>, carries: Carries) -> (StreamId, Inflow) {
        let stream = self.own_id();
        (stream, self.receive_on(session, stream, carries))
    }

    /// A new stream from the other side, which has given it a number.
    pub fn receive_theirs(
        &self,
        session: &Rc<Session>,
        stream: StreamId,
        carries: Carries,
    ) -> Result<Inflow, Malformed> {
        self.their_id(stream)?;
        Ok(self.receive_on(session, stream, carries))
    }

    pub fn chunk(&self, stream: StreamId, bytes: Bytes) -> Result<(), Malformed> {
        self.receive(stream, Item::Bytes(bytes))
    }

    pub fn message(&self, stream: StreamId, message: Message) -> Result<(), Malformed> {
        self.receive(stream, Item::Message(message))
    }

    fn receive(&self, stream: StreamId, item: Item) -> Result<(), Malformed> {
        let flow = self.receiving.borrow().get(&stream).cloned();
        match flow {
            Some(flow) => flow.receive(item),
            None => self.must_be_past(stream),
        }
    }

    pub fn end(&self, stream: StreamId, end: Result<(), BodyError>) -> Result<(), Malformed> {
        let flow = self.receiving.borrow_mut().remove(&stream);
        match flow {
            Some(flow) => {
                flow.end(end);
                Ok(())
            }
            None => self.must_be_past(stream),
        }
    }

    pub fn credit(&self, stream: StreamId, bytes: u32) -> Result<(), Malformed> {
        let window = self.sending.borrow().get(&stream).cloned();
        match window {
            Some(window) => window.add(bytes),
            None => self.must_be_past(stream),
        }
    }

    pub fn cancel(&self, stream: StreamId, reason: Option<BodyError>) -> Result<(), Malformed> {
        let window = self.sending.borrow_mut().remove(&stream);
        match window {
            Some(window) => {
                window.close(reason);
                Ok(())
            }
            None => self.must_be_past(stream),
        }
    }

    /// This side has sent all it will of a stream.
    pub fn finish(&self, session: &Session, stream: StreamId, end: Result<(), BodyError>) {
        let window = self.sending.borrow_mut().remove(&stream);
        if window.is_some_and(|window| !window.is_ended.get()) {
            session.send(match end {
                Ok(()) => Frame::End { stream },
                Err(error) => Frame::Fail { stream, error },
            });
        }
    }

    /// This side has sent all, and waits for what becomes of it.
    pub fn half_close(&self, session: &Session, stream: StreamId) {
        if let Some(window) = self.sending.borrow().get(&stream)
            && !window.is_ended.replace(true)
        {
            session.send(Frame::End { stream });
        }
    }

    pub fn len(&self) -> usize {
        self.sending.borrow().len() + self.receiving.borrow().len()
    }

    /// No stream goes on.
    pub fn fail(&self) {
        for window in self.sending.take().into_values() {
            window.close(Some(BodyError::Incomplete));
        }
        for flow in self.receiving.take().into_values() {
            flow.end(Err(BodyError::Incomplete));
        }
    }
}

/// What has come of a stream and nobody has read.
struct Flow {
    carries: Carries,
    state: RefCell<FlowState>,
    waker: RefCell<Option<Waker>>,
}

struct FlowState {
    queue: VecDeque<Item>,
    /// What the other side may send.
    allowed: i64,
    /// What was read since credit was last given.
    read: usize,
    end: Option<Result<(), BodyError>>,
}

impl Flow {
    fn new(carries: Carries) -> Self {
        Self {
            carries,
            state: RefCell::new(FlowState {
                queue: VecDeque::new(),
                allowed: WINDOW as i64,
                read: 0,
                end: None,
            }),
            waker: RefCell::new(None),
        }
    }

    fn receive(&self, item: Item) -> Result<(), Malformed> {
        if item.carried() != self.carries {
            return Err(Malformed("a stream of another kind"));
        }
        let cost = item.cost() as i64;
        // What costs nothing could be sent without end.
        if cost == 0 {
            return Ok(());
        }
        let mut state = self.state.borrow_mut();
        let fits = match self.carries {
            Carries::Bytes => cost <= state.allowed,
            Carries::Messages => state.allowed > 0,
        };
        if !fits {
            return Err(Malformed("more than the window of a stream"));
        }
        state.allowed -= cost;
        state.queue.push_back(item);
        drop(state);
        wake(&self.waker);
        Ok(())
    }

    fn end(&self, end: Result<(), BodyError>) {
        let mut state = self.state.borrow_mut();
        if end.is_err() && state.queue.is_empty() || state.end.is_none() {
            state.end = Some(end);
        }
        drop(state);
        wake(&self.waker);
    }
}

/// A stream from the other side. Dropping it tells the other side.
pub(crate) struct Inflow {
    session: Rc<Session>,
    stream: StreamId,
    flow: Rc<Flow>,
}

impl Inflow {
    /// The next piece; `None` at the end.
    pub fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Item, BodyError>>> {
        let mut state = self.flow.state.borrow_mut();
        let Some(item) = state.queue.pop_front() else {
            return match &state.end {
                Some(Ok(())) => Poll::Ready(None),
                Some(Err(error)) => Poll::Ready(Some(Err(error.clone()))),
                None => {
                    self.flow.waker.replace(Some(cx.waker().clone()));
                    Poll::Pending
                }
            };
        };
        state.read += item.cost();
        if state.read >= WINDOW / 2 && state.end.is_none() {
            let read = std::mem::take(&mut state.read);
            state.allowed += read as i64;
            self.session.send(Frame::Credit {
                stream: self.stream,
                bytes: u32::try_from(read).unwrap_or(u32::MAX),
            });
        }
        Poll::Ready(Some(Ok(item)))
    }

    pub async fn next(&mut self) -> Option<Result<Item, BodyError>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_bytes(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        self.poll_next(cx).map(|item| match item? {
            Ok(Item::Bytes(bytes)) => Some(Ok(bytes)),
            // The flow takes no messages.
            Ok(Item::Message(_)) => None,
            Err(error) => Some(Err(error)),
        })
    }

    pub async fn next_bytes(&mut self) -> Option<Result<Bytes, BodyError>> {
        poll_fn(|cx| self.poll_bytes(cx)).await
    }

    /// Waits for `future` unless the stream breaks off.
    pub async fn unless_failed<F: Future>(&self, future: F) -> Result<F::Output, BodyError> {
        let mut future = pin!(future);
        poll_fn(|cx| {
            if let Some(Err(error)) = &self.flow.state.borrow().end {
                return Poll::Ready(Err(error.clone()));
            }
            self.flow.waker.replace(Some(cx.waker().clone()));
            future.as_mut().poll(cx).map(Ok)
        })
        .await
    }

    /// The stream as a body's source, held to its length.
    pub fn into_stream(
        self,
        length: Option<u64>,
    ) -> impl futures::Stream<Item = Result<Bytes, BodyError>> + 'static {
        let mut left = length;
        futures::stream::poll_fn(move |cx| {
            let item = std::task::ready!(self.poll_bytes(cx));
            let Some(left) = &mut left else {
                return Poll::Ready(item);
            };
            Poll::Ready(match item {
                Some(Ok(bytes)) if bytes.len() as u64 > *left => Some(Err(BodyError::Incomplete)),
                Some(Ok(bytes)) => {
                    *left -= bytes.len() as u64;
                    Some(Ok(bytes))
                }
                None if *left > 0 => Some(Err(BodyError::Incomplete)),
                other => other,
            })
        })
    }

    /// Tells the other side what became of the whole stream.
    pub fn settle(self, reason: Option<BodyError>) {
        let stream = self.stream;
        self.session.streams.receiving.borrow_mut().remove(&stream);
        self.session.send(Frame::Cancel { stream, reason });
    }
}

impl Drop for Inflow {
    fn drop(&mut self) {
        let stream = self.stream;
        let receiving = &self.session.streams.receiving;
        let is_open = receiving.borrow_mut().remove(&stream).is_some();
        if is_open {
            let reason = None;
            self.session.send(Frame::Cancel { stream, reason });
        }
    }
}

/// Sends a body.
pub(crate) async fn pump_body(
    session: Rc<Session>,
    stream: StreamId,
    window: Rc<Window>,
    mut body: Body,
) {
    let end = loop {
        // Nothing is read that cannot be sent.
        if window.ready().await.is_err() {
            return;
        }
        let Ok(chunk) = window.unless_closed(body.next()).await else {
            return;
        };
        match chunk {
            Some(Ok(bytes)) => {
                if window.send(&session, stream, bytes).await.is_err() {
                    return;
                }
            }
            Some(Err(error)) => break Err(error),
            None => break Ok(()),
        }
    };
    session.streams.finish(&session, stream, end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_nothing_are_not_kept() {
        let flow = Flow::new(Carries::Bytes);
        for bytes in [&b""[..], b"", b"a", b""] {
            let bytes = Bytes::from_static(bytes);
            flow.receive(Item::Bytes(bytes)).unwrap();
        }
        assert_eq!(flow.state.borrow().queue.len(), 1);
    }
}
