//! What tail Workers get: events of other Workers, as [`io::trace`] has gathered them.

mod info;
mod object;
pub mod redact;
pub mod stream;

use std::sync::Arc;

use io::trace::{EventInfo, Trace};
use jsg::js::{Array, Local, Value};
use jsg::{Handle, JsRef, Lock, Result, Untraced};
use web::events::ExtendableEvent;

/// Traces in service worker syntax.
#[jsg::class(extends = ExtendableEvent)]
pub struct TailEvent {
    events: JsRef<Array>,
    /// The older name: another list of the same items.
    traces: JsRef<Array>,
    parent: ExtendableEvent,
}

#[jsg::methods]
impl TailEvent {
    #[jsg(instance_getter)]
    fn events<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Array> {
        self.events.get(js)
    }

    #[jsg(instance_getter)]
    fn traces<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Array> {
        self.traces.get(js)
    }
}

impl TailEvent {
    /// The event of this type about the items.
    pub fn create<'s>(
        js: &mut Lock<'s, '_>,
        kind: &str,
        items: Local<'s, Array>,
    ) -> Handle<'s, Self> {
        let same: Vec<_> = (0..items.length())
            .filter_map(|index| items.get_index(js, index))
            .collect();
        let traces = Array::new_with_elements(js, &same);
        let event = Self {
            events: JsRef::new(js, items),
            traces: JsRef::new(js, traces),
            parent: ExtendableEvent::trusted(kind),
        };
        Handle::new(js, event)
    }
}

/// The trace of one event.
#[jsg::class]
pub struct TraceItem {
    trace: Untraced<Arc<Trace>>,
    event: JsRef<Value>,
    logs: JsRef<Value>,
    exceptions: JsRef<Value>,
    channel_events: JsRef<Value>,
}

#[jsg::methods]
impl TraceItem {
    #[jsg(instance_getter)]
    fn event<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.event.get(js)
    }

    #[jsg(instance_getter)]
    fn event_timestamp(&self) -> f64 {
        self.trace.timestamp
    }

    #[jsg(instance_getter)]
    fn logs<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.logs.get(js)
    }

    #[jsg(instance_getter)]
    fn exceptions<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.exceptions.get(js)
    }

    #[jsg(instance_getter)]
    fn diagnostics_channel_events<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.channel_events.get(js)
    }

    /// The host gives Workers no name.
    #[jsg(instance_getter)]
    fn script_name<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        jsg::js::null(js).into()
    }

    #[jsg(instance_getter)]
    fn entrypoint<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        match &self.trace.entrypoint {
            Some(name) => jsg::string(js, name).into(),
            None => jsg::js::undefined(js).into(),
        }
    }

    #[jsg(instance_getter)]
    fn script_version<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        jsg::js::undefined(js).into()
    }

    #[jsg(instance_getter)]
    fn dispatch_namespace<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        jsg::js::undefined(js).into()
    }

    #[jsg(instance_getter)]
    fn script_tags<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        jsg::js::undefined(js).into()
    }

    #[jsg(instance_getter)]
    fn tail_attributes<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        jsg::js::undefined(js).into()
    }

    #[jsg(instance_getter)]
    fn preview<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        jsg::js::undefined(js).into()
    }

    #[jsg(instance_getter)]
    fn durable_object_id<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        match &self.trace.object {
            Some(id) => jsg::string(js, id).into(),
            None => jsg::js::undefined(js).into(),
        }
    }

    #[jsg(instance_getter)]
    fn outcome(&self) -> String {
        self.trace.outcome.name().to_owned()
    }

    #[jsg(instance_getter)]
    fn execution_model(&self) -> String {
        execution_model(self.trace.object.is_some()).to_owned()
    }

    #[jsg(instance_getter)]
    fn truncated(&self) -> bool {
        self.trace.truncated
    }

    /// Not measured.
    #[jsg(instance_getter)]
    fn cpu_time(&self) -> u32 {
        0
    }

    #[jsg(instance_getter)]
    fn wall_time(&self) -> u32 {
        self.trace.wall_time
    }
}

/// How what has the event lives.
fn execution_model(is_object: bool) -> &'static str {
    if is_object {
        "durableObject"
    } else {
        "stateless"
    }
}

/// The traces as JavaScript sees them.
///
/// # Errors
/// A logged message cannot be made.
pub fn items<'s>(js: &mut Lock<'s, '_>, traces: Vec<Arc<Trace>>) -> Result<Local<'s, Array>> {
    let mut items = Vec::with_capacity(traces.len());
    for trace in traces {
        items.push(item(js, trace)?.object().into());
    }
    Ok(Array::new_with_elements(js, &items))
}

