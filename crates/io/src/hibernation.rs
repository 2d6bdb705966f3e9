//! WebSockets that a Durable Object has handed over for hibernation: they stay while the object goes and comes back.
//!
//! What is here is plain data outside of any isolate. A message wakes the object up if it must; a message with a known
//! answer does not.
//!
//! H1. Each WebSocket has a task that receives, and one that sends while there is something to send. They end with the
//!     WebSocket's place among [`Sockets`], except that what was sent before a Close goes out.
//! H2. The next message is received when the handler of the last one has been called, not when it has ended.
//! H3. `awake` holds what the isolate has made of a WebSocket. It is cleared when the object hibernates and when the
//!     WebSocket leaves, both on the loop of the isolate.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::rc::{Rc, Weak};
use std::time::Duration;

use bytes::Bytes;
use futures::channel::oneshot;
use futures::future::LocalBoxFuture;
use net::WebSocket;
use net::websocket::{Close, Error, Message};

use crate::trace::SpanContext;
use crate::{ChannelError, IoContext};

/// The most WebSockets of one object.
pub const MAX_SOCKETS: usize = 32 * 1024;
/// The longest message.
const MAX_MESSAGE: usize = 32 << 20;
/// The close code of a connection that ends without a Close (RFC 6455 §7.4.1).
const ABNORMAL: u16 = 1006;

/// What has happened to a WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketEvent {
    /// Text or bytes.
    Message(Message),
    Close {
        close: Close,
        was_clean: bool,
    },
    Error(Error),
}

impl SocketEvent {
    /// Whether the connection is gone.
    fn is_failure(&self) -> bool {
        match self {
            Self::Message(_) => false,
            Self::Close { was_clean, .. } => !was_clean,
            Self::Error(_) => true,
        }
    }

    fn of_error(error: Error) -> Self {
        match error {
            Error::Disconnected => Self::Close {
                close: Close {
                    code: ABNORMAL,
                    reason: "WebSocket disconnected without sending Close frame.".to_owned(),
                },
                was_clean: false,
            },
            error => Self::Error(error),
        }
    }
}

/// The way to the object, which need not be there.
pub trait Deliver {
    /// Calls the handler of the object; done when it has been called.
    fn deliver(&self, socket: Rc<Socket>, event: SocketEvent) -> LocalBoxFuture<'static, ()>;
}

/// All such WebSockets of one object.
pub struct Sockets {
    state: RefCell<State>,
    deliver: Box<dyn Deliver>,
}

#[derive(Default)]
struct State {
    /// By age.
    all: BTreeMap<u64, Place>,
    by_tag: HashMap<Rc<str>, BTreeSet<u64>>,
    last: u64,
    answer: Option<Answer>,
    event_timeout: Option<Duration>,
}

struct Place {
    socket: Rc<Socket>,
    _receiving: Task,
}

/// A message that needs no object, and what is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub request: Bytes,
    pub response: Bytes,
}

