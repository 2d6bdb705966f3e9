//! How what an event does gets into its trace, and the trace to the Worker's tail Workers.

use std::rc::Rc;
use std::sync::Arc;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use io::channel::EventFuture;
use io::event::Outcome;
use io::trace::stream::Diagnostic;
use io::trace::{
    EventInfo, Exception, Log, SpanContext, TailBatch, TailStream, Target, Trace, Tracer,
};
use io::{ChannelError, IoContext};
use jsg::js::{Local, Object, Value};
use jsg::{Condemned, Error, Handle, Lock};
use net::Body;
use web::console::Level;
use web::fetch::Request;

use crate::definition::{Entrypoint, Tail};
use crate::worker::Worker;

/// Workers that are each other's tail would hear of each other for ever.
const MOST_TAILS: u8 = 8;

/// Gathers the event's trace if the Worker has tail Workers. `caller` is what it comes from, if that is traced.
pub(crate) fn begin(
    context: &IoContext,
    worker: &Worker,
    entrypoint: &Entrypoint,
    caller: Option<SpanContext>,
) {
    if has_tails(worker) {
        start(context, worker, entrypoint, caller, None);
    }
}

/// What a tail Worker hears of.
pub(crate) struct Heard {
    pub info: EventInfo,
    pub from_self: bool,
    pub depth: u8,
}

impl Heard {
    pub fn batch(batch: &TailBatch) -> Self {
        let info = EventInfo::tail(&batch.traces);
        let depth = match info {
            EventInfo::Tail { depth, .. } => depth,
            _ => 0,
        };
        Self {
            info,
            from_self: batch.from_self,
            depth,
        }
    }

    pub fn stream(stream: &TailStream) -> Self {
        Self {
            info: EventInfo::TailStream,
            from_self: stream.from_self,
            depth: stream.depth,
        }
    }
}

/// The same for the event of a tail Worker that has such, too.
pub(crate) fn begin_tail(
    context: &IoContext,
    worker: &Worker,
    entrypoint: &Entrypoint,
    heard: Heard,
) {
    if has_tails(worker) && heard.depth < MOST_TAILS {
        start(context, worker, entrypoint, None, Some(heard));
    }
}

pub(crate) fn has_tails(worker: &Worker) -> bool {
    let definition = worker.definition();
    !definition.tails.is_empty() || !definition.streaming_tails.is_empty()
}

#[cold]
fn start(
    context: &IoContext,
    worker: &Worker,
    entrypoint: &Entrypoint,
    caller: Option<SpanContext>,
    heard: Option<Heard>,
) {
    let is_own = heard.as_ref().is_some_and(|heard| heard.from_self);
    let depth = heard.as_ref().map_or(0, |heard| heard.depth + 1);
    let resolve = |tails: &[Tail]| -> Vec<_> {
        let others = tails.iter().filter(|to| !(to.is_self && is_own));
        others
            .map(|to| (worker.host().subrequest_channel(to.channel), to.is_self))
            .collect()
    };
    let tails = resolve(&worker.definition().tails);
    let streaming = resolve(&worker.definition().streaming_tails);
    let deliver = (!tails.is_empty()).then(|| -> Box<dyn FnOnce(Arc<Trace>)> {
        Box::new(move |trace| {
            for (tail, from_self) in tails {
                spawn(tail.tail(TailBatch {
                    traces: vec![Arc::clone(&trace)],
                    from_self,
                }));
            }
        })
    });
    if deliver.is_none() && streaming.is_empty() {
        return;
    }
    let mut tracer = Tracer::new(context.now(), entrypoint.name.clone(), deliver);
    let targets = streaming.into_iter().map(|(tail, from_self)| -> Target {
        Box::new(move |reader| {
            spawn(tail.tail_stream(TailStream {
                reader,
                from_self,
                depth,
            }));
        })
    });
    let targets: Vec<_> = targets.collect();
    if !targets.is_empty() {
        tracer.stream_to(caller, targets);
    }
    if let Some(heard) = heard {
        tracer.set_event(heard.info);
    }
    context.trace_with(Rc::new(tracer));
}

/// A tail Worker that fails is in the log; the event that it was to hear of goes its own way.
fn spawn(delivered: EventFuture<()>) {
    tokio::task::spawn_local(async move {
        let _ = delivered.await;
    });
}

