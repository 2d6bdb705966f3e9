//! What a Worker's event leaves for its tail Workers: one [`Trace`], delivered when the event has ended; and for its
//! streaming tail Workers each thing as it happens ([`stream`]).

mod ids;
mod span;
pub mod stream;
mod tracer;

use std::sync::Arc;

pub use ids::{SpanContext, SpanId, TraceId, is_predictable, make_predictable};
pub use span::{Origin, Session, Span, caller, calling, calling_as, current};
pub use tracer::{Target, Tracer};

use crate::event::Outcome;
use stream::{Diagnostic, Reader};

/// An event as its tail Workers see it.
#[derive(Debug, Clone)]
pub struct Trace {
    pub event: Option<EventInfo>,
    /// When it came, in milliseconds since the epoch.
    pub timestamp: f64,
    pub entrypoint: Option<Arc<str>>,
    /// The id of the Durable Object whose event it is.
    pub object: Option<Arc<str>>,
    pub logs: Vec<Log>,
    pub exceptions: Vec<Exception>,
    pub diagnostics: Vec<Diagnostic>,
    pub outcome: Outcome,
    /// The status of the response to a request.
    pub status: Option<u16>,
    /// In milliseconds.
    pub wall_time: u32,
    /// Whether something was left out.
    pub truncated: bool,
}

/// Traces for a tail Worker.
#[derive(Debug, Clone)]
pub struct TailBatch {
    pub traces: Vec<Arc<Trace>>,
    /// Whether they are of the tail Worker's own events. It is not its own tail once more then.
    pub from_self: bool,
}

/// An event for a streaming tail Worker.
pub struct TailStream {
    pub reader: Reader,
    /// Whether it is of the tail Worker's own events.
    pub from_self: bool,
    /// How many tail Workers have heard of one another before.
    pub depth: u8,
}

/// What kind of event it was.
#[derive(Debug, Clone)]
pub enum EventInfo {
    Fetch {
        method: String,
        url: String,
        headers: Vec<(String, String)>,
        /// As JSON.
        cf: Option<String>,
    },
    Scheduled {
        time: f64,
        cron: String,
    },
    Queue {
        queue: String,
        batch_size: usize,
    },
    /// A tail Worker has heard of other events.
    Tail {
        consumed: usize,
        /// How many tail Workers have heard of one another before.
        depth: u8,
    },
    /// A streaming tail Worker hears of another event.
    TailStream,
    /// Remote calls. The method is that of the first one.
    JsRpc {
        method: Option<String>,
    },
    Connect,
    /// An alarm of a Durable Object that was set for this time.
    Alarm {
        time: f64,
    },
    /// Something has happened to a WebSocket that may hibernate.
    HibernatableWebSocket {
        event: SocketInfo,
    },
    /// None of the others: a test.
    Custom,
}

/// What has happened to a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketInfo {
    Message,
    Close { code: u16, was_clean: bool },
    Error,
}

impl SocketInfo {
    /// What guests see.
    pub fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Close { .. } => "close",
            Self::Error => "error",
        }
    }
}

impl EventInfo {
    /// The event of a tail Worker that hears of `traces`.
    pub fn tail(traces: &[Arc<Trace>]) -> Self {
        let depths = traces.iter().map(|trace| match trace.event {
            Some(Self::Tail { depth, .. }) => depth.saturating_add(1),
            _ => 0,
        });
        Self::Tail {
            consumed: traces.len(),
            depth: depths.max().unwrap_or_default(),
        }
    }
}

/// A call of a function of `console`.
#[derive(Debug, Clone)]
pub struct Log {
    pub timestamp: f64,
    pub level: &'static str,
    /// The arguments, as a JSON array.
    pub message: String,
    /// For each argument what it tells if it is an error; empty without any.
    pub errors: Vec<Option<Exception>>,
}

/// An exception that nobody has caught, or an error that was logged.
#[derive(Debug, Clone)]
pub struct Exception {
    pub timestamp: f64,
    pub name: String,
    pub message: String,
    /// The frames, without the line that names the error.
    pub stack: Option<String>,
}

impl Exception {
    /// What its texts take, in bytes.
    fn size(&self) -> usize {
        let stack = self.stack.as_ref().map_or(0, String::len);
        self.name.len() + self.message.len() + stack
    }

    /// Cuts the texts such that together they take at most this many bytes.
    fn within(mut self, bytes: usize) -> Self {
        let mut left = bytes;
        let stack = self.stack.as_mut();
        for text in [&mut self.name, &mut self.message].into_iter().chain(stack) {
            let cut = text.floor_char_boundary(left);
            text.truncate(cut);
            left -= text.len();
        }
        self
    }
}
