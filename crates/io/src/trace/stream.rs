//! What a streaming tail Worker gets: each thing that an event does, as it happens.
//!
//! The writer is the traced event, the reader the tail Worker's. Between them is a queue of bounded size: what does not
//! fit is left out and counted.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};

use super::ids::{SpanId, TraceId};
use super::{EventInfo, Exception, Log};
use crate::event::Outcome;

/// What the queue may hold, in bytes.
const MOST_QUEUED: usize = 2 << 20;

/// What an entry takes besides its texts, in bytes.
const OVERHEAD: usize = 64;

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct StreamItem {
    pub trace: TraceId,
    pub invocation: TraceId,
    /// The span that it belongs to; for the onset that of the caller, if there is one.
    pub span: Option<SpanId>,
    /// In milliseconds since the epoch.
    pub timestamp: f64,
    pub sequence: u32,
    pub event: StreamEvent,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum StreamEvent {
    Onset(Onset),
    Attributes(Vec<Attribute>),
    Log {
        log: Log,
        /// Whether the message was cut, so that it is no JSON any more.
        truncated: bool,
    },
    Exception(Exception),
    Diagnostic(Diagnostic),
    SpanOpen {
        id: SpanId,
        name: Cow<'static, str>,
    },
    /// A span has another name now.
    SpanName(String),
    /// The guest has judged a span.
    SpanStatus {
        code: String,
        message: Option<String>,
    },
    SpanClose,
    /// The handler has returned; the status is that of a response.
    Return(Option<u16>),
    Outcome(Outcome),
    /// That many were left out.
    Dropped(u32),
}

/// The first one.
#[derive(Debug, Clone)]
pub struct Onset {
    /// The span of the whole invocation.
    pub span: SpanId,
    pub entrypoint: Option<Arc<str>>,
    pub object: Option<Arc<str>>,
    pub info: EventInfo,
}

/// A message on a diagnostics channel.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    pub timestamp: f64,
    pub channel: String,
    /// As structured clone writes it.
    pub message: Vec<u8>,
}

/// What is told of a span.
#[derive(Debug, Clone)]
pub struct Attribute {
    pub name: Cow<'static, str>,
    pub value: Value,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(Cow<'static, str>),
    Bool(bool),
    Number(f64),
    Integer(i64),
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(text.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl Value {
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bool(_) => 1,
            Self::Number(_) | Self::Integer(_) => 8,
        }
    }
}

#[derive(Default)]
struct Queue {
    items: VecDeque<StreamItem>,
    size: usize,
    dropped: u32,
    writer_is_gone: bool,
    reader_is_gone: bool,
    waker: Option<Waker>,
    /// Of a writer that waits until the reader asks for more.
    writer_waker: Option<Waker>,
}

/// The traced event's end.
pub struct Writer(Rc<RefCell<Queue>>);

/// The tail Worker's end.
pub struct Reader(Rc<RefCell<Queue>>);

/// A stream without items.
pub fn queue() -> (Writer, Reader) {
    let queue = Rc::new(RefCell::new(Queue::default()));
    (Writer(queue.clone()), Reader(queue))
}

impl Writer {
    /// Whether anybody still listens.
    pub fn is_open(&self) -> bool {
        !self.0.borrow().reader_is_gone
    }

    /// Waits until all that was written has been read, and what was made of it is done: whether more is wanted then.
    pub async fn taken(&self) -> bool {
        poll_fn(|cx| {
            let queue = &mut *self.0.borrow_mut();
            if queue.reader_is_gone {
                return Poll::Ready(false);
            }
            if queue.items.is_empty() && queue.waker.is_some() {
                return Poll::Ready(true);
            }
            queue.writer_waker = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// `size` is that of the texts.
    pub fn push(&self, mut item: StreamItem, size: usize) {
        let queue = &mut *self.0.borrow_mut();
        let is_last = matches!(item.event, StreamEvent::Outcome(_));
        let is_single = is_last || matches!(item.event, StreamEvent::Return(_));
        if queue.size >= MOST_QUEUED && !is_single {
            queue.dropped += 1;
            return;
        }
        if is_last && queue.dropped > 0 {
            let dropped = StreamItem {
                event: StreamEvent::Dropped(queue.dropped),
                ..item.clone()
            };
            item.sequence += 1;
            queue.items.push_back(dropped);
        }
        queue.size += OVERHEAD + size;
        queue.items.push_back(item);
        if let Some(waker) = queue.waker.take() {
            waker.wake();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let queue = &mut *self.0.borrow_mut();
        queue.writer_is_gone = true;
        if let Some(waker) = queue.waker.take() {
            waker.wake();
        }
    }
}

impl Reader {
    /// What has come by now, at least one item; the onset alone. `None` when no more comes.
    pub async fn next(&self) -> Option<Vec<StreamItem>> {
        poll_fn(|cx| {
            let queue = &mut *self.0.borrow_mut();
            if queue.items.is_empty() {
                if queue.writer_is_gone {
                    return Poll::Ready(None);
                }
                queue.waker = Some(cx.waker().clone());
                if let Some(writer) = queue.writer_waker.take() {
                    writer.wake();
                }
                return Poll::Pending;
            }
            let starts = matches!(
                queue.items.front(),
                Some(StreamItem {
                    event: StreamEvent::Onset(_),
                    ..
                })
            );
            let count = if starts { 1 } else { queue.items.len() };
            if !starts {
                queue.size = 0;
            }
            Poll::Ready(Some(queue.items.drain(..count).collect()))
        })
        .await
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let queue = &mut *self.0.borrow_mut();
        queue.reader_is_gone = true;
        queue.items.clear();
        if let Some(writer) = queue.writer_waker.take() {
            writer.wake();
        }
    }
}
