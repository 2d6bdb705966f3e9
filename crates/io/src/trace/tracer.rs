//! Gathers what one event does.
//!
//! R1. Streaming tail Workers hear of nothing before the onset, which [`Tracer::set_event`] sends, and of nothing after
//!     the outcome, which [`Tracer::finish`] sends.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Instant;

use super::ids::{SpanContext, SpanId, TraceId, is_predictable};
use super::stream::{Attribute, Diagnostic, Onset, Reader, StreamEvent, StreamItem, Writer, queue};
use super::{EventInfo, Exception, Log, Trace};
use crate::event::Outcome;

/// What the logs and exceptions of one trace may take, in bytes, and one item of a stream. What comes later, or is more,
/// is left out.
const MOST_BYTES: usize = 256 * 1024;

/// What the entries of a trace take besides their texts, in bytes.
mod entry {
    pub const LOG: usize = 80;
    pub const EXCEPTION: usize = 128;
    pub const DIAGNOSTIC: usize = 56;
}

const LOGS_EXCEEDED: &str = "[\"Log size limit exceeded: More than 256KB of data (across console.log statements, \
    exception, request metadata and headers) was logged during a single request. Subsequent data for this request will \
    not be recorded in logs, appear when tailing this Worker's logs, or in Tail Workers.\"]";
const EXCEPTIONS_EXCEEDED: &str =
    "Trace resource limit exceeded; subsequent exceptions not recorded.";

type Deliver = Box<dyn FnOnce(Arc<Trace>)>;

/// Starts a streaming tail Worker.
pub type Target = Box<dyn FnOnce(Reader)>;

/// See the module.
pub struct Tracer {
    trace: RefCell<Trace>,
    used: Cell<usize>,
    exceeded: Cell<Exceeded>,
    started: Instant,
    deliver: Cell<Option<Deliver>>,
    stream: Option<Stream>,
    /// Whether the handler is known to have returned, and the streams know.
    returned: Cell<Returned>,
}

/// What is known of a handler's return.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Returned {
    #[default]
    No,
    /// With a response whose body is still on its way.
    Streaming,
    Yes,
}

/// What has been said to be left out.
#[derive(Clone, Copy, Default)]
struct Exceeded {
    logs: bool,
    exceptions: bool,
    diagnostics: bool,
}

/// The way to streaming tail Workers.
struct Stream {
    trace: TraceId,
    invocation: TraceId,
    /// The span of the whole event.
    root: SpanId,
    /// The span from which the event came.
    parent: Option<SpanId>,
    targets: RefCell<Vec<Target>>,
    writers: RefCell<Vec<Writer>>,
    sequence: Cell<u32>,
    last_span: Cell<u64>,
    /// Where the guest is while it has entered no span.
    guest_span: Cell<Option<SpanId>>,
}

impl Tracer {
    /// `deliver` gets the trace when the event has ended.
    pub fn new(timestamp: f64, entrypoint: Option<Arc<str>>, deliver: Option<Deliver>) -> Self {
        Self {
            trace: RefCell::new(Trace {
                event: None,
                timestamp,
                entrypoint,
                object: None,
                logs: Vec::new(),
                exceptions: Vec::new(),
                diagnostics: Vec::new(),
                outcome: Outcome::Canceled,
                status: None,
                wall_time: 0,
                truncated: false,
            }),
            used: Cell::new(0),
            exceeded: Cell::default(),
            started: Instant::now(),
            deliver: Cell::new(deliver),
            stream: None,
            returned: Cell::default(),
        }
    }

    /// Adds streaming tail Workers. `caller` is what the event comes from, if that is traced.
    pub fn stream_to(&mut self, caller: Option<SpanContext>, targets: Vec<Target>) {
        self.stream = Some(Stream {
            trace: caller.map_or_else(TraceId::random, |caller| caller.trace),
            invocation: TraceId::random(),
            root: SpanId::random(),
            parent: caller.map(|caller| caller.span),
            targets: RefCell::new(targets),
            writers: RefCell::default(),
            sequence: Cell::new(0),
            last_span: Cell::new(0),
            guest_span: Cell::new(None),
        });
    }

    /// The event is that of a Durable Object with this id. To be told before [`set_event`](Self::set_event).
    pub fn set_object(&self, id: Arc<str>) {
        self.trace.borrow_mut().object = Some(id);
    }

