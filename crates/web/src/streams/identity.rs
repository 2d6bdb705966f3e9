//! The bytes between the two sides of an `IdentityTransformStream`: none are kept, a write ends when it
//! has been read.
//!
//! 1. At most one write and one read wait, never both.
//! 2. An error sticks, and both sides see it.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use net::Body;

use super::native_sink::{NativeSink, NativeSource, StreamError, chunked, failure};

struct Pipe {
    state: State,
    /// How many bytes are still to come through a `FixedLengthStream`.
    left: Option<u64>,
    counted: Counted,
    /// Whether all of the last write was read.
    taken: bool,
    /// A read that waits.
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// When bytes of a `FixedLengthStream` are counted, which decides who hears first that they are too many
/// or too few.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// When they are read: the reader hears first.
    Read,
    /// When they are written: the writer's call fails.
    Written,
}

enum State {
    Open,
    /// What a write that waits still has.
    Writing(Bytes),
    Closed,
    Errored(StreamError),
}

struct Reader(Rc<RefCell<Pipe>>);

struct Writer(Rc<RefCell<Pipe>>);

/// Both sides of an identity stream, of exactly `length` bytes if that is given.
pub fn pair(length: Option<u64>, counted: Counted) -> (Box<dyn NativeSource>, Rc<dyn NativeSink>) {
    let pipe = Rc::new(RefCell::new(Pipe {
        state: State::Open,
        left: length,
        counted,
        taken: false,
        reader: None,
        writer: None,
    }));
    (Box::new(Reader(Rc::clone(&pipe))), Rc::new(Writer(pipe)))
}

impl Pipe {
    fn set(&mut self, state: State) {
        self.state = state;
        for waker in [self.reader.take(), self.writer.take()]
            .into_iter()
            .flatten()
        {
            waker.wake();
        }
    }

    fn fail(&mut self, error: StreamError) {
        if !matches!(self.state, State::Closed | State::Errored(_)) {
            self.set(State::Errored(error));
        }
    }

    /// Takes part in the count of a `FixedLengthStream`.
    fn count(&mut self, amount: usize) -> Result<(), StreamError> {
        let Some(left) = &mut self.left else {
            return Ok(());
        };
        let amount = amount as u64;
        let text = if amount > *left {
            "Attempt to write too many bytes through a FixedLengthStream."
        } else if amount == 0 && *left != 0 {
            "FixedLengthStream did not see all expected bytes before close()."
        } else {
            *left -= amount;
            return Ok(());
        };
        let class = match self.counted {
            Counted::Read => "TypeError",
            Counted::Written => "RangeError",
        };
        let error = failure(class, text);
        self.fail(error.clone());
        Err(error)
    }

    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        limit: usize,
    ) -> Poll<Option<Result<Bytes, StreamError>>> {
        let bytes = match &mut self.state {
            State::Errored(error) => return Poll::Ready(Some(Err(error.clone()))),
            State::Open => {
                self.reader = Some(cx.waker().clone());
                return Poll::Pending;
            }
            State::Closed => Bytes::new(),
            State::Writing(bytes) => {
                let part = bytes.split_to(bytes.len().min(limit));
                if bytes.is_empty() {
                    self.taken = true;
                    self.set(State::Open);
                }
                part
            }
        };
        self.reader = None;
        if self.counted == Counted::Read
            && let Err(error) = self.count(bytes.len())
        {
            return Poll::Ready(Some(Err(error)));
        }
        Poll::Ready((!bytes.is_empty()).then_some(Ok(bytes)))
    }

    /// Whether the write has been read.
    fn poll_written(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamError>> {
        match &self.state {
            State::Writing(_) => {
                self.writer = Some(cx.waker().clone());
                Poll::Pending
            }
            // The reader is who hears first of bytes that are too many.
            State::Errored(_) if self.taken => Poll::Ready(Ok(())),
            State::Errored(error) => Poll::Ready(Err(error.clone())),
            State::Open | State::Closed => Poll::Ready(Ok(())),
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut pipe = self.0.borrow_mut();
        // Somebody was reading and stopped: a client that has gone away.
        if pipe.reader.is_some() {
            pipe.fail(StreamError::Incomplete);
        }
    }
}

impl NativeSource for Reader {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        limit: usize,
    ) -> Poll<Option<Result<Bytes, StreamError>>> {
        self.0.borrow_mut().poll_read(cx, limit)
    }

    fn length(&self) -> Option<u64> {
        let pipe = self.0.borrow();
        let waiting = match (&pipe.state, pipe.counted) {
            (State::Writing(bytes), Counted::Written) => bytes.len() as u64,
            _ => 0,
        };
        pipe.left.map(|left| left + waiting)
    }

    fn cancel(&mut self, reason: StreamError) {
        let mut pipe = self.0.borrow_mut();
        pipe.reader = None;
        pipe.fail(reason);
    }

    fn waits_for_guest(&self) -> bool {
        true
    }

    fn is_identity(&self) -> bool {
        true
    }

    fn into_body(self: Box<Self>) -> Body {
        chunked(*self)
    }
}

