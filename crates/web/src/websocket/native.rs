//! The I/O behind a [`WebSocket`](super::WebSocket).
//!
//! ```text
//! Connecting ──► Waiting ──► Accepted ──► Released
//!      │            └── used in a response ──┘ ▲
//!      └── failed ────────────────────────────┘
//! ```

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use futures::channel::oneshot;
use net::websocket::Message;

pub(super) enum State {
    Connecting {
        _attempt: Attempt,
    },
    /// To be accepted, or used in a response.
    Waiting(net::WebSocket),
    Accepted(Rc<net::WebSocket>),
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

pub(super) struct Native {
    pub(super) state: RefCell<State>,
    pub(super) queue: RefCell<VecDeque<Message>>,
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
        matches!(*self.state.borrow(), State::Accepted(_))
    }

    /// Whether nobody hears what is sent: it is dropped in silence.
    pub(super) fn is_unheard(&self) -> bool {
        self.outgoing_aborted.get() || matches!(*self.state.borrow(), State::Released)
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