/// The tracer of the event that guest code runs for.
pub(crate) fn current(js: &Lock<'_, '_>) -> Option<Rc<Tracer>> {
    IoContext::try_current(js)?.tracer()
}

/// Adds the request of a fetch event.
pub(crate) fn request(js: &mut Lock<'_, '_>, request: &Request) -> jsg::Result<()> {
    if let Some(tracer) = current(js) {
        tracer.set_event(request_info(js, request)?);
    }
    Ok(())
}

#[cold]
fn request_info(js: &mut Lock<'_, '_>, request: &Request) -> jsg::Result<EventInfo> {
    let (map, _) = request.header_slot().to_parts(js);
    let mut headers = Vec::with_capacity(map.keys_len());
    // How the body is framed is no part of the request.
    let framing = |name: &&http::HeaderName| [CONTENT_LENGTH, TRANSFER_ENCODING].contains(name);
    for name in map.keys().filter(|name| !framing(name)) {
        let values: Vec<_> = map
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        headers.push((name.as_str().to_owned(), values.join(", ")));
    }
    headers.sort();
    Ok(EventInfo::Fetch {
        method: request.method_name().as_str().to_owned(),
        url: request.url_text().to_owned(),
        headers,
        cf: request.cf_slot().to_json(js)?,
    })
}

/// Adds an exception that nobody has caught.
pub(crate) fn exception<'s>(js: &mut Lock<'s, '_>, exception: Local<'s, Value>) {
    let Some(tracer) = current(js) else { return };
    let known = jsg::promise::try_catch(js, |js| error_info(js, exception));
    let exception = match known {
        Ok(Some(known)) => known,
        Ok(None) | Err(_) => Exception {
            timestamp: jsg::clock::now(),
            name: "Error".to_owned(),
            message: crate::errors::text(js, exception),
            stack: None,
        },
    };
    tracer.exception(exception);
}

/// Adds a failure that no guest code has thrown.
pub(crate) fn failure(context: &IoContext, message: &str) {
    if let Some(tracer) = context.tracer() {
        tracer.exception(Exception {
            timestamp: context.now(),
            name: "Error".to_owned(),
            message: message.to_owned(),
            stack: None,
        });
    }
}

/// Tells what a fetch event's handler came to.
pub(crate) fn fetched(context: &IoContext, result: &Result<http::Response<Body>, ChannelError>) {
    let Some(tracer) = context.tracer() else {
        return;
    };
    match result {
        Ok(response) => {
            tracer.set_outcome(Outcome::Ok);
            let status = response.status().as_u16();
            tracer.set_status((status != 101).then_some(status));
            if !response.body().is_stream() {
                tracer.returned();
            }
        }
        Err(_) => tracer.set_outcome(match context.isolate().condemned() {
            Some(Condemned::Memory) => Outcome::ExceededMemory,
            Some(Condemned::Time) => Outcome::ExceededCpu,
            Some(Condemned::Guest) | None => Outcome::Exception,
        }),
    }
}

/// Tells how the event's handler has ended.
pub(crate) fn set_outcome(context: &IoContext, outcome: Outcome) {
    if let Some(tracer) = context.tracer() {
        tracer.set_outcome(outcome);
    }
}

/// Tells that the event's handler has returned.
pub(crate) fn returned(context: &IoContext) {
    if let Some(tracer) = context.tracer() {
        tracer.set_return(None);
    }
}

/// Adds a warning of the host.
pub(crate) fn warning(js: &mut Lock<'_, '_>, text: &str) {
    let Some(tracer) = current(js) else { return };
    let text = jsg::string(js, text).into();
    let log = Log {
        timestamp: jsg::clock::now(),
        level: "warn",
        message: format!("[{}]", json(js, text)),
        errors: Vec::new(),
    };
    tracer.log(log, io::trace::current(js));
}