/// A write that waits for its reader.
struct Write {
    pipe: Rc<RefCell<Pipe>>,
}

impl Future for Write {
    type Output = Result<(), StreamError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.pipe.borrow_mut().poll_written(cx)
    }
}

impl Drop for Write {
    fn drop(&mut self) {
        let mut pipe = self.pipe.borrow_mut();
        // Given up before all of it was read: nobody may take the rest for the whole.
        if matches!(pipe.state, State::Writing(_)) {
            pipe.fail(StreamError::Incomplete);
        }
    }
}

impl NativeSink for Writer {
    fn write(&self, bytes: Bytes) -> LocalBoxFuture<'static, Result<(), StreamError>> {
        {
            let mut pipe = self.0.borrow_mut();
            match &pipe.state {
                State::Errored(error) => {
                    return std::future::ready(Err(error.clone())).boxed_local();
                }
                State::Closed => return std::future::ready(Ok(())).boxed_local(),
                State::Open | State::Writing(_) => {
                    if pipe.counted == Counted::Written
                        && !bytes.is_empty()
                        && let Err(error) = pipe.count(bytes.len())
                    {
                        return std::future::ready(Err(error)).boxed_local();
                    }
                    pipe.taken = false;
                    pipe.set(State::Writing(bytes));
                }
            }
        }
        let pipe = Rc::clone(&self.0);
        Box::pin(Write { pipe })
    }

    fn close(&self) -> LocalBoxFuture<'static, Result<(), StreamError>> {
        let mut pipe = self.0.borrow_mut();
        let is_over = matches!(pipe.state, State::Closed | State::Errored(_));
        if !is_over
            && pipe.counted == Counted::Written
            && let Err(error) = pipe.count(0)
        {
            return std::future::ready(Err(error)).boxed_local();
        }
        let result = match &pipe.state {
            State::Errored(error) => Err(error.clone()),
            _ => {
                pipe.set(State::Closed);
                Ok(())
            }
        };
        std::future::ready(result).boxed_local()
    }

    fn abort(&self, reason: StreamError) {
        let mut pipe = self.0.borrow_mut();
        if !matches!(pipe.state, State::Errored(_)) {
            pipe.set(State::Errored(reason));
        }
    }

    fn waits_for_guest(&self) -> bool {
        true
    }

    fn is_identity(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use std::future::poll_fn;

    async fn read(source: &mut dyn NativeSource, limit: usize) -> Option<Result<Bytes, String>> {
        let item = poll_fn(|cx| source.poll_read(cx, limit)).await;
        item.map(|item| item.map_err(|error| format!("{error:?}")))
    }

    #[test]
    fn a_write_ends_when_all_of_it_is_read() {
        let (mut source, sink) = pair(None, Counted::Read);
        block_on(async {
            let mut write = sink.write(Bytes::from_static(b"abcde"));
            assert!((&mut write).now_or_never().is_none());
            assert_eq!(read(&mut *source, 3).await, Some(Ok("abc".into())));
            assert!((&mut write).now_or_never().is_none());
            assert_eq!(read(&mut *source, 3).await, Some(Ok("de".into())));
            assert!(write.await.is_ok());
            assert!(sink.close().await.is_ok());
            assert_eq!(read(&mut *source, 3).await, None);
        });
    }

    #[test]
    fn lengths_are_enforced_by_the_reader() {
        block_on(async {
            let (mut source, sink) = pair(Some(3), Counted::Read);
            let write = sink.write(Bytes::from_static(b"abcd"));
            let item = read(&mut *source, 9).await;
            assert!(format!("{item:?}").contains("too many bytes"));
            assert!(write.await.is_ok());
            assert!(sink.close().await.is_err());

            let (mut source, sink) = pair(Some(3), Counted::Read);
            assert!(sink.close().await.is_ok());
            let item = read(&mut *source, 9).await;
            assert!(format!("{item:?}").contains("did not see all"));
        });
    }

    #[test]
    fn a_write_that_is_given_up_breaks_the_reader() {
        let (mut source, sink) = pair(None, Counted::Read);
        drop(sink.write(Bytes::from_static(b"abc")));
        let item = block_on(read(&mut *source, 9));
        assert!(matches!(item, Some(Err(_))));
    }

    #[test]
    fn a_reader_that_goes_while_it_waits_breaks_the_writer() {
        let (mut source, sink) = pair(None, Counted::Read);
        assert!(read(&mut *source, 9).now_or_never().is_none());
        drop(source);
        let result = sink.write(Bytes::from_static(b"a")).now_or_never();
        assert!(matches!(result, Some(Err(_))));
    }
}
