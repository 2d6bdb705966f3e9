//! Who moves the bytes of a connection: hyper's side of it is a future that somebody must poll.
//!
//! A task for that alone would be woken to send each request, and would then wake whoever waits for the answer. So the
//! exchange polls the connection itself for as long as it waits: it *attends* to it. The connection's own task, the
//! *keeper*, polls it at all other times when there is anything to do: while a body is read, and after an exchange was
//! given up, to the connection's end.
//!
//! 1. The connection is polled with one waker, the relay, which wakes whoever has polled last. So it does not matter to
//!    hyper, nor to the socket, that pollers change.
//! 2. A connection that waits in the pool has nobody: what happens to it is noticed when it is used or swept.
//! 3. Only the connection settles what an exchange waits for, while that polls it: nobody needs to wake it twice.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use futures::task::{AtomicWaker, noop_waker_ref};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use pin_project_lite::pin_project;

use super::io::ClientIo;
use crate::body::Body;

type Connection = http1::Connection<TokioIo<ClientIo>, Body>;

/// What is left of a connection that did not fail.
pub type Ended = Option<http1::Parts<TokioIo<ClientIo>>>;

/// See the module.
#[derive(Clone)]
pub struct Driver(Rc<State>);

struct State {
    connection: RefCell<Option<Connection>>,
    relay: Arc<Relay>,
    /// The same for hyper.
    waker: Waker,
    is_attended: Cell<bool>,
    keeper: RefCell<Option<Waker>>,
}

#[derive(Default)]
struct Relay(AtomicWaker);

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.0.wake();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.wake();
    }
}

impl Driver {
    pub fn new(connection: Connection) -> Self {
        let relay = Arc::<Relay>::default();
        Self(Rc::new(State {
            connection: RefCell::new(Some(connection)),
            waker: Waker::from(relay.clone()),
            relay,
            is_attended: Cell::new(false),
            keeper: RefCell::new(None),
        }))
    }

    /// Moves what bytes can be moved. Ready once the connection has ended, with what is left of it, once.
    pub fn poll(&self) -> Poll<Option<Ended>> {
        // Borrowed already: a body that is being sent has come back to its own connection.
        let Ok(mut place) = self.0.connection.try_borrow_mut() else {
            return Poll::Pending;
        };
        let Some(connection) = &mut *place else {
            return Poll::Ready(None);
        };
        let cx = &mut Context::from_waker(&self.0.waker);
        let result = std::task::ready!(Pin::new(connection).poll_without_shutdown(cx));
        let connection = place.take();
        drop(place);
        // Of a failure the exchange, if there is one, has been told.
        let ended = result.ok().and(connection);
        Poll::Ready(Some(ended.map(Connection::into_parts)))
    }

    /// For the keeper: `poll`, unless an exchange does so.
    pub fn poll_as_keeper(&self, cx: &Context<'_>, poll: impl FnOnce() -> Poll<()>) -> Poll<()> {
        let State {
            relay,
            is_attended,
            keeper,
            ..
        } = &*self.0;
        if keeper.borrow().is_none() {
            keeper.replace(Some(cx.waker().clone()));
        }
        if is_attended.get() {
            return Poll::Pending;
        }
        relay.0.register(cx.waker());
        poll()
    }

    /// Hands the connection to its keeper.
    pub fn wake_keeper(&self) {
        self.0.wake_keeper();
    }

    /// An exchange: `answer` is waited for, and the connection is polled, with `poll`, meanwhile. After an answer nobody
    /// polls the connection any more; an exchange that is given up leaves it to the keeper.
    pub fn attend<F, P>(&self, answer: F, poll: P) -> Attended<F, P> {
        self.0.is_attended.set(true);
        Attended {
            answer,
            poll,
            attention: Attention {
                state: self.0.clone(),
                is_answered: false,
            },
        }
    }
}

impl State {
    fn wake_keeper(&self) {
        let keeper = self.keeper.borrow().clone();
        if let Some(keeper) = keeper {
            keeper.wake();
        }
    }
}

pin_project! {
    /// See [`Driver::attend`].
    pub struct Attended<F, P> {
        #[pin]
        answer: F,
        poll: P,
        attention: Attention,
    }
}

impl<F: Future, P: Fn()> Future for Attended<F, P> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.attention.state.relay.0.register(cx.waker());
        (this.poll)();
        let answered = this.answer.poll(&mut Context::from_waker(noop_waker_ref()));
        this.attention.is_answered = answered.is_ready();
        answered
    }
}

struct Attention {
    state: Rc<State>,
    is_answered: bool,
}

impl Drop for Attention {
    fn drop(&mut self) {
        self.state.is_attended.set(false);
        drop(self.state.relay.0.take());
        if !self.is_answered {
            self.state.wake_keeper();
        }
    }
}
