//! Two ends within the process: each direction is a slot for one message.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::{Error, Message};

/// One end.
pub(super) struct End {
    input: Rc<RefCell<Direction>>,
    output: Rc<RefCell<Direction>>,
}

#[derive(Default)]
struct Direction {
    slot: Option<Message>,
    /// The last message that was in the slot has been received.
    is_taken: bool,
    /// The receiver waits, for a message of this size at most.
    demand: Option<usize>,
    /// The sender will send no more; the receiver reads this once, and then that the other side is gone.
    failure: Option<Error>,
    is_over: bool,
    /// One of the ends is gone.
    is_aborted: bool,
    receiver: Option<Waker>,
    sender: Option<Waker>,
    watchers: Vec<Waker>,
}

pub(super) fn new() -> (End, End) {
    let forth = Rc::new(RefCell::new(Direction::default()));
    let back = Rc::new(RefCell::new(Direction::default()));
    let first = End {
        input: Rc::clone(&back),
        output: Rc::clone(&forth),
    };
    let second = End {
        input: forth,
        output: back,
    };
    (first, second)
}

impl Direction {
    fn wake_all(&mut self) {
        let wakers = self.receiver.take().into_iter().chain(self.sender.take());
        for waker in wakers.chain(self.watchers.drain(..)) {
            waker.wake();
        }
    }

    fn watch(&mut self, cx: &Context<'_>) {
        if !self
            .watchers
            .iter()
            .any(|waker| waker.will_wake(cx.waker()))
        {
            self.watchers.push(cx.waker().clone());
        }
    }
}

impl End {
    pub(super) fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        max: usize,
    ) -> Poll<Result<Message, Error>> {
        let mut input = self.input.borrow_mut();
        if let Some(message) = input.slot.take() {
            input.demand = None;
            input.is_taken = true;
            if let Some(sender) = input.sender.take() {
                sender.wake();
            }
            return Poll::Ready(Ok(message));
        }
        if input.is_over {
            return Poll::Ready(Err(input.failure.take().unwrap_or(Error::Disconnected)));
        }
        input.demand = Some(max);
        input.receiver = Some(cx.waker().clone());
        for watcher in input.watchers.drain(..) {
            watcher.wake();
        }
        Poll::Pending
    }

    pub(super) fn poll_send(
        &self,
        cx: &mut Context<'_>,
        message: &mut Option<Message>,
    ) -> Poll<Result<(), Error>> {
        let mut output = self.output.borrow_mut();
        if message.is_none() && output.is_taken {
            return Poll::Ready(Ok(()));
        }
        if output.is_over {
            return Poll::Ready(Err(Error::Disconnected));
        }
        if output.slot.is_none()
            && let Some(message) = message.take()
        {
            output.is_taken = false;
            output.slot = Some(message);
            if let Some(receiver) = output.receiver.take() {
                receiver.wake();
            }
        }
        output.sender = Some(cx.waker().clone());
        Poll::Pending
    }

    pub(super) fn poll_aborted(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut output = self.output.borrow_mut();
        if output.is_aborted {
            return Poll::Ready(());
        }
        output.watch(cx);
        Poll::Pending
    }

    /// How large a message the other end waits for; `None` when it is gone.
    pub(super) fn poll_demand(&self, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        let mut output = self.output.borrow_mut();
        if output.is_over {
            return Poll::Ready(None);
        }
        if let (Some(max), None) = (output.demand, &output.slot) {
            return Poll::Ready(Some(max));
        }
        output.watch(cx);
        Poll::Pending
    }

    /// The other end receives nothing more but, once, this error.
    pub(super) fn fail(&self, error: Error) {
        let mut output = self.output.borrow_mut();
        if !output.is_over {
            output.is_over = true;
            output.failure = Some(error);
            output.wake_all();
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        for direction in [&self.input, &self.output] {
            let mut direction = direction.borrow_mut();
            direction.is_over = true;
            direction.is_aborted = true;
            direction.slot = None;
            direction.wake_all();
        }
    }
}
