//! What the other side creates at this one before it refers to it: streams and signals (`ExternalPusher`).
//!
//! A pushed object has no methods. The other side names it in a message, where this side knows it again.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use capnp::Error;
use futures::channel::oneshot;
use net::{Body, BodyError};

use crate::layout::{Answer, Cap, Incoming, Result, Serve, export};
use crate::schema::{ABORT, PUSH_ABORT_SIGNAL, PUSH_BYTE_STREAM, RELEASE};
use crate::streams::fed_body;
use crate::target::Session;

/// More than this many at a time are not taken from one connection.
const MOST: usize = 1 << 16;

/// What was pushed.
enum Content {
    Body(Body),
    Signal(oneshot::Receiver<Vec<u8>>),
}

struct Pushed {
    content: RefCell<Option<Content>>,
    pushed: Weak<Known>,
}

/// What has been pushed over one connection, by address.
#[derive(Default)]
struct Known {
    objects: RefCell<HashMap<usize, Weak<Pushed>>>,
}

/// Takes what the other side pushes.
#[derive(Default, Clone)]
pub struct Pusher(Rc<Known>);

impl Serve for Pushed {
    fn call(self: Rc<Self>, call: Incoming) -> Answer {
        Answer::unknown(call.method)
    }
}

impl Drop for Pushed {
    fn drop(&mut self) {
        if let Some(known) = self.pushed.upgrade() {
            let address = std::ptr::from_ref(self) as usize;
            known.objects.borrow_mut().remove(&address);
        }
    }
}

impl Pusher {
    /// Answers a call of this interface.
    pub fn answer(&self, session: &Rc<Session>, call: Incoming) -> Answer {
        match call.method {
            PUSH_BYTE_STREAM => Answer::now(self.push_stream(session, call)),
            PUSH_ABORT_SIGNAL => Answer::now(self.push_signal(call)),
            other => Answer::unknown(other),
        }
    }

    fn add(&self, content: Content) -> Result<Cap> {
        let mut objects = self.0.objects.borrow_mut();
        if objects.len() >= MOST {
            return Err(Error::overloaded(
                "too many streams over one connection".into(),
            ));
        }
        let pushed = Rc::new(Pushed {
            content: RefCell::new(Some(content)),
            pushed: Rc::downgrade(&self.0),
        });
        let address = Rc::as_ptr(&pushed) as usize;
        objects.insert(address, Rc::downgrade(&pushed));
        Ok(export(pushed))
    }

    fn push_stream(&self, session: &Rc<Session>, mut call: Incoming) -> Result<()> {
        let length = call.params()?.u64(0).checked_sub(1); // lengthPlusOne
        let (body, sink) = fed_body(session, length);
        let source = self.add(Content::Body(body))?;
        let mut results = call.results::<0, 2>()?;
        results.cap(0, source); // source
        results.cap(1, sink); // sink
        Ok(())
    }

    fn push_signal(&self, mut call: Incoming) -> Result<()> {
        let (sender, receiver) = oneshot::channel();
        let signal = self.add(Content::Signal(receiver))?;
        let trigger = Trigger {
            sender: Cell::new(Some(sender)),
        };
        let mut results = call.results::<0, 2>()?;
        results.cap(0, signal); // signal
        results.cap(1, export(Rc::new(trigger))); // trigger
        Ok(())
    }

    async fn take(&self, object: Cap) -> Option<Content> {
        let mut object = object;
        // It may be a promise of what is still being pushed.
        object.when_resolved().await.ok()?;
        while let Some(resolved) = object.get_resolved() {
            object = resolved;
        }
        let pushed = self.0.objects.borrow().get(&object.get_ptr())?.upgrade()?;
        pushed.content.take()
    }

    /// The body that the other side means.
    pub fn body(&self, object: Cap) -> Body {
        enum State {
            Waiting(futures::future::LocalBoxFuture<'static, Option<Content>>),
            Reading(Body),
            Ended,
        }
        let pusher = self.clone();
        let mut state = State::Waiting(Box::pin(async move { pusher.take(object).await }));
        let chunks = futures::stream::poll_fn(move |cx| {
            loop {
                match &mut state {
                    State::Waiting(found) => {
                        state = match std::task::ready!(found.as_mut().poll(cx)) {
                            Some(Content::Body(body)) => State::Reading(body),
                            _ => {
                                state = State::Ended;
                                let text = "pushed external is not a byte stream".to_owned();
                                return Some(Err(BodyError::Connection(text))).into();
                            }
                        };
                    }
                    State::Reading(body) => return body.poll_next(cx),
                    State::Ended => return None.into(),
                }
            }
        });
        Body::stream(chunks, None)
    }

    /// The signal that the other side means.
    pub fn signal(&self, session: &Rc<Session>, object: Cap) -> oneshot::Receiver<Vec<u8>> {
        let (mut sender, receiver) = oneshot::channel();
        let (pusher, session) = (self.clone(), session.clone());
        tokio::task::spawn_local(async move {
            let aborted = async {
                match pusher.take(object).await {
                    Some(Content::Signal(signal)) => signal.await.ok(),
                    _ => None,
                }
            };
            let reason = tokio::select! {
                reason = aborted => reason,
                // Nobody follows any more.
                () = sender.cancellation() => None,
            };
            if let Some(reason) = reason {
                // The same.
                let _ = sender.send(reason);
            }
            // It has kept the other side going.
            drop(session);
        });
        receiver
    }
}

/// Aborts a signal of this side.
struct Trigger {
    sender: Cell<Option<oneshot::Sender<Vec<u8>>>>,
}

impl Serve for Trigger {
    fn call(self: Rc<Self>, call: Incoming) -> Answer {
        match call.method {
            ABORT => Answer::now(self.abort(&call)),
            RELEASE => {
                drop(self.sender.take());
                Answer::now(Ok(()))
            }
            other => Answer::unknown(other),
        }
    }
}

impl Trigger {
    fn abort(&self, call: &Incoming) -> Result<()> {
        let reason = call.params()?.fields(0)?.data(0)?; // reason.v8Serialized
        if let Some(sender) = self.sender.take() {
            // Nobody follows any more: nobody has to know.
            let _ = sender.send(reason.to_vec());
        }
        Ok(())
    }
}