    pub fn set_event(&self, event: EventInfo) {
        if let Some(stream) = &self.stream {
            let targets = stream.targets.take();
            let writers = targets.into_iter().map(|start| {
                let (writer, reader) = queue();
                start(reader);
                writer
            });
            stream.writers.replace(writers.collect());
            let onset = Onset {
                span: stream.root,
                entrypoint: self.trace.borrow().entrypoint.clone(),
                object: self.trace.borrow().object.clone(),
                info: event.clone(),
            };
            stream.send(stream.parent, StreamEvent::Onset(onset), 0);
        }
        self.trace.borrow_mut().event = Some(event);
    }

    /// `span` is the one that the guest is in.
    pub fn log(&self, log: Log, span: Option<SpanId>) {
        let errors: usize = log.errors.iter().flatten().map(Exception::size).sum();
        if let Some(stream) = self.open_stream() {
            let truncated = log.message.len() > MOST_BYTES;
            let mut log = log.clone();
            if truncated {
                let cut = log.message.floor_char_boundary(MOST_BYTES);
                log.message.truncate(cut);
            }
            let size = log.message.len() + errors;
            let span = span.unwrap_or(stream.root);
            stream.send(Some(span), StreamEvent::Log { log, truncated }, size);
        }
        let mut exceeded = self.exceeded.get();
        if exceeded.logs {
            return;
        }
        if self.takes(entry::LOG + log.message.len() + errors) {
            self.trace.borrow_mut().logs.push(log);
            return;
        }
        exceeded.logs = true;
        self.exceeded.set(exceeded);
        let left_out = Log {
            timestamp: log.timestamp,
            level: "warn",
            message: LOGS_EXCEEDED.to_owned(),
            errors: Vec::new(),
        };
        self.trace.borrow_mut().logs.push(left_out);
    }

    pub fn exception(&self, exception: Exception) {
        if let Some(stream) = self.open_stream() {
            let exception = exception.clone().within(MOST_BYTES);
            let size = exception.size();
            stream.send(Some(stream.root), StreamEvent::Exception(exception), size);
        }
        let mut exceeded = self.exceeded.get();
        if exceeded.exceptions {
            return;
        }
        if self.takes(entry::EXCEPTION + exception.size()) {
            self.trace.borrow_mut().exceptions.push(exception);
            return;
        }
        exceeded.exceptions = true;
        self.exceeded.set(exceeded);
        let left_out = Exception {
            timestamp: exception.timestamp,
            name: "Error".to_owned(),
            message: EXCEPTIONS_EXCEEDED.to_owned(),
            stack: None,
        };
        self.trace.borrow_mut().exceptions.push(left_out);
    }