fn item<'s>(js: &mut Lock<'s, '_>, trace: Arc<Trace>) -> Result<Handle<'s, TraceItem>> {
    let event: Local<'s, Value> = match &trace.event {
        Some(EventInfo::Fetch { .. }) => info::FetchEventInfo::create(js, &trace)?.object().into(),
        Some(EventInfo::Scheduled { time, cron }) => {
            info::ScheduledEventInfo::create(js, *time, cron)
                .object()
                .into()
        }
        Some(EventInfo::Queue { queue, batch_size }) => {
            info::QueueEventInfo::create(js, queue, *batch_size)
                .object()
                .into()
        }
        Some(EventInfo::Tail { consumed, .. }) => {
            info::TailEventInfo::create(js, *consumed).object().into()
        }
        Some(EventInfo::TailStream) => info::TailEventInfo::create(js, 0).object().into(),
        Some(EventInfo::JsRpc { method }) => info::JsRpcEventInfo::create(js, method.as_deref())
            .object()
            .into(),
        Some(EventInfo::Connect) => info::ConnectEventInfo::create(js).into(),
        Some(EventInfo::Alarm { time }) => object::AlarmEventInfo::create(js, *time).into(),
        Some(EventInfo::HibernatableWebSocket { event }) => {
            object::HibernatableWebSocketEventInfo::create(js, *event).into()
        }
        Some(EventInfo::Custom) => info::CustomEventInfo::create(js).into(),
        None => jsg::js::null(js).into(),
    };
    let mut logs = Vec::with_capacity(trace.logs.len());
    for index in 0..trace.logs.len() {
        logs.push(TraceLog::create(js, &trace, index)?.object().into());
    }
    let exceptions: Vec<_> = (0..trace.exceptions.len())
        .map(|index| {
            let trace = Untraced(trace.clone());
            let exception = TraceException { trace, index };
            Handle::new(js, exception).object().into()
        })
        .collect();
    let logs = Array::new_with_elements(js, &logs).into();
    let exceptions = Array::new_with_elements(js, &exceptions).into();
    let mut channel_events = Vec::with_capacity(trace.diagnostics.len());
    for index in 0..trace.diagnostics.len() {
        let event = TraceDiagnosticChannelEvent::create(js, &trace, index)?;
        channel_events.push(event.object().into());
    }
    let channel_events = Array::new_with_elements(js, &channel_events).into();
    let item = TraceItem {
        event: JsRef::new(js, event),
        logs: JsRef::new(js, logs),
        exceptions: JsRef::new(js, exceptions),
        channel_events: JsRef::new(js, channel_events),
        trace: Untraced(trace),
    };
    Ok(Handle::new(js, item))
}

/// A call of a function of `console`.
#[jsg::class]
pub struct TraceLog {
    trace: Untraced<Arc<Trace>>,
    index: usize,
    message: JsRef<Value>,
    error_info: JsRef<Value>,
}

#[jsg::methods]
impl TraceLog {
    #[jsg(instance_getter)]
    fn timestamp(&self) -> f64 {
        self.trace.logs[self.index].timestamp
    }

    #[jsg(instance_getter)]
    fn level(&self) -> String {
        self.trace.logs[self.index].level.to_owned()
    }

    #[jsg(instance_getter)]
    fn message<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.message.get(js)
    }

    #[jsg(instance_getter)]
    fn error_info<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.error_info.get(js)
    }
}

impl TraceLog {
    fn create<'s>(
        js: &mut Lock<'s, '_>,
        trace: &Arc<Trace>,
        index: usize,
    ) -> Result<Handle<'s, Self>> {
        let log = &trace.logs[index];
        let message = jsg::json_parse(js, &log.message)?;
        let error_info: Local<'s, Value> = if log.errors.is_empty() {
            jsg::js::undefined(js).into()
        } else {
            stream::error_list(js, log.errors.clone())?.into()
        };
        let log = Self {
            trace: Untraced(trace.clone()),
            index,
            message: JsRef::new(js, message),
            error_info: JsRef::new(js, error_info),
        };
        Ok(Handle::new(js, log))
    }
}

/// An exception that nobody has caught.
#[jsg::class]
pub struct TraceException {
    trace: Untraced<Arc<Trace>>,
    index: usize,
}

#[jsg::methods]
impl TraceException {
    #[jsg(instance_getter)]
    fn timestamp(&self) -> f64 {
        self.trace.exceptions[self.index].timestamp
    }

    #[jsg(instance_getter)]
    fn message(&self) -> String {
        self.trace.exceptions[self.index].message.clone()
    }

    #[jsg(instance_getter)]
    fn name(&self) -> String {
        self.trace.exceptions[self.index].name.clone()
    }

    #[jsg(instance_getter)]
    fn stack<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        match &self.trace.exceptions[self.index].stack {
            Some(stack) => jsg::string(js, stack).into(),
            None => jsg::js::undefined(js).into(),
        }
    }
}

/// A message on a diagnostics channel.
#[jsg::class]
pub struct TraceDiagnosticChannelEvent {
    trace: Untraced<Arc<Trace>>,
    index: usize,
    message: JsRef<Value>,
}

#[jsg::methods]
impl TraceDiagnosticChannelEvent {
    #[jsg(instance_getter)]
    fn timestamp(&self) -> f64 {
        self.trace.diagnostics[self.index].timestamp
    }

    #[jsg(instance_getter)]
    fn channel(&self) -> String {
        self.trace.diagnostics[self.index].channel.clone()
    }

    #[jsg(instance_getter)]
    fn message<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.message.get(js)
    }
}

impl TraceDiagnosticChannelEvent {
    fn create<'s>(
        js: &mut Lock<'s, '_>,
        trace: &Arc<Trace>,
        index: usize,
    ) -> Result<Handle<'s, Self>> {
        let diagnostic = &trace.diagnostics[index];
        let message = if diagnostic.message.is_empty() {
            jsg::js::undefined(js).into()
        } else {
            stream::message(js, diagnostic)?
        };
        let event = Self {
            trace: Untraced(trace.clone()),
            index,
            message: JsRef::new(js, message),
        };
        Ok(Handle::new(js, event))
    }
}
