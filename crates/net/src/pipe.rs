//! A connection within the process: two ends, each of which reads what the other writes.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};

use crate::Transport;
use crate::transport::{read_through, write_through};

/// What one end may have written that the other has not read.
const BOUND: usize = 64 * 1024;

/// One end.
pub struct Pipe {
    io: DuplexStream,
    mine: Rc<End>,
    other: Rc<End>,
}

#[derive(Default)]
struct End(RefCell<State>);

#[derive(Default)]
struct State {
    gone: bool,
    /// Of the other end, which waits for this one to go.
    waker: Option<Waker>,
}

/// A new connection.
pub fn pipe() -> (Pipe, Pipe) {
    let (a, b) = tokio::io::duplex(BOUND);
    let (first, second) = (Rc::<End>::default(), Rc::<End>::default());
    let one = Pipe {
        io: a,
        mine: first.clone(),
        other: second.clone(),
    };
    let two = Pipe {
        io: b,
        mine: second,
        other: first,
    };
    (one, two)
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let waker = {
            let mut state = self.mine.0.borrow_mut();
            state.gone = true;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Transport for Pipe {
    fn poll_hangup(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.other.0.borrow_mut();
        if state.gone {
            return Poll::Ready(());
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl AsyncRead for Pipe {
    read_through!(io);
}

impl AsyncWrite for Pipe {
    write_through!(io);
}
