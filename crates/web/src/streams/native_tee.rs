//! One native body read by two: each branch takes chunks at its own pace, and what the slower one
//! has not read yet waits in a queue that both share.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures::stream::poll_fn;
use net::{Body, BodyError};

/// How far one branch may fall behind the other.
const LIMIT: usize = 128 << 20;

struct Shared {
    body: Body,
    end: Option<Result<(), BodyError>>,
    branches: [Queue; 2],
}

#[derive(Default)]
struct Queue {
    chunks: VecDeque<Bytes>,
    bytes: usize,
    gone: bool,
    waker: Option<Waker>,
}

/// Tells the other branch that this one is gone.
struct Guard(Rc<RefCell<Shared>>, usize);

impl Drop for Guard {
    fn drop(&mut self) {
        let mut shared = self.0.borrow_mut();
        shared.branches[self.1] = Queue {
            gone: true,
            ..Queue::default()
        };
        if shared.branches.iter().all(|branch| branch.gone) {
            shared.body = Body::empty();
        }
    }
}

/// Two bodies with the content of one.
pub fn tee(body: Body) -> [Body; 2] {
    let length = body.length();
    let shared = Rc::new(RefCell::new(Shared {
        body,
        end: None,
        branches: Default::default(),
    }));
    [0, 1].map(|index| {
        let guard = Guard(Rc::clone(&shared), index);
        Body::stream(poll_fn(move |cx| poll(&guard.0, guard.1, cx)), length)
    })
}

fn poll(
    shared: &Rc<RefCell<Shared>>,
    index: usize,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Bytes, BodyError>>> {
    let shared = &mut *shared.borrow_mut();
    let own = &mut shared.branches[index];
    if let Some(chunk) = own.chunks.pop_front() {
        own.bytes -= chunk.len();
        return Poll::Ready(Some(Ok(chunk)));
    }
    if let Some(end) = &shared.end {
        return Poll::Ready(end.clone().err().map(Err));
    }
    let Poll::Ready(item) = shared.body.poll_next(cx) else {
        own.waker = Some(cx.waker().clone());
        return Poll::Pending;
    };
    let other = &mut shared.branches[1 - index];
    match &item {
        Some(Ok(chunk)) if !other.gone => {
            other.bytes += chunk.len();
            other.chunks.push_back(chunk.clone());
            if other.bytes > LIMIT {
                shared.end = Some(Err(BodyError::TooLarge { limit: LIMIT }));
            }
        }
        Some(Ok(_)) => {}
        Some(Err(error)) => shared.end = Some(Err(error.clone())),
        None => shared.end = Some(Ok(())),
    }
    if let Some(waker) = other.waker.take() {
        waker.wake();
    }
    Poll::Ready(item)
}
