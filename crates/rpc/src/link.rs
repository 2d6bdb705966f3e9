//! The way between the two sides of a session.

use std::task::{Context, Poll};

use tokio::sync::mpsc;

use crate::Malformed;
use crate::frame::Frame;

/// One side's end of a link.
pub struct Link {
    pub outlet: Box<dyn Outlet>,
    pub inlet: Box<dyn Inlet>,
}

/// Takes what goes to the other side. Dropping it tells the other side that no more comes.
pub trait Outlet {
    /// Sends a frame after those before it. That nobody gets it is told by the [`Inlet`].
    fn send(&self, frame: Frame);

    /// How many bytes of a body are worth sending at once; more go as a stream.
    fn most_at_once(&self) -> usize {
        usize::MAX
    }
}

/// Gives what comes from the other side.
pub trait Inlet {
    /// The next frame; `None` when no more come.
    ///
    /// # Errors
    /// The other side has sent what is no frame.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, Malformed>>>;
}

/// An end of a link between two threads, or within one: frames are handed over as they are.
pub struct Mailbox {
    outlet: mpsc::UnboundedSender<Frame>,
    inlet: mpsc::UnboundedReceiver<Frame>,
}

impl Mailbox {
    /// The two ends of a link.
    pub fn pair() -> (Self, Self) {
        let (to_second, from_first) = mpsc::unbounded_channel();
        let (to_first, from_second) = mpsc::unbounded_channel();
        let first = Self {
            outlet: to_second,
            inlet: from_second,
        };
        let second = Self {
            outlet: to_first,
            inlet: from_first,
        };
        (first, second)
    }
}

impl From<Mailbox> for Link {
    fn from(mailbox: Mailbox) -> Self {
        Self {
            outlet: Box::new(mailbox.outlet),
            inlet: Box::new(mailbox.inlet),
        }
    }
}

impl Outlet for mpsc::UnboundedSender<Frame> {
    fn send(&self, frame: Frame) {
        // The inlet tells that the other side is gone.
        let _ = Self::send(self, frame);
    }
}

impl Inlet for mpsc::UnboundedReceiver<Frame> {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, Malformed>>> {
        self.poll_recv(cx).map(|frame| frame.map(Ok))
    }
}