/// A task that ends when this is dropped.
struct Task(tokio::task::JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Sockets {
    pub fn new(deliver: Box<dyn Deliver>) -> Rc<Self> {
        Rc::new(Self {
            state: RefCell::default(),
            deliver,
        })
    }

    pub fn len(&self) -> usize {
        self.state.borrow().all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes a WebSocket over and begins to receive from it. `tags` are distinct.
    pub fn add(
        self: &Rc<Self>,
        web_socket: WebSocket,
        tags: Vec<Rc<str>>,
        kept: Kept,
    ) -> Rc<Socket> {
        let mut state = self.state.borrow_mut();
        state.last += 1;
        let number = state.last;
        for tag in &tags {
            state.by_tag.entry(tag.clone()).or_default().insert(number);
        }
        let socket = Rc::new(Socket {
            number,
            web_socket: RefCell::new(Some(Rc::new(web_socket))),
            is_over: Cell::new(false),
            tags,
            kept: RefCell::new(kept),
            closed_outgoing: Cell::new(false),
            is_aborted: Cell::new(false),
            answered: Cell::new(None),
            queue: RefCell::default(),
            buffered: Cell::new(0),
            sending: RefCell::new(None),
            is_sending: Cell::new(false),
            awake: RefCell::new(None),
            opener: IoContext::with_current(|event| event?.tracer()?.root()),
        });
        let receiving = receive(Rc::downgrade(self), socket.clone());
        let place = Place {
            socket: socket.clone(),
            _receiving: Task(tokio::task::spawn_local(receiving)),
        };
        state.all.insert(number, place);
        socket
    }

    /// The WebSockets with a tag, the oldest first.
    pub fn tagged(&self, tag: &str) -> Vec<Rc<Socket>> {
        let state = self.state.borrow();
        let numbers = state.by_tag.get(tag).into_iter().flatten();
        numbers
            .filter_map(|number| state.all.get(number))
            .map(|place| place.socket.clone())
            .collect()
    }

    /// All WebSockets, the newest first.
    pub fn all(&self) -> Vec<Rc<Socket>> {
        let state = self.state.borrow();
        let places = state.all.values().rev();
        places.map(|place| place.socket.clone()).collect()
    }

    pub fn set_answer(&self, answer: Option<Answer>) {
        self.state.borrow_mut().answer = answer;
    }

    pub fn answer(&self) -> Option<Answer> {
        self.state.borrow().answer.clone()
    }

    /// How long a handler may take.
    pub fn set_event_timeout(&self, timeout: Option<Duration>) {
        self.state.borrow_mut().event_timeout = timeout;
    }

    pub fn event_timeout(&self) -> Option<Duration> {
        self.state.borrow().event_timeout
    }

    /// Lets go of all that the isolate has made: the object goes, the WebSockets stay.
    pub fn hibernate(&self) {
        for socket in self.all() {
            socket.sleep();
        }
    }

    /// Ends all connections: the object is broken, or gone for good.
    pub fn close(&self) {
        let state = std::mem::take(&mut *self.state.borrow_mut());
        for place in state.all.values() {
            place.socket.sleep();
            place.socket.is_aborted.set(true);
            place.socket.sending.take();
            let web_socket = place.socket.web_socket.take();
            drop(web_socket);
        }
    }

    /// The response to a message that needs no object.
    fn response_to(&self, message: &Message) -> Option<Bytes> {
        let state = self.state.borrow();
        let answer = state.answer.as_ref()?;
        match message {
            Message::Text(text) if *text == answer.request => Some(answer.response.clone()),
            _ => None,
        }
    }

    fn remove(&self, socket: &Socket) {
        let mut state = self.state.borrow_mut();
        for tag in &socket.tags {
            if let Some(numbers) = state.by_tag.get_mut(tag) {
                numbers.remove(&socket.number);
                if numbers.is_empty() {
                    state.by_tag.remove(tag);
                }
            }
        }
        // The task that ends with it is the one that calls this, at its end.
        let place = state.all.remove(&socket.number);
        drop(state);
        drop(place);
        socket.sleep();
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        self.close();
    }
}

async fn receive(sockets: Weak<Sockets>, socket: Rc<Socket>) {
    let Some(web_socket) = socket.web_socket.borrow().clone() else {
        return;
    };
    loop {
        let event = match web_socket.receive(MAX_MESSAGE).await {
            Ok(Message::Close(close)) => SocketEvent::Close {
                close,
                was_clean: true,
            },
            Ok(message) => SocketEvent::Message(message),
            Err(error) => SocketEvent::of_error(error),
        };
        let Some(all) = sockets.upgrade() else { return };
        let is_last = !matches!(event, SocketEvent::Message(_));
        socket.is_over.set(is_last);
        // Sending may still succeed for a while, into the void.
        if event.is_failure() {
            socket.is_aborted.set(true);
        }
        if let SocketEvent::Message(message) = &event
            && let Some(response) = all.response_to(message)
        {
            drop(all);
            socket.respond(response).await;
            continue;
        }
        let delivered = all.deliver.deliver(socket.clone(), event);
        drop(all);
        delivered.await;
        if is_last {
            // Only now: the handler still finds it among the others.
            if let Some(all) = sockets.upgrade() {
                all.remove(&socket);
            }
            drop(web_socket);
            socket.try_release();
            return;
        }
    }
}

/// What is kept of the object in the isolate while the WebSocket hibernates.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    pub url: Option<String>,
    pub protocol: Option<String>,
    pub extensions: Option<String>,
    pub allows_half_open: bool,
    /// As structured clone writes it.
    pub attachment: Option<Vec<u8>>,
}

/// One WebSocket.
pub struct Socket {
    number: u64,
    /// Until both directions have ended.
    web_socket: RefCell<Option<Rc<WebSocket>>>,
    /// Nothing more will come.
    is_over: Cell<bool>,
    tags: Vec<Rc<str>>,
    kept: RefCell<Kept>,
    closed_outgoing: Cell<bool>,
    /// Nothing that is sent can arrive any more.
    is_aborted: Cell<bool>,
    /// When a message was last answered without the object, in milliseconds since the epoch.
    answered: Cell<Option<f64>>,
    queue: RefCell<VecDeque<Outgoing>>,
    buffered: Cell<usize>,
    sending: RefCell<Option<Task>>,
    is_sending: Cell<bool>,
    awake: RefCell<Option<Box<dyn Any>>>,
    /// The event that has handed it over, if that is traced.
    opener: Option<SpanContext>,
}

struct Outgoing {
    message: Message,
    /// What it has to wait for.
    gate: Option<Gate>,
    /// Told when it has gone.
    sent: Option<oneshot::Sender<()>>,
}

type Gate = LocalBoxFuture<'static, Result<(), ChannelError>>;

fn size(message: &Message) -> usize {
    match message {
        Message::Text(bytes) | Message::Binary(bytes) => bytes.len(),
        Message::Close(_) => 0,
    }
}

impl Socket {
    /// What its events come from, if that is traced.
    pub fn opener(&self) -> Option<SpanContext> {
        self.opener
    }

    pub fn tags(&self) -> &[Rc<str>] {
        &self.tags
    }

    pub fn kept(&self) -> Kept {
        self.kept.borrow().clone()
    }

    pub fn set_attachment(&self, attachment: Option<Vec<u8>>) {
        self.kept.borrow_mut().attachment = attachment;
    }

    /// When a message was last answered without the object.
    pub fn answered(&self) -> Option<f64> {
        self.answered.get()
    }

    /// Whether a Close was sent.
    pub fn closed_outgoing(&self) -> bool {
        self.closed_outgoing.get()
    }

    /// Whether nobody takes what is sent.
    pub fn is_aborted(&self) -> bool {
        self.is_aborted.get()
    }

    /// Bytes of messages that have not gone yet.
    pub fn buffered(&self) -> usize {
        self.buffered.get()
    }

    /// What the isolate has made of it, if that is still there.
    pub fn awake<T: Clone + 'static>(&self) -> Option<T> {
        let awake = self.awake.borrow();
        awake.as_ref()?.downcast_ref::<T>().cloned()
    }

    pub fn set_awake<T: Clone + 'static>(&self, value: T) {
        let before = self.awake.replace(Some(Box::new(value)));
        drop(before);
    }

    /// Ends the connection when there is nothing more to receive and nothing more to send.
    fn try_release(&self) {
        let is_done = self.closed_outgoing.get() || self.is_aborted.get();
        if self.is_over.get() && is_done && !self.is_sending.get() {
            let web_socket = self.web_socket.take();
            drop(web_socket);
        }
    }

    fn sleep(&self) {
        let before = self.awake.take();
        drop(before);
    }

    /// Sends a message when `gate` lets it.
    pub fn send(self: &Rc<Self>, message: Message, gate: Option<Gate>) {
        if matches!(message, Message::Close(_)) {
            self.closed_outgoing.set(true);
        }
        self.push(Outgoing {
            message,
            gate,
            sent: None,
        });
    }

    /// Answers without the object; done when the answer has gone.
    async fn respond(self: &Rc<Self>, response: Bytes) {
        self.answered.set(Some(jsg::clock::now()));
        if self.closed_outgoing.get() {
            return;
        }
        let (sent, gone) = oneshot::channel();
        self.push(Outgoing {
            message: Message::Text(response),
            gate: None,
            sent: Some(sent),
        });
        // An answer that cannot go is dropped, and what receives learns why by itself.
        let _ = gone.await;
    }

    fn push(self: &Rc<Self>, outgoing: Outgoing) {
        if self.is_aborted.get() {
            return;
        }
        let size = size(&outgoing.message);
        self.buffered.set(self.buffered.get() + size);
        self.queue.borrow_mut().push_back(outgoing);
        if !self.is_sending.replace(true) {
            let task = Task(tokio::task::spawn_local(self.clone().pump()));
            self.sending.replace(Some(task));
        }
    }

    async fn pump(self: Rc<Self>) {
        let web_socket = self.web_socket.borrow().clone();
        if let Some(web_socket) = web_socket
            && self.send_all(&web_socket).await.is_none()
        {
            self.is_aborted.set(true);
        }
        self.queue.borrow_mut().clear();
        self.is_sending.set(false);
        self.try_release();
        // This is that task, and it is at its end.
        self.sending.take();
    }

    /// None: no more can be sent.
    async fn send_all(&self, web_socket: &WebSocket) -> Option<()> {
        loop {
            let next = self.queue.borrow_mut().pop_front();
            let Some(outgoing) = next else {
                return Some(());
            };
            let size = size(&outgoing.message);
            if let Some(gate) = outgoing.gate {
                gate.await.ok()?;
            }
            web_socket.send(outgoing.message).await.ok()?;
            self.buffered.set(self.buffered.get().saturating_sub(size));
            if let Some(sent) = outgoing.sent {
                // The receiving task may have ended.
                let _ = sent.send(());
            }
        }
    }
}

#[cfg(test)]
mod tests;
