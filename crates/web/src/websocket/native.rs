//! The I/O behind a [`WebSocket`](super::WebSocket).
//!
//! ```text
//! Connecting ──► Waiting ──► Accepted, Hibernatable ──► Released
//!      │            └── used in a response ──┘              ▲
//!      └── failed ─────────────────────────────────────────┘
//! ```

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::LocalBoxFuture;
use io::hibernation::Socket;
use net::websocket::Message;

pub(super) enum State {
    Connecting {
        _attempt: Attempt,
    },
    /// To be accepted, or used in a response.
    Waiting(net::WebSocket),
    Accepted(Rc<net::WebSocket>),
    /// Accepted by a Durable Object that may go meanwhile.
    Hibernatable(Rc<Socket>),
    Released,
}

/// An attempt to connect; dropping it stops the attempt.
pub(super) struct Attempt {
    _stop: oneshot::Sender<()>,
}

impl Attempt {
    /// The attempt, and what completes when it is to stop.
    pub(super) fn new() -> (Self, oneshot::Receiver<()>) {
        let (stop, stopped) = oneshot::channel();
        (Self { _stop: stop }, stopped)
    }
}

/// What a message waits for before it may leave.
pub(super) type Gate = LocalBoxFuture<'static, Result<(), io::ChannelError>>;

pub(super) struct Native {
    pub(super) state: RefCell<State>,
    pub(super) queue: RefCell<VecDeque<(Message, Option<Gate>)>>,
    /// Bytes of messages that have not been sent.
    pub(super) buffered: Cell<usize>,
    /// A task sends what is in the queue.
    pub(super) is_pumping: Cell<bool>,
    /// `close()` was called, or a Close answered.
    pub(super) closed_outgoing: Cell<bool>,
    /// A Close has come, or there will be none.
    pub(super) closed_incoming: Cell<bool>,
    /// The peer takes nothing more.
    pub(super) outgoing_aborted: Cell<bool>,
}

impl Native {
    pub(super) fn new(state: State) -> Self {
        Self {
            state: RefCell::new(state),
            queue: RefCell::default(),
            buffered: Cell::new(0),
            is_pumping: Cell::new(false),
            closed_outgoing: Cell::new(false),
            closed_incoming: Cell::new(false),
            outgoing_aborted: Cell::new(false),
        }
    }

    pub(super) fn is_connecting(&self) -> bool {
        matches!(*self.state.borrow(), State::Connecting { .. })
    }

    pub(super) fn is_accepted(&self) -> bool {
        matches!(
            *self.state.borrow(),
            State::Accepted(_) | State::Hibernatable(_)
        )
    }

    /// The other side, of a WebSocket that was accepted for hibernation.
    pub(super) fn hibernatable(&self) -> Option<Rc<Socket>> {
        match &*self.state.borrow() {
            State::Hibernatable(socket) => Some(socket.clone()),
            _ => None,
        }
    }

    /// Bytes of messages that have not been sent.
    pub(super) fn buffered(&self) -> usize {
        match &*self.state.borrow() {
            State::Hibernatable(socket) => socket.buffered(),
            _ => self.buffered.get(),
        }
    }

    /// Whether nobody hears what is sent: it is dropped in silence.
    pub(super) fn is_unheard(&self) -> bool {
        self.outgoing_aborted.get()
            || match &*self.state.borrow() {
                State::Released => true,
                State::Hibernatable(socket) => socket.is_aborted(),
                _ => false,
            }
    }

    /// Ends an attempt to connect; false if there is none.
    pub(super) fn stop_connecting(&self) -> bool {
        let is_connecting = self.is_connecting();
        if is_connecting {
            self.release();
        }
        is_connecting
    }

    /// Lets the I/O go.
    pub(super) fn release(&self) {
        let before = self.state.replace(State::Released);
        drop(before);
    }

    /// Lets the I/O go if nothing will be sent any more. To be called when nothing will be received.
    pub(super) fn try_release(&self) {
        let is_done = self.closed_outgoing.get() || self.outgoing_aborted.get();
        if is_done && !self.is_pumping.get() {
            self.release();
        }
    }
}