/// Adds a message on a diagnostics channel.
pub(crate) fn diagnostic<'s>(
    js: &mut Lock<'s, '_>,
    channel: Local<'s, Value>,
    message: Local<'s, Value>,
) {
    let Some(tracer) = current(js) else { return };
    let channel = channel.to_rust_string_lossy(js);
    let write = |js: &mut Lock<'s, '_>, message| {
        jsg::promise::try_catch(js, |js| {
            jsg::clone::serialize(js, message, &[], &Default::default())
        })
    };
    let written = write(js, message)
        .ok()
        .filter(|written| written.shared.is_empty());
    let written = written.or_else(|| {
        let text = jsg::string(js, "[[ Diagnostic event was not serializable ]]");
        write(js, text.into()).ok()
    });
    if let Some(written) = written {
        let diagnostic = Diagnostic {
            timestamp: jsg::clock::now(),
            channel,
            message: written.data,
        };
        tracer.diagnostic(diagnostic, io::trace::current(js));
    }
}

/// Adds a call of a function of `console`.
pub(crate) fn log<'s>(js: &mut Lock<'s, '_>, level: Level, values: &[Local<'s, Value>]) {
    let Some(tracer) = current(js) else { return };
    let texts: Vec<_> = values.iter().map(|value| json(js, *value)).collect();
    let mut errors = Vec::new();
    if values.iter().any(|value| value.is_native_error()) {
        for value in values {
            let error = jsg::promise::try_catch(js, |js| error_info(js, *value));
            errors.push(error.ok().flatten());
        }
    }
    let log = Log {
        timestamp: jsg::clock::now(),
        level: match level {
            Level::Debug => "debug",
            Level::Error => "error",
            Level::Info => "info",
            Level::Log => "log",
            Level::Warn => "warn",
        },
        message: format!("[{}]", texts.join(", ")),
        errors,
    };
    tracer.log(log, io::trace::current(js));
}

/// A logged value as JSON: plain data as it is, any other object as its string.
fn json<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> String {
    let text = jsg::promise::try_catch(js, |js| {
        let value = if is_data(js, value)? {
            value
        } else {
            value.to_string(js).ok_or(Error::Pending)?.into()
        };
        let text = jsg::json_stringify(js, value)?;
        Ok(text.to_rust_string_lossy(js))
    });
    match text {
        Ok(text) if text == "undefined" => "null".to_owned(),
        Ok(text) => text,
        // What cannot be written must not break the code that logs it.
        Err(_) => "{}".to_owned(),
    }
}

fn is_data<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> jsg::Result<bool> {
    let Ok(object) = Local::<Object>::try_from(value) else {
        return Ok(!value.is_symbol() && !value.is_big_int());
    };
    if value.is_array() {
        return Ok(true);
    }
    let plain = Object::new(js).get_prototype(js);
    let prototype = object.get_prototype(js);
    let is_plain = match (prototype, plain) {
        (Some(prototype), Some(plain)) => prototype.is_null() || prototype.same_value(plain),
        _ => false,
    };
    let key = jsg::intern(js, "toJSON");
    Ok(is_plain
        || object
            .get(js, key.into())
            .ok_or(Error::Pending)?
            .is_function())
}

/// Name, message and frames of an error.
fn error_info<'s>(
    js: &mut Lock<'s, '_>,
    value: Local<'s, Value>,
) -> jsg::Result<Option<Exception>> {
    let is_dom = Handle::<jsg::DomException>::from_value(js, value).is_some();
    let Ok(object) = Local::<Object>::try_from(value) else {
        return Ok(None);
    };
    if !value.is_native_error() && !is_dom {
        return Ok(None);
    }
    let read = |name: &str| -> jsg::Result<Option<String>> {
        let key = jsg::intern(js, name);
        let value = object.get(js, key.into()).ok_or(Error::Pending)?;
        Ok((!value.is_undefined()).then(|| value.to_rust_string_lossy(js)))
    };
    let name = read("name")?.unwrap_or_default();
    let message = read("message")?.unwrap_or_default();
    let stack = read("stack")?;
    // The first line says the same once more.
    let head = if message.is_empty() {
        name.clone()
    } else {
        format!("{name}: {message}")
    };
    let stack = stack.map(|stack| match stack.strip_prefix(&head) {
        Some(frames) => frames.trim_start_matches('\n').to_owned(),
        None => stack,
    });
    Ok(Some(Exception {
        timestamp: jsg::clock::now(),
        name,
        message,
        stack: stack.filter(|stack| !stack.is_empty()),
    }))
}
