//! What a Worker's event leaves for its tail Workers: one [`Trace`], delivered when the event has ended.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Instant;

use crate::event::Outcome;

/// What the logs and exceptions of one trace may take, in bytes. What comes later is left out.
const MOST_BYTES: usize = 256 * 1024;

/// An event as its tail Workers see it.
#[derive(Debug, Clone)]
pub struct Trace {
    pub event: Option<EventInfo>,
    /// When it came, in milliseconds since the epoch.
    pub timestamp: f64,
    pub entrypoint: Option<Arc<str>>,
    pub logs: Vec<Log>,
    pub exceptions: Vec<Exception>,
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

type Deliver = Box<dyn FnOnce(Arc<Trace>)>;

/// Gathers the trace of one event.
pub struct Tracer {
    trace: RefCell<Trace>,
    used: Cell<usize>,
    started: Instant,
    deliver: Cell<Option<Deliver>>,
}

impl Tracer {
    /// `deliver` gets the trace when the event has ended.
    pub fn new(timestamp: f64, entrypoint: Option<Arc<str>>, deliver: Deliver) -> Self {
        Self {
            trace: RefCell::new(Trace {
                event: None,
                timestamp,
                entrypoint,
                logs: Vec::new(),
                exceptions: Vec::new(),
                outcome: Outcome::Canceled,
                status: None,
                wall_time: 0,
                truncated: false,
            }),
            used: Cell::new(0),
            started: Instant::now(),
            deliver: Cell::new(Some(deliver)),
        }
    }

    pub fn set_event(&self, event: EventInfo) {
        self.trace.borrow_mut().event = Some(event);
    }

    pub fn log(&self, log: Log) {
        let size = log.message.len();
        if self.takes(size) {
            self.trace.borrow_mut().logs.push(log);
        }
    }

    pub fn exception(&self, exception: Exception) {
        let stack = exception.stack.as_ref().map_or(0, String::len);
        if self.takes(exception.name.len() + exception.message.len() + stack) {
            self.trace.borrow_mut().exceptions.push(exception);
        }
    }

    fn takes(&self, size: usize) -> bool {
        let used = self.used.get() + size;
        let fits = used <= MOST_BYTES;
        if fits {
            self.used.set(used);
        } else {
            self.trace.borrow_mut().truncated = true;
        }
        fits
    }

    /// How the handler has ended. Until this is told the event counts as cancelled.
    pub fn set_outcome(&self, outcome: Outcome) {
        self.trace.borrow_mut().outcome = outcome;
    }

    pub fn set_status(&self, status: u16) {
        self.trace.borrow_mut().status = Some(status);
    }

    /// Delivers the trace, once.
    pub fn finish(&self) {
        if let Some(deliver) = self.deliver.take() {
            let mut trace = self.trace.borrow().clone();
            trace.wall_time = u32::try_from(self.started.elapsed().as_millis()).unwrap_or(u32::MAX);
            deliver(Arc::new(trace));
        }
    }
}
