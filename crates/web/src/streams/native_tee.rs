//! One native source read by two: each branch takes chunks at its own pace, and what the slower one
//! has not read yet waits in a queue that both share.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use net::Body;

use super::native_sink::{NativeSource, StreamError, chunked, failure};

/// How far one branch may fall behind the other.
const LIMIT: usize = 128 << 20;

const TOO_FAR_BEHIND: &str = "ReadableStream.tee() buffer limit exceeded. This error usually occurs when a Request or \
     Response with a large body is cloned, then only one of the clones is read, forcing the Workers runtime to buffer \
     the entire body in memory. To fix this issue, remove unnecessary calls to Request/Response.clone() and \
     ReadableStream.tee(), and always read clones/tees in parallel.";

struct Shared {
    /// None when nobody reads any more.
    source: Option<Box<dyn NativeSource>>,
    by_guest: bool,
    end: Option<Result<(), StreamError>>,
    branches: [Queue; 2],
}

#[derive(Default)]
struct Queue {
    chunks: VecDeque<Bytes>,
    bytes: usize,
    gone: bool,
    waker: Option<Waker>,
}

/// One of the two.
struct Branch {
    shared: Rc<RefCell<Shared>>,
    index: usize,
}

impl Drop for Branch {
    fn drop(&mut self) {
        self.leave(None);
    }
}

/// Two sources with the content of one.
pub fn tee(source: Box<dyn NativeSource>) -> [Box<dyn NativeSource>; 2] {
    let shared = Rc::new(RefCell::new(Shared {
        by_guest: source.waits_for_guest(),
        source: Some(source),
        end: None,
        branches: Default::default(),
    }));
    [0, 1].map(|index| {
        let shared = Rc::clone(&shared);
        Box::new(Branch { shared, index }) as Box<dyn NativeSource>
    })
}

impl Branch {
    /// Takes no more; the source goes with the second to leave.
    fn leave(&self, reason: Option<StreamError>) {
        let last = {
            let mut shared = self.shared.borrow_mut();
            shared.branches[self.index] = Queue {
                gone: true,
                ..Queue::default()
            };
            let all = shared.branches.iter().all(|branch| branch.gone);
            all.then(|| shared.source.take()).flatten()
        };
        if let (Some(mut source), Some(reason)) = (last, reason) {
            source.cancel(reason);
        }
    }
}

impl NativeSource for Branch {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        limit: usize,
    ) -> Poll<Option<Result<Bytes, StreamError>>> {
        let shared = &mut *self.shared.borrow_mut();
        if shared.branches[self.index].chunks.is_empty()
            && let Some(end) = ready!(shared.advance(self.index, cx))
        {
            return Poll::Ready(end.err().map(Err));
        }
        let own = &mut shared.branches[self.index];
        let Some(chunk) = own.chunks.front_mut() else {
            return Poll::Ready(None);
        };
        let part = chunk.split_to(chunk.len().min(limit));
        if chunk.is_empty() {
            own.chunks.pop_front();
        }
        own.bytes -= part.len();
        Poll::Ready(Some(Ok(part)))
    }

    fn length(&self) -> Option<u64> {
        let shared = self.shared.borrow();
        let to_come = match &shared.end {
            Some(_) => 0,
            None => shared.source.as_ref()?.length()?,
        };
        Some(to_come + shared.branches[self.index].bytes as u64)
    }

    fn cancel(&mut self, reason: StreamError) {
        self.leave(Some(reason));
    }

    fn waits_for_guest(&self) -> bool {
        self.shared.borrow().by_guest
    }

    fn at_hand(&self) -> usize {
        let shared = self.shared.borrow();
        shared.branches[self.index]
            .chunks
            .front()
            .map_or(0, Bytes::len)
    }

    fn into_body(self: Box<Self>) -> Body {
        chunked(*self)
    }
}

impl Shared {
    /// Reads the next chunk for all that still read; the end, if it has come.
    fn advance(
        &mut self,
        index: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<(), StreamError>>> {
        if self.end.is_none() {
            let item = match &mut self.source {
                None => Poll::Ready(None),
                Some(source) => source.poll_read(cx, usize::MAX),
            };
            let Poll::Ready(item) = item else {
                self.branches[index].waker = Some(cx.waker().clone());
                return Poll::Pending;
            };
            match item {
                Some(Ok(chunk)) => self.share(&chunk),
                Some(Err(error)) => self.end = Some(Err(error)),
                None => self.end = Some(Ok(())),
            }
            if let Some(waker) = self.branches[1 - index].waker.take() {
                waker.wake();
            }
            if self.end.is_none() || !self.branches[index].chunks.is_empty() {
                return Poll::Ready(None);
            }
        }
        Poll::Ready(self.end.clone())
    }

    fn share(&mut self, chunk: &Bytes) {
        for branch in self.branches.iter_mut().filter(|branch| !branch.gone) {
            branch.bytes += chunk.len();
            branch.chunks.push_back(chunk.clone());
            if branch.bytes > LIMIT {
                self.end = Some(Err(failure("TypeError", TOO_FAR_BEHIND)));
            }
        }
    }
}
