//! Parts of a stream that others write to (`ByteStream.getSubstream()`). Who passes the bytes of one stream on to another
//! asks that one for a part, and leaves both to each other: the bytes come here without passing by. The end of a part is
//! told to who has asked for it, and is not the end of the stream.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bytes::Bytes;
use capnp::Error;
use futures::future::LocalBoxFuture;

use crate::layout::{Answer, Cap, Incoming, Outgoing, Result, Serve, export, pipelined};
use crate::schema::{END, ENDED, GET_SUBSTREAM, REACHED_LIMIT, WRITE};

/// Where the bytes of a stream go.
pub trait Destination: 'static {
    fn write(self: Rc<Self>, bytes: Bytes) -> LocalBoxFuture<'static, Result<()>>;
}

/// The limit of a part that has none, which is what the field is at its default.
const NO_LIMIT: u64 = u64::MAX;

/// What is said to who goes on after the end.
#[cold]
pub fn ended() -> Error {
    Error::failed("already called end()".into())
}

/// The bytes of `ByteStream.write`.
///
/// # Errors
/// The call is malformed.
pub fn written(call: &Incoming) -> Result<Bytes> {
    Ok(Bytes::copy_from_slice(call.params()?.data(0)?))
}

struct Substream {
    destination: Rc<dyn Destination>,
    /// Who has asked for it; none once the part has come to its end.
    callback: RefCell<Option<Cap>>,
    /// Where what comes goes since the limit was reached.
    next: RefCell<Option<Cap>>,
    limit: u64,
    length: Cell<u64>,
}

/// Answers the question for a part of a stream.
///
/// # Errors
/// The call is malformed.
pub fn give_substream(destination: Rc<dyn Destination>, mut call: Incoming) -> Result<()> {
    let params = call.params()?;
    let part = Substream {
        destination,
        callback: RefCell::new(Some(params.cap(0)?)), // callback
        next: RefCell::new(None),
        limit: params.u64(0) ^ NO_LIMIT, // limit
        length: Cell::new(0),
    };
    call.results::<0, 1>()?.cap(0, export(Rc::new(part))); // substream
    Ok(())
}