    /// Adds a message on a diagnostics channel; `span` is the one that the guest is in.
    pub fn diagnostic(&self, diagnostic: Diagnostic, span: Option<SpanId>) {
        let size = entry::DIAGNOSTIC + diagnostic.channel.len() + diagnostic.message.len();
        if let Some(stream) = self.open_stream()
            && size <= MOST_BYTES
        {
            let event = StreamEvent::Diagnostic(diagnostic.clone());
            stream.send(Some(span.unwrap_or(stream.root)), event, size);
        }
        let mut exceeded = self.exceeded.get();
        if exceeded.diagnostics {
            return;
        }
        if self.takes(size) {
            self.trace.borrow_mut().diagnostics.push(diagnostic);
            return;
        }
        exceeded.diagnostics = true;
        self.exceeded.set(exceeded);
        self.trace.borrow_mut().diagnostics.push(Diagnostic {
            timestamp: diagnostic.timestamp,
            channel: "workerd.LimitExceeded".to_owned(),
            message: Vec::new(),
        });
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

    /// The handler has returned, a request's with this status.
    pub fn set_return(&self, status: Option<u16>) {
        self.set_status(status);
        self.returned();
    }

    /// The status of the response to a request.
    pub fn set_status(&self, status: Option<u16>) {
        self.trace.borrow_mut().status = status;
        self.returned.set(Returned::Streaming);
    }

    /// The response is on its way as a whole.
    pub fn returned(&self) {
        let status = self.trace.borrow().status;
        self.returned.set(Returned::Yes);
        if let Some(stream) = self.open_stream() {
            stream.send(Some(stream.root), StreamEvent::Return(status), 0);
        }
    }

    /// The first method that was called remotely.
    pub fn set_method(&self, name: &str) {
        if let Some(EventInfo::JsRpc { method }) = &mut self.trace.borrow_mut().event {
            *method = Some(name.to_owned());
        }
        if let Some(stream) = self.open_stream() {
            let attribute = Attribute {
                name: "jsrpc.method".into(),
                value: name.to_owned().into(),
            };
            let event = StreamEvent::Attributes(vec![attribute]);
            stream.send(Some(stream.root), event, name.len());
        }
    }

    /// Whether streaming tail Workers listen.
    pub(super) fn is_streaming(&self) -> bool {
        self.open_stream().is_some()
    }

    fn open_stream(&self) -> Option<&Stream> {
        self.stream.as_ref().filter(|stream| stream.is_open())
    }

    /// Opens a span, by default directly inside of the event. `None` when nobody listens.
    pub(super) fn open_span(
        &self,
        parent: Option<SpanId>,
        name: Cow<'static, str>,
    ) -> Option<SpanId> {
        let stream = self.open_stream()?;
        let id = if is_predictable() {
            stream.last_span.set(stream.last_span.get() + 1);
            SpanId::numbered(stream.last_span.get())
        } else {
            SpanId::random()
        };
        let size = name.len();
        let event = StreamEvent::SpanOpen { id, name };
        stream.send(Some(parent.unwrap_or(stream.root)), event, size);
        Some(id)
    }

    pub(super) fn close_span(&self, id: SpanId, attributes: Vec<Attribute>) {
        let Some(stream) = self.open_stream() else {
            return;
        };
        let sizes = attributes
            .iter()
            .map(|attribute| attribute.name.len() + attribute.value.size());
        let size = sizes.sum();
        if !attributes.is_empty() && size <= MOST_BYTES {
            stream.send(Some(id), StreamEvent::Attributes(attributes), size);
        }
        stream.send(Some(id), StreamEvent::SpanClose, 0);
    }

    pub(super) fn set_guest_span(&self, span: SpanId) {
        if let Some(stream) = &self.stream {
            stream.guest_span.set(Some(span));
        }
    }

    pub(super) fn guest_span(&self) -> Option<SpanId> {
        self.stream.as_ref()?.guest_span.get()
    }

    /// Tells something of an open span.
    pub(super) fn span_event(&self, id: SpanId, event: StreamEvent, size: usize) {
        if let Some(stream) = self.open_stream() {
            stream.send(Some(id), event, size);
        }
    }

    /// A place in the trace.
    pub(super) fn place(&self, span: SpanId) -> Option<SpanContext> {
        let trace = self.stream.as_ref()?.trace;
        Some(SpanContext { trace, span })
    }

    pub fn root(&self) -> Option<SpanContext> {
        self.place(self.stream.as_ref()?.root)
    }

    /// Delivers the trace, once.
    pub fn finish(&self) {
        let wall_time = if is_predictable() {
            0
        } else {
            u32::try_from(self.started.elapsed().as_millis()).unwrap_or(u32::MAX)
        };
        if self.returned.get() == Returned::Streaming {
            self.returned();
        }
        if let Some(stream) = self.open_stream() {
            let outcome = self.trace.borrow().outcome;
            stream.send(Some(stream.root), StreamEvent::Outcome(outcome), 0);
            let writers = stream.writers.take();
            drop(writers);
        }
        if let Some(deliver) = self.deliver.take() {
            let mut trace = self.trace.borrow().clone();
            trace.wall_time = wall_time;
            deliver(Arc::new(trace));
        }
    }
}

impl Stream {
    /// Whether there has been an onset, no outcome, and somebody still listens.
    fn is_open(&self) -> bool {
        self.writers.borrow().iter().any(Writer::is_open)
    }

    fn send(&self, span: Option<SpanId>, event: StreamEvent, size: usize) {
        let sequence = self.sequence.get();
        self.sequence.set(sequence + 1);
        let item = StreamItem {
            trace: self.trace,
            invocation: self.invocation,
            span,
            timestamp: jsg::clock::now(),
            sequence,
            event,
        };
        let mut writers = self.writers.borrow_mut();
        writers.retain(Writer::is_open);
        if let Some((last, others)) = writers.split_last() {
            for writer in others {
                writer.push(item.clone(), size);
            }
            last.push(item, size);
        }
    }
}
