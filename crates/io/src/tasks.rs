//! The native work of one event.
//!
//! Most events wait for one thing at a time, and many for one in all. So the first task is polled by whoever polls the
//! event; only those beside it have wakers of their own.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::StreamExt;
use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use jsg::promise::Continuation;

use crate::actor::Reentry;

/// Work outside of the isolate, which may leave some to be done inside.
pub(crate) enum Task {
    /// Comes in whenever it is done.
    Free(LocalBoxFuture<'static, Continuation>),
    /// Sees itself to the lock that it comes in with. Without one it never comes in.
    Gated(LocalBoxFuture<'static, Option<Reentry>>),
}

impl Future for Task {
    type Output = Option<Reentry>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Free(future) => {
                let finish = ready!(future.as_mut().poll(cx));
                Poll::Ready(Some(Reentry { lock: None, finish }))
            }
            Self::Gated(future) => future.as_mut().poll(cx),
        }
    }
}

/// The tasks of an event. See the module.
#[derive(Default)]
pub(crate) struct Tasks {
    first: Option<Task>,
    /// Even an empty set is an allocation: made when first needed.
    others: Option<FuturesUnordered<Task>>,
}

impl Tasks {
    pub(crate) fn add(&mut self, task: Task) {
        if self.first.is_none() {
            self.first = Some(task);
            return;
        }
        self.others.get_or_insert_default().push(task);
    }

    pub(crate) fn len(&self) -> usize {
        let others = self.others.as_ref().map_or(0, FuturesUnordered::len);
        usize::from(self.first.is_some()) + others
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the next task to end leaves. Pending, too, if there is none.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Reentry>> {
        // Out of its place: one that panics is not polled again.
        if let Some(mut first) = self.first.take() {
            if let Poll::Ready(left) = Pin::new(&mut first).poll(cx) {
                return Poll::Ready(left);
            }
            self.first = Some(first);
        }
        match self
            .others
            .as_mut()
            .map(|others| others.poll_next_unpin(cx))
        {
            Some(Poll::Ready(Some(left))) => Poll::Ready(left),
            _ => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, poll_fn, ready};
    use std::rc::Rc;

    use futures::FutureExt;
    use futures::channel::oneshot;
    use futures::task::noop_waker_ref;

    use super::*;

    fn poll(tasks: &mut Tasks) -> bool {
        let cx = &mut Context::from_waker(noop_waker_ref());
        tasks.poll_next(cx).is_ready()
    }

    #[test]
    fn all_come_to_their_end_whichever_ends_first() {
        let mut tasks = Tasks::default();
        assert!(!poll(&mut tasks));
        let (end, ended): (Vec<_>, Vec<_>) = (0..3).map(|_| oneshot::channel::<()>()).unzip();
        for ended in ended {
            tasks.add(Task::Gated(ended.map(|_| None).boxed_local()));
        }
        assert!(!poll(&mut tasks));
        for (left, end) in end.into_iter().enumerate().rev() {
            end.send(()).expect("somebody waits");
            assert!(poll(&mut tasks));
            assert!(!poll(&mut tasks));
            assert_eq!(tasks.len(), left);
        }
        assert!(tasks.is_empty());
    }

    #[test]
    fn one_that_is_added_later_takes_the_place_of_the_first() {
        let mut tasks = Tasks::default();
        let polled = Rc::new(Cell::new(0));
        for _ in 0..2 {
            let polled = polled.clone();
            let count = poll_fn(move |_| {
                polled.set(polled.get() + 1);
                Poll::<Option<Reentry>>::Pending
            });
            tasks.add(Task::Gated(ready(None).boxed_local()));
            tasks.add(Task::Gated(count.boxed_local()));
            assert!(poll(&mut tasks));
            assert!(!poll(&mut tasks));
        }
        tasks.add(Task::Gated(pending().boxed_local()));
        assert!(!poll(&mut tasks));
        assert_eq!(tasks.len(), 3);
        // Nobody has woken them since, as far as the set knows.
        assert_eq!(polled.get(), 2);
    }
}