impl Substream {
    async fn take(self: Rc<Self>, mut bytes: Bytes) -> Result<()> {
        let next = self.next.borrow().clone();
        if let Some(next) = next {
            return forward(next, bytes).await;
        }
        if self.callback.borrow().is_none() {
            return Err(ended());
        }
        let left = self.limit - self.length.get();
        let own = bytes.split_to(bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
        let length = self.length.get() + own.len() as u64;
        self.length.set(length);
        if !own.is_empty() {
            self.destination.clone().write(own).await?;
        }
        if length < self.limit {
            return Ok(());
        }
        let callback = self.callback.take().ok_or_else(ended)?;
        let reached = Outgoing::new(&*callback, REACHED_LIMIT).send();
        let next = pipelined(&reached, 0); // next
        self.next.replace(Some(next.clone()));
        // It is used before it has come.
        tokio::task::spawn_local(reached.promise);
        if bytes.is_empty() {
            return Ok(());
        }
        forward(next, bytes).await
    }

    async fn end(self: Rc<Self>) -> Result<()> {
        let next = self.next.take();
        let ending = match (next, self.callback.take()) {
            (Some(next), _) => Outgoing::new(&*next, END).send(),
            (None, Some(callback)) => {
                let mut call = Outgoing::new(&*callback, ENDED);
                call.params::<1, 0>().u64(0, self.length.get()); // byteCount
                call.send()
            }
            (None, None) => return Err(ended()),
        };
        ending.promise.await.map(drop)
    }
}

async fn forward(next: Cap, bytes: Bytes) -> Result<()> {
    let mut call = Outgoing::new(&*next, WRITE);
    call.params::<0, 1>().data(0, &bytes); // bytes
    call.send().promise.await.map(drop)
}

impl Serve for Substream {
    fn call(self: Rc<Self>, call: Incoming) -> Answer {
        match call.method {
            WRITE => Answer::streaming(async move {
                let bytes = written(&call)?;
                drop(call);
                self.take(bytes).await
            }),
            END => Answer::later(self.end()),
            GET_SUBSTREAM => Answer::now(give_substream(self, call)),
            other => Answer::unknown(other),
        }
    }
}

impl Destination for Substream {
    fn write(self: Rc<Self>, bytes: Bytes) -> LocalBoxFuture<'static, Result<()>> {
        Box::pin(self.take(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream, and what its parts tell.
    #[derive(Default)]
    struct Recorded {
        bytes: RefCell<Vec<u8>>,
        ended: RefCell<Vec<u64>>,
        next: RefCell<Option<Cap>>,
        is_closed: Cell<bool>,
    }

    impl Destination for Recorded {
        fn write(self: Rc<Self>, bytes: Bytes) -> LocalBoxFuture<'static, Result<()>> {
            self.bytes.borrow_mut().extend_from_slice(&bytes);
            Box::pin(async { Ok(()) })
        }
    }

    impl Serve for Recorded {
        fn call(self: Rc<Self>, mut call: Incoming) -> Answer {
            let answer = match call.method {
                WRITE => written(&call).map(|bytes| self.bytes.borrow_mut().extend(bytes)),
                END => {
                    self.is_closed.set(true);
                    Ok(())
                }
                GET_SUBSTREAM => give_substream(self, call),
                ENDED => call.params().map(|params| {
                    self.ended.borrow_mut().push(params.u64(0));
                }),
                REACHED_LIMIT => call.results::<0, 1>().map(|mut results| {
                    results.cap(0, self.next.borrow().clone().unwrap());
                }),
                other => return Answer::unknown(other),
            };
            Answer::now(answer)
        }
    }

    async fn part(of: &Rc<Recorded>, callback: &Rc<Recorded>, limit: u64) -> Cap {
        let stream = export(of.clone());
        let mut call = Outgoing::new(&*stream, GET_SUBSTREAM);
        let mut params = call.params::<1, 1>();
        params.cap(0, export(callback.clone()));
        params.u64(0, limit ^ NO_LIMIT);
        let sent = call.send();
        let part = pipelined(&sent, 0);
        assert!(sent.promise.await.is_ok());
        part
    }

    async fn send(to: &Cap, bytes: &[u8]) -> bool {
        forward(to.clone(), Bytes::copy_from_slice(bytes))
            .await
            .is_ok()
    }

    async fn close(stream: &Cap) -> bool {
        Outgoing::new(&**stream, END).send().promise.await.is_ok()
    }

    #[tokio::test(flavor = "current_thread")]
    async fn the_end_of_a_part_is_told_and_leaves_the_stream_open() {
        let tasks = tokio::task::LocalSet::new();
        tasks
            .run_until(async {
                let [stream, callback] = [Rc::default(), Rc::default()];
                let part = part(&stream, &callback, NO_LIMIT).await;
                assert!(send(&part, b"one").await && send(&part, b"two").await);
                assert!(close(&part).await);
                assert_eq!(*stream.bytes.borrow(), b"onetwo");
                assert_eq!(*callback.ended.borrow(), [6]);
                assert!(!stream.is_closed.get());
                assert!(!send(&part, b"three").await && !close(&part).await);
            })
            .await;
    }

    #[tokio::test(flavor = "current_thread")]
    async fn what_is_beyond_the_limit_goes_on() {
        let tasks = tokio::task::LocalSet::new();
        tasks
            .run_until(async {
                let [stream, callback, next]: [Rc<Recorded>; 3] = Default::default();
                callback.next.replace(Some(export(next.clone())));
                let part = part(&stream, &callback, 4).await;
                assert!(send(&part, b"one").await && send(&part, b"two").await);
                assert!(send(&part, b"three").await && close(&part).await);
                assert_eq!(*stream.bytes.borrow(), b"onet");
                assert_eq!(*next.bytes.borrow(), b"wothree");
                assert!(next.is_closed.get() && !stream.is_closed.get());
                assert!(callback.ended.borrow().is_empty());
            })
            .await;
    }
}
